from __future__ import annotations

import textwrap

import pytest

from reviewer.syntax.comments import NotUnderstood, read_comments
from reviewer.syntax.directives import Directive


def read(program: str) -> tuple[Directive, ...]:
    return read_comments(textwrap.dedent(program).lstrip("\n"))


def covered(program: str) -> list[tuple[int, int]]:
    return [(directive.first_line, directive.last_line) for directive in read(program)]


def one(comment: str) -> Directive:
    (directive,) = read(f"x = 1  {comment}\n")
    return directive


def test_a_comment_names_rules_and_a_reason() -> None:
    directive = one("# reviewer: ignore[missing-auth, sql] -- internal (see #12)")

    assert [named.name for named in directive.names] == ["missing-auth", "sql"]
    assert directive.reason == "internal (see #12)"
    assert not directive.is_file_wide
    assert not directive.problem


def test_columns_are_those_of_the_comment_and_its_names() -> None:
    line = "é = 1  # reviewer: ignore[missing-auth,  sql] -- é"
    (directive,) = read(line + "\n")

    assert line[directive.column : directive.end_column] == "# reviewer: ignore[missing-auth,  sql] -- é"
    assert [line[named.column : named.end_column] for named in directive.names] == ["missing-auth", "sql"]


def test_comments_of_other_tools_share_the_line() -> None:
    directive = one("# noqa: E501  # reviewer: ignore[sql] -- because  # type: ignore")

    assert directive.reason == "because"
    assert not directive.problem


def test_two_suppressions_may_share_a_comment() -> None:
    first, second = read("x = 1  # reviewer: ignore[a] -- one # reviewer: ignore[b] -- two\n")

    assert (first.reason, second.reason) == ("one", "two")
    assert [named.name for named in second.names] == ["b"]


@pytest.mark.parametrize(
    "comment",
    [
        "# reviewer: ignore",
        "# reviewer: ignore -- reason",
        "# reviewer: ignore[]",
        "# reviewer: ignore[ , ]",
        "# reviewer: ignore[all]",
        "# reviewer: ignore[sql",
        "# reviewer: ignore[sql] reason",
        "# reviewer: ignroe[sql]",
        "# reviewer: Ignore[sql]",
        "# reviewer: ignore_file[sql]",
        "# reviewer: disable[sql]",
        "# reviewer: noqa",
        "# reviewer: [sql]",
    ],
)
def test_a_malformed_comment_has_a_problem_and_covers_nothing(comment: str) -> None:
    directive = one(comment)

    assert directive.problem.endswith(".")
    assert directive.hint
    assert not directive.covers(1)


def test_a_misspelt_word_is_mended_in_the_hint() -> None:
    assert "`ignore-file[rule]" in one("# reviewer: ignore-fiel[sql]").hint


@pytest.mark.parametrize(
    "comment", ["# reviewer: please look here", "# the reviewer: Anna", "# reviewer: x", "# reviewer:"]
)
def test_comments_for_people_are_no_suppressions(comment: str) -> None:
    assert read(f"x = 1  {comment}\n") == ()


def test_strings_are_no_comments() -> None:
    assert (
        read('''
        """Write `# reviewer: ignore[sql]` here."""
        x = ("a"  # reviewer: ignore[real]
             "# reviewer: ignore[sql]" f"{1}# reviewer: ignore[sql]")
        ''')[0]
        .names[0]
        .name
        == "real"
    )


def test_a_comment_on_any_line_of_a_statement_covers_the_statement() -> None:
    assert covered("""
        before = 1
        call(
            1,  # reviewer: ignore[a]
            # reviewer: ignore[b]
            2,
        )  # reviewer: ignore[c]
        after = 1
        """) == [(2, 6), (2, 6), (2, 6)]


def test_a_comment_in_a_header_covers_decorators_to_colon_and_not_the_body() -> None:
    assert covered("""
        @decorator  # reviewer: ignore[a]
        # reviewer: ignore[b]
        @other(
            1,
        )
        async def endpoint(  # reviewer: ignore[c]
            argument,  # reviewer: ignore[d]
        ) -> None:  # reviewer: ignore[e]
            x = 1  # reviewer: ignore[f]
        """) == [(1, 8)] * 5 + [(9, 9)]


@pytest.mark.parametrize(
    ("program", "extent"),
    [
        ("class A(  # reviewer: ignore[a]\n    B,\n):\n    pass\n", (1, 3)),
        ("if x:  # reviewer: ignore[a]\n    pass\n", (1, 1)),
        ("if x:\n    pass\nelif (\n    y\n):  # reviewer: ignore[a]\n    pass\n", (3, 5)),
        ("if x:\n    pass\nelse:  # reviewer: ignore[a]\n    pass\n", (3, 3)),
        ("for x in (\n    y\n):  # reviewer: ignore[a]\n    pass\n", (1, 3)),
        ("while x:  # reviewer: ignore[a]\n    pass\nelse:\n    pass\n", (1, 1)),
        ("with (\n    a as b,  # reviewer: ignore[a]\n):\n    pass\n", (1, 3)),
        ("try:  # reviewer: ignore[a]\n    pass\nexcept A:\n    pass\n", (1, 1)),
        ("try:\n    pass\nexcept A:  # reviewer: ignore[a]\n    pass\nfinally:\n    pass\n", (3, 3)),
        ("try:\n    pass\nexcept* A:  # reviewer: ignore[a]\n    pass\n", (3, 3)),
        ("try:\n    pass\nfinally:  # reviewer: ignore[a]\n    pass\n", (3, 3)),
        ("match x:  # reviewer: ignore[a]\n    case 1:\n        pass\n", (1, 1)),
        ("match x:\n    case (\n        1\n    ):  # reviewer: ignore[a]\n        pass\n", (2, 4)),
        ("if x: return_value(); y = (\n    1)  # reviewer: ignore[a]\n", (1, 2)),
        ("type X[T] = (  # reviewer: ignore[a]\n    T\n)\n", (1, 3)),
        ("def f():\n    def g():\n        x = (\n            1  # reviewer: ignore[a]\n        )\n", (3, 5)),
    ],
)
def test_every_kind_of_statement_has_its_lines(program: str, extent: tuple[int, int]) -> None:
    assert covered(program) == [extent]


def test_a_comment_alone_on_a_line_covers_the_statement_below() -> None:
    assert covered("""
        # reviewer: ignore[a] -- reason
        # more words
        @decorator
        def endpoint():
            # reviewer: ignore[b]
            x = (
                1
            )
        """) == [(1, 4), (5, 8)]


def test_a_comment_apart_from_the_statement_covers_its_own_line() -> None:
    assert covered("""
        # reviewer: ignore[blank-line-below]

        def endpoint():
            x = 1
            # reviewer: ignore[end-of-block]
        y = 1
        # reviewer: ignore[end-of-file]
        """) == [(1, 1), (5, 5), (7, 7)]


def test_a_comment_above_a_clause_covers_its_header() -> None:
    assert covered("if x:\n    pass\n# reviewer: ignore[a]\nelse:\n    pass\n") == [(3, 4)]


def test_a_file_comment_covers_every_line() -> None:
    (directive,) = read("x = 1\n# reviewer: ignore-file[sql] -- generated\n")

    assert directive.is_file_wide
    assert directive.covers(1)
    assert directive.covers(1_000)


def test_a_program_that_libcst_cannot_parse_or_give_back_is_not_understood() -> None:
    for program in ("x = = 1\n", "a=1\rb=2\r"):
        with pytest.raises(NotUnderstood):
            read_comments(program)
