"""Which calls make Redis clients, and which of them run in each request."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project

IMPORTS = """import redis
import aioredis
from redis import asyncio as aio
from fastapi import Depends, FastAPI

app = FastAPI()
"""


def made_in_requests(body: str) -> list[int]:
    """Lines, counted in the body, of the clients that requests make."""
    found = project({"app.py": IMPORTS + body}).redis_clients_made_in_requests
    return [one.client.site.place.line - IMPORTS.count("\n") for one in found]


def route_with(statements: str) -> str:
    return f"@app.get('/')\ndef read():\n{statements}"


@pytest.mark.parametrize(
    "call",
    [
        "redis.Redis(host='cache')",
        "redis.StrictRedis()",
        "redis.from_url('redis://cache')",
        "redis.Redis.from_url('redis://cache')",
        "redis.ConnectionPool.from_url('redis://cache')",
        "aio.Redis()",
        "aio.from_url('redis://cache')",
        "aioredis.from_url('redis://cache')",
    ],
)
def test_constructing_calls_make_a_client(call: str) -> None:
    assert made_in_requests(route_with(f"    client = {call}\n")) == [3]


@pytest.mark.parametrize(
    "call", ["redis.Redis(connection_pool=pool)", "redis.Redis(**options)", "fakeredis.FakeRedis()"]
)
def test_a_client_that_may_share_a_pool_is_left_alone(call: str) -> None:
    assert made_in_requests(f"def read(options, pool):\n    {call}\n\napp.get('/')(read)\n") == []


def test_clients_of_aioredis_and_redis_asyncio_are_asynchronous() -> None:
    source = "def make():\n    aio.Redis()\n    redis.Redis()\n    aioredis.from_url('redis://cache')\n"
    clients = project({"app.py": IMPORTS + source}).redis.clients

    assert [one.is_asynchronous for one in clients] == [True, False, True]


def test_a_class_of_the_project_that_inherits_from_a_client_makes_one() -> None:
    source = "class Cache(redis.Redis):\n    pass\n\n" + route_with("    Cache.from_url('redis://cache')\n")

    assert made_in_requests(source) == [6]


def test_a_client_that_a_called_function_makes_is_found_with_the_chain() -> None:
    source = "def connect():\n    return redis.Redis()\n\n" + route_with("    return connect().get('hits')\n")
    (made,) = project({"app.py": IMPORTS + source}).redis_clients_made_in_requests

    assert [site.caller.name for site in made.chain] == ["read"]
    assert not made.handler.is_dependency


@pytest.mark.parametrize(
    "factory",
    [
        "@lru_cache\ndef connect():\n    return redis.Redis()\n",
        "def connect():\n    global client\n    client = redis.Redis()\n    return client\n",
        "def connect():\n    made = redis.Redis()\n    app.state.redis = made\n    return made\n",
        "def connect():\n    clients['cache'] = redis.Redis()\n    return clients['cache']\n",
    ],
)
def test_a_client_that_is_kept_is_not_made_in_each_request(factory: str) -> None:
    assert made_in_requests(factory + "\n" + route_with("    return connect()\n")) == []


def test_a_factory_that_is_called_once_is_not_followed() -> None:
    source = (
        "def make():\n    return redis.Redis()\n\n"
        "def connect():\n    global client\n    client = client or make()\n    return client\n\n"
    )

    assert made_in_requests(source + route_with("    return connect()\n")) == []


def test_a_client_on_the_state_of_a_request_is_made_in_each_request() -> None:
    source = "@app.get('/')\ndef read(request):\n    request.state.redis = redis.Redis()\n"

    assert made_in_requests(source) == [3]


def test_a_client_of_a_constructor_is_made_where_the_object_is() -> None:
    cache = "class Cache:\n    def __init__(self):\n        self.client = redis.Redis()\n\n"

    assert made_in_requests(cache + "cache = Cache()\n\n" + route_with("    return cache.client.get('hits')\n")) == []
    assert made_in_requests(cache + "@app.get('/')\ndef read(cache: Cache = Depends()):\n    ...\n") == [3]


def test_a_dependency_that_closes_its_client_says_so() -> None:
    source = (
        "def connect():\n    client = redis.Redis()\n    yield client\n    client.close()\n\n"
        "@app.get('/')\ndef read(client=Depends(connect)):\n    ...\n"
    )
    (made,) = project({"app.py": IMPORTS + source}).redis_clients_made_in_requests

    assert made.is_closed
    assert made.handler.is_dependency


def test_functions_that_no_request_reaches_and_web_sockets_are_left_alone() -> None:
    source = (
        "def clear():\n    redis.Redis().flushdb()\n\n"
        "@app.websocket('/events')\nasync def listen(socket):\n    aio.Redis().pubsub()\n"
    )

    assert made_in_requests(source) == []
