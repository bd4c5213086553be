"""Reports imports that go against the order of the application's layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from reviewer.api import Category, Confidence, Finding, LayerImport, Project, Related, Rule, Severity

Layer = Literal["routes", "services", "repositories", "models", "schemas", "domain", "tasks", "configuration"]

RELATED_LIMIT = 10
#: What a module of a layer is called.
NOUNS = {
    "routes": "routes",
    "services": "service",
    "repositories": "repository",
    "models": "model",
    "schemas": "schema",
    "domain": "domain",
    "tasks": "task",
    "configuration": "configuration",
}
#: The layers that a layer must not import from.
FORBIDDEN: dict[Layer, tuple[Layer, ...]] = {
    "services": ("routes",),
    "repositories": ("routes", "services"),
    "models": ("routes", "services", "repositories"),
    "schemas": ("routes", "services", "repositories"),
    "domain": ("routes",),
    "tasks": ("routes",),
    "configuration": ("routes",),
}


class LayerViolationOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `layer-violation`."""

    layers: dict[Layer, tuple[str, ...]] = {}
    forbidden: dict[Layer, tuple[Layer, ...]] = msgspec.field(default_factory=lambda: dict(FORBIDDEN))
    deferred_imports: bool = True


class LayerViolation(Rule):
    """Finds imports that go the wrong way between the layers of an application.

    ## What it reports
    An import, in a module of services, repositories, models, schemas, tasks or configuration, of a module that defines
    routes; in repositories and schemas, of a service; in models and schemas, of a service or a repository. Layers are
    told by what a module does (defines endpoints, maps tables, declares schemas) and by its name and packages
    (`services/`, `user_service.py`, `crud.py`, `models.py` …); where the two disagree nothing is reported.

    Imports for type checkers (`if TYPE_CHECKING:`) are fine, and so are enumerations, errors and records that are
    imported from a service, and functions of a module that holds nothing but plain functions of the standard library.
    A `Repository` that neither fetches nor stores data (one of code, say) is none of the layer. Tests, migrations,
    command lines, plugins and the modules that make the application or register routers may import anything. An import
    inside a function is reported with less confidence. All that a module imports from one layer is one finding.

    ## Why
    A service that imports a view pulls the whole web layer into every task, script and test that uses the service, and
    soon the two import each other. When imports point one way, from routes over services to the database, each layer
    can be read, tested and replaced without those above it.

    ## When to ignore it
    Where a module is called after a layer that it does not belong to: say so with `layers`.

    ## Options
    - `layers`: modules of a layer by gitignore-style patterns of paths: `services = ["app/workflows/"]`. They win over
      names and contents. Layers: routes, services, repositories, models, schemas, domain, tasks, configuration.
    - `forbidden`: the layers that a layer must not import from; replaces the whole table.
    - `deferred_imports`: whether imports inside functions are reported (true).
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    checklist = (
        "Follow the single responsibility principle by separating concerns among views, business logic, and task "
        "queues.",
        "Follow the single responsibility principle, by separating concerns among routes, business logic and task "
        "queues.",
        "Check if the business logic is properly separated from the routes.",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/bigger-applications/",
        "https://flask.palletsprojects.com/en/stable/blueprints/",
    )
    Options = LayerViolationOptions
    bad = (
        {
            "shop/main.py": """from fastapi import FastAPI
from shop.routers import orders

app = FastAPI()
app.include_router(orders.router)
""",
            "shop/routers/orders.py": """from fastapi import APIRouter
from shop.services import order_service

router = APIRouter(prefix="/orders")


def order_address(order_id: int) -> str:
    return f"/orders/{order_id}"


@router.post("/{order_id}/payment")
def pay(order_id: int):
    return order_service.pay(order_id)
""",
            "shop/services/order_service.py": """from shop.routers.orders import order_address  # <- layer-violation


def pay(order_id: int):
    return {"paid": order_address(order_id)}
""",
            "shop/routers/customers.py": """from fastapi import APIRouter

router = APIRouter(prefix="/customers")


@router.get("/{customer_id}")
def get_customer(customer_id: int):
    return {"id": customer_id}
""",
            "shop/tasks.py": """def send_reminder(order_id: int):
    from shop.routers.orders import pay  # <- layer-violation

    return pay(order_id)


def greet(customer_id: int):
    from shop.routers.customers import get_customer

    return get_customer(customer_id)
""",
        },
        {
            "blog/__init__.py": """from flask import Flask
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


def create_app():
    app = Flask(__name__)
    db.init_app(app)
    from blog.posts.views import posts

    app.register_blueprint(posts)
    return app
""",
            "blog/posts/__init__.py": "",
            "blog/posts/views.py": """from flask import Blueprint
from blog.posts import service

posts = Blueprint("posts", __name__)


