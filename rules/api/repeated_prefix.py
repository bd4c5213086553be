"""A path has its prefix twice."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class RepeatedPrefix(Rule):
    """Finds paths in which a prefix is repeated, as it is given in two places.

    ## What it reports
    Routes of FastAPI and Flask whose full path has the same segments twice in a row where two parts of it meet: the
    prefix of an include and that of the router (`/users/users/{id}`), of an application and a router
    (`/api/v1/api/v1/…`), or a prefix and the paths of all routes of a router. One finding a router.

    ## Why
    The route works, at an address that nobody looks for: documentation and tests are made from the same table and do
    not notice. When somebody mends it later, the clients that found it break.

    ## When to ignore it
    Where a thing really holds things of the same name.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.",  # noqa: E501
        "Use Flask's blueprint system for structuring the application into modular components.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Ensure that all routes are properly defined using Flask's routing system.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/bigger-applications/",)
    bad = (
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.users import router

app = FastAPI()
app.include_router(router, prefix="/users")
""",
            "app/users.py": """\
from fastapi import APIRouter

router = APIRouter(prefix="/users")


@router.get("/{user_id}")  # <- repeated-prefix
def get_user(user_id: int):
    return {}


@router.get("/{user_id}/orders")
def list_orders(user_id: int):
    return []
""",
        },
        """\
from flask import Blueprint, Flask

app = Flask(__name__)
orders = Blueprint("orders", __name__, url_prefix="/api/orders")


@orders.get("/orders/<int:order_id>")  # <- repeated-prefix
def get_order(order_id):
    return {}


app.register_blueprint(orders)
""",
    )
    good = """\
from fastapi import APIRouter, FastAPI

app = FastAPI()
router = APIRouter(prefix="/groups/{group_id}")


@router.get("/groups")
def list_inner_groups(group_id: int):
    return []


rooms = APIRouter(prefix="/rooms")


@rooms.get("/rooms/{room_id}")
def get_room(room_id: int):
    return {}


@rooms.get("/bookings")
def list_bookings():
    return []


app.include_router(rooms)


@app.get("/boards/{board_id}/boards/{inner_id}")
def get_inner_board(board_id: int, inner_id: int):
    return {}


app.include_router(router, prefix="/api")
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for repetitions where prefixes meet."""
        for route, repeated in project.repeated_prefixes:
            yield self.at(
                route.path_place,
                f"The path of `{route}` has `{repeated}` twice.",
                hint="Give the prefix in one place: the router, its include, or the path.",
                symbol=route.symbol,
            )
