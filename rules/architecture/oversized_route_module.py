"""Reports modules with too many endpoints."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Place, Preset, Project, Rule, Severity


class OversizedRouteModuleOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `oversized-route-module`."""

    max_endpoints: int = 25


class OversizedRouteModule(Rule):
    """Finds modules that hold more endpoints than a reader can keep apart.

    ## What it reports
    A module in which more than `max_endpoints` different endpoints of the route table are defined.

    ## Why
    A module of forty endpoints is about several things. Changes of different teams meet in it, its imports are those of
    half the application, and the order of its routes, which decides who answers, can no longer be seen at a glance.

    ## When to ignore it
    For generated code.

    ## Options
    - `max_endpoints`: endpoints that a module may define (25).
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Follow the single responsibility principle by separating concerns among views, business logic, and task queues.",  # noqa: E501
        "Use Flask's blueprint system for structuring the application into modular components.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Follow the single responsibility principle, by separating concerns among routes, business logic and task queues.",  # noqa: E501
    )
    references = ("https://fastapi.tiangolo.com/tutorial/bigger-applications/",)
    Options = OversizedRouteModuleOptions
    bad = "from fastapi import FastAPI  # <- oversized-route-module\n\napp = FastAPI()\n" + "".join(
        f'\n\n@app.get("/pages/{number}")\ndef read_page_{number}():\n    return {number}\n' for number in range(26)
    )
    good = """\
from fastapi import FastAPI

app = FastAPI()


def read_page(number: int):
    return number


for number in range(40):
    app.get(f"/pages/{number}")(read_page)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Counts the endpoints by module."""
        counted: dict[str, int] = {}
        for function in project.endpoint_functions:
            counted[function.module.path] = counted.get(function.module.path, 0) + 1
        for path, count in sorted(counted.items()):
            if count > self.options.max_endpoints:
                yield self.at(
                    Place(path, 1, 0, 1, 0),
                    f"The module defines {count} endpoints.",
                    hint="Split it into routers or blueprints by subject.",
                    symbol=path,
                )
