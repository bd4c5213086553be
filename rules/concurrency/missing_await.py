"""Reports coroutines that nobody awaits."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity, UnawaitedCoroutine

CONSEQUENCES = {
    "dropped": "what it does never happens",
    "used": "a coroutine is used as if it were its result",
    "returned": "whoever awaits the function gets a coroutine",
    "iterated": "an asynchronous generator is no iterable",
}
HINTS = {
    "iterated": "Loop with `async for`.",
    "returned": "Return what the coroutine gives: `return await …`.",
}


class MissingAwait(Rule):
    """Finds calls of coroutine functions whose coroutine is dropped, or used in place of what it gives.

    ## What it reports
    A call of an `async def` of the project (functions and methods, through modules and objects), or of a coroutine
    method of a library (SQLAlchemy's `AsyncSession`, `httpx.AsyncClient`, `redis.asyncio`, aiofiles and anyio files,
    Starlette's request, upload and web socket), that stands without `await` where a coroutine makes no sense: as a
    statement of its own, in a condition, a comparison, a formatted text or a plain loop, before `.attribute`, an index
    or unpacking, given to `str()` and the like, or returned from another `async def`. Where the result has a name, the
    uses of the name are looked at.

    Not reported is what may be awaited later: coroutines that are stored, passed to another function (`gather`,
    `create_task`), returned from a plain function or one whose annotation says so, and functions with decorators that
    may make something else of them.

    ## Why
    Calling a coroutine function runs none of it. A forgotten `await` on a write means that nothing is written and
    nobody is told but a warning in the log; in a condition it means that the check always passes, since a coroutine is
    true.

    ## When to ignore it
    Never, as far as is known.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Use async operations",
        "Use async/await patterns for efficient handling of requests",
        "Follow FastAPI best practices",
        "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
    )
    references = ("https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines",)
    bad = (
        {
            "shop/main.py": """\
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.ext.asyncio import AsyncSession

from shop import mail
from shop.orders import Orders, get_session, may_order, total

app = FastAPI()


@app.post("/orders", status_code=201)
async def create_order(session: Annotated[AsyncSession, Depends(get_session)], orders: Annotated[Orders, Depends()]):
    if not may_order(session):  # <- missing-await
        raise HTTPException(status_code=403, detail="Not allowed")
    order = orders.create(session)  # <- missing-await
    session.commit()  # <- missing-await
    mail.send_receipt(order.id)  # <- missing-await
    number, name = orders.details(order.id)  # <- missing-await
    return {"number": str(total(session)), "name": f"{name} {number}"}  # <- missing-await


@app.get("/orders/{order_id}")
async def read_order(order_id: int, orders: Annotated[Orders, Depends()]):
    return orders.details(order_id)  # <- missing-await
""",
            "shop/orders.py": """\
import functools

from sqlalchemy.ext.asyncio import AsyncSession


def traced(function):
    @functools.wraps(function)
    async def wrapper(*arguments, **keywords):
        return await function(*arguments, **keywords)

    return wrapper


async def get_session():
    yield AsyncSession()


async def may_order(session: AsyncSession) -> bool:
    return True


async def total(session: AsyncSession) -> int:
    return 0


class Orders:
    @traced
    async def create(self, session: AsyncSession) -> "Orders":
        return self

    async def details(self, order_id: int) -> tuple[int, str]:
        return order_id, "name"
""",
            "shop/mail.py": """\
async def send_receipt(order_id: int) -> None:
    print(order_id)


def remind(order_ids: list[int]) -> None:
    for order_id in order_ids:
        send_receipt(order_id)  # <- missing-await
""",
        },
        """\
import aiofiles
from fastapi import FastAPI, UploadFile

app = FastAPI()


async def lines(name: str):
    yield name


async def clean(text: str) -> str:
    return text.strip()


@app.post("/files")
async def upload(file: UploadFile, title: str):
    title = clean(title)  # <- missing-await
    name = file.filename
    if name.startswith("."):
        name = clean(name)  # <- missing-await
    save(name)
    async with aiofiles.open("upload", "wb") as target:
        target.write(await file.read())  # <- missing-await
    for line in lines(file.filename):  # <- missing-await
        print(line, title.upper())


def save(name: str) -> None:
    print(name)
""",
    )
    good = (
        {
            "shop/main.py": """\
import asyncio
from collections.abc import Awaitable

from fastapi import BackgroundTasks, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from shop.agent import Agent
from shop.jobs import run_now, send, total

app = FastAPI()
cache = {}


def later(order_id: int):
    return send(order_id)


async def prepared(order_id: int) -> Awaitable[None]:
    return send(order_id)


@app.post("/orders")
async def create_order(session: AsyncSession, tasks: BackgroundTasks):
    session.add(object())
    await session.commit()
    await send(1)
    first = send(2)
    second = asyncio.create_task(send(3))
    waiting = [send(number) for number in range(4, 6)]
    await asyncio.gather(first, second, *waiting)
    tasks.add_task(send, 7)
    total_of = total(session)
    amount = await total_of
    if cache.get("key") or await total(session):
        amount += 1
    run_now(8)
    pipeline = send(9)
    pipeline.close()
    return {"amount": amount, "coroutine": later(10)}


def run_agent() -> None:
    agent = Agent()
    agent.run()
""",
            "shop/agent.py": """\
import asyncio
import functools
import inspect


def with_plain_methods(wrapped):
    for name, method in list(vars(wrapped).items()):
        if inspect.iscoroutinefunction(method):
            setattr(wrapped, name, functools.partialmethod(run_method, method))
    return wrapped


def run_method(instance, method):
    return asyncio.run(method(instance))


@with_plain_methods
class Agent:
    async def run(self) -> None:
        await asyncio.sleep(1)
""",
            "shop/jobs.py": """\
import asyncio
import functools


def synchronous(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return asyncio.run(function(*arguments))

    return wrapper


async def send(number: int) -> None:
    print(number)


async def total(session) -> int:
    return 0


@synchronous
async def run_now(number: int) -> None:
    await send(number)
""",
        },
        """\
import contextlib


class Store:
    def get(self, key):
        return key

    @contextlib.asynccontextmanager
    async def opened(self):
        yield self


class AsyncStore(Store):
    async def get(self, key):
        return key


def read(store: Store, unknown):
    store.get("key").upper()
    unknown.get("key").upper()
    return {}.get("key")


async def stream(store: Store):
    async with store.opened() as opened:
        for key in opened.get("keys"):
            yield key
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the coroutines that nobody awaits."""
        for found in project.unawaited_coroutines:
            yield self._finding(found)

    def _finding(self, found: UnawaitedCoroutine) -> Finding:
        return self.at(
            found.site.place,
            f"`{found.site.caller.qualname}` calls `{found.name}()` without `await`: {CONSEQUENCES[found.use]}.",
            hint=HINTS.get(found.use, f"Write `await {found.name}(…)`."),
            symbol=found.site.caller.symbol,
        )
