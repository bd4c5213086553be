"""Depends, Query and the like are given as default values and not in `Annotated`."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Place, Preset, Project, Rule, Severity

EXAMPLES_LIMIT = 3


class DependencyWithoutAnnotated(Rule):
    """Finds endpoints and dependencies whose parameters have `Depends(…)`, `Query(…)` and the like as default values.

    ## What it reports
    Functions that FastAPI calls for a route and whose parameters name `Depends`, `Security`, `Path`, `Query`, `Header`,
    `Cookie`, `Body`, `Form` or `File` as default values: one finding a function, over those parameters.

    ## Why
    FastAPI recommends `Annotated` since 0.95: the default is then a real default, so the function can be called from
    elsewhere and in tests; type checkers see what is passed; a required parameter may follow one with a default; and
    `CurrentUser = Annotated[User, Depends(current_user)]` is written once and used by name.

    ## When to ignore it
    Where the project must run on FastAPI before 0.95.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Use FastAPI's dependency injection system to create reusable components.",)
    references = ("https://fastapi.tiangolo.com/tutorial/dependencies/#share-annotated-dependencies",)
    bad = {
        "app/main.py": """\
from fastapi import Depends, FastAPI, Query

from app.users import current_user

app = FastAPI()


@app.get("/notes")
def list_notes(
    user=Depends(current_user),  # <- dependency-without-annotated
    search: str | None = Query(None, max_length=50),
):
    return []
""",
        "app/users.py": """\
from fastapi import Header


def current_user(authorization: str = Header(...)):  # <- dependency-without-annotated
    return authorization
""",
    }
    good = """\
from typing import Annotated

from fastapi import Depends, FastAPI, Query

app = FastAPI()


def current_user(name: str = "nobody"):
    return name


CurrentUser = Annotated[str, Depends(current_user)]


@app.get("/notes")
def list_notes(user: CurrentUser, search: Annotated[str | None, Query(max_length=50)] = None, limit: int = 10):
    return []


def helper(limit=Query(10)):
    return limit
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Gathers what is given as a default by function."""
        for function, parameters in project.marked_defaults:
            names = [f"`{one.name}`" for one in parameters]
            more = len(names) - EXAMPLES_LIMIT
            listed = ", ".join(names[:EXAMPLES_LIMIT]) + (f" and {more} more" if more > 0 else "")
            first, last = parameters[0], parameters[-1]
            place = Place(function.module.path, first.line, first.column, last.end_line, last.end_column)
            yield self.at(
                place,
                f"`{function.name}` gives {listed} by default value and not in `Annotated`.",
                hint="Write `name: Annotated[Type, Depends(…)]`, with the default of the parameter, if any, behind it.",
                symbol=function.symbol,
            )
