from __future__ import annotations

import re
import unicodedata

import msgspec
from hypothesis import given
from sample_reviews import CLEAN, REVIEW, finding, place, reviews

from reviewer.report import render
from reviewer.results import Review
from reviewer.rule import Severity

#: A workflow command as the runner reads it: properties hold no raw colon or comma.
COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^:,]*,?)*)::(.*)")


def test_each_finding_is_one_annotation() -> None:
    assert render(REVIEW, "github") == (
        "::error file=app/api.py,line=12,endLine=12,col=5,endColumn=14,title=missing-auth"
        "::GET /items can be called without authentication.%0AAdd a security dependency to the route.\n"
        "::warning file=app/api.py,line=20,endLine=20,col=5,endColumn=14,title=missing-auth"
        "::GET /users can be called without authentication.\n"
        "::warning file=app/broken.py,line=3,title=not reviewed%3A syntax-error::Invalid syntax.\n"
        "::error title=rule route-without-summary crashed::KeyError: 'summary'%0AIts findings are missing.\n"
        "reviewer: 1 error, 1 warning, 1 suppressed, 1 file not reviewed, 1 rule crashed"
        " in 47 files (23 routes, 2 unknown)\n"
    )


def test_information_is_a_notice() -> None:
    review = msgspec.structs.replace(CLEAN, findings=(finding(severity=Severity.INFO),))

    assert render(review, "github").startswith("::notice file=app/api.py,")


def test_a_place_of_several_lines_has_no_columns() -> None:
    where = msgspec.structs.replace(place(), end_line=14)

    shown = render(msgspec.structs.replace(CLEAN, findings=(finding(where=where),)), "github")

    assert shown.startswith("::error file=app/api.py,line=12,endLine=14,title=missing-auth::")


def test_a_place_without_extent_ends_where_it_begins() -> None:
    shown = render(msgspec.structs.replace(CLEAN, findings=(finding(where=place(end_column=4)),)), "github")

    assert ",col=5,endColumn=5," in shown


def test_a_clean_run_has_no_annotation() -> None:
    assert render(CLEAN, "github") == "reviewer: No findings in 47 files (1 route)\n"


def test_a_path_cannot_end_its_property_or_forge_a_second_command() -> None:
    path = "a,title=x::y\n::add-mask::z%0A.py"

    (line, _) = render(msgspec.structs.replace(CLEAN, findings=(finding(where=place(path)),)), "github").splitlines()

    assert line.startswith(r"::error file=a%2Ctitle=x%3A%3Ay\x0a%3A%3Aadd-mask%3A%3Az%250A.py,line=12,")


@given(reviews)
def test_any_finding_is_exactly_one_command_on_one_line(review: Review) -> None:
    *commands, summary, end = render(review, "github").split("\n")

    assert len(commands) == len(review.reported) + len(review.problems) + len(review.crashes)
    assert all(COMMAND.fullmatch(line) for line in commands)
    assert summary.startswith("reviewer: ")
    assert end == ""
    for line in commands:
        assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs", "Zl", "Zp"}
        assert not re.search(r"##\w*\[", line)
