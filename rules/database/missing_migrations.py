"""The tables of an application are made without migrations."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Module, Project, Rule, Severity

#: Tools besides Alembic that change a schema step by step.
OTHER_TOOLS = (
    "alembic", "flask_migrate", "Migrate", "yoyo", "aerich", "sqlalchemy_migrate", "migrate", "atlas", "pgroll",
    "peewee_migrate", "django", "run_migrations", "apply_migrations",
)  # fmt: skip
TABLE_MINIMUM = 2
#: Words in the names of functions that change a schema themselves.
MIGRATING = frozenset({"migrate", "migration", "migrations"})


class MissingMigrations(Rule):
    """Finds applications whose tables are made from the models and that have no migrations.

    ## What it reports
    Applications with routes and tables of SQLAlchemy or SQLModel whose only way to a schema is a command or script that
    calls `create_all`, while nothing in the repository is a migration, an Alembic environment or uses another tool for
    migrations, and no function of the program is named after migrations of its own (`migrate_table`). Where
    `create_all` runs at the start, `create-all-at-startup` says so instead.

    ## Why
    `create_all` never changes a table that is there. The first column that is added after the first release has to be
    added by hand in each installation, in the right order, and nobody can tell which installation has it.

    ## When to ignore it
    Where the schema belongs to another repository, or the database is made anew for each run.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    checklist = (
        "Manage database schema and migrations",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = ("https://alembic.sqlalchemy.org/en/latest/tutorial.html",)
    bad = {
        "app/main.py": """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/users")
def list_users():
    return []
""",
        "app/models.py": """\
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)


class Team(Base):
    __tablename__ = "teams"

    id = Column(Integer, primary_key=True)
""",
        "scripts/create_tables.py": """\
from app.database import engine
from app.models import Base

Base.metadata.create_all(engine)  # <- missing-migrations
""",
    }
    good = (
        {
            "app/main.py": """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/users")
def list_users():
    return []
""",
            "app/models.py": """\
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)


class Team(Base):
    __tablename__ = "teams"

    id = Column(Integer, primary_key=True)
""",
            "scripts/create_tables.py": """\
from app.database import engine
from app.models import Base

Base.metadata.create_all(engine)
""",
            "migrations/versions/1a2b.py": """\
revision = "1a2b"
down_revision = None
""",
        },
        {
            "shop/main.py": """\
from flask import Flask

from shop.models import Base

app = Flask(__name__)


@app.get("/users")
def list_users():
    return []


def load_settings(session):
    migrate_database(session)


def migrate_database(session):
    Base.metadata.create_all(session.bind)
    columns = {row[1] for row in session.execute("PRAGMA table_info(users)")}
    if "name" not in columns:
        session.execute("ALTER TABLE users ADD COLUMN name VARCHAR")
""",
            "shop/models.py": """\
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)


class Team(Base):
    __tablename__ = "teams"

    id = Column(Integer, primary_key=True)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks how tables are made."""
        creations = project.table_creations
        if not creations or any(one.started_by for one in creations) or project.migrations.has_any:
            return
        tables = [one for one in project.tables if one.library in ("sqlalchemy", "sqlmodel")]
        if len(tables) < TABLE_MINIMUM or not project.routes:
            return
        if any(module.mentions(*OTHER_TOOLS) or _migrates(module) for module in project.modules):
            return
        yield self.at(
            creations[0].place,
            f"The {len(tables)} tables are made by `{creations[0].text}`, and there are no migrations.",
            hint="Set up Alembic, and make the first revision from the tables as they are.",
            symbol=creations[0].symbol,
        )


def _migrates(module: Module) -> bool:
    """Whether functions of a module that runs SQL are named after migrations: the program changes its own tables."""
    if module.is_test or not module.mentions("create_all", "execute"):
        return False
    return any(
        declaration.kind == "function"
        and not MIGRATING.isdisjoint(declaration.qualname.rpartition(".")[2].lower().strip("_").split("_"))
        for declaration in module.index.declarations
    )
