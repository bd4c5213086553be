"""A request body is an object of a table."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class TableModelAsBody(Rule):
    """Finds routes that take an object of a table as their request body.

    ## What it reports
    Parameters of FastAPI routes that are filled from the body and whose type is an SQLModel class with `table=True`, a
    Beanie document or another model of a database.

    ## Why
    The client decides every column: the primary key, the owner, roles, balances, times. A route that adds what it got
    lets callers overwrite foreign rows and grant themselves rights (mass assignment). SQLModel does not even validate
    classes with `table=True`, so that text arrives in a column of numbers.

    ## When to ignore it
    Hardly ever: declare a schema with the fields that a client may give.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 915
    owasp = "API3:2023"
    checklist = (
        "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
        "Use Pydantic models for request/response validation",
    )
    references = ("https://sqlmodel.tiangolo.com/tutorial/fastapi/multiple-models/",)
    bad = {
        "app/models.py": """\
from beanie import Document
from sqlmodel import Field, SQLModel


class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    is_admin: bool = False


class Note(Document):
    text: str
""",
        "app/main.py": """\
from typing import Annotated

from fastapi import Body, Depends, FastAPI
from sqlmodel import Session

from app.database import get_session
from app.models import Hero, Note

app = FastAPI()


@app.post("/heroes")
def create_hero(hero: Hero, session: Session = Depends(get_session)):  # <- table-model-as-body
    session.add(hero)
    session.commit()
    return hero


@app.put("/notes")
async def put_note(
    note: Annotated[Note, Body()],  # <- table-model-as-body
):
    await note.save()
""",
    }
    good = """\
from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel

from database import get_hero, get_session

app = FastAPI()


class HeroBase(SQLModel):
    name: str


class Hero(HeroBase, table=True):
    id: int | None = Field(default=None, primary_key=True)


class HeroCreate(HeroBase):
    pass


@app.post("/heroes")
def create_hero(hero: HeroCreate, session: Session = Depends(get_session)):
    session.add(Hero.model_validate(hero))


@app.get("/heroes/{hero_id}")
def read_hero(hero: Hero = Depends(get_hero)):
    return hero.name
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the parameters that the body fills."""
        seen = set()
        for route in project.routes:
            for parameter in route.parameters:
                if parameter.kind not in ("body", "form") or parameter.place in seen:
                    continue
                found = project.table_objects.of_type(parameter.type)
                if found is not None:
                    seen.add(parameter.place)
                    yield self.at(
                        parameter,
                        f"`{route}` takes its body as the table `{found.table.name}`: callers decide every column.",
                        hint="Take a schema with the fields that a client may give.",
                        symbol=route.symbol,
                    )
