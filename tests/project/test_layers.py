"""Which layer modules belong to, what goes wrong between layers, and how much endpoints do themselves."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Answer

TABLES = """from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
ROUTES = """from fastapi import APIRouter

router = APIRouter()


@router.get("/users")
def list_users():
    return []
"""
MAIN = """from fastapi import FastAPI
from {module} import router

app = FastAPI()
app.include_router(router)
"""


def layer(files: dict[str, str], path: str) -> tuple[str, Answer]:
    one = project(files)
    found = one.layers.layer_of(one.program.by_path[path])
    return found.name, found.answer


def named(path: str) -> str:
    """The layer of a module in a package, by its name alone."""
    name, answer = layer({"shop/__init__.py": "", path: "class Thing:\n    def act(self):\n        pass\n"}, path)
    return name if answer is Answer.YES else ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("shop/services/orders.py", "services"),
        ("shop/orders/service.py", "services"),
        ("shop/orders/order_service.py", "services"),
        ("shop/use_cases/orders.py", "services"),
        ("shop/repositories/orders.py", "repositories"),
        ("shop/crud.py", "repositories"),
        ("shop/crud/crud_order.py", "repositories"),
        ("shop/dao/orders_dao.py", "repositories"),
        ("shop/schemas/orders.py", "schemas"),
        ("shop/orders/tasks.py", "tasks"),
        ("shop/dependencies.py", "dependencies"),
        ("shop/services/dependencies.py", "dependencies"),
        ("shop/services/exceptions.py", "errors"),
        ("shop/services/config.py", "services"),
        ("shop/schemas/task.py", "schemas"),
        ("shop/orders.py", ""),
        ("shop/api/orders.py", ""),
        ("shop/models/orders.py", ""),
        ("shop/models/service.py", ""),
        ("shop/integrations/mail/service.py", "clients"),
        ("shop/controllers/backend/service.py", ""),
        ("shop/api/orders/service.py", "services"),
    ],
)
def test_a_name_tells_a_layer_only_where_nothing_speaks_against_it(path: str, expected: str) -> None:
    assert named(path) == expected


def test_a_module_that_defines_endpoints_is_of_the_routes_whatever_it_is_called() -> None:
    files = {"shop/__init__.py": "", "shop/users.py": ROUTES, "shop/main.py": MAIN.format(module="shop.users")}

    assert layer(files, "shop/users.py") == ("routes", Answer.YES)
    assert layer(files, "shop/main.py") == ("application", Answer.YES)


def test_a_service_that_defines_endpoints_is_of_no_known_layer() -> None:
    files = {"shop/__init__.py": "", "shop/service.py": ROUTES, "shop/main.py": MAIN.format(module="shop.service")}

    assert layer(files, "shop/service.py") == ("routes", Answer.UNKNOWN)


def test_error_handlers_do_not_make_a_module_one_of_the_routes() -> None:
    source = "from app import app\n\n\n@app.exception_handler(ValueError)\ndef answer(request, error):\n    ...\n"
    files = {"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n", "problems.py": source}

    assert not project(files).layers.answers_requests(project(files).program.by_path["problems.py"])


def test_a_module_that_maps_tables_is_of_the_models_whatever_it_is_called() -> None:
    assert layer({"users.py": TABLES}, "users.py") == ("models", Answer.YES)


def test_a_service_that_maps_tables_is_of_no_known_layer() -> None:
    assert layer({"user_service.py": TABLES}, "user_service.py") == ("models", Answer.UNKNOWN)


def test_pydantic_models_alone_make_a_module_one_of_the_schemas() -> None:
    source = "from pydantic import BaseModel\n\n\nclass UserRead(BaseModel):\n    id: int\n    name: str\n"

    assert layer({"users.py": source}, "users.py") == ("schemas", Answer.YES)
    assert layer({"shop/models/user.py": source}, "shop/models/user.py") == ("schemas", Answer.YES)


