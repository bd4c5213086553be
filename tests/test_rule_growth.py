"""Programs that somebody wrote to keep a review busy: the work of a rule grows with their size, and hardly faster.

Work is counted in calls of functions, which are the same on any machine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from reviewer.project.in_memory import project
from reviewer.registry import load_catalogue

HEAD = """import time

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import Column, ForeignKey, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, relationship, sessionmaker

Base = declarative_base()
make_session = sessionmaker(bind=create_engine("sqlite://"))
app = FastAPI()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String)


def get_session():
    with make_session() as session:
        yield session


"""
HANDLER = """
@app.get("/items/{key}")
async def read(key: int, session: Session = Depends(get_session)):
"""
STATEMENTS = """    user_{0} = session.query(User).filter(User.id == key).first()
    name_{0} = user_{0}.name
    session.add(User(name=name_{0}))
    session.commit()
    name = {{"name": name_{0}}}["name"]
"""
BRANCHES = """    if key == {0}:
        user = session.query(User).filter(User.id == {0}).first()
        if user is None:
            raise HTTPException(404)
    try:
        time.sleep(1)
    except KeyError as error:
        raise HTTPException(400, str(error))
"""
LOOPS = """    for user in users:
        session.query(User).filter(User.id == user.id).all()
    found_{0} = [one.name for one in users]
"""
RELATIONSHIPS = """    user_{0}_id = Column(Integer, ForeignKey("users.id"))
    user_{0} = relationship("User", foreign_keys=[user_{0}_id])
"""
#: How often the unit of a program stands in it, once and twice.
SIZES = (120, 240)
#: The most that twice the program may cost; what is quadratic costs nearly four times as much.
GROWTH = 2.5
#: The same where what is asked for grows with the square: each of many classes has the columns of all above it.
GROWTH_OF_SQUARES = 4.5


def repeated(template: str, times: int) -> str:
    return "".join(template.format(number) for number in range(times))


def statements(size: int) -> str:
    return HANDLER + repeated(STATEMENTS, size) + "    return name\n"


def branches(size: int) -> str:
    return HANDLER + repeated(BRANCHES, size) + "    return user.name\n"


def loops(size: int) -> str:
    return HANDLER + "    users = session.query(User).all()\n" + repeated(LOOPS, size) + "    return users\n"


def relationships(size: int) -> str:
    return (
        'class Order(Base):\n    __tablename__ = "orders"\n    id = Column(Integer, primary_key=True)\n'
        + repeated(RELATIONSHIPS, size)
        + "\nclass OrderOut(BaseModel):\n"
        + repeated("    user_{0}: str\n", size)
        + '\n@app.get("/orders", response_model=list[OrderOut])\n'
        + "def read(session: Session = Depends(get_session)):\n    return session.query(Order).all()\n"
    )


def inheritance(size: int) -> str:
    return 'class T0(Base):\n    __tablename__ = "t0"\n    id = Column(Integer, primary_key=True)\n' + "".join(
        f"class T{one}(T{one - 1}):\n    c{one} = Column(Integer)\n" for one in range(1, size)
    )


def namesakes(size: int) -> str:
    return "".join(
        f"class Store{one}:\n    def page(self, query, offset):\n        return query.offset(offset).limit(10).all()\n\n"
        f'@app.get("/items{one}")\ndef read_{one}(offset: int, session: Session = Depends(get_session)):\n'
        f"    return Store{one}().page(session.query(User), offset)\n\n"
        for one in range(size)
    )


def calls_of(rule: str, program: str) -> int:
    """How many functions are called when a rule runs on a program whose routes are linked."""
    checked = project({"main.py": HEAD + program})
    assert checked.routes is not None
    check = load_catalogue()[rule]().check
    counted = 0

    def count(_: object, event: str, __: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for _ in check(checked):
            pass
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize(
    ("program", "rule", "growth"),
    [
        (statements, "missing-commit", GROWTH),
        (statements, "unchecked-lookup-result", GROWTH),
        (branches, "wrong-error-status", GROWTH),
        (branches, "blocking-call-in-async", GROWTH),
        (branches, "exception-detail-leak", GROWTH),
        (loops, "mass-assignment", GROWTH),
        (relationships, "schema-out-of-sync-with-model", GROWTH),
        (inheritance, "lazy-load-in-response", GROWTH_OF_SQUARES),
        (namesakes, "pagination-without-order-by", GROWTH),
    ],
)
def test_the_work_of_a_rule_grows_with_the_program(program: Callable[[int], str], rule: str, growth: float) -> None:
    small, large = (calls_of(rule, program(size)) for size in SIZES)

    assert large < growth * small
