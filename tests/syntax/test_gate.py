from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.syntax.gate import MAX_BRACKET_DEPTH, MAX_LINE_LENGTH, MAX_TREE_DEPTH, why_refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 1\n" * 200_000, "bytes"),
        (f"x = '{'é' * (MAX_LINE_LENGTH)}'\n", "line"),
        ("x = " + "(" * (MAX_BRACKET_DEPTH + 1) + ")" * (MAX_BRACKET_DEPTH + 1), "Brackets"),
        ("x = " + "a." * MAX_TREE_DEPTH + "b\n", "nests deeper"),
        ("x = " + "- " * 9_000 + "1\n", "deeper"),
        ("f(a, 1)\n" * 40_000, "nodes"),
        ("x = 1\x00\n", ""),
    ],
    ids=["size", "line", "brackets", "depth", "operators", "nodes", "nul"],
)
def test_what_libcst_may_break_on_is_refused(text: str, reason: str) -> None:
    if "\x00" in text:  # A SyntaxError or a ValueError, as Python's version wants: libcst refuses it by itself.
        why_refused(text)
        return
    refusal = why_refused(text)

    assert refusal.endswith(".")
    assert reason in refusal or "complex" in refusal


@pytest.mark.parametrize(
    "text", ["", "x = 1\n", "type X[T] = list[T]\n", "except A, B:\n", "x = '" + "(" * 500 + "'\n"]
)
def test_ordinary_and_newer_programs_pass(text: str) -> None:
    assert why_refused(text) == ""


@given(st.text(alphabet="()[]{}'\"#\\\n ab", max_size=60))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    assert isinstance(why_refused(text), str)
