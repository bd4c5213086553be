#!/usr/bin/env python3
"""How often the rules agree with what running applications served. Judges nothing.

The oracle folder holds a JSON file an application, as for `routes.py`. Each of its own routes implies for some rules
that they report it or are silent (`expectations.py`); where the facts do not decide, the route is not counted. A rule
reports a route if a finding, or a place that belongs to it, stands at the route's registration or at its endpoint.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from expectations import IMPLICATIONS, Expected, Served, demands_authentication, endpoint_at
from measuring import Command, run_once
from results import (
    NOTHING,
    add_output_options,
    add_reviewer_option,
    end_in_order,
    publish,
    reviewer_command,
    table,
    tell,
)

#: Facts of the route table that the rules go by, with their names in the report.
FACTS = {
    "response_model": "has a response model",
    "documented": "is documented",
    "tags": "has tags",
    "status_code": "declared status",
    "include_in_schema": "is in the schema",
}
AUTHENTICATION = "demands authentication"
#: Lines of a registration after its first, among which a finding may stand: those of the path and its arguments.
REGISTRATION_LINES = 12
#: Disagreements that are listed for each rule.
LISTED = 200

Places = dict[str, set[int]]


class Agreement(NamedTuple):
    """How routes and a rule agree, by what is expected and whether it was reported."""

    reported: int = 0
    missed: int = 0
    silent: int = 0
    false: int = 0
    undecided: int = 0

    def plus(self, other: Agreement) -> Agreement:
        """Both together."""
        return Agreement(*(mine + its for mine, its in zip(self, other, strict=True)))

    @property
    def decided(self) -> int:
        """Of how many routes it is known what the rule has to do."""
        return self.reported + self.missed + self.silent + self.false

    @property
    def share(self) -> str:
        """Agreement in percent."""
        return _percent(self.reported + self.silent, self.decided)


class Disagreement(NamedTuple):
    """A route on which a rule or the route table and the oracle differ."""

    application: str
    subject: str
    kind: str
    route: str
    place: str


class Row(NamedTuple):
    """A served route with the row of the route table that stands for it."""

    served: Served
    found: dict[str, Any] | None


def main() -> int:
    """Compares and reports. 1 where an application could not be reviewed."""
    options = _options()
    end_in_order()
    reviewer = reviewer_command(options)
    rules: dict[str, Agreement] = defaultdict(Agreement)
    facts: dict[str, Agreement] = defaultdict(Agreement)
    disagreements: list[Disagreement] = []
    failures = []
    for oracle in sorted(options.oracle.glob("*.json")):
        description = json.loads(oracle.read_text(encoding="utf-8"))
        name = str(description["name"])
        root = options.sources / name / description.get("root", ".")
        if not root.is_dir():
            failures.append(f"- {name} is not among the sources")
            continue
        answer = _review(root.resolve(), reviewer)
        if isinstance(answer, str):
            failures.append(f"- {name} failed: {answer}")
            continue
        routes, findings = answer
        rows = tuple(_rows(description, root, routes))
        tell(f"{name}: {len(rows)} routes")
        for compared, sums in ((_of_rules(name, rows, findings), rules), (_of_facts(name, rows), facts)):
            for subject, agreement, differing in compared:
                sums[subject] = sums[subject].plus(agreement)
                disagreements.extend(differing)
    publish("agreement", _report(rules, facts, disagreements if options.disagreements else (), failures), options)
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oracle", type=Path, required=True, metavar="DIR", help="folder of the true routes")
    parser.add_argument(
        "--sources", type=Path, required=True, metavar="DIR", help="folder of the applications, by name"
    )
    parser.add_argument("--disagreements", action="store_true", help="list the routes that differ")
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    for path in (options.oracle, options.sources):
        if not path.is_dir():
            parser.error(f"{path}: no such folder")
    return options


def _review(root: Path, reviewer: tuple[str, ...]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | str:
    """The route table and the findings of the rules that are compared, or why there are none."""
    selected = [part for rule in IMPLICATIONS for part in ("--select", rule)]
    answers = []
    for command in (("routes", "."), ("check", ".", "--profile", "strict", *selected)):
        run = run_once(Command(command[0], (*reviewer, *command, "--format", "json"), root))
        if run.failure:
            return run.failure
        answers.append(json.loads(run.output))
    return answers[0]["routes"], [one for one in answers[1]["findings"] if one["suppression"] is None]


def _rows(description: dict[str, Any], root: Path, routes: Sequence[dict[str, Any]]) -> Iterator[Row]:
    """The served routes whose endpoints are the application's own."""
    modules = description.get("modules")
    groups = _applications(modules) if modules else [[one for one in description["rows"] if not one["third_party"]]]
    by_key: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for route in routes:
        by_key[_key(route)].append(route)
    for group in groups:
        for facts in group:
            # Of applications beside each other, the file of the endpoint tells which one is meant.
            found = sorted(by_key.get(_key(facts), ()), key=lambda one: one["file"] != facts["file"])
            endpoint = endpoint_at(root, facts["file"], facts["line"])
            yield Row(Served(facts, endpoint, group), found[0] if found else None)


