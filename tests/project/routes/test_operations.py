"""Operations, their groups, what their endpoints return, raise and create, and which routes are open."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Answer
from reviewer.project.project import Project

HEAD = """\
from typing import Any
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.security import HTTPBearer
from sqlalchemy.orm import Session

"""


def linked(source: str) -> Project:
    return project({"main.py": HEAD + source})


def operations(source: str) -> list[str]:
    return [str(one) for one in linked(source).operations]


def test_what_the_schema_leaves_out_is_no_operation() -> None:
    source = """\
app = FastAPI()
@app.get("/a")
def a(): ...
@app.get("/b", include_in_schema=False)
def b(): ...
@app.websocket("/c")
async def c(socket): ...
@app.route("/d")
def d(request): ...
"""
    assert operations(source) == ["GET /a"]


def test_an_application_without_a_document_has_no_operations() -> None:
    assert operations("app = FastAPI(openapi_url=None)\n@app.get('/a')\ndef a(): ...") == []


def test_a_mounted_application_describes_its_own_routes() -> None:
    source = (
        "app = FastAPI(openapi_url=None)\ninner = FastAPI()\n@inner.get('/a')\ndef a(): ...\napp.mount('/api', inner)"
    )
    found = linked(source).operations_by_application()

    assert [(group.name, len(group.operations)) for group in found] == [("main:inner", 1)]


def test_a_router_that_is_included_twice_gives_one_operation() -> None:
    source = "app = FastAPI()\nrouter = APIRouter()\n@router.get('/a')\ndef a(): ...\n"
    source += "app.include_router(router, prefix='/v1')\napp.include_router(router, prefix='/v2')"
    (operation,) = linked(source).operations

    assert [str(route) for route in operation.routes] == ["GET /v1/a", "GET /v2/a"]


def test_operations_are_gathered_where_most_of_a_router_lack_something() -> None:
    source = "app = FastAPI()\nrouter = APIRouter()\n"
    source += "".join(f"@router.get('/{name}')\ndef {name}(): ...\n" for name in "abcd")
    source += "@app.get('/e')\ndef e(): ...\napp.include_router(router)"
    it = linked(source)
    by_name = {one.route.name: one for one in it.operations}
    lacking = [by_name[name] for name in "abce"]

    groups = list(it.grouped(it.operations, lacking, 10, 3, 0.75))

    assert [(group.kind, group.name, len(group.operations)) for group in groups] == [
        ("operation", "GET /e", 1),
        ("router", "main:router", 3),
    ]


@pytest.mark.parametrize(
    ("endpoint", "answer"),
    [
        ("def a():\n    return {'a': 1}", Answer.YES),
        ("def a(x: bool):\n    return [1] if x else None", Answer.YES),
        ("def a():\n    return None", Answer.NO),
        ("def a():\n    raise HTTPException(404)", Answer.NO),
        ("def a():\n    return Response(status_code=204)", Answer.NO),
        ("def a():\n    return RedirectResponse('/')", Answer.NO),
        ("def a() -> Response:\n    return made()", Answer.NO),
        ("def a(x):\n    return x", Answer.UNKNOWN),
        ("def a():\n    yield 1", Answer.UNKNOWN),
        ("def a(s: Session = Depends()):\n    return s.query(1).all()", Answer.YES),
        ("def a():\n    def inner():\n        return 1\n    inner()", Answer.NO),
        ("def a():\n    names = [one.name for one in rows()]\n    return names", Answer.YES),
        ("def a():\n    names = []\n    names = rows()\n    return names", Answer.UNKNOWN),
        ("def a():\n    name = ''\n    for name in rows():\n        pass\n    return name", Answer.UNKNOWN),
    ],
)
def test_what_an_endpoint_answers_with(endpoint: str, answer: Answer) -> None:
    it = linked(f"app = FastAPI()\n@app.get('/a')\n{endpoint}")

    assert it.endpoint_results.answers_with_data(it.routes[0]) is answer


@pytest.mark.parametrize(
    ("returned", "is_page"),
    [
        ("HTMLResponse('a')", True),
        ("RedirectResponse('/')", True),
        ("JSONResponse({'a': 1})", False),
        ("{'a': 1}", False),
    ],
)
def test_pages_are_responses_without_json(returned: str, is_page: bool) -> None:
    it = linked(f"app = FastAPI()\n@app.get('/a')\ndef a():\n    return {returned}")

    assert it.endpoint_results.is_page(it.routes[0]) is is_page


def test_a_slash_at_the_end_does_not_keep_an_operation_from_a_pattern() -> None:
    it = linked("app = FastAPI()\n@app.get('/status/')\ndef a(): ...\n@app.get('/states')\ndef b(): ...")

    assert [str(one.route) for one in it.operations_outside(("*/status",))] == ["GET /states"]


@pytest.mark.parametrize(
    ("annotation", "says_nothing"),
    [
        ("dict", True),
        ("dict[str, Any]", True),
        ("list", True),
        ("list[dict]", True),
        ("Any", True),
        ("Any | None", True),
        ("dict[str, int]", False),
        ("list[int]", False),
        ("int", False),
        ("Unknown", False),
    ],
)
def test_types_that_say_nothing_about_data(annotation: str, says_nothing: bool) -> None:
    it = linked(f"app = FastAPI()\n@app.get('/a')\ndef a() -> {annotation}:\n    return x")

    assert it.endpoint_results.has_shapeless_model(it.routes[0], ("Any", "dict", "list")) is says_nothing


def undocumented(source: str) -> list[tuple[str, int, tuple[int, ...]]]:
    it = linked(source)
    found = it.route_errors.undocumented(it.operations, (422, 500))
    return [(one.group.kind, len(one.group.operations), one.statuses) for one in found]


def test_errors_of_one_operation_are_one_group() -> None:
    source = """\
