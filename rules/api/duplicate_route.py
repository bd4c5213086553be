"""Reports routes whose method and path an earlier route of the application has already."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class DuplicateRoute(Rule):
    """Finds routes that never answer because an earlier route has the same method and path.

    ## What it reports
    A route of FastAPI, Starlette or Flask whose method and full path (with the prefixes of routers, includes, mounts
    and blueprints) the same application has registered before, for another function. Names of path parameters make no
    difference: `/users/{id}` and `/users/{user_id}` match the same requests.

    Routes on different hosts, routes of which the earlier one is registered only under a condition, and paths that are
    not known are left alone.

    ## Why
    The first route answers all requests; the second one is dead code that looks alive. OpenAPI shows only one of them.
    It happens when two routers get the same prefix, or when a function is copied and its path is not changed.

    ## When to ignore it
    Where the earlier route is removed at run time.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.",  # noqa: E501
        "Ensure that all routes are properly defined using Flask's routing system.",
        "Review that API endpoints follow RESTful principles.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/path-params/#order-matters",)
    bad = (
        """
from fastapi import APIRouter, FastAPI

app = FastAPI()
users = APIRouter(prefix="/users")
members = APIRouter()


@users.get("/{user_id}")
def read_user(user_id: int):
    return {}


@members.get("/{member_id}")  # <- duplicate-route
def read_member(member_id: int):
    return {}


app.include_router(users)
app.include_router(members, prefix="/users")
""",
        """
from flask import Flask

app = Flask(__name__)


@app.route("/orders", methods=["GET", "POST"])
def orders():
    return []


@app.post("/orders")  # <- duplicate-route
def create_order():
    return {}, 201
""",
    )
    good = (
        """
from fastapi import FastAPI

app = FastAPI()


@app.get("/users/{user_id}")
def read_user(user_id: int):
    return {}


@app.delete("/users/{user_id}")
def delete_user(user_id: int):
    return {}


@app.get("/users/{user_id}/orders")
def list_orders(user_id: int):
    return []
""",
        """
import os

from flask import Flask

app = Flask(__name__)

if os.environ.get("MAINTENANCE"):
    @app.route("/")
    def maintenance():
        return "Back soon", 503


@app.route("/")
def index():
    return "Welcome"


@app.route("/<int:year>")
def archive(year):
    return []


@app.route("/<name>")
def page(name):
    return name


@app.route("/", subdomain="admin")
def admin_index():
    return "Administration"
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for routes that an earlier one repeats."""
        for hidden in project.duplicate_routes():
            route = hidden.routes[0]
            methods = ", ".join(dict.fromkeys(one.method for one in hidden.routes))
            yield self.at(
                route.path_place,
                f"`{methods} {route.path}` never answers: `{hidden.earlier}` is registered before it.",
                hint="Give it another path or method, or delete one of the two.",
                symbol=route.symbol,
                related=(Related(hidden.earlier.path_place, f"`{hidden.earlier}` takes its requests."),),
            )
