"""A route declares a success status that says something else than its method."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Operation, Project, Rule, Severity

CREATED = 201
FIRST_ERROR = 400
NOT_CREATING = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


class WrongSuccessStatus(Rule):
    """Finds routes whose declared success status contradicts what they do.

    ## What it reports
    FastAPI routes that declare `status_code=201` for GET, HEAD or DELETE, where nothing is created, and routes that
    declare a status of 400 and more for their success.

    ## Why
    Programs act on the status: 201 says that there is a new resource, whose address the `Location` header tells, and a
    4xx that the request has failed, so that a client throws away the answer or tries again. It is mostly a decorator
    that was copied from another route.

    ## When to ignore it
    Never for 201; an error status is right for a route that exists to refuse, such as a catch-all for unknown paths.
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    checklist = (
        "Use appropriate status codes in response to each request.",
        "Implement proper error handling with appropriate status codes",
        "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
    )
    references = ("https://www.rfc-editor.org/rfc/rfc9110#name-201-created",)
    bad = {
        "app/main.py": """\
from fastapi import FastAPI, status

from app.tags import router

app = FastAPI()
app.include_router(router)


@app.post("/books", status_code=status.HTTP_400_BAD_REQUEST)  # <- wrong-success-status
def create_book():
    return {}
""",
        "app/tags.py": """\
from http import HTTPStatus

from fastapi import APIRouter

router = APIRouter(prefix="/tags")


@router.get("/", status_code=HTTPStatus.CREATED)  # <- wrong-success-status
def list_tags():
    return []


@router.delete(
    "/{tag_id}",  # <- wrong-success-status
    status_code=201,
)
def delete_tag(tag_id: int):
    return None
""",
    }
    good = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/tags")
def list_tags():
    return []


@app.put("/tags/{tag_id}", status_code=201)
def create_or_replace_tag(tag_id: int):
    return {}


@app.delete("/tags/{tag_id}", status_code=204)
def delete_tag(tag_id: int):
    return None


@app.get("/{path:path}", status_code=404)
def unknown_path(path: str):
    return {"detail": "There is nothing here."}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares declared statuses with methods."""
        for operation in project.operations:
            route = operation.route
            status = route.status_code
            if not isinstance(status, int):
                continue
            done = NOT_CREATING.get(route.method)
            if status == CREATED and done is not None:
                hint = "Declare 204, or leave the status out." if route.method == "DELETE" else "Leave the status out."
                message = f"`{operation}` declares 201 Created, but {done}."
                yield self.at(operation.place, message, hint=hint, symbol=operation.symbol)
            elif status >= FIRST_ERROR and not _refuses(operation):
                yield self.at(
                    operation.place,
                    f"`{operation}` declares the error status {status} for its success.",
                    hint="Declare the status of the success, and raise errors as `HTTPException`.",
                    symbol=operation.symbol,
                )


def _refuses(operation: Operation) -> bool:
    """Whether a route takes all paths that there are not, to say so."""
    return ":path}" in operation.route.path
