"""What the commands about git share: options, the configured rule, and the report of what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from reviewer import __version__
from reviewer.cli.reports import chosen_reports, report_options, write_reports
from reviewer.cli.session import Session, open_session
from reviewer.filters.fingerprints import with_fingerprints
from reviewer.report import Presentation
from reviewer.results import Review, RuleInfo
from reviewer.rule import Finding, Rule, Severity
from reviewer.selection import active_rules

Command = TypeVar("Command", bound=Callable[..., Any])
FOUND = 1

#: Gives a line of what was judged by the path of its place and its number.
LineOf = Callable[[str, int], str]


def convention_options(function: Command) -> Command:
    """The options of the commands that judge messages and names."""
    for option in (
        click.option("--pack", "packs", multiple=True, metavar="NAME", help="Use an installed pack of rules."),
        click.option(
            "--config", type=click.Path(path_type=Path), help="Configuration file instead of the nearest one."
        ),
        click.option("--no-source", is_flag=True, help="One line a finding, without the source."),
        report_options,
        click.option("--fail-on", metavar="SEVERITY", help="Least severity for exit code 1: error, warning or info."),
    ):
        function = option(function)
    return function


def open_here(*, config: Path | None, packs: tuple[str, ...], fail_on: str | None) -> Session:
    """The settings and rules that hold in the working folder. Raises UsageProblem."""
    return open_session(
        (),
        config=config,
        exclude=(),
        jobs=1,
        no_cache=False,
        cache_dir=None,
        packs=packs,
        fail_on=fail_on,
    )


def configured(session: Session, name: str) -> Rule:
    """A rule with the options and severity that the settings give it, although it may be off for `check`."""
    settings = msgspec.structs.replace(session.settings, select=(name,), extend_select=(), ignore=())
    return active_rules(settings, session.catalogue)[0]


def report(
    session: Session, findings: Iterable[Finding], *, rules: Iterable[Rule], reviewed: str, line_of: LineOf, shown: Any
) -> int:
    """Writes the report; gives the exit code: 1 for findings of at least the severity that counts."""
    found = with_fingerprints(findings, line_of)
    result = Review(
        root=str(session.root),
        findings=found,
        rules=tuple(RuleInfo.of(rule) for rule in rules),
        tool_version=__version__,
        reviewed=reviewed,
    )
    presentation = Presentation(line_of=line_of, show_source=not shown["no_source"], show_all=True)
    write_reports(result, chosen_reports(shown["reports"], shown["output"]), presentation)
    least = Severity(session.settings.fail_on).rank
    return FOUND if any(finding.severity.rank <= least for finding in found) else 0
