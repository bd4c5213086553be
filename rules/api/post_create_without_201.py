"""A route that creates a resource answers 200 and not 201."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import AddKeyword, Category, Finding, Fix, Operation, Project, Related, Rule, Severity


class PostCreateWithout201(Rule):
    """Finds POST routes that create a resource and answer with the default status 200.

    ## What it reports
    POST routes of FastAPI without `status_code=` that really create: the endpoint is named after it (`create_user`,
    `add_item`, `register`), the path ends in a collection, and the endpoint, or what it calls, adds an object to the
    database or calls a function named so. Actions (logging in, tokens, searches, imports, uploads, `/{id}/archive`) are
    no creations, nor are routes that return a response object or set a status themselves.

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
    )
    references = ("https://www.rfc-editor.org/rfc/rfc9110#name-201-created",)
    bad = (
        """\
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from database import Item, ItemCreate, get_session

app = FastAPI()


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

from database import Item, ItemCreate, create_access_token, get_session

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


@app.post("/drafts")
def create_draft(response: Response, session: Session = Depends(get_session)):
    session.add(Item())
    response.status_code = 201
    return {"created": True}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which POST operations create a resource."""
        for operation in project.operations:
            route = operation.route
            creation = project.creations.without_status(route)
            if creation is None:
                continue
            status = "status.HTTP_201_CREATED" if imports_status(operation) else "201"
            yield self.at(
                operation.place,
                f"`{route}` creates a resource and answers with 200.",
                hint=f"Declare `status_code={status}`.",
                symbol=route.symbol,
                related=(Related(creation.place, f"`{creation.call}` creates it."),),
                fix=Fix("Declare the status 201.", (AddKeyword(route.place, "status_code", status),)),
            )


def imports_status(operation: Operation) -> bool:
    """Whether the file of a registration has the `status` of FastAPI or Starlette."""
    return any(
        one.local == "status" and one.name == "status" and one.module in ("fastapi", "starlette")
        for one in operation.route.module.index.imports
    )
