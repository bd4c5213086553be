"""The application makes its tables when it starts."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class CreateAllAtStartup(Rule):
    """Finds applications that make their tables from the models when they start.

    ## What it reports
    `metadata.create_all(…)`, or `create_all` handed to `run_sync`, that runs when a module of the application is
    imported, in a lifespan or startup handler, in the function that makes the application, or in a function that one of
    these calls. Commands, scripts, tests, and places below a condition that asks for SQLite, a test or a development
    setup are left alone.

    ## Why
    `create_all` makes tables that are missing and never changes one that is there: a column that a release adds is in
    the model and not in the database, and queries fail. Where there are migrations, tables that it made are unknown to
    them, so the next `upgrade` stops with "already exists". Several processes that start at once try to make the same
    table.

    ## When to ignore it
    In prototypes and tools whose database can be thrown away.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = (
        "Manage database schema and migrations",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = (
        "https://alembic.sqlalchemy.org/en/latest/cookbook.html#building-an-up-to-date-database-from-scratch",
        "https://docs.sqlalchemy.org/en/20/core/metadata.html#creating-and-dropping-database-tables",
    )
    bad = (
        {
            "app/database.py": """\
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase

engine = create_async_engine("postgresql+asyncpg://db/app")


class Base(DeclarativeBase):
    pass


async def make_tables():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)  # <- create-all-at-startup
""",
            "app/main.py": """\
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.database import make_tables


@asynccontextmanager
async def lifespan(app: FastAPI):
    await make_tables()
    yield


app = FastAPI(lifespan=lifespan)
""",
        },
        """\
from fastapi import FastAPI

from database import Base, engine

Base.metadata.create_all(bind=engine)  # <- create-all-at-startup

app = FastAPI()
""",
        """\
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


def create_app():
    app = Flask(__name__)
    db.init_app(app)
    with app.app_context():
        db.create_all()  # <- create-all-at-startup
    return app
""",
    )
    good = {
        "app/main.py": """\
import click
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


def create_app(config):
    app = Flask(__name__)
    db.init_app(app)
    if config.TESTING:
        db.create_all()

    @app.cli.command()
    def init_database():
        db.create_all()

    return app


if __name__ == "__main__":
    db.create_all()
""",
        "scripts/create_tables.py": """\
from app.main import db

db.create_all()
""",
        "app/teams.py": """\
from app import service


def create_all(teams):
    return [service.create_all(team) for team in teams]
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks where tables are made, and what runs that."""
        for creation in project.table_creations:
            if creation.started_by:
                known = ", of which the migrations know nothing" if project.migrations.has_any else ""
                yield self.at(
                    creation.place,
                    f"`{creation.text}` makes tables when `{creation.started_by}` runs{known}.",
                    hint="Make and change tables with migrations, before the application starts.",
                    symbol=creation.symbol,
                )
