"""The summary of a job: what it tells, and that names of a repository mean nothing to the forge that renders it."""

from __future__ import annotations

import html
import re

import msgspec
import pytest
from hypothesis import given
from sample_reviews import CLEAN, REVIEW, finding, place, reviews

from reviewer.report import render
from reviewer.report.markdown_text import code, prose
from reviewer.results import Review
from reviewer.rule import Severity

HOSTILE = [
    "@octocat",
    "a@b.example",
    "#1",
    "GH-1",
    "octo/cat#2",
    "PROJ-12",
    "https://example.com/x",
    "www.example.com",
    "javascript:alert(1)",
    "[a](http://example.com)",
    "![a](http://example.com/x.png)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- x",
    "**bold**",
    "_a_",
    "~~a~~",
    "a|b",
    "`a",
    "`` `b` ``",
    "$x$",
    ":tada:",
    "&lt;b&gt;",
    "\\`a",
    "deadbeefcafe0123",
    "a0a0a0a",
    "a\n# b",
    "!12",
    "%milestone",
    "~label",
]


def outside_code(shown: str) -> str:
    """What a forge looks for mentions, references and links in: rendered text that is in no code."""
    return html.unescape(re.sub(r"<code>[^<]*</code>|<code>[^<]*$|`[^`]*`", " ", shown))


def test_it_counts_and_names_rules_and_places() -> None:
    assert render(REVIEW, "markdown") == (
        "## reviewer\n"
        "\n"
        "1 error, 1 warning, 1 suppressed, 1 file not reviewed, 1 rule crashed in 47 files (23 routes, 2 unknown).\n"
        "\n"
        "| Rule | Severity | Findings |\n"
        "|---|---|---|\n"
        "| `missing-auth` | error | 2 |\n"
        "\n"
        "### Findings\n"
        "\n"
        "| Severity | Place | Finding | Rule |\n"
        "|---|---|---|---|\n"
        "| error | `app/api.py:12:5` | GET <code>/items</code> can be called without authentication&#46;"
        " | `missing-auth` |\n"
        "| warning | `app/api.py:20:5` | GET <code>/users</code> can be called without authentication&#46;"
        " | `missing-auth` |\n"
        "\n"
        "### Rules that crashed\n"
        "\n"
        "| Rule | Reason |\n"
        "|---|---|\n"
        "| `route-without-summary` | KeyError&#58; &#39;summary&#39; |\n"
        "\n"
        "### Not reviewed\n"
        "\n"
        "| File | Reason |\n"
        "|---|---|\n"
        "| `app/broken.py:3` | Invalid syntax&#46; |\n"
    )


def test_a_clean_review_is_a_heading_and_a_sentence() -> None:
    assert render(CLEAN, "markdown") == "## reviewer\n\nNo findings in 47 files (1 route).\n"


def test_of_many_findings_of_a_rule_the_worst_are_told_and_the_places_of_others_are_counted() -> None:
    findings = [finding(severity=Severity.INFO, where=place(line=line)) for line in range(1, 41)]
    review = msgspec.structs.replace(CLEAN, findings=(*findings, finding(where=place(line=50))))

    shown = render(review, "markdown")
    rows = [line for line in shown.splitlines() if line.startswith(("| error", "| info"))]

    assert rows[0].startswith("| error | `app/api.py:50:5`")
    assert len(rows) == 4
    assert rows[3].startswith("| info | `app/api.py:3:5`, `app/api.py:4:5`, ")
    assert rows[3].endswith("`app/api.py:12:5`, and 28 more | 38 more in 1 file | `missing-auth` |")


def test_a_summary_has_a_limited_number_of_rows() -> None:
    findings = [msgspec.structs.replace(finding(), rule=f"rule-{number}") for number in range(140)]

    shown = render(msgspec.structs.replace(CLEAN, findings=tuple(findings)), "markdown")

    assert shown.count("| error | `app/api.py") == 100
    assert shown.endswith("\n\nAnd 40 more rows.\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_in_code_wherever_it_stands(text: str) -> None:
    message = f"The route {text} of `{text}` is ({text})."
    left = outside_code(prose(message))

    for part in re.findall(r"[@#<>\[\]*_~$:|\\`%]|\w+\d\w*|://|www", text):
        assert part not in left
    assert not re.search(r"(?<!&)[@#<\[\]*_~$|\\`]", re.sub(r"&#\d+;|</?code>", "", prose(message)))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_path_makes_one_cell_of_code(text: str) -> None:
    shown = code(text)

    assert re.fullmatch(r"`[^`|\\]+`|<code>(?:[\w ,;()/-]|&#\d+;)+</code>", shown)


def test_names_in_backticks_read_as_code_and_words_as_words() -> None:
    shown = prose("`GET /items` returns data, and declares no response_model.")

    assert shown == ("<code>GET /items</code> returns data, and declares no <code>response&#95;model&#46;</code>")


@given(reviews)
def test_any_review_gives_lines_that_mean_nothing_else_and_are_bounded(review: Review) -> None:
    shown = render(review, "markdown")

    assert len(shown.encode()) < 1_000_000
    for line in shown.splitlines():
        assert re.match(r"\| |\|---|## reviewer$|### [A-Z]|And \d+ more|[\w ,()]+\.$|$", line)
        assert not re.search(r"<(?!/?code>)|@|##\w*\[|\]\(|(?<!&)#\d", line.replace("`@`", "")) or "`" in line


def test_the_longest_summary_is_one_that_github_takes() -> None:
    long = "`<" * 5_000
    findings = tuple(finding(message=long, where=place(path=long + str(line), line=line)) for line in range(1, 200))
    named = tuple(msgspec.structs.replace(one, rule=f"{long}{index}") for index, one in enumerate(findings))

    assert len(render(msgspec.structs.replace(CLEAN, findings=named), "markdown").encode()) < 1_000_000
