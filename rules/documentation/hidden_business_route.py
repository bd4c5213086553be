"""A route that clients use is left out of the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.api import Answer, Category, Finding, Place, Preset, Project, Related, Route, Rule, Severity

#: Hidden routes up from which an application gets one finding.
MANY = 5
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: Words of routes that no client reads about.
PUBLIC = re.compile(
    r"health|ready|live|ping|metrics|version|status|webhook|hooks?\b|callback|docs|redoc|openapi|robots|favicon|static",
    re.IGNORECASE,
)


class HiddenBusinessRoute(Rule):
    """Finds routes that work on data and are left out of the OpenAPI document.

    ## What it reports
    FastAPI routes with `include_in_schema=False`, by themselves or by their router, that answer POST, PUT, PATCH or
    DELETE, or GET with data, in applications that describe other operations. Pages, files and redirects are left
    alone, as are health checks, webhooks, callbacks, pages of the documentation, second spellings of a path that is
    described, and deprecated routes. Five and more of an application make one finding.

    ## Why
    A hidden route is still open to everybody who can reach it. It is missing where people look who review what an
    interface exposes, in generated clients and in tools that test by the document.

    ## When to ignore it
    Where the route serves the project's own pages alone.
    """

    category = Category.CONTRACT
    severity = Severity.INFO
    preset = Preset.STRICT
    owasp = "API9:2023"
    checklist = ("Document all API endpoints with OpenAPI/Swagger",)
    references = ("https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/",)
    bad = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/books")
def list_books():
    return []


@app.post("/books/import", include_in_schema=False)  # <- hidden-business-route
def import_books(addresses: list[str]):
    return {"imported": len(addresses)}
"""
    good = """\
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse

app = FastAPI()


@app.get("/books")
@app.get("/books/", include_in_schema=False)
def list_books():
    return []


@app.get("/", include_in_schema=False)
def home():
    return RedirectResponse("/docs")


@app.get("/about", include_in_schema=False, response_class=HTMLResponse)
def about():
    return "<p>Books</p>"


@app.post("/webhooks/paid", include_in_schema=False)
def paid(event: dict):
    return {}


@app.get("/health", include_in_schema=False)
def health():
    return {"status": "up"}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which hidden routes work on data."""
        described = {one.route.endpoint_name for one in project.operations}
        documents = {id(group.application) for group in project.operations_by_application()}
        found: dict[int, dict[Place, Route]] = {}
        for route in project.routes:
            is_hidden = route.framework == "fastapi" and route.include_in_schema is False and not route.deprecated
            if not is_hidden or route.module.is_test or route.endpoint_name in described:
                continue
            if id(route.described_by) not in documents or PUBLIC.search(f"{route.path} {route.function_name}"):
                continue
            results = project.endpoint_results
            is_data = results.answers_with_data(route) is Answer.YES and not results.only_acknowledges(route)
            if route.method not in CHANGING and not (route.method == "GET" and is_data):
                continue
            if not results.is_page(route):
                found.setdefault(id(route.application), {}).setdefault(route.place, route)
        for routes in (list(one.values()) for one in found.values()):
            if len(routes) < MANY:
                yield from map(self._single, routes)
                continue
            application = routes[0].application
            yield self.gathered(
                application.place,
                f"{len(routes)} routes of `{application.name}` work on data and are left out of the documentation.",
                map(self._single, routes),
                hint="Document them, or move them to an application of their own.",
                symbol=application.name,
                related=tuple(Related(one.path_place, f"`{one}` is hidden.") for one in routes[:MANY]),
            )

    def _single(self, route: Route) -> Finding:
        return self.at(
            route.path_place,
            f"`{route}` works on data and is left out of the documentation.",
            hint="Document it, or move it to an application of its own.",
            symbol=route.symbol,
        )
