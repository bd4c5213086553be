"""An endpoint reads JSON of the request that nothing has checked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity, UncheckedJson

#: Endpoints of an application up from which reading unchecked JSON is its habit.
HABIT_MINIMUM = 5
RELATED_LIMIT = 5
#: Words of routes whose senders decide on the shape.
FOREIGN = re.compile(r"webhook|hooks?\b|callback|proxy|graphql|rpc|relay", re.IGNORECASE)


class UnvalidatedRequestJson(Rule):
    """Finds endpoints that read keys of the request's JSON without checking that they are there.

    ## What it reports
    Endpoints of Flask and FastAPI that take the JSON of the request themselves (`request.get_json()`, `request.json`,
    `await request.json()`) and read keys of it by subscript, where nothing checks it: no model or schema gets it, no
    condition asks for it or for what was read of it, and no `try` surrounds it. Five and more of an application make
    one finding.

    Webhooks and callbacks are left alone, and so are endpoints whose decorators may check the body.

    ## Why
    What a client sends is anything: a list instead of an object, a key that is missing, a number where a text is
    meant. Each of them ends in a `KeyError` or `TypeError` and a 500 that tells the client nothing, or in values of the
    wrong type in the database.

    ## When to ignore it
    Where only your own program sends the request and both are always deployed together.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    cwe = 20
    checklist = (
        "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Validate all inputs",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Ensure proper error handling and validation",
    )
    references = (
        "https://flask.palletsprojects.com/en/stable/api/#flask.Request.get_json",
        "https://fastapi.tiangolo.com/tutorial/body/",
    )
    bad = (
        """\
from flask import Flask, request

from database import Book, session

app = Flask(__name__)


@app.post("/books")
def create_book():
    data = request.get_json()  # <- unvalidated-request-json
    session.add(Book(title=data["title"], pages=data["pages"]))
    session.commit()
    return {"title": data["title"]}, 201
""",
        """\
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/seats")
async def take_seat(request: Request):
    body = await request.json()  # <- unvalidated-request-json
    row = body["row"]
    return {"row": row, "seat": body["seat"]}
""",
    )
    good = (
        """\
from flask import Flask, abort, request
from marshmallow import Schema, fields

app = Flask(__name__)


class BookSchema(Schema):
    title = fields.String(required=True)


@app.post("/books")
def create_book():
    data = request.get_json()
    book = BookSchema().load(data)
    return {"title": book["title"], "sent": data["title"]}


@app.post("/readers")
def create_reader():
    data = request.json
    if "name" not in data:
        abort(400)
    return {"name": data["name"]}


@app.post("/loans")
def create_loan():
    data = request.get_json()
    try:
        return {"book": data["book"]}
    except KeyError:
        abort(400)


@app.post("/webhooks/paid")
def paid():
    event = request.get_json()
    return {"type": event["type"]}
""",
        """\
from fastapi import FastAPI, Request
from pydantic import BaseModel

app = FastAPI()


class Seat(BaseModel):
    row: int


@app.post("/seats")
async def take_seat(request: Request):
    body = await request.json()
    seat = Seat.model_validate(body)
    return {"row": seat.row, "sent": body["row"]}
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which JSON is read unchecked, application by application."""
        by_application: defaultdict[int, list[UncheckedJson]] = defaultdict(list)
        for one in project.unchecked_json:
            if not FOREIGN.search(f"{one.route.path} {one.route.function_name}"):
                by_application[id(one.route.application)].append(one)
        for found in by_application.values():
            if len(found) < HABIT_MINIMUM:
                yield from map(self._single, found)
                continue
            application = found[0].route.application
            yield self.gathered(
                application.place,
                f"{len(found)} endpoints of `{application.name}` read JSON of the request without checking it.",
                map(self._single, found),
                hint="Describe what is expected by models or schemas, and answer 400 or 422 to anything else.",
                symbol=application.name,
                related=tuple(Related(one.place, f"`{one.route}`") for one in found[:RELATED_LIMIT]),
            )

    def _single(self, one: UncheckedJson) -> Finding:
        keys = ", ".join(f"`{key}`" for key in one.keys[:3])
        return self.at(
            one.place,
            f"`{one.route}` reads {keys} of the request's JSON without checking that they are there.",
            hint="Validate it with a model or a schema first.",
            symbol=one.function.symbol,
        )
