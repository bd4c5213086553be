"""A route answers with an object of a table, and nothing says which columns are sent."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.api import Category, Finding, Project, Related, ReturnedObject, Rule, Severity

#: Routes of a file without a response model from which on they make one finding.
FILE_MINIMUM = 4
RELATED_LIMIT = 5


class OrmObjectReturned(Rule):
    """Finds routes that answer with an object of a table and declare no schema for it.

    ## What it reports
    FastAPI routes without a response model (neither `response_model=` nor a return annotation, or one that says
    nothing, such as `Any` and `dict`) that return an object of an SQLAlchemy or SQLModel table, several of them, or a
    dictionary that holds one; Flask views that answer with `user.__dict__` or `vars(user)`. It is an error where the
    table has a column with a password, a key or a token, otherwise a warning; four and more of a file make one finding
    then.

    ## Why
    Nothing says which columns are sent, so all are: the hash of the password today, and whatever column someone adds
    tomorrow. Related objects that happen to be loaded go out too. The documentation shows no shape, and clients come to
    depend on the columns of the table.

    ## When to ignore it
    For internal tools whose callers may read the database anyway.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 200
    owasp = "API3:2023"
    checklist = (
        "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/response-model/",)
    bad = (
        {
            "app/models.py": """\
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
    name = Column(String)
    password_hash = Column(String)
""",
            "app/crud.py": """\
from app.models import User


def find_user(session, user_id):
    return session.query(User).filter(User.id == user_id).first()
""",
            "app/main.py": """\
from typing import Any

from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import crud
from app.database import get_session
from app.models import User

app = FastAPI()


@app.get("/users/{user_id}")
def get_user(user_id: int, session: Session = Depends(get_session)):
    user = crud.find_user(session, user_id)
    return user  # <- orm-object-returned


@app.get("/users", response_model=Any)
def list_users(session: Session = Depends(get_session)) -> Any:
    users = session.scalars(select(User)).all()
    return {"users": users}  # <- orm-object-returned
""",
        },
        """\
from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    text = db.Column(db.String)


@app.get("/notes/<int:note_id>")
def get_note(note_id):
    note = Note.query.get_or_404(note_id)
    return jsonify(note.__dict__)  # <- orm-object-returned
""",
    )
    good = """\
from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Integer, String, select
from sqlalchemy.orm import Session, declarative_base

from database import get_session

Base = declarative_base()
app = FastAPI()


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
    password_hash = Column(String)


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int


@app.get("/users/{user_id}", response_model=UserOut)
def get_user(user_id: int, session: Session = Depends(get_session)):
    return session.get(User, user_id)


@app.get("/users")
def list_users(session: Session = Depends(get_session)) -> list[UserOut]:
    return session.scalars(select(User)).all()


@app.get("/ids")
def list_ids(session: Session = Depends(get_session)):
    return [user.id for user in session.scalars(select(User)).all()]


@app.get("/first")
def first(session: Session = Depends(get_session)):
    return UserOut.model_validate(session.get(User, 1))


@app.get("/page", response_class=Response)
def page(session: Session = Depends(get_session)):
    return session.get(User, 1)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at what endpoints return; harmless tables of one file are grouped."""
        by_file: dict[str, list[ReturnedObject]] = {}
        for found in project.returned_objects:
            if found.secrets or found.way == "dictionary":
                yield self._single(found)
            else:
                by_file.setdefault(found.place.path, []).append(found)
        for group in by_file.values():
            if len(group) >= FILE_MINIMUM:
                yield self._of_file(group)
            else:
                yield from map(self._single, group)

    def _single(self, found: ReturnedObject) -> Finding:
        names = " and ".join(f"`{name}`" for name in found.secrets)
        secret = f", {names} with it" if names else ""
        finding = self.at(
            found.place,
            f"`{found.route}` sends all columns of `{found.table.name}`{secret}.",
            hint="Declare a response model with the fields that callers may see.",
            symbol=found.route.symbol,
        )
        return finding if found.secrets else replace(finding, severity=Severity.WARNING)

    def _of_file(self, group: list[ReturnedObject]) -> Finding:
        first = group[0]
        finding = self.gathered(
            first.place,
            f"{len(group)} routes of the file send all columns of tables, `{first.route}` first.",
            map(self._single, group),
            hint="Declare response models with the fields that callers may see.",
            symbol=first.route.symbol,
            related=tuple(Related(one.place, f"`{one.route}` too.") for one in group[1 : RELATED_LIMIT + 1]),
        )
        return replace(finding, severity=Severity.WARNING)
