"""Reports synchronous Redis clients that coroutines use."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import BlockingWork, Category, Finding, Project, Related, Rule, Severity

RELATED_LIMIT = 5


class SyncRedisInAsyncRoute(Rule):
    """Finds commands of a synchronous Redis client in async endpoints and in the coroutines behind them.

    ## What it reports
    A command of redis-py's or valkey's synchronous client (`redis.Redis`, `StrictRedis`, `redis.from_url`) in an
    `async def`, or in a plain function of the project that it comes to at any depth. What only fills a pipeline is
    left out, its `execute` counts.

    Not reported is what runs in a thread, in a worker of a job queue (`queue.enqueue(scan)`, and what only `scan`
    calls), when the server starts or stops, and scripts, commands and tests. A
    coroutine is reported once, and where a helper does it for more than six of them there is one finding.

    ## Why
    The synchronous client waits on its socket, and with it the event loop and every other request of the worker. Mostly
    that is a millisecond; when Redis is slow, or its host does not answer, it is the socket's timeout, which by
    default is none. `redis.asyncio` has the same commands and gives the loop back.

    ## When to ignore it
    Where the coroutine runs in a worker of its own that does nothing else meanwhile.
    """

    category = Category.PERFORMANCE
    severity = Severity.ERROR
    checklist = (
        "Leverage the asynchronous capabilities of FastAPI.",
        "Leverage the asynchronous capabilities of FastAPI and Celery to improve application performance.",
        "Build high-performance async endpoints",
        "Use async operations",
        "Check if Redis is used appropriately for both caching and task queuing.",
        "Utilize Redis effectively for caching, session management, and task queuing.",
    )
    cwe = 1322
    references = ("https://redis.readthedocs.io/en/stable/examples/asyncio_examples.html",)
    bad = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.cache import Cache, cached_name, client

app = FastAPI()
names = Cache()


async def count_visit() -> int:
    return client.incr("visits")  # <- sync-redis-in-async-route


@app.get("/users/{user_id}", dependencies=[Depends(count_visit)])
async def read_user(user_id: int):
    if client.exists(f"blocked:{user_id}"):  # <- sync-redis-in-async-route
        return None
    return cached_name(user_id)


@app.get("/names/{user_id}")
async def read_name(user_id: int):
    return names.read(user_id)  # <- sync-redis-in-async-route
""",
            "app/cache.py": """\
import redis

client = redis.from_url("redis://cache:6379/0")


def cached_name(user_id: int) -> str | None:
    return client.get(f"name:{user_id}")


class Cache:
    def __init__(self):
        self.redis = redis.Redis(host="cache")

    def read(self, user_id: int) -> dict:
        return self.redis.hgetall(f"user:{user_id}")
""",
        },
    )
    good = (
        """\
import asyncio

import redis
import redis.asyncio
import rq
from fastapi import FastAPI

app = FastAPI()
cache = redis.asyncio.from_url("redis://cache:6379/0")
jobs = redis.Redis(host="cache")


@app.get("/users/{user_id}")
async def read_user(user_id: int):
    return await cache.get(f"name:{user_id}")


@app.get("/visits")
def read_visits():
    return jobs.get("visits")


async def scan(folder: str):
    if not jobs.get("stop"):
        await scan_files(folder)


async def scan_files(folder: str):
    jobs.set(f"scanned:{folder}", 1)


@app.post("/scans")
async def start_scan(folder: str):
    return await asyncio.to_thread(enqueue_scan, folder)


def enqueue_scan(folder: str):
    return rq.Queue(connection=jobs).enqueue(scan, folder).id


@app.get("/jobs")
async def list_jobs():
    pipeline = jobs.pipeline()
    pipeline.get("first")
    pipeline.get("second")
    return await asyncio.to_thread(pipeline.execute)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the commands."""
        for work in project.event_loop.work("redis", once_a_function=True):
            each = (self._finding(project, BlockingWork((call,))) for call in work.calls)
            yield self._finding(project, work).standing_for(each)

    def _finding(self, project: Project, work: BlockingWork) -> Finding:
        first = work.first
        others = len(work.calls) - 1
        return self.at(
            first.site.place,
            f"{project.title_of(first.function)} calls {first.way}"
            f"{f', as {others} more calls do' if others else ''}: a synchronous Redis client, which blocks the event "
            "loop.",
            hint="Use `redis.asyncio` and await its commands, or hand the call to a thread with `asyncio.to_thread()`.",
            symbol=first.function.symbol,
            related=(
                *(Related(first.library_call.place, "The command is sent here.") for _ in first.chain[:1]),
                *(
                    Related(call.site.place, f"`{call.function.name}` does it too.")
                    for call in work.calls[1:RELATED_LIMIT]
                ),
            ),
        )
