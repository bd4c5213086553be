"""Where a project stands by the checklists, as Markdown that GitHub renders: a table a section. Takes a `Standing`.

What comes from the repository stands in code, as `markdown_text` makes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.checklist.verdicts import BulletResult, DocumentResult, Standing, Verdict
from reviewer.report.checklist_words import (
    OTHERS,
    document_summary,
    evidence_text,
    people_text,
    rule_texts,
    standing_summary,
)
from reviewer.report.escaping import log_line, shortened
from reviewer.report.markdown_text import code, prose
from reviewer.report.places import place_of_finding
from reviewer.rule import Finding

PLACES = 5
MAX_MESSAGE = 300  # characters
HEADER = ("Verdict", "What is asked", "Evidence", "Rules")


def render(standing: Standing) -> str:
    """The whole document."""
    lines = ["# Checklist", "", f"{standing_summary(standing)}.", ""]
    for document in standing.documents:
        lines += _document_lines(document)
    lines += _other_lines(standing)
    return "".join(f"{log_line(line)}\n" for line in lines).rstrip("\n") + "\n"


def _document_lines(document: DocumentResult) -> list[str]:
    lines = [f"## {document.title} ({code(document.name)})", "", f"{document_summary(document).rstrip('.')}.", ""]
    if document.reason:
        return lines
    for section in document.sections:
        lines += [f"### {section.title}", "", f"| {' | '.join(HEADER)} |", "|---" * len(HEADER) + "|"]
        lines += [f"| {' | '.join(_cells(bullet))} |" for bullet in section.bullets]
        lines.append("")
    return lines


def _other_lines(standing: Standing) -> list[str]:
    if not standing.others:
        return []
    lines = [f"## {OTHERS}", "", "| Practice | Findings | Rules |", "|---|---|---|"]
    for one in standing.others:
        rules = ", ".join(code(rule.name) for rule in one.rules)
        lines.append(f"| {prose(one.practice)} | {'<br>'.join(_places(one.findings))} | {rules} |")
    return [*lines, ""]


def _places(findings: Sequence[Finding]) -> list[str]:
    places = [_finding_text(one) for one in findings[:PLACES]]
    return [*places, f"and {len(findings) - PLACES} more"] if len(findings) > PLACES else places


def _cells(bullet: BulletResult) -> list[str]:
    is_bad = bullet.verdict is Verdict.FAILED
    verdict = f"**{bullet.verdict.value}**" if is_bad else bullet.verdict.value
    said = [prose(text) for text in (bullet.reason, evidence_text(bullet), people_text(bullet)) if text]
    said[:0] = _places(bullet.findings)
    rules = [f"{code(name)} ({state})" if state else code(name) for name, state in rule_texts(bullet.rules)]
    return [verdict, prose(bullet.words), "<br>".join(said), ", ".join(rules)]


def _finding_text(finding: Finding) -> str:
    return f"{code(place_of_finding(finding))} {prose(shortened(finding.message, MAX_MESSAGE))}"
