"""FastAPI: the routes that an application serves."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Answer, Route


def routes(files: dict[str, str] | str) -> list[Route]:
    return list(project({"main.py": files} if isinstance(files, str) else files).routes)


def paths(files: dict[str, str] | str) -> list[str]:
    return [str(route) for route in routes(files)]


APP = "from fastapi import APIRouter, Depends, FastAPI, HTTPException, Security\napp = FastAPI()\n"


def test_decorators_register_routes_in_order() -> None:
    source = (
        APP
        + '@app.get("/a")\ndef a(): ...\n@app.post("/b")\nasync def b(): ...\n@app.websocket("/c")\nasync def c(ws): ...\n'
    )

    assert paths(source) == ["GET /a", "POST /b", "WEBSOCKET /c"]


def test_prefixes_of_routers_and_includes_are_put_before_the_path() -> None:
    files = {
        "app/__init__.py": "",
        "app/settings.py": "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    prefix: str = '/api'\nsettings = S()",
        "app/items.py": 'from fastapi import APIRouter\nrouter = APIRouter(prefix="/items")\n@router.get("/{id}")\ndef read(id: int): ...',
        "app/api.py": 'from fastapi import APIRouter\nfrom app import items\napi = APIRouter(prefix="/v1")\napi.include_router(items.router, prefix="/shop")',
        "app/main.py": "from fastapi import FastAPI\nfrom app.api import api\nfrom app.settings import settings\napp = FastAPI()\napp.include_router(api, prefix=settings.prefix)",
    }

    assert paths(files) == ["GET /api/v1/shop/items/{id}"]


def test_tags_dependencies_and_documented_statuses_come_from_all_levels() -> None:
    source = (
        APP
        + "def one(): ...\ndef two(): ...\ndef three(inner=Depends(two)): ...\n"
        + 'router = APIRouter(tags=["r"], dependencies=[Depends(one)], responses={404: {}})\n'
        + '@router.get("/x", tags=["d"], responses={"409": {}})\ndef x(value=Depends(three)): ...\n'
        + 'app.include_router(router, tags=["i"])\n'
    )
    (route,) = routes(source)

    assert route.tags == ("i", "r", "d")
    assert [one.name for one in route.all_dependencies] == ["one", "three", "two"]
    assert route.documented_statuses == {404, 409}


@pytest.mark.parametrize(
    "declaration",
    [
        "def r(user=Depends(current_user)): ...",
        "def r(user: Annotated[dict, Depends(current_user)]): ...",
        "def r(user: CurrentUser): ...",
        "def r(user: 'CurrentUser'): ...",
        "def r(user: CurrentUser = None): ...",
        "def r(x=Depends(Permission('a'))): ...",
        "def r(x: Needs = Depends()): ...",
        "def r(x=Depends(partial(current_user, 1))): ...",
        "def r(x=Security(scheme, scopes=['a'])): ...",
    ],
)
def test_every_form_of_dependency_is_followed_to_its_authentication(declaration: str) -> None:
    source = (
        "from functools import partial\nfrom typing import Annotated\n"
        "from fastapi.security import OAuth2PasswordBearer\n" + APP + "scheme = OAuth2PasswordBearer(tokenUrl='t')\n"
        "def current_user(token=Depends(scheme)):\n    raise HTTPException(401)\n"
        "CurrentUser = Annotated[dict, Depends(current_user)]\n"
        "class Permission:\n    def __init__(self, name): ...\n    def __call__(self, user=Depends(current_user)): ...\n"
        "class Needs:\n    def __init__(self, user: CurrentUser): ...\n"
        f'@app.get("/r")\n{declaration}\n'
    )
    (route,) = routes(source)

    assert route.authentication.answer is Answer.YES


@pytest.mark.parametrize(
    ("guard", "answer"),
    [
        ("def guard(): raise HTTPException(status_code=401)", Answer.YES),
        ("def refuse(): raise HTTPException(403)\ndef guard(): refuse()", Answer.YES),
        ("class Denied(HTTPException):\n    def __init__(self): super().__init__(status_code=403)\ndef guard(): raise Denied()", Answer.YES),
        ("def guard(): raise HTTPException(404)", Answer.NO),
        ("def guard(): return 1", Answer.NO),
        ("from lib import require_login as guard", Answer.YES),
        ("from lib import something as guard", Answer.UNKNOWN),
    ],
)  # fmt: skip
def test_a_dependency_authenticates_if_it_refuses(guard: str, answer: Answer) -> None:
    (route,) = routes(APP + guard + '\n@app.get("/r", dependencies=[Depends(guard)])\ndef r(): ...\n')

    assert route.authentication.answer is answer


def test_an_optional_scheme_authenticates_only_if_its_result_is_checked() -> None:
    source = (
        "from fastapi.security import HTTPBearer\n" + APP + "scheme = HTTPBearer(auto_error=False)\n"
        "def checked(token=Depends(scheme)):\n    if not token:\n        raise HTTPException(401)\n"
        '@app.get("/a")\ndef a(token=Depends(scheme)): ...\n'
        '@app.get("/b")\ndef b(token=Depends(checked)): ...\n'
    )

    assert [route.authentication.answer for route in routes(source)] == [Answer.NO, Answer.YES]


def test_a_factory_makes_the_application() -> None:
    source = (
        "from fastapi import APIRouter, FastAPI\nrouter = APIRouter()\n"
        '@router.get("/a")\ndef a(): ...\n'
        "def register(app, version):\n    app.include_router(router, prefix=f'/{version}')\n"
        "def create_app(config=None):\n    app = FastAPI()\n    register(app, 'v1')\n"
        '    @app.get("/inner")\n    def inner(): ...\n    return app\n'
    )
    found = routes(source)

    assert [str(route) for route in found] == ["GET /v1/a", "GET /inner"]
    assert found[0].application.name == "main:create_app"
    assert found[1].endpoint_name == "main:create_app.<locals>.inner"


def test_routers_in_a_loop_are_all_included() -> None:
    source = (
        APP + "a = APIRouter()\nb = APIRouter()\n"
        '@a.get("/a")\ndef get_a(): ...\n@b.get("/b")\ndef get_b(): ...\n'
        "for prefix, router in (('/1', a), ('/2', b)):\n    app.include_router(router, prefix=prefix)\n"
    )

    assert paths(source) == ["GET /1/a", "GET /2/b"]


def test_a_mounted_application_serves_below_its_path_without_the_outer_dependencies() -> None:
    source = (
        "from fastapi import Depends, FastAPI, HTTPException\ndef guard(): raise HTTPException(401)\n"
        "api = FastAPI()\napp = FastAPI(dependencies=[Depends(guard)])\n"
        '@api.get("/a")\ndef a(): ...\napp.mount("/api", api)\n'
    )
    (route,) = routes(source)

    assert (str(route), route.application.name, route.authentication.answer) == ("GET /api/a", "main:app", Answer.NO)


def test_an_unknown_part_of_a_path_is_visible_and_counted() -> None:
    source = "import os\n" + APP + "@app.get(f\"/{os.environ['V']}/a\")\ndef a(): ...\n"
    linked = project({"main.py": source})

    assert [str(route) for route in linked.routes] == ["GET /{?}/a"]
    assert [unknown.reason for unknown in linked.unknowns] == ["environment variable"]


def test_a_route_that_depends_on_a_setting_says_so() -> None:
    source = (
        "from pydantic_settings import BaseSettings\n"
        + APP
        + "class S(BaseSettings):\n    debug: bool = False\ns = S()\n"
        'if s.debug:\n    @app.get("/a")\n    def a(): ...\n'
    )
    (route,) = routes(source)

    assert route.conditions == ("s.debug",)


def test_a_subclass_of_the_router_passes_its_settings_on() -> None:
    source = (
        APP + "class Guarded(APIRouter):\n    def __init__(self, prefix='', **more):\n"
        "        super().__init__(prefix='/guarded' + prefix, **more)\n"
        "router = Guarded('/a', tags=['t'])\n"
        '@router.get("/b")\ndef b(): ...\napp.include_router(router)\n'
    )
    (route,) = routes(source)

    assert (str(route), route.tags) == ("GET /guarded/a/b", ("t",))


def test_the_response_model_is_the_argument_or_the_annotation_but_no_response() -> None:
    source = (
        "from fastapi.responses import JSONResponse\n" + APP + "class M: ...\n"
        '@app.get("/a", response_model=list[M])\ndef a(): ...\n'
        '@app.get("/b")\ndef b() -> M: ...\n'
        '@app.get("/c")\ndef c() -> JSONResponse: ...\n'
        '@app.get("/d", response_model=None)\ndef d() -> M: ...\n'
        '@app.get("/e")\ndef e(): ...\n'
    )

    assert [route.response_model_source for route in routes(source)] == [
        "response_model",
        "annotation",
        "",
        "response_model",
        "",
    ]
    assert [route.response_model is not None for route in routes(source)] == [True, True, False, False, False]


def test_routers_that_include_each_other_end() -> None:
    source = (
        APP
        + "a = APIRouter()\nb = APIRouter()\na.include_router(b)\nb.include_router(a)\na.include_router(a)\napp.include_router(a)\n"
    )

    assert paths(source) == []


def test_a_router_that_nothing_includes_is_not_served() -> None:
    linked = project({"main.py": APP + 'a = APIRouter()\n@a.get("/a")\ndef get_a(): ...\n'})

    assert [(router.names, router.is_served) for router in linked.routers] == [
        (("main:app",), Answer.YES),
        (("main:a",), Answer.NO),
    ]


def test_class_based_views_have_the_dependencies_of_their_class() -> None:
    source = (
        APP + "router = APIRouter()\ndef user(): raise HTTPException(401)\n"
        "def view(router):\n    def decorate(cls):\n        return cls\n    return decorate\n"
        "@view(router)\nclass Items:\n    current = Depends(user)\n    who: dict = Depends(user)\n"
        '    @router.get("/a")\n    def read(self): ...\n'
        "app.include_router(router)\n"
    )
    (route,) = routes(source)

    assert route.endpoint_name == "main:Items.read"
    assert route.authentication.answer is Answer.YES


def test_errors_are_found_through_the_functions_that_are_called() -> None:
    source = (
        APP + "def load(id):\n    if not id:\n        raise HTTPException(status_code=404)\n"
        "def careful():\n    try:\n        load(1)\n    except HTTPException:\n        return None\n"
        '@app.get("/a")\ndef a():\n    load(1)\n@app.get("/b")\ndef b():\n    careful()\n'
    )
    linked = project({"main.py": source})
    statuses = [[error.status for error in linked.errors.raised_by(route.endpoint)] for route in linked.routes]  # type: ignore[arg-type]

    assert statuses == [[404], []]


def test_more_routes_than_an_application_can_have_are_cut_and_counted() -> None:
    lines = [APP, "r0 = APIRouter()", '@r0.get("/a")', "def a(): ..."]
    for level in range(1, 41):
        lines += [
            f"r{level} = APIRouter()",
            *[f"r{level}.include_router(r{level - 1}, prefix='/{side}')" for side in "xy"],
        ]
    lines.append("app.include_router(r40)")
    linked = project({"main.py": "\n".join(lines)})

    assert len(linked.routes) <= 50_000
    assert "more routes than are followed" in {unknown.reason for unknown in linked.unknowns}