app = FastAPI()
def guard():
    raise HTTPException(401)
@app.get("/a", dependencies=[Depends(guard)])
def a():
    raise HTTPException(404)
@app.get("/b", responses={404: {}})
def b():
    raise HTTPException(404)
"""
    assert undocumented(source) == [("operation", 1, (401, 404))]


def test_an_application_that_documents_no_error_is_one_group() -> None:
    source = "app = FastAPI()\n" + "".join(
        f"@app.get('/{name}')\ndef {name}():\n    raise HTTPException({status})\n"
        for name, status in (("a", 404), ("b", 409), ("c", 404))
    )
    assert undocumented(source) == [("application", 3, (404, 409))]


def test_a_status_that_a_whole_router_leaves_out_is_one_group() -> None:
    source = "app = FastAPI()\nrouter = APIRouter()\n@app.get('/z', responses={404: {}})\ndef z(): ...\n"
    source += "".join(f"@router.get('/{name}')\ndef {name}():\n    raise HTTPException(404)\n" for name in "abc")
    assert undocumented(source + "app.include_router(router)") == [("router", 3, (404,))]


@pytest.mark.parametrize(
    ("path", "header", "creates"),
    [
        ("/items", "create_item", True),
        ("/items/", "add_item", True),
        ("/items", "item_create", True),
        ("/items", "api_create_item", True),
        ("/items", "replace_item", False),
        ("/items/{item_id}", "create_item", False),
        ("/items/search", "create_search", False),
        ("/items/create", "create_item", True),
        ("/token", "create_access_token", False),
        ("/items", "create_or_update_item", False),
        ("/build-page", "post_build_page", False),
        ("/items', responses={200: {'description': 'The item'}}, summary='New", "create_item", False),
    ],
)
def test_a_route_creates_where_its_name_path_and_body_say_so(path: str, header: str, creates: bool) -> None:
    body = "    s.add(object())\n    return 1"
    source = f"app = FastAPI()\n@app.post('{path}')\ndef {header}(s: Session = Depends()):\n{body}"
    it = linked(source)

    assert (it.creations.without_status(it.routes[0]) is not None) is creates


@pytest.mark.parametrize(
    ("body", "creates"),
    [
        ("users.create_user(1)", True),
        ("number = ItemID.new(1)", False),
        ("number = ItemUUID.new(1)\n    items.create_item(number)", True),
        ("get_or_create_owner(s)", False),
    ],
)
def test_a_call_that_makes_a_number_or_finds_what_is_there_creates_no_resource(body: str, creates: bool) -> None:
    source = (
        "class ItemID(str):\n    @classmethod\n    def new(cls, value): return cls(value)\n"
        "class ItemUUID(ItemID): ...\n"
        "def get_or_create_owner(s: Session):\n    s.add(object())\n"
        "app = FastAPI()\n@app.post('/items')\ndef create_item(users, items, s: Session = Depends()):\n"
        f"    {body}\n    return 1"
    )
    it = linked(source)

    assert (it.creations.of(it.routes[0]) is not None) is creates


def open_routes(source: str) -> list[tuple[str, str]]:
    return [(found.kind, found.name) for found in linked(source).open_routes(("login*",))]


GUARD = "guard = HTTPBearer()\n"


def test_an_open_route_that_changes_data_is_found() -> None:
    source = GUARD + "app = FastAPI()\n@app.post('/a')\ndef a(t=Depends(guard)): ...\n@app.delete('/b')\ndef b(): ...\n"

    assert open_routes(source) == [("route", "DELETE /b")]
    assert open_routes(source.replace("/b", "/login/b")) == []


def test_a_reading_route_is_found_where_its_siblings_are_guarded() -> None:
    source = GUARD + "app = FastAPI()\n@app.get('/c')\ndef c(): ...\n@app.get('/a')\ndef a(t=Depends(guard)): ...\n"

    assert open_routes(source) == []
    assert open_routes(source + "@app.get('/b')\ndef b(t=Depends(guard)): ...\n") == [("route", "GET /c")]


def test_a_configuration_may_be_read_by_everybody_and_changed_by_nobody() -> None:
    source = GUARD + "app = FastAPI()\n@app.get('/config')\ndef c(): ...\n@app.put('/config')\ndef d(): ...\n"
    source += "@app.get('/a')\ndef a(t=Depends(guard)): ...\n@app.get('/b')\ndef b(t=Depends(guard)): ...\n"

    assert open_routes(source) == [("route", "PUT /config")]


def test_an_application_that_signs_people_in_and_guards_nothing_is_one_group_if_it_changes_data() -> None:
    source = "app = FastAPI()\n@app.get('/a')\ndef a(): ...\n@app.post('/login')\ndef login(): ...\n"

    assert open_routes(source) == []
    source += "@app.post('/b')\ndef b(): ...\n@app.put('/c')\ndef c(): ...\n"
    assert open_routes(source) == [("application", "main:app")]


def test_an_application_that_knows_no_callers_is_left_out() -> None:
    source = "app = FastAPI()\n@app.post('/jobs')\ndef start(): ...\n@app.delete('/jobs')\ndef stop(): ...\n"

    assert open_routes(source) == []
    assert open_routes(source + "@app.post('/login')\ndef enter(): ...\n") == [("application", "main:app")]


def test_a_router_without_guards_counts_only_where_the_application_is_guarded_as_a_rule() -> None:
    source = GUARD + "app = FastAPI()\nrouter = APIRouter()\n@router.post('/b')\ndef b(): ...\n"
    source += "@app.post('/a')\ndef a(t=Depends(guard)): ...\n"

    assert open_routes(source + "app.include_router(router)\n") == [("route", "POST /b")]
    source += "@router.post('/c')\ndef c(): ...\n"
    assert open_routes(source + "app.include_router(router)\n") == []


def test_people_who_choose_a_password_register() -> None:
    source = "from pydantic import BaseModel\n" + GUARD + "class New(BaseModel):\n    password: str\napp = FastAPI()\n"
    source += "@app.post('/users')\ndef add(new: New): ...\n@app.put('/users/me')\ndef put(t=Depends(guard)): ...\n"

    assert open_routes(source) == []
    assert open_routes(source.replace("password: str", "name: str")) == [("route", "POST /users")]


def test_applications_of_examples_are_left_out() -> None:
    source = (
        "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/login')\ndef login(): ...\n"
        "@app.post('/a')\ndef a(): ...\n@app.post('/b')\ndef b(): ...\n"
    )

    assert list(project({"examples/plugin/main.py": source}).open_routes(())) == []
    assert [found.kind for found in project({"plugin/main.py": source}).open_routes(("login",))] == ["application"]


def test_a_route_that_reads_takes_a_secret_or_only_redirects_is_left_out() -> None:
    source = GUARD + "app = FastAPI()\n@app.get('/a')\ndef a(t=Depends(guard)): ...\n"
    source += "@app.post('/b')\ndef get_b(): ...\n@app.post('/c/{token}')\ndef c(token: str): ...\n"
    source += "@app.put('/d')\ndef d():\n    return RedirectResponse('/a')\n"
    source += "@app.post('/e')\ndef e(r: Request):\n    return accept(r.headers.get('Authorization', ''))\n"

    assert open_routes(source) == []


@pytest.mark.parametrize(
    ("handlers", "statuses"),
    [
        ("except ValueError:\n        pass", (404,)),
        ("except Exception:\n        return None", ()),
        ("except Exception:\n        raise HTTPException(400)", (400,)),
        ("except Exception as error:\n        raise HTTPException(400) from error", (400,)),
        ("except HTTPException:\n        raise\n    except Exception:\n        raise HTTPException(400)", (400, 404)),
        ("except HTTPException as error:\n        raise error", (404,)),
        ("finally:\n        pass", (404,)),
    ],
)
def test_errors_that_are_caught_on_the_way_do_not_leave(handlers: str, statuses: tuple[int, ...]) -> None:
    source = "app = FastAPI()\ndef find():\n    raise HTTPException(404)\n"
    source += "@app.get('/z', responses={410: {}})\ndef z(): ...\n"
    source += f"@app.get('/a')\ndef a():\n    try:\n        find()\n    {handlers}\n"

    assert [found for _, _, found in undocumented(source)] == ([statuses] if statuses else [])


def test_a_crowd_of_operations_is_gathered_by_router() -> None:
    source = "app = FastAPI()\n"
    for name in "abc":
        source += f"{name} = APIRouter(prefix='/{name}')\n"
        for number in range(16):
            source += f"@{name}.get('/{number}')\ndef get_{name}{number}(): ...\n"
        source += f"app.include_router({name})\n"
    found = linked(source)
    half = [one for number, one in enumerate(found.operations) if number % 2]

    assert [group.kind for group in found.grouped(found.operations, half)] == ["router"] * 3
    assert [group.kind for group in found.grouped(found.operations, half[:10])] == ["operation"] * 10


def test_more_groups_of_an_application_than_anybody_mends_are_one() -> None:
    source = "app = FastAPI()\n"
    for name in "abcdefghijkl":
        source += f"{name} = APIRouter(prefix='/{name}')\n"
        for number in range(4):
            source += f"@{name}.get('/{number}')\ndef get_{name}{number}(): ...\n"
        source += f"app.include_router({name})\n"
    found = linked(source)
    lacking = [one for number, one in enumerate(found.operations) if number % 2]
    [whole] = found.grouped(found.operations, lacking)

    assert (whole.kind, len(whole.operations), whole.total) == ("application", 24, 48)
    assert whole.most_in == (("main", 24),)
