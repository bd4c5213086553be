"""Reports caches for functions around coroutine functions."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class CachedCoroutine(Rule):
    """Finds coroutine functions behind `functools.lru_cache`, `cache` or `cached_property`.

    ## What it reports
    An `async def` that `functools.lru_cache`, `functools.cache`, `functools.cached_property` or a cache of cachetools
    decorates. Caches that are made for coroutines (async_lru, aiocache, fastapi-cache) are left alone.

    ## Why
    The cache keeps the coroutine and not its result. The second call with the same arguments gives the same coroutine,
    which was awaited already, and fails: `RuntimeError: cannot reuse already awaited coroutine`. The first call always
    works, so that tests with one call pass.

    ## When to ignore it
    Never, as far as is known.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Use async/await patterns for efficient handling of requests",
    )
    references = ("https://docs.python.org/3/library/functools.html#functools.cache",)
    bad = """\
import functools
from functools import lru_cache

from fastapi import FastAPI

app = FastAPI()


@lru_cache(maxsize=100)
async def rate(currency: str) -> float:  # <- cached-coroutine
    return 1.0


class Rates:
    @functools.cached_property
    async def newest(self) -> float:  # <- cached-coroutine
        return await rate("EUR")


@app.get("/rates/{currency}")
async def read_rate(currency: str):
    return await rate(currency)
"""
    good = """\
from functools import lru_cache

from async_lru import alru_cache
from fastapi import FastAPI
from fastapi_cache.decorator import cache

app = FastAPI()


@lru_cache
def settings() -> dict:
    return {}


@alru_cache(maxsize=100)
async def rate(currency: str) -> float:
    return 1.0


@app.get("/rates/{currency}")
@cache(expire=60)
async def read_rate(currency: str):
    return await rate(currency)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the coroutine functions behind a cache."""
        for function, name in project.cached_coroutines:
            yield self.at(
                function.place,
                f"`{function.qualname}` is a coroutine function behind `{name}`, which keeps the coroutine and not its "
                "result: the second call fails.",
                hint="Use a cache for coroutines (async_lru, aiocache), or cache what the coroutine gives.",
                symbol=function.symbol,
            )
