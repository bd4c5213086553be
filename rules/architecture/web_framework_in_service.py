"""Reports business logic that depends on the web framework."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from reviewer.api import Category, Finding, FrameworkImport, Module, Project, Related, Rule, Severity

Layer = Literal["services", "repositories", "models", "schemas", "domain", "tasks"]

NOUNS = {"services": "service", "repositories": "repository", "models": "model", "schemas": "schema", "tasks": "task"}
#: Words in the names of modules and packages whose business is the request itself.
REQUEST_WORDS = frozenset(
    {
        "auth", "authentication", "authorization", "security", "oauth", "oauth2", "sso", "saml", "login", "websocket",
        "websockets", "ws", "middleware", "dependencies", "deps", "limiter", "csrf", "cookies", "templating", "web",
    }
)  # fmt: skip
NAMES = (
    "fastapi.HTTPException",
    "fastapi.exceptions.HTTPException",
    "fastapi.exceptions.RequestValidationError",
    "fastapi.Request",
    "fastapi.requests.Request",
    "fastapi.Response",
    "fastapi.responses.*",
    "starlette.exceptions.HTTPException",
    "starlette.requests.Request",
    "starlette.responses.*",
    "flask.abort",
    "flask.request",
    "flask.session",
    "flask.flash",
    "flask.jsonify",
    "flask.make_response",
    "flask.redirect",
    "flask.helpers.abort",
    "flask.helpers.flash",
    "flask.helpers.make_response",
    "flask_restful.abort",
    "flask_restx.abort",
    "quart.abort",
    "quart.request",
    "quart.session",
    "werkzeug.exceptions.*",
)


class WebFrameworkInServiceOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `web-framework-in-service`."""

    layers: tuple[Layer, ...] = ("services", "repositories", "models", "domain")
    names: tuple[str, ...] = NAMES
    extra_names: tuple[str, ...] = ()
    allowed_names: tuple[str, ...] = ()
    modules: dict[Layer, tuple[str, ...]] = {}


class WebFrameworkInService(Rule):
    """Finds services, repositories and models that raise HTTP errors or use the request.

    ## What it reports
    A module of services, repositories, database models or the domain that uses `HTTPException`, `abort`, `Request`,
    response classes, Flask's `request`, `session`, `flash`, `jsonify`, `redirect` or `make_response`: once a name,
    at its import, with the first uses beside it.

    Not reported: dependencies and decorators in such a module, classes that extend the framework's own, error classes
    and handlers in modules of their own, modules about authentication, HTTP errors that are caught and not raised,
    and what works without a request: `jsonable_encoder`, `run_in_threadpool`, `BackgroundTasks`, `UploadFile`,
    `status`, `current_app`, `g`, `url_for`, `render_template`, `werkzeug.security`. Neither is a parameter that may be
    left out: `request: Request | None = None`.

    ## Why
    A task, a command or a test that calls the service gets an HTTP error, or fails because there is no request. And
    the status that a client sees is decided where nobody looks for it: the same missing row is a 404 on one route and a
    plain mistake of the server on another.

    ## When to ignore it
    Where services are called from routes only and the team has decided that they may answer: turn the rule off, or
    allow `fastapi.HTTPException` with `allowed_names`.

    ## Options
    - `layers`: the layers that must not use the framework (services, repositories, models, domain).
    - `names`, `extra_names`: dotted names that are reported; `package.*` for all of a module.
    - `allowed_names`: names of these that are not.
    - `modules`: modules of a layer by gitignore-style patterns of paths.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    checklist = (
        "Keep business logic out of the views by abstracting them into separate functions or classes.",
        "Keep business logic out of routes by abstracting them into separate functions or classes.",
        "Check if the business logic is properly separated from the routes.",
        "Follow the single responsibility principle, by separating concerns among routes, business logic and task queues.",  # noqa: E501
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/handling-errors/#install-custom-exception-handlers",
        "https://flask.palletsprojects.com/en/stable/reqcontext/",
    )
    Options = WebFrameworkInServiceOptions
    bad = (
        {
            "shop/routers/orders.py": """from fastapi import APIRouter, FastAPI
from shop.services import orders

app = FastAPI()
router = APIRouter()


@router.get("/orders/{order_id}")
def get_order(order_id: int):
    return orders.get(order_id)


app.include_router(router)
""",
            "shop/services/orders.py": """from fastapi import HTTPException, status  # <- web-framework-in-service

ORDERS = {}


