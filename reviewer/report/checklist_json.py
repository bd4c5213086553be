"""Where a project stands by the checklists, for programs: JSON, `checklist.schema.json` beside this file.

The same input gives the same bytes. Strings are given as they are: what a program shows, it must make safe itself.
"""

from __future__ import annotations

from typing import Any

from reviewer.checklist.verdicts import BulletResult, DocumentResult, OtherFindings, Standing, Verdict
from reviewer.report.escaping import json_text, shortened
from reviewer.rule import Finding

SCHEMA_VERSION = 1
#: Findings of a bullet that are told; `reviewer check --format json` has all.
PLACES = 10


def render(standing: Standing, tool_version: str) -> str:
    """The standing as JSON."""
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "reviewer", "version": tool_version},
            "summary": {verdict.value: standing.count(verdict) for verdict in Verdict},
            "finding_count": len(standing.findings),
            "documents": [_document(document) for document in standing.documents],
            "other_findings": [_other(one) for one in standing.others],
        }
    )


def _document(document: DocumentResult) -> dict[str, Any]:
    sections = [
        {"title": section.title, "bullets": [_bullet(bullet) for bullet in section.bullets]}
        for section in document.sections
    ]
    return {"name": document.name, "title": document.title, "reason": document.reason, "sections": sections}


def _other(other: OtherFindings) -> dict[str, Any]:
    return {
        "practice": shortened(other.practice),
        "rules": [{"name": rule.name, "state": rule.state, "findings": rule.findings} for rule in other.rules],
        "finding_count": len(other.findings),
        "worst_findings": [_finding(finding) for finding in other.findings[:PLACES]],
    }


def _bullet(bullet: BulletResult) -> dict[str, Any]:
    return {
        "text": bullet.words,
        "verdict": bullet.verdict.value,
        "reason": shortened(bullet.reason),
        "for_people": bullet.for_people,
        "evidence": [
            {
                "text": shortened(one.text),
                "right": one.right,
                "total": one.total,
                "unknown": one.unknown,
                "shows": one.shows.value,
            }
            for one in bullet.evidence
        ],
        "rules": [{"name": rule.name, "state": rule.state, "findings": rule.findings} for rule in bullet.rules],
        "finding_count": len(bullet.findings),
        "worst_findings": [_finding(finding) for finding in bullet.findings[:PLACES]],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": shortened(finding.message),
        "path": finding.place.path,
        "line": finding.place.line,
        "column": finding.place.column + 1,
        "fingerprint": finding.fingerprint,
    }
