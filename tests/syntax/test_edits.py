from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reviewer.decoding import decode
from reviewer.rule import AddImport, AddKeyword, Edit, Place, RemoveKeyword, ReplaceText
from reviewer.syntax.rewriting import rewrite


def place_of(program: str, text: str, number: int = 0) -> Place:
    """The place of the expression or statement whose source is some text."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, (ast.expr, ast.stmt)) and ast.get_source_segment(program, node) == text:
            if number == 0:
                lines = program.split("\n")

                def column(line: int, offset: int, lines: list[str] = lines) -> int:
                    return len(lines[line - 1].encode()[:offset].decode())

                assert node.end_lineno is not None
                assert node.end_col_offset is not None
                return Place(
                    "a.py",
                    node.lineno,
                    column(node.lineno, node.col_offset),
                    node.end_lineno,
                    column(node.end_lineno, node.end_col_offset),
                )
            number -= 1
    raise AssertionError(f"no {text!r}")


def first_call(program: str) -> Place:
    calls = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Call)]
    call = min(calls, key=lambda node: (node.lineno, node.col_offset))
    segment = ast.get_source_segment(program, call)
    assert segment is not None
    return place_of(program, segment)


def edited(program: str, *edits: Edit) -> str:
    content, refusals = rewrite(program.encode(), [edits])
    assert refusals == ("",)
    return content.decode()


def refusal(program: str | bytes, *edits: Edit) -> str:
    content = program if isinstance(program, bytes) else program.encode()
    unchanged, refusals = rewrite(content, [edits])
    assert unchanged == content
    assert refusals[0].endswith(".")
    return refusals[0]


def added(program: str, *names: str) -> str:
    call = first_call(program)
    return edited(program, *(AddKeyword(call, name, "1") for name in names))


def removed(program: str, *names: str) -> str:
    call = first_call(program)
    return edited(program, *(RemoveKeyword(call, name) for name in names))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()\n", "f(k=1)\n"),
        ("f( )\n", "f(k=1)\n"),
        ("f(a)\n", "f(a, k=1)\n"),
        ("f(a, )\n", "f(a, k=1, )\n"),
        ("f(a, *b)\n", "f(a, *b, k=1)\n"),
        ("f((a))\n", "f((a), k=1)\n"),
        ("f(x for x in y)\n", "f((x for x in y), k=1)\n"),
        ("f((x for x in y))\n", "f((x for x in y), k=1)\n"),
        ("(f)(g(a)(b))\n", "(f)(g(a)(b), k=1)\n"),
        ("f(\n    a,\n    b,\n)\n", "f(\n    a,\n    b,\n    k=1,\n)\n"),
        ("f(\n    a,\n    b  # last\n)\n", "f(\n    a,\n    b,  # last\n    k=1\n)\n"),
        ("f(\n    a,  # a\n    b,  # b\n    # end\n)\n", "f(\n    a,  # a\n    b,  # b\n    # end\n    k=1,\n)\n"),
        ("f(a,\n  b)\n", "f(a,\n  b, k=1)\n"),
        ("f(\n\ta\n)\n", "f(\n\ta,\n\tk=1\n)\n"),
        ("def g():\n\treturn f(\n\t\ta,\n\t)\n", "def g():\n\treturn f(\n\t\ta,\n\t\tk=1,\n\t)\n"),
        ("if x:\n    f(\n        # nothing\n    )\n", "if x:\n    f(\n        # nothing\n        k=1,\n    )\n"),
        ("f(a, k=1)\n", "f(a, k=1)\n"),
        ("@app.get('/x')  # why\ndef f(): ...\n", "@app.get('/x', k=1)  # why\ndef f(): ...\n"),
        ("é = f('é', (\n))\n", "é = f('é', (\n), k=1)\n"),
        ("f(\r\n    a,\r\n)\r\n", "f(\r\n    a,\r\n    k=1,\r\n)\r\n"),
    ],
)
def test_a_keyword_is_added_in_the_layout_of_the_call(before: str, after: str) -> None:
    assert added(before.replace("\r\n", "\n"), "k") == after.replace("\r\n", "\n")
    assert decode(added(before, "k").encode()) == after.replace("\r\n", "\n")


def test_several_keywords_are_added_in_order() -> None:
    assert added("f(\n    a,\n)\n", "k", "m") == "f(\n    a,\n    k=1,\n    m=1,\n)\n"
    assert added("f()\n", "k", "m") == "f(k=1, m=1)\n"


def test_a_keyword_that_may_be_there_is_not_added() -> None:
    assert "already" in refusal("f(k=2)\n", AddKeyword(first_call("f(k=2)\n"), "k", "1"))
    assert "mapping" in refusal("f(**k)\n", AddKeyword(first_call("f(**k)\n"), "k", "1"))


@pytest.mark.parametrize(("name", "value"), [("k", "1 +"), ("k", "1, m=2"), ("k", "1 # x"), ("a b", "1"), ("k", "1\n")])
def test_what_is_no_single_keyword_is_refused(name: str, value: str) -> None:
    refusal("f()\n", AddKeyword(first_call("f()\n"), name, value))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(k=1)\n", "f()\n"),
        ("f(k=1, )\n", "f()\n"),
        ("f(a, k=1)\n", "f(a)\n"),
        ("f(a, k=1, )\n", "f(a, )\n"),
        ("f(k=1, b=2)\n", "f(b=2)\n"),
        ("f(a, k=1, b=2)\n", "f(a, b=2)\n"),
        ("f(\n    a,  # a\n    k=1,  # k\n    b=2,  # b\n)\n", "f(\n    a,  # a\n    b=2,  # b\n)\n"),
        ("f(\n    a,  # a\n    k=1  # k\n)\n", "f(\n    a,  # a\n)\n"),
        ("f(\n    a,\n    k=g(\n        1,\n    ),\n)\n", "f(\n    a,\n)\n"),
        ("f(a,  # a\n  k=1)\n", "f(a,  # a\n  )\n"),
        ("f(\n    a, k=1, b=2,\n)\n", "f(\n    a, b=2,\n)\n"),
    ],
)
def test_a_keyword_is_removed_with_its_line_and_no_other_comment(before: str, after: str) -> None:
    assert removed(before, "k") == after


def test_several_keywords_are_removed_at_once() -> None:
    assert removed("f(a, k=1, b=2, m=3)\n", "k", "m") == "f(a, b=2)\n"
    assert removed("f(a, k=1, m=3)\n", "k", "m") == "f(a)\n"
    assert removed("f(k=1, m=3)\n", "k", "m") == "f()\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(k=2)\n", "f(k=1)\n"),
        ("f(a, k=2)\n", "f(a, k=1)\n"),
        ("f(k=2, a=3)\n", "f(a=3, k=1)\n"),
        ("f(\n    a,\n    k=2  # why\n)\n", "f(\n    a,\n    k=1,\n)\n"),
        ("f(\n    'a', k=2\n)\n", "f(\n    'a', k=1\n)\n"),
    ],
)
def test_a_keyword_is_removed_and_added_in_one_fix(before: str, after: str) -> None:
    call = first_call(before)

    assert edited(before, RemoveKeyword(call, "k"), AddKeyword(call, "k", "1")) == after


def test_a_call_that_is_not_exactly_at_the_place_is_left_alone() -> None:
    assert "no such call" in refusal("f(a)\n", AddKeyword(Place("a.py", 1, 0, 1, 3), "k", "1"))
    assert "no such call" in refusal("f(a)\n", AddKeyword(Place("a.py", 9, 0, 9, 3), "k", "1"))
    assert "not there" in refusal("f(a)\n", RemoveKeyword(first_call("f(a)\n"), "k"))


def test_a_call_within_a_formatted_string_has_no_place_of_its_own() -> None:
    program = 'x = f"{g()}"\n'

    refusal(program, AddKeyword(Place("a.py", 1, 4, 1, 12), "k", "1"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "from fastapi import status\n"),
        ("x = 1\n", "from fastapi import status\n\nx = 1\n"),
        ("# licence\n\nx = 1\n", "# licence\n\nfrom fastapi import status\n\nx = 1\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nfrom fastapi import status\n'),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nfrom fastapi import status\n\nx = 1\n'),
        ("import os", "import os\nfrom fastapi import status"),
        (
            "import os; import re  # why\n\nx = 1\n",
            "import os; import re  # why\nfrom fastapi import status\n\nx = 1\n",
        ),
        ("from __future__ import annotations\n", "from __future__ import annotations\nfrom fastapi import status\n"),
        (
            "import os\n\nfrom fastapi.x import y\nimport z\n",
            "import os\n\nfrom fastapi import status\nfrom fastapi.x import y\nimport z\n",
        ),
        ("from fastapi import FastAPI\n", "from fastapi import FastAPI, status\n"),
        ("from fastapi import (FastAPI)\n", "from fastapi import (FastAPI, status)\n"),
        (
            "from fastapi import (\n    FastAPI,  # app\n)\n",
            "from fastapi import (\n    FastAPI,  # app\n    status,\n)\n",
        ),
        ("from fastapi import (\n    FastAPI as A\n)\n", "from fastapi import (\n    FastAPI as A,\n    status\n)\n"),
        ("from fastapi import status\n", "from fastapi import status\n"),
        ("from fastapi import status as status\n", "from fastapi import status as status\n"),
        ("x = 1\nfrom fastapi import status\n", "x = 1\nfrom fastapi import status\n"),
        ("from .fastapi import x\n", "from .fastapi import x\nfrom fastapi import status\n"),
        ("@a\ndef f(): ...\n", "from fastapi import status\n\n@a\ndef f(): ...\n"),
    ],
)
def test_an_import_is_added_once_beside_its_like(before: str, after: str) -> None:
    edit = AddImport("a.py", "fastapi", "status")

    assert edited(before, edit) == after
    assert edited(after, edit) == after


def test_several_imports_are_added_together() -> None:
    edits = [AddImport("a.py", module, name) for module, name in (("b", "y"), ("a.c", "x"), ("b", "x"), ("b", "y"))]

    assert edited("import os\n", *edits) == "import os\nfrom a.c import x\nfrom b import x, y\n"


@pytest.mark.parametrize(
    "program",
    ["from other import status\n", "import status\n", "status = 1\n", "def status(): ...\n", "status: int = 1\n"],
)
def test_a_name_that_means_something_else_is_not_imported(program: str) -> None:
    assert "something else" in refusal(program, AddImport("a.py", "fastapi", "status"))


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("x = a.b  # why\n", "a.b", "c", "x = c  # why\n"),
        ("return_(a)\n", "return_(a)", "g(a)", "g(a)\n"),
        ("def f():\n    return a\n", "return a", "x = a\nreturn x", "def f():\n    x = a\n    return x\n"),
        ("x = (a, b)\n", "(a, b)", "[a, b]", "x = [a, b]\n"),
        ("é = 'é', a\n", "a", "b", "é = 'é', b\n"),
        ("if a:\n    pass\n", "pass", "f()", "if a:\n    f()\n"),
    ],
)
def test_an_expression_or_statement_is_replaced(before: str, old: str, new: str, after: str) -> None:
    assert edited(before, ReplaceText(place_of(before, old), new)) == after


@pytest.mark.parametrize(
    ("before", "old", "new"),
    [
        ("x = a * b\n", "b", "c + d"),  # would bind differently
        ("x = f(a)\n", "a", "b, c"),  # would be two arguments
        ("x = a\n", "a", "b; c"),  # would be two statements
        ("x = a\n", "a", "b +"),  # would not parse
        ("x = (a, d)\n", "a", "b # c"),  # would swallow the rest
        ("x = [a,  # kept\n     b]\n", "[a,  # kept\n     b]", "c"),  # would lose a comment
    ],
)
def test_a_replacement_that_changes_more_than_its_place_is_refused(before: str, old: str, new: str) -> None:
    refusal(before, ReplaceText(place_of(before, old), new))


def test_a_replacement_that_is_no_whole_node_is_refused() -> None:
    assert refusal("x = abc\n", ReplaceText(Place("a.py", 1, 5, 1, 7), "y"))
    assert refusal("x = abc\n", ReplaceText(Place("a.py", 7, 5, 7, 7), "y"))


def test_of_two_fixes_for_the_same_text_the_first_is_made() -> None:
    program = "x = a\n"
    place = place_of(program, "a")
    content, refusals = rewrite(program.encode(), [[ReplaceText(place, "b")], [ReplaceText(place, "c")]])

    assert content == b"x = b\n"
    assert refusals == ("", "Two edits change the same text.")


def test_a_fix_within_a_replaced_call_is_refused_and_others_are_made() -> None:
    program = "x = f(a)\ny = g()\n"
    groups: list[Sequence[Edit]] = [
        [ReplaceText(place_of(program, "f(a)"), "h(a)")],
        [AddKeyword(place_of(program, "f(a)"), "k", "1")],
        [AddKeyword(place_of(program, "g()"), "k", "1")],
    ]
    content, refusals = rewrite(program.encode(), groups)

    assert content == b"x = h(a)\ny = g(k=1)\n"
    assert [bool(reason) for reason in refusals] == [False, True, False]


def test_a_wrong_fix_does_not_spoil_the_right_ones() -> None:
    program = "x = a * b\ny = f()\n"
    groups: list[Sequence[Edit]] = [
        [ReplaceText(place_of(program, "b"), "c + d"), AddKeyword(place_of(program, "f()"), "m", "1")],
        [AddKeyword(place_of(program, "f()"), "k", "1")],
    ]
    content, refusals = rewrite(program.encode(), groups)

    assert content == b"x = a * b\ny = f(k=1)\n"
    assert [bool(reason) for reason in refusals] == [True, False]


def test_two_fixes_that_disagree_about_a_keyword_are_not_both_made() -> None:
    call = first_call("f()\n")
    content, refusals = rewrite(b"f()\n", [[AddKeyword(call, "k", "1")], [AddKeyword(call, "k", "2")]])

    assert content == b"f(k=1)\n"
    assert refusals[1] == "Another fix gives this keyword another value."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbff()\n", b"\xef\xbb\xbff(k='\xc3\xa9')\n"),
        (b"# coding: latin-1\nf()  # \xe9\n", b"# coding: latin-1\nf(k='\xe9')  # \xe9\n"),
        (b"\n\tf()", b""),
        (b"if x:\r\n\tf()\r\n", b"if x:\r\n\tf(k='\xc3\xa9')\r\n"),
        (b"x = 1\r\ny = 2\nf()", b"x = 1\r\ny = 2\nf(k='\xc3\xa9')"),
    ],
    ids=["bom", "latin-1", "no-python", "crlf-tabs", "mixed"],
)
def test_encoding_mark_and_line_ends_are_kept(before: bytes, after: bytes) -> None:
    text = decode(before)
    line = text[: text.index("f()")].count("\n") + 1
    column = text.split("\n")[line - 1].index("f()")
    edit = AddKeyword(Place("a.py", line, column, line, column + 3), "k", "'é'")
    content, refusals = rewrite(before, [[edit]])

    assert content == (after or before)
    assert bool(refusals[0]) == (not after)


@pytest.mark.parametrize(
    "content",
    [
        b"f()\rf()\r",
        b"\x0cf()\n",
        b"# coding: utf-7\nf()\n",
        b"# coding: unicode_escape\nf()\n",
        b"# coding: raw_unicode_escape\nf()\n",
        b"# coding: no-such-encoding\nf()\n",
        b"f()\x00\n",
        b"f() # \xff\n",
        b"f()\nx = = 1\n",
        b"f()\nx = " + b"(" * 99 + b")" * 99,
        b"f()\nprint 'python 2'\n",
    ],
)
def test_a_file_that_cannot_be_given_back_or_parsed_stays_as_it_is(content: bytes) -> None:
    refusal(content, AddKeyword(Place("a.py", 1, 0, 1, 3), "k", "1"))
    refusal(content, AddImport("a.py", "fastapi", "status"))


def test_a_text_that_the_encoding_does_not_hold_is_refused() -> None:
    assert "encoding" in refusal(b"# coding: ascii\nf()\n", AddKeyword(Place("a.py", 2, 0, 2, 3), "k", "'\u20ac'"))


ARGUMENTS = st.lists(st.sampled_from(["1", "*a", "(b)", "[c, d]", "'#,)'", "lambda: 0", "f(1)"]), max_size=3)
KEYWORDS = st.lists(st.sampled_from(["m", "n", "o"]), unique=True, max_size=3)
SPACES = st.sampled_from(["", " ", "\n", "  # note, with ) and (\n    ", "\n\n  ", "\\\n"])


@st.composite
def calls(draw: st.DrawFn) -> str:
    """A call with odd white space and comments in its brackets."""
    items = draw(ARGUMENTS) + [f"{name}=0" for name in draw(KEYWORDS)]
    text = "call(" + draw(SPACES)
    for number, item in enumerate(items):
        is_last = number + 1 == len(items)
        text += item + draw(SPACES) + ("," if not is_last or draw(st.booleans()) else "") + draw(SPACES)
    return "before = '# 1'  # one\nif before:\n  x = " + text + ").tail  # two\nafter = 1\n"


def comments_of(program: str) -> list[str]:
    return [line.partition("  # ")[2] for line in program.split("\n") if "  # " in line]


@settings(max_examples=150, deadline=None)
@given(
    calls(),
    st.lists(st.sampled_from(["k", "l"]), unique=True),
    st.lists(st.sampled_from("mno"), unique=True, max_size=2),
)
def test_whatever_the_layout_exactly_the_wanted_keywords_change(program: str, new: list[str], old: list[str]) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(program)
    except SyntaxError:
        assume(False)
    call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "call")
    names = [keyword.arg for keyword in call.keywords]
    old = [name for name in old if name in names]
    place = first_call(program)
    edits: list[Edit] = [AddKeyword(place, name, "9") for name in new]
    edits += [RemoveKeyword(place, name) for name in old]
    content, refusals = rewrite(program.encode(), [edits])
    if refusals[0]:
        assert content == program.encode()
        is_odd = new and old and ("replaced" in refusals[0] or "same text" in refusals[0])
        assert is_odd or "libcst" in refusals[0], refusals
        return
    rewritten = content.decode()
    changed = next(
        n for n in ast.walk(ast.parse(rewritten)) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "call"
    )

    assert [keyword.arg for keyword in changed.keywords] == [name for name in names if name not in old] + new
    assert [ast.dump(argument) for argument in changed.args] == [ast.dump(argument) for argument in call.args]
    assert rewritten.startswith("before = '# 1'  # one\nif before:\n  x = call(")
    assert rewritten.endswith(").tail  # two\nafter = 1\n")
    if not old:
        assert sorted(comments_of(rewritten)) == sorted(comments_of(program))


@settings(max_examples=50, deadline=None)
@given(calls())
def test_a_keyword_added_twice_is_added_once(program: str) -> None:
    try:
        once, refusals = rewrite(program.encode(), [[AddKeyword(first_call(program), "k", "9")]])
    except SyntaxError:
        assume(False)
    assume(not refusals[0])
    twice, refusals = rewrite(once, [[AddKeyword(first_call(once.decode()), "k", "9")]])

    assert refusals == ("",)
    assert twice == once
