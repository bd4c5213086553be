"""Findings as people read them: those of a rule together, errors first, and of many alike only the first in full.

Takes findings in their order, gives groups. A rule with few findings has all of them shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from reviewer.rule import Finding

#: Findings of one rule up to which all are shown in full; of more the first ones.
FEW = 5
FIRST = 3
#: Further findings of a rule that are listed in a line each.
LISTED = 12

_NAMED = re.compile(r"`([^`]+)`")


class FindingGroup(msgspec.Struct, frozen=True):
    """The findings of one rule."""

    findings: tuple[Finding, ...]  # the worst first, then by place

    @property
    def rule(self) -> str:
        """The rule's name."""
        return self.findings[0].rule

    @property
    def shown(self) -> tuple[Finding, ...]:
        """Those that are shown in full."""
        return self.findings if len(self.findings) <= FEW else self.findings[:FIRST]

    @property
    def others(self) -> tuple[Finding, ...]:
        """Those that are listed."""
        return self.findings[len(self.shown) :]

    def subjects(self) -> list[str]:
        """What each of the others is about, in a few words: the name in its message that tells it from the rest."""
        named = [_NAMED.findall(one.message) for one in self.others]
        shared = min(map(len, named), default=0)
        different = [len({names[position] for names in named}) for position in range(shared)]
        if not different:
            return [one.symbol.rpartition(":")[2] or one.message for one in self.others]
        telling = different.index(max(different))
        return [str(names[telling]) for names in named]


def groups_of(findings: Iterable[Finding]) -> list[FindingGroup]:
    """The findings by rule: rules with the worst findings first, then by name."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    groups = [FindingGroup(tuple(sorted(found, key=lambda one: one.severity.rank))) for found in by_rule.values()]
    return sorted(groups, key=lambda group: (group.findings[0].severity.rank, group.rule))


def file_count(findings: Sequence[Finding]) -> int:
    """In how many files findings are."""
    return len({one.place.path for one in findings})
