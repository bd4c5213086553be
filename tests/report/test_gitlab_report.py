"""The code quality report, held against the fields that GitLab documents."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
from hypothesis import given
from sample_reviews import CLEAN, FINDING, REVIEW, finding, place, reviews

from reviewer.report import Presentation, render
from reviewer.results import Review
from reviewer.rule import Severity, Suppression

#: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
DOCUMENTED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": "^\\./"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                    },
                },
            },
        },
    },
}


def issues_of(review: Review, presentation: Presentation | None = None) -> list[dict[str, Any]]:
    issues: list[dict[str, Any]] = json.loads(render(review, "gitlab", presentation))
    jsonschema.validate(issues, DOCUMENTED)
    return issues


def test_a_finding_is_an_issue_with_the_documented_fields() -> None:
    [issue] = issues_of(msgspec.structs.replace(CLEAN, findings=(FINDING,)))

    assert issue == {
        "type": "issue",
        "check_name": "missing-auth",
        "description": "GET /items can be called without authentication. Add a security dependency to the route.",
        "categories": ["Style"],
        "severity": "critical",
        "fingerprint": "0f3a",
        "location": {"path": "app/api.py", "lines": {"begin": 12, "end": 12}},
    }


def test_each_severity_has_its_own() -> None:
    findings = tuple(finding(severity=severity) for severity in Severity)

    issues = issues_of(msgspec.structs.replace(CLEAN, findings=findings))

    assert [issue["severity"] for issue in issues] == ["critical", "major", "info"]


def test_only_what_counts_is_an_issue() -> None:
    hidden = finding(suppression=Suppression("comment", "ours"))
    of_base = finding(suppression=Suppression("base", ""), baseline_state="unchanged")
    shown_although_known = finding(baseline_state="unchanged")
    new = finding(baseline_state="new", where=place(line=5))

    issues = issues_of(msgspec.structs.replace(CLEAN, findings=(hidden, of_base, shown_although_known, new)))

    assert [issue["location"]["lines"]["begin"] for issue in issues] == [5]


def test_a_file_that_could_not_be_reviewed_is_an_issue_unless_the_base_has_it_too() -> None:
    [*_, unreviewed] = issues_of(REVIEW)
    known = msgspec.structs.replace(REVIEW, known_problems=REVIEW.problems)

    assert unreviewed["check_name"] == "syntax-error"
    assert unreviewed["location"] == {"path": "app/broken.py", "lines": {"begin": 3}}
    assert len(issues_of(known)) == len(issues_of(REVIEW)) - 1


def test_a_clean_review_is_an_empty_list() -> None:
    assert issues_of(CLEAN) == []


def test_the_fingerprint_does_not_change_with_the_line() -> None:
    moved = msgspec.structs.replace(FINDING, place=place(line=99))

    [here], [there] = (issues_of(msgspec.structs.replace(CLEAN, findings=(one,))) for one in (FINDING, moved))

    assert here["fingerprint"] == there["fingerprint"]


def test_paths_begin_at_the_top_of_the_repository_and_folders_have_fingerprints_of_their_own() -> None:
    review = msgspec.structs.replace(REVIEW, known_problems=REVIEW.problems)
    top, orders, users = (
        issues_of(review, Presentation(path_prefix=prefix)) for prefix in ("", "services/orders/", "services/users/")
    )

    assert {issue["location"]["path"] for issue in orders} == {"services/orders/app/api.py"}
    assert len({issues[0]["fingerprint"] for issues in (top, orders, users)}) == 3


@given(reviews)
def test_any_review_gives_documented_issues_with_fingerprints_of_their_own(review: Review) -> None:
    issues = issues_of(review)

    assert len(issues) == len(review.new) + len(review.new_problems)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
