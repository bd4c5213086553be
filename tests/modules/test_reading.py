import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.modules import ast_maker
from reviewer.modules.module import Module, StoredModule
from reviewer.modules.nesting import bracket_depth, longest_line
from reviewer.modules.reading import (
    SAFE_LENGTH,
    ReadProblem,
    RefusedSyntax,
    read_content,
    read_module,
    read_newer_syntax,
)
from reviewer.modules.tree import Tree

NESTED_QUOTES = 'x = f"{d["key"]}"\n'  # Python 3.12
EXCEPT_WITHOUT_BRACKETS = "try:\n    pass\nexcept KeyError, ValueError:\n    pass\n"  # Python 3.14


def module(stored: object) -> Module:
    assert isinstance(stored, StoredModule), stored
    return Module("a.py", "a", stored, is_package=False, is_test=False)


def test_gives_tree_and_index_of_a_program() -> None:
    read = module(read_module("import os\n\ndef handler():\n    return os.getcwd()\n"))

    assert [declaration.qualname for declaration in read.index.declarations] == ["", "handler"]
    assert [type(statement).__name__ for statement in read.tree.body] == ["Import", "Function"]


def test_an_empty_program_is_a_program() -> None:
    assert module(read_module("")).tree.body == ()


def test_notes_whether_comments_may_address_the_tool() -> None:
    assert module(read_module("x = 1  # reviewer: ignore[rule]\n")).has_comment_directives
    assert not module(read_module("x = 1  # for the reviewer\n")).has_comment_directives


def test_a_syntax_error_has_the_words_and_the_line_of_python() -> None:
    with pytest.raises(SyntaxError) as refused:
        compile("x = 1\ndef f(:\n", "a.py", "exec")

    problem = read_module("x = 1\ndef f(:\n")

    assert isinstance(problem, ReadProblem)
    assert (problem.kind, problem.line) == ("syntax-error", 2)
    assert refused.value.msg in problem.message


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"x = '\xff'\n", "undecodable"),
        (b"x = 1\0\n", "nul-bytes"),
        (b"# coding: utf-7\nx = 1\n", "undecodable"),
        (b"\xff\xfex\0", "undecodable"),
        (b"x = " + b"9" * 5000, "syntax-error"),
        (b"def", "syntax-error"),
        (b"'''", "syntax-error"),
        (b"\\", "syntax-error"),
        (b"\xe2\x80\xa8x = (", "syntax-error"),
    ],
)
def test_bytes_that_are_no_program_are_a_problem(content: bytes, kind: str) -> None:
    problem = read_content(content)

    assert isinstance(problem, ReadProblem)
    assert problem.kind == kind
    assert problem.message.endswith(".")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_change_what_is_read(end: str) -> None:
    lines = ["x = 'é'; y = 1", "def f():", "    return '''a", "b'''", ""]

    assert read_content(end.join(lines).encode()) == read_content("\n".join(lines).encode())


DEEP = {
    "sum": "a" + "+a" * 20_000,
    "attributes": "a" + ".a" * 20_000,
    "calls": "a" + "()" * 20_000,
    "subscripts": "a" + "[0]" * 15_000,
    "elif": "if a:\n pass\n" + "elif a:\n pass\n" * 3_000,
    "not": "not " * 10_000 + "a",
    "minus": "-" * 40_000 + "a",
    "lambdas": "lambda:" * 5_000 + "a",
    "powers": "a" + "**a" * 15_000,
    "conditions": "a if a else " * 4_000 + "a",
    "functions": "".join(" " * level + "def f():\n" for level in range(90)) + " " * 90 + "x = " + "-" * 300 + "1",
}


@pytest.mark.parametrize("shape", DEEP)
def test_what_nests_too_deep_is_told_in_the_same_words_however_it_was_found(shape: str) -> None:
    assert len(DEEP[shape]) <= SAFE_LENGTH

    assert read_module(DEEP[shape]) == ReadProblem("too-deep", "The program nests deeper than 300 levels.")


@pytest.mark.parametrize("opening", ["(", "[", "{", "f(", "(a, ", "f'{", "lambda a=("])
@pytest.mark.parametrize("count", [150, 210, 10_000])
def test_open_brackets_are_a_problem_at_any_depth(opening: str, count: int) -> None:
    problem = read_module(opening * count)

    assert isinstance(problem, ReadProblem)
    assert problem.kind in ("syntax-error", "too-deep")


def test_what_is_long_but_flat_is_read() -> None:
    text = "x = [" + "1, " * 10_000 + "]\n" + "y = 1; " * 2_000 + "\n" + "a = " + "'b' " * 1_000

    assert len(module(read_module(text)).tree.body) == 2_002


