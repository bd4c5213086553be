"""A router gets routes after it was included."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity

RELATED_LIMIT = 5


class RouterIncludedTooEarly(Rule):
    """Finds routers of FastAPI that are included before all of their routes are registered.

    ## What it reports
    `include_router(router)` in a module that registers routes on the router, or includes another one in it, further
    down. Nothing is reported where the project demands FastAPI 0.137 or later, or where another include follows.

    ## Why
    Before FastAPI 0.137 an include copied the routes that the router had at that moment. What is registered later is
    missing: the application starts, the function is there, and each request of it ends in 404. Whoever reads the module
    has to know the order by heart in any version.

    ## When to ignore it
    Where FastAPI 0.137 or later is certain without being declared.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = ("Follow FastAPI best practices",)
    references = ("https://fastapi.tiangolo.com/tutorial/bigger-applications/#include-an-apirouter-in-another",)
    bad = """\
from fastapi import APIRouter, FastAPI

app = FastAPI()
books = APIRouter(prefix="/books")
covers = APIRouter(prefix="/covers")


@books.get("/")
def list_books():
    return []


app.include_router(books)  # <- router-included-too-early


@books.get("/{book_id}")
def get_book(book_id: int):
    return {}


@covers.get("/{name}")
def get_cover(name: str):
    return {}


books.include_router(covers)
"""
    good = (
        """\
from fastapi import APIRouter, FastAPI

app = FastAPI()
books = APIRouter(prefix="/books")


@books.get("/")
def list_books():
    return []


app.include_router(books)


@app.get("/health")
def health():
    return {}
""",
        {
            "requirements.txt": "fastapi==0.140.0\n",
            "main.py": """\
from fastapi import APIRouter, FastAPI

app = FastAPI()
books = APIRouter(prefix="/books")
app.include_router(books)


@books.get("/")
def list_books():
    return []
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks what is registered behind the includes."""
        for one in project.late_registrations:
            count = "a route is" if len(one.late) == 1 else f"{len(one.late)} routes are"
            yield self.at(
                one.place,
                f"`{one.name}` is included before {count} registered on it, which FastAPI before 0.137 leaves out.",
                hint="Include the router at the end of the module.",
                symbol=one.name,
                related=tuple(Related(place, "This comes too late.") for place in one.late[:RELATED_LIMIT]),
            )
