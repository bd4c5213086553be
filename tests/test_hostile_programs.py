"""Large programs that somebody wrote to keep a review busy: time grows with their size, and no faster."""

from __future__ import annotations

import time

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
ENOUGH_SECONDS = 6  # of the processor, on a slow machine; what was quadratic took at least four times as long


def repeated(template: str, times: int) -> str:
    return "".join(template.format(number) for number in range(times))


PROGRAMS = {
    "statements": (
        HANDLER + repeated(STATEMENTS, 1_500) + "    return name\n",
        ("missing-commit", "unchecked-lookup-result"),
    ),
    "branches": (
        HANDLER + repeated(BRANCHES, 1_500) + "    return user.name\n",
        ("wrong-error-status", "blocking-call-in-async", "exception-detail-leak"),
    ),
    "loops": (
        HANDLER + "    users = session.query(User).all()\n" + repeated(LOOPS, 2_500) + "    return users\n",
        ("mass-assignment",),
    ),
    "relationships": (
        'class Order(Base):\n    __tablename__ = "orders"\n    id = Column(Integer, primary_key=True)\n'
        + repeated(RELATIONSHIPS, 4_000)
        + "\nclass OrderOut(BaseModel):\n"
        + repeated("    user_{0}: str\n", 4_000)
        + '\n@app.get("/orders", response_model=list[OrderOut])\n'
        + "def read(session: Session = Depends(get_session)):\n    return session.query(Order).all()\n",
        ("schema-out-of-sync-with-model",),
    ),
    "inheritance": (
        'class T0(Base):\n    __tablename__ = "t0"\n    id = Column(Integer, primary_key=True)\n'
        + "".join(f"class T{one}(T{one - 1}):\n    c{one} = Column(Integer)\n" for one in range(1, 400)),
        ("lazy-load-in-response",),
    ),
}


@pytest.mark.parametrize(("program", "rules"), PROGRAMS.values(), ids=PROGRAMS)
def test_rules_take_no_more_time_than_the_size_of_a_program_asks_for(program: str, rules: tuple[str, ...]) -> None:
    catalogue = load_catalogue()
    hostile = project({"main.py": HEAD + program})
    assert hostile.routes is not None  # links them before the time is taken
    started = time.process_time()

    for name in rules:
        list(catalogue[name]().check(hostile))

    assert time.process_time() - started < ENOUGH_SECONDS
