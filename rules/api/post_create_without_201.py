"""A route that creates a resource answers 200 and not 201."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import (
    AddKeyword,
    Category,
    Creation,
    Finding,
    Fix,
    Operation,
    OperationGroup,
    Project,
    Related,
    Rule,
    Severity,
)

#: Creating routes of an application up from which 200 is its habit, and how many with 201 speak against that.
HABIT_MINIMUM = 5
HABIT_SHARE = 0.3


class PostCreateWithout201(Rule):
    """Finds POST routes that create a resource and answer with the default status 200.

    ## What it reports
    POST routes of FastAPI without `status_code=` that really create: the endpoint is named after it (`create_user`,
    `add_item`, `register`), the path ends in a collection, and the endpoint, or what it calls, adds an object to the
    database or calls a function named so. Actions (logging in, tokens, searches, imports, uploads, `/{id}/archive`) are
    no creations, nor are routes that return a response object, set a status themselves or document 200 in `responses=`.

    Where an application answers with 200 as a habit (five such routes, and few with 201), there is one finding
    for all of them, at the application.

    ## Why
    201 tells the client, caches and tests that there is something new, as HTTP defines it. The status of a route is
    part of its contract: the later it is corrected, the more clients compare with 200.

    ## When to ignore it
    Where published clients rely on 200.

    ## Fix safety
    The fix declares `status_code=201`, as `status.HTTP_201_CREATED` where the file has `status`. It is unsafe: clients
    and tests that compare the status with 200 have to change too.
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    checklist = (
        "Use appropriate status codes in response to each request.",
        "Implement proper error handling with appropriate status codes",
        "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
        "Review that API endpoints follow RESTful principles.",
    )
    references = ("https://www.rfc-editor.org/rfc/rfc9110#name-201-created",)
    bad = (
        {
            "library/main.py": """\
from fastapi import FastAPI

from library.routes import router

app = FastAPI()  # <- post-create-without-201
app.include_router(router)
""",
            "library/routes.py": """\
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from library.database import Author, Book, Loan, Reader, Shelf, get_session

router = APIRouter()


@router.post("/books")
def create_book(session: Session = Depends(get_session)):
    session.add(Book())


@router.post("/authors")
def create_author(session: Session = Depends(get_session)):
    session.add(Author())


@router.post("/shelfs")
def create_shelf(session: Session = Depends(get_session)):
    session.add(Shelf())


@router.post("/loans")
def create_loan(session: Session = Depends(get_session)):
    session.add(Loan())


@router.post("/readers")
def create_reader(session: Session = Depends(get_session)):
    session.add(Reader())
""",
        },
        """\
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from database import Item, ItemCreate, get_session

app = FastAPI()


@app.post("/saved-queries")  # <- post-create-without-201
def create_saved_query(item: dict, session: Session = Depends(get_session)):
    session.add(Item(**item))
    session.commit()


@app.post("/items")  # <- post-create-without-201
def create_item(item: ItemCreate, session: Session = Depends(get_session)):
    created = Item(**item.model_dump())
    session.add(created)
    session.commit()
    return created
""",
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.users.routes import router

app = FastAPI()
app.include_router(router, prefix="/users")
""",
            "app/users/routes.py": """\
from fastapi import APIRouter, status

from app.users import service

router = APIRouter()


@router.get("/", status_code=status.HTTP_200_OK)
async def list_users():
    return await service.all_users()


@router.post(
    "/",  # <- post-create-without-201
    response_model=service.User,
)
async def add_user(user: service.User):
    return await service.insert_user(user)
""",
            "app/users/service.py": """\
from pydantic import BaseModel


class User(BaseModel):
    name: str


async def all_users():
    return []


async def insert_user(user: User) -> User:
    return user
""",
        },
    )
    good = """\
from fastapi import Depends, FastAPI, Response, status
from sqlalchemy.orm import Session

from database import Item, ItemCreate, Reader, create_access_token, get_session

app = FastAPI()


@app.post("/items", status_code=status.HTTP_201_CREATED)
def create_item(item: ItemCreate, session: Session = Depends(get_session)):
    created = Item(**item.model_dump())
    session.add(created)
    return created


@app.post("/login")
def login(name: str):
    return {"token": create_access_token(name)}


@app.post("/items/{item_id}/archive")
def archive_item(item_id: int, session: Session = Depends(get_session)):
    session.add(Item(id=item_id))
    return {"archived": True}


@app.post("/items/search")
def search_items(words: list[str]):
    return []


@app.post("/items/{item_id}/readers")
def add_readers(item_id: int, names: list[str], session: Session = Depends(get_session)):
    for name in names:
        session.add(Reader(item_id=item_id, name=name))
    return {"added": len(names)}


@app.post("/drafts")
def create_draft(response: Response, session: Session = Depends(get_session)):
    session.add(Item())
    response.status_code = 201
    return {"created": True}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which POST operations create a resource, application by application."""
        for application in project.operations_by_application():
            found = [
                (operation, creation)
                for operation in application.operations
                if (creation := project.creations.without_status(operation.route)) is not None
            ]
            declaring = sum(_declares_created(operation) for operation in application.operations)
            if len(found) >= HABIT_MINIMUM and declaring < HABIT_SHARE * len(found):
                yield self._habit(application, found, declaring)
            else:
                yield from (self._single(operation, creation) for operation, creation in found)

    def _single(self, operation: Operation, creation: Creation) -> Finding:
        route, status = operation.route, _status_for(operation)
        return self.at(
            operation.place,
            f"`{route}` creates a resource and answers with 200.",
            hint=f"Declare `status_code={status}`.",
            symbol=route.symbol,
            related=(Related(creation.place, f"`{creation.call}` creates it."),),
            fix=Fix("Declare the status 201.", (AddKeyword(route.place, "status_code", status),)),
        )

    def _habit(self, application: OperationGroup, found: list[tuple[Operation, Creation]], declaring: int) -> Finding:
        operations = [operation for operation, _ in found]
        rest = f"{declaring} with 201" if declaring else "none with 201"
        edits = (AddKeyword(one.route.place, "status_code", _status_for(one)) for one in operations)
        return self.gathered(
            application.place,
            f"{len(found)} routes of `{application.name}` create a resource and answer with 200, {rest}.",
            (self._single(operation, creation) for operation, creation in found),
            hint="Declare `status_code=201` where a resource is created, beginning with the next route.",
            symbol=application.symbol,
            related=tuple(Related(one.place, f"`{one}` creates a resource.") for one in operations),
            fix=Fix("Declare the status 201 of all of them.", tuple(edits)),
        )


def _declares_created(operation: Operation) -> bool:
    return operation.route.method == "POST" and operation.route.status_code == 201


def _status_for(operation: Operation) -> str:
    return "status.HTTP_201_CREATED" if imports_status(operation) else "201"


def imports_status(operation: Operation) -> bool:
    """Whether the file of a registration has the `status` of FastAPI or Starlette."""
    return any(
        one.local == "status" and one.name == "status" and one.module in ("fastapi", "starlette")
        for one in operation.route.module.index.imports
    )
