"""Writes results as Markdown: to the terminal, to a file, and between the marks of a page that keeps the last ones."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

#: What stands in a cell without a value.
NOTHING = "-"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that also reads well as text, the first column to the left, the others to the right."""
    widths = [max(3, *(len(row[column]) for row in (headings, *rows))) for column in range(len(headings))]
    lines = [_line(headings, widths), "|" + "|".join(_rule(column, width) for column, width in enumerate(widths)) + "|"]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "| " + " | ".join(padded) + " |"


def _rule(column: int, width: int) -> str:
    return "-" * (width + 1) + (":" if column else "-")


def megabytes(count: float | None) -> str:
    """Bytes as megabytes (of a million)."""
    return NOTHING if count is None else f"{count / 1_000_000:.0f}"


def machine() -> str:
    """What the figures depend on, in a line."""
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{platform.system()} {platform.machine()}, {processors} processors, Python {platform.python_version()}{load}"
    )


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """The options of every benchmark that say where its results go."""
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the results to a file as well")
    parser.add_argument("--update", type=Path, metavar="PAGE", help="put the results between the marks of a page")


def publish(name: str, text: str, options: argparse.Namespace) -> None:
    """Prints results and writes them where the options say. Raises ValueError for a page without the marks."""
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")
    if options.update:
        page = options.update.read_text(encoding="utf-8")
        options.update.write_text(with_results(page, name, text), encoding="utf-8")


def with_results(page: str, name: str, text: str) -> str:
    """The page with other results between `<!-- results: name -->` and `<!-- end: name -->`. Raises ValueError."""
    opening, closing = f"<!-- results: {name} -->", f"<!-- end: {name} -->"
    before, found_opening, rest = page.partition(opening)
    _, found_closing, after = rest.partition(closing)
    if not found_opening or not found_closing:
        raise ValueError(f"the page has no place for results: {opening} … {closing}")
    return f"{before}{opening}\n{text}\n{closing}{after}"


def tell(message: str) -> None:
    """Shows how far a benchmark is."""
    print(message, file=sys.stderr, flush=True)


def add_reviewer_option(parser: argparse.ArgumentParser) -> None:
    """The option that says which reviewer is measured."""
    parser.add_argument(
        "--reviewer", type=shlex.split, metavar="COMMAND", default=None, help="default: the installed one"
    )


def reviewer_command(options: argparse.Namespace) -> tuple[str, ...]:
    """The reviewer to run: the one asked for, else beside this Python, else on PATH. Ends the program without one."""
    if options.reviewer:
        return tuple(options.reviewer)
    beside = Path(sys.executable).with_name("reviewer")
    found = str(beside) if beside.exists() else shutil.which("reviewer")
    if not found:
        sys.exit("reviewer is not installed; name it with --reviewer")
    return (found,)


def end_in_order() -> None:
    """Lets a terminated benchmark remove its temporary folders."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
