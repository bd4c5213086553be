"""The report for programs: strict JSON in a versioned form, `json-report.schema.json` beside this file.

The same input gives the same bytes, so neither time (unless it was asked for) nor the root's path is part of it.
Strings are given as they are: what a program shows of them, it must make safe itself.
"""

from __future__ import annotations

from typing import Any

from reviewer.report import Presentation
from reviewer.report.escaping import has_escaped_bytes, json_text, shortened
from reviewer.results import Problem, Review, RuleInfo, Timings, UnknownCount
from reviewer.rule import Finding, Fix, Place, Suppression

#: Raised when a program that reads the report has to change; new optional keys do not count.
SCHEMA_VERSION = 1

_Json = dict[str, Any]


def render(review: Review, presentation: Presentation) -> str:
    """The review as JSON."""
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "reviewer", "version": review.tool_version},
            "summary": _summary(review),
            "findings": [_finding(finding) for finding in review.findings],
            "problems": [_problem(problem) for problem in review.problems],
            "crashes": [{"rule": crash.rule, "message": shortened(crash.message)} for crash in review.crashes],
            "unknowns": [_unknown(unknown) for unknown in review.unknowns],
            "rules": [_rule(rule) for rule in review.rules],
            **({"statistics": review.count_by_rule} if presentation.statistics else {}),
            **({"timings": _timings(review.timings)} if review.timings is not None else {}),
        }
    )


def _summary(review: Review) -> _Json:
    return {
        "findings": {severity.value: number for severity, number in review.count_by_severity.items()},
        "suppressed": len(review.suppressed),
        "known": len(review.known),
        "problems": len(review.problems),
        "crashes": len(review.crashes),
        "files": review.files,
        "python_files": review.python_files,
        "routes": review.routes,
        "unknown": review.unknown,
    }


def _timings(timings: Timings) -> _Json:
    """Seconds to the tenth of a millisecond."""
    return {
        "seconds": round(timings.seconds, 4),
        "reading": round(timings.reading, 4),
        "routes": round(timings.routes, 4),
        "shared": round(timings.shared, 4),
        "rules": [
            {"rule": one.rule, "seconds": round(one.seconds, 4), "share": round(timings.share(one.seconds), 4)}
            for one in timings.rules
        ],
    }


def _finding(finding: Finding) -> _Json:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "message": shortened(finding.message),
        "hint": shortened(finding.hint),
        "place": _place(finding.place),
        "related": [
            {"place": _place(related.place), "message": shortened(related.message)} for related in finding.related
        ],
        "symbol": shortened(finding.symbol),
        "fingerprint": finding.fingerprint,
        "fix": _fix(finding.fix),
        "suppression": _suppression(finding.suppression),
        **({"baseline_state": finding.baseline_state} if finding.baseline_state else {}),
        **({"members": [_finding(one) for one in finding.members]} if finding.members else {}),
    }


def _fix(fix: Fix | None) -> _Json | None:
    return None if fix is None else {"description": shortened(fix.description), "is_safe": fix.is_safe}


def _suppression(suppression: Suppression | None) -> _Json | None:
    if suppression is None:
        return None
    place = None if suppression.place is None else _place(suppression.place)
    return {"kind": suppression.kind, "reason": shortened(suppression.reason), "place": place}


def _problem(problem: Problem) -> _Json:
    place = {**_path(problem.path), "line": problem.line}
    return {**place, "kind": problem.kind, "message": shortened(problem.message)}


def _unknown(unknown: UnknownCount) -> _Json:
    examples = [{"place": _place(example.place), "reason": shortened(example.reason)} for example in unknown.examples]
    return {"what": unknown.what, "count": unknown.count, "examples": examples}


def _rule(rule: RuleInfo) -> _Json:
    return {
        "name": rule.name,
        "family": rule.family,
        "summary": rule.summary,
        "severity": rule.severity.value,
        "category": rule.category.value,
        "confidence": rule.confidence.value,
        "cwe": rule.cwe,
        "tags": list(rule.tags),
    }


def _place(place: Place) -> _Json:
    """Lines and columns from 1; the end column is the one after the last character."""
    return {
        **_path(place.path),
        "line": place.line,
        "column": place.column + 1,
        "end_line": place.end_line,
        "end_column": place.end_column + 1,
    }


def _path(path: str) -> _Json:
    return {"path": path, "path_is_escaped": True} if has_escaped_bytes(path) else {"path": path}
