"""The symbolic evaluator: what expressions stand for, what is not known, and where it stops."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.project.evaluation.builtin_calls import PartlyKnownText
from reviewer.project.evaluation.values import Choice, Instance, Unknown
from reviewer.project.in_memory import project


def value(source: str, dotted: str = "x", **files: str) -> Any:
    linked = project({"main.py": source, **{f"{name}.py": text for name, text in files.items()}})
    return linked.evaluator.name(linked.program.by_path["main.py"], dotted)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('x = "/api"', "/api"),
        ('A = "/api"\nx = A + "/v1"', "/api/v1"),
        ('V = 2\nx = f"/api/v{V}"', "/api/v2"),
        ('x = "/api/%s" % "v1"', "/api/v1"),
        ('x = "/{}/{}".format("api", "v1")', "/api/v1"),
        ('x = "/".join(["", "api", "v1"])', "/api/v1"),
        ('x = "/API/".lower().rstrip("/")', "/api"),
        ("x = [1, *[2, 3]]", [1, 2, 3]),
        ("x = {'a': 1, **{'b': 2}}['b']", 2),
        ("x = [n * 2 for n in (1, 2, 3) if n > 1]", [4, 6]),
        ("x = []\nfor n in range(3):\n    x.append(n)", [0, 1, 2]),
        ("def f(a, b='c'):\n    return a + b\nx = f('b')", "bc"),
        ("def f(*parts, **more):\n    return parts[0] + more['k']\nx = f('a', k='b')", "ab"),
        ("class C:\n    P = '/c'\nx = C.P", "/c"),
        ("class B:\n    P = '/b'\nclass C(B): ...\nx = C.P", "/b"),
        ("class C:\n    def __init__(self, p):\n        self.p = p + '/x'\nx = C('/c').p", "/c/x"),
        ("class C:\n    @property\n    def p(self):\n        return '/p'\nx = C().p", "/p"),
        ("import os\nx = os.getenv('P', '/default')", "/default"),
        ("x = 'a' if True else 'b'", "a"),
        ("from functools import partial\ndef f(a, b):\n    return a + b\nx = partial(f, 'a')('b')", "ab"),
        ("x = (lambda a: a + 'b')('a')", "ab"),
    ],
)
def test_known_values_are_computed(source: str, expected: object) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "import os\nx = os.environ['P']",
        "x = open('p').read",
        "def f(a):\n    return a\nx = f(input())",
        "x = undefined",
        "x = x",
        "def f():\n    return f()\nx = f()",
    ],
)
def test_what_needs_the_running_program_is_not_known(source: str) -> None:
    found = value(source)

    assert not isinstance(found, (str, int, list, dict))


def test_settings_have_their_defaults() -> None:
    settings = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    prefix: str = '/v1'\n    secret: str\nsettings = Settings()"

    assert value("from config import settings\nx = settings.prefix", config=settings) == "/v1"
    assert not isinstance(value("from config import settings\nx = settings.secret", config=settings), str)


def test_text_with_an_unknown_part_keeps_what_is_known() -> None:
    found = value("import os\nx = f\"/api/{os.environ['V']}/items\"")

    assert isinstance(found, PartlyKnownText)
    assert [piece for piece in found if isinstance(piece, str)] == ["/api/", "/items"]


def test_a_name_bound_in_both_branches_of_an_unknown_condition_is_a_choice() -> None:
    found = value("if unknown():\n    x = 'a'\nelse:\n    x = 'b'")

    assert isinstance(found, Choice)
    assert found.values == ("a", "b")


def test_the_fallback_of_an_optional_import_does_not_replace_it() -> None:
    found = value("try:\n    from other import y\nexcept ImportError:\n    y = None\nx = y", other="y = 1")

    assert found == 1


def test_calls_of_methods_are_recorded_in_order_with_their_conditions() -> None:
    source = "from lib import Thing\nx = Thing()\nx.post(1)\nif unknown():\n    x.put()\n@x.get('p')\ndef f(): ..."
    found = value(source)

    assert isinstance(found, Instance)
    assert [(event.method, bool(event.conditions)) for event in found.events] == [
        ("post", False),
        ("put", True),
        ("get", False),
    ]
    assert found.events[2].decorated.symbol == "main:f"


@pytest.mark.parametrize(
    "source",
    [
        "def f(n):\n    return [f(n + 1), f(n + 2)]\nx = f(0)",
        "x = []\nfor a in range(1000):\n    for b in range(1000):\n        for c in range(1000):\n            y = 1",
        "x = list(range(10 ** 9))",
        "x = 'a' * 10 ** 9",
        "x = ['a']\nfor i in range(64):\n    x = x + x",
        "def f():\n    while True:\n        y = 1\nx = f()",
        "x = '{:>999999999}'.format('a')",
    ],
)
def test_programs_that_would_not_end_do_end(source: str) -> None:
    value(source)


def test_a_class_that_inherits_from_itself_ends() -> None:
    value("class A(B): ...\nclass B(A): ...\nx = B.y")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="{}\\'\"\n\r"), max_size=8), max_size=6))
def test_joining_text_gives_what_python_gives(parts: list[str]) -> None:
    parts = [part for part in parts if part.isprintable()]

    assert value(f"x = ''.join({parts!r})") == "".join(parts)


def test_what_a_function_gives_is_known_by_its_annotation_where_it_is_not_executed() -> None:
    linked = project(
        {
            "main.py": (
                "class Service:\n    def run(self): ...\n"
                "def make() -> Service: ...\n"
                "def use():\n    service = make()\n    service.run()\n"
            )
        }
    )
    function = linked.evaluator.name(linked.program.by_path["main.py"], "use")

    assert [site.callee for site in linked.calls.of(function)][-1].function.symbol == "main:Service.run"  # type: ignore[attr-defined]


def test_a_value_that_cannot_be_followed_says_why() -> None:
    found = value("x = nothing_here")

    assert isinstance(found, Unknown)
    assert "nothing_here" in found.reason