@posts.get("/posts")
def list_posts():
    return {"posts": service.titles()}
""",
            "blog/posts/service.py": """from blog.posts.models import Post


def titles():
    return [post.title for post in Post.query.all()]


def publish(post):
    post.is_public = True
""",
            "blog/posts/models.py": """from blog import db
from . import service  # <- layer-violation


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.String(80))
    is_public = db.Column(db.Boolean)

    def publish(self):
        service.publish(self)
""",
        },
        {
            "app/repositories/users.py": """from app.services.mail_service import send_welcome  # <- layer-violation


class UserRepository:
    def add(self, session, user):
        session.add(user)
        send_welcome(user.email)
""",
            "app/services/mail_service.py": """def send_welcome(address: str) -> None:
    print("Welcome", address)
""",
        },
    )
    good = (
        {
            "shop/main.py": """from fastapi import FastAPI
from shop.orders.views import router

app = FastAPI()
app.include_router(router)
""",
            "shop/orders/views.py": """from fastapi import APIRouter
from shop.orders import service
from shop.orders.models import OrderRead

router = APIRouter(prefix="/orders")


@router.get("/{order_id}", response_model=OrderRead)
def get_order(order_id: int):
    return service.get(order_id)
""",
            "shop/orders/service.py": """from typing import TYPE_CHECKING

from shop.customers import service as customer_service
from shop.orders.models import OrderRead

if TYPE_CHECKING:
    from shop.orders.views import router


def get(order_id: int) -> OrderRead:
    return OrderRead(id=order_id, customer=customer_service.name_of(order_id))
""",
            "shop/orders/models.py": """from pydantic import BaseModel
from shop.customers.service import CustomerKind


class OrderRead(BaseModel):
    id: int
    customer: str
    kind: CustomerKind = CustomerKind.PRIVATE
""",
            "shop/customers/service.py": """from enum import Enum


class CustomerKind(str, Enum):
    PRIVATE = "private"
    COMPANY = "company"


def name_of(order_id: int) -> str:
    return f"customer of {order_id}"
""",
        },
        {
            "shop/schemas/client.py": """from pydantic import AnyUrl, BaseModel, field_validator

from shop.services.hosts import is_local


class Client(BaseModel):
    url: AnyUrl

    @field_validator("url")
    @classmethod
    def check_host(cls, url):
        assert not is_local(url.host)
        return url
""",
            "shop/services/hosts.py": """import ipaddress


def is_local(host: str) -> bool:
    return ipaddress.ip_address(host).is_private
""",
            "shop/plugins_of_users/repository.py": """from pathlib import Path

from shop.settings.service import setting_of


class Repository:
    def __init__(self, origin: str) -> None:
        self.origin = origin

    def files(self) -> list[Path]:
        return list(Path(setting_of("plugins"), self.origin).glob("*.py"))
""",
            "shop/settings/service.py": """import os


def setting_of(name: str) -> str:
    return os.environ[name]
""",
        },
        {
            "blog/__init__.py": """from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

from blog import views
""",
            "blog/views.py": """from blog import app
from blog.models import Post


@app.get("/posts")
def list_posts():
    return {"count": Post.query.count()}
""",
            "blog/models.py": """from blog import db


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the imports that the table forbids, and gathers those of a module from one layer."""
        layers = project.layers.configured(self.options.layers)
        by_module: dict[tuple[str, str], list[LayerImport]] = {}
        for found in project.imports_between_layers(self.options.forbidden, layers):
            if not found.is_deferred or self.options.deferred_imports:
                by_module.setdefault((found.importer.path, found.imported_layer), []).append(found)
        for imports in by_module.values():
            imports.sort(key=lambda one: one.is_deferred)
            yield self._finding(imports[0], imports[1:]).standing_for(map(self._finding, imports))

    def _finding(self, found: LayerImport, others: Sequence[LayerImport] = ()) -> Finding:
        what = " and ".join(f"`{name}`" for name in found.names[:3] if name != "*")
        more = f" and {len(found.names) - 3} more" if len(found.names) > 3 else ""
        of = f"{what}{more} from the" if what else "the"
        where = f"{of} {NOUNS[found.imported_layer]} module `{found.imported.name}`"
        rest = f", and {len(others)} more of the {found.imported_layer}" if others else ""
        return self.at(
            found.place,
            f"The {NOUNS[found.importer_layer]} module `{found.importer.name}` imports {where}{rest}.",
            hint=f"Move what both need into a module below the {found.imported_layer}, or pass it in as an argument.",
            symbol=f"{found.importer.name}:{found.imported.name}",
            confidence=Confidence.MEDIUM if found.is_deferred else Confidence.HIGH,
            related=tuple(
                Related(one.place, f"Here it imports from `{one.imported.name}`.") for one in others[:RELATED_LIMIT]
            ),
        )
