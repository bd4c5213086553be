"""A path ends with a slash and the others do not, or the other way round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Related, Route, Rule, Severity

#: Routers up from which an application gets one finding.
MANY = 5
MINIMUM = 10
SHARE = 0.9

HINT = "Write paths in one way, so that no request is redirected."


class InconsistentTrailingSlash(Rule):
    """Finds paths that end with a slash where most of the application do not, and the other way round.

    ## What it reports
    Routes of FastAPI whose path differs in its last slash from at least nine in ten of the application, and at least
    ten: one finding a router, and for five and more routers one for the application. Routes that are registered both
    ways, files and the root are left alone.

    ## Why
    FastAPI answers the other spelling with a redirect. A client that follows it drops the body of a POST or the
    header with its credentials, and every request takes two round trips.

    ## When to ignore it
    Where the application turns `redirect_slashes` off and registers what it needs.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Review that API endpoints follow RESTful principles.",
        "Ensure that all routes are properly defined using Flask's routing system.",
    )
    references = ("https://fastapi.tiangolo.com/reference/fastapi/#fastapi.FastAPI(redirect_slashes)",)
    bad = """\
from fastapi import FastAPI

app = FastAPI()


def answer():
    return []


for name in ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"):
    app.add_api_route(f"/{name}", answer)


@app.get("/readers/")  # <- inconsistent-trailing-slash
def list_readers():
    return []
"""
    good = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/books/")
def list_books():
    return []


@app.get("/readers")
def list_readers():
    return []
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks how the paths of each application end."""
        by_application: defaultdict[int, list[Route]] = defaultdict(list)
        for route in project.routes:
            if route.framework == "fastapi" and not route.module.is_test and route.include_in_schema is True:
                by_application[id(route.application)].append(route)
        for routes in by_application.values():
            both = {route.path.rstrip("/") for route in routes if route.path.endswith("/")}
            both &= {route.path for route in routes if not route.path.endswith("/")}
            found = [one for one in project.trailing_slashes(routes) if one[0].path.rstrip("/") not in both]
            with_slash = [route for route, has_slash in found if has_slash]
            without = [route for route, has_slash in found if not has_slash]
            few, many = sorted((with_slash, without), key=len)
            if len(many) >= MINIMUM and len(many) >= SHARE * len(found):
                yield from self._of_routers(few)

    def _of_routers(self, routes: list[Route]) -> Iterator[Finding]:
        by_router = {id(route.router): route for route in reversed(routes)}
        each = [self._single(route) for route in reversed(by_router.values())]
        if len(by_router) >= MANY:
            application = routes[0].application
            message = f"{len(routes)} paths of `{application.name}` differ from the others in their last slash."
            related = tuple(Related(one.path_place, f"`{one}`") for one in routes[:MANY])
            yield self.gathered(application.place, message, each, hint=HINT, symbol=application.name, related=related)
            return
        yield from each

    def _single(self, route: Route) -> Finding:
        ends = "ends" if route.path.endswith("/") else "does not end"
        others = "do not" if route.path.endswith("/") else "do"
        message = f"The path of `{route}` {ends} with a slash, and nearly all others {others}."
        return self.at(route.path_place, message, hint=HINT, symbol=route.symbol)
