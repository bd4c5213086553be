"""`reviewer check`: reviews a repository and reports."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from reviewer import __version__
from reviewer.cli.session import Session, open_session, shown_progress, source_options, write_output
from reviewer.report import FORMATS, Presentation, render
from reviewer.report.colour import wants_colour
from reviewer.report.escaping import visible
from reviewer.results import Review
from reviewer.review import ReadSources, ReviewRequest, review_sources
from reviewer.rule import Severity

FOUND = 1
FAILED = 2


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--select", multiple=True, metavar="NAME", help="Run only these rules or families.")
@click.option("--extend-select", multiple=True, metavar="NAME", help="Run these besides those of the preset.")
@click.option("--ignore", multiple=True, metavar="NAME", help="Do not run these rules or families.")
@click.option("--preset", "--profile", "preset", metavar="NAME", help="recommended (default) or strict.")
@click.option("--fail-on", metavar="SEVERITY", help="Least severity for exit code 1: error, warning or info.")
@click.option("--format", "report_format", type=click.Choice(sorted(FORMATS)), default="text", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the report to a file.")
@click.option("--statistics", is_flag=True, help="Count the findings by rule.")
@click.option("--no-source", is_flag=True, help="One line a finding, without the source.")
@click.option("--fix", is_flag=True, help="Mend what has a safe fix, in place.")
@click.option("--unsafe-fixes", is_flag=True, help="Count unsafe fixes in for --fix and --diff.")
@click.option("--diff", is_flag=True, help="Print the fixes as a patch, and change nothing.")
@source_options
def command(paths: tuple[Path, ...], **options: Any) -> int:
    """Review a repository and report what breaks its conventions.

    One folder is reviewed as a whole. Files are judged with the knowledge of their whole project, and only what is in
    them is reported.
    """
    shown = {name: options.pop(name) for name in _SHOWN}
    session = open_session(paths, **options)
    try:
        return _run(session, shown)
    finally:
        session.cache.close()


_SHOWN = ("report_format", "output", "statistics", "no_source", "fix", "unsafe_fixes", "diff")


def _run(session: Session, shown: dict[str, Any]) -> int:
    request = ReviewRequest(session.root, session.settings, session.named, session.jobs, __version__)
    with shown_progress() as progress:
        sources = ReadSources.of(request, session.cache, progress)
    result = review_sources(request, sources, session.catalogue, session.cache)
    if shown["fix"] or shown["diff"]:
        return _fix(session, sources, result, shown)
    write_output(_report(result, sources, shown), shown["output"])
    return exit_code(result, session.settings.fail_on)


def _report(result: Review, sources: ReadSources, shown: dict[str, Any]) -> str:
    to_terminal = shown["output"] is None and sys.stdout.isatty()
    presentation = Presentation(
        line_of=sources.line,
        show_source=not shown["no_source"],
        statistics=shown["statistics"],
        colour=shown["output"] is None and wants_colour(is_terminal=to_terminal, environment=os.environ),
        show_time=to_terminal,
    )
    return render(result, shown["report_format"], presentation)


def _fix(session: Session, sources: ReadSources, result: Review, shown: dict[str, Any]) -> int:
    from reviewer.fixing import propose_fixes, unified_diff, write_fixes

    plan = propose_fixes(result.findings, sources.content, include_unsafe=shown["unsafe_fixes"])
    for skipped in plan.skipped:
        place = f"{skipped.finding.place.path}:{skipped.finding.place.line}"
        click.echo(visible(f"not fixed: {place}: {skipped.finding.rule}: {skipped.reason}"), err=True)
    if shown["diff"]:
        write_output(_safe_patch(unified_diff(plan.files)), shown["output"])
        return FOUND if plan.files else 0
    unwritten = write_fixes(plan.files, str(session.root))
    for file in unwritten:
        click.echo(visible(f"not written: {file.path}: {file.reason}"), err=True)
    count = len(plan.fixed)
    click.echo(
        f"{count} finding{'s' if count != 1 else ''} mended in {len(plan.files) - len(unwritten)} files.", err=True
    )
    mended = {id(finding) for finding in plan.fixed}
    left = tuple(finding for finding in result.findings if id(finding) not in mended)
    from msgspec.structs import replace

    remaining = replace(result, findings=left)
    write_output(_report(remaining, sources, shown), shown["output"])
    return FAILED if unwritten else exit_code(remaining, session.settings.fail_on)


def _safe_patch(patch: str) -> str:
    """The patch; on a terminal with control characters made visible."""
    if not sys.stdout.isatty():
        return patch
    return "".join(visible(line.rstrip("\n")) + "\n" for line in patch.splitlines(keepends=True))


def exit_code(result: Review, fail_on: str) -> int:
    """0 where nothing is reported, 1 for findings of at least a severity or unreadable files, 2 where a rule failed."""
    if result.crashes:
        return FAILED
    least = Severity(fail_on).rank
    if result.problems or any(finding.severity.rank <= least for finding in result.reported):
        return FOUND
    return 0
