"""An endpoint answers an error with status 200."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, ErrorBody, Finding, Project, Related, Rule, Severity

#: Such answers of one application from which on it is its convention.
HABIT_MINIMUM = 8
RELATED_LIMIT = 5


class ErrorBodyWith200(Rule):
    """Finds endpoints that answer an error in the body with status 200.

    ## What it reports
    Under a condition or in an `except`, a returned dictionary, or the content of a JSON response, that says that
    something failed: `{"error": "…"}`, `{"success": False}`, `{"status": "error"}`, or a `message` or `detail` such as
    "… not found", where the endpoint also has another answer and nothing sets a status. Endpoints that report the
    state of something else, such as health checks and validations, are left alone. An application that does so as its
    convention (eight such answers) gets one finding.

    ## Why
    The status is what clients, proxies and monitoring look at. With 200 the failed request is taken for a success:
    `response.ok` is true, the answer may be cached, and no error is counted. The documentation describes one shape of
    success, which this answer is not.

    ## When to ignore it
    Where a protocol demands 200, as some callbacks and GraphQL do.
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    cwe = 393
    checklist = (
        "Use appropriate status codes in response to each request.",
        "Implement proper error handling with appropriate status codes",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Review that API endpoints follow RESTful principles.",
    )
    references = (
        "https://www.rfc-editor.org/rfc/rfc9110#name-200-ok",
        "https://fastapi.tiangolo.com/tutorial/handling-errors/",
    )
    bad = (
        """\
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from seeds import find, sow

app = FastAPI()


@app.get("/seeds/{seed_id}")
def read_seed(seed_id: int):
    seed = find(seed_id)
    if seed is None:
        return {"error": "No such seed"}  # <- error-body-with-200
    return seed


@app.post("/seeds/{seed_id}/sow")
def sow_seed(seed_id: int):
    try:
        sow(seed_id)
    except ValueError:
        return JSONResponse({"success": False, "reason": "Too cold"})  # <- error-body-with-200
    return {"success": True}


@app.get("/seeds/{seed_id}/age")
def read_age(seed_id: int):
    seed = find(seed_id)
    if not seed:
        return {"message": "Seed does not exist."}  # <- error-body-with-200
    return {"age": seed.age}
""",
        """\
from flask import Flask, jsonify

from seeds import find

app = Flask(__name__)


@app.get("/seeds/<int:seed_id>")
def read_seed(seed_id):
    seed = find(seed_id)
    if seed is None:
        return jsonify(error="No such seed")  # <- error-body-with-200
    return jsonify(seed)
""",
    )
    good = (
        """\
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse

from seeds import database, find, sow

app = FastAPI()


@app.get("/seeds/{seed_id}")
def read_seed(seed_id: int):
    seed = find(seed_id)
    if seed is None:
        raise HTTPException(status_code=404, detail="No such seed")
    return {"seed": seed, "error": None}


@app.post("/seeds/{seed_id}/sow")
def sow_seed(seed_id: int, response: Response):
    try:
        sow(seed_id)
    except ValueError:
        return JSONResponse({"success": False}, status_code=409)
    except OSError:
        response.status_code = 503
        return {"error": "closed"}
    return {"success": True}


@app.get("/health")
def health():
    if not database.is_up():
        return {"status": "error"}
    return {"status": "ok"}
""",
        """\
from flask import Flask, jsonify

from seeds import find

app = Flask(__name__)


@app.get("/seeds/<int:seed_id>")
def read_seed(seed_id):
    seed = find(seed_id)
    if seed is None:
        return jsonify(error="No such seed"), 404
    return jsonify(seed)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for bodies that tell of an error, gathered by application."""
        by_application: dict[str, list[ErrorBody]] = {}
        for body in project.error_bodies():
            by_application.setdefault(body.route.application.name, []).append(body)
        for bodies in by_application.values():
            first = bodies[0]
            if len(bodies) >= HABIT_MINIMUM:
                yield self.gathered(
                    first,
                    f"{len(bodies)} answers of `{first.route.application.name}` tell of an error with status 200.",
                    map(self._single, bodies),
                    hint="Raise HTTP errors, or give these answers the status of their error.",
                    symbol=first.function.symbol,
                    related=tuple(Related(one.place, f"`{one.route}` does.") for one in bodies[1 : RELATED_LIMIT + 1]),
                )
                continue
            yield from map(self._single, bodies)

    def _single(self, body: ErrorBody) -> Finding:
        return self.at(
            body,
            f"`{body.route}` answers with status 200 and a body that tells of an error.",
            hint="Raise an HTTP error, or give the answer the status of the error.",
            symbol=body.function.symbol,
        )
