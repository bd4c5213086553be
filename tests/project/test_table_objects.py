"""Which expressions are objects of tables."""

from __future__ import annotations

import pytest

from reviewer.modules import tree
from reviewer.project.in_memory import project

MODELS = """
from sqlalchemy import Column, ForeignKey, Integer, select
from sqlalchemy.orm import Mapped, declarative_base, relationship

Base = declarative_base()

class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)

class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    posts: Mapped[list["Post"]] = relationship()

def find(session, name):
    return session.query(User).filter(User.name == name).first()

def annotated(session) -> list[User]:
    return session.anything()
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return session.query(User).filter(User.id == 1).first()", ("User", False)),
        ("return session.query(User).all()", ("User", True)),
        ("return (await session.scalars(select(User).limit(3))).all()", ("User", True)),
        ("return await session.scalar(select(User))", ("User", False)),
        ("result = await session.execute(select(User))\n    return result.scalar_one_or_none()", ("User", False)),
        ("return (await session.execute(select(User))).scalars().first()", ("User", False)),
        (
            "query = select(User)\n    query = query.where(User.id > 1)\n    return session.scalars(query).all()",
            ("User", True),
        ),
        ("return session.get(User, 1)", ("User", False)),
        ("user = User(id=1)\n    return user", ("User", False)),
        ("user = find(session, 'x')\n    return user", ("User", False)),
        ("return annotated(session)", ("User", True)),
        ("for user in session.query(User).all():\n        return user", ("User", False)),
        ("user = session.get(User, 1)\n    return user.posts", ("Post", True)),
        ("return [one for one in session.query(User).all()]", ("User", True)),
        ("return session.execute(select(User)).first()", None),
        ("return session.execute(select(User.id)).scalars().all()", None),
        ("return session.query(User, Post).all()", None),
        ("user = session.get(User, 1) if session else None\n    user = {}\n    return user", None),
        ("return session.query(User).count()", None),
    ],
)
def test_results_of_queries_are_objects_of_their_table(body, expected):
    linked = project({"main.py": MODELS + f"\nasync def check(session):\n    {body}\n"})
    function = linked.evaluator.name(linked.modules[0], "check")
    returned = function.nodes_of(tree.Return)[0].value

    found = linked.table_objects.of(returned, function)

    assert (found and (found.table.name, found.is_collection)) == expected
