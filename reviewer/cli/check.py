"""`reviewer check`: reviews a repository and reports."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from reviewer import __version__
from reviewer.cli.comparison import compared_in_pre_commit, comparison_options, opened_baseline, opened_change
from reviewer.cli.notes import notes_on
from reviewer.cli.reports import chosen_reports, prefix_from_top, report_options, write_reports
from reviewer.cli.rule_names import complete_profile, complete_rule_name, separated
from reviewer.cli.session import Session, UsageProblem, open_session, read_sources, source_options, write_output
from reviewer.report import Presentation
from reviewer.report.escaping import log_line, visible
from reviewer.report.summary import counted
from reviewer.results import Review
from reviewer.review import ReadSources, ReviewRequest, Scope, review_sources
from reviewer.rule import Severity

#: Variables by which a build system tells that it reads what is printed.
BUILD_SYSTEMS = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
FOUND = 1
FAILED = 2


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--select",
    shell_complete=complete_rule_name,
    multiple=True,
    callback=separated,
    metavar="NAME",
    help="Run only these rules or families.",
)
@click.option(
    "--extend-select",
    shell_complete=complete_rule_name,
    multiple=True,
    callback=separated,
    metavar="NAME",
    help="Run these besides those of the preset.",
)
@click.option(
    "--ignore",
    shell_complete=complete_rule_name,
    multiple=True,
    callback=separated,
    metavar="NAME",
    help="Do not run these rules or families.",
)
@click.option("--preset", metavar="NAME", help="How much is asked: recommended (default) or strict.")
@click.option(
    "--profile",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_profile,
    help="What the project is made with: fastapi, flask or git-flow; may be repeated. Default: what is found.",
)
@click.option("--fail-on", metavar="SEVERITY", help="Least severity for exit code 1: error, warning or info.")
@report_options
@click.option("--statistics", is_flag=True, help="Count the findings by rule, in text and JSON.")
@click.option("--timings", is_flag=True, help="Tell how long each rule takes, in text and JSON; rules run twice.")
@click.option("--no-source", is_flag=True, help="One line a finding, without the source, by place.")
@click.option("--full", is_flag=True, help="Every finding with its source, by place, also where a rule has many.")
@click.option("--fix", is_flag=True, help="Mend what has a safe fix, in place.")
@click.option("--unsafe-fixes", is_flag=True, help="Count unsafe fixes in for --fix and --diff.")
@click.option("--diff", is_flag=True, help="Print the fixes as a patch, and change nothing.")
@comparison_options
@source_options
def command(paths: tuple[Path, ...], **options: Any) -> int:
    """Review a repository and report what breaks its conventions.

    One folder is reviewed as a whole. Files are judged with the knowledge of their whole project, and only what is in
    them is reported.
    """
    shown = {name: options.pop(name) for name in _SHOWN}
    times_rules = options.pop("timings")
    since, is_staged, baseline = (options.pop(name) for name in ("since", "staged", "baseline"))
    if options.pop("pre_commit"):
        since, is_staged = compared_in_pre_commit(since, os.environ)
    if shown["unsafe_fixes"] and not (shown["fix"] or shown["diff"]):
        raise UsageProblem("--unsafe-fixes counts unsafe fixes in for --fix and --diff: give one of them too")
    if is_staged and shown["fix"]:
        raise UsageProblem("--fix changes the working tree, --staged reviews the index: use --diff, or stage the fixes")
    shown["reports"] = chosen_reports(shown["reports"], shown["output"])
    session = open_session(paths, **options)
    try:
        with opened_change(session, since, is_staged) as change:
            request = ReviewRequest(
                root=session.root,
                settings=session.settings,
                named=session.named,
                jobs=session.jobs,
                tool_version=__version__,
                change=change,
                baseline=opened_baseline(session, baseline),
                shows_known=shown["shows_known"],
                times_rules=times_rules,
            )
            return _run(session, request, shown)
    finally:
        session.cache.close()


_SHOWN = ("reports", "output", "statistics", "no_source", "full", "fix", "unsafe_fixes", "diff", "shows_known")


def _run(session: Session, request: ReviewRequest, shown: dict[str, Any]) -> int:
    result, sources = _reviewed(session, request)
    for note in notes_on(result, sources, request):
        click.echo(f"reviewer: note: {visible(note)}", err=True)
    has_unwritten = False
    if shown["diff"]:
        return _show_patch(result, sources, shown)
    if shown["fix"]:
        from reviewer.cli.mending import mend

        mended = mend(result, sources, lambda: _reviewed(session, request), include_unsafe=shown["unsafe_fixes"])
        result, sources, has_unwritten = mended.result, mended.sources, mended.has_unwritten
    presentation = Presentation(
        line_of=sources.line,
        show_source=not shown["no_source"],
        show_all=shown["full"],
        statistics=shown["statistics"],
        show_suppressed=os.environ.get("GITHUB_ACTIONS") != "true",
        path_prefix=prefix_from_top(session.root),
    )
    write_reports(result, shown["reports"], presentation)
    return FAILED if has_unwritten else exit_code(result, request)


def _reviewed(session: Session, request: ReviewRequest) -> tuple[Review, ReadSources]:
    sources = read_sources(session, request)
    return review_sources(request, sources, session.catalogue, session.cache), sources


def _show_patch(result: Review, sources: ReadSources, shown: dict[str, Any]) -> int:
    from reviewer.cli.mending import patch

    text = patch(result, sources, include_unsafe=shown["unsafe_fixes"])
    write_output(text if shown["output"] else _safe_patch(text), shown["output"])
    if not text:
        unsafe = sum(finding.fix is not None and not finding.fix.is_safe for finding in result.reported)
        is_offered = unsafe and not shown["unsafe_fixes"]
        others = f"; --unsafe-fixes adds {counted(unsafe, 'unsafe one')}" if is_offered else ""
        click.echo(f"reviewer: note: no finding has a fix to apply{others}", err=True)
    if result.crashes:
        return FAILED
    return FOUND if text else 0


def _safe_patch(patch: str) -> str:
    """The patch as a program may read it; on a terminal, and in the log of a build, such that it cannot act there."""
    if sys.stdout.isatty():
        return "\n".join("\t".join(map(visible, line.split("\t"))) for line in patch.split("\n"))
    if any(os.environ.get(name) for name in BUILD_SYSTEMS):
        return "\n".join(map(log_line, patch.split("\n")))
    return patch


def exit_code(result: Review, request: ReviewRequest) -> int:
    """0 where nothing is reported, 1 for findings of at least a severity or unreadable files, 2 where a rule failed.

    What the base of a change or the baseline has already does not count. Where files were named, only their own
    problems count: another file that is broken is not theirs to mend.
    """
    if result.crashes:
        return FAILED
    least = Severity(request.settings.fail_on).rank
    scope = Scope(request)
    if any(scope.holds(problem.path) for problem in result.new_problems):
        return FOUND
    return FOUND if any(finding.severity.rank <= least for finding in result.new) else 0
