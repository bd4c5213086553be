"""An endpoint expects a parameter in a path that does not have it."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class UndeclaredPathParameter(Rule):
    """Finds parameters that an endpoint or dependency expects in the path, and that the path does not have.

    ## What it reports
    - FastAPI: a parameter with `Path()` whose name (or alias) stands in none of the endpoint's paths, prefixes counted
      in; and routes that use a dependency with such a parameter and do not have it in their path.
    - FastAPI and Starlette: `request.path_params["name"]` in an endpoint none of whose paths has the name.
    - Flask: a view with a parameter that has no default and that the rule does not name.

    Nothing is reported where a part of the path is not known, or where a decorator, `defaults=` or a preprocessor may
    supply the value.

    ## Why
    The route can never answer: FastAPI refuses each request with 422, as the required parameter is missing, the lookup
    raises a `KeyError`, and Flask's call of the view a `TypeError`. It is mostly a name that was changed in one of the
    two places, or a parameter of the query that was taken for one of the path.

    ## When to ignore it
    Never.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Review that API endpoints follow RESTful principles.",
        "Ensure that all routes are properly defined using Flask's routing system.",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/path-params/",
        "https://flask.palletsprojects.com/en/stable/quickstart/#variable-rules",
    )
    bad = (
        {
            "app/main.py": """\
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Request

from app.shops import current_shop

app = FastAPI()


@app.get("/orders/{id}")
def get_order(order_id: Annotated[int, Path(ge=1)]):  # <- undeclared-path-parameter
    return {"id": order_id}


@app.get("/shops/{shop_id}/orders")
def list_orders(shop=Depends(current_shop)):
    return []


@app.get("/orders", dependencies=[Depends(current_shop)])  # <- undeclared-path-parameter
def list_all_orders():
    return []


@app.get("/tracks/{track_id}")
def get_track(track_id: int, request: Request):
    return {"id": track_id, "payment": request.path_params["payment"]}  # <- undeclared-path-parameter
""",
            "app/shops.py": """\
from fastapi import Path


def current_shop(shop_id: int = Path()):
    return {"id": shop_id}
""",
        },
        """\
from flask import Blueprint, Flask

app = Flask(__name__)
posts = Blueprint("posts", __name__, url_prefix="/posts")


@posts.get("/<int:post_id>")  # <- undeclared-path-parameter
def show(id):
    return {"id": id}


app.register_blueprint(posts)
""",
    )
    good = (
        """\
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Path, Request

app = FastAPI()
router = APIRouter(prefix="/shops/{shop_id}")


@router.get("/orders/{number}")
def get_order(shop_id: Annotated[int, Path()], order: Annotated[int, Path(alias="number")]):
    return {"id": order}


@router.get("/state")
def state(request: Request):
    return {"shop": request.path_params["shop_id"], "name": request.query_params["name"]}


app.include_router(router)
""",
        """\
import functools

from flask import Flask, session

app = Flask(__name__)


def with_user(view):
    @functools.wraps(view)
    def inner(**arguments):
        return view(user=session["user"], **arguments)

    return inner


@app.get("/posts/<int:post_id>")
@with_user
def show(user, post_id):
    return {"id": post_id}


@app.get("/posts/", defaults={"page": 1})
@app.get("/posts/page/<int:page>")
def index(page):
    return []


@app.get("/about/")
@app.get("/about/<section>")
def about(section="top"):
    return section
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which parameters are expected in vain."""
        for one in project.undeclared_path_parameters:
            messages = {
                "declared": (
                    f"`{one.expected_by}` expects the path parameter `{one.name}`, which `{one.route}` does not have.",
                    f"Put `{{{one.name}}}` into the path, or take it from the query.",
                ),
                "read": (
                    f"`{one.expected_by}` reads the path parameter `{one.name}`, which `{one.route}` does not have.",
                    f"Put `{{{one.name}}}` into the path, or read it from the query.",
                ),
                "argument": (
                    f"The view `{one.expected_by}` takes `{one.name}`, which `{one.route.path}` does not name.",
                    f"Name `<{one.name}>` in the rule, or take the parameter away.",
                ),
            }
            message, hint = messages[one.kind]
            yield self.at(one.place, message, hint=hint, symbol=one.route.symbol)
