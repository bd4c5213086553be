"""Reports test clients that are made in a way their library has removed."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import AddImport, AddKeyword, Category, Finding, Fix, Project, RemoveKeyword, Rule, Severity


class RemovedTestClientApi(Rule):
    """Finds httpx clients that take the application as `app=`, which httpx has removed.

    ## What it reports
    `httpx.AsyncClient(app=app)` and `httpx.Client(app=app)`, in fixtures, tests and elsewhere. The keyword is
    deprecated since httpx 0.27 and gone in 0.28. A client of another library with the same name (Starlette's
    `TestClient(app)`, a class of the project) is left out, and so is one in a project that pins an httpx before 0.27.

    ## Why
    The keyword raises `TypeError` as soon as httpx is updated, and with it every test that uses the fixture fails at
    once. A transport does the same in all versions, and says whether the application is ASGI or WSGI.

    ## When to ignore it
    Where httpx stays at 0.27 for good.

    ## Fix safety
    The fix passes the application to `ASGITransport` or `WSGITransport`, as httpx did itself. It is safe where the
    client gets no transport besides; elsewhere there is none.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Use TestClient to call endpoints in tests and make assertions on the results.",
        "Write tests using pytest, taking advantage of fixtures for mocking and testing API calls.",
        "Write tests using pytest and use fixtures for test setup.",
    )
    references = (
        "https://www.python-httpx.org/advanced/transports/",
        "https://github.com/encode/httpx/blob/master/CHANGELOG.md",
    )
    bad = (
        {
            "tests/conftest.py": """\
import pytest_asyncio
from httpx import AsyncClient

from shop.main import app


@pytest_asyncio.fixture
async def client():
    async with AsyncClient(app=app, base_url="http://test") as client:  # <- removed-test-client-api
        yield client
""",
            "shop/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        },
        """\
import httpx
from flask import Flask

app = Flask(__name__)


def orders():
    with httpx.Client(
        app=app,  # <- removed-test-client-api
        base_url="http://shop",
    ) as client:
        return client.get("/orders").json()
""",
    )
    good = (
        {
            "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["httpx==0.26.0"]\n',
            "tests/conftest.py": """\
from httpx import AsyncClient

from shop import app


def make_client():
    return AsyncClient(app=app, base_url="http://test")
""",
        },
        {
            "tests/conftest.py": """\
import pytest_asyncio
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient

from shop.main import app
from tests.clients import Client


@pytest_asyncio.fixture
async def client():
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        yield client


def make_clients():
    return TestClient(app=app), Client(app=app)
""",
            "tests/clients.py": """\
import httpx


class Client:
    def __init__(self, app):
        self.app = app
        self.client = httpx.Client()
""",
            "shop/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for clients that are given an application by keyword."""
        for client in project.application_clients:
            transport = f"{client.transport}(app={client.application})"
            called = client.site.external_name
            edits = (
                AddImport(client.place.path, "httpx", client.transport),
                RemoveKeyword(client.site.place, "app"),
                AddKeyword(client.site.place, "transport", transport),
            )
            yield self.at(
                client.place,
                f"`{called}` is given the application as `app=`, which httpx 0.28 has removed.",
                hint=f"Pass `transport={transport}`.",
                symbol=client.site.caller.symbol,
                fix=None if client.has_transport else Fix("Pass a transport.", edits, is_safe=True),
            )
