"""The text of an unexpected exception is sent to the client."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, DetailLeak, Finding, Project, Related, Rule, Severity

#: Such answers in one module from which on there is one finding for all of them.
HABIT_MINIMUM = 4
RELATED_LIMIT = 5


class ExceptionDetailLeak(Rule):
    """Finds answers that send the text of an unexpected exception, or a stack trace, to the client.

    ## What it reports
    In `except Exception`, bare `except` and `except` for errors of the database, of tokens or of the operating system:
    an HTTP error that is raised, or an answer that an endpoint returns, with `str(error)`, the error in an f-string,
    `repr(error)`, `error.args` or `traceback.format_exc()`. The same in exception handlers that are registered for
    `Exception` or 500; in Flask those for 500 only where they read `original_exception`. Exceptions that the project or
    a validator raises for clients are left alone, and so are answers under a condition, such as one that asks for
    debugging, and functions that are to tell what is wrong, by their names (`validate_…`, `test_…`). A module that
    does it often gets one finding.

    ## Why
    Texts of exceptions that nobody expected hold what the server knows: SQL with its values, paths, names of hosts,
    parts of keys. Attackers provoke them to learn how the server is built. To clients they say nothing, and what a
    developer needs belongs in the log, with an identifier that the answer may name.

    ## When to ignore it
    In tools that only their own developers call.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    cwe = 209
    owasp = "API8:2023"
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Review all error handling and make sure proper error messages are returned.",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Maintain high code quality and security",
    )
    references = (
        "https://cwe.mitre.org/data/definitions/209.html",
        "https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/",
    )
    bad = (
        """\
import traceback

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from archive import find, store

app = FastAPI()


@app.post("/papers")
def add_paper(title: str):
    try:
        return store(title)
    except Exception as error:
        raise HTTPException(status_code=500, detail=f"Could not store it: {error}")  # <- exception-detail-leak


@app.get("/papers/{title}")
def read_paper(title: str):
    try:
        return find(title)
    except SQLAlchemyError as error:
        return JSONResponse({"error": str(error)}, status_code=500)  # <- exception-detail-leak


@app.exception_handler(Exception)
async def answer_anything(request: Request, error: Exception):
    return JSONResponse({"trace": traceback.format_exc()}, status_code=500)  # <- exception-detail-leak
""",
        """\
from flask import Flask, jsonify

from archive import store

app = Flask(__name__)


@app.errorhandler(500)
def answer_failure(error):
    return jsonify(error=str(error.original_exception)), 500  # <- exception-detail-leak


@app.post("/papers")
def add_paper():
    try:
        store("title")
    except Exception as error:
        return jsonify(error=repr(error)), 500  # <- exception-detail-leak
    return {}
""",
    )
    good = (
        """\
from flask import Flask, render_template
from werkzeug.exceptions import InternalServerError

app = Flask(__name__)


def show_error(error):  # Flask gives it an error of its own, whose text says nothing
    return render_template("error.html", text=error.description), error.code


@app.errorhandler(InternalServerError)
def show_failure(error):
    return str(error), 500


app.register_error_handler(404, show_error)
app.register_error_handler(500, show_error)
""",
        """\
import logging

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse

from archive import PaperError, settings, store

app = FastAPI()


@app.post("/papers")
def add_paper(title: str):
    try:
        return store(title)
    except PaperError as error:
        raise HTTPException(status_code=409, detail=str(error))
    except ValueError as error:
        raise HTTPException(status_code=422, detail=str(error))
    except Exception as error:
        logging.exception("storing failed: %s", error)
        if settings.debug:
            raise HTTPException(status_code=500, detail=str(error))
        raise HTTPException(status_code=500, detail="Could not store the paper") from error


@app.post("/formulas/check")
def validate_formula(text: str):
    try:
        compile(text, "formula", "eval")
    except Exception as error:
        raise HTTPException(status_code=422, detail=f"Not understood: {error}") from error


@app.exception_handler(PaperError)
def answer_paper_error(request, error):
    return JSONResponse({"error": str(error)}, status_code=409)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for answers that tell what an exception says, gathered by module."""
        by_module: dict[str, list[DetailLeak]] = {}
        for leak in project.detail_leaks():
            by_module.setdefault(leak.place.path, []).append(leak)
        for leaks in by_module.values():
            first = leaks[0]
            if len(leaks) >= HABIT_MINIMUM:
                functions = len({leak.function.symbol for leak in leaks})
                yield self.gathered(
                    first,
                    f"{len(leaks)} answers of {functions} functions here send the text of any exception to the client.",
                    map(self._single, leaks),
                    hint="Log the exceptions, and answer with texts that are written for clients.",
                    symbol=first.function.module.name,
                    related=tuple(Related(one.place, "Here too.") for one in leaks[1 : RELATED_LIMIT + 1]),
                )
                continue
            yield from map(self._single, leaks)

    def _single(self, leak: DetailLeak) -> Finding:
        return self.at(
            leak,
            f"`{leak.function.name}` sends the text of {leak.caught} to the client.",
            hint="Log the exception, and answer with a text that is written for clients.",
            symbol=leak.function.symbol,
        )
