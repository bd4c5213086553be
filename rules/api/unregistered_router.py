"""Reports routers and blueprints with routes that no application includes."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class UnregisteredRouter(Rule):
    """Finds routers and blueprints with routes that no application includes.

    ## What it reports
    An `APIRouter` or `Blueprint` with routes, at the top level of a module, that no application of the project
    includes, directly or through other routers. Of several that include each other the outermost is reported.

    Nothing is reported where the project has no application near the router (a library), where something other than
    its decorators uses the router's name, or where an application includes something that cannot be followed.

    ## Why
    Every request to these routes is answered with 404, although the code, its documentation and often its unit tests
    look finished. A router is written in one file and included in another, and the second is easily forgotten.

    ## When to ignore it
    For a router that is included by a program that is not part of this repository.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Ensure that all routes are properly defined using Flask's routing system.",
        "Maintain high code quality and security",
        "Follow FastAPI best practices",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/bigger-applications/",
        "https://flask.palletsprojects.com/en/stable/blueprints/#registering-blueprints",
    )
    bad = (
        {
            "app/main.py": """
from fastapi import FastAPI

from app.routers import items

app = FastAPI()
app.include_router(items.router)
""",
            "app/__init__.py": "",
            "app/routers/__init__.py": "",
            "app/routers/items.py": """
from fastapi import APIRouter

router = APIRouter(prefix="/items")


@router.get("/")
def list_items():
    return []
""",
            "app/routers/orders.py": """
from fastapi import APIRouter

router = APIRouter(prefix="/orders")  # <- unregistered-router


@router.get("/")
def list_orders():
    return []
""",
        },
        {
            "shop/__init__.py": """
from flask import Flask


def create_app():
    app = Flask(__name__)

    from .catalogue import catalogue
    app.register_blueprint(catalogue)
    return app
""",
            "shop/catalogue.py": """
from flask import Blueprint

catalogue = Blueprint("catalogue", __name__)


@catalogue.route("/products")
def products():
    return []
""",
            "shop/basket.py": """
from flask import Blueprint

basket = Blueprint("basket", __name__)  # <- unregistered-router


@basket.post("/basket")
def add():
    return {}
""",
        },
    )
    good = (
        {
            "app/main.py": """
from importlib import import_module

from fastapi import FastAPI

app = FastAPI()
for name in ("items", "orders"):
    app.include_router(import_module(f"app.routers.{name}").router, prefix=f"/{name}")
""",
            "app/__init__.py": "",
            "app/routers/__init__.py": "",
            "app/routers/items.py": """
from fastapi import APIRouter

router = APIRouter()


@router.get("/")
def list_items():
    return []
""",
            "app/routers/orders.py": """
from fastapi import APIRouter

router = APIRouter()


@router.get("/")
def list_orders():
    return []
""",
        },
        {
            "statuspage/__init__.py": """
from fastapi import APIRouter

router = APIRouter()


@router.get("/status")
def status():
    return {"status": "up"}
""",
        },
        {
            "main.py": """
from fastapi import FastAPI

from plugins import load_plugins

app = FastAPI()
load_plugins(app)
""",
            "plugins.py": """
import settings
from reports import router

AVAILABLE = {"reports": router}


def load_plugins(app):
    for name in settings.read_enabled():
        app.include_router(AVAILABLE[name])
""",
            "reports.py": """
from fastapi import APIRouter

router = APIRouter()


@router.get("/reports")
def list_reports():
    return []
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for routers that nothing includes."""
        for router in project.forgotten_routers():
            module, _, name = router.names[0].partition(":")
            register = "app.register_blueprint" if router.kind == "blueprint" else "app.include_router"
            yield self.at(
                router,
                f"No application includes the {router.kind} `{name}` of `{module}`, so its routes answer 404.",
                hint=f"Include it with `{register}({name})`, or delete it.",
                symbol=router.names[0],
            )
