"""Reports sessions that are opened once for the life of the process."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class GlobalSession(Rule):
    """Finds database sessions that are opened once and used by all requests.

    ## What it reports
    Sessions that a module opens when it is imported and its functions use, and sessions that a constructor keeps in an
    attribute, where the object is made once: at the top of a module, or by the constructor of an object that is. Scoped
    sessions and `db.session` of Flask-SQLAlchemy, which give each thread or request a session of its own, are not
    reported, and neither are programs that do one thing and end.

    ## Why
    A session is one transaction and one map of objects, and not safe for threads. If all requests share one, a request
    commits what another has half done; after an error all of them fail until somebody calls `rollback`; objects are
    as old as the process; and with threads, or tasks of the event loop, the connection itself breaks.

    ## When to ignore it
    In a program with one user and one thread.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 362
    checklist = (
        "Use database connection pooling",
        "Implement proper dependency injection",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Ensure that all database access is handled by a proper data access layer.",
    )
    references = (
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks",
    )
    bad = (
        {
            "app/database.py": """\
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

engine = create_engine("sqlite://")
SessionLocal = sessionmaker(engine)
session = SessionLocal()  # <- global-session
""",
            "app/orders.py": """\
from sqlalchemy import text

from app.database import session


def count_orders() -> int:
    return session.execute(text("SELECT count(*) FROM orders")).scalar()
""",
        },
        {
            "store.py": """\
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker


class Store:
    def __init__(self, url: str):
        maker = sessionmaker(bind=create_engine(url))
        self.session = maker()  # <- global-session

    def count(self) -> int:
        return self.session.execute(text("SELECT count(*) FROM agents")).scalar()
""",
            "server.py": """\
from fastapi import FastAPI

from store import Store


class Server:
    def __init__(self):
        self.store = Store("sqlite://")


app = FastAPI()
server = Server()


@app.get("/agents/count")
def count_agents():
    return server.store.count()
""",
        },
    )
    good = {
        "app/database.py": """\
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker

engine = create_engine("sqlite://")
SessionLocal = sessionmaker(engine)
registry = scoped_session(SessionLocal)

with SessionLocal() as setup:
    setup.execute(text("SELECT 1"))


class Store:
    def __init__(self):
        self.session = SessionLocal()

    def close(self):
        self.session.close()


def get_store():
    store = Store()
    yield store
    store.close()
""",
        "app/scripts/fill.py": """\
from sqlalchemy import text

from app.database import SessionLocal

session = SessionLocal()


def fill():
    session.execute(text("INSERT INTO orders DEFAULT VALUES"))


fill()
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the sessions that live as long as the process."""
        for shared in project.global_sessions:
            opening, making = shared.opening, shared.making
            if making is None:
                yield self.at(
                    opening,
                    f"`{opening.name}` is one session for all requests, opened when "
                    f"`{opening.function.module.name}` is imported.",
                    hint="Open a session for each request, with a dependency or `with`.",
                    symbol=opening.function.module.name,
                )
            else:
                owner = opening.function.qualname.rpartition(".")[0]
                yield self.at(
                    opening,
                    f"`{owner}` opens one session for all its calls, and is made once for the whole process.",
                    hint="Keep the session maker, and open a session in each method with `with`.",
                    symbol=opening.function.symbol,
                    related=(Related(making.place, f"The `{owner}` is made here."),),
                )
