"""Tables: which classes are, with their columns and relationships."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project

BASES = {
    "class": "from sqlalchemy.orm import DeclarativeBase\n\nclass Base(DeclarativeBase):\n    pass\n",
    "function": "from sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n",
    "legacy function": "from sqlalchemy.ext.declarative import declarative_base\n\nBase = declarative_base()\n",
    "registry": "from sqlalchemy.orm import registry\n\nmapper = registry()\nBase = mapper.generate_base()\n",
    "Flask-SQLAlchemy": "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\nBase = db.Model\n",
}


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_a_class_below_a_declarative_base_is_a_table(base):
    source = (
        base + '\n\nclass User(Base):\n    __tablename__ = "users"\n'
        '    id = Column(Integer)\n    posts = relationship("Post")\n'
    )

    (table,) = project({"main.py": source}).tables

    assert (table.name, table.table_name, table.column_names, table.relationship_names) == (
        "User",
        "users",
        ("id",),
        ("posts",),
    )


def test_columns_of_mixins_and_annotations_are_inherited():
    source = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase):
    pass

class Timestamped:
    created_at: Mapped[str] = mapped_column()

class User(Timestamped, Base):
    __tablename__ = "users"
    id: Mapped[int]
    posts: Mapped[list["Post"]] = relationship()
"""

    (table,) = project({"main.py": source}).tables

    assert (table.column_names, table.relationship_names) == (("created_at", "id"), ("posts",))


def test_abstract_classes_are_no_tables():
    source = """
from sqlalchemy import Column
from sqlalchemy.orm import DeclarativeBase

class Base(DeclarativeBase):
    pass

class Named(Base):
    __abstract__ = True
    name = Column()

class User(Named):
    __tablename__ = "users"
"""

    assert [table.name for table in project({"main.py": source}).tables] == ["User"]


def test_only_sqlmodel_classes_that_say_so_are_tables():
    source = """
from sqlmodel import Field, Relationship, SQLModel

class UserBase(SQLModel):
    name: str

class User(UserBase, table=True):
    id: int = Field(primary_key=True)
    posts: list["Post"] = Relationship()
"""

    (table,) = project({"main.py": source}).tables

    assert (table.name, table.table_name, table.column_names, table.relationship_names) == (
        "User",
        "user",
        ("name", "id"),
        ("posts",),
    )


def test_flask_names_a_table_after_its_class():
    source = (
        "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n\n"
        "class BlogPost(db.Model):\n    id = db.Column()\n"
    )

    assert project({"main.py": source}).tables[0].table_name == "blog_post"


def test_tables_of_migrations_are_left_out():
    source = (
        "from sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n\n"
        'class User(Base):\n    id = Column()\n    __tablename__ = "u"\n'
    )

    assert project({"migrations/versions/one.py": source}).tables == ()


def test_classes_that_inherit_from_each_other_are_no_tables():
    source = """
from sqlalchemy import Column

class First(Second):
    id = Column()

class Second(First):
    id = Column()
"""

    assert project({"main.py": source}).tables == ()


def test_classes_that_inherit_by_many_ways_are_looked_at_once():
    pairs = "".join(
        f"class A{number}(A{number - 1}, B{number - 1}): ...\nclass B{number}(A{number - 1}, B{number - 1}): ...\n"
        for number in range(1, 40)
    )
    source = f"from sqlalchemy import Column\nclass A0: ...\nclass B0: ...\n{pairs}"

    assert project({"main.py": source}).tables == ()


def test_a_class_below_a_parametrised_base_is_a_table():
    source = (
        BASES["function"]
        + "\nclass Named(Base, Generic[T]):\n    __abstract__ = True\n"
        + '\nclass User(Named[int]):\n    __tablename__ = "users"\n    id = Column(Integer)\n'
    )

    assert [table.name for table in project({"main.py": source}).tables] == ["User"]
