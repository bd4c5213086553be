"""Evidence about the database: tables, migrations, engines, and which endpoints reach it."""

from __future__ import annotations

from reviewer.checklist.evidence.counts import (
    Evidence,
    Measure,
    count,
    counted,
    modules_with,
    named_modules,
    number,
    share,
)
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.project import Project

NO_DATABASE = "No calls to a database were found."
ASYNC_DATABASES = (
    "AsyncSession",
    "async_sessionmaker",
    "create_async_engine",
    "asyncpg",
    "motor",
    "beanie",
    "tortoise",
)
ENGINES = ("create_engine", "create_async_engine")
#: Calls that reach a database through a library which knows no queries of the model.
TABLE_READERS = frozenset({"read_sql", "read_sql_query", "read_sql_table", "to_sql"})
#: Functions of drivers that open a connection.
CONNECTIONS = (
    "sqlite3.connect", "psycopg2.connect", "psycopg.connect", "pymysql.connect", "MySQLdb.connect", "mysql.connector.",
    "asyncpg.connect", "aiosqlite.connect", "pyodbc.connect", "duckdb.connect", "oracledb.connect",
)  # fmt: skip


def tables(project: Project) -> Evidence:
    """How many tables there are."""
    return count(len(project.tables), "table", "No tables were found.")


def migrations(project: Project) -> Evidence:
    """How many revisions of Alembic there are."""
    found = number(modules_with(project, "down_revision"))
    return Evidence(
        f"{counted(found, 'revision')} of Alembic." if found else "No revisions of Alembic were found.", found
    )


def queries(project: Project) -> Evidence:
    """From how many endpoints the database is reached."""
    endpoints = tuple(project.endpoint_functions)
    reaching = sum(_reaches_database(project, one) for one in endpoints)
    if not reaching:
        return Evidence(NO_DATABASE, 0)
    verb = "is" if reaching == 1 else "are"
    return Evidence(f"{reaching} of {len(endpoints)} endpoints {verb} known to reach the database.", reaching)


def endpoints_without_queries(project: Project) -> Evidence:
    """How many of the endpoints that reach the database leave it to other functions."""
    endpoints = [one for one in project.endpoint_functions if _reaches_database(project, one)]
    right = sum(not project.queries_of(one) for one in endpoints)
    nouns, do = (
        "endpoints that are known to reach the database",
        "leave it to other functions|leaves it to other functions",
    )
    return share(right, len(endpoints), nouns, do, NO_DATABASE)


def async_database(project: Project) -> Evidence:
    """Where the database is used asynchronously."""
    names = ("sqlalchemy", "sqlmodel", "databases", *ASYNC_DATABASES)
    using = {module.path for module in modules_with(project, *names)}
    asynchronous = {module.path for module in modules_with(project, *ASYNC_DATABASES)}
    nothing = "The project uses no database library that is known."
    nouns, do = "modules with a database library", "use it asynchronously|uses it asynchronously"
    return share(len(asynchronous), len(using), nouns, do, nothing)


def engines(project: Project) -> Evidence:
    """Where engines are made."""
    found = number(modules_with(project, *ENGINES))
    if not found:
        return Evidence("No module makes an engine of SQLAlchemy.", 0)
    return Evidence(f"Engines, which keep a pool, are made in {named_modules(found)}.", found)


def _reaches_database(project: Project, endpoint: FunctionValue) -> bool:
    """Whether an endpoint leads to a query, to a connection of a driver, or to a table that a library reads."""
    if any(True for _ in project.queries_reached_from(endpoint)):
        return True
    return any(
        site.external_name.startswith(CONNECTIONS) or site.external_name.rpartition(".")[2] in TABLE_READERS
        for site, _ in project.calls.reachable(endpoint)
    )


MEASURES: dict[str, Measure] = {
    "tables": tables,
    "migrations": migrations,
    "queries": queries,
    "endpoints-without-queries": endpoints_without_queries,
    "async-database": async_database,
    "engines": engines,
}
