"""Which objects of a program reach a database: sessions, connections, cursors, engines, and what their methods give.

Takes the dotted names that the evaluator gives to library objects and results (`sqlite3.connect.cursor`), gives the
role of the object. A table of names only: it looks at no program.
"""

from __future__ import annotations

from functools import lru_cache

SESSION = "session"
CONNECTION = "connection"  # SQLAlchemy's, `databases`' and DB-API connections
CURSOR = "cursor"
ENGINE = "engine"
POOL = "pool"
MAKER = "maker"  # makes sessions
EXTENSION = "extension"  # `SQLAlchemy()` of Flask-SQLAlchemy
LEGACY_QUERY = "legacy query"  # `session.query(…)`, `Model.query`

_DRIVERS = (
    "sqlite3", "psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql.connector", "aiomysql", "aiosqlite", "asyncpg",
    "aiopg",
    "pyodbc", "aioodbc", "cx_Oracle", "oracledb", "pymssql", "pg8000", "asyncmy", "duckdb", "mariadb", "ibm_db_dbi",
    "pgdb",
)  # fmt: skip

#: What the names of objects begin with whose methods give something to await, and of those that block.
_ASYNCHRONOUS = (
    "sqlalchemy.ext.asyncio.", "sqlmodel.ext.asyncio.", "asyncpg.", "aiosqlite.", "aiomysql.", "aiopg.", "aioodbc.",
    "asyncmy.", "databases.", "psycopg.Async", "psycopg_pool.Async",
)  # fmt: skip

#: Roles by dotted name.
_ROLES: dict[str, str] = {
    **{
        f"{place}.{name}": SESSION
        for place, names in {
            "sqlalchemy.orm": ("Session", "scoped_session"),
            "sqlalchemy.orm.session": ("Session",),
            "sqlalchemy.orm.scoping": ("scoped_session",),
            "sqlalchemy.ext.asyncio": ("AsyncSession", "async_scoped_session"),
            "sqlalchemy.ext.asyncio.session": ("AsyncSession",),
            "sqlmodel": ("Session",),
            "sqlmodel.orm.session": ("Session",),
            "sqlmodel.ext.asyncio.session": ("AsyncSession",),
            "flask_sqlalchemy": ("SignallingSession",),
            "flask_sqlalchemy.session": ("Session",),
        }.items()
        for name in names
    },
    **dict.fromkeys(
        (
            "sqlalchemy.orm.sessionmaker",
            "sqlalchemy.orm.session.sessionmaker",
            "sqlalchemy.ext.asyncio.async_sessionmaker",
            "sqlalchemy.ext.asyncio.session.async_sessionmaker",
        ),
        MAKER,
    ),
    **dict.fromkeys(
        (
            "sqlalchemy.create_engine",
            "sqlalchemy.engine.create_engine",
            "sqlalchemy.ext.asyncio.create_async_engine",
            "sqlmodel.create_engine",
            "sqlalchemy.Engine",
            "sqlalchemy.engine.Engine",
            "sqlalchemy.engine.base.Engine",
            "sqlalchemy.ext.asyncio.AsyncEngine",
            "sqlalchemy.engine_from_config",
        ),
        ENGINE,
    ),
    **dict.fromkeys(
        (
            "sqlalchemy.Connection",
            "sqlalchemy.engine.Connection",
            "sqlalchemy.engine.base.Connection",
            "sqlalchemy.ext.asyncio.AsyncConnection",
            "databases.Database",
            "databases.core.Database",
            "asyncpg.connection.Connection",
            "psycopg2.extensions.connection",
            "psycopg.Connection.connect",
            "psycopg.AsyncConnection.connect",
            "psycopg.AsyncConnection",
            "pg8000.native.Connection",
            "pg8000.dbapi.connect",
        ),
        CONNECTION,
    ),
    **dict.fromkeys(
        (
            "psycopg2.extensions.cursor",
            "psycopg2.extras.RealDictCursor",
            "psycopg2.extras.DictCursor",
            "psycopg.AsyncCursor",
            "pymysql.cursors.Cursor",
            "pymysql.cursors.DictCursor",
        ),
        CURSOR,
    ),
    **dict.fromkeys(
        (
            "asyncpg.pool.Pool",
            "psycopg2.pool.SimpleConnectionPool",
            "psycopg2.pool.ThreadedConnectionPool",
            "psycopg_pool.ConnectionPool",
            "psycopg_pool.AsyncConnectionPool",
            "mysql.connector.pooling.MySQLConnectionPool",
        ),
        POOL,
    ),
    "flask_sqlalchemy.SQLAlchemy": EXTENSION,
}
for _driver in _DRIVERS:
    _ROLES.setdefault(f"{_driver}.connect", CONNECTION)
    _ROLES.setdefault(f"{_driver}.Connection", CONNECTION)
    _ROLES.setdefault(f"{_driver}.Cursor", CURSOR)
    _ROLES.setdefault(f"{_driver}.create_pool", POOL)
    _ROLES.setdefault(f"{_driver}.Pool", POOL)
    for _place in ("connection", "connections", "extensions", "pool", "cursor", "cursors", "dbapi"):
        _ROLES.setdefault(f"{_driver}.{_place}.Connection", CONNECTION)
        _ROLES.setdefault(f"{_driver}.{_place}.Pool", POOL)
        _ROLES.setdefault(f"{_driver}.{_place}.Cursor", CURSOR)

