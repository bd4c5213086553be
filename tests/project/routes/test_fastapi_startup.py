"""FastAPI: routers that are included when the application starts."""

from __future__ import annotations

import textwrap

import pytest

from reviewer.project.in_memory import project

ROUTERS = """
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI

items = APIRouter()
users = APIRouter()

@items.get("/items")
def list_items(): ...

@users.get("/users")
def list_users(): ...

async def install(app):
    app.include_router(items)
    app.include_router(users)

"""

SPELLINGS = {
    "a lifespan": """
        @asynccontextmanager
        async def lifespan(app: FastAPI):
            try:
                await install(app)
                yield
            finally:
                print("stopped")

        app = FastAPI(lifespan=lifespan)
        """,
    "a lifespan inside other context managers": """
        @asynccontextmanager
        async def lifespan(app):
            async with AsyncExitStack() as stack, connect() as pool:
                await install(app)
                yield {"pool": pool}

        def create_app():
            return FastAPI(lifespan=lifespan)
        """,
    "a lifespan made in the factory": """
        def create_app(name):
            @asynccontextmanager
            async def lifespan(app):
                await install(app)
                yield
            return FastAPI(title=name, lifespan=lifespan)
        """,
    "a lifespan from a function that makes it": """
        def lifespan_with(routers):
            @asynccontextmanager
            async def lifespan(app):
                for router in routers:
                    app.include_router(router)
                yield
            return lifespan

        app = FastAPI(lifespan=lifespan_with([items, users]))
        """,
    "a partial lifespan": """
        async def lifespan(app, routers):
            for router in routers:
                app.include_router(router)
            yield

        app = FastAPI(lifespan=partial(asynccontextmanager(lifespan), routers=[items, users]))
        """,
    "a class that is a context manager": """
        class Lifespan:
            def __init__(self, app):
                self.app = app
            async def __aenter__(self):
                await install(self.app)
            async def __aexit__(self, *error): ...

        app = FastAPI(lifespan=Lifespan)
        """,
    "a context manager inside a lifespan": """
        class Installing:
            def __init__(self, app):
                self.app = app
            async def __aenter__(self):
                await install(self.app)
            async def __aexit__(self, *error): ...

        @asynccontextmanager
        async def lifespan(app):
            async with Installing(app):
                yield

        app = FastAPI(lifespan=lifespan)
        """,
    "an object that is called": """
        class Lifespan:
            def __init__(self, routers):
                self.routers = routers
            @asynccontextmanager
            async def __call__(self, app):
                for router in self.routers:
                    app.include_router(router)
                yield

        app = FastAPI(lifespan=Lifespan([items, users]))
        """,
    "a method": """
        class Server:
            def __init__(self):
                self.app = FastAPI(lifespan=self.lifespan)
            @asynccontextmanager
            async def lifespan(self, app):
                await install(self.app)
                yield

        server = Server()
        """,
    "merged lifespans": """
        @asynccontextmanager
        async def first(app):
            app.include_router(items)
            yield

        @asynccontextmanager
        async def second(app):
            app.include_router(users)
            yield

        def merged(*lifespans):
            @asynccontextmanager
            async def lifespan(app):
                async with AsyncExitStack() as stack:
                    for one in lifespans:
                        await stack.enter_async_context(one(app))
                    yield
            return lifespan

        app = FastAPI(lifespan=merged(first, second))
        """,
    "nested lifespans": """
        @asynccontextmanager
        async def inner(app):
            app.include_router(items)
            yield

        @asynccontextmanager
        async def lifespan(app):
            async with inner(app):
                app.include_router(users)
                yield

        app = FastAPI(lifespan=lifespan)
        """,
    "the manager of a library": """
        from fastapi_lifespan_manager import LifespanManager
        manager = LifespanManager()

        @manager.add
        async def setup(app):
            await install(app)
            yield {}

        app = FastAPI(lifespan=manager)
        """,
    "a lifespan that is assigned": """
        @asynccontextmanager
        async def lifespan(app):
            await install(app)
            yield

        app = FastAPI()
        app.router.lifespan_context = lifespan
        """,
    "on_event": """
        def create_app():
            app = FastAPI()
            @app.on_event("startup")
            async def start():
                await install(app)
            return app
        """,
    "on_event of the router": """
        def create_app():
            app = FastAPI()
            @app.router.on_event("startup")
            async def start():
                await install(app)
            return app
        """,
    "a handler that is added": """
        def handler(app):
            async def start():
                await install(app)
            return start

        def create_app():
            app = FastAPI()
            app.add_event_handler("startup", handler(app))
            return app
        """,
    "a partial handler and a lambda": """
        def create_app():
            app = FastAPI()
            app.add_event_handler(event_type="startup", func=partial(app.include_router, items))
            app.add_event_handler("startup", lambda: app.include_router(users))
            return app
        """,
    "a list of handlers": """
        async def start():
            await install(app)

        app = FastAPI(on_startup=[start])
        """,
    "a handler that joins the list": """
        app = FastAPI()

        async def start():
            await install(app)

        app.router.on_startup.append(start)
        """,
    "a helper with a loop over the state of the application": """
        @asynccontextmanager
        async def lifespan(app):
            await prepare()
            for router in app.state.routers:
                app.include_router(router)
            yield

        async def prepare(): ...

        app = FastAPI(lifespan=lifespan)
        app.state.routers = [items, users]
        """,
    "decorators in a handler": """
        app = FastAPI()

        @app.on_event("startup")
        def start():
            @app.get("/items")
            def list_items(): ...
            @app.get("/users")
            def list_users(): ...
        """,
}


