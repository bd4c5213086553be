"""Which routes an earlier one hides."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.project.in_memory import project
from reviewer.project.routes.route_order import CONVERTERS, PARAMETER, covers

SEGMENTS = st.sampled_from(
    ["users", "me", "7", "{a}", "{b:int}", "{c:path}", "{d:uuid}", "{e:float}", "v{f}", "{g}.{h}", ""]
)
PATHS = st.lists(SEGMENTS, max_size=4).map(lambda segments: "/" + "/".join(segments))


def pattern(path: str) -> str:
    """The regular expression that Starlette makes of a path."""
    pieces, end = [], 0
    for found in PARAMETER.finditer(path):
        pieces += [re.escape(path[end : found.start()]), CONVERTERS[found[2] or "str"]]
        end = found.end()
    return "".join([*pieces, re.escape(path[end:])])


@given(PATHS, PATHS, st.data())
def test_a_path_that_covers_another_matches_all_its_addresses(general: str, special: str, data: st.DataObject) -> None:
    if covers(general, special):
        address = data.draw(st.from_regex(pattern(special), fullmatch=True))
        if "\n" not in address:
            assert re.fullmatch(pattern(general), address)


@pytest.mark.parametrize(
    ("general", "special", "expected"),
    [
        ("/users/{id}", "/users/me", True),
        ("/users/{id:int}", "/users/me", False),
        ("/users/{id:int}", "/users/7", True),
        ("/users/{id}", "/users/{id:uuid}", True),
        ("/users/{id:int}", "/users/{name}", False),
        ("/users/{id}", "/users/me/orders", False),
        ("/files/{path:path}", "/files/a/{b}/c", True),
        ("/files/{path:path}", "/files/{path:path}/meta", True),
        ("/files/{name}", "/files/{path:path}", False),
        ("/{a}.{b}", "/x.json", True),
        ("/{a}", "/", False),
        ("/{kind:own}", "/x", False),
    ],
)
def test_converters_restrict_what_a_path_covers(general: str, special: str, expected: bool) -> None:
    assert covers(general, special) is expected


HEAD = "from fastapi import APIRouter, FastAPI\nimport os\napp = FastAPI()\n"


def hidden(source: str) -> list[str]:
    linked = project({"main.py": source})
    found = [*linked.duplicate_routes(), *linked.shadowed_routes()]
    return [f"{one.routes[0]} by {one.earlier}" for one in found]


def test_a_route_is_hidden_by_an_earlier_and_not_by_a_later_one() -> None:
    wide = "@app.get('/u/{id}')\ndef one(id: int): ...\n"
    narrow = "@app.get('/u/me')\ndef me(): ...\n"
    assert hidden(HEAD + wide + narrow) == ["GET /u/me by GET /u/{id}"]
    assert hidden(HEAD + narrow + wide) == []


def test_the_order_of_includes_decides() -> None:
    routers = """
a, b = APIRouter(), APIRouter()

@a.get("/{name}")
def one(name): ...

@b.get("/all")
def everything(): ...

"""
    assert hidden(HEAD + routers + "app.include_router(a)\napp.include_router(b)\n") == ["GET /all by GET /{name}"]
    assert hidden(HEAD + routers + "app.include_router(b)\napp.include_router(a)\n") == []


def test_another_method_hides_nothing() -> None:
    assert hidden(HEAD + "@app.get('/{id}')\ndef one(id): ...\n@app.delete('/all')\ndef two(): ...\n") == []


def test_a_route_under_a_condition_hides_only_what_has_the_condition_too() -> None:
    first = "if os.environ.get('X'):\n    @app.get('/x')\n    def one(): ...\n"
    second = "@app.get('/x')\ndef two(): ...\n"
    assert hidden(HEAD + first + second) == []
    assert hidden(HEAD + second + first) == ["GET /x by GET /x"]


def test_the_same_function_may_answer_twice() -> None:
    assert hidden(HEAD + "@app.get('/x')\n@app.get('/{name}')\ndef one(name='x'): ...\n") == []


def test_a_route_that_an_earlier_copy_of_itself_answers_is_not_hidden() -> None:
    me = "@router.get('/users/me')\ndef me(): ...\n"
    anyone = "@router.get('/users/{name}')\ndef anyone(name): ...\n"
    includes = "app.include_router(router)\napp.include_router(router, tags=['again'])\n"

    assert hidden(f"{HEAD}router = APIRouter()\n{me}{anyone}{includes}") == []
    assert hidden(f"{HEAD}router = APIRouter()\n{anyone}{me}{includes}") == ["GET /users/me by GET /users/{name}"]


def test_a_mount_takes_what_comes_after_it_but_not_its_own_routes() -> None:
    source = (
        HEAD
        + """
inner = FastAPI()

@app.get("/sub/early")
def early(): ...

@inner.get("/x")
def x(): ...

app.mount("/sub", inner)

@app.get("/sub/late")
def late(): ...

@app.get("/other")
def other(): ...
"""
    )
    assert hidden(source) == ["GET /sub/late by mount /sub"]


def test_flask_prefers_the_more_specific_rule_and_the_first_of_equal_ones() -> None:
    source = "from flask import Flask\napp = Flask(__name__)\n"
    source += "@app.get('/<name>')\ndef a(name): ...\n@app.get('/me')\ndef b(): ...\n"
    source += "@app.get('/<other>')\ndef c(other): ...\n"
    assert hidden(source) == ["GET /<other> by GET /<name>"]
