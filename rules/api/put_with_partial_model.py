"""A PUT route changes only what it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.api import Category, Finding, Operation, PartialUpdate, Project, Related, Rule, Severity

#: PUT routes of an application up from which partial updates are its habit.
HABIT_MINIMUM = 4
#: Names of models that hold a change and not a resource.
CHANGE = re.compile(r"Update|Patch|Partial|Change|Edit|Modify")


class PutWithPartialModel(Rule):
    """Finds PUT routes that change only what the client sends, which is what PATCH is for.

    ## What it reports
    PUT routes of FastAPI whose endpoint leaves out what was not sent (`model_dump(exclude_unset=True)`), itself or in a
    function that it hands the body to, and those whose body is a Pydantic model with two and more fields, all of them
    None unless they are sent, which is named after a change (`UserUpdate`) or whose values are compared with None.
    Where an application does so as a habit, there is one finding for it.

    ## Why
    PUT replaces a resource by what is sent: `PUT {"title": "New"}` means that there is no description any more.
    Clients and caches rely on that. A PUT that merges gives two clients that send the same request
    different results, and there is no way left to replace or to clear a field. PATCH says what is meant.

    ## When to ignore it
    Where published clients use the route.
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    checklist = (
        "Review that API endpoints follow RESTful principles.",
        "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.",  # noqa: E501
        "Design and implement RESTful APIs",
    )
    references = (
        "https://www.rfc-editor.org/rfc/rfc9110#name-put",
        "https://fastapi.tiangolo.com/tutorial/body-updates/",
    )
    bad = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.books import BookUpdate, save, storage

app = FastAPI()


@app.put("/books/{book_id}")  # <- put-with-partial-model
def update_book(book_id: int, book: BookUpdate, books=Depends(storage)):
    return save(books, book_id, book)
""",
            "app/books.py": """\
from pydantic import BaseModel


class BookBase(BaseModel):
    title: str | None = None


class BookUpdate(BookBase):
    shelf: str | None = None


def storage():
    return {}


def save(books, book_id, book):
    books[book_id].update(book.model_dump())
""",
        },
        """\
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
stored = {}


class Reader(BaseModel):
    name: str
    card: int | None = None


@app.put("/readers/{reader_id}")  # <- put-with-partial-model
def update_reader(reader_id: int, reader: Reader):
    stored[reader_id].update(reader.dict(exclude_unset=True))
""",
    )
    good = """\
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
stored = {}


class Reader(BaseModel):
    name: str
    card: int | None = None


class Settings(BaseModel):
    theme: str = "light"
    language: str = "en"


class Change(BaseModel):
    name: str | None = None


@app.put("/readers/{reader_id}")
def replace_reader(reader_id: int, reader: Reader):
    stored[reader_id] = reader.model_dump()


@app.put("/settings")
def replace_settings(settings: Settings):
    stored["settings"] = settings.model_dump()


class Profile(BaseModel):
    name: str | None = None
    motto: str | None = None


@app.put("/profile")
def replace_profile(profile: Profile):
    stored["profile"] = profile.model_dump()


@app.patch("/readers/{reader_id}")
def change_reader(reader_id: int, change: Change):
    stored[reader_id].update(change.model_dump(exclude_unset=True))
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which PUT operations merge, and gathers them where an application always does."""
        found: dict[Operation, PartialUpdate] = {}
        for update in project.partial_updates:
            if update.method == "PUT" and _is_partial(update):
                found.setdefault(update.operation, update)
        puts = [one for one in project.operations if one.route.method == "PUT"]
        for group in project.grouped(puts, list(found), HABIT_MINIMUM, HABIT_MINIMUM, share=0.5):
            if group.kind == "operation":
                yield self._single(found[group.operations[0]])
                continue
            related = tuple(Related(one.place, f"`{one}` merges what it is sent.") for one in group.operations[:5])
            yield self.gathered(
                group.place,
                f"{len(group.operations)} PUT routes of `{group.name}` change only what they are sent.",
                (self._single(found[one]) for one in group.operations),
                hint="Register partial updates with `patch`, and let PUT replace the resource.",
                symbol=group.symbol,
                related=related,
            )

    def _single(self, update: PartialUpdate) -> Finding:
        model = update.schema.name
        reason = f"no field of `{model}` is required" if update.is_all_optional else "it leaves out what is not sent"
        return self.at(
            update.operation.place,
            f"`{update.operation}` changes only what it is sent: {reason}.",
            hint="Register it with `patch`, or require the whole resource.",
            symbol=update.operation.symbol,
        )


def _is_partial(update: PartialUpdate) -> bool:
    is_change = update.knows_sent_fields or CHANGE.search(update.schema.name) is not None
    is_optional = update.is_all_optional and len(update.schema.fields) > 1
    return (is_optional and is_change) or any(dump.leaves_out for dump in update.dumps)
