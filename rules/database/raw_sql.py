"""Reports SQL text that is executed outside the data-access layer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.api import Answer, Category, Finding, FunctionValue, Preset, Project, Rule, Severity

#: Statements that read or change data; a probe such as `SELECT version()` does neither.
DATA = re.compile(
    r"[\s(]*(?:select\b.*\bfrom\b|insert\b|update\b|delete\b|with\b|replace\b|merge\b|call\b)",
    re.IGNORECASE | re.DOTALL,
)
#: Executing methods that may be given text.
METHODS = ("execute", "executemany", "executescript", "exec", "exec_driver_sql", "scalar", "scalars", "stream", "fetch",
           "fetchrow", "fetchval", "fetch_all", "fetch_one", "fetch_val", "iterate", "execute_fetchall")  # fmt: skip


class RawSqlOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `raw-sql`."""

    layers: tuple[str, ...] = (
        "repositories", "repository", "repos", "repo", "dao", "daos", "crud", "db", "database", "databases",
        "queries", "query",
        "models", "model", "dal", "stores", "store", "storage", "persistence", "sql", "data_access", "gateways",
        "scripts",
        "tools", "cli", "commands",
    )  # fmt: skip
    class_endings: tuple[str, ...] = ("Repository", "Repo", "Dao", "DAO", "Store", "Crud", "CRUD", "Gateway", "Queries",
                                     "SQLite", "SQL", "Database", "DB")  # fmt: skip


class RawSql(Rule):
    """Finds SQL text that is executed outside the data-access layer.

    ## What it reports
    Calls such as `session.execute(text("…"))`, `cursor.execute("…")` or `connection.fetch("…")` in modules that are not
    part of the data-access layer, whether their values are bound or not. Modules that declare tables belong to that
    layer. Migrations, tests, commands, statements about the schema (`CREATE`, `ALTER`), probes (`SELECT 1`) and
    settings of
    the connection (`PRAGMA`, `SET`) are left alone, and so is text that cannot be known.

    ## Why
    SQL in routes, services and tasks ties them to the tables: a renamed column is found by nobody but the user, the
    same
    query is written twice, and neither can be tested without a database. One layer that owns all SQL has one place to
    index, to review for injection and to change.

    ## When to ignore it
    In a small service whose handlers are its data access, or for a report that has no other user.

    ## Options
    - `layers`: names of packages and modules that are the data-access layer; `user_repository` counts as `repository`,
      and so does every name with `sql` in it.
    - `class_endings`: endings of the names of classes that belong to it wherever they stand.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    preset = Preset.RECOMMENDED
    checklist = ("Ensure that all database access is handled by a proper data access layer.",)
    references = ("https://martinfowler.com/eaaCatalog/repository.html",)
    Options = RawSqlOptions
    bad = (
        {
            "app/routes.py": """from flask import Blueprint, jsonify
from app.db import get_connection

bp = Blueprint("orders", __name__)


@bp.get("/orders")
def list_orders():
    connection = get_connection()
    rows = connection.execute("SELECT id, total FROM orders").fetchall()  # <- raw-sql
    return jsonify([dict(row) for row in rows])
""",
            "app/db.py": """import sqlite3


def get_connection() -> sqlite3.Connection:
    return sqlite3.connect("app.sqlite")
""",
        },
        {
            "app/services/report.py": """from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def revenue(session: AsyncSession, year: int) -> int:
    statement = text("SELECT sum(total) FROM orders WHERE year = :year")
    return await session.scalar(statement, {"year": year})  # <- raw-sql
""",
        },
    )
    good = (
        {
            "app/repositories/orders.py": """from sqlalchemy import text
from sqlalchemy.orm import Session


def revenue(session: Session, year: int) -> int:
    return session.scalar(text("SELECT sum(total) FROM orders WHERE year = :year"), {"year": year})
""",
            "app/services/report.py": """from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Order


def orders(session: Session) -> list[Order]:
    return list(session.scalars(select(Order)))
""",
        },
        {
            "app/health.py": """from sqlalchemy import text
from sqlalchemy.orm import Session


def is_alive(session: Session) -> bool:
    return session.scalar(text("SELECT 1")) == 1
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the calls that are given text."""
        with_tables: frozenset[str] | None = None
        for function in project.query_index.querying_bodies(*METHODS):
            if self._is_data_access(function):
                continue
            for query in project.query_index.named_of(function, *METHODS):
                if query.is_text is Answer.YES and DATA.match(query.text):
                    if with_tables is None:
                        with_tables = frozenset(table.place.path for table in project.tables)
                    if function.module.path in with_tables:
                        break
                    yield self.at(
                        query,
                        f"`{function.qualname}` runs SQL text in `{function.module.name}`, outside the data layer.",
                        hint="Move the statement into a repository or another module of the data-access layer.",
                        symbol=function.symbol,
                    )

    def _is_data_access(self, function: FunctionValue) -> bool:
        names = function.module.path.removesuffix(".py").lower().split("/")
        if any("sql" in name or not self._layers.isdisjoint(name.split("_")) or name in self._layers for name in names):
            return True
        owner = function.qualname.partition(".")[0]
        return owner.endswith(self.options.class_endings)

    @property
    def _layers(self) -> frozenset[str]:
        return frozenset(self.options.layers)
