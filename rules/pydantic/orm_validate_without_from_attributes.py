"""A schema that reads no attributes is made from an object of a table."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class OrmValidateWithoutFromAttributes(Rule):
    """Finds schemas that are made from an object of a table and are not configured to read attributes.

    ## What it reports
    `Schema.model_validate(row)` and `Schema.from_orm(row)` with an object of an SQLAlchemy table, where the schema, its
    bases and the call set neither `from_attributes` nor `orm_mode`.

    ## Why
    Without the setting Pydantic takes dictionaries and its own objects only. An object of a table raises a validation
    error for each call, which is no `RequestValidationError`, so that the client sees 500. A test with a dictionary in
    place of the row passes.

    ## When to ignore it
    Where a validator of the schema that runs before makes a dictionary of the object.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/concepts/models/#arbitrary-class-instances",)
    bad = {
        "app/schemas.py": """\
from pydantic import BaseModel


class UserOut(BaseModel):
    id: int
    name: str
""",
        "app/models.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
""",
        "app/service.py": """\
from sqlalchemy import select

from app.models import User
from app.schemas import UserOut


def shown(session, user_id):
    user = session.get(User, user_id)
    return UserOut.model_validate(user)  # <- orm-validate-without-from-attributes


def all_shown(session):
    return [
        UserOut.from_orm(user)  # <- orm-validate-without-from-attributes
        for user in session.scalars(select(User)).all()
    ]
""",
    }
    good = """\
from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class UserOut(Out):
    id: int


class Plain(BaseModel):
    id: int


class Converted(BaseModel):
    id: int

    @model_validator(mode="before")
    @classmethod
    def convert(cls, value):
        return {"id": value.id}


def shown(session, user_id, row):
    user = session.get(User, user_id)
    Plain.model_validate(row)
    Plain.model_validate({"id": user.id})
    Plain.model_validate(user, from_attributes=True)
    Converted.model_validate(user)
    return UserOut.model_validate(user)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the schemas that the program makes of objects of tables."""
        for link in project.unreadable_objects:
            yield self.at(
                link.place,
                f"`{link.schema.name}` reads no attributes, so it cannot be made from a `{link.table.name}`.",
                hint="Configure `from_attributes=True`.",
                symbol=link.schema.value.symbol,
            )
