"""An HTTP error is made as a statement of its own and never raised."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Fix, Project, ReplaceText, Rule, Severity


class HttpexceptionNotRaised(Rule):
    """Finds an `HTTPException` that is made as a statement of its own and never raised.

    ## What it reports
    Statements such as `HTTPException(status_code=404)` without `raise`, for the classes of FastAPI and Starlette and
    for the project's own classes that inherit from them. Classes whose constructor raises by itself are left alone.

    ## Why
    Making the object does nothing. The request goes on as if the check had passed: a deletion that failed is answered
    with success, and a caller without rights is let through. No error, log entry or type checker points to it.

    ## When to ignore it
    Never: at least the statement is without effect.

    ## Fix safety
    The fix puts `raise` before the call. It is unsafe, since the error is then answered for the first time.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 390
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Use HTTPException with appropriate status codes",
        "Follow FastAPI best practices",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/handling-errors/#raise-an-httpexception-in-your-code",)
    bad = (
        """\
from pathlib import Path

from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.delete("/exports/{name}")
def delete_export(name: str):
    try:
        Path("/exports", name).unlink()
    except OSError:
        HTTPException(status_code=409, detail="The export is in use")  # <- httpexception-not-raised
    return {"deleted": name}
""",
        {
            "shop/errors.py": """\
from fastapi import HTTPException, status


class OrderNotFound(HTTPException):
    def __init__(self, number: int) -> None:
        super().__init__(status_code=status.HTTP_404_NOT_FOUND, detail=f"No order {number}")
""",
            "shop/orders.py": """\
from shop import errors

ORDERS = {1: "tea"}


def find_order(number: int) -> str:
    if number not in ORDERS:
        errors.OrderNotFound(number)  # <- httpexception-not-raised
    return ORDERS.get(number, "")
""",
        },
    )
    good = """\
from fastapi import FastAPI, HTTPException

app = FastAPI()


class Gone(Exception):
    def __init__(self, name: str) -> None:
        raise HTTPException(status_code=410, detail=f"{name} is gone")


def missing(name: str) -> HTTPException:
    return HTTPException(status_code=404, detail=f"No export {name}")


@app.delete("/exports/{name}")
def delete_export(name: str):
    if name == "old":
        Gone(name)
    if name == "none":
        raise missing(name)
    error = HTTPException(status_code=409, detail="The export is in use")
    raise error
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for HTTP errors that are made and not raised."""
        for forgotten in project.forgotten_raises.discarded:
            if forgotten.is_http:
                yield self.at(
                    forgotten,
                    f"`{forgotten.exception}` is made and not raised, so `{forgotten.function.name}` goes on.",
                    hint=f"Write `raise {forgotten.exception}(…)`.",
                    symbol=forgotten.function.symbol,
                    fix=Fix("Raise it.", (ReplaceText(forgotten.place, f"raise {forgotten.text}"),)),
                )
