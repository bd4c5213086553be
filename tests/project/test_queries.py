"""Queries: which calls reach the database, by the object whose method is called."""

from __future__ import annotations

import pytest

from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.in_memory import project
from reviewer.project.model import Answer
from reviewer.project.project import Project


def function_named(linked: Project, name: str) -> FunctionValue:
    return next(function for function in linked.calls.functions() if function.name == name)


def queries(files: str | dict[str, str], name: str = "look") -> list[tuple[str, str]]:
    linked = project({"main.py": files} if isinstance(files, str) else files)
    return [(query.method, query.kind) for query in linked.queries_of(function_named(linked, name))]


SESSIONS = {
    "annotated session": "from sqlalchemy.orm import Session\ndef look(s: Session):\n    s.execute(x)\n",
    "optional session": "from sqlalchemy.orm import Session\ndef look(s: Session | None = None):\n    s.execute(x)\n",
    "asynchronous session": (
        "from sqlalchemy.ext.asyncio import AsyncSession\nasync def look(s: AsyncSession):\n    await s.execute(x)\n"
    ),
    "session maker": (
        "from sqlalchemy.orm import sessionmaker\nMaker = sessionmaker()\ndef look():\n"
        "    with Maker() as s:\n        s.execute(x)\n"
    ),
    "scoped session": (
        "from sqlalchemy.orm import scoped_session, sessionmaker\n"
        "s = scoped_session(sessionmaker())\ndef look():\n    s.execute(x)\n"
    ),
    "engine's connection": (
        "from sqlalchemy import create_engine\ne = create_engine('')\ndef look():\n"
        "    with e.begin() as c:\n        c.execute(x)\n"
    ),
    "Flask-SQLAlchemy": (
        "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\ndef look():\n    db.session.execute(x)\n"
    ),
    "sqlite3 cursor": "import sqlite3\ndef look():\n    c = sqlite3.connect('').cursor()\n    c.execute(x)\n",
    "psycopg2 cursor": (
        "import psycopg2\nc = psycopg2.connect('')\ndef look():\n    with c.cursor() as k:\n        k.execute(x)\n"
    ),
    "psycopg": "import psycopg\ndef look():\n    with psycopg.connect('') as c:\n        c.execute(x)\n",
    "asyncpg pool": (
        "import asyncpg\nasync def look(p: asyncpg.Pool):\n    async with p.acquire() as c:\n"
        "        await c.execute(x)\n"
    ),
    "pymysql": "import pymysql\ndef look():\n    pymysql.connect().cursor().execute(x)\n",
    "aiosqlite": (
        "import aiosqlite\nasync def look():\n    async with aiosqlite.connect('') as db:\n"
        "        await db.execute(x)\n"
    ),
    "databases": "from databases import Database\nd = Database('')\nasync def look():\n    await d.execute(x)\n",
    "annotated alias": (
        "from typing import Annotated\nfrom fastapi import Depends\nfrom sqlalchemy.orm import Session\n"
        "SessionDep = Annotated[Session, Depends(get)]\ndef look(s: SessionDep):\n    s.execute(x)\n"
    ),
    "attribute of an object": (
        "from sqlalchemy.orm import Session\nclass Users:\n    def __init__(self, s: Session):\n        self.s = s\n"
        "    def look(self):\n        self.s.execute(x)\n"
    ),
    "dependency without annotation": (
        "from fastapi import Depends\nfrom sqlalchemy.orm import sessionmaker\nMaker = sessionmaker()\n"
        "def get_db():\n    db = Maker()\n    yield db\ndef look(db=Depends(get_db)):\n    db.execute(x)\n"
    ),
    "name that others annotate": (
        "from sqlalchemy.orm import Session\ndef other(db_session: Session): ...\n"
        "def look(db_session):\n    db_session.execute(x)\n"
    ),
    "connection kept on flask.g": (
        "import sqlite3\nfrom flask import g\ndef get_db():\n    g.db = sqlite3.connect('')\n    return g.db\n"
        "def look():\n    get_db().execute(x)\n"
    ),
    "pool kept on the application": (
        "import asyncpg\nfrom fastapi import FastAPI, Request\nasync def start(app: FastAPI):\n"
        "    app.state.pool = await asyncpg.create_pool()\nasync def look(request: Request):\n"
        "    await request.app.state.pool.execute(x)\n"
    ),
    "unknown object given SQL text": "def look(runner):\n    runner.execute('SELECT 1 FROM users')\n",
    "unknown object given a construct": (
        "from sqlalchemy import select\ndef look(runner):\n    runner.execute(select(1))\n"
    ),
}


@pytest.mark.parametrize("source", SESSIONS.values(), ids=SESSIONS)
def test_an_execution_is_a_statement(source):
    assert queries(source) == [("execute", "statement")]


ASYNCHRONOUS = {"asynchronous session", "asyncpg pool", "aiosqlite", "databases", "pool kept on the application"}
NOT_KNOWN = {"unknown object given SQL text", "unknown object given a construct"}


