"""A parameter of an endpoint has no type."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, RequestParameter, Rule, Severity, Unknown


class UntypedRouteParameter(Rule):
    """Finds parameters of FastAPI endpoints and dependencies that have no type.

    ## What it reports
    Parameters that come from the path, the query, a header, a cookie or the body and are not annotated: FastAPI takes
    whatever text arrives, validates nothing, and documents nothing. Parameters that are filled by a dependency, and
    those that FastAPI fills itself, are left alone.

    ## Why
    The annotation is what FastAPI validates and documents by. Without it `item_id` is the text `"abc"` as readily as
    `"1"`, and the error appears as a 500 of the database and not as a 422 that says which parameter is wrong.

    ## When to ignore it
    Never: where any text is right, `str` says so.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    preset = Preset.STRICT
    cwe = 20
    checklist = (
        "Use type hints everywhere",
        "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/path-params/#data-validation",)
    bad = """\
from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/items/{item_id}")
def get_item(item_id):  # <- untyped-route-parameter
    return {"id": item_id}


@app.get("/items")
def list_items(
    search=Query(None),  # <- untyped-route-parameter
    limit: int = 20,
):
    return []
"""
    good = """\
from fastapi import Depends, FastAPI, Request

app = FastAPI()


def current_user(request: Request):
    return request.headers["user"]


@app.get("/items/{item_id}")
def get_item(item_id: int, user=Depends(current_user)):
    return {"id": item_id}


def helper(item_id):
    return item_id
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for parameters without an annotation."""
        for one in project.request_parameters:
            if one.parameter.annotation is None and one.function is not None and not _is_self(one):
                yield self.at(
                    one.place,
                    f"`{one.parameter.own_name}` of `{one.function.name}` has no type, so nothing validates it.",
                    hint=f"Annotate it, as in `{one.parameter.own_name}: int`.",
                    symbol=one.symbol,
                )


def _is_self(one: RequestParameter) -> bool:
    """Whether it may be filled by something other than the request."""
    function = one.function
    is_wrapped = function is not None and bool(function.decorated)
    return one.parameter.own_name in ("self", "cls") or is_wrapped or not isinstance(one.parameter.type, Unknown)
