"""Which reports a command writes, and where to: `--format FORMAT[=FILE]`, once for each.

A job of a pipeline gets annotations in its log, a file for code scanning and a summary from one run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from reviewer.cli.session import UsageProblem, write_output
from reviewer.files import shown_path
from reviewer.report import FORMATS, Presentation, render
from reviewer.report.colour import wants_colour
from reviewer.results import Review

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT = "text"
PRINTED = Path("-")


class Report(msgspec.Struct, frozen=True):
    """One report to write: its format, and its file, or None where the command prints it."""

    format: str
    file: Path | None = None


class ReportType(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.4
    """`FORMAT` or `FORMAT=FILE`."""

    name = "report"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Report:
        """The report that a value of the option stands for."""
        if isinstance(value, Report):
            return value
        name, has_file, file = str(value).partition("=")
        name = click.Choice(sorted(FORMATS)).convert(name, param, ctx)
        if has_file and not file:
            self.fail(f"{value!r} names no file after the `=`.", param, ctx)
        return Report(name, Path(file) if has_file and Path(file) != PRINTED else None)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """The formats, and files after the `=`."""
        return click.Choice(sorted(FORMATS)).shell_complete(ctx, param, incomplete)


def report_options(function: Command) -> Command:
    """The options that say which reports are written: `reports` and `output` of the command."""
    for option in (
        click.option(
            "--output", "-o", type=click.Path(path_type=Path), help="Write the report without a FILE to a file."
        ),
        click.option(
            "--format",
            "reports",
            type=ReportType(),
            multiple=True,
            metavar="FORMAT[=FILE]",
            help=f"Form of the report, and its file; may be repeated. One of {', '.join(sorted(FORMATS))}; "
            f"printed without a FILE. Default: {DEFAULT}.",
        ),
    ):
        function = option(function)
    return function


def chosen_reports(reports: Sequence[Report], output: Path | None) -> tuple[Report, ...]:
    """The reports to write, each with its own place. Raises UsageProblem where two would go to the same one."""
    chosen = list(reports) or [Report(DEFAULT)]
    printed = [report for report in chosen if report.file is None]
    if len(printed) > 1:
        names = " and ".join(f"--format {report.format}" for report in printed)
        raise UsageProblem(f"{names} go to the same place: give all but one a file, such as {printed[1].format}=FILE")
    if output is not None:
        if not printed:
            raise UsageProblem(f"--output {output}: every --format names its own file already")
        file = None if output == PRINTED else output
        chosen = [Report(report.format, file) if report.file is None else report for report in chosen]
    places = [os.path.realpath(report.file) for report in chosen if report.file is not None]
    for place in places:
        if places.count(place) > 1 and not _is_stream(place):
            raise UsageProblem(f"{place}: two reports would be written to this file")
    return tuple(chosen)


def write_reports(review: Review, reports: Sequence[Report], presentation: Presentation) -> None:
    """Writes the reports, those with a file first, so that what is printed tells of nothing that was not written.

    Colour and time are for the one that is printed. Raises UsageProblem where a file cannot be written.
    """
    for report in sorted(reports, key=lambda report: report.file is None):
        is_printed = report.file is None
        to_terminal = is_printed and sys.stdout.isatty()
        looks = msgspec.structs.replace(
            presentation,
            colour=is_printed and wants_colour(is_terminal=to_terminal, environment=os.environ),
            show_time=to_terminal,
        )
        write_output(render(review, report.format, looks), report.file)


def prefix_from_top(root: Path) -> str:
    """The way from the top of the repository down to the reviewed folder, with a slash at its end; empty at the top."""
    folder = Path(os.path.realpath(root))
    for top in (folder, *folder.parents):
        if os.path.lexists(top / ".git"):
            return "" if top == folder else shown_path(os.fsencode(folder.relative_to(top).as_posix())) + "/"
    return ""


def _is_stream(place: str) -> bool:
    """Whether what is written there is not kept, so that a second report loses nothing."""
    return os.path.exists(place) and not os.path.isfile(place)
