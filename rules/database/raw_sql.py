"""Reports SQL text that is executed outside the data-access layer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.api import Answer, Category, Finding, FunctionValue, Preset, Project, Query, Related, Rule, Severity

#: Statements that read or change data; a probe such as `SELECT version()` does neither.
DATA = re.compile(
    r"[\s(]*(?:select\s+(?!(?:setval|nextval|currval)\s*\().*\bfrom\b|insert\b|update\b|delete\b|with\b|replace\b|merge\b|call\b)",
    re.IGNORECASE | re.DOTALL,
)
#: Tables that a statement names, and those of the database itself, for which there is no model.
TABLE = re.compile(r"\b(?:from|join|into|update)\s+([\w\".`\[{?}]+)", re.IGNORECASE)
SYSTEM_TABLE = re.compile(
    r"(?:.*\.)?(?:information_schema\.\w+|pg_\w+|sqlite_\w+|alembic_version|pragma_\w+)$", re.IGNORECASE
)
#: A statement that counts.
COUNT = re.compile(r"[\s(]*select\b(?:(?!\bfrom\b).)*\bcount\s*\(", re.IGNORECASE | re.DOTALL)
#: Functions of a module that run SQL up from which they are one finding, and how many of them it shows.
GROUP_MINIMUM = 4
RELATED_LIMIT = 6
#: Functions of several modules from which on they are one finding, and the modules that it names.
HABIT_MINIMUM = 6
NAMED_MODULES = 3
#: Executing methods that may be given text.
METHODS = ("execute", "executemany", "executescript", "exec", "exec_driver_sql", "scalar", "scalars", "stream", "fetch",
           "fetchrow", "fetchval", "fetch_all", "fetch_one", "fetch_val", "iterate", "execute_fetchall")  # fmt: skip


class RawSqlOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `raw-sql`."""

    layers: tuple[str, ...] = (
        "repositories", "repository", "repos", "repo", "dao", "daos", "crud", "db", "database", "databases",
        "queries", "query",
        "models", "model", "dal", "stores", "store", "storage", "persistence", "sql", "data_access", "gateways",
        "connection", "connections", "connector", "connectors", "conn",
        "scripts", "tools", "cli", "commands", "__main__",
        "bench", "benches", "benchmark", "benchmarks", "notebooks", "examples", "demo", "demos",
    )  # fmt: skip
    class_endings: tuple[str, ...] = ("Repository", "Repo", "Dao", "DAO", "Store", "Crud", "CRUD", "Gateway", "Queries",
                                     "SQLite", "SQL", "Database", "DB", "Connection", "Connector")  # fmt: skip


class RawSql(Rule):
    """Finds SQL text that is executed outside the data-access layer.

    ## What it reports
    Calls such as `session.execute(text("…"))`, `cursor.execute("…")` or `connection.fetch("…")` in modules that are not
    part of the data-access layer, whether their values are bound or not: once a function, once a module of which four
    functions and more do so, and once a project where six functions and more of several modules do. Modules that
    declare tables belong to that layer, and so do those that answer no request and most of whose functions run SQL.
    Where a project maps no tables, SQL is how it reaches its data, and only modules that answer requests are judged.
    Endpoints are left to `db-access-in-route`, so that a line is reported once.

    Migrations, tests, commands and programs that are started alone (`if __name__ == "__main__":`, and no module imports
    them), statements about the schema and its sequences (`CREATE`, `ALTER`, `SETVAL`), probes (`SELECT 1`), tables of
    the database itself (`information_schema`, `sqlite_master`, `alembic_version`) and settings of the connection
    (`PRAGMA`, `SET`) are left alone, and so are functions that only gather counts for a report, and text that cannot be
    known.

    ## Why
    SQL in routes, services and tasks ties them to the tables: a renamed column is found by nobody but the user, the
    same query is written twice, and neither can be tested without a database. One layer that owns all SQL has one
    place to index, to review for injection and to change.

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
            "app/accounts.py": """from flask import Blueprint

from app.db import get_connection

bp = Blueprint("accounts", __name__)


@bp.post("/accounts/<name>")
def add(name):
    insert(name)
    return "", 201


@bp.put("/accounts/<old>/<new>")
def rename(old, new):
    change(old, new)
    return "", 204


@bp.delete("/accounts/<name>")
def remove(name):
    delete(name)
    return "", 204


@bp.get("/accounts")
def count():
    return {"count": number_of_accounts()}


