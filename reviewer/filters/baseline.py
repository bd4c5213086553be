"""Tells the findings that the baseline accepts from the others, and counts its entries that match nothing any more.

Pure: takes findings and a baseline, gives the findings, each marked; none is dropped. Of gathered findings each member
is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reviewer.baseline import Baseline, Entry
from reviewer.filters.known_findings import ABOUT_GIT, as_known, as_new
from reviewer.filters.members import gathered_again, singles
from reviewer.rule import Finding, Rule


def beside_baseline(
    findings: Sequence[Finding], baseline: Baseline | None, rules: Iterable[Rule], *, shows_known: bool
) -> tuple[list[Finding], int]:
    """The findings, those that the baseline has marked as known, and the number of entries that none used up.

    Without a baseline nothing is marked.
    """
    if baseline is None:
        return list(findings), 0
    marked = singles(findings)
    left = matched_entries(marked, baseline)
    for number in left.known:
        marked[number] = as_known(marked[number], "baseline", f"it is in {baseline.name}", shows_known)
    for number, finding in enumerate(marked):
        if finding.suppression is None:
            marked[number] = as_new(finding)
    names = {rule.name() for rule in rules}
    return gathered_again(findings, marked), sum(
        1 for entry in left.unused if entry.rule in names and entry.path.startswith(baseline.prefix)
    )


class MatchedEntries:
    """Which findings the entries of a baseline accept, by their numbers, and what is left of the entries."""

    def __init__(self, known: Sequence[int], unused: Sequence[Entry]) -> None:
        self.known = known
        self.unused = unused


def matched_entries(findings: Sequence[Finding], baseline: Baseline) -> MatchedEntries:
    """Single findings and entries of the same identity: first those of the same file, then those that were moved."""
    left: dict[str, dict[str, int]] = {}
    for entry in baseline.entries:
        by_path = left.setdefault(entry.identity, {})
        by_path[entry.path] = by_path.get(entry.path, 0) + entry.count
    known: list[int] = []
    moved: list[int] = []
    for number, finding in enumerate(findings):
        by_path = left.get(finding.identity, {})
        if not by_path or finding.place.path.startswith(ABOUT_GIT) or _is_hidden(finding):
            continue
        path = baseline.prefix + finding.place.path
        if by_path.get(path):
            by_path[path] -= 1
            known.append(number)
        else:
            moved.append(number)
    for number in moved:
        by_path = left[findings[number].identity]
        other = next((path for path, count in by_path.items() if count), None)
        if other is not None:
            by_path[other] -= 1
            known.append(number)
    unused: list[Entry] = []
    for entry in baseline.entries:
        count = min(left[entry.identity].get(entry.path, 0), entry.count)
        if count:
            left[entry.identity][entry.path] -= count
            unused.append(Entry(entry.path, entry.rule, entry.symbol, entry.identity, count))
    return MatchedEntries(sorted(known), unused)


def _is_hidden(finding: Finding) -> bool:
    """Whether a comment or the configuration hides a finding, so that no entry is needed for it."""
    return finding.suppression is not None and not finding.baseline_state
