"""Reports awaits of other servers that wait for each other for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class SequentialAwaits(Rule):
    """Finds requests to other servers that a coroutine awaits one after the other, though none needs another's answer.

    ## What it reports
    An `await` of a call that comes to an asynchronous HTTP client (httpx, aiohttp, the asynchronous clients of OpenAI
    and Anthropic): in a loop or comprehension whose turns do not depend on each other, and several in a row of which
    none uses the result of another.

    Queries are left alone, since a session or connection serves one at a time, and so are loops that stop early or
    handle errors turn by turn.

    ## Why
    The waits add up: ten requests of 200 milliseconds take two seconds one after the other, and 200 milliseconds
    together.

    ## When to ignore it
    Where the other server limits how many requests it takes at once, and the order is how the limit is kept.
    """

    category = Category.PERFORMANCE
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Optimize for performance",
        "Use async/await patterns for efficient handling of requests",
    )
    references = ("https://docs.python.org/3/library/asyncio-task.html#running-tasks-concurrently",)
    bad = """\
import httpx
from fastapi import FastAPI

app = FastAPI()
client = httpx.AsyncClient()


async def price(shop: str) -> float:
    answer = await client.get(f"https://{shop}.example/price")
    return answer.json()["price"]


@app.get("/prices")
async def list_prices(shops: list[str]):
    prices = [await price(shop) for shop in shops]  # <- sequential-awaits
    first = await price("first")  # <- sequential-awaits
    second = await client.get("https://second.example/price")
    found = {}
    for shop in shops:
        answer = await price(shop)  # <- sequential-awaits
        found[shop] = answer
    return prices, first, second, found
"""
    good = """\
import asyncio

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

app = FastAPI()
client = httpx.AsyncClient()


async def price(shop: str) -> float:
    answer = await client.get(f"https://{shop}.example/price")
    return answer.json()["price"]


async def owner(session: AsyncSession, number: int):
    return await session.get(object, number)


@app.get("/prices")
async def list_prices(shops: list[str], session: AsyncSession):
    prices = await asyncio.gather(*(price(shop) for shop in shops))
    first = await price("first")
    second = await price(f"shop-{first}")
    owners = [await owner(session, number) for number in range(3)]
    third = await owner(session, 1)
    fourth = await owner(session, 2)
    for shop in shops:
        answer = await price(shop)
        if answer:
            break
    return prices, first, second, owners, third, fourth
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the awaits that could be gathered."""
        for found in project.sequential_awaits:
            what = (
                "awaits a request to another server in each turn of a loop"
                if found.kind == "loop"
                else f"awaits {len(found.calls)} requests to other servers one after the other"
            )
            yield self.at(
                found.place,
                f"{project.title_of(found.function)} {what}, though none needs another's answer.",
                hint="Await them together with `asyncio.gather()` or a `TaskGroup`.",
                symbol=found.function.symbol,
            )
