"""A parameter's annotation is not what its dependency gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.api import Category, Finding, MistypedDependency, Project, Related, Rule, Severity

RELATED_LIMIT = 5


class DependencyTypeMismatch(Rule):
    """Finds parameters of FastAPI routes and dependencies whose type is not what their dependency gives.

    ## What it reports
    Parameters with `Depends` or `Security` where

    - the annotation is a class of the project, and the dependency gives another one that is not related to it: the
      schema `User` where it gives the table `User`;
    - it is an `AsyncSession` where a `Session` is given, or the other way round;
    - the dependency may give None, as its return annotation or `auto_error=False` says, the annotation leaves that out,
      and the body does not ask for it (`if not token`). A dependency that raises where nothing is found, and returns a
      value on all other ways, does not give None, whatever its annotation says.

    What a dependency gives is known by its return annotation, else by the queries that it returns. Parameters that use
    one dependency in the same wrong way make one finding.

    ## Why
    FastAPI does not look at the annotation of such a parameter, so nothing fails at the start. Type checkers and
    readers believe it: an attribute that only the table has is reported, one that only the schema has passes and fails
    for each caller; a missing user becomes an `AttributeError`, which the client sees as 500 instead of 401.

    ## When to ignore it
    Where the annotation is a structural type on purpose; declare it as a `Protocol`.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = (
        "Use FastAPI's dependency injection system to create reusable components.",
        "Implement proper dependency injection",
        "Use type hints everywhere",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/dependencies/",)
    bad = {
        "app/models.py": """\
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
""",
        "app/schemas.py": """\
from pydantic import BaseModel


class User(BaseModel):
    id: int
""",
        "app/dependencies.py": """\
from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.orm import Session

from app.database import get_session
from app.models import User

bearer = OAuth2PasswordBearer(tokenUrl="/login", auto_error=False)


def get_current_user(
    request: Request,
    token: str = Depends(bearer),  # <- dependency-type-mismatch
    session: Session = Depends(get_session),
):
    if token is None and "token" in request.cookies:
        token = request.cookies["token"]
    user = session.query(User).filter(User.id == token).first()
    if user is None:
        raise HTTPException(status_code=401)
    return user


def find_user(user_id: int, session: Session = Depends(get_session)) -> User | None:
    return session.get(User, user_id)
""",
        "app/database.py": """\
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession


async def get_async_session() -> AsyncIterator[AsyncSession]:
    yield AsyncSession()


def get_session():
    yield None
""",
        "app/main.py": """\
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app import models
from app.database import get_async_session
from app.dependencies import find_user, get_current_user
from app.schemas import User

app = FastAPI()


@app.get("/me")
def me(user: User = Depends(get_current_user)):  # <- dependency-type-mismatch
    return user


@app.delete("/me")
def leave(user: Annotated[User, Depends(get_current_user)]):
    return user.id


@app.get("/users/{user_id}")
def get_user(user: models.User = Depends(find_user)):  # <- dependency-type-mismatch
    return user.id


@app.get("/count")
def count(session: Session = Depends(get_async_session)):  # <- dependency-type-mismatch
    return 0
""",
    }
    good = """\
from typing import Annotated, Optional, Protocol, cast

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import APIKeyHeader, HTTPBearer

app = FastAPI()


class Named(Protocol):
    name: str


class Person:
    name = "x"


class Admin(Person):
    pass


class Scheme(APIKeyHeader):
    async def __call__(self, request: Request) -> Optional[str]:
        try:
            return await super().__call__(request)
        except HTTPException as error:
            raise HTTPException(status_code=401) from error


class Filter:
    def __init__(self, q: str = ""):
        self.q = q


def get_admin() -> Admin:
    return Admin()


def maybe_admin() -> Admin | None:
    return None


async def require_admin(name: str) -> Admin | None:
    admin = await find(name)
    if admin:
        return cast(Admin, admin)
    raise HTTPException(status_code=401)


def asked_for(request: Request) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for key, value in request.query_params.items():
        found[key] = value
    return found


async def unknown(q: str = ""):
    return await something(q)


@app.get("/token")
def show(token: str = Depends(HTTPBearer(auto_error=False))):
    if not token:
        return {}
    return {"token": token}


@app.get("/")
def root(
    person: Annotated[Person, Depends(get_admin)],
    named: Named = Depends(get_admin),
    admin: Optional[Admin] = Depends(maybe_admin),
    chosen: Filter = Depends(),
    other: Person = Depends(unknown),
    token=Depends(HTTPBearer(auto_error=False)),
    key: str = Depends(Scheme(name="key")),
    required: Admin = Depends(require_admin),
    wanted: dict[str, str] = Depends(asked_for),
):
    return {}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Groups wrong parameters by their dependency and what they say of it."""
        groups: dict[tuple[object, str], list[MistypedDependency]] = {}
        for found in project.mistyped_dependencies:
            groups.setdefault((id(found.dependency.callable), found.annotated), []).append(found)
        for group in groups.values():
            yield self._finding(group[0], group[1:]).standing_for(map(self._finding, group))

    def _finding(self, first: MistypedDependency, others: Sequence[MistypedDependency] = ()) -> Finding:
        more = f", as {'one other is' if len(others) == 1 else f'{len(others)} others are'}" if others else ""
        message, hint = _explained(first)
        return self.at(
            first.place,
            message.format(more=more),
            hint=hint,
            symbol=first.function.symbol,
            related=tuple(Related(one.place, f"`{one.function.name}` too.") for one in others[:RELATED_LIMIT]),
        )


def _explained(found: MistypedDependency) -> tuple[str, str]:
    name = found.dependency.name
    if found.kind == "none":
        return (
            f"`{found.parameter}` is declared as `{found.annotated}`{{more}}, but `{name}` may give None.",
            "Let the type say so, and answer for None.",
        )
    return (
        f"`{found.parameter}` is declared as `{found.annotated}`{{more}}, but `{name}` gives `{found.given}`.",
        f"Declare it as `{found.given}`.",
    )
