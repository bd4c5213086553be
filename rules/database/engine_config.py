"""Reports settings of database engines that do not suit a server."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, EngineMade, Finding, Fix, Project, RemoveKeyword, Rule, Severity, tree

#: Settings of a pool that stays open for long, and those that keep it from giving out connections which are dead.
POOL_SETTINGS = ("pool_size", "max_overflow")
STALE_SETTINGS = ("pool_pre_ping", "pool_recycle", "creator", "async_creator")


class EngineConfig(Rule):
    """Finds database engines that log every statement, or whose pool gives out connections that are dead.

    ## What it reports
    `create_engine` and `create_async_engine` with `echo=True` (or `"debug"`), and engines whose pool is set up
    (`pool_size`, `max_overflow`) without `pool_pre_ping` or `pool_recycle`. Settings that depend on the configuration,
    tests and migrations are not reported.

    ## Why
    `echo=True` writes each statement with its parameters to the log: passwords and personal data among them, and so
    much text that it slows the application down. A pool keeps connections for hours, which servers, proxies and
    failovers close meanwhile; without a check the next request that is given one fails with `server closed the
    connection unexpectedly`.

    ## When to ignore it
    Where a proxy on the same machine keeps the connections alive.

    ## Fix safety
    The fix removes `echo`. It is unsafe, since somebody may read that log.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    cwe = 532
    checklist = (
        "Use database connection pooling",
        "Prioritize building scalable, maintainable, and efficient web applications.",
    )
    references = (
        "https://docs.sqlalchemy.org/en/20/core/engines.html#sqlalchemy.create_engine.params.echo",
        "https://docs.sqlalchemy.org/en/20/core/pooling.html#dealing-with-disconnects",
    )
    bad = (
        {
            "app/database.py": """\
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.config import settings

engine = create_async_engine(  # <- engine-config
    settings.database_url,
    echo=True,
    pool_pre_ping=True,
)
async_session = async_sessionmaker(engine)
""",
            "app/config.py": """\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str


settings = Settings()
""",
        },
        """\
import os

from sqlalchemy import create_engine

engine = create_engine(os.environ["DATABASE_URL"], pool_size=20, max_overflow=10)  # <- engine-config
""",
    )
    good = (
        {
            "app/database.py": """\
import os

from sqlalchemy import create_engine

from app.config import settings

engine = create_engine(settings.database_url, echo=settings.debug, pool_size=20, pool_pre_ping=True)
archive = create_engine("sqlite:///archive.db", echo=False)

if os.environ.get("DEBUG"):
    archive = create_engine("sqlite:///archive.db", echo=True)
""",
            "app/config.py": """\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str
    debug: bool = False


settings = Settings()
""",
            "tests/test_orders.py": """\
from sqlalchemy import create_engine

engine = create_engine("sqlite://", echo=True)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the settings of each engine."""
        for engine in project.engines.all:
            symbol = engine.function.symbol
            if _is_set(engine.setting("echo")) and not engine.is_conditional:
                yield self.at(
                    engine,
                    "The engine logs every statement with its parameters, since `echo` is set.",
                    hint="Remove `echo`, or let the configuration decide.",
                    symbol=symbol,
                    fix=Fix("Remove `echo`.", (RemoveKeyword(engine.place, "echo"),)),
                )
            elif _is_stale(engine):
                yield self.at(
                    engine,
                    "The pool of the engine gives out connections that the server may have closed.",
                    hint="Add `pool_pre_ping=True`.",
                    symbol=symbol,
                )


def _is_set(node: tree.Expression | None) -> bool:
    if isinstance(node, tree.Text):
        return node.value == "debug"
    return isinstance(node, tree.Constant) and node.value == "True"


def _is_stale(engine: EngineMade) -> bool:
    if engine.has_unknown_settings or all(engine.setting(name) is None for name in POOL_SETTINGS):
        return False
    return all(engine.setting(name) is None for name in STALE_SETTINGS)
