"""Reports Redis clients that are made anew for every request."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class RedisClientPerRequest(Rule):
    """Finds Redis clients, each with a connection pool of its own, that every request makes anew.

    ## What it reports
    `Redis(…)`, `StrictRedis(…)`, `from_url(…)`, `ConnectionPool(…)` and their kind (redis-py, `redis.asyncio`,
    aioredis, valkey, arq's `create_pool`, classes of the project that inherit from them) in an endpoint, in a
    dependency, or in a function or constructor that one of them calls. A dependency that closes its client after the
    request is reported too: it opens and closes a connection each time.

    Not reported are clients that are given a shared `connection_pool`, factories behind `lru_cache` and the like,
    clients kept in a global name, on a class, on the application or its state, singletons, what runs at start-up or in
    scripts, and web sockets, which need a connection of their own to listen on.

    ## Why
    A client is a pool: it saves the connection for the next command. Made in the request, every request pays for a TCP
    (and TLS) handshake and authentication before the first command, which costs more than the cached value saves, and
    clients that nobody closes pile up connections until Redis refuses new ones (`maxclients`).

    ## When to ignore it
    In a route that is hardly ever called and must test a fresh connection.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    checklist = (
        "Check if Redis is used appropriately for both caching and task queuing.",
        "Verify that the Redis connection is properly configured and used for caching and task queuing.",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Utilize Redis effectively for caching frequently accessed data and for managing Celery task queues.",
        "Utilize Redis effectively for caching, session management, and task queuing.",
        "Check for performance bottlenecks, including database queries and caching.",
    )
    references = (
        "https://redis.io/docs/latest/develop/clients/pools-and-muxing/",
        "https://redis.readthedocs.io/en/stable/connections.html",
    )
    bad = (
        '''
import redis
from fastapi import FastAPI

app = FastAPI()


@app.get("/hits")
def count_hits():
    client = redis.Redis(host="cache", port=6379)  # <- redis-client-per-request
    return {"hits": client.incr("hits")}
''',
        '''
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from redis import asyncio as aioredis

app = FastAPI()


async def get_redis() -> AsyncIterator[aioredis.Redis]:
    client = aioredis.from_url("redis://cache:6379/0")  # <- redis-client-per-request
    try:
        yield client
    finally:
        await client.aclose()


@app.get("/items/{item_id}")
async def read_item(item_id: int, cache: Annotated[aioredis.Redis, Depends(get_redis)]):
    return await cache.get(f"item:{item_id}")
''',
        {
            "app/cache.py": (
                "from redis import StrictRedis as Client\n\n"
                "from app.config import REDIS_HOST\n\n\n"
                "class Cache:\n"
                "    def __init__(self) -> None:\n"
                "        self.client = Client(host=REDIS_HOST)  # <- redis-client-per-request\n\n"
                "    def get(self, key: str):\n        return self.client.get(key)\n"
            ),
            "app/config.py": 'import os\n\nREDIS_HOST = os.environ["REDIS_HOST"]\n',
            "app/sessions.py": (
                "from app.cache import Cache\n\n\n"
                "def session_of(token: str):\n    return Cache().get(token)\n"
            ),
            "app/main.py": (
                "from fastapi import FastAPI\n\nfrom app.sessions import session_of\n\napp = FastAPI()\n\n\n"
                '@app.get("/me")\ndef read_me(token: str):\n    return session_of(token)\n'
            ),
        },
    )  # fmt: skip
    good = (
        """
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from redis.asyncio import Redis


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.redis = Redis.from_url("redis://cache:6379/0")
    yield
    await app.state.redis.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/hits")
async def count_hits(request: Request):
    return {"hits": await request.app.state.redis.incr("hits")}
""",
        """
from functools import lru_cache

import redis
from fastapi import Depends, FastAPI

app = FastAPI()
pool = redis.ConnectionPool.from_url("redis://cache:6379/0")
_sessions = None


@lru_cache
def get_cache() -> redis.Redis:
    return redis.from_url("redis://cache:6379/1")


def get_sessions() -> redis.Redis:
    global _sessions
    if _sessions is None:
        _sessions = redis.Redis(host="sessions")
    return _sessions


def get_queue() -> redis.Redis:
    return redis.Redis(connection_pool=pool)


@app.get("/hits")
def count_hits(
    cache=Depends(get_cache), sessions=Depends(get_sessions), queue=Depends(get_queue)
):
    return {"hits": cache.incr("hits")}
""",
        {
            "app/cache.py": (
                "import redis\n\n\n"
                "class Cache:\n"
                "    _client = None\n\n"
                "    @classmethod\n    def client(cls):\n"
                "        if cls._client is None:\n"
                '            cls._client = redis.from_url("redis://cache:6379/0")\n'
                "        return cls._client\n\n\n"
                "def clear() -> None:\n"
                '    redis.Redis(host="cache").flushdb()\n'
            ),
            "app/main.py": (
                "from fastapi import FastAPI\n\nfrom app.cache import Cache\n\napp = FastAPI()\n\n\n"
                '@app.get("/hits")\ndef count_hits():\n    return Cache.client().incr("hits")\n'
            ),
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the clients that requests make."""
        for made in project.redis_clients_made_in_requests:
            handler = made.handler
            what = f"Dependency `{handler.function.name}`" if handler.is_dependency else f"`{handler.route}`"
            if made.is_closed:
                does = "opens a Redis client for every request and closes it again, so no connection is used twice"
            else:
                does = "makes a new Redis client, with a connection pool of its own, for every request"
            where = f" (in `{made.client.site.caller.qualname}`)" if made.chain else ""
            yield self.at(
                made.client.site,
                f"{what}{where} {does}.",
                hint="Make one client at start-up and share it, in the lifespan or behind `lru_cache`.",
                symbol=made.client.site.caller.symbol,
                related=tuple(
                    Related(one.place, f"`{one.caller.name}` leads there from here") for one in made.chain[:1]
                ),
            )
