"""The JUnit report, held against what the schema of the Jenkins xUnit plugin allows, and read by an XML parser."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from sample_reviews import CLEAN, FINDING, MISSING_AUTH, NO_SUMMARY, REVIEW, finding, place, reviews

from reviewer.report import Presentation, render
from reviewer.report.escaping import sentence
from reviewer.results import Review

#: Each element: its children, the attributes it must have, and those that it may have.
ALLOWED: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name"},
        {"time", "classname", "group"},
    ),
    "failure": (set(), set(), {"type", "message"}),
    "error": (set(), set(), {"type", "message"}),
}
#: What XML 1.0 allows no document to hold, not even as a reference: production 2, `Char`.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def suite_of(review: Review, presentation: Presentation | None = None) -> ElementTree.Element:
    text = render(review, "junit", presentation)
    assert not FORBIDDEN.search(text)
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    for element in root.iter():
        children, required, optional = ALLOWED[element.tag]
        assert {child.tag for child in element} <= children
        assert required <= set(element.keys()) <= required | optional
    [suite] = root
    return suite


def test_each_finding_is_a_failing_test_of_its_rule() -> None:
    case = next(iter(suite_of(msgspec.structs.replace(REVIEW, rules=()))))
    failure = case[0]

    assert case.attrib == {
        "classname": "missing-auth",
        "name": "app/api.py: GET /items can be called without authentication.",
    }
    assert failure.tag == "failure"
    assert failure.attrib == {"type": "error", "message": "GET /items can be called without authentication."}
    assert failure.text == (
        "app/api.py:12:5  error  GET /items can be called without authentication."
        "  hint: Add a security dependency to the route."
    )


def test_a_rule_without_new_findings_is_a_test_that_passes() -> None:
    known = msgspec.structs.replace(FINDING, baseline_state="unchanged")

    cases = list(suite_of(msgspec.structs.replace(CLEAN, findings=(known,), rules=(MISSING_AUTH, NO_SUMMARY))))

    assert [(case.get("classname"), len(case)) for case in cases] == [
        ("missing-auth", 0),
        ("route-without-summary", 0),
    ]


def test_crashes_and_unreviewed_files_are_errors() -> None:
    suite = suite_of(REVIEW)
    errors = {case.get("classname"): case[0] for case in suite if len(case) and case[0].tag == "error"}

    assert set(errors) == {"route-without-summary", "not reviewed"}
    assert errors["not reviewed"].get("type") == "syntax-error"
    assert errors["not reviewed"].text == "app/broken.py:3  not reviewed  Invalid syntax."


def test_a_test_is_known_again_when_its_line_moves() -> None:
    first, second = (
        suite_of(msgspec.structs.replace(CLEAN, findings=(finding(where=place(line=line)),)))[0].attrib
        for line in (3, 300)
    )

    assert first == second


def test_paths_begin_at_the_top_of_the_repository() -> None:
    suite = suite_of(msgspec.structs.replace(CLEAN, findings=(FINDING,)), Presentation(path_prefix="backend/"))

    assert (suite[0].get("name") or "").startswith("backend/app/api.py: ")


@pytest.mark.parametrize("hostile", ["]]>", "<a/>", "&lt;", '" x="', "\x00\x08\x1b\x1f", "\ufffe\uffff", "\udc80", "'"])
def test_a_hostile_message_is_text(hostile: str) -> None:
    [case] = suite_of(msgspec.structs.replace(CLEAN, findings=(finding(message=f"a{hostile}b"),)))

    assert case[0].get("message") == sentence(f"a{hostile}b")


@given(reviews)
def test_any_review_gives_a_valid_document_whose_counts_are_true(review: Review) -> None:
    suite = suite_of(review)
    names = [(case.get("classname"), case.get("name")) for case in suite if len(case)]

    assert int(suite.get("tests", "")) == len(suite)
    assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure")) == len(review.new)
    assert int(suite.get("errors", "")) == len(suite.findall("testcase/error"))
    assert len(set(names)) == len(names)
