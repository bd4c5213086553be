"""A guard stands above the decorator that registers the route."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class LoginDecoratorOrder(Rule):
    """Finds guards such as `login_required` that stand above the decorator of the route.

    ## What it reports
    A decorator that turns callers away (`login_required`, `admin_required`, `requires_auth`, `jwt_required()`) and that
    stands above `@app.route(…)`, `@blueprint.get(…)` or `@router.post(…)`, in Flask as in FastAPI. Where a function has
    several routes, those below the guard are reported.

    A decorator of the project counts if it puts another function in the place of the view. One that only marks the
    function works in any place.

    ## Why
    Decorators are applied from the bottom up. The route's decorator registers the function as it is at that moment, and
    returns it; a guard above wraps what the module calls by that name, and nobody calls that. The view looks guarded
    and is open to everybody.

    ## When to ignore it
    Where the function is also called directly and the guard is meant for these calls alone.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 862
    owasp = "API5:2023"
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Secure authentication",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Ensure that all routes are properly defined using Flask's routing system.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
    )
    references = ("https://flask.palletsprojects.com/en/stable/patterns/viewdecorators/",)
    bad = (
        {
            "shop/__init__.py": """\
from flask import Flask

from shop.orders import orders


def create_app():
    app = Flask(__name__)
    app.register_blueprint(orders)
    return app
""",
            "shop/orders.py": """\
from flask import Blueprint
from flask_login import login_required

from shop.guards import admin_required

orders = Blueprint("orders", __name__, url_prefix="/orders")


@login_required  # <- login-decorator-order
@orders.route("/")
def list_orders():
    return []


@orders.route("/export")
@admin_required("orders")  # <- login-decorator-order
@orders.route("/download")
def export():
    return ""
""",
            "shop/guards.py": """\
from functools import wraps

from flask import abort
from flask_login import current_user


def admin_required(area):
    def decorator(view):
        @wraps(view)
        def guarded(*args, **kwargs):
            if area not in current_user.areas:
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorator
""",
        },
        """\
from functools import wraps

from fastapi import FastAPI, HTTPException, Request

app = FastAPI()


def token_required(endpoint):
    @wraps(endpoint)
    async def guarded(request: Request, *args, **kwargs):
        if "authorization" not in request.headers:
            raise HTTPException(status_code=401)
        return await endpoint(request, *args, **kwargs)

    return guarded


@token_required  # <- login-decorator-order
@app.get("/reports")
async def list_reports(request: Request):
    return []
""",
    )
    good = (
        """\
from flask import Flask
from flask_login import login_required

app = Flask(__name__)
open_views = set()


def login_not_required(view):
    open_views.add(view.__name__)
    return view


def roles_required(view):
    view.roles = ("editor",)
    return view


@app.route("/")
@app.route("/index")
@login_required
def index():
    return ""


@login_not_required
@app.route("/about")
def about():
    return ""


@roles_required
@app.route("/edit")
def edit():
    return ""
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the guards that come too late."""
        for found in project.guards_above_routes():
            routes = ", ".join(f"`{route}`" for route in found.routes[:2])
            yield self.at(
                found.place,
                f"`{found.name}` stands above the route's decorator, so that {routes} runs without it.",
                hint="Move it below the decorators that register the route.",
                symbol=found.function.symbol,
            )