def _applications(modules: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The rows of many modules, by application."""
    for content in modules.values():
        by_application: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in content["rows"]:
            if not row["third_party"]:
                by_application[str(row.get("app"))].append(row)
        yield from by_application.values()


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    """What a route of the oracle and one of the route table have in common: method, path and name of the endpoint."""
    path = re.sub(r"<(?:[^<>:]*:)?([^<>:]+)>|{([^{}:]+)(?::[^{}]*)?}", r"{\1\2}", row["path"])
    endpoint = str(row["endpoint"] or "").replace(".<locals>", "")
    return row["method"], re.sub("/{2,}", "/", path), endpoint.rpartition(":")[2].rpartition(".")[2]


def _of_rules(
    name: str, rows: Sequence[Row], findings: Sequence[dict[str, Any]]
) -> Iterator[tuple[str, Agreement, list[Disagreement]]]:
    places: dict[str, Places] = defaultdict(lambda: defaultdict(set))
    for finding in findings:
        for place in (finding["place"], *(one["place"] for one in finding["related"])):
            places[finding["rule"]][place["path"]].add(place["line"])
    for rule, implied in IMPLICATIONS.items():
        agreement, differing = Agreement(), []
        expectations = _expectations(rows, implied)
        for row, expected in zip(rows, expectations, strict=True):
            is_reported = _is_reported(row, places[rule])
            agreement = agreement.plus(_judged(expected, is_reported))
            if expected is not Expected.EITHER and is_reported != (expected is Expected.REPORT):
                kind = "reported all the same" if is_reported else "not reported"
                differing.append(_disagreement(name, rule, kind, row.served))
        yield rule, agreement, differing


def _expectations(rows: Sequence[Row], implied: Callable[[Served], Expected]) -> list[Expected]:
    """What is implied for each route; silence only where all routes of its endpoint imply it."""
    own = [implied(row.served) for row in rows]
    by_endpoint: dict[tuple[object, ...], set[Expected]] = defaultdict(set)
    for row, expected in zip(rows, own, strict=True):
        by_endpoint[_endpoint(row)].add(expected)
    return [
        Expected.EITHER if one is Expected.SILENCE and len(by_endpoint[_endpoint(row)]) > 1 else one
        for row, one in zip(rows, own, strict=True)
    ]


def _endpoint(row: Row) -> tuple[object, ...]:
    return row.served.facts["file"], row.served.facts["line"]


def _judged(expected: Expected, is_reported: bool) -> Agreement:
    if expected is Expected.EITHER:
        return Agreement(undecided=1)
    if expected is Expected.REPORT:
        return Agreement(reported=1) if is_reported else Agreement(missed=1)
    return Agreement(false=1) if is_reported else Agreement(silent=1)


def _is_reported(row: Row, places: Places) -> bool:
    """Whether a finding stands at the registration or the endpoint of a route."""
    facts, endpoint = row.served.facts, row.served.endpoint
    first, last = endpoint.lines
    if any(first <= line <= last for line in places.get(facts["file"], ())):
        return True
    place = row.found["registered_at"] if row.found else None
    if not place or (place["file"] == facts["file"] and first <= place["line"] <= last):
        return False
    return any(place["line"] <= line < place["line"] + _length(row.found) for line in places.get(place["file"], ()))


def _length(found: dict[str, Any] | None) -> int:
    """Lines of a registration: that of a decorator ends before its function."""
    if found and found["registered_at"]["file"] == found["file"] and found["line"]:
        return max(1, min(REGISTRATION_LINES, int(found["line"]) - int(found["registered_at"]["line"])))
    return 1


def _of_facts(name: str, rows: Sequence[Row]) -> Iterator[tuple[str, Agreement, list[Disagreement]]]:
    """Compares the route table with the oracle, a route that it lacks being one that differs."""
    for fact, subject in FACTS.items():
        agreement, differing = Agreement(), []
        for row in rows:
            if row.found is not None and _value(fact, row.found) == _value(fact, row.served.facts):
                agreement = agreement.plus(Agreement(reported=1))
            else:
                agreement = agreement.plus(Agreement(missed=1))
                kind = "differs" if row.found else "not in the route table"
                differing.append(_disagreement(name, subject, kind, row.served))
        yield subject, agreement, differing
    agreement, differing = Agreement(), []
    for row in rows:
        demands = demands_authentication(row.served)
        if row.found is not None and demands is not None:
            is_equal = bool(row.found["auth"]) == demands or not row.found["auth_known"]
            agreement = agreement.plus(Agreement(reported=1) if is_equal else Agreement(missed=1))
            if not is_equal:
                differing.append(_disagreement(name, AUTHENTICATION, "differs", row.served))
    yield AUTHENTICATION, agreement, differing


def _value(fact: str, row: dict[str, Any]) -> object:
    value = row.get(fact)
    if fact == "response_model":
        return value is not None
    return sorted(value) if fact == "tags" and value is not None else value


def _disagreement(name: str, subject: str, kind: str, served: Served) -> Disagreement:
    return Disagreement(name, subject, kind, str(served), f"{served.facts['file']}:{served.facts['line']}")


def _report(
    rules: dict[str, Agreement],
    facts: dict[str, Agreement],
    disagreements: Iterable[Disagreement],
    failures: Sequence[str],
) -> str:
    headings = ("rule", "to report", "reported", "to be silent on", "silent", "undecided", "agreement")
    rows = [_rule_row(rule, one) for rule, one in rules.items()]
    overall = Agreement()
    for one in rules.values():
        overall = overall.plus(one)
    rows.append(_rule_row("all", overall))
    parts = [
        "Routes by what the oracle implies for a rule, and what the rule did (all rules; percent):",
        table(headings, rows),
        "The route table against the oracle:",
        table(
            ("fact", "routes", "equal", "agreement"),
            [[fact, f"{one.decided:,}", f"{one.reported:,}", one.share] for fact, one in facts.items()],
        ),
    ]
    by_subject: dict[str, list[Disagreement]] = defaultdict(list)
    for disagreement in disagreements:
        by_subject[disagreement.subject].append(disagreement)
    for subject, those in by_subject.items():
        lines = [f"- {one.application}: {one.route} ({one.place}) {one.kind}" for one in those[:LISTED]]
        parts.append("\n".join([f"{subject}, {len(those)} differ:", "", *lines]))
    return "\n\n".join([*parts, *(["\n".join(failures)] if failures else [])])


def _rule_row(rule: str, one: Agreement) -> list[str]:
    expected, unexpected = one.reported + one.missed, one.silent + one.false
    counts = (expected, one.reported, unexpected, one.silent, one.undecided)
    return [rule, *(f"{count:,}" for count in counts), one.share]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else NOTHING


if __name__ == "__main__":
    sys.exit(main())
