"""Reports routes all of whose requests an earlier, more general route takes."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class ShadowedRoute(Rule):
    """Finds routes that never answer because an earlier, more general route takes their requests.

    ## What it reports
    A route of FastAPI or Starlette with a full path such as `/users/me`, where the application has registered
    `/users/{user_id}` for the same method before it, in the order of includes; and routes below a path at which another
    application was mounted before.

    A converter in the path (`{user_id:int}`) restricts what the earlier route takes and is respected. An annotation
    `user_id: int` of the function is not: the route is chosen first, and `/users/me` is then answered with 422. Flask
    chooses the most specific rule whatever the order, so it has no such routes. Where the earlier route is registered
    only under a condition, or a part of a path is not known, nothing is reported.

    ## Why
    Starlette tries routes in the order of registration and takes the first that matches. The later route is dead: its
    clients get a validation error, or the data of another route.

    ## When to ignore it
    Never; if the later route is not needed any more, delete it.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.",  # noqa: E501
        "Ensure that all routes are properly defined using Flask's routing system.",
        "Review that API endpoints follow RESTful principles.",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/path-params/#order-matters",
        "https://www.starlette.io/routing/#route-priority",
    )
    bad = (
        """
from fastapi import FastAPI

app = FastAPI()


@app.get("/users/{user_id}")
def read_user(user_id: int):
    return {}


@app.get("/users/me")  # <- shadowed-route
def read_current_user():
    return {}
""",
        {
            "main.py": """
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from items import router as items
from search import router as search

app = FastAPI()
app.include_router(items, prefix="/items")
app.include_router(search, prefix="/items/search")
app.mount("/", StaticFiles(directory="static", html=True))


@app.get("/health")  # <- shadowed-route
def health():
    return {"status": "up"}
""",
            "items.py": """
from fastapi import APIRouter

router = APIRouter()


@router.get("/{category}/{name}")
def read_item(category: str, name: str):
    return {}
""",
            "search.py": """
from fastapi import APIRouter

router = APIRouter()


@router.get("/{term}")  # <- shadowed-route
def search_items(term: str):
    return []
""",
        },
    )
    good = (
        """
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

app = FastAPI()
app.mount("/static", StaticFiles(directory="static"))


@app.get("/users/me")
def read_current_user():
    return {}


@app.get("/users/{user_id}")
def read_user(user_id: int):
    return {}


@app.delete("/users/all")
def delete_users():
    return {}


@app.get("/orders/{order_id:int}")
def read_order(order_id: int):
    return {}


@app.get("/orders/open")
def list_open_orders():
    return []


@app.get("/files/{name}")
def read_file(name: str):
    return {}


@app.get("/files/{path:path}")
def read_nested_file(path: str):
    return {}
""",
        """
from flask import Flask

app = Flask(__name__)


@app.route("/users/<name>")
def user(name):
    return name


@app.route("/users/me")
def current_user():
    return "me"
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for routes that an earlier one covers."""
        for hidden in project.shadowed_routes():
            route, earlier = hidden.routes[0], hidden.earlier
            methods = ", ".join(dict.fromkeys(one.method for one in hidden.routes))
            yield self.at(
                route.path_place,
                f"`{methods} {route.path}` never answers: `{earlier}` is registered before it and takes its requests.",
                hint="Register the more specific route first.",
                symbol=route.symbol,
                related=(Related(earlier.path_place, f"`{earlier}` is registered here."),),
            )
