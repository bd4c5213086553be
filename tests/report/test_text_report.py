from __future__ import annotations

import re
import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import given
from sample_reviews import CLEAN, FINDING, REVIEW, SOURCE, finding, line_of, place, reviews, texts

from reviewer.report import Presentation, render, text
from reviewer.report.colour import wants_colour
from reviewer.results import Problem, Review, RuleTime, Timings
from reviewer.rule import Finding, Fix, Related, Severity


def report(review: Review, **options: Any) -> str:
    return render(review, "text", Presentation(**{"line_of": line_of, **options}))


def test_a_review_reads_from_findings_to_summary() -> None:
    assert report(REVIEW, statistics=True) == (
        "app/api.py:12:5  error  GET /items can be called without authentication.  [missing-auth]\n"
        "    12 | def read_items(session):\n"
        "       |     ^^^^^^^^^^\n"
        "  hint: Add a security dependency to the route.\n"
        "  see: app/main.py:3:1  The router is included here.\n"
        "\n"
        "app/api.py:20:5  warning  GET /users can be called without authentication.  [missing-auth]\n"
        "\n"
        "app/broken.py:3  not reviewed  Invalid syntax.  [syntax-error]\n"
        "\n"
        "rule route-without-summary  crashed  KeyError: 'summary'  (its findings are missing)\n"
        "\n"
        "     2  error    missing-auth\n"
        "\n"
        "     2  unknown route path, such as app/api.py:40:5 (read from the environment)\n"
        "\n"
        "1 error, 1 warning, 1 suppressed, 1 file not reviewed, 1 rule crashed"
        " in 47 files (23 routes, 2 unknown) in 0.31 s\n"
    )


def test_a_clean_run_is_one_line() -> None:
    assert report(CLEAN) == "No findings in 47 files (1 route) in 0.31 s\n"


def test_the_time_can_be_left_out_so_that_reports_compare() -> None:
    assert report(CLEAN, show_time=False) == "No findings in 47 files (1 route)\n"


def test_the_summary_counts_by_severity() -> None:
    review = msgspec.structs.replace(
        CLEAN, findings=tuple(finding(severity=severity) for severity in (Severity.ERROR, *[Severity.INFO] * 2))
    )

    assert report(review, show_time=False).splitlines()[-1] == "1 error, 2 infos in 47 files (1 route)"


def test_without_source_a_finding_is_one_line() -> None:
    lines = report(msgspec.structs.replace(CLEAN, findings=(FINDING, FINDING)), show_source=False).splitlines()

    assert lines[0] == lines[1]
    assert lines[2] == ""
    assert len(lines) == 4


def test_a_suppressed_finding_is_counted_but_not_shown() -> None:
    assert "/health" not in report(REVIEW)
    assert "1 suppressed" in report(REVIEW)


def test_a_place_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    where = msgspec.structs.replace(place(), end_line=14, end_column=1)

    shown = report(msgspec.structs.replace(CLEAN, findings=(finding(where=where),)))

    assert f"       |     {'^' * len('read_items(session):')}\n" in shown


def test_a_fix_says_whether_it_is_safe() -> None:
    review = msgspec.structs.replace(
        CLEAN, findings=(finding(fix=Fix("Adds it.", (), is_safe=True)), finding(fix=Fix("Drops it.", ())))
    )

    assert "  fix: Adds it.\n" in report(review)
    assert "  unsafe fix: Drops it.\n" in report(review)


def test_many_related_places_are_counted() -> None:
    related = tuple(Related(place(line=line), "Here.") for line in range(1, 9))

    shown = report(msgspec.structs.replace(CLEAN, findings=(finding(related=related),)))

    assert shown.count("  Here.\n") == 5
    assert "  see: 3 more places\n" in shown


def test_a_very_long_report_shows_source_for_the_first_findings_only() -> None:
    findings = tuple(finding() for _ in range(text.MAX_EXCERPTS + 5))

    shown = report(msgspec.structs.replace(CLEAN, findings=findings), show_all=True)

    assert shown.count("[missing-auth]") == text.MAX_EXCERPTS + 5
    assert shown.count("^^^^\n") == text.MAX_EXCERPTS


def many(number: int, rule: str = "missing-auth", severity: Severity = Severity.WARNING) -> tuple[Finding, ...]:
    return tuple(
        msgspec.structs.replace(
            finding(f"`GET /items/{line}` is in `router`.", place(f"app/api_{line % 2}.py", line), severity), rule=rule
        )
        for line in range(1, number + 1)
    )