@pytest.mark.parametrize(
    ("below_the_limit", "above_it"),
    [
        ("x = " + "-" * 298 + "1", "x = " + "-" * 299 + "1"),
        ("x" + ".a" * 298, "x" + ".a" * 299),
        ("lambda a=" * 149 + "1" + ": 1" * 149, "lambda a=" * 150 + "1" + ": 1" * 150),
    ],
    ids=["operators", "attributes", "lambdas"],
)
def test_trees_are_read_up_to_the_limit_of_depth(below_the_limit: str, above_it: str) -> None:
    module(read_module(below_the_limit))
    assert isinstance(read_module(above_it), ReadProblem)


@pytest.fixture
def limits_while_reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The recursion limits that were in force while trees were made."""
    seen: list[int] = []
    original = ast_maker.make_tree

    def make_tree(text: str) -> Tree:
        seen.append(sys.getrecursionlimit())
        return original(text)

    monkeypatch.setattr(ast_maker, "make_tree", make_tree)
    before = sys.getrecursionlimit()
    yield seen
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("text", ["x = 1", DEEP["sum"], "("])
def test_the_recursion_limit_is_higher_while_reading_only(limits_while_reading: list[int], text: str) -> None:
    sys.setrecursionlimit(1_500)

    read_module(text)

    assert limits_while_reading[0] > 1_500
    assert sys.getrecursionlimit() == 1_500


def test_a_recursion_limit_is_never_lowered(limits_while_reading: list[int]) -> None:
    sys.setrecursionlimit(50_000)

    read_module("x = 1")

    assert limits_while_reading == [50_000]


def test_warnings_of_the_parser_are_not_shown(recwarn: pytest.WarningsRecorder) -> None:
    module(read_module("x = '\\d' is 1\n1()\n1or 0\n"))

    assert not recwarn.list


def test_a_failing_parser_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise SystemError("unexpected")

    monkeypatch.setattr("reviewer.modules.ast_maker.make_tree", fail)

    problem = read_module("x = 1")

    assert isinstance(problem, ReadProblem)
    assert problem.kind == "too-complex"


class TestNewerSyntax:
    @pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python reads it by itself")
    def test_a_small_flat_program_may_be_newer_than_python(self) -> None:
        assert isinstance(read_module(EXCEPT_WITHOUT_BRACKETS), RefusedSyntax)

    @pytest.mark.parametrize(
        "text",
        [
            "print 'hello'\n",
            "if x:\npass\n",
            "x = (\n" + "# " + "x" * 30_000,
            "(" * 61 + "x" + ")" * 61 + " = =",
            "x = =\n" * 250_000,
        ],
        ids=["python-2", "indentation", "long line", "brackets", "long"],
    )
    def test_what_is_hopeless_or_dangerous_may_not(self, text: str) -> None:
        assert type(read_module(text)) is ReadProblem

    def test_libcst_gives_the_tree_that_python_would(self) -> None:
        stored = module(read_newer_syntax(EXCEPT_WITHOUT_BRACKETS.encode()))
        with_brackets = module(
            read_module(EXCEPT_WITHOUT_BRACKETS.replace("KeyError, ValueError", "(KeyError, ValueError)"))
        )

        assert stored.index == with_brackets.index
        assert stored.tree.body[0].handlers[0].exception.items[1].id == "ValueError"  # type: ignore[union-attr]

    def test_none_if_libcst_refuses_it_too(self) -> None:
        assert read_newer_syntax(b"x = = 1\n") is None

    def test_too_deep_for_libcst_is_too_deep(self) -> None:
        assert read_newer_syntax(b"x = " + b"-" * 400 + b"1\n") == ReadProblem(
            "too-deep", "The program nests deeper than 300 levels."
        )


class TestNesting:
    @pytest.mark.parametrize(
        ("text", "depth"),
        [
            ("", 0),
            ("f(a, [b], {c: (d)})", 3),
            ("'((((' \"[[[\" # (((\n(a)", 1),
            ("'''((\n((''' + (a)", 1),
            ("'\\'(((' (a)", 1),
            ('"""\\"""((("""', 0),
            ("'(((\n[", 1),
            (")))((", 0),
            ("'''(((", 0),
            ("#(((", 0),
        ],
    )
    def test_brackets_count_outside_of_strings_and_comments(self, text: str, depth: int) -> None:
        assert bracket_depth(text) == depth

    @pytest.mark.parametrize(
        "text", ["(" * 300_000, '"' * 300_001, "'''\\" * 100_000, '"\\' * 150_000, "#'(\n" * 100_000]
    )
    def test_no_text_takes_long(self, text: str) -> None:
        assert bracket_depth(text) <= 300_000

    def test_longest_line(self) -> None:
        assert longest_line("a\nbcd\n\n") == 3
        assert longest_line("") == 0


def test_the_files_of_this_package_are_read() -> None:
    for file in (Path(__file__).parents[2] / "reviewer" / "modules").glob("*.py"):
        module(read_content(file.read_bytes()))
