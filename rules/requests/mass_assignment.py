"""A client decides which columns of a table are written."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class MassAssignment(Rule):
    """Finds places where whatever a client sends is written to the columns of a table.

    ## What it reports
    What a request holds without a schema (`request.get_json()`, `request.form`, `await request.json()`, a body of the
    type `dict`), where it is

    - spread over the constructor of a table (`User(**data)`);
    - set in a loop, `for name, value in data.items(): setattr(user, name, value)`, without a condition on the name;
    - handed to `update(…)` of a query, or to `values(…)` of a statement;

    in the endpoint or in functions that it hands the data to. Data that is given to a function which may refuse keys,
    by its name (`validate(data, schema)`), is left alone. Schemas that take unknown fields are the matter of
    `request-model-allows-extra`.

    ## Why
    The client chooses the columns: `{"role": "admin"}` or `{"owner_id": 1}` is written like any other. The form that
    the page shows has no such field, and tests that send what the page sends find nothing.

    ## When to ignore it
    Where the names are checked in a way that is not seen, such as by a database role that may write a few columns only.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 915
    owasp = "API3:2023"
    checklist = (
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
    )
    references = (
        "https://cheatsheetseries.owasp.org/cheatsheets/Mass_Assignment_Cheat_Sheet.html",
        "https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/",
    )
    bad = (
        {
            "app/models.py": """\
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
    is_admin = db.Column(db.Boolean)
""",
            "app/views.py": """\
from flask import Flask, request

from app.models import User, db
from app.service import change

app = Flask(__name__)


@app.post("/users")
def create_user():
    data = request.get_json()
    user = User(**data)  # <- mass-assignment
    db.session.add(user)
    return {}


@app.put("/users/<int:user_id>")
def update_user(user_id):
    User.query.filter_by(id=user_id).update(request.json)  # <- mass-assignment
    return {}


@app.patch("/users/<int:user_id>")
def change_user(user_id):
    change(User.query.get(user_id), request.get_json())
    return {}
""",
            "app/service.py": """\
from app.models import User


def change(user: User, data):
    for name, value in data.items():
        setattr(user, name, value)  # <- mass-assignment
""",
        },
        """\
from fastapi import Depends, FastAPI
from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel

from database import get_session

app = FastAPI()


class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


@app.post("/heroes")
def create_hero(body: dict, session: Session = Depends(get_session)):
    session.add(Hero(**body))  # <- mass-assignment


@app.put("/heroes/{hero_id}")
def put_hero(hero_id: int, body: dict, session: Session = Depends(get_session)):
    session.exec(update(Hero).where(Hero.id == hero_id).values(**body))  # <- mass-assignment
""",
    )
    good = """\
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlmodel import Field, Session, SQLModel

from database import get_session
from validation import SCHEMA, validate

app = FastAPI()
WRITABLE = {"name"}


class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


class HeroIn(BaseModel):
    name: str


@app.post("/heroes")
def create_hero(hero: HeroIn, session: Session = Depends(get_session)):
    session.add(Hero(**hero.model_dump()))


@app.put("/heroes")
def put_hero(body: dict, session: Session = Depends(get_session)):
    validate(body, SCHEMA)
    session.add(Hero(**body))


@app.patch("/heroes/{hero_id}")
def change_hero(hero_id: int, body: dict, session: Session = Depends(get_session)):
    hero = session.get(Hero, hero_id)
    for name, value in body.items():
        if name in WRITABLE:
            setattr(hero, name, value)
    hero.name = body["name"]
    session.add(Hero(name=body["name"]))
    print(dict(**body))
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Follows what requests hold to the tables."""
        for found in project.mass_assignments:
            if not found.schema_name:
                table = f"`{found.table.name}`" if found.table is not None else "the table"
                yield self.at(
                    found.place,
                    f"Callers of `{found.route}` decide which columns of {table} are written: `{found.source}`.",
                    hint="Take a schema with the fields that callers may set.",
                    symbol=found.function.symbol,
                )