def test_pydantic_models_that_do_more_than_they_hold_are_no_schemas() -> None:
    source = (
        "from pydantic import BaseModel\n\n\nclass Step(BaseModel):\n    id: int\n\n    def run(self):\n        ...\n"
    )

    assert layer({"steps.py": source}, "steps.py") == ("", Answer.UNKNOWN)


def test_pydantic_models_that_work_on_what_they_are_given_are_no_schemas() -> None:
    source = (
        "from pydantic import BaseModel\n\n\nclass Blur(BaseModel):\n    a: int\n    b: int\n    c: int\n    d: int\n\n"
        "    {method}:\n        return context\n"
    )

    assert layer({"blur.py": source.format(method="def invoke(self, context)")}, "blur.py") == ("", Answer.UNKNOWN)
    decorated = source.format(method="@torch.no_grad()\n    def invoke(self, context)")
    assert layer({"blur.py": decorated}, "blur.py") == ("", Answer.UNKNOWN)
    assert layer({"blur.py": source.format(method="def to_row(self, context)")}, "blur.py") == ("schemas", Answer.YES)
    assert layer({"blur.py": source.format(method="def total(self)")}, "blur.py") == ("schemas", Answer.YES)


def test_a_folder_of_services_with_endpoints_in_it_tells_nothing() -> None:
    files = {
        "services/users/users.py": ROUTES,
        "services/users/main.py": MAIN.format(module="users"),
        "services/users/money.py": "def pay():\n    ...\n",
    }

    assert layer(files, "services/users/money.py") == ("", Answer.UNKNOWN)


def test_tests_and_migrations_are_layers_of_their_own() -> None:
    files = {"tests/services/helper.py": "", "alembic/versions/1_service.py": "down_revision = None\n"}

    assert layer(files, "tests/services/helper.py") == ("tests", Answer.YES)
    assert layer(files, "alembic/versions/1_service.py") == ("migrations", Answer.YES)


def test_configured_layers_win() -> None:
    one = project({"shop/__init__.py": "", "shop/workflows/pay.py": "", "shop/service.py": ""})
    layers = one.layers.configured({"services": ("shop/workflows/",), "tasks": ("**/service.py",)})

    assert layers.is_in(one.program.by_path["shop/workflows/pay.py"], "services")
    assert layers.is_in(one.program.by_path["shop/service.py"], "tasks")
    assert one.layers.is_in(one.program.by_path["shop/service.py"], "services")


def wrong_imports(service: str, **more: str) -> list[tuple[str, tuple[str, ...], bool]]:
    """What `shop/service.py` imports of the routes."""
    files = {
        "shop/__init__.py": "",
        "shop/views.py": ROUTES,
        "shop/main.py": MAIN.format(module="shop.views"),
        "shop/service.py": service,
        **more,
    }
    one = project(files)
    found = one.imports_between_layers({"services": ("routes",)}, one.layers)
    return [(each.imported.name, each.names, each.is_deferred) for each in found]


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("from shop.views import list_users, router", ("list_users", "router")),
        ("from shop.views import *", ("*",)),
        ("from shop import views", ()),
        ("from . import views", ()),
        ("from .views import list_users as users", ("list_users",)),
        ("import shop.views", ()),
        ("import shop.views as users", ()),
        ("try:\n    from shop import views\nexcept ImportError:\n    views = None", ()),
    ],
)
def test_an_import_is_found_in_any_spelling(statement: str, names: tuple[str, ...]) -> None:
    assert wrong_imports(statement + "\n") == [("shop.views", names, False)]


def test_an_import_in_a_function_is_deferred() -> None:
    source = "def pay():\n    from shop.views import router\n\n    return router\n"

    assert wrong_imports(source) == [("shop.views", ("router",), True)]


@pytest.mark.parametrize(
    "guard", ["from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:", "import typing\n\nif typing.TYPE_CHECKING:"]
)
def test_an_import_for_type_checkers_is_none(guard: str) -> None:
    assert wrong_imports(f"{guard}\n    from shop.views import router\n") == []


