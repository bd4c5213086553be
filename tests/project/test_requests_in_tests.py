"""Which requests tests make, and which routes they reach."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.project import Project

APPLICATION = """from fastapi import FastAPI

app = FastAPI()


@app.get("/items")
def read_items():
    ...


@app.get("/items/me")
def read_mine():
    ...


@app.get("/items/{item_id}")
def read_item(item_id: int):
    ...


@app.post("/items/{item_id}/image")
def add_image(item_id: int):
    ...


@app.get("/files/{path:path}")
def read_file(path: str):
    ...
"""


def with_test(test: str, **others: str) -> Project:
    imports = "import pytest\nfrom fastapi.testclient import TestClient\nfrom app.main import app\n\nclient = TestClient(app)\n\n"
    files = {"app/main.py": APPLICATION, "tests/test_items.py": imports + test}
    return project({**files, **{path.replace("__", "/") + ".py": text for path, text in others.items()}})


def requested(test: str, **others: str) -> list[str]:
    """Method and path of the requests of a test, `?` for a path that is not known."""
    requests = with_test(test, **others).test_requests
    return [f"{one.method} {one.path if isinstance(one.path, str) else '?'}" for one in requests]


def reached(test: str, **others: str) -> set[str]:
    linked = with_test(test, **others)
    return {str(route) for route in linked.routes if linked.requests_to(route)}


@pytest.mark.parametrize(
    ("statement", "request_made"),
    [
        ("client.get('/items')", "GET /items"),
        ("client.post('/items', json={})", "POST /items"),
        ("client.get(url='/items?limit=1')", "GET /items"),
        ("client.request('PUT', '/items')", "PUT /items"),
        ("client.request(method='delete', url='/items')", "DELETE /items"),
        ("client.request(METHOD, '/items')", "{?} /items"),
        ("client.get('http://test/items')", "GET /items"),
        ("client.get(f'/items/{item.id}')", "GET /items/{?}"),
        ("client.get('/items/{}'.format(item.id))", "GET /items/{?}"),
        ("client.get('/items/%d' % item.id)", "GET /items/{?}"),
        ("client.get('/items/' + str(item.id))", "GET /items/{?}"),
        ("client.get(app.url_path_for('read_item', item_id=1))", "GET /items/{?}"),
        ("client.websocket_connect('/events')", "WEBSOCKET /events"),
        ("application.test_client().get('/items')", "GET /items"),
        ("self.client.open('/items', method='PATCH')", "PATCH /items"),
        ("TestClient(app, base_url='http://test/v1').get('items')", "GET /v1/items"),
        ("client.get(location)", "GET ?"),
        ("app.post_json('/items', {'name': 'a'})", "POST /items"),
        ("self.app.put_json('/items/1', params)", "PUT /items/1"),
        ("testapp.patch_json('/items/%s' % item.id, {})", "PATCH /items/{?}"),
        ("testapp.delete_json(url='/items/1')", "DELETE /items/1"),
        ("testapp.post_json(location, {})", "POST ?"),
        ("make_request('post', '/items')", None),
        ("self.make_request('post', '/items')", "POST /items"),
        ("self.post_request('/items')", "POST /items"),
        ("session.post('http://localhost:8000/items')", "POST /items"),
        ("urllib.request.urlopen('http://localhost:8000/items')", "GET /items"),
        ("urllib.request.Request('http://localhost:8000/items', data=b'', method='PUT')", "PUT /items"),
        ("urllib.request.Request('http://localhost:8000/items', data=b'')", "POST /items"),
    ],
)
def test_calls_of_clients_are_requests(statement: str, request_made: str | None) -> None:
    made = requested(f"def test_it(self, item, location, application):\n    {statement}\n")

    assert made == ([] if request_made is None else [request_made])


@pytest.mark.parametrize(
    "statement",
    [
        "response.json().get('id')",
        "respx.get('/items')",
        "mocker.patch('app.main.read_items')",
        "redis.get('/items')",
        "session.get(Item, 1)",
        "client.get()",
        "client.get(1)",
        "response.get_json('/items')",
        "redis.put_json('/items', {})",
        "client.get('https://pypi.org/simple')",
        "os.environ.get('PATH')",
    ],
)
def test_other_calls_are_no_requests(statement: str) -> None:
    assert requested(f"def test_it(response, respx, mocker, redis, session):\n    {statement}\n") == []


@pytest.mark.parametrize("decorator", ["@pytest.fixture", "@pytest.fixture(scope='module')", "@pytest_asyncio.fixture"])
def test_a_fixture_hands_its_path_through_although_it_is_called_like_a_test(decorator: str) -> None:
    fixture = "def test_response(path):\n    return client.get(path)\n"

    assert requested(f"{decorator}\n{fixture}") == []
    assert requested(fixture) == ["GET ?"]


def test_decorators_of_an_application_made_for_a_test_are_no_requests() -> None:
    assert requested("def test_it(api):\n    @api.get('/items')\n    def read():\n        ...\n") == []


def test_a_path_is_followed_through_names_constants_and_settings() -> None:
    settings = (
        "from pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n    prefix: str = '/v1'\n\n"
        "settings = Settings()\nITEMS = '/items'\n"
    )
    test = (
        "from app.settings import ITEMS, settings\n\n\ndef test_it():\n"
        "    url = f'{settings.prefix}{ITEMS}/{1}'\n    client.get(url)\n"
    )

    assert requested(test, app__settings=settings) == ["GET /v1/items/1"]


def test_a_field_that_is_empty_by_default_is_not_known() -> None:
    models = "from pydantic import BaseModel\n\nclass Item(BaseModel):\n    slug: str = ''\n"
    test = (
        "from app.models import Item\n\ndef path_of(slug):\n    return f'/items/{slug}'\n\n"
        "def test_it(item: Item):\n    client.get(f'/items/{item.slug}')\n    client.get(path_of(item.slug))\n"
    )

    assert requested(test, app__models=models) == ["GET /items/{?}", "GET /items/{?}"]


def test_each_value_of_a_parametrised_test_is_a_request() -> None:
    test = (
        "@pytest.mark.parametrize('path, status', [('/items', 200), pytest.param('/none', 404)])\n"
        "def test_it(path, status):\n    client.get(path)\n"
    )

    assert requested(test) == ["GET /items", "GET /none"]


def test_fixtures_fill_paths() -> None:
    conftest = (
        "import pytest\n\n@pytest.fixture\ndef prefix():\n    return '/v1'\n\n"
        "@pytest.fixture(params=['/a', '/b'])\ndef part(request):\n    return request.param\n"
    )

    assert requested("def test_it(prefix, part):\n    client.get(f'{prefix}{part}')\n", tests__conftest=conftest) == [
        "GET /v1/a",
        "GET /v1/b",
    ]


def test_what_set_up_keeps_on_a_test_class_fills_paths() -> None:
    test = (
        "class TestItems:\n    def setup_method(self):\n        self.url = '/items'\n\n"
        "    def test_it(self):\n        client.get(self.url)\n"
    )

    assert requested(test) == ["GET /items"]


def test_helpers_get_their_paths_from_their_callers() -> None:
    test = (
        "def fetch(client, path, status=200):\n    return client.get(path)\n\n"
        "def test_it():\n    fetch(client, '/items')\n    fetch(client, path='/none', status=404)\n"
    )

    assert requested(test) == ["GET /items", "GET /none"]


def test_functions_and_classes_of_the_tests_that_make_paths_are_followed() -> None:
    test = (
        "class Base:\n    base = '/'\n\n    @classmethod\n    def one(cls, number):\n"
        "        return f'{cls.base}/{number}'\n\n"
        "class Items(Base):\n    base = '/items'\n\n"
        "def path_of(number):\n    return f'/items/{number}'\n\n"
        "@pytest.mark.parametrize('routes', [Items])\ndef test_it(routes):\n"
        "    client.get(routes.one(1))\n    client.get(path_of(2))\n"
    )

    assert requested(test) == ["GET /items/1", "GET /items/2"]


def test_importing_a_test_file_runs_nothing_of_it() -> None:
    linked = with_test("from fastapi import FastAPI\n\ndef make():\n    return FastAPI()\n\nother = make()\n")
    assert linked.test_requests == ()

    assert len(linked.applications) == 1


@pytest.mark.parametrize(
    ("path", "routes"),
    [
        ("/items", {"GET /items"}),
        ("/items/", {"GET /items"}),
        ("/items/me", {"GET /items/me"}),
        ("/items/1", {"GET /items/{item_id}"}),
        ("/files/a/b/c", {"GET /files/{path:path}"}),
        ("/none", set()),
        ("/v1/items", set()),
    ],
)
def test_a_request_reaches_the_most_literal_route(path: str, routes: set[str]) -> None:
    assert reached(f"def test_it():\n    client.get('{path}')\n") == routes


def test_unknown_parts_of_a_request_match_anything() -> None:
    assert reached(
        "def test_it(item, prefix):\n    client.get(f'/items/{item}')\n    client.post(f'{prefix}/1/image')\n"
    ) == {
        "GET /items/me",
        "GET /items/{item_id}",
        "POST /items/{item_id}/image",
    }


def test_a_request_to_an_application_by_itself_reaches_its_routes_behind_a_mount() -> None:
    inner = "from fastapi import FastAPI\n\nadmin = FastAPI()\n\n@admin.get('/users')\ndef read():\n    ...\n"
    outer = "from fastapi import FastAPI\nfrom app.admin import admin\n\napp = FastAPI()\napp.mount('/admin', admin)\n"
    test = "def test_it(client):\n    client.get('/users')\n"
    linked = project({"app/admin.py": inner, "app/main.py": outer, "tests/test_users.py": test})
    (route,) = linked.routes

    assert [one.path for one in linked.requests_to(route)] == ["/users"]


def untested(test: str) -> set[str]:
    _, found = with_test(test).tested_routes.registrations(lambda route: False)
    return {str(route) for one in found for route in one.routes}


def test_an_endpoint_that_a_test_imports_is_tested() -> None:
    test = "from app.main import read_item\n\ndef test_it():\n    client.get('/items')\n    read_item(1)\n"

    assert untested(test) == {"GET /items/me", "POST /items/{item_id}/image", "GET /files/{path:path}"}


def test_a_socket_address_that_a_test_writes_down_is_requested() -> None:
    application = (
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n@app.websocket('/feed')\nasync def feed(socket): ...\n\n"
        "@app.websocket('/chat')\nasync def chat(socket): ...\n"
    )
    test = (
        "import os\n\nPORT = int(os.environ.get('PORT') or 9000)\nFEED = f'ws://localhost:{PORT}/feed'\n\n"
        "def test_feed(subscriber):\n    subscriber.start(FEED)\n    subscriber.start('wss://exchange.example.org/chat')\n"
    )
    linked = project({"app/main.py": application, "tests/test_feed.py": test})

    assert [str(route) for route in linked.routes if linked.requests_to(route)] == ["WEBSOCKET /feed"]


def test_a_hidden_path_tests_what_is_served_under_a_shown_one_too() -> None:
    application = (
        "from fastapi import APIRouter, FastAPI\n\nrouter = APIRouter()\n\n@router.get('/orders')\ndef orders(): ...\n\n"
        "@router.post('/orders')\ndef add(): ...\n\napp = FastAPI()\napp.include_router(router, include_in_schema=False)\n"
        "app.include_router(router, prefix='/shops/{shop}')\n"
    )
    test = "def test_orders(client):\n    client.get('/orders')\n"
    linked = project({"app/main.py": application, "tests/test_orders.py": test})
    _, found = linked.tested_routes.registrations(lambda route: False)

    assert [str(one) for one in found] == ["`POST /shops/{shop}/orders`"]


def test_a_route_whose_own_path_is_not_known_is_not_judged() -> None:
    application = (
        "import os\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n@app.post(os.environ['CALLBACK'])\ndef take(): ...\n\n"
        "@app.get('/items')\ndef read_items(): ...\n"
    )
    linked = project({"app/main.py": application, "tests/test_it.py": "def test_it(client):\n    client.get('/')\n"})
    _, found = linked.tested_routes.registrations(lambda route: False)

    assert [str(one) for one in found] == ["`GET /items`"]


def test_a_route_that_is_registered_in_either_of_two_ways_is_one() -> None:
    application = (
        "import os\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\nif os.environ.get('COUNTING'):\n"
        "    @app.get('/counts')\n    def read_counts(): ...\nelse:\n"
        "    @app.get('/counts')\n    def read_nothing(): ...\n"
    )
    linked = project({"app/main.py": application, "tests/test_it.py": "def test_it(client):\n    client.get('/')\n"})
    _, found = linked.tested_routes.registrations(lambda route: False)

    assert [str(one) for one in found] == ["`GET /counts`"]


def test_a_view_that_does_not_tell_methods_apart_is_tested_by_any_of_them() -> None:
    application = (
        "from flask import Flask, request\n\napp = Flask(__name__)\n\n"
        "@app.route('/status', methods=['GET', 'POST'])\ndef status():\n    return 'ok'\n\n"
        "@app.route('/login', methods=['GET', 'POST'])\ndef login():\n    return request.form['name']\n"
    )
    test = "def test_it(client):\n    client.get('/status')\n    client.get('/login')\n"
    linked = project({"app/main.py": application, "tests/test_it.py": test})
    _, found = linked.tested_routes.registrations(lambda route: False)

    assert [str(one) for one in found] == ["`POST /login`"]


def test_a_request_to_an_unknown_path_leaves_routes_of_its_method_open() -> None:
    test = (
        "def test_it(location):\n    client.get('/items')\n    client.get(location)\n    client.get(location + '/me')\n"
    )

    assert untested(test) == {"POST /items/{item_id}/image"}


@pytest.mark.parametrize(
    ("test", "are_known"),
    [
        ("def test_it(one, two):\n    client.get('/items')\n    client.get(one)\n", True),
        ("def test_it(one, two):\n    client.get('/items')\n    client.get(one)\n    client.get(two)\n", False),
        ("import schemathesis\n\ndef test_it():\n    client.get('/items')\n", False),
        ("import dredd_hooks as hooks\n\ndef test_it():\n    client.get('/items')\n", False),
    ],
)
def test_the_routes_that_are_tested_are_known_where_most_requests_are(test: str, are_known: bool) -> None:
    assert with_test(test).tested_routes.are_known is are_known


def test_without_tests_nothing_is_known() -> None:
    assert not project({"app/main.py": APPLICATION}).tested_routes.are_known


def test_an_address_put_together_of_the_environment_is_the_own_host() -> None:
    server = (
        "import os\n\nPROTOCOL = os.getenv('PROTOCOL') or 'http'\nHOST = os.getenv('HOST') or '127.0.0.1'\n"
        "URL = f'{PROTOCOL}://{HOST}'\n"
    )
    test = "from tests.server import URL\n\ndef test_it():\n    client.get(f'{URL}/items/me')\n"

    assert requested(test, tests__server=server) == ["GET /items/me"]


@pytest.mark.parametrize(
    ("base", "request_made"),
    [
        ("'http://web:5000/'", ["GET /items/me"]),
        ("'http://localhost:5000/items/'", ["GET /items/me"]),
        ("os.environ['BACKEND']", ["GET {?}/items/me"]),
        ("'https://api.github.com'", []),
    ],
)
def test_an_address_joined_of_a_host_and_a_path_is_that_path(base: str, request_made: list[str]) -> None:
    test = (
        f"import os, requests\nfrom urllib.parse import urljoin\n\nBACKEND = {base}\n\n"
        "def test_it():\n    requests.get(urljoin(BACKEND, '/items/me'))\n"
    )

    assert requested(test) == request_made


def test_requests_to_a_server_whose_address_is_not_known_may_go_to_the_application() -> None:
    test = (
        "import os, requests\n\nURL = os.environ['BACKEND']\n\n"
        "def test_it():\n    requests.get(URL + 'items/me')\n    requests.get('https://api.github.com/items')\n"
    )

    assert reached(test) == {"GET /items/me"}


def test_a_request_that_only_parameters_match_may_go_to_a_mounted_application_by_itself() -> None:
    inner = "from fastapi import FastAPI\n\nadmin = FastAPI()\n\n@admin.get('/users/{user_id}')\ndef read_user(user_id): ...\n"
    outer = (
        "from fastapi import FastAPI\nfrom app.admin import admin\n\napp = FastAPI()\napp.mount('/admin', admin)\n\n"
        "@app.get('/{tenant}/{page}')\ndef read_page(tenant, page): ...\n"
    )
    test = "def test_it(client, user):\n    client.get(f'/users/{user.id}')\n"
    linked = project({"app/admin.py": inner, "app/main.py": outer, "tests/test_users.py": test})

    assert {str(route) for route in linked.routes if linked.requests_to(route)} >= {"GET /admin/users/{user_id}"}