@pytest.mark.parametrize("name", SESSIONS)
def test_it_is_known_whether_the_object_is_asynchronous(name):
    linked = project({"main.py": SESSIONS[name]})
    (query,) = linked.queries_of(function_named(linked, "look"))

    expected = Answer.YES if name in ASYNCHRONOUS else Answer.UNKNOWN if name in NOT_KNOWN else Answer.NO
    assert query.is_async is expected


MAKERS = {
    "sessionmaker()": Answer.NO,
    "sessionmaker(engine, class_=AsyncSession)": Answer.YES,
    "sessionmaker(engine, **options)": Answer.UNKNOWN,
    "sessionmaker(engine, class_=Session)": Answer.NO,
    "async_sessionmaker(engine)": Answer.YES,
    "scoped_session(sessionmaker(engine))": Answer.NO,
    "async_scoped_session(async_sessionmaker(engine), scopefunc=f)": Answer.YES,
}


@pytest.mark.parametrize(("made", "answer"), MAKERS.items())
def test_a_maker_tells_whether_its_sessions_are_asynchronous(made, answer):
    source = f"""
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker
from sqlalchemy.orm import Session, scoped_session, sessionmaker

Maker = {made}

async def look():
    async with Maker() as session:
        session.add(x)
"""
    linked = project({"main.py": source})
    (query,) = linked.queries_of(function_named(linked, "look"))

    assert query.is_async is answer


def test_what_an_expression_gives_is_known_by_role():
    linked = project(
        {
            "main.py": (
                "from sqlalchemy.ext.asyncio import AsyncSession\n"
                "async def look(work):\n    work(session)\n\nasync def other(session: AsyncSession):\n    look(session)\n"
            )
        }
    )
    function = function_named(linked, "other")
    found = linked.database_object(linked.calls.of(function)[0].node.arguments[0], function)

    assert found is not None
    assert (found.role, found.is_async) == ("session", Answer.YES)


OTHERS = {
    "unknown object": "def look(runner):\n    runner.execute(x)\n",
    "executor": "from concurrent.futures import Executor\ndef look(e: Executor):\n    e.execute('select a seat')\n",
    "dictionary": "def look():\n    d = {}\n    d.get('x')\n",
    "name that others annotate as something else": (
        "import requests\ndef other(session: requests.Session): ...\ndef look(session):\n    session.get('x')\n"
    ),
    "own method": "class Runner:\n    def execute(self, x): ...\ndef look(r: Runner):\n    r.execute('SELECT 1')\n",
}


@pytest.mark.parametrize("source", OTHERS.values(), ids=OTHERS)
def test_a_call_of_something_else_is_no_query(source):
    assert queries(source) == []


def test_methods_of_a_session_have_kinds():
    source = """
from sqlalchemy.orm import Session

def look(session: Session):
    session.add(x)
    session.query(x)
    session.commit()
"""

    assert queries(source) == [("add", "object"), ("query", "query"), ("commit", "transaction")]


def test_the_query_of_a_flask_table_is_one():
    source = """
from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()

class User(UserMixin, db.Model):
    id = db.Column()

def look():
    return User.query.filter_by(id=1).first()
"""

    assert queries(source) == [("first", "query")]


TEXTS = {
    "'SELECT 1'": Answer.YES,
    "text('SELECT 1')": Answer.YES,
    "text('SELECT :a').bindparams(a=1)": Answer.YES,
    "f'SELECT {x}'": Answer.YES,
    "'SELECT %s' % x": Answer.YES,
    "select(x)": Answer.NO,
    "make()": Answer.UNKNOWN,
}


@pytest.mark.parametrize(("statement", "answer"), TEXTS.items())
def test_it_is_known_whether_a_statement_is_text(statement, answer):
    imports = "from sqlalchemy import select, text\nfrom sqlalchemy.orm import Session\n"
    source = f"{imports}def look(s: Session, make):\n    s.execute({statement})\n"
    linked = project({"main.py": source})

    assert linked.queries_of(function_named(linked, "look"))[0].is_text is answer


def test_queries_of_called_functions_are_reached_with_their_chain():
    linked = project(
        {
            "routes.py": "from service import find\n\ndef look():\n    return find(1)\n",
            "service.py": "from repository import load\n\ndef find(key):\n    return load(key)\n",
            "repository.py": (
                "from sqlalchemy.orm import Session\n\ndef load(key, session: Session = None):\n    session.get(key)\n"
            ),
        }
    )

    (reached,) = linked.queries_reached_from(function_named(linked, "look"))

    assert reached.query.method == "get"
    assert [site.caller.name for site in reached.chain] == ["look", "find"]


def test_a_chain_is_one_query_and_what_a_row_holds_is_none() -> None:
    source = (
        "from sqlalchemy.orm import Session\nfrom models import Task\n"
        "def look(s: Session):\n    task = s.query(Task).filter(Task.id == 1).first()\n"
        "    return task.settings.get('colour')\n"
    )

    assert queries(source) == [("first", "query")]


def test_a_query_that_goes_on_from_a_variable_is_one() -> None:
    source = (
        "from sqlalchemy.orm import Session\nfrom models import Task\n"
        "def look(s: Session):\n    tasks = s.query(Task)\n    return tasks.filter(Task.id == 1).all()\n"
    )

    assert queries(source) == [("query", "query"), ("all", "query")]
