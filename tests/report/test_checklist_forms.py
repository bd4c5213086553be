"""The forms of the checklist: complete, safe in what shows them, and alike for the same input."""

from __future__ import annotations

import html
import json
import re
from importlib import resources
from typing import Any

import jsonschema
import pytest
from sample_reviews import NASTY, finding, place

from reviewer.checklist.evidence.counts import Evidence
from reviewer.checklist.verdicts import (
    BulletResult,
    DocumentResult,
    OtherFindings,
    RuleAnswer,
    SectionResult,
    Standing,
    Verdict,
)
from reviewer.report import checklist_html, checklist_json, checklist_markdown, checklist_text
from reviewer.rule import Severity

SCHEMA = json.loads(resources.files("reviewer.report").joinpath("checklist.schema.json").read_text())

FAILED = BulletResult(
    quote="Secure authentication",
    words="Authentication is secure.",
    verdict=Verdict.FAILED,
    evidence=(Evidence("1 of 5 routes demand authentication.", 5, 1),),
    rules=(RuleAnswer("off-rule", "off"), RuleAnswer("missing-auth", "failed", 5), RuleAnswer("login", "passed")),
    findings=tuple(finding(where=place(line=line), severity=Severity.WARNING) for line in range(1, 13)),
    for_people="Whether it is enough.",
)
PERSON = BulletResult(
    "Be fast", "It is fast.", Verdict.FOR_A_PERSON, "A load test shows it.", for_people="A load test shows it."
)
NOTHING = BulletResult("Use forms", "Forms are used.", Verdict.NOTHING, "The project has no forms.")


def standing(*bullets: BulletResult) -> Standing:
    document = DocumentResult("fastapi-git", "FastAPI and git", (SectionResult("Key Principles", bullets),))
    other = DocumentResult("flask", "Flask", (SectionResult("Key Principles", (NOTHING,)),), "There is no Flask.")
    return Standing((document, other, DocumentResult("again", "Again", (SectionResult("All", bullets),))))


RESULT = standing(FAILED, PERSON)
BESIDE = tuple(finding("A time without zone.", place(line=line)) for line in range(1, 13))
OTHER = OtherFindings("Times carry their zone.", (RuleAnswer("naive-datetime", "failed", 12),), BESIDE)
WITH_OTHERS = Standing(RESULT.documents, (OTHER,), (*FAILED.findings, *BESIDE))


def test_findings_beside_the_bullets_stand_at_the_end_and_all_are_counted() -> None:
    text = checklist_text.render(WITH_OTHERS)

    assert "\nOther findings\n  12                Times carry their zone.\n" in text
    assert text.endswith("; 24 findings, 12 of them beside the bullets\n")
    told = document(WITH_OTHERS)
    assert told["finding_count"] == 24
    other = told["other_findings"][0]
    assert (other["practice"], other["finding_count"], len(other["worst_findings"])) == (OTHER.practice, 12, 10)
    assert "## Other findings\n\n| Practice | Findings | Rules |" in checklist_markdown.render(WITH_OTHERS)
    assert "<h2>Other findings</h2>" in checklist_html.render(WITH_OTHERS)


def test_what_a_reason_says_is_not_said_again() -> None:
    evidence = (Evidence("There are no forms.", 0),)
    reason = "There is nothing to judge: there are no forms."
    empty = BulletResult("x", "Forms are used.", Verdict.UNKNOWN, reason, evidence, for_people="Which forms.")

    shown = checklist_text.render(standing(empty))
    assert shown.count("here are no forms.") == 1
    assert "Which forms." not in shown


def document(result: Standing) -> Any:
    told = json.loads(checklist_json.render(result, "1.2.3"))
    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    return told