def test_of_many_findings_of_a_rule_the_first_are_explained_and_the_others_listed_by_what_they_are_about() -> None:
    shown = report(msgspec.structs.replace(CLEAN, findings=many(6)))

    assert shown == (
        "app/api_1.py:1:5  warning  `GET /items/1` is in `router`.  [missing-auth]\n"
        "\n"
        "app/api_0.py:2:5  warning  `GET /items/2` is in `router`.  [missing-auth]\n"
        "\n"
        "app/api_1.py:3:5  warning  `GET /items/3` is in `router`.  [missing-auth]\n"
        "\n"
        "and 3 more like these in 2 files:  [missing-auth]\n"
        "  app/api_0.py:4:5  GET /items/4\n"
        "  app/api_1.py:5:5  GET /items/5\n"
        "  app/api_0.py:6:5  GET /items/6\n"
        "\n"
        "6 warnings in 47 files (1 route) in 0.31 s\n"
    )


def test_few_findings_of_a_rule_are_all_explained() -> None:
    shown = report(msgspec.structs.replace(CLEAN, findings=many(5)))

    assert shown.count("[missing-auth]") == 5
    assert "more like these" not in shown


def test_a_long_list_says_how_to_see_all_and_then_all_are_seen() -> None:
    review = msgspec.structs.replace(CLEAN, findings=many(40))

    assert "  and 25 more; `--full` shows all\n" in report(review)
    assert report(review, show_all=True).count("  [missing-auth]\n") == 40
    assert report(review, show_source=False).count("  [missing-auth]\n") == 40


def test_rules_with_errors_come_first_and_findings_of_a_rule_stand_together() -> None:
    findings = (*many(2, "a-rule"), *many(1, "b-rule", Severity.ERROR), *many(1, "a-rule"))
    lines = report(msgspec.structs.replace(CLEAN, findings=findings)).splitlines()

    assert [line.rpartition("[")[2] for line in lines if line.endswith("]")] == [
        "b-rule]",
        "a-rule]",
        "a-rule]",
        "a-rule]",
    ]


def test_what_messages_do_not_name_is_told_by_its_declaration() -> None:
    findings = tuple(
        finding("It is bad.", place(line=line), symbol=f"app.api:Items.get_{line}") for line in range(1, 8)
    )

    assert "  app/api.py:7:5  Items.get_7\n" in report(msgspec.structs.replace(CLEAN, findings=findings))


def test_times_are_told_with_their_share_of_the_run() -> None:
    rules = (RuleTime("missing-auth", 0.2), RuleTime("raw-sql", 0.0004), RuleTime("fat-route", 0.0002))
    lines = report(msgspec.structs.replace(CLEAN, timings=Timings(2.0, 0.5, 0.7, 0.5994, rules))).splitlines()

    assert lines[:6] == [
        "  0.200 s   10.0%  missing-auth",
        "  0.001 s    0.0%  2 other rules",
        "  0.599 s   30.0%  linking what several rules ask for",
        "  0.700 s   35.0%  linking the route table",
        "  0.500 s   25.0%  finding and reading files",
        "  2.000 s  100.0%  the whole run",
    ]


def test_output_without_colour_has_no_escape_and_colour_changes_nothing_else() -> None:
    plain = report(REVIEW, statistics=True)
    coloured = report(REVIEW, statistics=True, colour=True)

    assert "\x1b" not in plain
    assert "\x1b[1;31merror\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    ("is_terminal", "environment", "wanted"),
    [
        (True, {}, True),
        (True, {"TERM": "xterm-256color"}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "0"}, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_follows_terminal_and_environment(is_terminal: bool, environment: dict[str, str], wanted: bool) -> None:
    assert wants_colour(is_terminal=is_terminal, environment=environment) is wanted


@pytest.mark.parametrize("path", ["::error file=x::y", " ::add-mask::x", "\u3000::error::x"])
def test_a_file_named_like_a_command_is_no_command(path: str) -> None:
    review = msgspec.structs.replace(CLEAN, findings=(finding(where=place(path)),), problems=(Problem(path, "x", "y"),))

    for colour in (False, True):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", report(review, colour=colour))
        assert not any(line.lstrip().startswith("::") for line in plain.splitlines())


def test_messages_are_not_formatted_again() -> None:
    message = "%s %(a)s {0} {finding} [bold]x[/bold] $x"

    assert message in report(msgspec.structs.replace(CLEAN, findings=(finding(message),)))


@given(reviews, texts)
def test_nothing_of_the_input_controls_terminal_or_build(review: Review, source: str) -> None:
    for colour in (False, True):
        shown = report(review, line_of=lambda *_: source, statistics=True, colour=colour)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", shown) if colour else shown

        for line in plain.split("\n"):
            assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs", "Zl", "Zp"}
            assert not re.match(r"\s*::", line)
            assert not re.search(r"##\w*\[", line)


@given(reviews)
def test_each_finding_has_its_own_first_line(review: Review) -> None:
    lines = report(review, line_of=lambda path, number: SOURCE[("app/api.py", 12)], show_source=False).split("\n")

    assert sum(f"  {severity.value}  " in line for line in lines for severity in Severity) >= len(review.reported)
    blank = [index for index, line in enumerate(lines) if not line]
    assert blank[0] == len(review.reported) or not review.reported