#: What an attribute or the call of a method of an object gives.
STEPS: dict[tuple[str, str], str] = {
    (MAKER, "__call__"): SESSION,
    (MAKER, "begin"): SESSION,
    (SESSION, "__call__"): SESSION,
    (SESSION, "session"): SESSION,
    (SESSION, "registry"): SESSION,
    (SESSION, "connection"): CONNECTION,
    (SESSION, "get_bind"): ENGINE,
    (SESSION, "bind"): ENGINE,
    (SESSION, "query"): LEGACY_QUERY,
    (SESSION, "no_autoflush"): SESSION,
    (ENGINE, "connect"): CONNECTION,
    (ENGINE, "begin"): CONNECTION,
    (ENGINE, "raw_connection"): CONNECTION,
    (ENGINE, "execution_options"): ENGINE,
    (ENGINE, "sync_engine"): ENGINE,
    (CONNECTION, "cursor"): CURSOR,
    (CONNECTION, "connection"): CONNECTION,
    (CONNECTION, "connect"): CONNECTION,
    (CONNECTION, "execution_options"): CONNECTION,
    (CONNECTION, "get_raw_connection"): CONNECTION,
    (CONNECTION, "driver_connection"): CONNECTION,
    (CURSOR, "__enter__"): CURSOR,
    (CURSOR, "execute"): CURSOR,
    (POOL, "acquire"): CONNECTION,
    (POOL, "getconn"): CONNECTION,
    (POOL, "get_connection"): CONNECTION,
    (POOL, "connection"): CONNECTION,
    (EXTENSION, "session"): SESSION,
    (EXTENSION, "create_scoped_session"): SESSION,
    (EXTENSION, "create_session"): MAKER,
    (EXTENSION, "engine"): ENGINE,
    (EXTENSION, "get_engine"): ENGINE,
    (EXTENSION, "engines"): ENGINE,
}

_STATEMENT = "statement"
_QUERY = "query"
_OBJECT = "object"
_TRANSACTION = "transaction"

#: Methods by role, with the kind of query they are.
_METHODS: dict[str, dict[str, str]] = {
    SESSION: {
        **dict.fromkeys(("execute", "exec", "scalar", "scalars", "stream", "stream_scalars"), _STATEMENT),
        "query": _QUERY,
        **dict.fromkeys(
            (
                "get", "get_one", "add", "add_all", "delete", "delete_all", "merge", "merge_all", "refresh",
                "bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings",
            ),
            _OBJECT,
        ),
        **dict.fromkeys(("commit", "rollback", "flush", "begin", "begin_nested"), _TRANSACTION),
    },
    CONNECTION: {
        **dict.fromkeys(
            (
                "execute", "executemany", "executescript", "execute_many", "exec_driver_sql", "scalar", "scalars",
                "stream",
                "stream_scalars", "fetch", "fetchrow", "fetchval", "fetchmany", "fetch_all", "fetch_one",
                "fetch_val", "iterate",
                "execute_fetchall", "execute_insert", "prepare", "run", "query", "sql", "copy_from_query",
            ),
            _STATEMENT,
        ),
        **dict.fromkeys(("commit", "rollback", "begin", "begin_nested", "transaction"), _TRANSACTION),
    },
    CURSOR: dict.fromkeys(
        ("execute", "executemany", "executescript", "callproc", "stream", "copy", "copy_expert"), _STATEMENT
    ),
    ENGINE: dict.fromkeys(("execute", "scalar"), _STATEMENT),
    POOL: dict.fromkeys(("execute", "executemany", "fetch", "fetchrow", "fetchval"), _STATEMENT),
    EXTENSION: {
        "get_or_404": _OBJECT,
        **dict.fromkeys(("first_or_404", "one_or_404", "paginate", "create_all", "drop_all"), _STATEMENT),
    },
    LEGACY_QUERY: dict.fromkeys(
        (
            "all", "first", "first_or_404", "one", "one_or_none", "one_or_404", "scalar", "count", "get", "get_or_404",
            "paginate", "update", "delete", "exists", "yield_per",
        ),
        _QUERY,
    ),
}  # fmt: skip

#: Methods of a `Query` that end it: what they give is a row, a number or a page, and no query any more.
_ENDING = frozenset(_METHODS[LEGACY_QUERY]) - {"exists", "yield_per"}

#: Every method that may reach a database: what linkers look up in the index.
METHOD_NAMES = frozenset(name for methods in _METHODS.values() for name in methods)


@lru_cache(maxsize=4096)
def role_of(dotted: str) -> str | None:
    """The role of a library object by its dotted name, None where it is none of these."""
    exact = _ROLES.get(dotted)
    if exact is not None:
        return exact
    before, _, last = dotted.rpartition(".")
    if not before:
        return None
    role = role_of(before)
    if role is None:
        return None
    return after(role, last)


def is_asynchronous(dotted: str) -> bool:
    """Whether the methods of a library object with a role give something to await; makers of sessions left aside."""
    return dotted.startswith(_ASYNCHRONOUS)


def after(role: str, name: str) -> str | None:
    """The role of what an attribute or method of an object gives."""
    if role == LEGACY_QUERY:
        return None if name in _ENDING else LEGACY_QUERY
    return STEPS.get((role, name))


def kind_of_method(role: str, method: str) -> str | None:
    """The kind of query that calling a method is, as in `Query.kind`; None where it reaches no database."""
    return _METHODS.get(role, {}).get(method)
