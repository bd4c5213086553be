"""A request model takes unknown fields, and all of them are written to a table."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class RequestModelAllowsExtra(Rule):
    """Finds request models that take unknown fields and whose fields are all written to a table.

    ## What it reports
    Bodies of FastAPI routes whose schema has `extra="allow"`, itself or through a base, and that are spread over the
    constructor of a table, an `update(…)` or a `values(…)`, with `**body.model_dump()` or `**body.dict()`, in the
    endpoint or in functions that it hands the body to.

    ## Why
    With `extra="allow"` the schema keeps every field that the client adds, and gives it back in `model_dump()`. So the
    client sets columns that the schema does not have: its role, its owner, its balance. The list of fields that the
    schema declares looks like a protection and is none.

    ## When to ignore it
    Where the table takes exactly the columns that the schema has, and has no others.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 915
    owasp = "API3:2023"
    checklist = (
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
        "Validate all inputs",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
    )
    references = ("https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.extra",)
    bad = {
        "app/schemas.py": """\
from pydantic import BaseModel, ConfigDict


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class UserIn(Open):
    name: str
""",
        "app/service.py": """\
from app.models import User
from app.schemas import UserIn


def create(session, given: UserIn):
    user = User(**given.model_dump(exclude_unset=True))  # <- request-model-allows-extra
    session.add(user)
    return user.id
""",
        "app/models.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
""",
        "app/main.py": """\
from fastapi import Depends, FastAPI

from app import service
from app.database import get_session
from app.schemas import UserIn

app = FastAPI()


@app.post("/users")
def create_user(body: UserIn, session=Depends(get_session)):
    return service.create(session, body)
""",
    }
    good = """\
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from database import get_session

app = FastAPI()


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class UserIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str


class Event(BaseModel):
    model_config = ConfigDict(extra="allow")

    kind: str


@app.post("/users")
def create_user(body: UserIn, session=Depends(get_session)):
    session.add(User(**body.model_dump()))


@app.post("/events")
def take_event(event: Event, session=Depends(get_session)):
    session.add(User(name=event.kind))
    session.add(User(**event.model_dump(include={"kind"})))
    return event.model_dump()
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Follows bodies that take everything to the tables."""
        for found in project.mass_assignments:
            if found.schema_name:
                table = f"`{found.table.name}`" if found.table is not None else "the table"
                yield self.at(
                    found.place,
                    f"`{found.schema_name}` takes unknown fields, and callers of `{found.route}` "
                    f"write them to {table}: `{found.source}`.",
                    hint='Forbid unknown fields (`extra="forbid"`), or name those that are written.',
                    symbol=found.function.symbol,
                )
