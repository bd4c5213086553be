"""The body of a request is taken as a dictionary of anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Project, RequestParameter, Rule, Severity, Unknown, source_text

SHAPELESS = ("Any", "object", "dict", "Dict", "Mapping", "MutableMapping", "list", "List", "Sequence")
#: Words of routes that pass on what others decide: what arrives has no shape that the program could know.
FOREIGN = re.compile(
    r"validat|webhook|hooks?\b|callback|proxy|graphql|json.?rpc|relay|passthrough|telemetry|analytics|scim",
    re.IGNORECASE,
)
#: Names of bodies that are data of the caller, kept and returned as they are.
FREE_FORM = re.compile(
    r"(?:\w+_)?(?:meta_?data|meta|extra\w*|attributes|properties|context|variables|inputs?|params|kwargs|labels|headers|schema|geo_?json|json_schema|template_vars)"
)


class RawBodyParameterOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `raw-body-parameter`."""

    shapeless_types: tuple[str, ...] = SHAPELESS


class RawBodyParameter(Rule):
    """Finds endpoints that take the body of a request as any dictionary and use it without a model.

    ## What it reports
    Parameters of FastAPI endpoints and dependencies that come from the body and whose type says nothing about it:
    `dict`, `dict[str, Any]`, `list`, `list[dict]`, `Any`, or no type beside `Body(…)`. `dict[str, int]` says
    something.

    Nothing is reported where the endpoint makes a model of it or validates it, where it only hands it on (a proxy), on
    webhooks and callbacks, whose senders decide on the shape, and on data of the caller that has none by nature
    (`metadata`, `attributes`, `variables` …).

    ## Why
    Without a model any JSON is accepted: keys that are missing become a `KeyError` and a 500, keys that nobody thought
    of end up in the database, and the documentation shows an empty object. With a model FastAPI answers 422 and says
    which field is wrong.

    ## When to ignore it
    Where the body is a document whose shape is not yours.

    ## Options
    - `shapeless-types`: names of types that, alone or with arguments that say nothing, count as no model.
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    cwe = 20
    owasp = "API3:2023"
    checklist = (
        "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
        "Use Pydantic models for request/response validation",
        "Validate all inputs",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/body/",)
    Options = RawBodyParameterOptions
    bad = (
        """\
from typing import Any

from fastapi import Body, FastAPI
from sqlalchemy.orm import Session

from database import Book, engine

app = FastAPI()


@app.post("/books")
def create_book(data: dict):  # <- raw-body-parameter
    with Session(engine) as session:
        session.add(Book(title=data["title"], pages=data["pages"]))
        session.commit()


@app.put("/settings")
def replace_settings(settings: dict[str, Any] = Body(...)):  # <- raw-body-parameter
    for name, value in settings.items():
        setattr(engine, name, value)
""",
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.orders import router

app = FastAPI()
app.include_router(router, prefix="/orders")
""",
            "app/orders.py": """\
from typing import Annotated, Any, Dict, List

from fastapi import APIRouter, Body

router = APIRouter()


@router.patch("/{order_id}")
async def change_order(order_id: int, changes: Annotated[Any, Body()]):  # <- raw-body-parameter
    return {"id": order_id, "state": changes["state"]}


@router.post("/lines")
async def add_lines(lines: List[Dict[str, Any]]):  # <- raw-body-parameter
    return [line["number"] for line in lines]
""",
        },
    )
    good = """\
from typing import Annotated, Any

import httpx
from fastapi import Body, FastAPI
from pydantic import BaseModel

app = FastAPI()
client = httpx.AsyncClient()


class Book(BaseModel):
    title: str


@app.post("/books")
def create_book(book: Book, metadata: dict[str, Any]):
    return {"title": book.title, "metadata": metadata}


@app.post("/scores")
def add_scores(scores: dict[str, int]):
    return sum(scores.values())


@app.post("/imports")
def import_book(data: dict):
    return Book(**data)


def as_model(values: dict, model: type[BaseModel]):
    return model.construct(**{name: values[name] for name in model.__fields__ if name in values})


@app.patch("/books/{title}")
def change_book(title: str, data: dict):
    return as_model({"title": title, **data}, Book)


@app.post("/drafts")
def check_draft(data: Annotated[Any, Body()]):
    return Book.model_validate(data)


@app.post("/webhooks/payments")
def paid(event: dict):
    return {"type": event["type"]}


@app.post("/search")
async def search(query: dict):
    answer = await client.post("https://search.example/_search", json=query)
    return answer.json()


@app.get("/filter")
def filter_books(data: Any = None):
    return []
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which bodies have no shape, and whether something gives them one."""
        for one in project.request_parameters:
            if one.kind != "body" or one.function is None or _is_free(one):
                continue
            if not self._says_nothing(one, project) or project.is_given_shape(one):
                continue
            name = one.parameter.own_name
            written = f"`{source_text(one.parameter.annotation)}`" if one.parameter.annotation else "anything"
            yield self.at(
                one.place,
                f"`{one.route}` takes the body `{name}` as {written}, without a model.",
                hint=f"Declare a Pydantic model for `{name}`: FastAPI then validates and documents it.",
                symbol=one.symbol,
            )

    def _says_nothing(self, one: RequestParameter, project: Project) -> bool:
        if one.parameter.annotation is None:
            return isinstance(one.parameter.type, Unknown) and one.parameter.marker is not None
        return project.says_nothing(one.parameter.annotated, self.options.shapeless_types)


def _is_free(one: RequestParameter) -> bool:
    """Whether the shape is the caller's business."""
    if FREE_FORM.fullmatch(one.parameter.own_name):
        return True
    return any(FOREIGN.search(f"{route.path} {route.function_name}") for route in one.routes)
