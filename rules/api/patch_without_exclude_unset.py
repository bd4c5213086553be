"""A PATCH route overwrites fields that the client has not sent."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class PatchWithoutExcludeUnset(Rule):
    """Finds PATCH routes that turn their body into a dictionary with the fields that the client has not sent.

    ## What it reports
    PATCH routes of FastAPI whose body is a Pydantic model with optional fields, where the endpoint, or a function that
    it hands the body to, calls `model_dump()`, `dict()` or `jsonable_encoder()` on it without `exclude_unset`,
    `exclude_none` or `exclude_defaults`. Nothing is reported where one of these functions compares values with None or
    asks for `model_fields_set`, and on dumps that are only written to a log.

    ## Why
    A field that is left out of the request has its default in the model, mostly None. The dictionary has it too, so
    that `PATCH {"title": "New"}` sets the description to NULL. No error is seen; the data is gone.

    ## When to ignore it
    Where the dictionary is not stored.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Review that API endpoints follow RESTful principles.",
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/body-updates/#partial-updates-with-patch",
        "https://www.rfc-editor.org/rfc/rfc5789",
    )
    bad = {
        "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import update
from sqlalchemy.orm import Session

from app import service
from app.database import Book, get_session
from app.schemas import BookChange

app = FastAPI()


@app.patch("/books/{book_id}")
def change_book(book_id: int, change: BookChange, session: Session = Depends(get_session)):
    values = change.model_dump()  # <- patch-without-exclude-unset
    session.execute(update(Book).where(Book.id == book_id).values(**values))
    session.commit()


@app.patch("/loans/{loan_id}")
def change_loan(loan_id: int, loan_in: BookChange, session: Session = Depends(get_session)):
    return service.save(session, loan_id, loan_in)
""",
        "app/service.py": """\
from fastapi.encoders import jsonable_encoder

from app.database import Book


def save(session, key, changes):
    stored = session.get(Book, key)
    for name, value in jsonable_encoder(changes).items():  # <- patch-without-exclude-unset
        setattr(stored, name, value)
    session.commit()
    return stored
""",
        "app/schemas.py": """\
from pydantic import BaseModel


class BookChange(BaseModel):
    title: str | None = None
    shelf: str | None = None
""",
    }
    good = """\
import logging

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
stored = {}


class Change(BaseModel):
    title: str | None = None


class Position(BaseModel):
    row: int
    column: int


@app.patch("/books/{book_id}")
def change_book(book_id: int, change: Change):
    logging.info("change %s", change.model_dump())
    stored[book_id].update(change.model_dump(exclude_unset=True))


@app.patch("/loans/{loan_id}")
def change_loan(loan_id: int, change: Change):
    for name, value in change.dict().items():
        if value is not None:
            setattr(stored[loan_id], name, value)


@app.patch("/seats/{seat_id}/position")
def move(seat_id: int, position: Position):
    stored[seat_id] = position.model_dump()


@app.put("/books/{book_id}")
def replace_book(book_id: int, book: Change):
    stored[book_id] = book.model_dump()
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks how PATCH routes read their bodies."""
        seen = set()
        for update in project.partial_updates:
            optional = update.optional_fields
            if update.method != "PATCH" or not optional or update.knows_sent_fields:
                continue
            if any(dump.leaves_out for dump in update.dumps):
                continue
            for dump in update.dumps:
                if dump.place not in seen:
                    seen.add(dump.place)
                    yield self.at(
                        dump.place,
                        f"`{update.operation}` overwrites what the client has not sent: `{dump.call}` has every field.",
                        hint="Pass `exclude_unset=True`.",
                        symbol=dump.function.symbol,
                        related=(Related(optional[0].place, f"`{optional[0].name}` is None unless it is sent."),),
                    )
