#!/usr/bin/env python3
"""Compares `reviewer routes` with what running applications served. Judges nothing.

The oracle folder holds a JSON file an application: its name, source, root inside the source, `app` as
`module:attribute`, and rows; or `modules` with the rows of many. The program that compares takes such a file and the
output of `reviewer routes --format json`, with `--module '*'` for many, and prints scores as JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from measuring import Command, Run, run_once
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

#: Scores of the comparison that are shown, with the headings of their columns.
FIELDS = {
    "existence": "route",
    "full_path": "full path",
    "endpoint": "endpoint",
    "file_line": "place",
    "status_code": "status",
    "response_model": "response model",
    "tags": "tags",
    "documented": "documented",
    "include_in_schema": "in schema",
    "deprecated": "deprecated",
}
DEPENDENCIES = "dependencies"


class Count(NamedTuple):
    """How many of the true values were found, and how many were said."""

    right: int = 0
    true: int = 0
    said: int = 0
    right_of_said: int = 0

    def plus(self, other: Count) -> Count:
        """Both together."""
        return Count(*(mine + its for mine, its in zip(self, other, strict=True)))

    def __str__(self) -> str:
        return f"{_share(self.right, self.true)} / {_share(self.right_of_said, self.said)}"


class Comparison(NamedTuple):
    """What was found of one application; `failure` says why nothing is known."""

    name: str
    counts: dict[str, Count]
    seconds: float = 0.0
    failure: str | None = None


def main() -> int:
    """Compares and reports. 1 where an application could not be compared."""
    options = _options()
    end_in_order()
    reviewer = reviewer_command(options)
    comparisons: list[Comparison] = []
    left_out: list[str] = []
    for oracle in sorted(options.oracle.glob("*.json")):
        description = json.loads(oracle.read_text(encoding="utf-8"))
        source = _source(description, options)
        if source is None:
            left_out.append(description["name"])
            continue
        comparison = _compared(description, oracle, source, reviewer, options.compare)
        tell(f"{comparison.name}: {comparison.failure or comparison.counts['full_path']}")
        comparisons.append(comparison)
    if not comparisons:
        sys.exit("no application of the oracle is among the sources")
    publish("routes", _report(comparisons, left_out), options)
    return 1 if any(comparison.failure for comparison in comparisons) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oracle", type=Path, required=True, metavar="DIR", help="folder of the true routes")
    parser.add_argument(
        "--sources", type=Path, required=True, metavar="DIR", help="folder of the applications, by name or repository"
    )
    parser.add_argument("--compare", type=Path, required=True, metavar="PROGRAM", help="the program that compares")
    parser.add_argument(
        "--at", action="append", default=[], metavar="NAME=FOLDER", help="an application elsewhere inside the sources"
    )
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    options.at = dict(place.partition("=")[::2] for place in options.at)
    for path in (options.oracle, options.sources, options.compare):
        if not path.exists():
            parser.error(f"{path}: no such file or folder")
    return options


def _source(description: dict[str, Any], options: argparse.Namespace) -> Path | None:
    """The root of an application, None where it is not among the sources."""
    name = str(description["name"])
    repository = str(description.get("source", "")).partition("@")[0]
    places = (options.at[name],) if name in options.at else (name, repository, repository.rpartition("/")[2])
    for place in filter(None, places):
        root: Path = options.sources / place / description.get("root", ".")
        if root.is_dir():
            return root
    return None


def _compared(
    description: dict[str, Any], oracle: Path, root: Path, reviewer: tuple[str, ...], compare: Path
) -> Comparison:
    name = str(description["name"])
    is_batch = "modules" in description  # of many small applications, which are compared together
    run = _routes(root, reviewer, None if is_batch else description.get("app"))
    if run.failure:
        return Comparison(name, {}, failure=run.failure)
    which = ("--module", "*") if is_batch else ()
    with tempfile.NamedTemporaryFile(suffix=".json") as routes:
        routes.write(run.output)
        routes.flush()
        answer = subprocess.run(
            [sys.executable, str(compare), str(oracle), routes.name, "--own-only", *which, "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        scores = json.loads(answer.stdout)["scores"]
        return Comparison(name, _counts(scores), run.seconds)
    except (ValueError, KeyError, TypeError):
        said = (answer.stderr.strip().splitlines() or ["its answer is not understood"])[-1]
        return Comparison(name, {}, failure=f"the comparison failed: {said}")


def _routes(root: Path, reviewer: tuple[str, ...], application: str | None) -> Run:
    chosen = () if application is None else ("--app", application)
    command = (*reviewer, "routes", ".", "--format", "json", "--no-cache", *chosen)
    return run_once(Command("routes", command, root.resolve(), frozenset({0})))


def _counts(scores: dict[str, Any]) -> dict[str, Count]:
    counts = {}
    for field in FIELDS:
        score = scores[field]
        counts[field] = Count(score["ok"], score["oracle"], score["product"], score["ok"])
    score = scores[DEPENDENCIES]
    counts[DEPENDENCIES] = Count(
        score["hit"], score["oracle"], score["product"], round(score["precision"] * score["product"])
    )
    return counts


def _report(comparisons: list[Comparison], left_out: list[str]) -> str:
    headings = ("application", "routes", *FIELDS.values(), DEPENDENCIES, "seconds")
    rows = []
    overall = {field: Count() for field in (*FIELDS, DEPENDENCIES)}
    for one in comparisons:
        if one.failure:
            rows.append([one.name, *(NOTHING for _ in headings[1:])])
            continue
        overall = {field: count.plus(one.counts[field]) for field, count in overall.items()}
        rows.append(_row(one.name, one.counts, one.seconds))
    rows.append(_row("overall", overall, sum(one.seconds for one in comparisons)))
    parts = [
        "Recall / precision in percent, against the routes that the running applications served (their own, not those"
        " of libraries). Without a cache.",
        table(headings, rows),
    ]
    remarks = [f"- {one.name} failed: {one.failure}" for one in comparisons if one.failure]
    remarks += [f"- not among the sources: {', '.join(left_out)}"] if left_out else []
    return "\n\n".join([*parts, *(["\n".join(remarks)] if remarks else [])])


def _row(name: str, counts: dict[str, Count], seconds: float) -> list[str]:
    return [name, f"{counts['existence'].true:,}", *(str(count) for count in counts.values()), f"{seconds:.2f}"]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else NOTHING


if __name__ == "__main__":
    sys.exit(main())
