#!/usr/bin/env python3
"""How many real defects, later fixed, `reviewer` reports before the fix, and how many it still reports after it.

The sources folder holds clones of the repositories that the cases are about. The program that scores reviews both
commits of each case with the `reviewer` that it finds first on PATH, takes `--sources`, `--only`, `--jobs` and `--out`,
and writes a JSON line a case: its `family`, and the rules that `caught` it, that were expected (`named`) and that still
report it after the fix (`stays`), or an `error`.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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

ALL = "all"


def main() -> int:
    """Scores and reports. 1 where a case has no score."""
    options = _options()
    end_in_order()
    with tempfile.TemporaryDirectory(prefix="reviewer-benchmark-") as temporary:
        cases = _cases(options, reviewer_command(options), Path(temporary))
    if not cases:
        tell("no case was scored")
        return 1
    publish("history", _report(cases), options)
    return 1 if any("error" in case for case in cases) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True, metavar="DIR", help="folder of the clones")
    parser.add_argument("--score", type=Path, required=True, metavar="PROGRAM", help="the program that scores")
    parser.add_argument("--only", default=".", metavar="PATTERN", help="only cases that this regular expression meets")
    parser.add_argument("--jobs", type=int, default=1, help="cases at a time")
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    for path in (options.sources, options.score):
        if not path.exists():
            parser.error(f"{path}: no such file or folder")
    return options


def _cases(options: argparse.Namespace, reviewer: Sequence[str], temporary: Path) -> list[dict[str, Any]]:
    """The scored cases. The reviewer that is asked for is put first on PATH."""
    found, programs = temporary / "cases.jsonl", temporary / "programs"
    programs.mkdir()
    launcher = programs / "reviewer"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.join(reviewer)} "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    arguments = ["--sources", options.sources.resolve(), "--only", options.only, "--jobs", options.jobs, "--out", found]
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    answer = subprocess.run(
        [sys.executable, str(options.score), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if answer.returncode or not found.exists():
        tell((answer.stderr.strip().splitlines() or ["the program that scores said nothing"])[-1])
        return []
    return [json.loads(line) for line in found.read_text(encoding="utf-8").splitlines() if line.strip()]


def _report(cases: list[dict[str, Any]]) -> str:
    scored = [case for case in cases if "error" not in case]
    families = sorted({case["family"] for case in scored})
    rows = [_row(family, [case for case in scored if case["family"] == family]) for family in families]
    rows.append(_row(ALL, scored))
    headings = ("family", "cases", "caught", "percent", "by an expected rule", "percent", "still reported", "percent")
    failed = [f"- {case.get('id', '?')} has no score: {case['error']}" for case in cases if "error" in case]
    parts = ["All rules; caught: reported before the fix and gone after it.", table(headings, rows)]
    return "\n\n".join([*parts, *(["\n".join(failed)] if failed else [])])


def _row(name: str, cases: list[dict[str, Any]]) -> list[str]:
    cells = [name, f"{len(cases):,}"]
    for score in ("caught", "named", "stays"):
        count = sum(bool(case[score]) for case in cases)
        cells += [f"{count:,}", f"{100 * count / len(cases):.0f}" if cases else NOTHING]
    return cells


if __name__ == "__main__":
    sys.exit(main())