def test_the_text_tells_verdict_places_evidence_and_what_is_left() -> None:
    assert checklist_text.render(standing(FAILED)).partition("flask")[0] == (
        "fastapi-git  FastAPI and git\n"
        "  1 failed\n"
        "\n"
        "  Key Principles\n"
        "  failed            Authentication is secure.\n"
        "                    app/api.py:1:5  warning  GET /items can be called without authentication.  [missing-auth]\n"
        "                    app/api.py:2:5  warning  GET /items can be called without authentication.  [missing-auth]\n"
        "                    app/api.py:3:5  warning  GET /items can be called without authentication.  [missing-auth]\n"
        "                    and 9 more\n"
        "                    1 of 5 routes demand authentication.\n"
        "                    Rules: missing-auth (5 findings), login, off-rule (off)\n"
        "                    For a person: Whether it is enough.\n"
        "\n"
    )


def test_a_document_that_does_not_concern_the_project_is_one_line_and_a_shared_bullet_is_explained_once() -> None:
    shown = checklist_text.render(RESULT)

    assert "flask  Flask\n  There is no Flask.\n\nagain" in shown
    assert shown.count("1 of 5 routes demand authentication.") == 1
    assert "Authentication is secure. (As above.)" in shown
    assert shown.endswith("3 bullets: 1 failed, 1 for a person, 1 nothing to judge; 0 findings\n")


def test_json_tells_all_and_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    told = document(RESULT)

    assert told["summary"] == {"passed": 0, "failed": 1, "unknown": 0, "for a person": 1, "nothing to judge": 1}
    bullet = told["documents"][0]["sections"][0]["bullets"][0]
    assert (bullet["verdict"], bullet["finding_count"], len(bullet["worst_findings"])) == ("failed", 12, 10)
    assert bullet["evidence"] == [
        {"text": "1 of 5 routes demand authentication.", "right": 1, "total": 5, "unknown": 0, "shows": "lacking"}
    ]
    assert told["documents"][1]["reason"] == "There is no Flask."


def test_markdown_has_a_table_a_section() -> None:
    shown = checklist_markdown.render(RESULT)

    assert "## FastAPI and git (`fastapi-git`)\n\n1 failed, 1 for a person.\n\n### Key Principles\n" in shown
    row = next(line for line in shown.splitlines() if line.startswith("| **failed**"))
    assert row.count(" | ") == 3
    assert "`app/api.py:1:5`" in row
    assert "and 7 more" in row
    assert "`missing-auth` (5 findings), `login`, `off-rule` (off)" in row


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = checklist_html.render(RESULT)

    assert "Content-Security-Policy" in page
    assert not re.search(r"<script|\ssrc=|@import|url\(|https?:", page)
    assert page.count('<span class="badge failed">failed</span>') == 2
    for tag in ("table", "tbody", "tr", "td", "ul", "li", "p", "main", "body"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag


@pytest.mark.parametrize("nasty", [*NASTY, "<img src=x onerror=alert(1)>", "a|b", "`a", "[x](http://example.com)"])
def test_names_of_the_repository_mean_nothing_to_what_shows_them(nasty: str) -> None:
    bad = BulletResult(
        "x",
        "Authentication is secure.",
        Verdict.FAILED,
        evidence=(Evidence(f"The branch is `{nasty}`.", 1),),
        rules=(RuleAnswer("missing-auth", "failed", 1),),
        findings=(finding(f"`{nasty}` is bad.", place(f"app/{nasty}.py")),),
    )
    result = standing(bad)

    document(result)
    for shown in (checklist_text.render(result), checklist_markdown.render(result), checklist_html.render(result)):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066\u200b]", shown)
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
        assert "##[" not in shown
    page = checklist_html.render(result)
    assert "<img" not in page
    assert "<script" not in page
    row = next(line for line in checklist_markdown.render(result).splitlines() if line.startswith("| **failed**"))
    outside = html.unescape(re.sub(r"<code>[^<]*</code>|`[^`]*`", " ", row))
    assert "http" not in outside
    assert outside.count("|") == 5
