"""A route answers with error statuses that its documentation does not name."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Project, Related, Rule, Severity, UndocumentedErrors

RELATED_LIMIT = 5


class UndocumentedErrorResponseOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `undocumented-error-response`."""

    ignore_statuses: tuple[int, ...] = (422, 500)
    each_operation: bool = False


class UndocumentedErrorResponse(Rule):
    """Finds error statuses that routes answer with and that `responses=` does not document.

    ## What it reports
    The statuses of the `HTTPException`s (and of the project's own subclasses) that the endpoint of a FastAPI route
    raises, its dependencies, and the functions they call, without those that are caught on the way; less those that
    `responses=` documents on the route, its routers, includes or application. `4XX` documents its hundred.

    One finding names all missing statuses of an operation. What is a habit is one finding too, in the place where it
    can be mended: an application that documents no error at all; a status that nearly all operations of an application
    that raise it leave out, such as the 401 of a common dependency; one that all those of a router leave out; a router
    with three operations that leave out this or that; an application for which all that would make many findings.
    Otherwise, one missing `responses=` on a router would be reported for each of its routes.

    422 is left out, since FastAPI documents it by itself, and 500, which clients have to expect of any server.

    ## Why
    FastAPI documents the status of success and 422, and nothing else: not even the 401 of a security scheme. Clients
    generated from the document have no type for what is missing, and their authors learn of it in production.

    ## When to ignore it
    Where the document is not published, or where an error has one shape everywhere that is documented in prose.

    ## Options
    - `ignore-statuses`: statuses that need no documentation (422 and 500).
    - `each-operation`: report each operation by itself, habits too (false).
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Ensure that API endpoints are properly documented using Swagger/OpenAPI.",
        "Ensure all the API endpoints are properly documented using Swagger.",
        "Document all API endpoints with OpenAPI/Swagger",
    )
    references = ("https://fastapi.tiangolo.com/advanced/additional-responses/",)
    Options = UndocumentedErrorResponseOptions
    bad = (
        """\
from fastapi import FastAPI, HTTPException, status

app = FastAPI()


@app.get("/items/{item_id}", responses={404: {"description": "No such item"}})
def get_item(item_id: int):
    if item_id < 0:
        raise HTTPException(status_code=404)
    return {"id": item_id}


@app.delete("/items/{item_id}")  # <- undocumented-error-response
def delete_item(item_id: int):
    if item_id == 1:
        raise HTTPException(status_code=status.HTTP_409_CONFLICT, detail="In use")
    get_item(item_id)
""",
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.orders import router

app = FastAPI()  # <- undocumented-error-response
app.include_router(router, prefix="/orders")
""",
            "app/orders.py": """\
from fastapi import APIRouter, Depends, HTTPException

from app.service import find_order
from app.users import current_user

router = APIRouter(dependencies=[Depends(current_user)])


@router.get("/")
def list_orders():
    return []


@router.get("/{order_id}")
def get_order(order_id: int):
    return find_order(order_id)


@router.post("/{order_id}/pay")
def pay(order_id: int):
    order = find_order(order_id)
    if order["paid"]:
        raise HTTPException(409, "Paid already")
    return order
""",
            "app/service.py": """\
from fastapi import HTTPException


class NotFound(HTTPException):
    def __init__(self, what: str):
        super().__init__(status_code=404, detail=f"No such {what}")


def find_order(order_id: int):
    if order_id < 0:
        raise NotFound("order")
    return {"id": order_id, "paid": False}
""",
            "app/users.py": """\
from fastapi import Header, HTTPException


def current_user(authorization: str = Header()):
    if not authorization:
        raise HTTPException(status_code=401)
    return authorization
""",
        },
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.lamps import router

app = FastAPI()
app.include_router(router, prefix="/lamps")
""",
            "app/lamps.py": """\
from fastapi import APIRouter, HTTPException

router = APIRouter()  # <- undocumented-error-response


@router.get("/{lamp_id}", responses={404: {"description": "No such lamp"}})
def get_lamp(lamp_id: int):
    if lamp_id < 0:
        raise HTTPException(status_code=404)
    return {"id": lamp_id}


@router.delete("/{lamp_id}")
def remove_lamp(lamp_id: int):
    if lamp_id == 1:
        raise HTTPException(status_code=409, detail="In use")


@router.put("/{lamp_id}")
def replace_lamp(lamp_id: int):
    if lamp_id == 2:
        raise HTTPException(status_code=423, detail="Locked")


@router.post("/")
def add_lamp(watts: int):
    if watts > 100:
        raise HTTPException(status_code=400, detail="Too bright")
""",
        },
    )
    good = (
        """\
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException


def current_user(authorization: str = Header()):
    if not authorization:
        raise HTTPException(status_code=401)
    return authorization


router = APIRouter(dependencies=[Depends(current_user)], responses={401: {"description": "Not logged in"}})


@router.get("/items/{item_id}", responses={404: {"description": "No such item"}})
def get_item(item_id: int):
    if item_id < 0:
        raise HTTPException(status_code=404)
    if item_id > 1000:
        raise HTTPException(status_code=422)
    return {"id": item_id}


@router.get("/cached/{item_id}")
def get_cached(item_id: int):
    try:
        return get_item(item_id)
    except HTTPException:
        return {"id": None}


app = FastAPI()
app.include_router(router)
""",
        """\
from fastapi import FastAPI, HTTPException

app = FastAPI(responses={"4XX": {"description": "The request is wrong"}})


@app.get("/items/{item_id}")
def get_item(item_id: int):
    if item_id < 0:
        raise HTTPException(status_code=404)
    return {"id": item_id}
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the errors that are not documented, gathered."""
        ignored, is_each = self.options.ignore_statuses, self.options.each_operation
        for undocumented in project.route_errors.undocumented(project.operations, ignored, is_each):
            finding = self._finding(undocumented)
            yield finding.standing_for(map(self._finding, undocumented.each)) if undocumented.each else finding

    def _finding(self, undocumented: UndocumentedErrors) -> Finding:
        group = undocumented.group
        first = group.operations[0].route.function_name
        entries = ", ".join(f"{status}: {{…}}" for status in undocumented.statuses)
        hint = f"Add `responses={{{entries}}}` to the decorator of `{first}`."
        if group.kind != "operation":
            hint = f"Add what all have in common to `responses=` of the {group.kind}, and the rest to the routes."
        return self.at(
            group.place, _message(undocumented), hint=hint, symbol=group.symbol, related=_related(undocumented)
        )


def _message(undocumented: UndocumentedErrors) -> str:
    group, statuses = undocumented.group, ", ".join(map(str, undocumented.statuses))
    count = len(group.operations)
    if group.kind == "operation":
        return f"`{group.name}` answers with {statuses}, which its documentation does not name."
    if undocumented.is_whole_application:
        return f"`{group.name}` documents no error: {count} of its operations answer with {statuses}."
    return f"{count} operations of the {group.kind} `{group.name}` answer with {statuses}, which they do not document."


def _related(undocumented: UndocumentedErrors) -> tuple[Related, ...]:
    """One place for each status where it is raised."""
    return tuple(
        Related(errors[0].place, f"`{errors[0].function.name}` raises {status}.")
        for status, errors in sorted(undocumented.errors.items())
    )[:RELATED_LIMIT]
