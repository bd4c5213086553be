"""An application registers no exception handler at all."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class NoExceptionHandlersOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `no-exception-handlers`."""

    minimum_routes: int = 10


class NoExceptionHandlers(Rule):
    """Finds applications of some size that register no exception handler.

    ## What it reports
    FastAPI and Flask applications with at least ten routes, those of routers and blueprints counted, on which and on
    whose blueprints no handler is registered, and which have no middleware that could stand for one.

    ## Why
    Without handlers each endpoint translates exceptions by itself: the same `try` stands in all of them, errors have
    several shapes, and what nobody thought of is answered with a plain 500. One handler for each kind of error keeps
    endpoints short and answers the same everywhere.

    ## When to ignore it
    Where services raise HTTP errors by design, or the application has no errors of its own.

    ## Options
    - `minimum-routes`: routes of an application from which on it is judged (10).
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Use exception handlers for different exception types to return appropriate error messages.",)
    references = (
        "https://fastapi.tiangolo.com/tutorial/handling-errors/#install-custom-exception-handlers",
        "https://flask.palletsprojects.com/en/stable/errorhandling/",
    )
    Options = NoExceptionHandlersOptions
    _routes = "".join(
        f'@router.get("/{name}")\ndef list_{name}():\n    return []\n\n\n'
        for name in ("cups", "pots", "pans", "jars", "lids", "mugs", "bowls", "forks", "knives", "spoons")
    )
    bad = {
        "kitchen/main.py": (
            "from fastapi import FastAPI\n\nfrom kitchen.routes import router\n\n"
            "app = FastAPI()  # <- no-exception-handlers\napp.include_router(router)\n"
        ),
        "kitchen/routes.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n" + _routes,
    }
    good = (
        {
            "kitchen/main.py": (
                "from fastapi import FastAPI\nfrom fastapi.responses import JSONResponse\n\n"
                "from kitchen.routes import router\n\n\n"
                "def answer(request, error):\n    return JSONResponse({}, status_code=400)\n\n\n"
                "app = FastAPI(exception_handlers={ValueError: answer})\napp.include_router(router)\n"
            ),
            "kitchen/routes.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n" + _routes,
        },
        'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/")\ndef read():\n    return {}\n',
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Counts the routes and the handlers of each application."""
        for application in project.applications:
            routes = [one for one in project.routes if one.application is application]
            served = {id(one.router) for one in routes} | {id(application.instance)}
            handlers = [one for one in project.exception_handlers.all if id(one.router.instance) in served]
            is_open = project.exception_handlers.may_catch_more(application.instance)
            if len(routes) >= self.options.minimum_routes and not handlers and not is_open:
                yield self.at(
                    application,
                    f"`{application.name}` serves {len(routes)} routes and registers no exception handler.",
                    hint="Register a handler for each kind of error that the application knows.",
                    symbol=application.name,
                )
