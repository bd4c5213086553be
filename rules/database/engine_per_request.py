"""Reports engines that are made over and over."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, RepeatedEngine, Rule, Severity

#: Objects that a finding shows.
RELATED_LIMIT = 3


class EnginePerRequest(Rule):
    """Finds database engines that each request, or each object of a class, makes anew.

    ## What it reports
    Calls of `create_engine` and `create_async_engine` in a function that a request runs, and in a constructor whose
    objects requests make or of which modules make several. Functions that keep the engine (`lru_cache`, a global name,
    an
    attribute), that dispose of it, or that connect to what their caller names are not reported.

    ## Why
    An engine is a pool of connections and a cache of compiled statements, meant to be made once for a database. One
    for each request connects and authenticates each time, compiles each query again, and leaves its idle connections
    open until the server refuses new ones.

    ## When to ignore it
    Where the objects talk to different databases.
    """

    category = Category.PERFORMANCE
    severity = Severity.ERROR
    cwe = 400
    checklist = (
        "Use database connection pooling",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Ensure that all database access is handled by a proper data access layer.",
        "Check for performance bottlenecks, including database queries and caching.",
    )
    references = ("https://docs.sqlalchemy.org/en/20/core/connections.html#basic-usage",)
    bad = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import text

from app.database import get_session

app = FastAPI()


@app.get("/orders/count")
def count_orders(session=Depends(get_session)):
    return session.execute(text("SELECT count(*) FROM orders")).scalar()
""",
            "app/database.py": """\
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

URL = "sqlite:///orders.db"


def get_session():
    engine = create_engine(URL)  # <- engine-per-request
    with Session(engine) as session:
        yield session
""",
        },
        {
            "handlers/base.py": """\
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from config import settings


class BaseHandler:
    def __init__(self):
        self.engine = create_engine(settings.url, pool_pre_ping=True)  # <- engine-per-request
        self.session = sessionmaker(bind=self.engine)
""",
            "handlers/__init__.py": """\
from handlers.games import GamesHandler
from handlers.users import UsersHandler

users = UsersHandler()
games = GamesHandler()
""",
            "handlers/users.py": """\
from handlers.base import BaseHandler


class UsersHandler(BaseHandler):
    pass
""",
            "handlers/games.py": """\
from handlers.base import BaseHandler


class GamesHandler(BaseHandler):
    pass
""",
        },
    )
    good = {
        "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text

from app.database import Archive, Database, get_session, shard_of

app = FastAPI()
database = Database("sqlite://")


@app.get("/orders/count")
def count_orders(session=Depends(get_session)):
    return session.execute(text("SELECT count(*) FROM orders")).scalar()


@app.get("/shards/{name}")
def show_shard(name: str):
    return str(shard_of(name).url)


@app.post("/connections/test")
def check_connection(url: str):
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return {"works": True}


@app.get("/archives/{path}")
def count_archived_orders(path: str):
    with Archive(path).engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM orders")).scalar()
""",
        "app/database.py": """\
from functools import lru_cache

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

engines = {}


@lru_cache
def get_engine():
    return create_engine("sqlite:///orders.db")


def get_session():
    with Session(get_engine()) as session:
        yield session


def shard_of(name: str):
    if name not in engines:
        engines[name] = create_engine("sqlite:///shard.db")
    return engines[name]


class Database:
    def __init__(self, url):
        self.engine = create_engine(url)


class Archive:
    def __init__(self, path):
        self.url = f"sqlite:///{path}"
        self.engine = create_engine(self.url)
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the engines that are made over and over."""
        for repeated in project.engines.repeated():
            function = repeated.engine.function
            yield self.at(
                repeated.engine,
                _message(repeated),
                hint="Make one engine for the database when the program starts, and share it.",
                symbol=function.symbol,
                related=tuple(
                    Related(site.place, f"Makes a `{repeated.owner.name}`.")
                    for site in repeated.makings[:RELATED_LIMIT]
                    if repeated.owner is not None
                ),
            )


def _message(repeated: RepeatedEngine) -> str:
    if repeated.reached is not None:
        return f"`{repeated.reached.handler.route}` makes a database engine with a pool of its own each time."
    assert repeated.owner is not None
    return (
        f"Each object of `{repeated.owner.name}` makes a database engine with a pool of its own; "
        f"{len(repeated.makings)} are made."
    )
