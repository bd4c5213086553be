from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from sample_reviews import CLEAN, FINDING, MISSING_AUTH, REVIEW, finding, place, reviews

from reviewer.report import Presentation, render
from reviewer.results import Problem, Review
from reviewer.rule import Category, Related, Severity, Suppression

#: No package ships the standard's own schema, so this is the part that reports use, written for these tests.
SCHEMA = json.loads(Path(__file__).with_name("sarif-subset.schema.json").read_text())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def run_of(review: Review, **options: Any) -> Any:
    document = json.loads(render(review, "sarif", Presentation(**options)))
    VALIDATOR.validate(document)
    return document["runs"][0]


def rules_of(review: Review) -> Any:
    return run_of(review)["tool"]["driver"]["rules"]


def notifications_of(review: Review) -> Any:
    return run_of(review)["invocations"][0]["toolExecutionNotifications"]


def with_findings(*findings: Any) -> Review:
    return msgspec.structs.replace(CLEAN, findings=findings)


def test_a_result_says_what_where_and_how_to_mend_it() -> None:
    assert run_of(REVIEW)["results"][0] == {
        "ruleId": "missing-auth",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "GET /items can be called without authentication. Add a security dependency to the route."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "app/api.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 12, "startColumn": 5, "endLine": 12, "endColumn": 15},
                }
            }
        ],
        "partialFingerprints": {"reviewer/v1": "0f3a"},
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": {"uri": "app/main.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 27},
                },
                "message": {"text": "The router is included here."},
            }
        ],
    }


def test_a_security_rule_is_described_for_code_scanning() -> None:
    rule = rules_of(REVIEW)[0]

    assert rule["help"]["markdown"] == MISSING_AUTH.documentation
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"] == {
        "tags": ["security", "auth", "external/cwe/cwe-089", "fastapi"],
        "precision": "high",
        "problem.severity": "error",
        "security-severity": "8.0",
    }


def test_only_security_rules_have_a_security_severity() -> None:
    assert "security-severity" not in rules_of(REVIEW)[1]["properties"]


@pytest.mark.parametrize(("cwe", "tag"), [(89, "cwe-089"), (306, "cwe-306"), (1333, "cwe-1333"), (7, "cwe-007")])
def test_a_cwe_is_tagged_with_three_digits_at_least(cwe: int, tag: str) -> None:
    review = msgspec.structs.replace(CLEAN, rules=(msgspec.structs.replace(MISSING_AUTH, cwe=cwe),))

    assert f"external/cwe/{tag}" in rules_of(review)[0]["properties"]["tags"]


def test_a_rule_has_at_most_twenty_tags_and_keeps_the_important_ones() -> None:
    tagged = msgspec.structs.replace(MISSING_AUTH, tags=tuple(f"tag-{number}" for number in range(40)))

    tags = rules_of(msgspec.structs.replace(CLEAN, rules=(tagged,)))[0]["properties"]["tags"]

    assert len(tags) == 20
    assert tags[:3] == [Category.SECURITY.value, "auth", "external/cwe/cwe-089"]


def test_a_finding_of_an_unlisted_rule_still_has_a_rule() -> None:
    run = run_of(with_findings(FINDING))

    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "missing-auth"


@pytest.mark.parametrize(
    ("kind", "shown"), [("comment", "inSource"), ("file-comment", "inSource"), ("baseline", "external")]
)
def test_a_suppressed_finding_is_marked_with_its_reason(kind: str, shown: str) -> None:
    (result,) = run_of(with_findings(finding(suppression=Suppression(kind, "Known."))))["results"]

    assert result["suppressions"] == [{"kind": shown, "justification": "Known."}]


