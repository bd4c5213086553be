"""Reports queries of a synchronous session or driver in coroutines that answer requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.api import BlockingCall, Category, Finding, FunctionValue, Project, Related, Rule, Severity

#: Coroutines of a project with such queries, up to which each is reported; of more those of a module are one.
EACH_LIMIT = 8
#: Modules with such coroutines, up to which each is reported; more are a habit of the whole application.
MODULE_LIMIT = 8
RELATED_LIMIT = 6


class SyncDbInAsyncRoute(Rule):
    """Finds async endpoints and dependencies that query the database with a synchronous session or driver.

    ## What it reports
    An `async def` that answers requests (an endpoint, a dependency, a coroutine that they await) in which a query runs
    on a synchronous object: a SQLAlchemy or SQLModel `Session`, psycopg2, pymysql, `sqlite3`, pymongo, itself or in a
    plain function of the project that it comes to at any depth. Each coroutine is reported at its first such query.
    Where more than eight coroutines do it there is one finding a module, and where more than eight modules do it, one
    for the application.

    Not reported are queries that run in a thread, what runs when the server starts, and scripts, commands and tests.

    ## Why
    A synchronous query stops the event loop until the database has answered: the worker serves one request at a time,
    and one slow query or a lock makes all others wait, health checks too. It looks like async code and is slower than
    plain `def` endpoints, which FastAPI runs in threads.

    ## When to ignore it
    With SQLite files in tools for one person.

    ## Known limits
    Sessions whose type nothing tells are not reported. A plain `def` endpoint is the small mend; an asynchronous
    session is the thorough one, and needs eager loading of what the response shows.
    """

    category = Category.PERFORMANCE
    severity = Severity.ERROR
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
        "Build high-performance async endpoints",
        "Use async database operations",
        "Use async operations",
        "Use async/await patterns for efficient handling of requests",
        "Check for performance bottlenecks, including database queries and caching.",
    )
    cwe = 1322
    references = (
        "https://fastapi.tiangolo.com/async/#very-technical-details",
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html",
    )
    bad = (
        {
            "shop/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop import service
from shop.database import Order, get_session

app = FastAPI()


async def current_customer(session: Session = Depends(get_session)):
    return session.get(Order, 1)  # <- sync-db-in-async-route


@app.get("/orders")
async def list_orders(session: Session = Depends(get_session)):
    orders = session.scalars(select(Order)).all()  # <- sync-db-in-async-route
    session.commit()
    return orders


@app.get("/orders/{order_id}")
async def read_order(order_id: int, customer=Depends(current_customer), session=Depends(get_session)):
    return service.find(session, order_id)  # <- sync-db-in-async-route


@app.delete("/orders/{order_id}")
async def delete_order(order_id: int):
    await service.delete(order_id)
""",
            "shop/service.py": """\
from sqlalchemy.orm import Session

from shop.database import Order, SessionLocal


def find(session: Session, order_id: int) -> Order | None:
    return session.query(Order).filter(Order.id == order_id).first()


async def delete(order_id: int) -> None:
    with SessionLocal() as session:
        session.delete(find(session, order_id))  # <- sync-db-in-async-route
        session.commit()
""",
            "shop/database.py": """\
from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SessionLocal = sessionmaker(create_engine("sqlite://"))


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)


def get_session() -> Iterator[Session]:
    with SessionLocal() as session:
        yield session
""",
        },
        """\
import sqlite3

from fastapi import FastAPI

app = FastAPI()


@app.get("/visits")
async def read_visits():
    connection = sqlite3.connect("visits.db")
    return connection.execute("SELECT count(*) FROM visits").fetchone()  # <- sync-db-in-async-route
""",
    )
    good = (
        {
            "shop/main.py": """\
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from shop.tables import Order

engine = create_engine("sqlite://")
make_session = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))


@asynccontextmanager
async def lifespan(app: FastAPI):
    with Session(engine) as session:
        session.scalars(select(Order)).all()
    yield


app = FastAPI(lifespan=lifespan)


async def get_session():
    async with make_session() as session:
        yield session


def read_orders(order_id: int):
    with Session(engine) as session:
        return session.get(Order, order_id)


@app.get("/orders")
async def list_orders(session: AsyncSession = Depends(get_session)):
    orders = await session.scalars(select(Order))
    session.add(Order())
    await session.commit()
    return orders.all()


@app.get("/orders/{order_id}")
async def read_order(order_id: int):
    return await run_in_threadpool(read_orders, order_id)


@app.get("/reports")
def read_report():
    with Session(engine) as session:
        return session.scalars(select(Order)).all()


@app.get("/totals")
async def read_totals(session: AsyncSession = Depends(get_session)):
    return await session.run_sync(lambda inner: inner.scalars(select(Order)).all())
""",
            "shop/tables.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Gathers the queries by coroutine, then by module and application where there are many."""
        by_function: dict[FunctionValue, list[BlockingCall]] = {}
        for call in project.event_loop.blocking("database"):
            by_function.setdefault(call.function, []).append(call)
        found = [calls for calls in by_function.values() if project.request_reach.runs_in_requests(calls[0].site)]
        by_module: dict[str, list[BlockingCall]] = {}
        for calls in found:
            by_module.setdefault(calls[0].site.place.path, []).append(calls[0])
        if len(found) <= EACH_LIMIT:
            for calls in found:
                yield self._finding_of_coroutine(project, calls)
        elif len(by_module) <= MODULE_LIMIT or not project.applications:
            for firsts in by_module.values():
                yield self._finding_of_many(project, firsts)
        else:
            yield self._finding_of_application(project, [one for firsts in by_module.values() for one in firsts])

    def _finding_of_coroutine(self, project: Project, calls: Sequence[BlockingCall]) -> Finding:
        first = calls[0]
        others = f", the first of {len(calls)} such queries" if len(calls) > 1 else ""
        return self.at(
            first.site.place,
            f"{project.title_of(first.function)} is a coroutine and calls {first.way}{others}: it is synchronous and "
            "blocks the event loop.",
            hint="Use an asynchronous session or driver, or make the function a plain `def`, which runs in a thread.",
            symbol=first.function.symbol,
            related=tuple(Related(one.library_call.place, "The query.") for one in calls[:RELATED_LIMIT] if one.chain),
        )

    def _finding_of_many(self, project: Project, firsts: Sequence[BlockingCall]) -> Finding:
        first = firsts[0]
        return self.gathered(
            first.site.place,
            f"{project.title_of(first.function)} and {len(firsts) - 1} more coroutines of "
            f"`{first.function.module.name}` run synchronous queries, which block the event loop.",
            (self._finding_of_coroutine(project, [one]) for one in firsts),
            hint="Use an asynchronous session or driver, or make the functions plain `def`, which run in threads.",
            symbol=first.function.symbol,
            related=tuple(
                Related(one.site.place, f"`{one.function.name}` does it here.") for one in firsts[1:RELATED_LIMIT]
            ),
        )

    def _finding_of_application(self, project: Project, firsts: Sequence[BlockingCall]) -> Finding:
        served = (project.endpoint_functions.get(one.function) for one in firsts)
        counted = Counter(route.application for route in served if route is not None)
        application = counted.most_common(1)[0][0] if counted else project.applications[0]
        return self.gathered(
            application,
            f"{len(firsts)} coroutines of `{application.name}` run synchronous queries, which block the event loop.",
            (self._finding_of_coroutine(project, [one]) for one in firsts),
            hint="Use an asynchronous session or driver, or make the functions plain `def`, which run in threads.",
            symbol=application.name,
            related=tuple(
                Related(one.site.place, f"{project.title_of(one.function)} does it here.")
                for one in firsts[:RELATED_LIMIT]
            ),
        )
