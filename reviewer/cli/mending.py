"""Mends what has a fix, and reviews again what was written, so that the report is about the files as they are now.

Takes a review and its sources, gives those of the mended files. Only `fixing.write_fixes` changes files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click
import msgspec

from reviewer.fixing import FixPlan, UnwrittenFile, path_of, propose_fixes, unified_diff, write_fixes
from reviewer.report.escaping import visible
from reviewer.results import Review
from reviewer.review import ReadSources
from reviewer.rule import Finding

#: Fixes may make way for others that touch the same text; more often than this they undo each other.
MAX_ROUNDS = 5


class Mended(msgspec.Struct, frozen=True):
    """What is left after fixing, and whether a file could not be written."""

    result: Review
    sources: ReadSources
    has_unwritten: bool = False


def mend(
    result: Review,
    sources: ReadSources,
    review_again: Callable[[], tuple[Review, ReadSources]],
    *,
    include_unsafe: bool,
) -> Mended:
    """Writes the fixes of a review until there is nothing left to mend, and tells how many on standard error."""
    count, written, unwritten = 0, set[str](), tuple[UnwrittenFile, ...]()
    plan = _plan(result, sources, include_unsafe)
    for _ in range(MAX_ROUNDS):
        if not plan.files or unwritten:
            break
        unwritten = write_fixes(plan.files, str(sources.root))
        refused = {file.path for file in unwritten}
        written |= {file.path for file in plan.files} - refused
        count += sum(refused.isdisjoint(_paths(finding)) for finding in plan.fixed)
        result, sources = review_again()
        plan = _plan(result, sources, include_unsafe)
    _tell_skipped(plan)
    for file in unwritten:
        click.echo(visible(f"not written: {file.path}: {file.reason}"), err=True)
    unsafe = sum(one.fix is not None and not one.fix.is_safe for one in result.reported)
    advice = f" --unsafe-fixes would mend {unsafe} more." if unsafe and not include_unsafe else ""
    click.echo(f"{_counted(count, 'finding')} mended in {_counted(len(written), 'file')}.{advice}", err=True)
    return Mended(result, sources, bool(unwritten))


def patch(result: Review, sources: ReadSources, *, include_unsafe: bool) -> str:
    """The fixes of a review as a patch; what cannot be mended is told on standard error."""
    plan = _plan(result, sources, include_unsafe)
    _tell_skipped(plan)
    return unified_diff(plan.files)


def _plan(result: Review, sources: ReadSources, include_unsafe: bool) -> FixPlan:
    return propose_fixes(result.findings, sources.content, include_unsafe=include_unsafe)


def _tell_skipped(plan: FixPlan) -> None:
    for skipped in plan.skipped:
        place = f"{skipped.finding.place.path}:{skipped.finding.place.line}"
        click.echo(visible(f"not fixed: {place}: {skipped.finding.rule}: {skipped.reason}"), err=True)


def _paths(finding: Finding) -> Sequence[str]:
    return [path_of(edit) for edit in finding.fix.edits] if finding.fix is not None else []


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
