#!/usr/bin/env python3
"""How much a first review says: findings of the preset `recommended` for 100 lines of route code, by application.

Route code is the modules that hold endpoints, without blank lines and lines of comment. Findings about git are left
out, since they belong to a clone and not to an application. Judges nothing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

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

#: Rules that are named for each application.
NAMED_RULES = 3


class Noise(NamedTuple):
    """What a review of one application says; `failure` says why nothing is known."""

    name: str
    routes: int = 0
    lines: int = 0
    severities: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    failure: str | None = None

    @property
    def findings(self) -> int:
        """How many there are."""
        return self.severities.total()

    @property
    def density(self) -> float | None:
        """Findings for 100 lines of route code; None where there is none."""
        return 100 * self.findings / self.lines if self.lines else None


def main() -> int:
    """Reviews and reports. 1 where an application could not be reviewed."""
    options = _options()
    end_in_order()
    reviewer = reviewer_command(options)
    found = []
    for folder in options.applications:
        noise = _measured(folder, reviewer)
        tell(f"{noise.name}: {noise.failure or f'{noise.findings} findings'}")
        found.append(noise)
    publish("noise", _report(found), options)
    return 1 if any(one.failure for one in found) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("applications", type=Path, nargs="+", metavar="FOLDER", help="source root of an application")
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    for path in options.applications:
        if not path.is_dir():
            parser.error(f"{path}: no such folder")
    return options


def _measured(folder: Path, reviewer: tuple[str, ...]) -> Noise:
    name = (
        folder.name if folder.name not in ("src", "backend", "server", "app") else f"{folder.parent.name}/{folder.name}"
    )
    report, failure = _answer(folder, (*reviewer, "check", ".", "--ignore", "git", "--format", "json"))
    if failure is None:
        table_of_routes, failure = _answer(folder, (*reviewer, "routes", ".", "--format", "json"))
    if failure is not None:
        return Noise(name, failure=failure)
    routes = table_of_routes["routes"]
    paths = {route["file"] for route in routes if route["file"]}
    findings = [one for one in report["findings"] if one["suppression"] is None]
    return Noise(
        name,
        len(routes),
        sum(_code_lines(folder / path) for path in paths),
        Counter(one["severity"] for one in findings),
        Counter(one["rule"] for one in findings),
    )


def _answer(folder: Path, command: tuple[str, ...]) -> tuple[Any, str | None]:
    """What a command prints as JSON, and why it printed nothing of use."""
    run = run_once(Command(command[1], command, folder.resolve()))
    if run.failure:
        return None, run.failure
    try:
        return json.loads(run.output), None
    except ValueError:
        return None, "its output is no JSON"


def _code_lines(file: Path) -> int:
    """Lines of a file that are neither blank nor comment alone; none where it cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)


def _report(found: list[Noise]) -> str:
    rows = [_row(one) for one in sorted(found, key=lambda one: one.density or 0)]
    headings = ("application", "routes", "lines", "errors", "warnings", "infos", "per 100 lines", "most often")
    densities = [one.density for one in found if one.density is not None]
    median = f"Median: {statistics.median(densities):.2f} findings for 100 lines of route code." if densities else ""
    failed = [f"- {one.name} failed: {one.failure}" for one in found if one.failure]
    parts = ["The preset `recommended`, nothing configured.", table(headings, rows), median, "\n".join(failed)]
    return "\n\n".join(part for part in parts if part)


def _row(one: Noise) -> list[str]:
    if one.failure:
        return [one.name, *[NOTHING] * 7]
    density = NOTHING if one.density is None else f"{one.density:.2f}"
    often = ", ".join(f"{rule} {count}" for rule, count in one.rules.most_common(NAMED_RULES)) or NOTHING
    counts = (one.severities[severity] for severity in ("error", "warning", "info"))
    return [one.name, f"{one.routes:,}", f"{one.lines:,}", *(f"{count:,}" for count in counts), density, often]


if __name__ == "__main__":
    sys.exit(main())
