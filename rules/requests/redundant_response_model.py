"""A response model is declared twice: as an argument and as the return annotation."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import (
    Category,
    Finding,
    Fix,
    FunctionValue,
    Place,
    Preset,
    Project,
    RemoveKeyword,
    Route,
    Rule,
    Severity,
    is_known,
    source_text,
    tree,
)


class RedundantResponseModel(Rule):
    """Finds routes whose `response_model=` repeats the return annotation of the endpoint.

    ## What it reports
    FastAPI routes that declare `response_model=X` and whose endpoint is annotated `-> X`. The two are compared by what
    they stand for, so that an alias or an import under another name is the same. Where they differ, `response_model`
    has a purpose, since it wins: nothing is reported.

    ## Why
    FastAPI makes the response model of the annotation, which type checkers read as well. Saying it twice invites that
    one of the two is changed alone, and then what is documented is not what the function returns.

    ## When to ignore it
    Where the project must run on FastAPI before 0.89, which did not read the annotation.

    ## Fix safety
    The fix removes the argument. It is unsafe only for FastAPI before 0.89.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Use FastAPI's type hinting and Pydantic models for request and response data validation.",)
    references = ("https://fastapi.tiangolo.com/tutorial/response-model/#return-type-and-data-filtering",)
    bad = {
        "app/main.py": """\
from fastapi import FastAPI

from app.schemas import Book, Page
from app.schemas import Book as BookModel

app = FastAPI()


@app.get("/books", response_model=Page[Book])  # <- redundant-response-model
def list_books() -> Page[Book]:
    return Page(items=[])


@app.head("/books", response_model=Page[Book])  # <- redundant-response-model
def count_books() -> Page[Book]:
    return Page(items=[])


@app.get("/books/{book_id}", response_model=BookModel)  # <- redundant-response-model
async def get_book(book_id: int) -> Book:
    return Book(title="The Trial")
""",
        "app/schemas.py": """\
from typing import Generic, TypeVar

from pydantic import BaseModel

Item = TypeVar("Item")


class Book(BaseModel):
    title: str


class Page(BaseModel, Generic[Item]):
    items: list[Item]
""",
    }
    good = """\
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Book(BaseModel):
    title: str


class StoredBook(Book):
    shelf: int


@app.get("/books")
def list_books() -> list[Book]:
    return []


@app.get("/books/{book_id}", response_model=Book)
def get_book(book_id: int) -> StoredBook:
    return StoredBook(title="The Trial", shelf=book_id)


@app.get("/books/{book_id}/cover", response_model=Book)
def get_cover(book_id: int) -> Any:
    return {"title": "The Castle"}


@app.get("/authors", response_model=None)
def list_authors() -> None:
    return None
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares the argument with the annotation."""
        seen: set[Place] = set()
        for route in (*project.routes, *project.unserved_routes):
            if route.response_model_source != "response_model" or route.response_model is None or route.place in seen:
                continue
            seen.add(route.place)
            function = route.endpoint
            if not isinstance(function, FunctionValue) or not isinstance(function.node, tree.Function):
                continue
            if function.node.returns is not None and _is_same(route, function, function.node.returns, project):
                model = source_text(function.node.returns)
                yield self.at(
                    route.path_place,
                    f"`{route}` declares the response model `{model}` twice.",
                    hint="Leave `response_model=` out: the return annotation says the same.",
                    symbol=route.symbol,
                    fix=Fix("Remove `response_model=`.", (RemoveKeyword(route.place, "response_model"),)),
                )


def _is_same(route: Route, function: FunctionValue, returns: tree.Expression, project: Project) -> bool:
    """Whether both stand for the same type; where that is not known, whether they are written alike in one file."""
    assert route.response_model is not None
    returned = project.evaluator.annotation_value(returns, function.scope)
    if is_known(returned) and is_known(route.response_model_value):
        return bool(returned == route.response_model_value)
    is_alike = source_text(returns) == source_text(route.response_model)
    return is_alike and function.module is route.module
