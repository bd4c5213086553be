"""Where a project stands: each bullet of the checklists with its rules, its verdict and the evidence.

Takes a linked project and what the rules found in it, gives frozen data. A bullet has failed where one of its rules
reports something; that nothing is reported counts only where there is something to judge that can be known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum

import msgspec

from reviewer.checklist.documents import DOCUMENTS
from reviewer.checklist.evidence import of_data, of_repository, of_routes
from reviewer.checklist.evidence.counts import Evidence, Measure
from reviewer.checklist.wording import TITLES, WORDING
from reviewer.project.project import Project
from reviewer.results import RuleCrash
from reviewer.rule import Finding, Preset, Rule
from reviewer.selection import active_rules, is_active
from reviewer.settings import Settings

#: Every measure by the name that the wording gives it.
MEASURES: Mapping[str, Measure] = {**of_routes.MEASURES, **of_data.MEASURES, **of_repository.MEASURES}
#: How frameworks are written.
FRAMEWORKS = {"fastapi": "FastAPI", "flask": "Flask"}


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


class Standing(msgspec.Struct, frozen=True):
    """Where a project stands by all chosen documents."""

    documents: tuple[DocumentResult, ...]

    def count(self, verdict: Verdict) -> int:
        """How many different bullets have a verdict; one that several documents share counts once, as it is judged."""
        return sum(one is verdict for one in self._verdicts.values())

    @property
    def _verdicts(self) -> dict[str, Verdict]:
        found: dict[str, Verdict] = {}
        for document in sorted(self.documents, key=lambda one: not one.reason):
            found.update((bullet.quote, bullet.verdict) for bullet in document.bullets)
        return found


def rules_to_ask(settings: Settings, catalogue: Mapping[str, type[Rule]], documents: Collection[str]) -> list[Rule]:
    """The rules that stand for bullets of the documents: those that are on.

    A bullet of whose rules none is on is judged by those of the preset `strict`, unless the settings select or ignore.
    """
    bullets = {quote for name in documents for quotes in DOCUMENTS[name].values() for quote in quotes}
    answering = {name: rule for name, rule in catalogue.items() if not bullets.isdisjoint(rule.checklist)}
    on = {name for name, rule in answering.items() if is_active(rule, settings)}
    answered = {quote for name in on for quote in answering[name].checklist}
    strict = msgspec.structs.replace(settings, preset=Preset.STRICT.value)
    on |= {
        name
        for name, rule in answering.items()
        if is_active(rule, strict) and not bullets.intersection(rule.checklist) <= answered
    }
    if not on:
        return []
    chosen = msgspec.structs.replace(settings, select=tuple(sorted(on)), extend_select=(), ignore=())
    return active_rules(chosen, catalogue)


def standing(
    documents: Sequence[str],
    project: Project,
    catalogue: Mapping[str, type[Rule]],
    rules: Sequence[Rule],
    findings: Sequence[Finding],
    crashes: Sequence[RuleCrash],
    *,
    judges_all: bool = False,
) -> Standing:
    """Where a project stands, by what the rules that were asked found in it.

    A document about a framework that the project does not use is not judged, unless `judges_all`.
    """
    judge = _Judge(project, catalogue, rules, findings, crashes)
    return Standing(tuple(judge.document(name, judges_all=judges_all) for name in documents))


class _Judge:
    """Judges bullets; each measure is taken once."""

    def __init__(
        self,
        project: Project,
        catalogue: Mapping[str, type[Rule]],
        rules: Sequence[Rule],
        findings: Sequence[Finding],
        crashes: Sequence[RuleCrash],
    ) -> None:
        self._project = project
        self._asked = {rule.name() for rule in rules}
        self._crashed = {crash.rule for crash in crashes}
        self._rules: dict[str, list[str]] = {}
        for name, rule in catalogue.items():
            for quote in rule.checklist:
                self._rules.setdefault(quote, []).append(name)
        self._findings: dict[str, list[Finding]] = {}
        for finding in findings:
            if finding.suppression is None:
                self._findings.setdefault(finding.rule, []).append(finding)
        self._taken: dict[str, Evidence] = {}
        self._results: dict[str, BulletResult] = {}

    def document(self, name: str, *, judges_all: bool) -> DocumentResult:
        """A document with its bullets."""
        title, framework = TITLES[name]
        used = {"fastapi" if one.framework == "starlette" else one.framework for one in self._project.applications}
        reason = ""
        if used and framework not in used and not judges_all:
            reason = f"The project has no {FRAMEWORKS[framework]} application."
        sections = tuple(
            SectionResult(section, tuple(self._bullet(quote, reason) for quote in quotes))
            for section, quotes in DOCUMENTS[name].items()
        )
        return DocumentResult(name, title, sections, reason)

    def _bullet(self, quote: str, reason: str) -> BulletResult:
        if reason:
            wording = WORDING[quote]
            return BulletResult(quote, wording.words, Verdict.NOTHING, reason, for_people=wording.for_people)
        if quote not in self._results:
            self._results[quote] = self._judge(quote)
        return self._results[quote]

    def _judge(self, quote: str) -> BulletResult:
        wording = WORDING[quote]
        evidence = tuple(self._take(name) for name in wording.evidence)
        rules = tuple(self._answer(name) for name in self._rules.get(quote, ()))
        findings = [finding for rule in rules for finding in self._findings.get(rule.name, ())]
        findings.sort(key=lambda one: (one.severity.rank, one.place, one.rule))
        verdict, reason = _verdict(rules, evidence, wording.for_people)
        return BulletResult(quote, wording.words, verdict, reason, evidence, rules, tuple(findings), wording.for_people)

    def _answer(self, name: str) -> RuleAnswer:
        found = len(self._findings.get(name, ()))
        if name not in self._asked:
            return RuleAnswer(name, "off")
        if found:
            return RuleAnswer(name, "failed", found)
        return RuleAnswer(name, "crashed" if name in self._crashed else "passed")

    def _take(self, name: str) -> Evidence:
        if name not in self._taken:
            try:
                self._taken[name] = MEASURES[name](self._project)
            except Exception as error:  # A measure that fails costs its own evidence.
                doubt = f"The evidence cannot be counted: {type(error).__name__}."
                self._taken[name] = Evidence(doubt, 1, doubt=doubt)
        return self._taken[name]


def _verdict(rules: Sequence[RuleAnswer], evidence: Sequence[Evidence], for_people: str) -> tuple[Verdict, str]:
    """The verdict, and why nothing is said for certain where that is so."""
    states = {rule.state for rule in rules}
    subject = evidence[0] if evidence else None
    if "failed" in states:
        return Verdict.FAILED, ""
    if subject is not None and not subject.total and not subject.doubt:
        return Verdict.NOTHING, subject.text
    if not rules:
        return Verdict.FOR_A_PERSON, for_people
    if "crashed" in states:
        names = ", ".join(f"`{rule.name}`" for rule in rules if rule.state == "crashed")
        return Verdict.UNKNOWN, f"Rules failed on this project: {names}."
    if states == {"off"}:
        return Verdict.UNKNOWN, f"Its rules are off: {', '.join(f'`{rule.name}`' for rule in rules)}."
    if subject is not None and subject.doubt:
        return Verdict.UNKNOWN, subject.doubt
    if subject is not None and subject.is_mostly_unknown:
        return Verdict.UNKNOWN, f"Too much of it is not known from the source: {subject.text}"
    return Verdict.PASSED, ""
