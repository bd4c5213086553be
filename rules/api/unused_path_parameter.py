"""A parameter stands in a path, and nothing reads it: mostly the signature has another name for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Project, Rule, Severity


class UnusedPathParameterOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ignore_names`: a regular expression; parameters whose whole name it matches are left alone."""

    ignore_names: str = "_.*"


class UnusedPathParameter(Rule):
    """Finds parameters of a path that neither the endpoint nor a dependency reads.

    ## What it reports
    In Flask, variables of a rule that the view has no parameter for: each call of it ends in a `TypeError`. In FastAPI,
    each `{name}` in the path of a route, the prefixes of its routers and includes counted in, that nothing
    reads: no parameter of the endpoint or of a dependency at any depth (functions, classes, instances, `partial`,
    models, attributes of class-based views; aliases count), and no `request.path_params` in what the endpoint, its
    dependencies, the permission classes given to them, or middleware call.

    Nothing is reported where something cannot be followed (a decorator or a dependency of an unknown library), for
    parameters that swallow a rest of the path (`{rest:path}`), for those named with a leading underscore, or on pages,
    whose address the program in the browser reads. A parameter of a prefix is reported where no route of the router
    reads it.

    ## Why
    Two addresses that differ in this part give the same answer, so the client gets another thing than it asked for.
    Most often the signature names the parameter differently; FastAPI then takes that one from the query string and
    answers 422 to every correct request.

    ## When to ignore it
    Where the part of the path is there for looks only, such as the title in `/articles/{article_id}/{slug}`.

    ## Options
    - `ignore_names`: a regular expression for the names of parameters to leave alone (`_.*`).
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Review that API endpoints follow RESTful principles.",
        "Ensure that all routes are properly defined using Flask's routing system.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/path-params/",)
    Options = UnusedPathParameterOptions
    bad = (
        """\
from fastapi import APIRouter, FastAPI, Response

app = FastAPI()
router = APIRouter(prefix="/signals")


@router.get("/engagements/{engagement_id}")  # <- unused-path-parameter
def get_engagement(signal_engagement_id: int):
    return {"id": signal_engagement_id}


@router.post("/chats/{chat_id}/messages/{message_id}/votes")  # <- unused-path-parameter
def vote(message_id: str):
    print(message_id)
    return Response(status_code=202)


app.include_router(router)
""",
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.orders import router

app = FastAPI()
app.include_router(router, prefix="/shops/{shop_id}")
""",
            "app/orders.py": """\
from fastapi import APIRouter, Depends

from app.paging import Page

router = APIRouter(prefix="/orders")


@router.get("/")  # <- unused-path-parameter
def list_orders(page: Page = Depends()):
    return []


@router.get("/{order_id}")
def get_order(order_id: int, page: Page = Depends()):
    return {"id": order_id}
""",
            "app/paging.py": """\
class Page:
    def __init__(self, limit: int = 20):
        self.limit = limit
""",
        },
        """\
from flask import Flask

app = Flask(__name__)


@app.route("/users/<int:user_id>/posts")  # <- unused-path-parameter
def list_posts():
    return []
""",
        """\
from fastapi import Depends, FastAPI, Request

app = FastAPI()


def current_tenant(request: Request):
    return request.path_params["tenant_id"]


@app.get("/tenants/{tenant_id}/users/{user_id}")  # <- unused-path-parameter
def get_user(tenant: str = Depends(current_tenant)):
    return {"tenant": tenant}
""",
    )
    good = (
        """\
from typing import Annotated

from fastapi import Depends, FastAPI, Path
from fastapi.responses import HTMLResponse

app = FastAPI()


def get_item(item_id: int):
    return {"id": item_id}


ItemDependency = Annotated[dict, Depends(get_item)]


@app.get("/items/{item_id}")
def read_item(item: ItemDependency):
    return item


@app.get("/users/{user}/files/{name}")
def read_file(name: str, user_id: Annotated[int, Path(alias="user")]):
    return {"name": name, "user": user_id}


@app.get("/share/{slug}", response_class=HTMLResponse)
def shared_page():  # what is shown for the slug, the program in the browser asks for
    return "<html><script src='/app.js'></script></html>"


@app.get("/pages/{rest:path}")
def single_page_application():
    return {"page": "index"}
""",
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.permissions import OrganizationAdmin, PermissionsDependency

app = FastAPI()


@app.delete(
    "/organizations/{organization_id}/members",
    dependencies=[Depends(PermissionsDependency([OrganizationAdmin]))],
)
def remove_members():
    return None
""",
            "app/permissions.py": """\
from fastapi import HTTPException, Request


class OrganizationAdmin:
    def __init__(self, request: Request):
        if not self.is_allowed(request):
            raise HTTPException(status_code=403)

    def is_allowed(self, request: Request) -> bool:
        return request.path_params["organization_id"] in request.state.organizations


class PermissionsDependency:
    def __init__(self, permissions):
        self.permissions = permissions

    def __call__(self, request: Request):
        for permission in self.permissions:
            permission(request=request)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which path parameters are left unread."""
        ignored = re.compile(self.options.ignore_names)
        seen: set[tuple[int, str]] = set()  # a function with and without the slash at the end is one finding
        for unread in project.unread_path_parameters:
            key = id(unread.route.endpoint), unread.name
            is_page = unread.route.method == "GET" and project.endpoint_results.is_page(unread.route)
            if ignored.fullmatch(unread.name) or key in seen or is_page:
                continue  # the program in the browser that a page loads reads its address
            seen.add(key)
            name, route, meant = unread.name, unread.route, unread.similar
            function = route.function_name
            message = f"Nothing reads the path parameter `{name}` of `{route}`."
            hint = f"Add `{name}` to the signature of `{function}`, or take it out of the path."
            if route.framework == "flask":
                message = f"The rule `{route.path}` hands `{name}` to the view `{function}`, which does not take it."
                hint = f"Add `{name}` to the parameters of `{function}`, or take it out of the rule."
            elif meant:
                message = f"Nothing reads the path parameter `{name}` of `{route}`: `{meant}` comes from the query."
                hint = (
                    f"Use one name for both: `{{{meant}}}` in the path, or `{name}` in the signature of `{function}`."
                )
            elif unread.is_of_prefix:
                message = f"No route of the router reads the path parameter `{name}` of its prefix, as in `{route}`."
                hint = f"Read `{name}` in a dependency of the router, or take it out of the prefix."
            yield self.at(route.path_place, message, hint=hint, symbol=route.symbol)
