"""GitLab's code quality report: a JSON array that the merge request's widget compares with the target branch's.

Only what counts is in it: findings that nothing hides and files that could not be reviewed, where they are new. A rule
that crashed has no place in a file and is told by the other formats. The form: https://docs.gitlab.com/ci/testing/code_quality/
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from reviewer.report import Presentation
from reviewer.report.escaping import encodable, json_text, sentence, visible
from reviewer.results import Problem, Review
from reviewer.rule import Finding, Severity

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}
_UNREVIEWED_SEVERITY = "major"

_Json = dict[str, Any]


def render(review: Review, _presentation: Presentation) -> str:
    """The issues in order of place, each fingerprint once: GitLab drops a second issue of the same."""
    issues = [_finding(finding) for finding in review.new]
    issues += [_problem(problem) for problem in review.new_problems]
    used: dict[str, int] = {}
    for issue in issues:
        fingerprint = issue["fingerprint"]
        used[fingerprint] = used.get(fingerprint, 0) + 1
        if used[fingerprint] > 1:
            issue["fingerprint"] = _digest(fingerprint, str(used[fingerprint]))
    return json_text(issues)


def _finding(finding: Finding) -> _Json:
    place = finding.place
    begin = max(1, place.line)
    return {
        "type": "issue",
        "check_name": visible(finding.rule),
        "description": " ".join(sentence(text) for text in (finding.message, finding.hint) if text),
        "categories": ["Style"],
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": finding.fingerprint or _digest(finding.rule, place.path, finding.message),
        "location": {
            "path": place.path,
            "lines": {"begin": begin, "end": max(begin, place.end_line)},
        },
    }


def _problem(problem: Problem) -> _Json:
    return {
        "type": "issue",
        "check_name": visible(problem.kind),
        "description": f"Not reviewed: {sentence(problem.message)}",
        "categories": ["Bug Risk"],
        "severity": _UNREVIEWED_SEVERITY,
        "fingerprint": _digest(problem.kind, problem.path, problem.message),
        "location": {"path": problem.path, "lines": {"begin": max(1, problem.line)}},
    }


def _digest(*parts: str) -> str:
    return blake2b("\0".join(map(encodable, parts)).encode(), digest_size=16).hexdigest()
