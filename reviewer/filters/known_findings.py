"""Tells the findings that a change brought from those that the base has already.

Pure: takes findings and what is known of the base, gives the findings, each marked; none is dropped. A finding is known
if its fingerprint is on the base; of a gathered one each member is asked for. Of several equal ones, as many are known
as the base has, those on unchanged lines first. One whose declaration was renamed is known by its statement in the same
file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from reviewer.filters.fingerprints import kind_of, numbered
from reviewer.filters.members import UNCHANGED, gathered_again, singles
from reviewer.rule import Finding, Place, Suppression

NEW = "new"
#: Places of findings that are about the repository and not about one of its files.
ABOUT_GIT = ".git/"
#: Equal findings on both sides, multiplied, up to which it is asked which of them are which.
MAX_COMPARISONS = 1_000_000


class BaseFinding(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of a finding of the base."""

    fingerprint: str
    statement: str
    path: str
    line: int


class Origins(Protocol):
    """Where files and lines were on the base."""

    def path_before(self, path: str) -> str | None:
        """The path that a file had; None for a new file."""

    def line_before(self, path: str, line: int) -> tuple[str, int] | None:
        """The file and line where a line was; None for one that is new or changed."""


def mark_known(
    findings: Iterable[Finding],
    base: Iterable[BaseFinding],
    origins: Origins,
    *,
    label: str,
    is_head: bool,
    shows_known: bool,
) -> list[Finding]:
    """The findings, new and known ones marked; known ones are suppressed unless they are to be shown.

    `label` is what the reader calls the base. Where the base is HEAD itself, what is about the branch and the commit
    is known; else it is new.
    """
    found = list(findings)
    listed = singles(found)
    judged = [
        number
        for number, finding in enumerate(listed)
        if finding.suppression is None and not finding.place.path.startswith(ABOUT_GIT)
    ]
    matching = _Matching(base, origins)
    fingerprints = matching.known([listed[number] for number in judged])
    marked = list(listed)
    for number, (fingerprint, is_known) in zip(judged, fingerprints, strict=True):
        finding = msgspec.structs.replace(listed[number], fingerprint=fingerprint)
        marked[number] = (
            as_known(finding, "base", f"`{label}` has it too", shows_known) if is_known else as_new(finding)
        )
    for number, finding in enumerate(listed):
        if finding.suppression is None and finding.place.path.startswith(ABOUT_GIT):
            marked[number] = (
                as_known(finding, "base", "it is no part of the change", shows_known) if is_head else as_new(finding)
            )
    return gathered_again(found, marked)


def as_new(finding: Finding) -> Finding:
    """The finding, marked as new unless it is known otherwise already."""
    return finding if finding.baseline_state else msgspec.structs.replace(finding, baseline_state=NEW)


def as_known(finding: Finding, kind: str, reason: str, shows_known: bool) -> Finding:
    """The finding, marked as known, and suppressed unless known ones are to be shown."""
    suppression = None if shows_known else Suppression(kind, reason)
    return msgspec.structs.replace(finding, baseline_state=UNCHANGED, suppression=suppression)


class _Matching:
    """The findings of the base, each of which makes one finding known."""

    def __init__(self, base: Iterable[BaseFinding], origins: Origins) -> None:
        self._origins = origins
        self._by_kind: dict[str, list[BaseFinding]] = {}
        for finding in base:
            self._by_kind.setdefault(kind_of(finding.fingerprint), []).append(finding)

    def known(self, findings: Sequence[Finding]) -> list[tuple[str, bool]]:
        """The fingerprint of each finding as it counts beside the base, and whether it is known."""
        groups: dict[str, list[int]] = {}
        for number, finding in enumerate(findings):
            groups.setdefault(kind_of(finding.fingerprint), []).append(number)
        known: set[int] = set()
        left: dict[tuple[str, str], list[BaseFinding]] = {}
        for kind, members in groups.items():
            matched, unmatched = self._matched(findings, members, self._by_kind.get(kind, []))
            known.update(matched)
            _leave(left, unmatched)
        for kind, others in self._by_kind.items():
            if kind not in groups:
                _leave(left, others)
        fingerprints = self._renumbered(findings, groups, known)
        known.update(self._renamed(findings, known, left))
        return [(fingerprints[number], number in known) for number in range(len(findings))]

    def _matched(
        self, findings: Sequence[Finding], members: Sequence[int], base: Sequence[BaseFinding]
    ) -> tuple[list[int], list[BaseFinding]]:
        """Which of some equal findings are known, and what is left of those of the base."""
        if len(members) <= len(base):
            return list(members), _without_nearest(base, [findings[number].place for number in members], self._origins)
        if not base:
            return [], []
        if len(members) * len(base) > MAX_COMPARISONS:
            return list(members[: len(base)]), []
        waiting = list(base)
        matched: set[int] = set()
        for is_counterpart in (self._is_same_line, self._is_same_file, _is_any):
            for number in members:
                if number in matched:
                    continue
                found = next((one for one in waiting if is_counterpart(findings[number].place, one)), None)
                if found is not None:
                    waiting.remove(found)
                    matched.add(number)
        return sorted(matched), []

    def _is_same_line(self, place: Place, base: BaseFinding) -> bool:
        return self._origins.line_before(place.path, place.line) == (base.path, base.line)

    def _is_same_file(self, place: Place, base: BaseFinding) -> bool:
        return self._origins.path_before(place.path) == base.path

    def _renumbered(self, findings: Sequence[Finding], groups: dict[str, list[int]], known: set[int]) -> list[str]:
        """Fingerprints by which known findings have those of the base, and new ones none of them."""
        fingerprints = [finding.fingerprint for finding in findings]
        for kind, members in groups.items():
            taken = {finding.fingerprint for finding in self._by_kind.get(kind, ())}
            if len(members) <= len(taken) or not taken:
                continue
            free = (name for name in (numbered(kind, one) for one in range(1, 1 << 24)) if name not in taken)
            old = iter(sorted(taken))
            for number in members:
                fingerprints[number] = next(old) if number in known else next(free)
        return fingerprints

    def _renamed(
        self, findings: Sequence[Finding], known: set[int], left: dict[tuple[str, str], list[BaseFinding]]
    ) -> set[int]:
        """The findings that are on the base in the same file and statement, of a declaration of another name."""
        renamed: set[int] = set()
        if not left:
            return renamed
        for number, finding in enumerate(findings):
            if number in known:
                continue
            path = self._origins.path_before(finding.place.path)
            candidates = left.get((finding.statement, path)) if path is not None else None
            if candidates:
                candidates.pop(0)
                renamed.add(number)
        return renamed


def _leave(left: dict[tuple[str, str], list[BaseFinding]], findings: Iterable[BaseFinding]) -> None:
    for finding in findings:
        left.setdefault((finding.statement, finding.path), []).append(finding)


def _is_any(_place: Place, _base: BaseFinding) -> bool:
    return True


def _without_nearest(base: Sequence[BaseFinding], places: Sequence[Place], origins: Origins) -> list[BaseFinding]:
    """What is left of some findings of the base when each place has taken one, of its own file if there is one."""
    waiting = list(base)
    if len(waiting) == len(places) or len(waiting) * len(places) > MAX_COMPARISONS:
        return []
    for place in places:
        path = origins.path_before(place.path)
        waiting.remove(next((one for one in waiting if one.path == path), waiting[0]))
    return waiting
