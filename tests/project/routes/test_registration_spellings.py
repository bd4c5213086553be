"""The ways in which programs register FastAPI routes besides a decorator above a function."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Route
from reviewer.report.route_view import response_model_text

IMPORTS = (
    "import inspect\nfrom enum import Enum\nfrom functools import partial\nfrom http import HTTPMethod\n"
    "from typing import List, Optional, Union\nfrom fastapi import APIRouter, Depends, FastAPI\n"
    "from pydantic import BaseModel\nclass User(BaseModel):\n    id: int\nclass Item(BaseModel):\n    id: int\n"
)


def routes(source: str) -> list[Route]:
    return list(project({"main.py": IMPORTS + source}).routes)


def rows(source: str) -> list[str]:
    return [f"{route} {route.endpoint_name.partition(':')[2]}" for route in routes(source)]


@pytest.mark.parametrize(
    "loop",
    [
        'for path, function, method in [("/a", a, "GET"), ("/b", b, "POST")]:\n'
        "    app.add_api_route(path, function, methods=[method])\n",
        'for path, (function, methods) in {"/a": (a, ["GET"]), "/b": (b, {"POST"})}.items():\n'
        "    app.add_api_route(path, function, methods=methods)\n",
        'for entry in ({"path": "/a", "endpoint": a}, {"path": "/b", "endpoint": b, "methods": ["POST"]}):\n'
        "    app.add_api_route(**entry)\n",
        'add = partial(app.add_api_route, methods=["POST"])\napp.add_api_route("/a", a)\nadd("/b", b)\n',
        'app.get("/a")(a)\npost = app.post\npost("/b")(b)\n',
        'getattr(app, "get")("/a")(a)\ngetattr(app, "post", None)("/b")(b)\n',
        "REGISTRY = []\ndef at(path, **options):\n    def mark(f):\n        REGISTRY.append((path, f, options))\n"
        '        return f\n    return mark\nat("/a")(a)\nat("/b", methods=["POST"])(b)\n'
        "for path, function, options in REGISTRY:\n    app.add_api_route(path, function, **options)\n",
        "a.at = ('/a', 'GET')\nsetattr(b, 'at', ('/b', 'POST'))\nfor one in (a, b, dict):\n"
        "    if hasattr(one, 'at') and callable(one):\n        app.add_api_route(one.at[0], one, methods=[one.at[1]])\n",
    ],
    ids=["tuples", "mapping", "keywords", "partial", "called", "getattr", "registry", "marked"],
)
def test_routes_come_from_a_table(loop: str) -> None:
    assert rows("def a(): ...\ndef b(): ...\napp = FastAPI()\n" + loop) == ["GET /a a", "POST /b b"]


@pytest.mark.parametrize(
    "methods",
    [
        "[*READ, 'POST']",
        "READ + ['POST']",
        "[m.value for m in M]",
        "list(M)",
        "(HTTPMethod.GET, HTTPMethod.POST.value)",
    ],
)
def test_methods_come_from_constants_and_enumerations(methods: str) -> None:
    source = "class M(str, Enum):\n    GET = 'get'\n    POST = 'POST'\nREAD = ['GET']\napp = FastAPI()\n"
    found = rows(source + f"@app.api_route('/x', methods={methods})\ndef x(): ...\n")

    assert found == ["GET /x x", "POST /x x"]


CONTROLLER = (
    "class Base:\n    prefix = ''\n    def __init__(self):\n"
    "        self.router = APIRouter(prefix=self.prefix, tags=[self.__class__.__name__])\n        self.register()\n"
)
USE = "app = FastAPI()\nfor one in (Users, Items):\n    app.include_router(one().router)\n"


@pytest.mark.parametrize(
    "register",
    [
        "    def register(self):\n        self.router.add_api_route('/all', self.all)\n",
        "    def register(self):\n        self.router.get('/all')(self.all)\n",
        "    def register(self):\n        for name in dir(self):\n            method = getattr(self, name)\n"
        "            if hasattr(method, '_path'):\n                self.router.add_api_route(method._path, method)\n",
        "    def register(self):\n        for _, method in inspect.getmembers(self, inspect.ismethod):\n"
        "            path = getattr(method, '_path', None)\n            if path is None:\n                continue\n"
        "            self.router.add_api_route(path, method)\n",
    ],
    ids=["added", "called", "dir", "getmembers"],
)
def test_controllers_register_their_methods(register: str) -> None:
    source = (
        "def at(path):\n    def mark(f):\n        f._path = path\n        return f\n    return mark\n"
        + CONTROLLER
        + register
        + "class Users(Base):\n    prefix = '/users'\n    @at('/all')\n    def all(self): ...\n    def other(self): ...\n"
        + "class Items(Users):\n    prefix = '/items'\n    @at('/all')\n    async def all(self): ...\n"
    )
    found = routes(source + USE)

    assert [f"{one} {one.endpoint_name}" for one in found] == [
        "GET /users/all main:Users.all",
        "GET /items/all main:Items.all",
    ]
    assert [one.tags for one in found] == [("Users",), ("Items",)]


def test_a_factory_makes_the_routes_of_a_model() -> None:
    source = (
        "def make(model, create):\n    router = APIRouter(prefix=f'/{model.__name__.lower()}', tags=[model.__name__])\n"
        "    @router.get('', response_model=List[model])\n    def all(): ...\n"
        "    @router.post('')\n    def add(body: create) -> Optional[model]: ...\n    return router\n"
        "app = FastAPI()\nfor model in (User, Item):\n    app.include_router(make(model, model))\n"
    )

    assert [(str(one), one.tags, response_model_text(one)) for one in routes(source)] == [
        ("GET /user", ("User",), "list[User]"),
        ("POST /user", ("User",), "User | None"),
        ("GET /item", ("Item",), "list[Item]"),
        ("POST /item", ("Item",), "Item | None"),
    ]


def test_a_generic_router_registers_only_what_it_is_asked_for() -> None:
    source = (
        "class Crud(APIRouter):\n    def __init__(self, model, delete: bool | list = True, **options):\n"
        "        super().__init__(prefix='/' + model.__name__.lower(), **options)\n"
        "        self.add('', self._all(), ['GET'], True)\n"
        "        if delete:\n            self.add('/{id}', self._delete(), ['DELETE'], delete)\n"
        "    def add(self, path, endpoint, methods, dependencies):\n"
        "        given = [] if isinstance(dependencies, bool) else dependencies\n"
        "        super().add_api_route(path, endpoint, methods=methods, dependencies=given)\n"
        "    def _all(self):\n        def route(): ...\n        return route\n"
        "    def _delete(self):\n        def route(id: int): ...\n        return route\n"
        "def guard(): ...\napp = FastAPI()\napp.include_router(Crud(User, delete=False))\n"
        "app.include_router(Crud(Item, [Depends(guard)], tags=['items']))\n"
    )
    found = routes(source)

    assert [str(one) for one in found] == ["GET /user", "GET /item", "DELETE /item/{id}"]
    assert [[each.name for each in one.all_dependencies] for one in found] == [[], [], ["guard"]]


def test_an_object_answers_by_its_call() -> None:
    source = (
        "def db(): ...\nclass Handler:\n    '''Handles.'''\n    def __init__(self, x): ...\n"
        "    def __call__(self, session=Depends(db)) -> User: ...\napp = FastAPI()\napp.add_api_route('/x', Handler(1))\n"
    )
    (route,) = routes(source)

    assert route.endpoint_name == "main:Handler"
    assert route.endpoint is not None
    assert route.endpoint.node.line == IMPORTS.count("\n") + 5
    assert [one.name for one in route.all_dependencies] == ["db"]
    assert (route.documented, response_model_text(route)) == (True, "User")


def test_starlette_routes_take_only_the_prefixes_of_what_includes_them() -> None:
    source = (
        "from starlette.endpoints import HTTPEndpoint\nfrom starlette.routing import Mount, Route\ndef guard(): ...\n"
        "class Page(HTTPEndpoint):\n    def get(self, request): ...\n    def post(self, request): ...\n"
        "def plain(request): ...\nrouter = APIRouter(prefix='/own', tags=['t'], dependencies=[Depends(guard)])\n"
        "router.add_route('/page', Page)\nrouter.routes.append(Route('/late', plain))\n"
        "app = FastAPI(routes=[Mount('/m', routes=[Route('/in', plain, methods=['PUT'])])])\n"
        "app.include_router(router, prefix='/api', tags=['i'])\n"
    )
    found = routes(source)

    assert [str(one) for one in found] == ["PUT /m/in", "GET /api/page", "POST /api/page", "GET /api/late"]
    assert all(one.tags == () and one.all_dependencies == () for one in found)


@pytest.mark.parametrize(
    "declaration",
    [
        "def f() -> Iterable[Item]:\n    yield 1\n",
        "async def f() -> AsyncIterator[Item]:\n    yield 1\n",
        "def f() -> Generator[Item, None, None]:\n    yield from ()\n",
    ],
)
def test_a_stream_of_items_has_no_response_model(declaration: str) -> None:
    source = "from collections.abc import AsyncIterator, Generator, Iterable\napp = FastAPI()\n@app.get('/x')\n"

    assert [one.response_model for one in routes(source + declaration)] == [None]
    assert [response_model_text(one) for one in routes(source + "def f() -> Iterable[Item]: ...\n")] == [
        "Iterable[Item]"
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Users", "list[User]"),
        ("Either", "User | Item"),
        ("dict[str, List[Either]]", "dict[str, list[User | Item]]"),
        ("Optional['User']", "User | None"),
        ("Page[Users]", "Page[list[User]]"),
        ("Page[Either]", "Page[Either]"),
        ("unknown()", "unknown()"),
    ],
)
def test_response_models_are_named_without_their_aliases(written: str, text: str) -> None:
    source = (
        "Users = list[User]\nEither = Union[User, Item]\nclass Page(BaseModel): ...\napp = FastAPI()\n"
        f"@app.get('/x', response_model={written})\ndef x(): ...\n"
    )

    assert [response_model_text(one) for one in routes(source)] == [text]


def test_a_redirect_declares_its_status() -> None:
    source = (
        "from fastapi.responses import RedirectResponse\napp = FastAPI()\n"
        "@app.get('/x', response_class=RedirectResponse)\ndef x(): ...\n"
    )

    assert [one.status_code for one in routes(source)] == [307]


def test_a_repository_with_the_frameworks_own_source_uses_the_framework() -> None:
    files = {
        "fastapi/__init__.py": "from .applications import FastAPI\n",
        "fastapi/applications.py": "class FastAPI:\n    def get(self, path):\n        return lambda f: f\n",
        "fastapi/routing.py": "",
        "docs/first.py": "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/x')\ndef x(): ...\n",
    }

    assert [f"{one} {one.application.name}" for one in project(files).routes] == ["GET /x docs.first:app"]


@pytest.mark.parametrize(
    ("declaration", "completing"),
    [
        ("@dataclass\nclass Factory:\n    prefix: str = ''\n    router: APIRouter = field(default_factory=APIRouter)\n", "__post_init__(self)"),
        ("@define(kw_only=True)\nclass Factory:\n    router: APIRouter = attrs_field(factory=APIRouter)\n    prefix: str = ''\n", "__attrs_post_init__(self)"),
        ("class Factory(BaseModel):\n    prefix: str = ''\n    router: APIRouter = Field(default_factory=APIRouter)\n", "model_post_init(self, context)"),
    ],
    ids=["dataclass", "attrs", "pydantic"],
)  # fmt: skip
def test_objects_made_of_fields_register_when_they_are_complete(declaration: str, completing: str) -> None:
    source = (
        "from dataclasses import dataclass, field\nfrom attrs import define, field as attrs_field\n"
        f"from pydantic import Field\n{declaration}    def {completing}:\n        self.register()\n"
        "    def register(self):\n        @self.router.get(self.prefix + '/info')\n        def info(): ...\n"
        "app = FastAPI()\nfor one in (Factory(prefix='/a'), Factory(prefix='/b')):\n    app.include_router(one.router)\n"
    )

    assert [str(one) for one in routes(source)] == ["GET /a/info", "GET /b/info"]
