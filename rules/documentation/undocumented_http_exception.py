"""Names each place that raises an error which the documentation of a route leaves out."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Preset, Project, Related, Rule, Severity


class UndocumentedHttpExceptionOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ignore_statuses`: statuses that need no documentation."""

    ignore_statuses: tuple[int, ...] = ()


class UndocumentedHttpException(Rule):
    """Finds each place that raises an HTTP error whose status a route that reaches it does not document.

    ## What it reports
    Each `raise` of an `HTTPException`, or of the project's own subclass with a known status, that a FastAPI route
    answers with: raised in its endpoint, in a dependency or in what they call, without those that are caught on the
    way, where `responses=` of the route, its routers, includes or application does not document the status. Routes of
    routers that no application includes count too.

    `undocumented-error-response` tells the same by operation and gathers what is a habit; this rule names every place,
    for teams that document all errors. 422 counts here, since FastAPI documents that of its own validation, which has
    another shape, and 500 as well, where it is raised on purpose.

    ## Why
    FastAPI documents the status of success and 422, and nothing else. Clients generated from the document have no type
    for what is missing, and their authors learn of it in production.

    ## When to ignore it
    Where errors have one shape everywhere that is documented in prose.

    ## Known limits
    Errors whose status is computed, and those of libraries, are not seen.

    ## Options
    - `ignore-statuses`: statuses that need no documentation (none).
    """

    category = Category.CONTRACT
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Ensure that API endpoints are properly documented using Swagger/OpenAPI.",
        "Document all API endpoints with OpenAPI/Swagger",
    )
    references = ("https://fastapi.tiangolo.com/advanced/additional-responses/",)
    Options = UndocumentedHttpExceptionOptions
    bad = (
        """\
from fastapi import APIRouter, HTTPException, status

router = APIRouter()


@router.get("/lamps/{lamp_id}", responses={404: {"description": "No such lamp"}})
def get_lamp(lamp_id: int):
    if lamp_id < 0:
        raise HTTPException(status_code=404)
    if lamp_id > 1000:
        raise HTTPException(status_code=422, detail="Too large")  # <- undocumented-http-exception
    return {"id": lamp_id}


@router.delete("/lamps/{lamp_id}")
def remove_lamp(lamp_id: int):
    if lamp_id == 1:
        raise HTTPException(status.HTTP_409_CONFLICT, "In use")  # <- undocumented-http-exception
""",
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.orders import find_order

app = FastAPI()


@app.get("/orders/{order_id}")
def get_order(order_id: int):
    return find_order(order_id)


@app.put("/orders/{order_id}", responses={404: {"description": "No such order"}})
def replace_order(order_id: int):
    return find_order(order_id)
""",
            "app/orders.py": """\
from fastapi import HTTPException


class OrderNotFound(HTTPException):
    def __init__(self):
        super().__init__(status_code=404, detail="No such order")


def find_order(order_id: int):
    if order_id < 0:
        raise OrderNotFound()  # <- undocumented-http-exception
    return {"id": order_id}


def forgotten():
    raise HTTPException(status_code=500)
""",
        },
    )
    good = """\
from fastapi import APIRouter, FastAPI, HTTPException

router = APIRouter(responses={"4XX": {"description": "The request is wrong"}})
app = FastAPI()


@router.get("/lamps/{lamp_id}")
def get_lamp(lamp_id: int):
    if lamp_id < 0:
        raise HTTPException(status_code=404)
    return {"id": lamp_id}


@app.get("/cached/{lamp_id}")
def get_cached(lamp_id: int):
    try:
        return get_lamp(lamp_id)
    except HTTPException:
        return {"id": None}


@app.get("/hidden/{lamp_id}", include_in_schema=False)
def get_hidden(lamp_id: int):
    raise HTTPException(status_code=404)


@app.get("/failed/{code}")
def fail(code: int):
    raise HTTPException(status_code=code)


app.include_router(router)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the places that raise what a route does not document."""
        routes = (*project.routes, *project.unserved_routes)
        for found in project.route_errors.undocumented_raises(routes, self.options.ignore_statuses):
            error, first = found.error, found.routes[0]
            others = f" and {len(found.routes) - 1} more" if len(found.routes) > 1 else ""
            yield self.at(
                error.place,
                f"`{error.function.name}` raises {error.status}, which `{first}`{others} does not document.",
                hint=f"Add `responses={{{error.status}: {{…}}}}` to the route or its router.",
                symbol=error.function.symbol,
                related=tuple(Related(route.path_place, f"`{route}`") for route in found.routes),
            )
