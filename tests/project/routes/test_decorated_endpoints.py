"""FastAPI endpoints behind decorators: what answers, and whose signature counts."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Route
from reviewer.project.routes.operations import operations_of

APP = (
    "import functools\nimport inspect\nfrom functools import wraps\nfrom fastapi import Depends, FastAPI\n"
    "app = FastAPI()\ndef session(): ...\n"
)
ENDPOINT = (
    'def read(db=Depends(session)) -> dict:\n    """Reads."""\n'  # the endpoint that all decorators are put around
)


def only_route(source: str) -> Route:
    (route,) = project({"main.py": source}).routes
    return route


@pytest.mark.parametrize(
    "decorator",
    [
        "def logged(f):\n    @wraps(f)\n    def inner(*a, **k): return f(*a, **k)\n    return inner\n",
        "def logged(f):\n    @functools.wraps(f)\n    async def inner(*a, **k): return await f(*a, **k)\n    return inner\n",
        "def logged(f):\n    def inner(*a, **k): return f(*a, **k)\n    return functools.update_wrapper(inner, f)\n",
        "def logged(f):\n    def inner(*a, **k): return f(*a, **k)\n    inner.__signature__ = inspect.signature(f)\n"
        "    inner.__doc__ = f.__doc__\n    return inner\n",
        "def logged(f):\n    if inspect.iscoroutinefunction(f):\n        @wraps(f)\n        async def slow(*a): ...\n"
        "        return slow\n    @wraps(f)\n    def quick(*a): ...\n    return quick\n",
        "def logged(f):\n    if unknown(f):\n        @wraps(f)\n        async def slow(*a): ...\n        return slow\n"
        "    @wraps(f)\n    def quick(*a): ...\n    return quick\n",
        "def logged(f):\n    f.is_logged = True\n    return f\n",
    ],
    ids=["wraps", "coroutine", "update_wrapper", "signature", "either", "one-of-two", "kept"],
)
@pytest.mark.parametrize(
    "registration",
    [
        '@app.get("/x")\n@logged\n' + ENDPOINT,
        "@logged\n" + ENDPOINT + 'app.add_api_route("/x", read)\n',
        ENDPOINT + 'app.get("/x")(logged(read))\n',
        "@logged\n@logged\n" + ENDPOINT + 'app.add_api_route("/x", read, methods=["GET"])\n',
    ],
    ids=["decorated", "added", "called", "twice"],
)
def test_a_decorator_that_keeps_the_signature_does_not_hide_the_endpoint(decorator: str, registration: str) -> None:
    route = only_route(APP + decorator + registration)

    assert (str(route), route.endpoint_name, route.name) == ("GET /x", "main:read", "read")
    assert [one.name for one in route.all_dependencies] == ["session"]
    assert route.documented
    assert route.response_model_source == "annotation"


@pytest.mark.parametrize(
    "registration",
    ['@app.get("/x")\n@plain\n' + ENDPOINT, "@plain\n" + ENDPOINT + 'app.add_api_route("/x", read)\n'],
)
def test_a_decorator_without_wraps_shows_its_own_signature_but_the_endpoint_answers(registration: str) -> None:
    decorator = "def plain(f):\n    def inner(request):\n        return f(request)\n    return inner\n"
    route = only_route(APP + decorator + registration)

    assert (route.endpoint_name, route.name) == ("main:read", "inner")
    assert route.all_dependencies == ()
    assert not route.documented
    assert route.response_model is None


def test_the_decorator_above_the_registration_does_not_change_what_is_served() -> None:
    decorator = "def plain(f):\n    def inner(): ...\n    return inner\n"
    route = only_route(APP + decorator + '@plain\n@app.get("/x")\n' + ENDPOINT)

    assert [one.name for one in route.all_dependencies] == ["session"]


def test_one_function_serves_several_paths() -> None:
    source = (
        APP + '@app.get("/b")\n@app.api_route("/a", methods=["PUT", "PATCH"])\n' + ENDPOINT + 'app.post("/c")(read)\n'
    )

    assert [str(one) for one in project({"main.py": source}).routes] == ["PUT /a", "PATCH /a", "GET /b", "POST /c"]


def test_a_kept_decorator_registers_each_function_that_it_gets() -> None:
    source = APP + 'add = app.get("/x")\n@add\ndef one(): ...\nadd(lambda: 2)\n'

    assert [one.endpoint_name for one in project({"main.py": source}).routes] == ["main:one", "main:<lambda>"]


@pytest.mark.parametrize(
    ("helper", "use"),
    [
        ("def at(path):\n    return lambda f: app.get(path)(f)\n", '@at("/x")'),
        (
            "def at(method, path):\n    def put(f):\n        return method(path)(f)\n    return put\n",
            '@at(app.get, "/x")',
        ),
        ("class At:\n    def get(self, path):\n        return app.get('/x')\nat = At()\n", '@at.get("/x")'),
        (
            "class App(FastAPI):\n    def api_route(self, path, **k):\n        return super().get('/x')\napp = App()\n",
            '@app.api_route("/x")',
        ),
    ],
    ids=["function", "method", "object", "subclass"],
)
def test_a_route_stands_where_its_helper_is_used(helper: str, use: str) -> None:
    source = APP + helper + use + "\n" + ENDPOINT
    route = only_route(source)
    line = source.splitlines()[route.place.line - 1]

    assert line == use
    assert line[route.path_place.column : route.path_place.end_column] == '"/x"'


def test_operations_of_one_loop_are_told_apart_by_their_endpoints() -> None:
    source = APP + "def a(): ...\ndef b(): ...\nfor f in (a, b):\n    app.add_api_route('/' + f.__name__, f)\n"
    found = operations_of(project({"main.py": source}).routes, is_generated=False)

    assert [str(one) for one in found] == ["GET /a", "GET /b"]


@pytest.mark.parametrize(
    ("helper", "use"),
    [
        ("from app.main import router\ndef at(path):\n    return router.get(path)\n", "from app.helper import at\n@at('/x')\n"),
        ("def at(method, path):\n    return lambda f: method(path)(f)\n",
         "from app.main import router\nfrom app.helper import at\n@at(router.get, '/x')\n"),
        ("from app.main import router\nclass At:\n    def get(self, path):\n        return router.get(path)\nat = At()\n",
         "from app.helper import at\n@at.get('/x')\n"),
    ],
    ids=["function", "method", "object"],
)  # fmt: skip
def test_helpers_are_used_by_modules_that_name_no_framework(helper: str, use: str) -> None:
    files = {
        "app/__init__.py": "",
        "app/main.py": "from fastapi import APIRouter, FastAPI\nrouter = APIRouter()\napp = FastAPI()\n",
        "app/helper.py": helper,
        "app/views.py": use + "def read(): ...\n",
        "app/serve.py": "import app.views\nfrom app.main import app, router\napp.include_router(router)\n",
    }

    assert [f"{one} {one.endpoint_name}" for one in project(files).routes] == ["GET /x app.views:read"]
