"""A parameter of an operation has no description."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, RequestParameter, Rule, Severity

DESCRIBED_KINDS = frozenset({"path", "query", "header", "cookie"})
MINIMUM = 5
SHARE = 2 / 3


class UndocumentedParameter(Rule):
    """Finds parameters without a description in applications that describe most of theirs.

    ## What it reports
    Parameters that FastAPI takes from the path, the query, a header or a cookie, without `description=` or `title=`,
    where the application describes at least two in three of such parameters and at least five. One finding for each.

    ## Why
    The name of a parameter seldom says its unit, its format, or what its absence means. Where nearly all others say
    so, a gap is a parameter that was added in a hurry.

    ## When to ignore it
    Where the name says it all, such as `user_id`.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Ensure that API endpoints are properly documented using Swagger/OpenAPI.",)
    references = ("https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#declare-more-metadata",)
    bad = """\
from typing import Annotated

from fastapi import FastAPI, Path, Query

app = FastAPI()


@app.get("/books")
def list_books(
    title: Annotated[str | None, Query(description="A part of the title.")] = None,
    author: Annotated[str | None, Query(description="A part of the name.")] = None,
    since: Annotated[int, Query(description="The first year.")] = 0,
    until: int = 3000,  # <- undocumented-parameter
):
    return []


@app.get("/books/{book_id}")
def get_book(
    book_id: Annotated[int, Path(description="The number on the cover.")],
    fields: Annotated[str | None, Query(description="Names with commas.")] = None,
):
    return {}
"""
    good = """\
from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/books")
def list_books(title: str | None = Query(None, description="A part of the title."), author: str = "", since: int = 0):
    return []
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which parameters are not described where most are."""
        by_application: defaultdict[int, list[RequestParameter]] = defaultdict(list)
        for one in project.request_parameters:
            if one.kind in DESCRIBED_KINDS and any(route.include_in_schema is True for route in one.routes):
                by_application[id(one.route.application)].append(one)
        for parameters in by_application.values():
            lacking = [one for one in parameters if not one.constraint("description", "title")]
            described = len(parameters) - len(lacking)
            if described >= MINIMUM and described >= SHARE * len(parameters):
                for one in lacking:
                    yield self.at(
                        one.place,
                        f"`{one.name}` of `{one.route}` has no description, as most parameters have.",
                        hint="Describe it: `Annotated[…, Query(description=…)]`.",
                        symbol=one.symbol,
                    )
