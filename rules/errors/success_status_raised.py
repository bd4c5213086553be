"""A success status is raised as an HTTP error."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class SuccessStatusRaised(Rule):
    """Finds HTTP errors that are raised with a status of success, such as `raise HTTPException(status_code=204)`.

    ## What it reports
    `raise HTTPException(…)`, `abort(…)` and the project's own HTTP errors whose status is known to lie between 200
    and 299. Redirects that are raised are left alone: a dependency has no other way to send the caller elsewhere.

    ## Why
    An exception undoes what a normal return completes. Dependencies with `yield` see a failure and roll the transaction
    back, middleware and monitoring count an error, and the documentation does not know the answer. With 204 the handler
    of FastAPI adds a body of JSON to a response that must have none, which breaks the connection.

    ## When to ignore it
    Never: return a response instead, or declare `status_code=` on the route.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 393
    checklist = (
        "Use appropriate status codes in response to each request.",
        "Use HTTPException with appropriate status codes",
        "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
    )
    references = (
        "https://www.rfc-editor.org/rfc/rfc9110#name-successful-2xx",
        "https://fastapi.tiangolo.com/tutorial/response-status-code/",
    )
    bad = (
        """\
from http import HTTPStatus

from fastapi import FastAPI, HTTPException

app = FastAPI()
NOTES = {1: "milk"}


@app.delete("/notes/{note_id}")
def delete_note(note_id: int):
    if note_id not in NOTES:
        raise HTTPException(status_code=404, detail="No such note")
    del NOTES[note_id]
    raise HTTPException(status_code=HTTPStatus.NO_CONTENT)  # <- success-status-raised
""",
        """\
from flask import Flask, abort

app = Flask(__name__)


@app.post("/jobs")
def start_job():
    abort(202, "Started")  # <- success-status-raised
""",
    )
    good = """\
from fastapi import Depends, FastAPI, HTTPException, Response, status

app = FastAPI()
NOTES = {1: "milk"}


def signed_in(session: str = ""):
    if not session:
        raise HTTPException(status_code=307, headers={"Location": "/login"})


@app.delete("/notes/{note_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=[Depends(signed_in)])
def delete_note(note_id: int):
    if note_id not in NOTES:
        raise HTTPException(status_code=404, detail="No such note")
    del NOTES[note_id]
    return Response(status_code=204)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which raised errors have a status of success."""
        for error in project.raised_errors:
            if isinstance(error.status, int) and 200 <= error.status < 300:
                yield self.at(
                    error,
                    f"`{error.function.name}` raises `{error.exception}` with {error.status}, a status of success.",
                    hint="Return a response, or declare `status_code=` on the route and return.",
                    symbol=error.function.symbol,
                )
