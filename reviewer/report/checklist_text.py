"""Where a project stands by the checklists, for terminals, pipes and build logs. Takes a `Standing`.

A bullet is its verdict and our words for it; below stand the worst places, the evidence and what is left to people. One
that several documents share is explained where it stands first.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from reviewer.checklist.verdicts import BulletResult, DocumentResult, OtherFindings, Standing, Verdict
from reviewer.report.checklist_words import (
    OTHERS,
    document_summary,
    evidence_text,
    people_text,
    rule_texts,
    standing_summary,
)
from reviewer.report.colour import Style, painted
from reviewer.report.escaping import log_line, sentence, visible
from reviewer.report.places import place_of_finding
from reviewer.rule import Finding

PLACES = 3
INDENT = 20
WIDTH = 120
NARROWEST = 60

STYLES = {
    Verdict.PASSED: Style.GOOD,
    Verdict.FAILED: Style.ERROR,
    Verdict.UNKNOWN: Style.WARNING,
    Verdict.FOR_A_PERSON: Style.INFO,
    Verdict.NOTHING: Style.FAINT,
}


def render(standing: Standing, width: int | None = None, *, colour: bool = False) -> str:
    """The whole report, `width` cells wide."""
    shown = _Shown(max(NARROWEST, width or WIDTH), colour)
    lines = [line for document in standing.documents for line in shown.document(document)]
    lines += shown.others(standing.others)
    lines.append(standing_summary(standing))
    return "".join(f"{log_line(line)}\n" for line in lines)


class _Shown:
    """Writes bullets, and remembers which of them have been explained."""

    def __init__(self, width: int, colour: bool) -> None:
        self._width = width
        self._colour = colour
        self._explained: set[str] = set()

    def document(self, document: DocumentResult) -> Iterator[str]:
        """The lines of a document, an empty one at its end."""
        name = painted(document.name, Style.STRONG, colour=self._colour)
        yield f"{name}  {document.title}"
        yield f"  {document_summary(document)}"
        if not document.reason:
            for section in document.sections:
                yield ""
                yield f"  {painted(section.title, Style.STRONG, colour=self._colour)}"
                for bullet in section.bullets:
                    yield from self._bullet(bullet)
        yield ""

    def _bullet(self, bullet: BulletResult) -> Iterator[str]:
        verdict = painted(f"{bullet.verdict.value:<18}", STYLES[bullet.verdict], colour=self._colour)
        is_explained = bullet.quote in self._explained
        first, *rest = self._lines(f"{bullet.words} (As above.)" if is_explained else bullet.words)
        yield f"  {verdict}{first.strip()}"
        yield from rest
        if is_explained:
            return
        self._explained.add(bullet.quote)
        yield from self._lines(bullet.reason)
        yield from self._findings(bullet.findings)
        if bullet.verdict is not Verdict.NOTHING:
            yield from self._faint(evidence_text(bullet))
            rules = [f"{name} ({state})" if state else name for name, state in rule_texts(bullet.rules)]
            yield from self._faint(f"Rules: {', '.join(rules)}" if rules else "")
            yield from self._faint(people_text(bullet))

    def others(self, others: Sequence[OtherFindings]) -> Iterator[str]:
        """The lines of what stands on no bullet."""
        if not others:
            return
        yield painted(OTHERS, Style.STRONG, colour=self._colour)
        for one in others:
            first, *rest = self._lines(one.practice)
            yield f"  {painted(f'{len(one.findings):<18}', STYLES[Verdict.FAILED], colour=self._colour)}{first.strip()}"
            yield from rest
            yield from self._findings(one.findings)
        yield ""

    def _findings(self, findings: Sequence[Finding]) -> Iterator[str]:
        for finding in findings[:PLACES]:
            place = painted(place_of_finding(finding), Style.STRONG, colour=self._colour)
            told = f"{finding.severity.value}  {sentence(finding.message)}  [{visible(finding.rule)}]"
            yield f"{' ' * INDENT}{place}  {told}"
        if len(findings) > PLACES:
            yield from self._lines(f"and {len(findings) - PLACES} more")

    def _lines(self, text: str) -> list[str]:
        """The text behind the verdicts, in lines that fit."""
        pieces = textwrap.wrap(sentence(text), self._width - INDENT, break_on_hyphens=False)
        return [" " * INDENT + piece for piece in pieces]

    def _faint(self, text: str) -> Iterator[str]:
        for line in self._lines(text):
            yield " " * INDENT + painted(line.strip(), Style.FAINT, colour=self._colour)
