"""What the libcst maker reads that the running Python may not, and how it refuses what it cannot read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reviewer.modules import tree
from reviewer.modules.libcst_maker import make_tree
from reviewer.modules.normal_form import SourceTooDeep


def only_statement(source: str) -> tree.Statement:
    (statement,) = make_tree(source).body
    return statement


@contextmanager
def recursion_limit(limit: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def test_exceptions_without_brackets_are_a_tuple() -> None:
    statement = only_statement("try: pass\nexcept A, B: pass\n")
    assert isinstance(statement, tree.Try)
    assert statement.handlers[0].exception == tree.Tuple(
        2, 7, 2, 11, (tree.Name(2, 7, 2, 8, "A"), tree.Name(2, 10, 2, 11, "B"))
    )


def test_type_alias_has_its_parameters() -> None:
    assert only_statement("type X[T: int, *Ts, **P] = T") == tree.TypeAlias(
        1,
        0,
        1,
        28,
        "X",
        (
            tree.TypeParameter(1, 7, 1, 13, "T", "type", tree.Name(1, 10, 1, 13, "int"), None),
            tree.TypeParameter(1, 15, 1, 18, "Ts", "variadic", None, None),
            tree.TypeParameter(1, 20, 1, 23, "P", "parameters", None, None),
        ),
        tree.Name(1, 27, 1, 28, "T"),
    )


def test_starred_default_of_a_type_parameter_is_starred() -> None:
    statement = only_statement("class A[*Ts = *x]: pass")
    assert isinstance(statement, tree.Class)
    assert statement.type_parameters == (
        tree.TypeParameter(
            1, 8, 1, 16, "Ts", "variadic", None, tree.Starred(1, 14, 1, 16, tree.Name(1, 15, 1, 16, "x"))
        ),
    )


def test_template_string_is_formatted_text_marked_as_template() -> None:
    statement = only_statement("t'a{x!r:>{y}}{z=}'")
    assert isinstance(statement, tree.ExpressionStatement)
    place = (1, 0, 1, 18)
    assert statement.value == tree.FormattedText(
        *place,
        (
            tree.Text(*place, "a"),
            tree.Replacement(
                *place,
                tree.Name(*place, "x"),
                "r",
                (tree.Text(*place, ">"), tree.Replacement(*place, tree.Name(*place, "y"), "", ())),
            ),
            tree.Text(*place, "z="),
            tree.Replacement(*place, tree.Name(*place, "z"), "r", ()),
        ),
        True,
    )


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (r"rf'{x:\n}'", "\\n"),
        (r"f'{x:\n}'", "\n"),
    ],
)
def test_format_of_a_raw_string_is_raw(source: str, value: str) -> None:
    place = (1, 0, 1, len(source))
    assert only_statement(source) == tree.ExpressionStatement(
        *place,
        tree.FormattedText(
            *place, (tree.Replacement(*place, tree.Name(*place, "x"), "", (tree.Text(*place, value),)),), False
        ),
    )


def test_hash_sign_in_a_quoted_part_of_a_formatted_string_is_no_comment() -> None:
    statement = only_statement("f'{\"#\"=}'")
    assert isinstance(statement, tree.ExpressionStatement)
    assert isinstance(statement.value, tree.FormattedText)
    assert statement.value.parts[0] == tree.Text(1, 0, 1, 9, '"#"=')


@pytest.mark.parametrize(
    ("source", "kind"),
    [("[*x for x in y]", "list"), ("{*x for x in y}", "set"), ("{**x for x in y}", "dictionary")],
)
def test_unpacking_comprehensions_are_read(source: str, kind: str) -> None:
    try:
        statement = only_statement(source)
    except SyntaxError:
        pytest.skip("this libcst is older than the syntax")
    assert isinstance(statement, tree.ExpressionStatement)
    assert isinstance(statement.value, tree.Comprehension)
    assert (statement.value.kind, statement.value.value) == (kind, None)


def test_white_space_that_libcst_forgets_moves_nothing() -> None:
    statement = only_statement("try: pass\nexcept A  : b\n")
    assert isinstance(statement, tree.Try)
    assert statement.handlers[0].body == (tree.ExpressionStatement(2, 12, 2, 13, tree.Name(2, 12, 2, 13, "b")),)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\ny = = 2\n", 2),
        ("x = (1,\n", 1),
        ("def f(:\n  pass\n", 1),
    ],
)
def test_a_program_that_is_no_python_is_refused_with_its_line(source: str, line: int) -> None:
    with pytest.raises(SyntaxError) as refused:
        make_tree(source)
    assert refused.value.lineno is not None
    assert refused.value.lineno >= line
    assert refused.value.msg


@pytest.mark.parametrize(
    "source",
    [
        r"'\x'",
        r"'\N{NO SUCH CHARACTER}'",
        r"f'\N{NO SUCH CHARACTER}'",
        "b'é'",
        "'a' b'b'",
        "f'a' b'b'",
        "x = \0",
        "x = '\ud800'",
        "t'a' t'b",
    ],
)
def test_literals_that_python_refuses_are_refused(source: str) -> None:
    with pytest.raises(SyntaxError):
        make_tree(source)


def test_a_program_that_nests_too_deep_is_told_from_a_broken_one() -> None:
    with recursion_limit(500), pytest.raises(SourceTooDeep):
        make_tree("a" + ".a" * 400)
