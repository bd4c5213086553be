"""FastAPI and Starlette: applications that are mounted, wrapped in middleware, or served for a host."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Route

START = """
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Host, Mount, Route, Router


def wrap(app):
    return CORSMiddleware(app, allow_origins=["*"])

class Middleware:
    def __init__(self, app, limit):
        self.app = app

app = FastAPI()
"""

MAKE = """
def make(title):
    made = FastAPI(title=title)
    @made.get("/items")
    def list_items(): ...
    return made

"""

SPELLINGS = {
    "an application": 'app.mount("/shop", inner)',
    "an application by name": 'app.mount(path="/shop/", app=inner, name="shop")',
    "an application from a factory": MAKE + 'app.mount("/shop", make("shop"))',
    "an application from a factory in a loop": MAKE
    + 'for path, title in {"/shop": "Shop"}.items():\n    app.mount(path, make(title))',
    "middleware of a library": 'app.mount("/shop", CORSMiddleware(app=inner, allow_origins=["*"]))',
    "middleware around middleware": 'app.mount("/shop", wrap(Middleware(inner, limit=3)))',
    "another protocol's application": "import socketio\nserver = socketio.AsyncServer()\n"
    'app.mount("/shop", socketio.ASGIApp(server, other_asgi_app=inner))',
    "its router": 'app.include_router(inner.router, prefix="/shop")',
    "an application that is wrapped after it was mounted": 'app.mount("/shop", inner)\napp = wrap(app)',
    "a listed mount": 'app = Starlette(routes=[Mount("/shop", app=inner)])',
    "a listed mount of a wrapped application": 'app = Starlette(routes=[Mount("/shop", wrap(inner))])',
}


INNER = """
inner = FastAPI()

@inner.get("/items")
def list_items(): ...

"""


def main(source: str) -> str:
    return START + ("" if source.startswith(MAKE) else INNER) + source


def routes(source: str) -> list[Route]:
    return list(project({"main.py": main(source)}).routes)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_mounted_application_serves_below_its_path_and_nowhere_else(spelling: str) -> None:
    served = [str(route) for route in routes(SPELLINGS[spelling])]

    assert served == ["GET /shop/items"]


@pytest.mark.parametrize(
    "mounting", ['app.host("api.example.org", inner)', 'app = Starlette(routes=[Host("api.example.org", app=inner)])']
)
def test_an_application_for_a_host_serves_there(mounting: str) -> None:
    (route,) = routes(mounting)

    assert (str(route), route.host) == ("GET /items", "api.example.org")


@pytest.mark.parametrize(
    "adapter",
    [
        "from fastapi.middleware.wsgi import WSGIMiddleware\napp.mount('/old', WSGIMiddleware(site))",
        "from a2wsgi import WSGIMiddleware\napp.mount('/old', WSGIMiddleware(site, workers=3))",
        "from starlette.middleware.wsgi import WSGIMiddleware\napp.mount('/old', app=WSGIMiddleware(app=site))",
        "from asgiref.wsgi import WsgiToAsgi\napp.mount('/old', WsgiToAsgi(site))",
    ],
)
def test_a_flask_application_that_is_mounted_serves_below_the_path(adapter: str) -> None:
    source = (
        'from flask import Flask\nsite = Flask(__name__)\n@site.route("/page/<int:number>")\ndef page(number): ...\n'
    )
    linked = project({"main.py": "from fastapi import FastAPI\napp = FastAPI()\n" + source + adapter})
    (route,) = linked.routes

    assert (str(route), route.framework, route.application.name) == ("GET /old/page/<int:number>", "flask", "main:app")
    assert [one.name for one in linked.applications] == ["main:app"]


@pytest.mark.parametrize(
    "mounting",
    [
        'if settings.base:\n    app.mount(settings.base, inner)\nelse:\n    app.mount("/shop", inner)',
        'if not settings.base:\n    app.mount("/shop", inner)\nelse:\n    app.mount(settings.base, inner)',
        'if settings.base:\n    app.include_router(inner.router, prefix=settings.base)\n'
        'else:\n    app.include_router(inner.router, prefix="/shop")',
    ],
)  # fmt: skip
def test_of_two_branches_the_one_with_a_known_path_is_shown(mounting: str) -> None:
    linked = project({"main.py": main("from library import settings\n" + mounting)})
    (route,) = linked.routes

    assert str(route) == "GET /shop/items"
    assert "settings.base" in route.conditions[0]
    assert any("another path where" in unknown.reason for unknown in linked.unknowns)


def test_two_known_paths_under_conditions_are_both_shown() -> None:
    source = 'from library import settings\nif settings.new:\n    app.mount("/a", inner)\nelse:\n    app.mount("/b", inner)\n'

    assert [(str(route), route.conditions) for route in routes(source)] == [
        ("GET /a/items", ("settings.new",)),
        ("GET /b/items", ("not (settings.new)",)),
    ]


def test_an_application_that_is_mounted_on_itself_ends() -> None:
    assert [str(route) for route in routes('app.mount("/again", wrap(app))\napp.mount("/shop", inner)')] == [
        "GET /shop/items"
    ]


@pytest.mark.parametrize(
    "source",
    [
        "app = FastAPI(routes=inner.routes)",
        "app = FastAPI(routes=[*inner.routes])",
        "app.routes.extend(inner.routes)",
        "app.router.routes.extend(inner.router.routes)",
        "app = Starlette(False, inner.routes)",
        'app = Starlette(routes=[Mount("", routes=[Route("/items", list_items, name="x")])])',
        'app = Starlette(routes=[Mount("", Router([Route("/items", list_items)]))])',
    ],
)
def test_routes_that_are_handed_on_as_a_list_are_served(source: str) -> None:
    served = [str(route) for route in routes(source) if route.application.instance.names != ["main:inner"]]

    assert served == ["GET /items"]


def test_a_frontend_is_a_mount_of_files_behind_all_routes() -> None:
    linked = project(
        {
            "main.py": """
from fastapi import APIRouter, FastAPI
app = FastAPI()
router = APIRouter(prefix="/shop")
router.frontend("/site", directory="shop/dist")
app.frontend("/", directory="dist")
app.include_router(router)

@app.get("/items")
def items(): ...
"""
        }
    )
    assert [(mount.path, mount.kind, mount.target_name) for mount in linked.mounts] == [
        ("", "static files", "dist"),
        ("/shop/site", "static files", "shop/dist"),
    ]
    assert [route.path for route in linked.routes] == ["/items"]
    assert list(linked.shadowed_routes()) == []


def test_routes_of_a_fastapi_application_that_starlette_mounts_are_those_of_fastapi() -> None:
    source = """\
from fastapi import FastAPI
from starlette.applications import Starlette

app = Starlette()
api = FastAPI()


@api.get("/items/{item_id}")
def get_item(identifier: int): ...


app.mount("/api", api)
"""
    it = project({"main.py": source})

    assert [(str(one), one.framework) for one in it.routes] == [("GET /api/items/{item_id}", "fastapi")]
    assert [one.name for one in it.unread_path_parameters] == ["item_id"]
