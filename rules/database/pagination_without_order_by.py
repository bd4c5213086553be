"""Reports pages of a query whose rows are in no order."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class PaginationWithoutOrderBy(Rule):
    """Finds queries that skip rows with `OFFSET` and have no `ORDER BY`.

    ## What it reports
    Queries with `offset`, `slice` or `paginate` that nothing puts in an order: SQLAlchemy's `select` and `Query`,
    SQLModel, Flask-SQLAlchemy and Tortoise. The query is followed through variables, branches and functions of the
    project from what it begins with to what runs it, so an order that a service or a branch adds is seen. A query
    that takes one row, an order in the mapping of the class and a query with a part that cannot be known make no
    finding.

    ## Why
    Without `ORDER BY` a database may return rows in any order, and in another one for the next page: after an update,
    a vacuum or a different plan, clients see some rows twice and others never. It does not show in tests, where a
    small table comes back in the order of insertion.

    ## When to ignore it
    Where the rows are only counted or sampled.

    ## Known limits
    An order that is not total (`ORDER BY created_at`) has the same defect among equal values and is not reported.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = (
        "Design with scalability and performance in mind, optimizing database queries and caching data.",
        "Optimize database queries",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Check for performance bottlenecks, including database queries and caching.",
    )
    references = (
        "https://www.postgresql.org/docs/current/queries-limit.html",
        "https://docs.sqlalchemy.org/en/20/core/selectable.html#sqlalchemy.sql.expression.GenerativeSelect.offset",
    )
    bad = (
        {
            "app/items.py": """\
from fastapi import APIRouter
from sqlmodel import select

from app.database import SessionDep
from app.models import Item

router = APIRouter(prefix="/items")


@router.get("/")
def read_items(session: SessionDep, skip: int = 0, limit: int = 100) -> list[Item]:
    statement = select(Item).where(Item.is_listed)
    statement = statement.offset(skip).limit(limit)  # <- pagination-without-order-by
    return session.exec(statement).all()
""",
            "app/models.py": """\
from sqlmodel import Field, SQLModel


class Item(SQLModel, table=True):
    id: int = Field(primary_key=True)
    is_listed: bool = True
""",
            "app/database.py": """\
from typing import Annotated

from fastapi import Depends
from sqlmodel import Session, create_engine

engine = create_engine("sqlite://")


def get_session():
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
""",
        },
        {
            "shop/crud.py": """\
from sqlalchemy.orm import Session

from shop.models import Order


def orders_of(db: Session, customer_id: int):
    return db.query(Order).filter(Order.customer_id == customer_id)


def get_orders(db: Session, customer_id: int, skip: int = 0, limit: int = 100):
    return orders_of(db, customer_id).offset(skip).limit(limit).all()  # <- pagination-without-order-by
""",
            "shop/models.py": """\
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"

    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customers.id"))
""",
        },
        """\
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    is_public = db.Column(db.Boolean)


@app.get("/posts")
def list_posts():
    page = Post.query.filter_by(is_public=True).paginate(  # <- pagination-without-order-by
        page=request.args.get("page", 1, type=int)
    )
    return [post.id for post in page.items]
""",
    )
    good = (
        {
            "shop/crud.py": """\
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Order
from shop.sorting import sorted_by


def newest(statement):
    return statement.order_by(Order.id.desc())


async def list_orders(session: AsyncSession, skip: int, limit: int, status: str | None = None):
    statement = select(Order)
    if status:
        statement = statement.where(Order.status == status)
    statement = newest(statement).offset(skip).limit(limit)
    return (await session.scalars(statement)).all()


async def list_sorted(session: AsyncSession, skip: int, limit: int, by: str):
    statement = sorted_by(select(Order), by).offset(skip).limit(limit)
    return (await session.scalars(statement)).all()


async def page(session: AsyncSession, statement, skip: int, limit: int):
    return (await session.scalars(statement.offset(skip).limit(limit))).all()


async def any_order(session: AsyncSession, number: int):
    return (await session.scalars(select(Order).offset(number).limit(1))).first()


async def last_page(session: AsyncSession, skip: int, limit: int):
    statement = select(Order).offset(skip).limit(limit)
    return (await session.scalars(statement.order_by(Order.id))).all()
""",
            "shop/sorting.py": """\
from sqlalchemy import asc


def sorted_by(statement, name):
    return statement.order_by(asc(name))
""",
            "shop/models.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the pages that nothing orders."""
        for page in project.unordered_pages:
            rows = f"the rows of `{page.entity.name}`" if page.entity is not None else "rows"
            related = (Related(page.query.place, "The query is run here."),) if page.is_run_elsewhere else ()
            yield self.at(
                page.step,
                f"`{page.step.function.qualname}` pages through {rows} with `{page.step.name}` and without `ORDER BY`.",
                hint="Add `order_by` with a unique column last, such as the primary key.",
                symbol=page.step.function.symbol,
                related=related,
            )