def test_suppressed_findings_can_be_left_out_for_viewers_that_ignore_the_mark() -> None:
    run = run_of(REVIEW, show_suppressed=False)

    assert len(run["results"]) == 2
    assert not any("suppressions" in result for result in run["results"])


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/é.py", "a%20b/%C3%A9.py"),
        ("a:b?#%.py", "a%3Ab%3F%23%25.py"),
        (r"a\xff.py", "a%FF.py"),
        (r"a\x5cxff.py", "a%5Cxff.py"),
    ],
)
def test_a_path_is_a_relative_uri(path: str, uri: str) -> None:
    (result,) = run_of(with_findings(finding(where=place(path))))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_a_finding_about_the_repository_as_a_whole_has_no_location() -> None:
    (result,) = run_of(with_findings(finding(where=place(""))))["results"]

    assert result["locations"] == []


def test_a_message_holds_no_placeholder_or_link_of_the_input() -> None:
    (result,) = run_of(with_findings(finding("GET /{id}/{0} [here](http://x.example) a[0](1)")))["results"]

    assert result["message"]["text"] == "GET /{id}/{{0}} [here] (http://x.example) a[0] (1)"


def test_problems_crashes_and_unknowns_are_notifications() -> None:
    crash, problem, unknown = notifications_of(REVIEW)

    assert run_of(REVIEW)["invocations"][0]["executionSuccessful"] is False
    assert crash["level"] == "error"
    assert crash["associatedRule"] == {"id": "route-without-summary"}
    assert problem["descriptor"] == {"id": "syntax-error"}
    assert problem["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert unknown["message"] == {"text": "2 times unknown: route path"}


def test_a_clean_run_was_successful() -> None:
    run = run_of(CLEAN)

    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_the_worst_of_too_many_findings_are_kept_in_order_and_the_rest_is_counted() -> None:
    severities = (Severity.INFO, Severity.WARNING, Severity.ERROR)
    hidden = Suppression("comment", "Known.")
    findings = [
        finding(
            f"GET /items/{number} of {'x' * (number % 700)}.",
            place(f"app/part_{number % 977}/module_{number}.py", number + 1),
            severities[number % 3],
            suppression=hidden if number % 10 == 0 else None,
        )
        for number in range(30_000)
    ]
    review = with_findings(*findings)

    run = run_of(review)
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]]

    assert len(lines) == 5_000
    assert lines == sorted(lines)
    assert {result["level"] for result in run["results"]} == {"error"}
    assert not any("suppressions" in result for result in run["results"])
    assert notifications_of(review)[0]["message"]["text"] == "25000 findings left out, the least severe."
    assert len(gzip.compress(render(review, "sarif").encode())) < 10_000_000


def test_notifications_are_bounded_and_the_rest_is_counted() -> None:
    review = msgspec.structs.replace(
        CLEAN, problems=tuple(Problem(f"{number}.py", "too-large", "Too large.") for number in range(1_500))
    )

    notifications = notifications_of(review)

    assert len(notifications) == 1_001
    assert notifications[-1]["message"]["text"] == "500 notifications left out."


def test_all_places_that_a_finding_gathers_are_related_ones() -> None:
    members = tuple(finding(f"Line {line} is open.", place(line=line)) for line in range(1, 60))
    gathered = finding("59 lines are open.", related=(Related(place(line=3), "Here."),)).standing_for(members)

    (result,) = run_of(with_findings(gathered))["results"]

    assert [one["message"]["text"] for one in result["relatedLocations"]] == [one.message for one in members]


def test_related_places_are_bounded() -> None:
    related = tuple(Related(place(line=line), "Here.") for line in range(1, 60))

    (result,) = run_of(with_findings(finding(related=related)))["results"]

    assert len(result["relatedLocations"]) == 20


def test_neither_time_nor_root_is_told_so_that_reports_compare() -> None:
    elsewhere = msgspec.structs.replace(REVIEW, root="/elsewhere", seconds=9.9)

    assert render(REVIEW, "sarif") == render(elsewhere, "sarif")


@given(reviews)
def test_any_review_is_valid(review: Review) -> None:
    run = run_of(review)

    assert len(run["results"]) == len(review.findings)
    for result, original in zip(run["results"], review.findings, strict=True):
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            region = location["physicalLocation"]["region"]
            assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
            assert region["startColumn"] == original.place.column + 1
