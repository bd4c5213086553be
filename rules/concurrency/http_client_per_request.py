"""Reports HTTP clients that are made anew for each request to another server."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class HttpClientPerRequest(Rule):
    """Finds HTTP clients that a function makes, uses once and closes each time that it runs.

    ## What it reports
    `httpx.AsyncClient(…)`, `httpx.Client(…)`, `aiohttp.ClientSession(…)` and `requests.Session()` in a coroutine, or in
    a function that a request leads to, where the client is not kept.

    Not reported are clients that are stored on an object, the application or in a global name, returned, made once
    behind a cache or an `if self.client is None:`, made when the server starts, in scripts and tests, and those with a
    transport, connector or cookies of their own.

    ## Why
    A client is a pool of connections. Made for one call, each call pays for the name lookup, the TCP and TLS handshakes
    and, for httpx, the loading of certificates, which alone takes tens of milliseconds of the event loop. Under load,
    closed connections pile up and ports run out.

    ## When to ignore it
    Where a server is hardly ever called: then a pool saves nothing.
    """

    category = Category.PERFORMANCE
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Leverage async HTTP clients",
        "Check for performance bottlenecks, including database queries and caching.",
        "Optimize for performance",
        "Prioritize building scalable, maintainable, and efficient web applications.",
    )
    references = (
        "https://www.python-httpx.org/advanced/clients/#why-use-a-client",
        "https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request",
    )
    bad = (
        """\
import aiohttp
import httpx
import requests
from fastapi import FastAPI

app = FastAPI()


@app.get("/rates")
async def read_rates():
    async with httpx.AsyncClient(timeout=5) as client:  # <- http-client-per-request
        answer = await client.get("https://rates.example")
    return answer.json()


@app.get("/prices")
async def read_prices():
    async with aiohttp.ClientSession() as session:  # <- http-client-per-request
        async with session.get("https://prices.example") as answer:
            return await answer.json()


@app.get("/names")
def read_names():
    return load_names()


def load_names():
    session = requests.Session()  # <- http-client-per-request
    return session.get("https://names.example").json()
""",
    )
    good = (
        """\
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


class Rates:
    def __init__(self):
        self.client = None

    async def read(self):
        if self.client is None:
            self.client = httpx.AsyncClient()
        return await self.client.get("https://rates.example")

    async def reconnect(self):
        self.client = httpx.AsyncClient()

    def made(self) -> httpx.AsyncClient:
        return httpx.AsyncClient()


@app.get("/rates")
async def read_rates(request: Request):
    answer = await request.app.state.client.get("https://rates.example")
    return answer.json()
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the clients of a single use."""
        for site in project.http_clients_per_use:
            yield self.at(
                site.place,
                f"{project.title_of(site.caller)} makes an `{site.external_name}` each time that it runs, and with it "
                "a new connection.",
                hint="Make one client when the application starts, and close it when it stops.",
                symbol=site.caller.symbol,
            )
