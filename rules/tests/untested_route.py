"""Reports routes that no test requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import groupby

import msgspec

from reviewer.api import Category, Finding, Place, Project, Related, Route, Rule, Severity, UntestedRegistration

#: Routes that a message names, and places that it refers to.
NAMED_ROUTES = 5
NAMED_MODULES = 3
RELATED_PLACES = 20
#: Untested routes that are too many to be read one by one.
CROWD = 10
#: Modules with untested routes that are too many to be read one by one.
MANY_MODULES = 4


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `untested-route`."""

    ignored_paths: tuple[str, ...] = ("*/health*", "*/metrics", "*/ping", "/favicon.ico")
    grouped_above: float = 0.5


class UntestedRoute(Rule):
    """Finds routes whose method and path no test requests.

    ## What it reports
    A route that no test calls with a client: FastAPI's `TestClient`, httpx's clients, Flask's `test_client()`, fixtures
    that give one, and the team's own wrappers. Paths are followed through constants, settings, f-strings, helpers,
    `parametrize`, fixtures, `url_for` and `url_path_for`; parameters and what is not known of a path match anything. A
    test that imports the endpoint to call it counts too, and so does a request by another path of the same endpoint,
    or by another method of a function that reads nothing to tell them apart.

    Where up to half of the routes, and no more than ten, are untested, each is reported at its registration. Where
    more are, the gap is one of habit and not of single routes, and there is one finding a module, which names its
    untested routes; where more than four modules have some, or tests make no request at all, there is one for the
    application.

    Nothing is reported where there are no tests, where most requests go to paths that are not known, and where tests
    generate requests (schemathesis, Dredd). A request to an unknown path (`response.headers["Location"]`) leaves
    routes of its method open in the folders to which the other requests of its test file go.

    Routes with `include_in_schema=False`, static files, `HEAD` and `OPTIONS`, and
    routes of libraries are left out.

    ## Why
    A route is what clients depend on: its status, its body, who may call it. Tests of services and models do not see
    a renamed field, a lost dependency or a response that cannot be serialised; the first request does.

    ## When to ignore it
    Where routes are tested outside of this repository, or by a tool that reads no Python.

    ## Options
    - `ignored_paths`: patterns of paths that need no test (`*/health*`, `*/metrics`, …).
    - `grouped_above`: the share of untested routes above which they are reported by module (0.5; 1.0: never
      by module, however many there are).
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    checklist = (
        "Use TestClient to call endpoints in tests and make assertions on the results.",
        "Use Flask's test client to simulate HTTP requests and test the application's endpoints.",
        "Write tests for API endpoints and business logic",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/testing/",
        "https://flask.palletsprojects.com/en/stable/testing/",
    )
    Options = Options
    bad = (
        {
            **{
                f"{folder}/api/main.py": (
                    "from fastapi import FastAPI\n\napp = FastAPI()  # <- untested-route\n\n\n"
                    f'@app.get("/{folder}")\ndef read_all():\n    ...\n\n\n'
                    f'@app.post("/{folder}")\ndef add_one():\n    ...\n'
                )
                for folder in ("inference", "training")
            },
            "inference/api/__init__.py": "",
            "training/api/__init__.py": "",
            "tests/test_unit.py": "def test_sum():\n    assert 1 + 1 == 2\n",
        },
        {
            "app/main.py": (
                "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
                '@app.get("/items/{item_id}")\ndef read_item(item_id: int):\n    ...\n\n\n'
                '@app.delete("/items/{item_id}")  # <- untested-route\ndef delete_item(item_id: int):\n    ...\n'
            ),
            "tests/test_items.py": (
                "from fastapi.testclient import TestClient\n\nfrom app.main import app\n\n"
                "client = TestClient(app)\n\n\n"
                "def test_read_item():\n    assert client.get(\"/items/1\").status_code == 200\n"
            ),
        },
        {
            "app/config.py": (
                "from pydantic_settings import BaseSettings\n\n\n"
                'class Settings(BaseSettings):\n    API_V1_STR: str = "/api/v1"\n\n\nsettings = Settings()\n'
            ),
            "app/users.py": (
                "from fastapi import APIRouter\n\n"
                'router = APIRouter(prefix="/users")\n\n\n'
                '@router.get("/")\ndef read_users():\n    ...\n\n\n'
                '@router.patch("/{user_id}")\ndef update_user(user_id: int):\n    ...\n\n\n'
                '@router.post("/{user_id}/avatar")  # <- untested-route\ndef add_avatar(user_id: int):\n    ...\n'
            ),
            "app/main.py": (
                "from fastapi import FastAPI\n\nfrom app import users\nfrom app.config import settings\n\n"
                "app = FastAPI()\napp.include_router(users.router, prefix=settings.API_V1_STR)\n"
            ),
            "tests/conftest.py": (
                "import pytest\nfrom fastapi.testclient import TestClient\n\nfrom app.main import app\n\n\n"
                "@pytest.fixture\ndef client():\n    with TestClient(app) as client:\n        yield client\n"
            ),
            "tests/test_users.py": (
                "from app.config import settings\n\n\n"
                "def test_read_users(client):\n    client.get(f\"{settings.API_V1_STR}/users/\")\n\n\n"
                "def test_update_user(client, user):\n"
                "    client.patch(f\"{settings.API_V1_STR}/users/{user.id}\", json={})\n"
            ),
        },
        {
            "shop/__init__.py": (
                "from flask import Flask\n\nfrom shop.orders import orders\n\n\n"
                "def create_app():\n    app = Flask(__name__)\n"
                '    app.register_blueprint(orders, url_prefix="/orders")\n    return app\n'
            ),
            "shop/orders.py": (
                "from flask import Blueprint\n\n"
                'orders = Blueprint("orders", __name__)  # <- untested-route\n\n\n'
                '@orders.route("/")\ndef index():\n    ...\n\n\n'
                '@orders.route("/<int:order_id>")\ndef show(order_id):\n    ...\n\n\n'
                '@orders.route("/<int:order_id>/cancel", methods=["POST"])\ndef cancel(order_id):\n    ...\n'
            ),
            "tests/test_orders.py": (
                "from shop import create_app\n\n\n"
                "def test_index():\n    assert create_app().test_client().get(\"/orders/\").status_code == 200\n"
            ),
        },
    )  # fmt: skip
    good = (
        {
            "app/main.py": (
                "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
                '@app.get("/health")\ndef health():\n    ...\n\n\n'
                '@app.get("/items/{item_id}")\ndef read_item(item_id: int):\n    ...\n\n\n'
                '@app.delete("/items/{item_id}")\ndef delete_item(item_id: int):\n    ...\n\n\n'
                '@app.get("/login", include_in_schema=False)\ndef login():\n    ...\n'
            ),
            "scripts/benchmark/server.py": (
                'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/wait")\ndef wait():\n    ...\n'
            ),
            "examples/echo/app.py": (
                'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/echo")\ndef echo():\n    ...\n'
            ),
            "tests/test_items.py": (
                "import pytest\nfrom httpx import AsyncClient\n\nfrom app.main import app\n\n\n"
                "@pytest.mark.parametrize(\"path\", [\"/items/1\", \"/items/2\"])\n"
                "async def test_read_item(client: AsyncClient, path):\n    await client.get(path)\n\n\n"
                "async def test_delete_item(client: AsyncClient):\n"
                "    await client.delete(app.url_path_for(\"delete_item\", item_id=1))\n"
            ),
        },
        {
            "shop/__init__.py": (
                "from flask import Blueprint, Flask\n\n"
                'orders = Blueprint("orders", __name__)\n\n\n'
                '@orders.route("/<int:order_id>", methods=["GET", "DELETE"])\ndef order(order_id):\n    ...\n\n\n'
                "def create_app():\n    app = Flask(__name__)\n"
                '    app.register_blueprint(orders, url_prefix="/orders")\n    return app\n'
            ),
            "tests/test_orders.py": (
                "from flask import url_for\n\n\n"
                "class Requests:\n    def __init__(self, client):\n        self.client = client\n\n"
                "    def show(self, path):\n        return self.client.get(path)\n\n\n"
                "def test_show(client):\n    Requests(client).show(\"/orders/1\")\n\n\n"
                "def test_delete(client):\n    client.delete(url_for(\"orders.order\", order_id=1))\n"
            ),
        },
        {
            "shop/__init__.py": (
                "from flask import Blueprint, Flask\n\n"
                'orders = Blueprint("orders", __name__)\n\n\n'
                '@orders.route("/<int:order_id>")\n@orders.route("/<int:order_id>/lines/<int:line>")\n'
                "def show(order_id, line=None):\n    ...\n\n\n"
                '@orders.route("/<int:order_id>/bill")\ndef bill(order_id):\n    ...\n\n\n'
                '@orders.route("/report")\ndef report():\n    ...\n\n\n'
                "def create_app():\n    app = Flask(__name__)\n"
                '    app.register_blueprint(orders, url_prefix="/orders")\n    return app\n'
            ),
            "tests/conftest.py": (
                "import pytest\nfrom flask import url_for\n\n\n"
                "@pytest.fixture\ndef user_client(client):\n    class UserClient:\n        @staticmethod\n"
                "        def get(user_id, endpoint, **values):\n"
                "            return client.get(url_for(endpoint, **values), headers={\"User\": user_id})\n\n"
                "    return UserClient\n"
            ),
            "tests/test_orders.py": (
                "def test_show(user_client, user, order):\n"
                "    user_client.get(user.id, \"orders.show\", order_id=order.id)\n\n\n"
                "def test_report(user_client, user):\n"
                "    user_client.get(user_id=user.id, endpoint=\"orders.report\")\n\n\n"
                "def test_bill(client, order):\n    client.get(f\"orders/{order.id}/bill\")\n"
            ),
            "tests/test_pages.py": (
                "def test_pages(client):\n"
                + "".join(f'    assert client.get("/{page}").status_code == 404\n' for page in ("a", "b", "c", "d"))
            ),
        },
        'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/items")\ndef read_items():\n    ...\n',
    )  # fmt: skip

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares routes and the requests of tests."""
        tested = project.tested_routes
        if not project.routes or not tested.are_known:
            return
        count, untested = tested.registrations(self._is_ignored)
        if not tested.requests and len(untested) > 1:
            yield from self._by_application(untested)
        elif self._is_habit(len(untested), count):
            is_everywhere = len({one.place.path for one in untested}) > MANY_MODULES
            yield from self._by_application(untested) if is_everywhere else self._by_module(untested)
        else:
            yield from (self._single(one) for one in untested)

    def _is_habit(self, untested: int, count: int) -> bool:
        share = self.options.grouped_above
        return untested > 1 and (untested > count * share or (untested > CROWD and share < 1))

    def _is_ignored(self, route: Route) -> bool:
        return any(fnmatchcase(route.path, pattern) for pattern in self.options.ignored_paths)

    def _single(self, untested: UntestedRegistration) -> Finding:
        hint = "Request it in a test: once as it should be used, and once as it should not."
        return self.at(untested, f"No test requests {untested}.", hint=hint, symbol=untested.routes[0].endpoint_name)

    def _by_module(self, untested: tuple[UntestedRegistration, ...]) -> Iterator[Finding]:
        found = sorted(untested, key=lambda one: (one.place.path, one.place.line))
        for path, group in groupby(found, key=lambda one: one.place.path):
            members = tuple(group)
            router = members[0].routes[0].router.place
            where = router if router is not None and router.path == path else members[0].place
            yield self._group(where, members, f"`{members[0].routes[0].module.name}`")

    def _by_application(self, untested: tuple[UntestedRegistration, ...]) -> Iterator[Finding]:
        # Two programs of a repository may both be called `main:app`.
        found = sorted(untested, key=lambda one: (one.routes[0].application.name, one.routes[0].application.place))
        for (name, where), group in groupby(
            found, key=lambda one: (one.routes[0].application.name, one.routes[0].application.place)
        ):
            members = tuple(group)
            modules = Counter(one.routes[0].module.name for one in members).most_common(NAMED_MODULES)
            if len(modules) < NAMED_MODULES:
                yield self._group(where, members, f"`{name}`")
            else:
                yield self._everywhere(where, members, name, modules)

    def _everywhere(
        self, where: Place, members: tuple[UntestedRegistration, ...], name: str, modules: list[tuple[str, int]]
    ) -> Finding:
        named = ", ".join(f"`{module}` ({number})" for module, number in modules)
        return self.gathered(
            where,
            f"No test requests {len(members)} of the routes of `{name}`; most of them are in {named}.",
            map(self._single, members),
            hint="Begin with the routes that change data: request each in a test.",
            symbol=name,
            related=tuple(Related(one.place, f"no test requests {one}") for one in members[:RELATED_PLACES]),
        )

    def _group(self, where: Place, members: tuple[UntestedRegistration, ...], what: str) -> Finding:
        names = ", ".join(str(one) for one in members[:NAMED_ROUTES])
        more = f" and {len(members) - NAMED_ROUTES} more" if len(members) > NAMED_ROUTES else ""
        return self.gathered(
            where,
            f"No test requests {len(members)} of the routes of {what}: {names}{more}.",
            map(self._single, members),
            hint="Begin with the routes that change data: request each in a test.",
            symbol=what.strip("`"),
            related=tuple(Related(one.place, f"no test requests {one}") for one in members[:RELATED_PLACES]),
        )
