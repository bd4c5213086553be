"""The documentation of an application has no title or version of its own."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, External, Finding, Preset, Project, Rule, Severity

#: Operations up from which a document is worth reading.
MINIMUM = 3


class MissingAppMetadata(Rule):
    """Finds applications whose OpenAPI document has FastAPI's own title and version.

    ## What it reports
    `FastAPI(…)` without `title=` or without `version=`, where the application describes three and more operations.
    Applications that get keywords from elsewhere, or set `app.title` later, are left alone.

    ## Why
    The document then calls itself "FastAPI 0.1.0", as do the documentation page and generated clients, in which
    nobody can tell which interface and which state of it they have before them.

    ## When to ignore it
    Where nobody outside of the project reads the document.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Ensure all the API endpoints are properly documented using Swagger.",
        "Clear API documentation",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/metadata/",)
    bad = """\
from fastapi import FastAPI

app = FastAPI(title="Library")  # <- missing-app-metadata


@app.get("/books")
def list_books():
    return []


@app.post("/books")
def create_book():
    return {}


@app.get("/books/{book_id}")
def get_book(book_id: int):
    return {}
"""
    good = """\
from fastapi import FastAPI

app = FastAPI(title="Library", version="1.2.0")
small = FastAPI()


@app.get("/books")
def list_books():
    return []


@app.post("/books")
def create_book():
    return {}


@app.get("/books/{book_id}")
def get_book(book_id: int):
    return {}


@small.get("/health")
def health():
    return {}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks what applications say about themselves."""
        for group in project.operations_by_application():
            made = group.application
            if len(group.operations) < MINIMUM or made.has_unknown_keywords or not isinstance(made.type, External):
                continue
            given = {*made.keywords, *made.attributes}
            missing = [name for name in ("title", "version") if name not in given]
            if missing:
                names = " and ".join(f"`{name}`" for name in missing)
                yield self.at(
                    group.place,
                    f"The document of `{group.name}` has no {names} of its own.",
                    hint=f"Pass {names} to `FastAPI(…)`.",
                    symbol=group.symbol,
                )
