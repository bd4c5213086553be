"""Reports writes of requests that nothing commits."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity, dotted_name


class MissingCommit(Rule):
    """Finds writes to the database that a request makes and nothing commits.

    ## What it reports
    `session.add`, `delete`, `merge` and statements that change rows, in functions that requests run, where no commit
    follows: not on the way to the end of the function, not in any function that calls it, and not around it. There is
    one finding a function. Projects in which something commits for each request (a dependency that commits after
    `yield`, middleware, `teardown_request`, `autocommit`), blocks such as `session.begin()`, decorators for
    transactions and calls that cannot be followed and may commit make no finding.

    ## Why
    Closing a session rolls back what was not committed. The route answers that all went well, with an object that even
    has a key from `flush`, and the row is not there. In tests that share a session it is.

    ## When to ignore it
    Where the caller of the service owns the transaction and is not a part of the project.

    ## Known limits
    Objects that are changed without being added are not followed.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Implement business logic",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
        "Ensure that all database access is handled by a proper data access layer.",
    )
    references = ("https://docs.sqlalchemy.org/en/20/orm/session_basics.html#committing",)
    bad = (
        {
            "app/snippets.py": """\
from flask import Blueprint

from app.models import Snippet, User, db

bp = Blueprint("snippets", __name__)


@bp.post("/snippets")
def create_snippet():
    snippet = Snippet()
    db.session.add(snippet)
    db.session.commit()
    return {"id": snippet.id}, 201


@bp.delete("/snippets/<int:snippet_id>")
def delete_snippet(snippet_id):
    snippet = Snippet.query.get_or_404(snippet_id)
    db.session.delete(snippet)  # <- missing-commit
    log_event("deleted", snippet_id)
    return "", 204


@bp.post("/login")
def login():
    user = find_or_make_user("guest")
    return {"id": user.id}


def find_or_make_user(name):
    user = User.query.filter_by(name=name).first()
    if user is not None:
        user.visits += 1
        db.session.commit()
    else:
        user = User(name=name)
        db.session.add(user)  # <- missing-commit
    return user


def log_event(action, key):
    print(action, key)
""",
            "app/models.py": """\
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Snippet(db.Model):
    id = db.Column(db.Integer, primary_key=True)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
    visits = db.Column(db.Integer)
""",
            "app/__init__.py": """\
from flask import Flask

from app.models import db
from app.snippets import bp

app = Flask(__name__)
db.init_app(app)
app.register_blueprint(bp)
""",
        },
        """\
from fastapi import Depends, FastAPI
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from database import Item, get_session

app = FastAPI()


async def remove(session: AsyncSession, item_id: int):
    await session.execute(delete(Item).where(Item.id == item_id))  # <- missing-commit


@app.post("/items", status_code=201)
async def create_item(session: AsyncSession = Depends(get_session)):
    session.add(Item())
    await session.commit()


@app.delete("/items/{item_id}")
async def delete_item(item_id: int, session: AsyncSession = Depends(get_session)):
    await remove(session, item_id)
    return {"deleted": True}
""",
    )
    good = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from app import service
from app.database import Item, get_session, transaction
from app.mails import send

app = FastAPI()


@app.post("/items", status_code=201)
def create_item(session: Session = Depends(get_session)):
    item = service.add(session, "new")
    session.commit()
    return item


@app.put("/items")
def replace_items(names: list[str], session: Session = Depends(get_session)):
    for name in names:
        service.add(session, name)
    service.finish(session)


@app.put("/items/all")
def replace_all(session: Session = Depends(get_session)):
    with session.begin():
        session.add(Item(name="all"))


@app.patch("/items")
def patch_items():
    with transaction() as session:
        session.add(Item(name="patched"))


@app.post("/mails")
def mail(session: Session = Depends(get_session)):
    session.add(Item(name="mail"))
    send.finish(session)
""",
            "app/service.py": """\
from app.database import Item


def add(session, name):
    item = Item(name=name)
    session.add(item)
    session.flush()
    return item


def finish(session):
    session.commit()


def rehearse(session):
    session.add(Item(name="rehearsal"))
""",
            "app/database.py": """\
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

SessionLocal = sessionmaker(create_engine("sqlite://"))


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def get_session():
    with SessionLocal() as session:
        yield session


@contextmanager
def transaction():
    with SessionLocal() as session:
        yield session
        session.commit()
""",
        },
        {
            "shop/orders.py": """\
from uuid import UUID

from fastapi import Depends, FastAPI
from sqlmodel import Session

from shop.database import Order, get_session
from shop.writing import managed, Managed

app = FastAPI()


class Orders:
    def __init__(self, session: Session):
        self.session = session

    @managed(retries=3)
    def place(self):
        self._store()

    def _store(self):
        self.session.add(Order())

    def cancel(self, order):
        self.session.delete(order)


@app.post("/orders", status_code=201)
def place_order(session: Session = Depends(get_session)):
    Orders(session).place()


@app.delete("/orders/{order_id}")
def cancel_order(order_id: UUID, session: Session = Depends(get_session)):
    @Managed(session)
    def cancel_now():
        Orders(session).cancel(session.get(Order, order_id))

    cancel_now()


@app.post("/orders/archive")
def archive(session: Session = Depends(get_session)):
    session.add(Order())
    session.commit()
""",
            "shop/writing.py": """\
from functools import wraps


def finish(session):
    session.commit()


def managed(retries=1):
    def decorate(method):
        @wraps(method)
        def run(self, *arguments):
            for _ in range(retries):
                result = method(self, *arguments)
                finish(self.session)
                return result

        return run

    return decorate


class Managed:
    def __init__(self, session):
        self.session = session

    def __call__(self, function):
        def run():
            function()
            self.session.commit()

        return run
""",
            "shop/database.py": """\
from sqlmodel import Field, Session, SQLModel, create_engine

engine = create_engine("sqlite://")


class Order(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)


def get_session():
    with Session(engine) as session:
        yield session
""",
        },
        """\
from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from models import Item

app = FastAPI()
maker = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))


async def get_session():
    async with maker() as session:
        yield session
        await session.commit()


@app.post("/items", status_code=201)
async def create_item(session: AsyncSession = Depends(get_session)):
    session.add(Item())
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the writes that are lost."""
        for lost in project.uncommitted_writes:
            call = lost.query.call
            written = dotted_name(call.node.function) or lost.query.method
            yield self.at(
                lost.query,
                f"`{lost.handler.route}` loses what `{written}` writes: nothing commits it.",
                hint="Commit at the end of the request, in the endpoint or where the session is opened.",
                symbol=call.caller.symbol,
                related=(Related(lost.handler.function.place, "The request is answered here."),)
                if lost.handler.function is not call.caller
                else (),
            )