def insert(name):
    get_connection().execute("INSERT INTO accounts (name) VALUES (?)", (name,))  # <- raw-sql


def change(old, new):
    get_connection().execute("UPDATE accounts SET name = ? WHERE name = ?", (new, old))


def delete(name):
    get_connection().execute("DELETE FROM accounts WHERE name = ?", (name,))


def number_of_accounts():
    return get_connection().execute("SELECT count(*) FROM accounts").fetchone()[0]
""",
            "app/main.py": """from flask import Flask

from app.accounts import bp

app = Flask(__name__)
app.register_blueprint(bp)
""",
            "app/db.py": """import sqlite3


def get_connection() -> sqlite3.Connection:
    return sqlite3.connect("app.sqlite")
""",
        },
        {
            "app/routes.py": """from flask import Blueprint, jsonify
from app.db import get_connection

bp = Blueprint("orders", __name__)


@bp.get("/orders")
def list_orders():
    return orders_as_json()


def orders_as_json():
    connection = get_connection()
    rows = connection.execute("SELECT id, total FROM orders").fetchall()  # <- raw-sql
    count = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
    return jsonify({"count": count, "orders": [dict(row) for row in rows]})
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
            "app/models.py": """from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    year: Mapped[int]
""",
        },
        {
            "app/services/addresses.py": """from sqlalchemy import text


def number(session):
    return session.scalar(text("SELECT count(*) FROM addresses"))  # <- raw-sql


def last(session):
    return session.scalar(text("SELECT max(id) FROM addresses"))
""",
            "app/services/invoices.py": """from sqlalchemy import text


def number(session):
    return session.scalar(text("SELECT count(*) FROM invoices"))


def last(session):
    return session.scalar(text("SELECT max(id) FROM invoices"))
""",
            "app/services/orders.py": """from sqlalchemy import text


def number(session):
    return session.scalar(text("SELECT count(*) FROM orders"))


def last(session):
    return session.scalar(text("SELECT max(id) FROM orders"))
""",
            "app/models.py": """from sqlmodel import Field, SQLModel


class Order(SQLModel, table=True):
    id: int = Field(primary_key=True)
""",
        },
    )
    good = (
        {
            "app/accounts.py": """import sqlite3


class Accounts:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def add(self, name: str) -> None:
        self.connection.execute("INSERT INTO accounts (name) VALUES (?)", (name,))

    def rename(self, old: str, new: str) -> None:
        self.connection.execute("UPDATE accounts SET name = ? WHERE name = ?", (new, old))

    def remove(self, name: str) -> None:
        self.connection.execute("DELETE FROM accounts WHERE name = ?", (name,))

    def count(self) -> int:
        return self.connection.execute("SELECT count(*) FROM accounts").fetchone()[0]
""",
        },
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
            "catalogue/inspect.py": """def number_of_rows(connection, name):
    return connection.execute("SELECT count(*) FROM entries WHERE name = ?", (name,)).fetchone()[0]


def title_of(entry):
    return entry["title"].strip()


def author_of(entry):
    return entry["author"].strip()
""",
        },
        {
            "app/models.py": """from sqlmodel import Field, SQLModel


class Message(SQLModel, table=True):
    id: int = Field(primary_key=True)
""",
            "update_messages.py": """from sqlalchemy import text

from app.models import Message


def forget(session):
    session.execute(text("UPDATE message SET embedding = NULL"))


if __name__ == "__main__":
    forget(None)
""",
            "app/services/restore.py": """from sqlalchemy import text


def usage(session):
    users = session.scalar(text("SELECT count(*) FROM users"))
    messages = session.execute(text("SELECT kind, count(0) FROM messages WHERE is_sent GROUP BY 1"))
    return {"users": users, "messages": list(messages)}


def restore_sequence(session):
    session.execute(text("SELECT SETVAL('message_id_seq', (SELECT max(id) FROM message))"))


def revision(session, tenant):
    return session.scalar(text(f'SELECT version_num FROM "{tenant}".alembic_version'))
""",
        },
        {
            "app/health.py": """from sqlalchemy import text
from sqlalchemy.orm import Session


def is_alive(session: Session) -> bool:
    return session.scalar(text("SELECT 1")) == 1


def revision(session: Session) -> str:
    return session.scalar(text("SELECT version_num FROM alembic_version"))


def has_schema(session: Session, name: str) -> bool:
    statement = text("SELECT 1 FROM information_schema.schemata WHERE schema_name = :name")
    return session.scalar(statement, {"name": name}) is not None
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the calls that are given text, once a function."""
        with_tables: frozenset[str] | None = None
        by_module: dict[str, list[tuple[FunctionValue, list[Query]]]] = {}
        for function in project.query_index.querying_bodies(*METHODS):
            if self._is_data_access(function) or function in project.endpoint_functions:
                continue
            found = [one for one in project.query_index.named_of(function, *METHODS) if _is_statement_about_data(one)]
            if not found or _gathers_statistics(found):
                continue
            if with_tables is None:
                with_tables = frozenset(table.place.path for table in project.tables)
            if function.module.path not in with_tables:
                by_module.setdefault(function.module.path, []).append((function, found))
        judged = [members for members in by_module.values() if _is_judged(project, members)]
        if len(judged) > 1 and sum(map(len, judged)) >= HABIT_MINIMUM:
            yield self._habit(judged)
            return
        for members in judged:
            if len(members) < GROUP_MINIMUM:
                yield from (self._finding(function, found) for function, found in members)
            else:
                yield self._group(members)

    def _habit(self, judged: list[list[tuple[FunctionValue, list[Query]]]]) -> Finding:
        """One finding for a project that does so in many places."""
        judged = sorted(judged, key=len, reverse=True)
        first, queries = judged[0][0]
        named = ", ".join(f"`{one[0][0].module.name}` ({len(one)})" for one in judged[:NAMED_MODULES])
        most = "most of them in " if len(judged) > NAMED_MODULES else "in "
        return self.gathered(
            queries[0],
            f"{sum(map(len, judged))} functions run SQL text outside the data layer, {most}{named}.",
            (self._finding(*one) for members in judged for one in members),
            hint="Move the SQL into repositories or other modules of the data-access layer, the most used first.",
            symbol=first.module.name,
            related=tuple(
                Related(members[0][1][0].place, f"`{members[0][0].qualname}` runs SQL text here.")
                for members in judged[1:RELATED_LIMIT]
            ),
        )

    def _group(self, members: list[tuple[FunctionValue, list[Query]]]) -> Finding:
        first, queries = members[0]
        return self.gathered(
            queries[0],
            f"{len(members)} functions of `{first.module.name}` run SQL text, outside the data layer.",
            (self._finding(*one) for one in members),
            hint="Move the SQL into a repository or another module of the data-access layer.",
            symbol=first.module.name,
            related=tuple(
                Related(found[0].place, f"`{function.qualname}` runs SQL text here.")
                for function, found in members[1:RELATED_LIMIT]
            ),
        )

    def _finding(self, function: FunctionValue, found: list[Query]) -> Finding:
        what = "SQL text" if len(found) == 1 else f"{len(found)} statements of SQL text"
        return self.at(
            found[0],
            f"`{function.qualname}` runs {what} in `{function.module.name}`, outside the data layer.",
            hint="Move the SQL into a repository or another module of the data-access layer.",
            symbol=function.symbol,
            related=tuple(Related(one.place, "SQL text is run here too.") for one in found[1:5]),
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


def _is_judged(project: Project, members: list[tuple[FunctionValue, list[Query]]]) -> bool:
    """Whether a module should leave SQL to a data-access layer."""
    module = members[0][0].module
    if not project.tables and not project.layers.answers_requests(module):
        return False
    return not project.layers.is_started_alone(module) and not _is_about_sql(project, members)


def _is_about_sql(project: Project, members: list[tuple[FunctionValue, list[Query]]]) -> bool:
    """Whether most functions of a module run SQL, so that it is a data-access layer, whatever it is called."""
    module = members[0][0].module
    functions = sum(one.kind == "function" for one in module.index.declarations)
    is_most = len(members) >= GROUP_MINIMUM and 2 * len(members) > functions
    return is_most and not project.layers.answers_requests(module)


def _is_statement_about_data(query: Query) -> bool:
    """Whether a query is SQL text that reads or changes data of the application."""
    if query.is_text is not Answer.YES or not DATA.match(query.text):
        return False
    tables = [name.replace('"', "").strip("`[") for name in TABLE.findall(query.text)]
    return not tables or not all(map(SYSTEM_TABLE.match, tables))


def _gathers_statistics(found: list[Query]) -> bool:
    """Whether a function runs several counts and nothing else: the figures of a report, which nobody else needs."""
    return len(found) > 1 and all(COUNT.match(one.text) for one in found)
