"""Reports plain calls of functions whose parameters only FastAPI can fill."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class DependencyCalledDirectly(Rule):
    """Finds calls of endpoints and dependencies that leave a parameter to its `Depends(…)`, `Query(…)` or `Header(…)`.

    ## What it reports
    A call of a function of the project that does not pass a parameter whose default is `Depends`, `Security`, `Query`,
    `Path`, `Header`, `Cookie`, `Body`, `Form` or `File`, where the function reads that parameter. Calls that spread
    their arguments are left alone.

    ## Why
    FastAPI replaces these defaults when it answers a request. In a plain call the parameter is the mark itself: the
    session is a `Depends` object without any method, and `limit: int = Query(10)` is no number. Mostly it fails at the
    first use, but a `Query(None)` is true where the parameter should be None, and silently takes the other branch.

    ## When to ignore it
    Never, as far as is known. With `Annotated[…, Depends(…)]` there is no such default, and Python says what is
    missing.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Use FastAPI's dependency injection system to create reusable components.",
        "Implement proper dependency injection",
        "Follow FastAPI best practices",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/dependencies/sub-dependencies/",
        "https://fastapi.tiangolo.com/tutorial/query-params-str-validations/#advantages-of-annotated",
    )
    bad = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI, Query

from app.users import current_user

app = FastAPI()


@app.get("/items")
def list_items(limit: int = Query(10), name: str | None = Query(None)):
    return [name] * limit


@app.get("/items/first")
def read_first_item():
    return list_items(limit=1)[0]  # <- dependency-called-directly


@app.get("/me")
async def read_me(token: str):
    return current_user(token)  # <- dependency-called-directly
""",
            "app/users.py": """\
from fastapi import Depends


def get_session():
    yield object()


def current_user(token: str, session=Depends(get_session)):
    return session.get(token)
""",
        },
    )
    good = (
        """\
from typing import Annotated

from fastapi import Depends, FastAPI, Query

app = FastAPI()


def get_session():
    yield object()


def current_user(token: str, session=Depends(get_session), unused=Depends(get_session)):
    return session.get(token)


def owner(token: str, session: Annotated[object, Depends(get_session)] = None):
    return session


@app.get("/me")
def read_me(token: str, session=Depends(get_session), user=Depends(current_user)):
    arguments = {"session": session}
    return current_user(token, session), current_user(token, **arguments), owner(token)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the calls that leave out what FastAPI fills in."""
        for found in project.direct_dependency_calls:
            yield self.at(
                found.site.place,
                f"`{found.site.caller.qualname}` calls `{found.function.name}()` without `{found.parameter}`, which "
                f"then is a `{found.marker}` object and no value.",
                hint=f"Pass `{found.parameter}`, or call a plain function that both share.",
                symbol=found.site.caller.symbol,
                related=(Related(found.function.place, "The default that only FastAPI replaces."),),
            )
