"""An exception handler answers without a status, so with 200."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class ErrorHandlerWithoutStatus(Rule):
    """Finds exception handlers whose answer has status 200, since they give it none.

    ## What it reports
    Functions that are registered for exceptions or statuses (`@app.exception_handler`, `add_exception_handler`,
    `exception_handlers=`, `@app.errorhandler`, `register_error_handler`) and return a response without a status: in
    FastAPI and Starlette `JSONResponse({…})` without `status_code=`, in Flask a text, a dictionary or a rendered
    template alone. Returning nothing counts too: the framework cannot send it and fails. Handlers that set
    `status_code` on the response are left alone.

    ## Why
    A response without a status has 200, in an exception handler too. Clients take the error for a success and read
    what is not there, caches keep the page, monitoring sees no failures, and search engines index the "not found" page.

    ## When to ignore it
    Where 200 is meant: a page of a single-page application that is served for every unknown path.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 393
    checklist = (
        "Use exception handlers for different exception types to return appropriate error messages.",
        "Implement proper error handling with appropriate status codes",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Review all error handling and make sure proper error messages are returned.",
        "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/handling-errors/#install-custom-exception-handlers",
        "https://flask.palletsprojects.com/en/stable/errorhandling/#registering",
    )
    bad = (
        {
            "fleet/main.py": """\
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from fleet.errors import VehicleInUse, answer_missing, VehicleNotFound

app = FastAPI()
app.add_exception_handler(VehicleNotFound, answer_missing)


@app.exception_handler(VehicleInUse)
async def answer_in_use(request: Request, error: VehicleInUse):
    return JSONResponse({"error": "in use"})  # <- error-handler-without-status
""",
            "fleet/errors.py": """\
from fastapi.responses import JSONResponse


class VehicleInUse(Exception):
    pass


class VehicleNotFound(Exception):
    pass


def answer_missing(request, error):
    return JSONResponse(content={"error": "No such vehicle"})  # <- error-handler-without-status
""",
        },
        """\
from flask import Flask, jsonify, render_template, render_template_string, request

app = Flask(__name__)


@app.errorhandler(404)
def page_not_found(error):
    return render_template("404.html")  # <- error-handler-without-status


@app.errorhandler(500)
def failed(error):
    if request.path == "/silent":
        return  # <- error-handler-without-status
    if request.is_json:
        response = jsonify(error="failed")
        return response  # <- error-handler-without-status
    return render_template_string("<h1>Failed</h1>")  # <- error-handler-without-status
""",
    )
    good = (
        """\
from fastapi import FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import JSONResponse, RedirectResponse

app = FastAPI()


class NeedsLogin(Exception):
    pass


@app.exception_handler(ValueError)
async def answer_value_error(request: Request, error: ValueError):
    return JSONResponse({"error": "wrong value"}, status_code=400)


@app.exception_handler(KeyError)
async def answer_key_error(request: Request, error: KeyError):
    response = JSONResponse({"error": "no such key"})
    response.status_code = 404
    return response


@app.exception_handler(NeedsLogin)
async def to_login(request: Request, error: NeedsLogin):
    return RedirectResponse("/login")


@app.exception_handler(HTTPException)
async def log_and_answer(request: Request, error: HTTPException):
    return await http_exception_handler(request, error)
""",
        """\
from flask import Flask, jsonify, render_template

app = Flask(__name__)


@app.errorhandler(404)
def page_not_found(error):
    return render_template("404.html"), 404


@app.errorhandler(500)
def failed(error):
    response = jsonify(error="failed")
    response.status_code = 500
    return response


@app.errorhandler(403)
def forbidden(error):
    response = jsonify(error="forbidden")
    set_status(response, 403)
    return response


@app.errorhandler
def registered_for_nothing(error):
    return "failed"
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks each handler for an answer without a status."""
        seen = set()
        for handler in project.exception_handlers.all:
            for place in project.exception_handlers.answers_nothing(handler):
                if handler.function is None or place in seen:
                    continue
                seen.add(place)
                yield self.at(
                    place,
                    f"`{handler.function.name}`, which handles {handler.handled_name}, returns nothing to send.",
                    hint="Return a response with the status of the error.",
                    symbol=handler.function.symbol,
                    related=(Related(handler.place, "It is registered here."),),
                )
            for place in project.exception_handlers.answers_without_status(handler):
                if handler.function is None or place in seen:
                    continue
                seen.add(place)
                yield self.at(
                    place,
                    f"`{handler.function.name}`, which handles {handler.handled_name}, answers with status 200.",
                    hint="Give the response the status of the error.",
                    symbol=handler.function.symbol,
                    related=(Related(handler.place, "It is registered here."),),
                )
