#!/usr/bin/env python3
"""Shows how the time and the memory of a review grow with the application, on synthetic ones. Judges nothing."""

from __future__ import annotations

import argparse
import math
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from applications import Written, write_application
from measuring import MEMORY_METHOD, Command, Measurement, measure, run_once
from results import (
    NOTHING,
    add_output_options,
    add_reviewer_option,
    end_in_order,
    machine,
    megabytes,
    publish,
    reviewer_command,
    table,
    tell,
)


class Size(NamedTuple):
    """What was measured on one application."""

    written: Written
    cold: Measurement
    warm: Measurement


def main() -> int:
    """Measures and reports. 1 where a review did not do its work."""
    options = _options()
    end_in_order()
    conditions = machine()
    command = reviewer_command(options)
    sizes = [_measured(size, command, options.runs) for size in options.sizes]
    publish("growth", _report(sizes, options.runs, conditions), options)
    return 1 if any(one.failure for size in sizes for one in (size.cold, size.warm)) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", type=_sizes, default="100,1000,10000,50000", help="numbers of Python files (default: %(default)s)"
    )
    parser.add_argument("--runs", type=int, default=1, help="timed runs of each review (default: %(default)s)")
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs: at least 1")
    return options


def _sizes(text: str) -> list[int]:
    sizes = sorted({int(part) for part in text.split(",")})
    if sizes[0] < 1:
        raise ValueError(text)
    return sizes


def _measured(size: int, reviewer: tuple[str, ...], runs: int) -> Size:
    with tempfile.TemporaryDirectory(prefix="reviewer-benchmark-") as temporary:
        folder, cold_cache, warm_cache = (Path(temporary) / name for name in ("application", "cold", "warm"))
        written = write_application(folder, size)
        tell(f"{written.python_files:,} files, {written.routes:,} routes")

        def review(name: str, cache: Path) -> Command:
            return Command(name, (*reviewer, "check", ".", "--cache-dir", str(cache)), folder)

        cold = review("cold", cold_cache)._replace(prepare=lambda: shutil.rmtree(cold_cache, ignore_errors=True))
        warm = review("warm", warm_cache)
        run_once(warm)
        measurements = measure((cold, warm), runs, warm_up=False, tell=tell)
        return Size(written, measurements[0], measurements[1])


def _report(sizes: list[Size], runs: int, conditions: str) -> str:
    headings = (
        "Python files",
        "routes",
        "source MB",
        "seconds",
        "s / 1,000 files",
        "exponent",
        "peak MB",
        "MB / 1,000 files",
    )
    parts = [
        f"Median of {runs} run{'s' if runs > 1 else ''}. {conditions}. Memory: {MEMORY_METHOD}, in a run of its own."
        " The exponent compares with the row above: 1 where twice the files take twice the time, 2 where four times."
    ]
    for state in ("cold", "warm"):
        measured = [(size.written, size.cold if state == "cold" else size.warm) for size in sizes]
        rows = [_row(number, measured) for number in range(len(measured))]
        parts.append(f"{state.capitalize()} cache:\n\n{table(headings, rows)}")
        remarks = [f"- {remark}" for written, one in measured for remark in _remarks(written, one)]
        if remarks:
            parts.append("\n".join(remarks))
    return "\n\n".join(parts)


def _row(number: int, measured: list[tuple[Written, Measurement]]) -> list[str]:
    written, one = measured[number]
    row = [f"{written.python_files:,}", f"{written.routes:,}", f"{written.bytes / 1_000_000:.1f}"]
    if not one.runs:
        return [*row, "failed", NOTHING, NOTHING, NOTHING, NOTHING]
    thousands = written.python_files / 1000
    memory = f"{one.memory / 1_000_000 / thousands:.0f}" if one.memory else NOTHING
    exponent = NOTHING
    smaller, before = measured[max(0, number - 1)]
    if before.runs and smaller.python_files < written.python_files:
        exponent = f"{math.log(one.median / before.median, written.python_files / smaller.python_files):.2f}"
    return [*row, f"{one.median:.2f}", f"{one.median / thousands:.3f}", exponent, megabytes(one.memory), memory]


def _remarks(written: Written, one: Measurement) -> list[str]:
    """Why a row does not say what it seems to say."""
    if one.failure:
        return [f"{written.python_files:,} files: {one.failure}"]
    said = re.findall(rb"(\d+) routes", one.output)
    if not said or int(said[-1]) != written.routes:
        return [f"{written.python_files:,} files: the report does not tell of {written.routes:,} routes"]
    return []


if __name__ == "__main__":
    sys.exit(main())
