"""Reports middleware that derives from `BaseHTTPMiddleware`."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class BaseHttpMiddleware(Rule):
    """Finds middleware classes that derive from Starlette's `BaseHTTPMiddleware`.

    ## What it reports
    A class of the project with `BaseHTTPMiddleware` among its ancestors, tests left out.

    ## Why
    `BaseHTTPMiddleware` runs the rest of the application in a task of its own: context variables that endpoints set are
    lost on the way back, background tasks and streamed answers pass through one more queue, and each layer costs time
    in every request. A class with `async def __call__(self, scope, receive, send)` has none of that.

    ## When to ignore it
    Where the middleware is simple and a few microseconds do not matter.
    """

    category = Category.PERFORMANCE
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Optimize for performance", "Follow FastAPI best practices")
    references = ("https://www.starlette.io/middleware/#limitations",)
    bad = """\
from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware


class Timing(BaseHTTPMiddleware):  # <- base-http-middleware
    async def dispatch(self, request, call_next):
        return await call_next(request)


app = FastAPI()
app.add_middleware(Timing)
"""
    good = """\
from fastapi import FastAPI


class Timing:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


app = FastAPI()
app.add_middleware(Timing)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the classes."""
        for middleware in project.classes_inheriting("starlette.middleware.base.BaseHTTPMiddleware"):
            yield self.at(
                middleware,
                f"`{middleware.name}` derives from `BaseHTTPMiddleware`, which loses context variables and slows every "
                "request.",
                hint="Write it as a plain ASGI class with `__call__(scope, receive, send)`.",
            )
