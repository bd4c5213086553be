"""Columns and relationships: what each declaration says of type, NULL, keys and loading."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Answer, Table

MAPPED = """
from datetime import datetime
from typing import Annotated, Optional
from sqlalchemy import DateTime, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, DynamicMapped, Mapped, mapped_column, relationship

key = Annotated[int, mapped_column(primary_key=True)]
Text50 = Optional[str]

class Base(DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
"""
CLASSIC = """
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()

class User(Base):
    __tablename__ = "users"
"""
MODEL = """
from datetime import datetime
from typing import Optional
from sqlalchemy import Column, DateTime
from sqlmodel import Field, Relationship, SQLModel

class User(SQLModel, table=True):
"""


def table(start: str, *lines: str) -> Table:
    (found,) = project({"main.py": start + "".join(f"    {line}\n" for line in lines)}).tables
    return found


@pytest.mark.parametrize(
    ("start", "declaration", "answer"),
    [
        (CLASSIC, "one = Column(String)", Answer.YES),
        (CLASSIC, "one = Column(String, nullable=False)", Answer.NO),
        (CLASSIC, "one = Column(String, nullable=SETTING)", Answer.UNKNOWN),
        (CLASSIC, "one = Column(Integer, primary_key=True)", Answer.NO),
        (CLASSIC, "one: str = Column(String)", Answer.YES),
        (MAPPED, "one: Mapped[str]", Answer.NO),
        (MAPPED, "one: Mapped[str | None]", Answer.YES),
        (MAPPED, "one: Mapped['Optional[str]'] = mapped_column(String(3))", Answer.YES),
        (MAPPED, "one: Mapped[Optional[str]] = mapped_column(nullable=False)", Answer.NO),
        (MAPPED, "one: Mapped[Text50]", Answer.YES),
        (MAPPED, "one: Mapped[key]", Answer.NO),
        (MAPPED, "one: Mapped[Unheard]", Answer.UNKNOWN),
        (MODEL, "one: int | None = Field(default=None, primary_key=True)", Answer.NO),
        (MODEL, "one: Optional[str] = None", Answer.YES),
        (MODEL, "one: str", Answer.NO),
        (MODEL, "one: datetime = Field(sa_column=Column(DateTime))", Answer.YES),
    ],
)
def test_null_is_allowed_by_keyword_annotation_or_default(start, declaration, answer):
    assert table(start, declaration).columns[0].is_nullable is answer


@pytest.mark.parametrize(
    ("start", "declaration", "name"),
    [
        (CLASSIC, "one = Column('other', String(20))", "String"),
        (CLASSIC, "one = Column(ForeignKey('teams.id'))", ""),
        (MAPPED, "one: Mapped[datetime] = mapped_column(DateTime(timezone=True))", "DateTime"),
        (MAPPED, "one: Mapped[datetime]", ""),
        (MODEL, "one: datetime = Field(sa_column=Column(DateTime()))", "DateTime"),
        (MODEL, "one: datetime = Field(sa_type=DateTime)", "DateTime"),
        (MODEL, "one: str = Field('x')", ""),
    ],
)
def test_the_type_is_the_first_argument_that_can_be_one(start, declaration, name):
    assert table(start, declaration).columns[0].sql_type_name == name


@pytest.mark.parametrize(
    ("start", "declaration"),
    [
        (CLASSIC, "team_id = Column(Integer, ForeignKey('teams.id', ondelete='CASCADE'))"),
        (MAPPED, "team_id: Mapped[int] = mapped_column(ForeignKey('teams.id'))"),
        (MODEL, "team_id: int = Field(foreign_key='teams.id')"),
    ],
)
def test_a_foreign_key_names_the_column_that_it_refers_to(start, declaration):
    assert table(start, declaration).columns[0].foreign_key == "teams.id"


def test_options_of_an_annotated_type_are_those_of_the_column():
    assert table(MAPPED, "id: Mapped[key]").columns[0].is_primary_key


@pytest.mark.parametrize(
    ("start", "declaration", "target", "is_collection", "lazy"),
    [
        (CLASSIC, "posts = relationship('Post')", "Post", Answer.UNKNOWN, "select"),
        (CLASSIC, "posts = relationship('app.models.Post', uselist=True, lazy='joined')", "Post", Answer.YES, "joined"),
        (CLASSIC, "posts = relationship(lambda: Post, secondary=links, lazy=False)", "Post", Answer.YES, "joined"),
        (CLASSIC, "post = relationship(Post, uselist=False, lazy=HOW)", "Post", Answer.NO, ""),
        (MAPPED, "posts: Mapped[list['Post']] = relationship()", "Post", Answer.YES, "select"),
        (MAPPED, "posts: Mapped['list[Post]'] = relationship(lazy='selectin')", "Post", Answer.YES, "selectin"),
        (MAPPED, "post: Mapped[Optional['Post']] = relationship()", "Post", Answer.NO, "select"),
        (MAPPED, "post: Mapped['Post | None'] = relationship()", "Post", Answer.NO, "select"),
        (MAPPED, "posts: DynamicMapped['Post'] = relationship()", "Post", Answer.YES, "dynamic"),
        (
            MODEL,
            "posts: list['Post'] = Relationship(sa_relationship_kwargs={'lazy': 'selectin'})",
            "Post",
            Answer.YES,
            "selectin",
        ),
    ],
)
def test_a_relationship_knows_its_target_and_how_it_is_loaded(start, declaration, target, is_collection, lazy):
    found = table(start, "id: int = Column(Integer, primary_key=True)", declaration).relationships[0]

    assert (found.target_name, found.is_collection, found.lazy) == (target, is_collection, lazy)


@pytest.mark.parametrize(
    ("source", "library"),
    [
        ("from tortoise.models import Model\n\nclass User(Model):\n    id = IntField()\n", "tortoise"),
        ("from beanie import Document\n\nclass User(Document):\n    name: str\n", "beanie"),
        ("import peewee\n\nclass User(peewee.Model):\n    name = peewee.CharField()\n", "peewee"),
    ],
)
def test_models_of_other_libraries_are_tables_whose_columns_are_not_known(source, library):
    (found,) = project({"main.py": source}).tables

    assert (found.library, found.has_unknown_columns) == (library, True)


def test_an_abstract_model_of_another_library_is_no_table():
    source = "from tortoise import Model\n\nclass Base(Model):\n    class Meta:\n        abstract = True\n"

    assert project({"main.py": source}).tables == ()


def test_a_class_with_a_ready_table_has_unknown_columns():
    assert table(CLASSIC, "__table__ = Table('users', Base.metadata)").has_unknown_columns
    assert not table(CLASSIC, "id = Column(Integer)").has_unknown_columns
