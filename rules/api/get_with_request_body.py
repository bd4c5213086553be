"""A GET route reads the body of the request."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, RequestParameter, Rule, Severity

WITHOUT_BODY = frozenset({"GET", "HEAD"})
BODY_KINDS = frozenset({"body", "form", "file"})


class GetWithRequestBody(Rule):
    """Finds GET routes that take a parameter from the body of the request.

    ## What it reports
    GET and HEAD routes of FastAPI whose endpoint, or a dependency of it, has a parameter that comes from the body: a
    Pydantic model, `Body(…)`, `Form(…)` or `File(…)`, or a list or dictionary without `Query(…)`, which FastAPI looks
    for in the body although the name in the address was meant. Registrations that answer another method too are left
    alone.

    ## Why
    RFC 9110 gives the content of a GET request no meaning. Browsers cannot send it, proxies drop it or refuse
    the request, and the documentation of OpenAPI leaves it out. The filter that works in a test then arrives empty, or
    every request of the web client ends in 422.

    ## When to ignore it
    Where all clients are known to send it, such as those of a search engine's own protocol.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = ("Review that API endpoints follow RESTful principles.", "Design and implement RESTful APIs")
    references = (
        "https://www.rfc-editor.org/rfc/rfc9110#name-get",
        "https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#query-parameter-list-multiple-values",
    )
    bad = {
        "app/main.py": """\
from typing import Annotated

from fastapi import Body, Depends, FastAPI

from app.filters import Filter, selection

app = FastAPI()


@app.get("/books")
def list_books(filter: Filter):  # <- get-with-request-body
    return []


@app.get("/books/by-number")
def list_by_number(numbers: list[int]):  # <- get-with-request-body
    return []


@app.get("/loans", dependencies=[Depends(selection)])
def list_loans(since: Annotated[str, Body()]):  # <- get-with-request-body
    return []
""",
        "app/filters.py": """\
from fastapi import Form
from pydantic import BaseModel


class Filter(BaseModel):
    title: str | None = None


def selection(state: str = Form("open")):  # <- get-with-request-body
    return state
""",
    }
    good = """\
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request
from pydantic import BaseModel

app = FastAPI()


class Filter(BaseModel):
    title: str | None = None


@app.get("/books")
def list_books(filter: Annotated[Filter, Query()]):
    return []


@app.get("/books/by-number")
def list_by_number(request: Request, numbers: Annotated[list[int], Query()]):
    return []


@app.get("/loans")
def list_loans(filter: Filter = Depends()):
    return []


@app.post("/loans/search")
def search_loans(filter: Filter):
    return []


@app.api_route("/graphql", methods=["GET", "POST"])
def graphql(query: dict):
    return {}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks where GET routes take their parameters from."""
        for one in project.request_parameters:
            if one.kind not in BODY_KINDS:
                continue
            route = next((route for route in one.routes if route.method in WITHOUT_BODY), None)
            if route is None or any(other.node is route.node and other.method != route.method for other in one.routes):
                continue
            yield self.at(
                one.place,
                f"`{route}` reads `{one.name}` from the body, which a {route.method} request should not have.",
                hint=_hint(one),
                symbol=one.symbol,
            )


def _hint(one: RequestParameter) -> str:
    if one.kind == "body" and one.parameter.marker is None:
        return f"Take it from the query with `{one.name}: Annotated[…, Query()]`, or make the route a POST."
    return "Take it from the query with `Query()`, or make the route a POST."
