"""A client may ask for any number of items at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, RequestParameter, Rule, Severity

#: Page sizes of an application up from which leaving them open is its habit.
HABIT_MINIMUM = 5
RELATED_LIMIT = 5


class UnboundedPageSize(Rule):
    """Finds parameters such as `limit` and `page_size` that have no upper bound.

    ## What it reports
    Whole numbers that FastAPI takes from the query, in an endpoint or a dependency, and that are named after the size
    of a page (`limit`, `page_size`, `per_page`, `max_results` …; `size`, `count` and the like only beside a `page`,
    `offset` or `cursor`), where nothing bounds them: neither `Query(le=…)`, an annotated type or a field, nor a
    comparison, a `min(…)` or a model in what the endpoint hands them to.

    Where an application leaves five and more of them open, there is one finding for all.

    ## Why
    A limit that the caller chooses is no limit: `?limit=100000000` makes the database read the whole table, and the
    process hold it as objects and as JSON. One request may be enough to bring down a worker.

    ## When to ignore it
    Where only your own programs can reach the route.

    ## Known limits
    A size that is handed to something that cannot be followed, such as an abstract method, is not reported.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    cwe = 770
    owasp = "API4:2023"
    checklist = (
        "Design with scalability and performance in mind, optimizing database queries and caching data.",
        "Validate all inputs",
        "Optimize database queries",
    )
    references = (
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
        "https://fastapi.tiangolo.com/tutorial/query-params-str-validations/",
    )
    bad = (
        """\
from fastapi import Depends, FastAPI, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from database import Book, get_session

app = FastAPI()


@app.get("/books")
def list_books(
    offset: int = 0,
    limit: int = Query(20, ge=1),  # <- unbounded-page-size
    session: Session = Depends(get_session),
):
    if limit < 1:
        limit = 20
    return session.scalars(select(Book).order_by(Book.id).offset(offset).limit(limit)).all()
""",
        {
            "app/main.py": """\
from typing import Annotated

from fastapi import Depends, FastAPI

from app.paging import Page

app = FastAPI()


@app.get("/orders")
def list_orders(page: Annotated[Page, Depends()]):
    return []
""",
            "app/paging.py": """\
class Page:
    def __init__(self, page: int = 1, size: int = 50):  # <- unbounded-page-size
        self.offset = (page - 1) * size
        self.limit = size
""",
        },
    )
    good = {
        "app/main.py": """\
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel, Field

from app.search import Catalogue, find

app = FastAPI()
Limit = Annotated[int, Query(ge=1, le=100)]


class Page(BaseModel):
    offset: int = 0
    limit: int = Field(20, le=100)


@app.get("/books")
def list_books(limit: Limit = 20, page_size: Literal[10, 50] = 10):
    return []


@app.get("/orders")
def list_orders(page: Annotated[Page, Depends()]):
    return []


@app.get("/search")
def search(text: str, limit: int = 20):
    return find(text, limit)


@app.get("/titles")
def list_titles(catalogue: Catalogue, limit: int = 20):
    return catalogue.titles(limit)


@app.get("/rooms")
def find_rooms(size: int, count: int = 1):
    return []


@app.post("/accounts")
def open_account(limit: float):
    return {}
""",
        "app/search.py": """\
from abc import ABC, abstractmethod

MOST = 50


def find(text: str, count: int):
    return _find(text, min(count, MOST))


def _find(text, count):
    return [text] * count


class Catalogue(ABC):
    @abstractmethod
    def titles(self, limit: int) -> list[str]:
        \"\"\"What implements it says how many there may be.\"\"\"
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for page sizes without a bound, application by application."""
        by_application: defaultdict[int, list[RequestParameter]] = defaultdict(list)
        for one in project.unbounded_page_sizes():
            by_application[id(one.route.application)].append(one)
        for found in by_application.values():
            if len(found) >= HABIT_MINIMUM:
                yield self._habit(found)
            else:
                yield from map(self._single, found)

    def _single(self, one: RequestParameter) -> Finding:
        return self.at(
            one.place,
            f"`{one.route}` lets the caller choose any `{one.name}`.",
            hint="Bound it, as in `Annotated[int, Query(ge=1, le=100)]`, or take a `min(…)` of it.",
            symbol=one.symbol,
        )

    def _habit(self, found: list[RequestParameter]) -> Finding:
        application = found[0].route.application
        related = tuple(Related(one.place, f"`{one.name}` of `{one.route}`.") for one in found[:RELATED_LIMIT])
        return self.gathered(
            application.place,
            f"{len(found)} page sizes of `{application.name}` have no upper bound.",
            map(self._single, found),
            hint="Declare one type for all of them, such as `Annotated[int, Query(ge=1, le=100)]`.",
            symbol=application.name,
            related=related,
        )
