from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_reviews import texts

from reviewer.report.excerpt import MAX_WIDTH, excerpt


def cells(text: str) -> int:
    """The width of a text by the simplest definition."""
    return sum(
        0
        if unicodedata.category(character) in {"Mn", "Me"} or "\u1160" <= character <= "\u11ff"  # within a syllable
        else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


def marked(line: str, start: int, end: int) -> str:
    """What stands above the carets, found by counting cells."""
    text, carets = excerpt(line, start, end)
    found = ""
    position = 0
    for character in text:
        if len(carets) - len(carets.lstrip()) <= position < len(carets):
            found += character
        position += cells(character)
    return found


@pytest.mark.parametrize(
    "line",
    [
        "    NAME = 1\n",
        "\tNAME = 1\r\n",
        "x\tif\tNAME:",
        "'日本', NAME",
        "'e\u0301', NAME",
        "'\x1b[31m\u202e', NAME",
        "'##[error]', NAME",
        "'🦊', NAME",
        "NAME",
    ],
)
def test_carets_stand_below_the_place(line: str) -> None:
    start = line.index("NAME")

    assert marked(line, start, start + 4) == "NAME"


def test_wide_characters_get_two_carets_and_escapes_as_many_as_they_take() -> None:
    assert excerpt("日本", 0, 2) == ("日本", "^^^^")
    assert excerpt("a\x1bb", 1, 2) == (r"a\x1bb", " ^^^^")


def test_a_tab_is_shown_as_spaces_up_to_the_next_stop() -> None:
    assert excerpt("a\tb", 2, 3) == ("a   b", "    ^")


@pytest.mark.parametrize(("start", "end"), [(3, 3), (50, 60), (-2, 0), (2, 1)])
def test_a_place_without_extent_or_outside_of_the_line_gets_one_caret(start: int, end: int) -> None:
    assert excerpt("abc", start, end)[1].strip() == "^"


@pytest.mark.parametrize("start", [0, 5, 150, 500, 988, 995])
def test_a_long_line_is_shown_around_the_place(start: int) -> None:
    line = "".join(f"{number:05}" for number in range(200))

    text, carets = excerpt(line, start, start + 5)

    assert len(text) <= MAX_WIDTH
    assert text.startswith("...") == (start > 100)
    assert text.endswith("...") == (start < 900)
    assert text[len(carets) - 5 : len(carets)] == line[start : start + 5]


def test_a_long_place_is_shown_from_its_beginning() -> None:
    text, carets = excerpt("x = " + "a" * 10_000, 4, 10_004)

    assert text.startswith("x = aaa")
    assert len(carets) <= len(text) <= MAX_WIDTH


@given(texts.map(lambda text: text * 9), st.integers(0, 120), st.integers(0, 120))
def test_any_excerpt_is_bounded_and_without_control_characters(line: str, start: int, length: int) -> None:
    text, carets = excerpt(line, start, start + length)

    assert cells(text) <= MAX_WIDTH
    assert len(carets) <= MAX_WIDTH
    assert set(carets) <= {" ", "^"}
    assert carets.strip()
    assert not {unicodedata.category(character) for character in text} & {"Cc", "Cs", "Zl", "Zp"}
