"""Where a project stands: each bullet of the checklists with its rules, its verdict and the evidence.

Frozen data, and the choice of the rules that are asked; `judging` makes the verdicts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum

import msgspec

from reviewer.checklist.deciding import PARTS
from reviewer.checklist.documents import DOCUMENTS
from reviewer.checklist.evidence.counts import Evidence
from reviewer.rule import Finding, Preset, Rule
from reviewer.selection import active_rules, is_active
from reviewer.settings import Settings

#: How the reason begins where nothing of what a bullet is about exists.
NOTHING_TO_JUDGE = "There is nothing to judge: "


class Verdict(str, Enum):
    """What is said of a bullet."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    FOR_A_PERSON = "for a person"
    NOTHING = "nothing to judge"


class RuleAnswer(msgspec.Struct, frozen=True):
    """What a rule of a bullet says."""

    name: str
    state: str  # "passed", "failed", "crashed" or "off"
    findings: int = 0


class BulletResult(msgspec.Struct, frozen=True):
    """A bullet, and where the project stands."""

    quote: str  # word for word
    words: str  # ours
    verdict: Verdict
    reason: str = ""  # why nothing is said for certain, in a sentence
    evidence: tuple[Evidence, ...] = ()
    rules: tuple[RuleAnswer, ...] = ()
    findings: tuple[Finding, ...] = ()  # the worst first
    for_people: str = ""  # what no rule sees, in a sentence


class SectionResult(msgspec.Struct, frozen=True):
    """A section of a document."""

    title: str
    bullets: tuple[BulletResult, ...]


class DocumentResult(msgspec.Struct, frozen=True):
    """A document; `reason` says why none of it concerns the project, where that is so."""

    name: str
    title: str
    sections: tuple[SectionResult, ...]
    reason: str = ""

    @property
    def bullets(self) -> tuple[BulletResult, ...]:
        """The bullets of all sections."""
        return tuple(bullet for section in self.sections for bullet in section.bullets)


class OtherFindings(msgspec.Struct, frozen=True):
    """What rules found that no bullet of the judged documents asks for, by the practice that they stand for."""

    practice: str  # a sentence
    rules: tuple[RuleAnswer, ...]
    findings: tuple[Finding, ...]  # the worst first


class Standing(msgspec.Struct, frozen=True):
    """Where a project stands by all chosen documents."""

    documents: tuple[DocumentResult, ...]
    others: tuple[OtherFindings, ...] = ()
    findings: tuple[Finding, ...] = ()  # all of them

    def count(self, verdict: Verdict) -> int:
        """How many different bullets have a verdict; one that several documents share counts once, as it is judged."""
        return sum(one is verdict for one in self._verdicts.values())

    @property
    def _verdicts(self) -> dict[str, Verdict]:
        found: dict[str, Verdict] = {}
        for document in sorted(self.documents, key=lambda one: not one.reason):
            found.update((bullet.quote, bullet.verdict) for bullet in document.bullets)
        return found


def with_parts(quotes: Iterable[str]) -> dict[str, None]:
    """Some bullets and those that they are made of."""
    found: dict[str, None] = {}
    pending = list(quotes)[::-1]
    while pending:
        quote = pending.pop()
        if quote not in found:
            found[quote] = None
            pending += PARTS.get(quote, ())
    return found


def rules_to_ask(
    settings: Settings,
    catalogue: Mapping[str, type[Rule]],
    documents: Collection[str],
    detected: Collection[str] | None = None,
) -> list[Rule]:
    """The rules that stand for bullets of the documents, and all others that a review asks: those that are on.

    A bullet of whose rules none is on is judged by those of the preset `strict`, unless the settings select or ignore.
    `detected` are the profiles that fit the project, where that is known.
    """
    bullets = with_parts(quote for name in documents for quotes in DOCUMENTS[name].values() for quote in quotes)
    answering = {name: rule for name, rule in catalogue.items() if any(quote in bullets for quote in rule.checklist)}
    on = {name for name, rule in answering.items() if is_active(rule, settings)}
    answered = {quote for name in on for quote in answering[name].checklist}
    strict = msgspec.structs.replace(settings, preset=Preset.STRICT.value)
    on |= {
        name
        for name, rule in answering.items()
        if is_active(rule, strict) and any(quote in bullets and quote not in answered for quote in rule.checklist)
    }
    on |= {rule.name() for rule in active_rules(settings, catalogue, detected)}
    if not on:
        return []
    chosen = msgspec.structs.replace(settings, select=tuple(sorted(on)), extend_select=(), ignore=())
    return active_rules(chosen, catalogue)
