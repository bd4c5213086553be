from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from sample_reviews import CLEAN, REVIEW, finding, place, reviews

from reviewer.report import Presentation, render
from reviewer.report.escaping import encodable
from reviewer.results import Review, RuleTime, Timings
from reviewer.rule import Fix

SCHEMA = json.loads(resources.files("reviewer.report").joinpath("json-report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def refuse(constant: str) -> Any:
    raise AssertionError(f"not strict JSON: {constant}")


def report(review: Review) -> Any:
    return json.loads(render(review, "json"), parse_constant=refuse)


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)


def test_a_review_is_told_completely() -> None:
    document = report(REVIEW)

    VALIDATOR.validate(document)
    assert document["schema_version"] == 1
    assert document["tool"] == {"name": "reviewer", "version": "1.2.3"}
    assert document["summary"] == {
        "findings": {"error": 1, "warning": 1, "info": 0},
        "suppressed": 1,
        "known": 0,
        "problems": 1,
        "crashes": 1,
        "files": 47,
        "python_files": 40,
        "routes": 23,
        "unknown": 2,
    }
    assert document["findings"][0] == {
        "rule": "missing-auth",
        "severity": "error",
        "confidence": "high",
        "message": "GET /items can be called without authentication.",
        "hint": "Add a security dependency to the route.",
        "place": {"path": "app/api.py", "line": 12, "column": 5, "end_line": 12, "end_column": 15},
        "related": [
            {
                "place": {"path": "app/main.py", "line": 3, "column": 1, "end_line": 3, "end_column": 27},
                "message": "The router is included here.",
            }
        ],
        "symbol": "app.api:read_items",
        "fingerprint": "0f3a",
        "fix": None,
        "suppression": None,
    }
    assert document["findings"][2]["suppression"]["reason"] == "Asked by the load balancer."
    assert document["problems"] == [
        {"path": "app/broken.py", "line": 3, "kind": "syntax-error", "message": "Invalid syntax."}
    ]
    assert document["crashes"] == [{"rule": "route-without-summary", "message": "KeyError: 'summary'"}]
    assert document["unknowns"][0]["count"] == 2
    assert [rule["name"] for rule in document["rules"]] == ["missing-auth", "route-without-summary"]


def test_neither_time_nor_root_is_told_so_that_reports_compare() -> None:
    elsewhere = msgspec.structs.replace(REVIEW, root="/elsewhere", seconds=9.9)

    assert render(REVIEW, "json") == render(elsewhere, "json", Presentation(colour=True, show_source=False))


def test_a_name_that_is_not_text_is_flagged() -> None:
    document = report(msgspec.structs.replace(CLEAN, findings=(finding(where=place(r"a\xff.py")),)))

    VALIDATOR.validate(document)
    assert document["findings"][0]["place"]["path"] == r"a\xff.py"
    assert document["findings"][0]["place"]["path_is_escaped"] is True


def test_a_fix_is_described() -> None:
    document = report(msgspec.structs.replace(CLEAN, findings=(finding(fix=Fix("Adds it.", ())),)))

    VALIDATOR.validate(document)
    assert document["findings"][0]["fix"] == {"description": "Adds it.", "is_safe": False}


def test_an_endless_message_is_cut() -> None:
    document = report(msgspec.structs.replace(CLEAN, findings=(finding("a" * 100_000),)))

    VALIDATOR.validate(document)
    assert document["findings"][0]["message"] == "a" * 997 + "..."


@pytest.mark.parametrize("change", [{"schema_version": 2}, {"extra": 1}, {"findings": [{}]}])
def test_the_schema_refuses_another_form(change: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({**report(CLEAN), **change})


@given(reviews)
def test_any_review_is_valid_and_reads_back(review: Review) -> None:
    document = report(review)

    VALIDATOR.validate(document)
    assert len(document["findings"]) == len(review.findings)
    for written, original in zip(document["findings"], review.findings, strict=True):
        assert written["message"] == encodable(original.message)
        assert written["place"]["path"] == encodable(original.place.path)
        assert written["place"]["column"] == original.place.column + 1
        assert (written["suppression"] is None) == (original.suppression is None)


def test_what_a_finding_gathers_is_told_completely() -> None:
    members = tuple(
        finding(f"Line {line} is open.", place(line=line), fingerprint=f"{line:x}") for line in range(1, 60)
    )
    gathered = finding("59 lines are open.").standing_for(members)

    document = report(Review(root="/", findings=(gathered,)))

    VALIDATOR.validate(document)
    (told,) = document["findings"]
    assert document["summary"]["findings"]["error"] == 1
    assert [one["message"] for one in told["members"]] == [one.message for one in members]
    assert [one["fingerprint"] for one in told["members"]] == [one.fingerprint for one in members]
    assert all("members" not in one for one in told["members"])


def test_statistics_and_times_fit_the_schema() -> None:
    times = Timings(2.0, 0.5, 0.25, 0.3, (RuleTime("missing-auth", 0.2),))
    review = msgspec.structs.replace(REVIEW, timings=times)
    document = json.loads(render(review, "json", Presentation(statistics=True)))

    VALIDATOR.validate(document)
    assert document["statistics"] == {"missing-auth": 2}
    assert document["timings"] == {
        "seconds": 2.0,
        "reading": 0.5,
        "routes": 0.25,
        "shared": 0.3,
        "rules": [{"rule": "missing-auth", "seconds": 0.2, "share": 0.1}],
    }
