"""The sentences that all forms of the checklist share. Takes results, gives plain text that is not escaped yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reviewer.checklist.verdicts import NOTHING_TO_JUDGE, BulletResult, DocumentResult, RuleAnswer, Standing, Verdict
from reviewer.report.summary import counted

#: How many bullets have a verdict, in words, in the order in which a reader asks.
_ORDER = (Verdict.FAILED, Verdict.UNKNOWN, Verdict.FOR_A_PERSON, Verdict.PASSED, Verdict.NOTHING)


def standing_summary(standing: Standing) -> str:
    """Such as `112 bullets: 9 failed, 4 unknown, 60 passed; 12 findings, 2 of them beside the bullets`."""
    counts = {verdict: standing.count(verdict) for verdict in _ORDER}
    others = sum(len(one.findings) for one in standing.others)
    beside = f", {others} of them beside the bullets" if others else ""
    findings = counted(len(standing.findings), "finding")
    return f"{counted(sum(counts.values()), 'bullet')}: {_counts(counts)}; {findings}{beside}"


def document_summary(document: DocumentResult) -> str:
    """Why nothing of a document is judged, or how many of its bullets have which verdict."""
    if document.reason:
        return document.reason
    return _counts({verdict: sum(one.verdict is verdict for one in document.bullets) for verdict in _ORDER})


def evidence_text(bullet: BulletResult) -> str:
    """The evidence of a bullet in sentences, without what is its reason already."""
    reason = bullet.reason.lower()
    return " ".join(dict.fromkeys(one.text for one in bullet.evidence if one.text.lower() not in reason))


def people_text(bullet: BulletResult) -> str:
    """What is left to people beside the verdict; empty where that is the verdict."""
    is_empty = bullet.verdict is Verdict.NOTHING or bullet.reason.startswith(NOTHING_TO_JUDGE)
    is_told = is_empty or bullet.reason.endswith(bullet.for_people)
    return f"For a person: {bullet.for_people}" if bullet.for_people and not is_told else ""


def rule_texts(rules: Iterable[RuleAnswer]) -> list[tuple[str, str]]:
    """The name of each rule, and what it says besides passing: `3 findings`, `off` or `crashed`."""
    said = sorted(rules, key=lambda rule: (-rule.findings, rule.state == "off", rule.name))
    return [
        (
            rule.name,
            counted(rule.findings, "finding") if rule.findings else "" if rule.state == "passed" else rule.state,
        )
        for rule in said
    ]


#: The title of the findings that stand on no bullet.
OTHERS = "Other findings"


def _counts(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{number} {verdict.value}" for verdict, number in counts.items() if number)
