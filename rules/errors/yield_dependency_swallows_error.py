"""A dependency with `yield` catches an exception of the endpoint and does not raise it again."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class YieldDependencySwallowsError(Rule):
    """Finds dependencies with `yield` that catch an exception around it and raise none.

    ## What it reports
    `except` around the `yield` of a FastAPI dependency, also of one that other dependencies use, whose body raises
    nothing: it logs, rolls back, or passes. `finally` is left alone, and so is `except` in other generators.

    ## Why
    FastAPI throws an exception of the endpoint into the dependency at its `yield`. A dependency that catches it and
    goes on keeps it from everyone else: exception handlers do not see it, the server logs nothing, and the client gets
    500 without a reason, or in versions before 0.110 even an `HTTPException` that was meant for it gets lost.

    ## When to ignore it
    Never: write `raise` at the end of the handler.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 390
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Implement proper dependency injection",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#dependencies-with-yield-and-except",
    )
    bad = (
        {
            "rooms/database.py": """\
import logging

from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

make_session = sessionmaker(create_engine("sqlite://"))


def get_session():
    session = make_session()
    try:
        yield session
        session.commit()
    except Exception:  # <- yield-dependency-swallows-error
        logging.exception("rolled back")
        session.rollback()
    finally:
        session.close()
""",
            "rooms/main.py": """\
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from rooms.database import get_session

app = FastAPI()


@app.get("/rooms")
def list_rooms(session: Annotated[Session, Depends(get_session)]):
    return []
""",
        },
    )
    good = """\
from fastapi import Depends, FastAPI, HTTPException

app = FastAPI()


class Session:
    def rollback(self): ...
    def close(self): ...


def get_session():
    session = Session()
    try:
        yield session
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


def get_stock():
    try:
        stock = Session()
    except OSError:
        stock = None
    try:
        yield stock
    except KeyError as error:
        raise HTTPException(404) from error


def lines(path: str):
    try:
        yield from open(path)
    except OSError:
        print("gone")


@app.get("/items")
def list_items(session=Depends(get_session), stock=Depends(get_stock)):
    return list(lines("items"))
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for handlers around the `yield` of dependencies that raise nothing."""
        for swallowing in project.swallowing_dependencies():
            name, caught = (
                swallowing.function.name,
                f"`{swallowing.caught}`" if swallowing.caught else "every exception",
            )
            yield self.at(
                swallowing,
                f"Dependency `{name}` catches {caught} of the endpoint and does not raise it again.",
                hint="End the handler with `raise`.",
                symbol=swallowing.function.symbol,
            )
