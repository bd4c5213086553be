"""Reports sessions that nothing closes."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Answer, Category, Finding, Project, Rule, SessionOpening, Severity, is_script


class SessionNotClosed(Rule):
    """Finds database sessions that a function opens and nothing closes.

    ## What it reports
    Calls of a session maker, of `Session(engine)` and of functions that return a new session, where the function
    neither enters the session with `with`, nor closes it, nor hands it to something that may; generators that yield
    a session and leave it open (a dependency of FastAPI), and sessions that are put under a key of a mapping that
    nobody closes. Sessions on a connection that somebody else owns, scoped sessions, tests, migrations and programs
    that do one thing and end are not reported.

    ## Why
    A session holds a connection of the pool from its first query on. Unless it is closed, the connection goes back
    when Python happens to collect the object, in the middle of a transaction: under load the pool runs dry, and
    requests wait for thirty seconds and fail with `QueuePool limit … reached`.

    ## When to ignore it
    Where something closes the session in a way that cannot be seen in the program.

    ## Known limits
    A session that is closed on one way through the function counts as closed; use `with`, so that it is on all of them.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 772
    checklist = (
        "Use database connection pooling",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
        "Ensure that all database access is handled by a proper data access layer.",
        "Maintain high code quality and security",
    )
    references = (
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#opening-and-closing-a-session",
        "https://docs.sqlalchemy.org/en/20/errors.html#error-3o7r",
    )
    bad = (
        {
            "app/database.py": """\
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

SessionLocal = sessionmaker(create_engine("sqlite://"))


def get_session():
    session = SessionLocal()  # <- session-not-closed
    yield session


def new_session():
    return SessionLocal()
""",
            "app/reports.py": """\
from sqlalchemy import text

from app.database import SessionLocal, new_session


def count_orders() -> int:
    session = new_session()  # <- session-not-closed
    return session.execute(text("SELECT count(*) FROM orders")).scalar()


def count_users() -> int:
    return SessionLocal().execute(text("SELECT count(*) FROM users")).scalar()  # <- session-not-closed


def store_session(context: dict) -> None:
    context["session"] = new_session()  # <- session-not-closed
""",
        },
        """\
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

engine = create_async_engine("sqlite+aiosqlite://")


async def last_order():
    session = AsyncSession(engine)  # <- session-not-closed
    result = await session.execute(text("SELECT max(id) FROM orders"))
    return result.scalar()
""",
    )
    good = {
        "app/database.py": """\
from contextlib import closing, contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

engine = create_engine("sqlite://")
SessionLocal = sessionmaker(engine)
registry = scoped_session(SessionLocal)


def get_session():
    session = SessionLocal()
    try:
        yield session
    finally:
        session.close()


@contextmanager
def transaction():
    with SessionLocal.begin() as session:
        yield session


def new_session() -> Session:
    return SessionLocal()


class Unit:
    def __enter__(self):
        self.session = SessionLocal()
        return self

    def __exit__(self, *_):
        self.session.close()
""",
        "app/reports.py": """\
from contextlib import ExitStack, closing

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.database import SessionLocal, engine, new_session, registry


class Repository:
    def __init__(self, session):
        self.session = session


def count_orders() -> int:
    with new_session() as session:
        return session.execute(text("SELECT count(*) FROM orders")).scalar()


def count_users(stack: ExitStack) -> int:
    session = stack.enter_context(SessionLocal())
    return session.execute(text("SELECT count(*) FROM users")).scalar()


def count_both() -> int:
    with closing(SessionLocal()) as session, engine.connect() as connection:
        other = Session(bind=connection)
        return session.execute(text("SELECT 1")).scalar() + other.execute(text("SELECT 1")).scalar()


def repository() -> Repository:
    session = new_session()
    return Repository(session)


def current():
    return registry().execute(text("SELECT 1"))


async def middleware(request, call_next):
    request.state.session = SessionLocal()
    response = await call_next(request)
    request.state.session.close()
    return response
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the sessions that stay open."""
        for opening in project.sessions.openings:
            function = opening.function
            if opening.is_closed is not Answer.NO or is_script(function.module):
                continue
            if function.name not in ("<module>", "main"):
                yield self.at(
                    opening,
                    f"Nothing closes the session that `{function.qualname}` opens{_where(opening)}.",
                    hint="Open it with `with`, so that it is closed on every way out.",
                    symbol=function.symbol,
                )


def _where(opening: SessionOpening) -> str:
    if opening.is_yielded:
        return " and yields"
    return f" as `{opening.name}`" if opening.name else ""
