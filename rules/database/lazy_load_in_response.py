"""Reports relationships that are loaded one by one while a response is made."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class LazyLoadInResponse(Rule):
    """Finds relationships that are read from the rows of a query which did not load them.

    ## What it reports
    Queries of SQLAlchemy and SQLModel whose rows a loop or comprehension goes through, reading a relationship of each
    row, itself or by a method of the table (`to_dict`), where the query has no option that loads it
    (`selectinload`, `joinedload`) and the relationship is loaded when it is read. With a session that is not
    asynchronous, those that answer a GET request are reported. In asynchronous methods of tables, a relationship that
    is read beside `awaitable_attrs` is reported too, and so are properties of a table that run a query of their own
    and fill a field of the schema that a route answers a list of.

    The query is followed through functions. There is one finding for a query and a relationship, at the query, or at
    the read where the function takes the options from its caller.

    ## Why
    Each read of a relationship that is not there sends a query: a list of a hundred orders with their customers costs a
    hundred and one. On an asynchronous session the read cannot wait, and raises `MissingGreenlet`: the response
    fails, and only for rows that another part of the request has not loaded by chance.

    ## When to ignore it
    Where the rows are few, or all refer to the same few objects, which the session loads once.

    ## Known limits
    What Pydantic reads while it serialises, and relationships that `backref` declares, are not followed.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    cwe = 1073
    checklist = (
        "Design with scalability and performance in mind, optimizing database queries and caching data.",
        "Check for performance bottlenecks, including database queries and caching.",
        "Use async database operations",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Optimize database queries",
    )
    references = (
        "https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession",
    )
    bad = (
        {
            "app/snippets.py": """\
from flask import Blueprint

from app.models import Dashboard

bp = Blueprint("dashboards", __name__)


@bp.get("/dashboards")
def list_dashboards():
    return {"dashboards": [one.to_dict() for one in Dashboard.newest()]}
""",
            "app/models.py": """\
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)


class Dashboard(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.ForeignKey("user.id"))
    user = db.relationship(User)

    @classmethod
    def newest(cls):
        return Dashboard.query.order_by(Dashboard.id.desc())  # <- lazy-load-in-response

    def to_dict(self):
        return {"id": self.id, "user": self.user.name}
""",
            "app/__init__.py": """\
from flask import Flask

from app.snippets import bp

app = Flask(__name__)
app.register_blueprint(bp)
""",
        },
        """\
from fastapi import Depends, FastAPI
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from database import get_session

app = FastAPI()


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    customer: Mapped[Customer] = relationship()


@app.get("/orders")
async def list_orders(session: AsyncSession = Depends(get_session)):
    result = await session.execute(select(Order).limit(50))  # <- lazy-load-in-response
    return [{"id": order.id, "customer": order.customer.name} for order in result.scalars().all()]
""",
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import select

from app.models import Platform, get_session

app = FastAPI()


class PlatformSchema(BaseModel):
    id: int
    total_size: int


@app.get("/platforms")
def list_platforms(session=Depends(get_session)) -> list[PlatformSchema]:
    return session.scalars(select(Platform)).all()
""",
            "app/models.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app import statistics
from app.database import SessionLocal


class Base(DeclarativeBase):
    pass


class Platform(Base):
    __tablename__ = "platforms"
    id: Mapped[int] = mapped_column(primary_key=True)

    @property
    def total_size(self) -> int:  # <- lazy-load-in-response
        return statistics.get_size_of(self.id)


def get_session():
    with SessionLocal() as session:
        yield session
""",
            "app/statistics.py": """\
from sqlalchemy import text

from app.database import SessionLocal


def get_size_of(platform_id: int) -> int:
    with SessionLocal() as session:
        statement = text("SELECT sum(size) FROM files WHERE platform_id = :id")
        return session.execute(statement, {"id": platform_id}).scalar()
""",
            "app/database.py": """\
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

SessionLocal = sessionmaker(create_engine("sqlite://"))
""",
        },
    )
    good = {
        "main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload

from database import get_async_session, get_session

app = FastAPI()


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    customer: Mapped[Customer] = relationship()
    items: Mapped[list["Item"]] = relationship(lazy="selectin")


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


@app.get("/orders")
async def list_orders(session: AsyncSession = Depends(get_async_session)):
    statement = select(Order).options(selectinload(Order.customer)).limit(50)
    result = await session.execute(statement)
    return [{"customer": order.customer.name, "items": len(order.items)} for order in result.scalars().all()]


@app.get("/customers/{customer_id}/orders")
def orders_of(customer_id: int, session: Session = Depends(get_session)):
    orders = session.scalars(select(Order).where(Order.customer_id == customer_id)).all()
    return [{"id": order.id, "customer": order.customer.name} for order in orders]


@app.get("/orders/{order_id}")
def show_order(order_id: int, session: Session = Depends(get_session)):
    order = session.get(Order, order_id)
    return {"id": order.id, "customer": order.customer.name}


@app.post("/orders/close")
def close_orders(session: Session = Depends(get_session)):
    for order in session.scalars(select(Order)).all():
        order.customer.name = "closed"
    session.commit()
"""
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for what is loaded late."""
        for load in project.lazy_loads:
            effect = "which fails on an asynchronous session" if load.is_async else "with a query for each row"
            name = f"{load.table.name}.{load.relationship}"
            yield self.at(
                load,
                f"`{load.function.qualname}` reads `{name}`, which its query did not load, {effect}.",
                hint=f"Load it with the query: `.options(selectinload({name}))`.",
                symbol=load.query.function.symbol,
                related=(Related(load.read_at, "It is read here."),) if load.read_at != load.place else (),
            )
        for found in project.querying_properties:
            name = f"{found.table.name}.{found.function.name}"
            yield self.at(
                found,
                f"`{name}` runs a query for each object that `{found.route}` answers with.",
                hint="Compute it in the query of the list, with `column_property` or an aggregate.",
                symbol=found.function.symbol,
                related=(Related(found.query.place, "The query is run here."),),
            )
