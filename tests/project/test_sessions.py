"""Sessions: where they are opened, how the function uses them, and whether anything closes them."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Answer

MAKER = """
from contextlib import closing
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

engine = create_engine("sqlite://")
Local = sessionmaker(engine)
registry = scoped_session(Local)
"""

USES = {
    "with Local() as s:\n    s.get(x)": ("entered", Answer.YES),
    "s = Local()\ns.get(x)": ("bound", Answer.NO),
    "s = Local()\ntry:\n    s.get(x)\nfinally:\n    s.close()": ("bound", Answer.YES),
    "s = Local()\nwith s:\n    s.get(x)": ("bound", Answer.YES),
    "with closing(Local()) as s:\n    s.get(x)": ("argument", Answer.UNKNOWN),
    "s = Local()\nreturn s": ("returned", Answer.UNKNOWN),
    "return Local()": ("returned", Answer.UNKNOWN),
    "s = Local()\nyield s": ("bound", Answer.NO),
    "s = Local()\nregister(s)": ("bound", Answer.UNKNOWN),
    "s = Session(engine)\ns.get(x)": ("bound", Answer.NO),
    "Local().get(x)": ("chained", Answer.NO),
    "s = sessionmaker(engine)()\ns.get(x)": ("bound", Answer.NO),
    "self.s = Local()": ("attribute", Answer.UNKNOWN),
    "context['s'] = Local()": ("stored", Answer.NO),
    "s = Local()\ndef inner():\n    s.close()\ninner()": ("bound", Answer.UNKNOWN),
}


@pytest.mark.parametrize(("body", "expected"), USES.items(), ids=range(len(USES)))
def test_the_use_of_a_session_is_known(body: str, expected: tuple[str, Answer]) -> None:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    linked = project({"main.py": f"{MAKER}\ndef look(self, context, register):\n{lines}\n"})

    assert [(one.use, one.is_closed) for one in linked.sessions.openings] == [expected]


def test_a_function_that_returns_a_session_opens_one_where_it_is_called() -> None:
    source = f"{MAKER}\ndef make():\n    return Local()\n\ndef look():\n    s = make()\n    s.get(x)\n"
    openings = project({"main.py": source}).sessions.openings

    assert [(one.function.name, one.is_closed) for one in openings] == [("make", Answer.UNKNOWN), ("look", Answer.NO)]


NONE = [
    "registry().get(x)",
    "Session(bind=engine.connect()).get(x)",
    "def use(s: Session): ...",
]


@pytest.mark.parametrize("body", NONE)
def test_registries_and_borrowed_connections_open_none(body: str) -> None:
    linked = project({"main.py": f"{MAKER}\ndef look():\n    {body}\n"})

    assert linked.sessions.openings == ()


COMMITS = {
    "s.add(x)": True,
    "s.add(x)\ns.commit()": False,
    "s.add(x)\nfinish(s)": False,
    "s.add(x)\ns.flush()": True,
    "s.commit()\ns.add(x)": True,
    "for one in x:\n    s.commit()\n    s.add(one)": False,
    "with s.begin():\n    s.add(x)": False,
    "if x:\n    s.commit()\nelse:\n    s.add(x)": True,
}


@pytest.mark.parametrize(("body", "is_lost"), COMMITS.items(), ids=range(len(COMMITS)))
def test_a_write_is_lost_where_no_commit_follows(body: str, is_lost: bool) -> None:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    source = f"""
from fastapi import FastAPI
from sqlalchemy.orm import Session

app = FastAPI()

def finish(s: Session):
    s.commit()

@app.post("/")
def look(x: int, s: Session):
{lines}
"""
    lost = project({"main.py": source}).uncommitted_writes

    assert [one.query.method for one in lost] == (["add"] if is_lost else [])
