from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from reviewer.filters.fingerprints import flagged_text, with_fingerprints
from reviewer.rule import Finding, Place, Severity

PROGRAM = """\
@router.get("/a")
def endpoint(user):
    session.execute(text, user)
    session.execute(text, user)
    return session.execute(
        text,  # a comment
        user,
    )
"""


def fingerprints(program: str, *findings: Finding) -> list[str]:
    lines = program.split("\n")

    def line_of(path: str, number: int) -> str:
        return lines[number - 1] if number <= len(lines) else ""

    return [finding.fingerprint for finding in with_fingerprints(findings, line_of)]


def at(
    place: tuple[int, int, int, int], rule: str = "raw-sql", symbol: str = "app:endpoint", path: str = "a.py"
) -> Finding:
    return Finding(rule, "Wrong.", Place(path, *place), Severity.WARNING, symbol=symbol)


FIRST, SECOND, THIRD = (3, 4, 3, 31), (4, 4, 4, 31), (5, 11, 8, 5)


def test_a_fingerprint_is_32_hexadecimal_digits() -> None:
    (fingerprint,) = fingerprints(PROGRAM, at(FIRST))

    assert re.fullmatch("[0-9a-f]{32}", fingerprint)


def test_equal_findings_are_told_apart_by_their_order_in_the_file() -> None:
    forward = fingerprints(PROGRAM, at(FIRST), at(SECOND))

    assert forward[0] != forward[1]
    assert fingerprints(PROGRAM, at(SECOND), at(FIRST)) == forward[::-1]


def test_rule_declaration_and_text_make_a_difference() -> None:
    found = fingerprints(
        PROGRAM, at(FIRST), at(FIRST, rule="other"), at(FIRST, symbol="app:other"), at((3, 4, 3, 11)), at((2, 0, 8, 5))
    )

    assert len(set(found)) == 5


def test_a_declaration_names_the_place_and_the_path_does_not_count() -> None:
    assert fingerprints(PROGRAM, at(FIRST)) == fingerprints(PROGRAM, at(FIRST, path="moved/a.py"))


def test_the_path_does_not_count_without_a_declaration_either() -> None:
    assert fingerprints(PROGRAM, at(FIRST, symbol="")) == fingerprints(PROGRAM, at(FIRST, symbol="", path="b.py"))


def test_the_module_of_a_declaration_does_not_count() -> None:
    assert fingerprints(PROGRAM, at(FIRST)) == fingerprints(PROGRAM, at(FIRST, symbol="moved.app:endpoint"))
    assert fingerprints(PROGRAM, at(FIRST, symbol="app")) == fingerprints(PROGRAM, at(FIRST, symbol="moved.app"))


def test_layout_comments_and_last_commas_do_not_count() -> None:
    together = "    return session.execute( text, user)\n"

    assert fingerprints(PROGRAM, at(THIRD)) == fingerprints(together, at((1, 11, 1, 39)))


def test_the_body_and_parameters_of_a_flagged_declaration_do_not_count() -> None:
    other = "async  def endpoint(a, b):\n    pass\n"

    assert (
        flagged_text(Place("", 1, 0, 2, 8), lambda path, number: other.split("\n")[number - 1]) == "async def endpoint"
    )
    assert fingerprints(PROGRAM, at((2, 0, 8, 5))) == fingerprints(PROGRAM.replace("user", "person"), at((2, 0, 8, 5)))


def test_a_block_is_known_by_its_first_line() -> None:
    loop = "for x in y:  # loop\n    a\n"
    changed = "for  x in y:\n    b\n    c\n"

    assert fingerprints(loop, at((1, 0, 2, 5))) == fingerprints(changed, at((1, 0, 3, 5)))


def test_a_place_without_text_has_a_fingerprint() -> None:
    assert fingerprints("", at((99, 4, 120, 2)))[0]


def test_other_fields_and_the_order_stay() -> None:
    findings = [at(SECOND), at(FIRST)]

    assert [one.place for one in with_fingerprints(findings, lambda path, line: "")] == [one.place for one in findings]


@given(st.integers(0, 8), st.integers(1, 5))
def test_blank_lines_elsewhere_do_not_count(behind: int, count: int) -> None:
    before = fingerprints(PROGRAM, at(FIRST), at(SECOND), at((2, 0, 8, 5)))
    lines = PROGRAM.split("\n")
    moved = "\n".join(lines[:behind] + [""] * count + lines[behind:])

    def shifted(place: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        line, column, end_line, end_column = place
        return (
            line + count * (line > behind),
            column,
            end_line + count * (end_line > behind),
            end_column,
        )

    assert fingerprints(moved, at(shifted(FIRST)), at(shifted(SECOND)), at(shifted((2, 0, 8, 5)))) == before


@given(st.permutations([at(FIRST), at(SECOND), at(THIRD), at(FIRST, rule="other"), at(FIRST, symbol="")]))
def test_the_order_of_findings_does_not_count(findings: list[Finding]) -> None:
    usual = [at(FIRST), at(SECOND), at(THIRD), at(FIRST, rule="other"), at(FIRST, symbol="")]
    expected = dict(zip(usual, fingerprints(PROGRAM, *usual), strict=True))

    assert fingerprints(PROGRAM, *findings) == [expected[one] for one in findings]
    assert len(set(expected.values())) == len(usual)
