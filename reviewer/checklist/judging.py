"""Judges where a project stands, bullet by bullet.

Takes a linked project and what the rules found in it, gives frozen data. A bullet has failed where one of its rules
reports something, where a bullet that it is made of has failed, or where the count that it is about shows that what it
asks for is missing. It has passed where its rules report nothing and what is counted for it is at or near all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from reviewer.checklist.deciding import DECIDED_BY, NEVER_PROVED, PARTS
from reviewer.checklist.documents import DOCUMENTS
from reviewer.checklist.evidence import of_data, of_database, of_errors, of_git, of_repository, of_routes, of_settings
from reviewer.checklist.evidence.counts import Evidence, Measure, Shows, counted
from reviewer.checklist.verdicts import (
    NOTHING_TO_JUDGE,
    BulletResult,
    DocumentResult,
    OtherFindings,
    RuleAnswer,
    SectionResult,
    Standing,
    Verdict,
    with_parts,
)
from reviewer.checklist.wording import TITLES, WORDING
from reviewer.project.project import Project
from reviewer.results import RuleCrash
from reviewer.rule import Finding, Rule

#: Every measure by the name that the wording gives it.
MEASURES: Mapping[str, Measure] = {
    **of_routes.MEASURES,
    **of_errors.MEASURES,
    **of_data.MEASURES,
    **of_database.MEASURES,
    **of_settings.MEASURES,
    **of_repository.MEASURES,
    **of_git.MEASURES,
}
#: How frameworks are written.
FRAMEWORKS = {"fastapi": "FastAPI", "flask": "Flask"}


def standing(
    documents: Sequence[str],
    project: Project,
    catalogue: Mapping[str, type[Rule]],
    rules: Sequence[Rule],
    findings: Sequence[Finding],
    crashes: Sequence[RuleCrash],
    *,
    judges_all: bool = False,
    reviewing: Collection[str] | None = None,
) -> Standing:
    """Where a project stands, by what the rules that were asked found in it.

    A document about a framework that the project does not use is not judged, unless `judges_all`. What stands on no
    bullet that is judged is told where its rule is one of `reviewing`, those that a review asks; default: all.
    """
    judge = _Judge(project, catalogue, rules, findings, crashes)
    judged = tuple(judge.document(name, judges_all=judges_all) for name in documents)
    told = {rule.name for one in judged if not one.reason for bullet in one.bullets for rule in bullet.rules}
    beside = judge.names_found - told
    others = judge.others(beside if reviewing is None else beside.intersection(reviewing))
    names = told.union(rule.name for one in others for rule in one.rules)
    return Standing(judged, others, judge.found(names))


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
        self._catalogue = catalogue
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
        self._without_subject: set[str] = set()

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

    @property
    def names_found(self) -> set[str]:
        """The rules that report something."""
        return set(self._findings)

    def others(self, rules: Iterable[str]) -> tuple[OtherFindings, ...]:
        """What some rules found, by practice."""
        by_practice: dict[str, list[str]] = {}
        for name in sorted(rules):
            by_practice.setdefault(self._practice(name), []).append(name)
        return tuple(
            OtherFindings(practice, tuple(map(self._answer, names)), self.found(names))
            for practice, names in by_practice.items()
        )

    def _practice(self, name: str) -> str:
        """What a rule stands for: its practice, else the first bullet that it answers, in our words."""
        rule = self._catalogue.get(name)
        if rule is None:
            return "Rules beside the catalogue."
        quote = next((one for one in rule.checklist if one in WORDING), "")
        return rule.practice or (WORDING[quote].words if quote else "Rules that name no practice.")

    def found(self, names: Iterable[str]) -> tuple[Finding, ...]:
        """The findings of some rules."""
        return _worst_first(finding for name in names for finding in self._findings.get(name, ()))

    def _bullet(self, quote: str, reason: str = "") -> BulletResult:
        if reason:
            wording = WORDING[quote]
            return BulletResult(quote, wording.words, Verdict.NOTHING, reason, for_people=wording.for_people)
        if quote not in self._results:
            self._results[quote] = self._judge(quote)
        return self._results[quote]

    def _judge(self, quote: str) -> BulletResult:
        wording = WORDING[quote]
        evidence = {name: self._take(name) for name in wording.evidence}
        rules = self._answers(quote)
        findings = self.found(rule.name for rule in rules)
        decided_by = [evidence[name] for name in DECIDED_BY.get(quote, ())]
        case = _Case(rules, tuple(evidence.values()), tuple(decided_by), wording.for_people, quote in NEVER_PROVED)
        verdict, reason = _verdict(case)
        if reason.startswith(NOTHING_TO_JUDGE):
            self._without_subject.add(quote)
        elif verdict is not Verdict.FAILED:
            verdict, reason = self._by_parts(quote, verdict, reason)
        return BulletResult(quote, wording.words, verdict, reason, case.evidence, rules, findings, wording.for_people)

    def _by_parts(self, quote: str, verdict: Verdict, reason: str) -> tuple[Verdict, str]:
        """The verdict of a bullet that has not failed, with that of the bullets that it is made of."""
        parts = [self._bullet(one) for one in PARTS.get(quote, ()) if one not in self._without_subject]
        failed = [one for one in parts if one.verdict is Verdict.FAILED]
        if failed:
            return Verdict.FAILED, f"A part of it has failed: {' '.join(one.words for one in failed)}"
        open_parts = [one for one in parts if one.verdict is not Verdict.PASSED and not self._has_no_subject(one)]
        if verdict is Verdict.PASSED and open_parts:
            words = " ".join(one.words for one in open_parts)
            return Verdict.FOR_A_PERSON, f"Not all parts of it have passed: {words}"
        return verdict, reason

    def _has_no_subject(self, bullet: BulletResult) -> bool:
        return bullet.quote in self._without_subject

    def _answers(self, quote: str) -> tuple[RuleAnswer, ...]:
        """The rules of a bullet, and those of its parts that report something."""
        own = [self._answer(name) for name in self._rules.get(quote, ())]
        named = {rule.name for rule in own}
        parts = {name: None for part in with_parts([quote]) for name in self._rules.get(part, ()) if name not in named}
        return (*own, *(rule for rule in map(self._answer, parts) if rule.findings))

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


class _Case(msgspec.Struct, frozen=True):
    """What a verdict is made of."""

    rules: tuple[RuleAnswer, ...]
    evidence: tuple[Evidence, ...]  # the first is what the bullet is about
    decided_by: tuple[Evidence, ...]  # those of it whose lack fails the bullet
    for_people: str
    is_never_proved: bool

    @property
    def without_subject(self) -> Evidence | None:
        """The count that says that there is nothing to judge, where that is so."""
        about = self.decided_by or self.evidence[:1]
        is_nothing = bool(about) and all(one.shows is Shows.NOTHING and not one.doubt for one in about)
        return about[0] if is_nothing else None

    @property
    def doubted(self) -> Evidence | None:
        """A count that is doubtful."""
        return next((one for one in (*self.evidence[:1], *self.decided_by) if one.doubt), None)


def _verdict(case: _Case) -> tuple[Verdict, str]:
    """The verdict without that of the parts, and why, where no rule reports anything."""
    states = {rule.state for rule in case.rules}
    if "failed" in states:
        return Verdict.FAILED, ""
    if case.without_subject is not None:
        text = case.without_subject.text
        return Verdict.UNKNOWN, f"{NOTHING_TO_JUDGE}{text[0].lower()}{text[1:]}"
    if states == {"off"}:
        return Verdict.UNKNOWN, f"Its rules are off: {', '.join(f'`{rule.name}`' for rule in case.rules)}."
    if case.doubted is not None and case.rules:
        return Verdict.UNKNOWN, case.doubted.doubt
    lacking = [one.text for one in case.decided_by if one.shows is Shows.LACKING and not one.doubt]
    if lacking:
        return Verdict.FAILED, f"What is counted says so: {' '.join(lacking)}"
    if not case.rules:
        return Verdict.FOR_A_PERSON, case.for_people
    if "crashed" in states:
        names = ", ".join(f"`{rule.name}`" for rule in case.rules if rule.state == "crashed")
        return Verdict.UNKNOWN, f"Rules failed on this project: {names}."
    return _silent_verdict(case)


def _silent_verdict(case: _Case) -> tuple[Verdict, str]:
    """The verdict where the rules report nothing."""
    silence = f"No finding of {counted(sum(rule.state == 'passed' for rule in case.rules), 'rule')}"
    unknown = next((one for one in case.evidence[:1] if one.is_mostly_unknown), None)
    if unknown is not None:
        return Verdict.UNKNOWN, f"Too much of it is not known from the source: {unknown.text}"
    undone = [one.text for one in case.evidence if one.shows in (Shows.LACKING, Shows.PARTLY)]
    if undone:
        return Verdict.FOR_A_PERSON, f"{silence}, but a count cannot tell whether this is enough: {' '.join(undone)}"
    if case.is_never_proved:
        return Verdict.FOR_A_PERSON, f"{silence}, which is no proof. {case.for_people}"
    is_done = any(one.shows is Shows.DONE for one in case.evidence)
    return Verdict.PASSED, "" if is_done else f"{silence}."


def _worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.severity.rank, one.place, one.rule)))