def test_a_module_may_import_the_package_around_it() -> None:
    files = {
        "shop/__init__.py": ROUTES,
        "main.py": MAIN.format(module="shop"),
        "shop/service.py": "from shop import router\n",
    }
    one = project(files)

    assert list(one.imports_between_layers({"services": ("routes",)}, one.layers)) == []


@pytest.mark.parametrize(
    ("definition", "is_reported"),
    [
        ("def Kind():\n    ...\n", True),
        ("class Kind:\n    def act(self):\n        ...\n", True),
        ("class Kind:\n    name = 1\n", False),
        ("from enum import Enum\n\n\nclass Kind(Enum):\n    A = 1\n\n    def label(self):\n        ...\n", False),
        ("class Kind(Exception):\n    def __str__(self):\n        return ''\n", False),
        ("Kind = ('a', 'b')\n", False),
    ],
)
def test_plain_vocabulary_of_a_service_may_be_imported(definition: str, is_reported: bool) -> None:
    files = {"service.py": definition, "models.py": f"from service import Kind\n{TABLES}"}
    one = project(files)

    found = list(one.imports_between_layers({"models": ("services",)}, one.layers))

    assert bool(found) is is_reported


def uses(source: str, name: str = "fastapi.HTTPException", main: str = "") -> list[tuple[bool, str]]:
    one = project({"service.py": source, "main.py": main})
    module = one.program.by_path["service.py"]
    return [(use.is_raised, use.function) for found in one.framework_uses.of(module, {name}) for use in found.uses]


def test_an_error_that_is_raised_is_a_use() -> None:
    source = "from fastapi import HTTPException\n\n\ndef get():\n    raise HTTPException(404)\n"

    assert uses(source) == [(True, "get")]


def test_a_name_of_an_imported_module_is_a_use() -> None:
    source = "import fastapi as f\n\n\ndef get():\n    raise f.HTTPException(404)\n"

    assert uses(source) == [(True, "get")]


@pytest.mark.parametrize(
    "body",
    [
        "def get():\n    try:\n        load()\n    except HTTPException:\n        pass\n",
        "def get(error):\n    return isinstance(error, HTTPException)\n",
        "def get(HTTPException):\n    raise HTTPException\n",
        "def get(token=Depends(read)):\n    raise HTTPException(401)\n",
        "def get(token: Annotated[str, Depends(read)]):\n    raise HTTPException(401)\n",
        "def get(request, exc):\n    raise HTTPException(500)\n",
        "async def get(request, call_next):\n    raise HTTPException(500)\n",
        "def get(f):\n    @wraps(f)\n    def inner():\n        raise HTTPException(401)\n    return inner\n",
        "class Get(HTTPBearer):\n    def __call__(self):\n        raise HTTPException(401)\n",
        "def get(error: HTTPException | None = None):\n    ...\n",
        "",
    ],
)
def test_what_runs_inside_the_framework_by_nature_is_no_use(body: str) -> None:
    assert uses(f"from fastapi import HTTPException\n\n\n{body}") == []


def test_a_function_that_a_route_depends_on_is_no_use() -> None:
    source = "from fastapi import HTTPException\n\n\ndef check():\n    raise HTTPException(401)\n"
    main = (
        "from fastapi import Depends, FastAPI\nfrom service import check\n\napp = FastAPI()\n\n\n"
        "@app.get('/', dependencies=[Depends(check)])\ndef home():\n    ...\n"
    )

    assert uses(source, main=main) == []
    assert uses(source) == [(True, "check")]


def test_a_pattern_names_all_of_a_module() -> None:
    source = "from werkzeug.exceptions import NotFound\n\n\ndef get():\n    raise NotFound()\n"

    assert uses(source, "werkzeug.exceptions.*") == [(True, "get")]
    assert uses(source, "werkzeug.*") == []


def work(body: str, signature: str = "data: dict") -> tuple[int, int, int]:
    """Statements, branches and loops of an endpoint."""
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    source = f"from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.post('/')\ndef place({signature}):\n{lines}\n"
    (found,) = project({"main.py": source}).endpoint_works(0)
    return found.statements, found.branches, found.loops


