"""Judges the members of gathered findings one by one, and gathers again what is judged alike.

Pure: a filter takes findings with their members spread out among them, marks each, and has them put together again. No
place is dropped: a member that is hidden, or is new beside known ones, is given as a finding of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from reviewer.rule import Finding, Fix

UNCHANGED = "unchanged"


def spread(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, each gathered one followed by its members."""
    return [one for finding in findings for one in (finding, *finding.members)]


def with_members(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The opposite of `spread`: each gathered finding with the members that follow it."""
    following = iter(findings)
    for finding in following:
        if finding.members:
            yield replace(finding, members=tuple(next(following) for _ in finding.members))
        else:
            yield finding


def singles(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that stand for one place each: the members instead of what they are gathered in."""
    return [one for finding in findings for one in finding.members or (finding,)]


def gathered_again(findings: Iterable[Finding], judged: Sequence[Finding]) -> list[Finding]:
    """The findings as a comparison judged their `singles`, given in that order.

    Where all members of a finding are known, it is known; where none is, it is new; else the new ones stand alone.
    """
    following = iter(judged)
    result: list[Finding] = []
    for finding in findings:
        if finding.members:
            members = tuple(next(following) for _ in finding.members)
            result += _compared(finding, members)
        else:
            result.append(next(following))
    return result


def without_hidden(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, with the members that a comment or the configuration hides taken out of the gathered ones.

    What hides a gathered finding that stands at none of its members hides all of them.
    """
    for finding in findings:
        if not finding.members:
            yield finding
            continue
        places = {(one.place.path, one.place.line) for one in finding.members}
        if finding.suppression is not None and (finding.place.path, finding.place.line) not in places:
            hidden = tuple(replace(one, suppression=finding.suppression) for one in finding.members)
            yield replace(finding, members=hidden)
            continue
        taken = [one for one in finding.members if one.suppression is not None]
        left = [one for one in finding.members if one.suppression is None]
        yield from taken
        yield from _reduced(replace(finding, suppression=None), left, taken, "suppressed")


def _compared(finding: Finding, members: tuple[Finding, ...]) -> Iterator[Finding]:
    known = [one for one in members if one.baseline_state == UNCHANGED]
    new = [one for one in members if one.baseline_state != UNCHANGED]
    if not known or not new:
        first = members[0]
        state, suppression = first.baseline_state, first.suppression
        yield replace(finding, members=members, baseline_state=state, suppression=suppression)
        return
    yield from new
    first = known[0]
    yield from _reduced(
        replace(finding, baseline_state=first.baseline_state, suppression=first.suppression), known, new, "new"
    )


def _reduced(finding: Finding, left: Sequence[Finding], taken: Sequence[Finding], why: str) -> Iterator[Finding]:
    """What stands for the members that are left of a gathered finding."""
    if not taken:
        yield replace(finding, members=tuple(left))
        return
    if len(left) < 2:
        yield from left
        return
    places = {one.place for one in taken}
    remark = f"{len(taken)} of them {'is' if len(taken) == 1 else 'are'} {why}."
    reduced = replace(
        finding,
        message=f"{finding.message} {remark}",
        related=tuple(one for one in finding.related if one.place not in places),
        members=tuple(left),
        fix=_fix_of(finding.fix, left),
    )
    yield replace(reduced, place=left[0].place, symbol=left[0].symbol) if finding.place in places else reduced


def _fix_of(fix: Fix | None, members: Iterable[Finding]) -> Fix | None:
    """What mends the members that are left, of a fix that mends all."""
    return fix and replace(fix, edits=tuple(edit for one in members if one.fix is not None for edit in one.fix.edits))
