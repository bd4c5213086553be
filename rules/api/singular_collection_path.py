"""A collection is named in the singular."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Related, Route, Rule, Severity

#: A path that ends with a parameter, the path before it and the last segment of that.
COLLECTION = re.compile(r"((?:/[^/]*)*?/([A-Za-z][A-Za-z_-]*))/(?:\{[^{}/:]*\}|<[^<>/]*>)/?")
#: Collections in the singular up from which an application gets one finding.
MANY = 5
#: Collections in the plural up from which that is the style of an application.
PLURAL_MINIMUM = 3
#: Words that are plurals without an `s`, or have none.
WITHOUT_S = frozenset(
    {
        "people", "children", "men", "women", "media", "data", "metadata", "criteria", "equipment", "information",
        "info", "software", "hardware", "content", "feedback", "staff", "history", "inventory", "health", "auth",
        "search", "me", "storage", "music", "audio", "config", "cache", "schema", "by", "latest",
    }
)  # fmt: skip


class SingularCollectionPath(Rule):
    """Finds collections that are named in the singular while the others are in the plural.

    ## What it reports
    A literal segment before a parameter at the end of a path (`/book/{book_id}`), where it is no plural, the same
    path without the parameter exists as well, and at least three other collections, and no fewer than those, are in
    the plural. Five and more of an application make one finding. Of Flask, paths below `/api/` alone are read.

    ## Why
    `/books` is the collection and `/books/1` a thing in it. Where one of them is `/book/1`, its address has to be
    looked up each time.

    ## When to ignore it
    Where the word has no plural.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Review that API endpoints follow RESTful principles.",)
    references = ("https://opensource.zalando.com/restful-api-guidelines/#134",)
    bad = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/users/{user_id}")
def get_user(user_id: int):
    return {}


@app.get("/orders/{order_id}")
def get_order(order_id: int):
    return {}


@app.get("/people/{person_id}")
def get_person(person_id: int):
    return {}


@app.get("/book")
def list_books():
    return []


@app.get("/book/{book_id}")  # <- singular-collection-path
def get_book(book_id: int):
    return {}
"""
    good = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/users/{user_id}")
def get_user(user_id: int):
    return {}


@app.get("/orders/{order_id}")
def get_order(order_id: int):
    return {}


@app.get("/news/{news_id}")
def get_news(news_id: int):
    return {}


@app.get("/equipment")
def list_equipment():
    return []


@app.get("/equipment/{piece_id}")
def get_piece(piece_id: int):
    return {}


@app.get("/version/{name}")
def version(name: str):
    return {}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the collections of each application."""
        by_application: defaultdict[int, list[Route]] = defaultdict(list)
        for route in project.routes:
            is_interface = route.framework == "fastapi" or "/api/" in route.path  # not the pages of a site
            if is_interface and not route.module.is_test and not route.has_unknown_path:
                by_application[id(route.application)].append(route)
        for routes in by_application.values():
            paths = {route.path.rstrip("/") for route in routes}
            collections: dict[str, Route] = {}
            for route in routes:
                found = COLLECTION.fullmatch(route.path)
                if found is not None:
                    collections.setdefault(found[2], route)
            plural = [name for name in collections if is_plural(name)]
            singular = [(name, route) for name, route in collections.items() if _is_singular(name, route, paths)]
            if len(plural) < max(PLURAL_MINIMUM, len(singular)):
                continue
            if len(singular) < MANY:
                yield from (self._single(name, route) for name, route in singular)
                continue
            application = routes[0].application
            yield self.gathered(
                application.place,
                f"{len(singular)} collections of `{application.name}` are in the singular, {len(plural)} are plural.",
                [self._single(name, route) for name, route in singular],
                hint="Name collections in the plural, beginning with the next one.",
                symbol=application.name,
                related=tuple(Related(route.path_place, f"`/{name}`") for name, route in singular[:MANY]),
            )

    def _single(self, name: str, route: Route) -> Finding:
        return self.at(
            route.path_place,
            f"The collection `/{name}` of `{route}` is named in the singular, and others are in the plural.",
            hint="Name it in the plural.",
            symbol=route.symbol,
        )


def _is_singular(name: str, route: Route, paths: set[str]) -> bool:
    """Whether a name is no plural, and the path without the parameter is there."""
    found = COLLECTION.fullmatch(route.path)
    return found is not None and found[1] in paths and not is_plural(name)


def is_plural(name: str) -> bool:
    """Whether a segment names several things, as far as English can be told by its letters."""
    last = re.split(r"[-_]", name)[-1].lower()
    return last.endswith("s") or last in WITHOUT_S
