"""A route is registered by the general decorator although it has one method."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class GenericRouteDecorator(Rule):
    """Finds FastAPI routes that name their only method in `methods=` and not by the decorator.

    ## What it reports
    `@app.api_route(…, methods=["POST"])` and `@app.route(…, methods=["POST"])` on an application or router of FastAPI,
    where the list holds one method for which there is a decorator. Lists of several methods, and lists that do not
    stand in the call, are left alone.

    ## Why
    `@app.post(…)` says at a glance, and to tools that look for routes, what the route does. `route` is worse than long:
    it is Starlette's, so parameters, dependencies, validation and documentation are all left out.

    ## When to ignore it
    Where a plain Starlette endpoint is meant, which takes the request and returns a response.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Review that API endpoints follow RESTful principles.",)
    references = ("https://fastapi.tiangolo.com/reference/apirouter/#fastapi.APIRouter.api_route",)
    bad = """\
from fastapi import APIRouter, FastAPI

app = FastAPI()
router = APIRouter(prefix="/orders")


@app.api_route("/health", methods=["GET"])  # <- generic-route-decorator
def health():
    return {"status": "up"}


def add_order_routes():
    @router.route("/", methods=("post",))  # <- generic-route-decorator
    def create_order():
        return {}
"""
    good = """\
from fastapi import APIRouter, FastAPI
from flask import Blueprint

app = FastAPI()
router = APIRouter(prefix="/orders")
pages = Blueprint("pages", __name__)
READING = ["GET"]


@app.get("/health")
def health():
    return {"status": "up"}


@router.api_route("/{order_id}", methods=["GET", "HEAD"])
def get_order(order_id: int):
    return {}


@router.api_route("/", methods=READING)
def list_orders():
    return []


@app.api_route("/cache", methods=["PURGE"])
def purge():
    return {}


@pages.route("/about", methods=["GET"])
def about():
    return ""
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for such decorators."""
        for found in project.generic_registrations:
            called = f"{found.receiver}.{found.method.lower()}"
            yield self.at(
                found.place,
                f"`{found.function.name}` is registered with `{found.receiver}.{found.name}` for {found.method} alone.",
                hint=f"Write `@{called}(…)`.",
                symbol=found.function.symbol,
            )
