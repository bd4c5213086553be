"""Reports handlers of start and stop that FastAPI has replaced."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Event, Finding, Project, Related, Rule, Severity

METHODS = ("on_event", "add_event_handler")


class OnEventDeprecated(Rule):
    """Finds applications that use `on_event("startup")` and not a lifespan.

    ## What it reports
    `@app.on_event("startup")`, `@app.on_event("shutdown")` and `add_event_handler` on an application or router of
    FastAPI or Starlette: one finding for each application or router.

    ## Why
    FastAPI and Starlette have deprecated these handlers. With a `lifespan` they are not even called, so that the next
    one who adds a lifespan switches them off unknowingly. A lifespan also closes in the same place, and in the right
    order, what it has opened.

    ## When to ignore it
    With a version of FastAPI before 0.93, which has no lifespan.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    checklist = ("Follow FastAPI best practices",)
    references = ("https://fastapi.tiangolo.com/advanced/events/",)
    bad = """\
from fastapi import FastAPI

app = FastAPI()


@app.on_event("startup")  # <- on-event-deprecated
async def open_pool():
    app.state.pool = object()


@app.on_event("shutdown")
async def close_pool():
    app.state.pool = None
"""
    good = """\
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.pool = object()
    yield
    app.state.pool = None


app = FastAPI(lifespan=lifespan)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at what is called on each application and router."""
        for router in project.routers:
            events = [one for one in router.instance.events if one.method in METHODS]
            if events and router.framework != "flask":
                name = router.names[0] if router.names else "the application"
                yield self._finding(name, events).standing_for(self._finding(name, [one]) for one in events)

    def _finding(self, name: str, events: list[Event]) -> Finding:
        first, *others = events
        return self.at(
            first.place,
            f"`{name}` uses `{first.method}`, which is deprecated and ignored beside a lifespan.",
            hint="Write a `lifespan` context manager, and pass it to the application.",
            symbol=name,
            related=tuple(Related(one.place, "Another handler.") for one in others[:5]),
        )
