"""How queries are built: their steps over statements, branches and functions."""

from __future__ import annotations

import pytest

from reviewer.modules import tree
from reviewer.project.data.query_building import BuiltQuery
from reviewer.project.in_memory import project

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
IMPORTS = """
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from models import Order
"""


def built(body: str, others: str = "", parameters: str = "s: Session") -> BuiltQuery:
    """The query that a function with such a body returns."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    source = f"{IMPORTS}\n{others}\nasync def look({parameters}):\n{lines}\n"
    linked = project({"main.py": source, "models.py": MODELS})
    function = next(one for one in linked.calls.functions() if one.name == "look")
    returned = function.nodes_of(tree.Return)[-1].value
    assert returned is not None
    return linked.query_building.of(returned, function)


STEPS = {
    "return select(Order).limit(3)": ["select", "limit"],
    "q = select(Order)\nq = q.where(Order.id == 1)\nreturn q": ["select", "where"],
    "q = select(Order)\nif x:\n    q = q.order_by(Order.id)\nreturn q": ["select", "order_by"],
    "return s.query(Order).filter(Order.id == 1).all()": ["query", "filter", "all"],
    "return s.scalars(select(Order)).all()": ["select", "scalars", "all"],
    "r = await s.execute(select(Order))\nreturn r.scalars().all()": ["select", "execute", "scalars", "all"],
    "return s.query(Order)[1:3]": ["query", "slice"],
    "return list(s.query(Order))": ["query"],
    "return newest(select(Order))": ["select", "order_by"],
    "return page(s)": ["query", "all"],
}
OTHERS = """
def newest(statement):
    return statement.order_by(Order.id)

def page(session: Session, limit=None):
    return session.query(Order).limit(limit).all()
"""


@pytest.mark.parametrize(("body", "steps"), STEPS.items(), ids=range(len(STEPS)))
def test_the_steps_of_a_query_are_known(body: str, steps: list[str]) -> None:
    found = built(body, OTHERS)

    assert [step.name for step in found.steps] == steps
    assert found.is_complete


UNKNOWN = [
    "return statement.limit(3)",
    "return make(select(Order)).limit(3)",
    "q = q.where(1)\nreturn q",
    "if x:\n    q = select(Order)\nelse:\n    q = make()\nreturn q",
]


@pytest.mark.parametrize("body", UNKNOWN)
def test_a_query_with_an_unknown_part_is_not_complete(body: str) -> None:
    assert not built(body, parameters="s: Session, statement, make").is_complete


def test_functions_that_call_each_other_are_read_once() -> None:
    others = "def one(q):\n    return two(q)\n\ndef two(q):\n    return one(q)\n"

    assert not built("return one(select(Order))", others).is_complete


def test_a_long_chain_is_read_within_limits() -> None:
    assert not built("q = select(Order)\n" + "q = q.where(1)\n" * 400 + "return q").is_complete


def test_what_a_query_selects_whole_is_known() -> None:
    linked = project({"main.py": f"{IMPORTS}\ndef look(s: Session):\n    return s.query(Order)\n", "models.py": MODELS})
    function = next(one for one in linked.calls.functions() if one.name == "look")
    returned = function.nodes_of(tree.Return)[0].value
    assert returned is not None
    (root,) = linked.query_building.of(returned, function).roots
    entity = linked.query_building.entity_of(root)

    assert entity is not None
    assert entity.name == "Order"