def paths(source: str) -> list[str]:
    return [str(route) for route in project({"main.py": ROUTERS + textwrap.dedent(source)}).routes]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_routers_included_at_startup_are_served(spelling: str) -> None:
    assert paths(SPELLINGS[spelling]) == ["GET /items", "GET /users"]


def test_what_runs_at_shutdown_serves_nothing() -> None:
    source = (
        'app = FastAPI()\n@app.on_event("shutdown")\ndef stop(extra: APIRouter):\n    extra.include_router(items)\n'
    )

    assert paths(source) == []


def test_a_handler_under_a_condition_says_so() -> None:
    source = """
        import os

        def create_app():
            app = FastAPI()
            if os.environ["ITEMS"]:
                @app.on_event("startup")
                def start():
                    app.include_router(items)
            return app
        """
    (route,) = project({"main.py": ROUTERS + textwrap.dedent(source)}).routes

    assert route.conditions == ("os.environ['ITEMS']",)


def test_a_startup_that_never_ends_is_left() -> None:
    source = """
        def again(app):
            app.include_router(items)
            again(app)

        @asynccontextmanager
        async def lifespan(app):
            again(app)
            yield

        app = FastAPI(lifespan=lifespan)
        """

    assert set(paths(source)) == {"GET /items"}


@pytest.mark.parametrize(
    "source",
    [
        "app = FastAPI()\ndef configure(app):\n    app.include_router(items)\n    app.include_router(users)\n"
        "def run(should_start=True):\n    configure(app)\n    serve(app)\n",
        "app = FastAPI()\ndef configure(target):\n    add(target)\ndef add(target):\n    target.include_router(items)\n"
        "    target.include_router(users)\ndef run():\n    configure(app)\n",
        "app = FastAPI()\nclass Setup:\n    def __init__(self, target):\n        self.target = target\n"
        "    def configure(self, router):\n        self.target.include_router(router)\n"
        "def run():\n    setup = Setup(app)\n    for router in (items, users):\n        setup.configure(router)\n",
        "app = FastAPI()\ndef add_items(target):\n    @target.get('/items')\n    def list_items(): ...\n"
        "    @target.get('/users')\n    def list_users(): ...\nasync def main():\n    add_items(app)\n    await serve(app)\n",
    ],
)  # fmt: skip
def test_what_a_program_does_before_it_serves_is_followed_from_the_function_outwards(source: str) -> None:
    assert paths(source) == ["GET /items", "GET /users"]