@pytest.mark.parametrize(
    "body",
    [
        '"""Says what it does."""\nreturn data',
        "if not data:\n    log.info('empty')\n    raise ValueError",
        "if not data:\n    message = 'empty'\n    if strict:\n        abort(400, message)\n    return message",
        "user.name = form.name.data\nuser.email = data['email']",
        "page = request.args.get('page', 1)",
        "title = _('Really?')",
        "try:\n    return data\nexcept ValueError:\n    session.rollback()\n    abort(400)",
        "def inner():\n    work()\n    work()\nreturn inner",
        "errors.append('Unknown')\nflash('Unknown')",
        "result = {'id': order.id, 'lines': [order.first]}\nreturn result",
        "with a():\n    b()\nwith a():\n    b()\nwith a():\n    b()\nwith a():\n    b()\nwith a():\n    b()",
    ],
)
def test_what_every_handler_must_do_is_no_work(body: str) -> None:
    assert work(body) == (0, 0, 0)


def test_calls_conditions_and_loops_are_work() -> None:
    body = "order = make(data)\nfor line in order.lines:\n    if line.is_large:\n        order.send(line)\nreturn order"

    assert work(body) == (4, 2, 1)


def test_an_alternative_counts_where_the_guard_does_not() -> None:
    body = "if not data:\n    return None\nelif data['x']:\n    pay()\nelse:\n    refuse()"

    assert work(body) == (3, 1, 0)


def test_a_handler_of_errors_counts_where_it_does_something() -> None:
    translating = "try:\n    pay()\nexcept ValueError as error:\n    raise KeyError from error"
    mending = "try:\n    pay()\nexcept ValueError:\n    refund()"

    assert work(translating) == (1, 0, 0)
    assert work(mending) == (2, 1, 0)


def test_an_endpoint_of_two_routes_is_given_once() -> None:
    source = (
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        "@app.get('/a')\n@app.get('/b')\ndef show():\n    load()\n    count()\n"
    )
    one = project({"main.py": source})

    assert [found.function.name for found in one.endpoint_works(2)] == ["show"]
    assert list(one.endpoint_works(3)) == []


def test_a_package_that_makes_a_blueprint_is_no_configuration_whatever_its_name() -> None:
    linked = project(
        {
            "shop/__init__.py": "",
            "shop/settings/__init__.py": (
                "from flask import Blueprint\nfrom .admin import register\n"
                "def create_blueprint():\n    blueprint = Blueprint('settings', __name__)\n"
                "    register(blueprint)\n    return blueprint\n"
            ),
            "shop/settings/admin.py": "def register(blueprint):\n    @blueprint.route('/admin')\n    def admin(): ...\n",
        }
    )

    assert linked.layers.layer_of(linked.program.by_path["shop/settings/__init__.py"]).answer is Answer.UNKNOWN


def test_a_module_of_decorators_that_answer_in_place_of_endpoints_is_not_of_the_routes() -> None:
    controls = """import functools


def require_scope(scope):
    def decorate(function):
        def wrapper(*arguments, **keywords):
            return function(*arguments, **keywords)

        return wrapper

    return decorate
"""
    routes = ROUTES.replace("def list_users", "@require_scope('users')\ndef list_users")
    files = {
        "app/controls.py": controls,
        "app/users.py": "from app.controls import require_scope\n" + routes,
        "app/main.py": MAIN.format(module="app.users"),
    }

    assert layer(files, "app/users.py") == ("routes", Answer.YES)
    assert layer(files, "app/controls.py")[0] != "routes"


def test_a_pydantic_model_beside_a_class_that_works_makes_no_module_of_schemas() -> None:
    model = "from pydantic import BaseModel\n\n\nclass Result(BaseModel):\n    name: str\n    size: int\n"
    working = "\n\nclass Validator:\n    def check(self, one):\n        return Result(name=one, size=1)\n"

    assert layer({"app/validation.py": model}, "app/validation.py") == ("schemas", Answer.YES)
    assert layer({"app/validation.py": model + working}, "app/validation.py")[0] != "schemas"