def get(order_id: int):
    order = ORDERS.get(order_id)
    if order is None:
        raise HTTPException(status_code=status.HTTP_404_NOT_FOUND, detail="Order not found")
    return order
""",
        },
        {
            "blog/models.py": """import hashlib

from flask import (
    current_app,
    request,  # <- web-framework-in-service
)
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(120))

    def avatar(self):
        scheme = "https" if request.is_secure else "http"
        digest = hashlib.md5(self.email.encode()).hexdigest()
        return f"{scheme}://{current_app.config['AVATARS']}/{digest}"
""",
        },
        {
            "shop/cart/service.py": """import flask  # <- web-framework-in-service


def add(product_id: int) -> None:
    cart = flask.session.setdefault("cart", [])
    cart.append(product_id)
""",
            "shop/cart/cart_repository.py": """def find(connection, cart_id: int):
    from werkzeug.exceptions import NotFound  # <- web-framework-in-service

    row = connection.execute("SELECT id FROM carts WHERE id = ?", (cart_id,)).fetchone()
    if row is None:
        raise NotFound("no such cart")
    return row
""",
        },
    )
    good = (
        {
            "shop/main.py": """from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from shop.services import orders

app = FastAPI()


@app.exception_handler(orders.OrderNotFound)
def order_not_found(request: Request, error: orders.OrderNotFound):
    return JSONResponse({"detail": "Order not found"}, status_code=404)


@app.get("/orders/{order_id}")
def get_order(order_id: int):
    if order_id < 1:
        raise HTTPException(status_code=400, detail="Not an order number")
    return orders.get(order_id)
""",
            "shop/services/orders.py": """from fastapi import BackgroundTasks
from fastapi.encoders import jsonable_encoder

ORDERS = {}


class OrderNotFound(Exception):
    pass


def get(order_id: int):
    if order_id not in ORDERS:
        raise OrderNotFound(order_id)
    return jsonable_encoder(ORDERS[order_id])


def remind(order_id: int, background_tasks: BackgroundTasks) -> None:
    background_tasks.add_task(print, get(order_id))
""",
        },
        {
            "shop/customers/service.py": """from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer

scheme = OAuth2PasswordBearer(tokenUrl="token")


def current_customer(request: Request, token: Annotated[str, Depends(scheme)]):
    if not token.startswith("customer-"):
        raise HTTPException(status_code=401, detail="Not a customer")
    return {"name": token, "address": request.client.host}


def rename(customer: dict, name: str) -> dict:
    return customer | {"name": name}
""",
        },
        {
            "feed/services/fetcher.py": """from flask import current_app
from werkzeug.exceptions import HTTPException


def fetch(load, request):
    try:
        return load(current_app.config["FEED"], request.timeout)
    except HTTPException:
        return []
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks what the modules of the inner layers use the framework for."""
        layers = project.layers.configured(self.options.modules)
        names = set(self.options.names + self.options.extra_names) - set(self.options.allowed_names)
        for module in project.framework_uses.modules():
            if not _is_about_requests(module) and layers.is_in(module, *self.options.layers):
                seen: set[int] = set()  # one finding for all that comes by one statement
                for found in project.framework_uses.of(module, names):
                    if found.name not in self.options.allowed_names and found.place.line not in seen:
                        seen.add(found.place.line)
                        yield self._finding(found, layers.layer_of(module).name)

    def _finding(self, found: FrameworkImport, layer: str) -> Finding:
        noun = NOUNS.get(layer, layer)
        is_raised = any(use.is_raised for use in found.uses) or found.name.endswith(".abort")
        verb = "raises" if is_raised and not found.name.endswith(".abort") else "uses"
        consequence = (
            "an error that only a web application answers"
            if is_raised
            else "which is there only while a request is answered"
        )
        hint = (
            "Raise an error of the application's own and let an exception handler or the route give it a status."
            if is_raised
            else "Pass in what it needs from the request as plain values, and let the route make the response."
        )
        return self.at(
            found.place,
            f"The {noun} module `{found.module.name}` {verb} `{found.name}`, {consequence}.",
            hint=hint,
            symbol=f"{found.module.name}:{found.name}",
            related=tuple(
                Related(use.place, f"Used in `{use.function}`." if use.function else "Used here.")
                for use in found.uses[:5]
            ),
        )


def _is_about_requests(module: Module) -> bool:
    """Whether a module's business is what a request carries: credentials, cookies, sockets."""
    *packages, stem = module.name.lower().split(".")
    return not REQUEST_WORDS.isdisjoint(packages[-2:]) or not REQUEST_WORDS.isdisjoint(stem.split("_"))
