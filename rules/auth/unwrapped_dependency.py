"""A function is meant as a dependency and is none."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class UnwrappedDependency(Rule):
    """Finds functions that are given to FastAPI as dependencies without `Depends`, or called inside of it.

    ## What it reports
    - A function in a list of dependencies: `dependencies=[get_current_user]`.
    - A function as the default of an endpoint's parameter, or in `Annotated`: `user: User = get_current_user`,
      `Annotated[User, get_current_user]`.
    - A function that is called inside of `Depends` and whose result cannot be called: `Depends(get_db())`, where it is
      a coroutine, a generator, or an object without `__call__`. A factory that gives a function, such as
      `Depends(require_role("admin"))`, is as it should be.

    ## Why
    FastAPI calls what `Depends` names, and nothing else. A bare function in a list stops the application when it
    starts; as a default or in `Annotated` it is a parameter of the query like any other, and the check that it should
    make is never made. A dependency that is called too early runs once, when the module is imported.

    ## When to ignore it
    Never: the function does not run for a request.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 862
    owasp = "API5:2023"
    checklist = (
        "Use FastAPI's dependency injection system to create reusable components.",
        "Implement proper dependency injection",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/dependencies/",)
    bad = (
        {
            "app/main.py": """\
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI

from app.dependencies import current_user, get_session, get_settings

app = FastAPI()
router = APIRouter(dependencies=[current_user])  # <- unwrapped-dependency


@router.get("/items")
def list_items(session=Depends(get_session())):  # <- unwrapped-dependency
    return []


@router.get("/mine")
def list_own_items(user: dict = current_user):  # <- unwrapped-dependency
    return []


@router.get("/others")
def list_others(user: Annotated[dict, current_user]):  # <- unwrapped-dependency
    return []


@router.delete("/items", dependencies=[Depends(current_user())])  # <- unwrapped-dependency
def delete_items(settings=Depends(get_settings())):  # <- unwrapped-dependency
    return {}


app.include_router(router)
""",
            "app/dependencies.py": """\
class Settings:
    debug = False


async def current_user():
    return {}


def get_session():
    yield None


def get_settings() -> Settings:
    return Settings()
""",
        },
    )
    good = (
        {
            "app/main.py": """\
from typing import Annotated

from fastapi import Depends, FastAPI, Query

from app.dependencies import Paging, RoleChecker, current_user, require_role

app = FastAPI(dependencies=[Depends(current_user)])
allow_editors = RoleChecker("editor")


@app.get("/items")
def list_items(user=Depends(current_user), paging=Depends(Paging), limit: int = Query(10)):
    return []


@app.post("/items", dependencies=[Depends(require_role("editor")), Depends(allow_editors)])
def create_item(user: Annotated[dict, Depends(RoleChecker("admin"))]):
    return {}
""",
            "app/dependencies.py": """\
class Paging:
    def __init__(self, skip: int = 0):
        self.skip = skip


class RoleChecker:
    def __init__(self, role):
        self.role = role

    def __call__(self):
        return self.role


def current_user():
    return {}


def require_role(role):
    def check():
        return role

    return check
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the dependencies that FastAPI does not call."""
        for found in project.unwrapped_dependencies():
            if found.kind == "called":
                message = (
                    f"`{found.text}` is called when the module is imported, and its result cannot be a dependency."
                )
                hint = f"Name the function: `Depends({found.text.partition('(')[0]})`."
            else:
                message = f"`{found.text}` is no dependency without `Depends`, so that FastAPI does not call it."
                hint = f"Write `Depends({found.text})`."
            yield self.at(found.place, message, hint=hint, symbol=found.symbol)
