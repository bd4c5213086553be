"""Reports sessions of a request that are handed to background work."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Answer, Category, Finding, Project, Rule, Severity


class SessionSharedWithBackgroundWork(Rule):
    """Finds database sessions of a request that are handed to a background task, a thread or a task of the event loop.

    ## What it reports
    Calls that start work nobody waits for (`background_tasks.add_task`, `BackgroundTask`, `asyncio.create_task`,
    `loop.run_in_executor`, `executor.submit`, `threading.Thread`) and give it a session that the caller was given: as
    an argument, inside of a closure or `partial`, or held by the object whose method is started. Work that the same
    function waits for, sessions opened for the work and `scoped_session` registries, which give each thread its own,
    are not reported.

    ## Why
    The session belongs to the request: its dependency closes it when the response is sent, mostly before the work
    has begun. What the work then does opens a connection that nobody gives back, its objects are detached, and where
    both run at the same time they share one transaction, so that one commits what the other has half done. Sessions are
    not safe for concurrent use.

    ## When to ignore it
    Where the work is known to end before the session is closed.

    ## Known limits
    Sessions inside of other objects are found one level deep.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 362
    checklist = (
        "Ensure that background tasks are handled efficiently and that Celery is set up correctly.",
        "Use background tasks for long operations",
        "Use database connection pooling",
    )
    references = (
        "https://fastapi.tiangolo.com/advanced/advanced-dependencies/#dependencies-with-yield-and-background-tasks",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks",
    )
    bad = (
        {
            "app/orders.py": """\
from fastapi import APIRouter, BackgroundTasks

from app.database import SessionDep
from app.mails import send_receipt

router = APIRouter()


@router.post("/orders/{order_id}/pay")
def pay(order_id: int, session: SessionDep, background_tasks: BackgroundTasks):
    background_tasks.add_task(send_receipt, order_id, session=session)  # <- session-shared-with-background-work
    return {"paid": True}
""",
            "app/mails.py": """\
from sqlalchemy.orm import Session

from app.database import Order


def send_receipt(order_id: int, session: Session):
    session.get(Order, order_id)
""",
            "app/database.py": """\
from typing import Annotated

from fastapi import Depends
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

SessionLocal = sessionmaker(create_engine("sqlite://"))


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)


def get_session():
    with SessionLocal() as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
""",
        },
        """\
import asyncio
import threading

from fastapi import BackgroundTasks, Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from database import get_async_session, get_session

app = FastAPI()


class Reports:
    def __init__(self, session: AsyncSession = Depends(get_async_session)):
        self.session = session

    async def build(self, name: str):
        await self.session.execute(text("SELECT 1"))


async def refresh(session: AsyncSession):
    await session.execute(text("REFRESH MATERIALIZED VIEW totals"))


@app.post("/refresh")
async def start(session: AsyncSession = Depends(get_async_session)):
    asyncio.create_task(refresh(session))  # <- session-shared-with-background-work
    return {"started": True}


@app.post("/reports/{name}")
async def report(name: str, tasks: BackgroundTasks, reports: Reports = Depends()):
    tasks.add_task(reports.build, name)  # <- session-shared-with-background-work
    return {"started": True}


@app.post("/imports")
def start_import(session: Session = Depends(get_session)):
    def run():
        session.execute(text("DELETE FROM imports"))

    threading.Thread(target=run).start()  # <- session-shared-with-background-work
    return {"started": True}
""",
    )
    good = (
        {
            "app/orders.py": """\
import asyncio
import threading

from fastapi import APIRouter, BackgroundTasks, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import async_session, get_session
from app.mails import send_receipt, totals

router = APIRouter()


@router.post("/orders/{order_id}/pay")
async def pay(order_id: int, tasks: BackgroundTasks, session: AsyncSession = Depends(get_session)):
    await session.commit()
    tasks.add_task(send_receipt, order_id)
    return {"paid": True}


@router.get("/totals")
async def show_totals(session: AsyncSession = Depends(get_session)):
    task = asyncio.create_task(totals(session))
    return {"totals": await task}


@router.post("/nightly")
async def nightly(session: AsyncSession = Depends(get_session)):
    threading.Thread(target=print, args=("nightly",)).start()
    async with async_session() as own:
        await totals(own)
    return {"started": True}
""",
            "app/mails.py": """\
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import async_session


async def send_receipt(order_id: int):
    async with async_session() as session:
        await session.execute(text("SELECT 1"))


async def totals(session: AsyncSession):
    return (await session.execute(text("SELECT sum(total) FROM orders"))).scalar()
""",
            "app/database.py": """\
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

async_session = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))


async def get_session():
    async with async_session() as session:
        yield session
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the sessions that work shares."""
        for shared in project.shared_sessions:
            worker = f"`{shared.worker}`" if shared.worker else "The work"
            session = "asynchronous session" if shared.is_async is Answer.YES else "session"
            yield self.at(
                shared.call,
                f"{worker} runs as a {shared.work} with the {session} `{shared.session}` of "
                f"`{shared.call.caller.qualname}`.",
                hint="Hand over ids and open a session of its own in the work.",
                symbol=shared.call.caller.symbol,
            )
