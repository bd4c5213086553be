"""Reports checks that several endpoints repeat word for word."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, RepeatedGuard, Rule, Severity

RELATED_LIMIT = 6


class RepeatedHandlerBlock(Rule):
    """Finds checks pasted into several endpoints that one dependency or decorator could make.

    ## What it reports
    The same check at the top level of several endpoint bodies: in at least two a comparison with the caller that is
    refused (`if item.owner_id != current_user.id: raise HTTPException(403)`), in at least four a lookup whose missing
    result is refused (`item = crud.get(session, item_id)`, `if item is None: raise HTTPException(404)`). Names, order
    and status are the same, the words of the message may differ. There is one finding for all places.

    ## Why
    Who may see what is then decided in as many places as there are copies, and the endpoint that is written next is the
    one where the check is forgotten, or differs in one word. A dependency that gives the checked object
    (`item: Annotated[Item, Depends(own_item)]`) makes the check part of the signature, and is tested once.

    ## When to ignore it
    Where the endpoints will part ways soon.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    checklist = (
        "Use FastAPI's dependency injection system to create reusable components.",
        "Review that there is no duplication in the code.",
        "Implement proper dependency injection",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/dependencies/",)
    bad = (
        {
            "app/items.py": """\
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, status

from app.users import User, get_current_user
from app import crud

router = APIRouter(prefix="/items")


@router.put("/{item_id}")
def update_item(item_id: int, current_user: Annotated[User, Depends(get_current_user)]):
    item = crud.get(item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="Item not found")
    if item.owner_id != current_user.id and not current_user.is_admin:  # <- repeated-handler-block
        raise HTTPException(status_code=status.HTTP_403_FORBIDDEN, detail="Not enough permissions")
    return crud.update(item)


@router.delete("/{item_id}")
def delete_item(item_id: int, current_user: Annotated[User, Depends(get_current_user)]):
    item = crud.get(item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="Item not found")
    if item.owner_id != current_user.id and not current_user.is_admin:
        raise HTTPException(status_code=status.HTTP_403_FORBIDDEN, detail="Not allowed")
    return crud.delete(item)


app = FastAPI()
app.include_router(router)
""",
            "app/users.py": """\
class User:
    id: int
    is_admin: bool


def get_current_user() -> User:
    return User()
""",
            "app/crud.py": "def get(item_id):\n    return None\n\n\ndef update(item): ...\n\n\ndef delete(item): ...\n",
        },
        """\
from fastapi import FastAPI, HTTPException

from database import load

app = FastAPI()


@app.get("/books/{book_id}")
async def read_book(book_id: int):
    book = await load(book_id)  # <- repeated-handler-block
    if not book:
        raise HTTPException(404, "Not found")
    return book


@app.get("/books/{book_id}/title")
async def read_title(book_id: int):
    book = await load(book_id)
    if not book:
        raise HTTPException(404, "No such book")
    return book.title


@app.get("/books/{book_id}/pages")
async def read_pages(book_id: int):
    book = await load(book_id)
    if not book:
        raise HTTPException(404, "Not found")
    return book.pages


@app.get("/books/{book_id}/author")
async def read_author(book_id: int):
    book = await load(book_id)
    if not book:
        raise HTTPException(404, "Not found")
    return book.author
""",
    )
    good = (
        """\
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

from database import Item, User, current_user, load

app = FastAPI()


async def own_item(item_id: int, user: Annotated[User, Depends(current_user)]) -> Item:
    item = await load(item_id)
    if not item:
        raise HTTPException(404, "Not found")
    if item.owner_id != user.id:
        raise HTTPException(403, "Not yours")
    return item


@app.put("/items/{item_id}")
async def update_item(item: Annotated[Item, Depends(own_item)]):
    return item


@app.get("/items/{item_id}")
async def read_item(item_id: int, user: Annotated[User, Depends(current_user)]):
    item = await load(item_id)
    if not item:
        raise HTTPException(404, "Not found")
    if item.is_secret and item.owner_id != user.id:
        raise HTTPException(403, "Not yours")
    return item


@app.get("/items/{item_id}/name")
async def read_name(item_id: int, user: Annotated[User, Depends(current_user)]):
    item = await load(item_id)
    if not item:
        raise HTTPException(404, "Not found")
    if item.reader_id != user.id:
        raise HTTPException(403, "Not yours")
    return item.name
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the checks that are repeated."""
        for guard in project.repeated_guards:
            yield self._finding(guard)

    def _finding(self, guard: RepeatedGuard) -> Finding:
        first, *others = guard.blocks
        what = "the same check of the caller's rights" if guard.kind == "rights" else "the same lookup with its refusal"
        others_named = f"`{others[0].function.name}`" if len(others) == 1 else f"{len(others)} more endpoints"
        return self.at(
            first.place,
            f"`{first.function.name}` and {others_named} repeat {what}.",
            hint="Make it a dependency that gives the checked object, and let the endpoints take that.",
            symbol=first.function.symbol,
            related=tuple(Related(one.place, f"Repeated in `{one.function.name}`.") for one in others[:RELATED_LIMIT]),
        )
