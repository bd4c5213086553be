"""An HTTP error is returned instead of raised."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Fix, Project, Related, ReplaceText, Rule, Severity


class HttpexceptionReturned(Rule):
    """Finds an `HTTPException` that an endpoint or a dependency returns instead of raising it.

    ## What it reports
    `return HTTPException(…)` in endpoints and dependencies of FastAPI, and calls of the project's functions that return
    one where the call stands alone, so that the error is thrown away, or where an endpoint returns its result. A
    function that makes an error for its callers to raise is left alone, and so is Flask, which answers with an error
    that a view returns.

    ## Why
    FastAPI treats what is returned as data. The client gets status 200 with the error's attributes as JSON, or, where a
    response model is declared, 500. Returned from a dependency it guards nothing: the endpoint runs with the error
    object in place of the user.

    ## When to ignore it
    Never in an endpoint. Where a function is called as a dependency and by other code that raises its result, split it.

    ## Fix safety
    The fix raises what was returned. It is unsafe, since the answer changes.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 393
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Use HTTPException with appropriate status codes",
        "Follow FastAPI best practices",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/handling-errors/#raise-an-httpexception-in-your-code",)
    bad = (
        """\
from fastapi import Depends, FastAPI, Header, HTTPException, status

app = FastAPI()
PLANTS = {1: "fern"}


def current_gardener(token: str = Header()):
    if token != "let-me-in":
        return HTTPException(status_code=status.HTTP_401_UNAUTHORIZED)  # <- httpexception-returned
    return {"name": "Rosa"}


@app.get("/plants/{plant_id}")
def read_plant(plant_id: int, gardener=Depends(current_gardener)):
    if plant_id not in PLANTS:
        return HTTPException(status_code=404, detail="No such plant")  # <- httpexception-returned
    return {"name": PLANTS[plant_id]}
""",
        {
            "garden/checks.py": """\
from fastapi import HTTPException


class Forbidden(HTTPException):
    def __init__(self) -> None:
        super().__init__(status_code=403)


def check_owner(owner: str, name: str):
    if owner != name:
        return Forbidden()
    return None
""",
            "garden/main.py": """\
from fastapi import FastAPI

from garden.checks import check_owner

app = FastAPI()


@app.delete("/beds/{name}")
def dig_over(name: str, owner: str):
    check_owner(owner, name)  # <- httpexception-returned
    return {"bed": name}
""",
        },
    )
    good = (
        """\
from fastapi import FastAPI, HTTPException

app = FastAPI()
PLANTS = {1: "fern"}


def missing(plant_id: int) -> HTTPException:
    return HTTPException(status_code=404, detail=f"No plant {plant_id}")


@app.get("/plants/{plant_id}")
def read_plant(plant_id: int):
    if plant_id not in PLANTS:
        raise missing(plant_id)
    return {"name": PLANTS[plant_id]}
""",
        """\
from flask import Flask
from werkzeug.exceptions import NotFound

app = Flask(__name__)


@app.get("/plants/<int:plant_id>")
def read_plant(plant_id):
    return NotFound("No such plant")
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for HTTP errors that are returned where nobody raises them."""
        for forgotten in project.forgotten_raises.returned:
            name, function = forgotten.exception, forgotten.function
            if forgotten.made_at is not None:
                yield self.at(
                    forgotten,
                    f"`{function.name}` gets a `{name}` here and does not raise it.",
                    hint="Raise the error in the called function.",
                    symbol=function.symbol,
                    related=(Related(forgotten.made_at, f"`{name}` is returned here."),),
                )
                continue
            yield self.at(
                forgotten,
                f"`{function.name}` returns a `{name}`, which is answered as data with status 200.",
                hint=f"Write `raise {name}(…)`.",
                symbol=function.symbol,
                fix=Fix("Raise it.", (ReplaceText(forgotten.place, f"raise {forgotten.text}"),)),
            )
