"""Reports routes that answer with all rows of a table."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity, UnpagedList

#: Routes of one application up from which they are its habit.
HABIT_MINIMUM = 10
RELATED_LIMIT = 6


class ListWithoutPagination(Rule):
    """Finds GET routes on collections that answer with all rows of a table, however many there are.

    ## What it reports
    GET routes of FastAPI whose endpoint returns what a query fetches, itself or through services, repositories, schemas
    and comprehensions, where nothing bounds the rows: no `limit`, no page, no single row, and no parameter of the
    route that asks for a part. Paths that name a parent (`/users/{user_id}/posts`), conditions that leave few rows (a
    parent's key, a list of keys, a span of time) and tables that hold few rows by
    their nature (roles, settings, plans) are not reported. From ten such routes on it is the habit of the application,
    and there is one finding.

    ## Why
    The answer grows with the table. What takes milliseconds in development holds a worker and its memory for seconds
    with the data of two years, and anybody who may call the route can make that happen as often as he likes. Clients
    that have come to rely on getting everything cannot be given pages later without a break.

    ## When to ignore it
    Where the table cannot grow.

    ## Known limits
    How many rows a table holds is not in the source.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    cwe = 770
    owasp = "API4:2023"
    checklist = (
        "Design with scalability and performance in mind, optimizing database queries and caching data.",
        "Check for performance bottlenecks, including database queries and caching.",
        "Optimize database queries",
    )
    references = ("https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",)
    bad = (
        {
            "app/deployments.py": """\
from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import get_session
from app.models import Deployment
from app.schemas import DeploymentInfo

router = APIRouter()


@router.get("/deployments", response_model=list[DeploymentInfo])  # <- list-without-pagination
async def list_deployments(namespace: str | None = None, session: AsyncSession = Depends(get_session)):
    statement = select(Deployment)
    if namespace:
        statement = statement.where(Deployment.namespace == namespace)
    deployments = (await session.execute(statement)).scalars().all()
    return [DeploymentInfo(id=one.id) for one in deployments]
""",
            "app/orders.py": """\
from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from app.database import get_session
from app.repository import OrderRepository

router = APIRouter()


@router.get("/orders")  # <- list-without-pagination
def list_orders(session: Session = Depends(get_session)):
    found = []
    for order in OrderRepository(session).get_all():
        found.append({"id": order.id})
    return {"orders": found}
""",
            "app/repository.py": """\
from sqlalchemy.orm import Session

from app.models import Order


class OrderRepository:
    def __init__(self, session: Session):
        self.session = session

    def get_all(self, limit: int | None = None):
        query = self.session.query(Order)
        return query.limit(limit).all()
""",
            "app/models.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Deployment(Base):
    __tablename__ = "deployments"
    id: Mapped[int] = mapped_column(primary_key=True)
    namespace: Mapped[str]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
""",
            "app/database.py": """\
def get_session():
    yield None
""",
            "app/schemas.py": """\
from pydantic import BaseModel


class DeploymentInfo(BaseModel):
    id: int
""",
            "app/main.py": """\
from fastapi import FastAPI

from app import deployments, orders

app = FastAPI()
app.include_router(deployments.router)
app.include_router(orders.router)
""",
        },
    )
    good = {
        "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Order, Role, get_session

app = FastAPI()


def order_query():
    return select(Order)


@app.get("/orders")
def list_orders(limit: int = 50, session: Session = Depends(get_session)):
    return session.scalars(order_query().limit(limit)).all()


@app.get("/orders/latest")
def latest_orders(session: Session = Depends(get_session)):
    return session.scalars(order_query().order_by(Order.id.desc()).limit(5)).all()


@app.get("/orders/count")
def count_orders(session: Session = Depends(get_session)):
    return session.execute(select(func.count()).select_from(Order)).scalar()


@app.get("/customers/{customer_id}/orders")
def orders_of(customer_id: int, session: Session = Depends(get_session)):
    return session.scalars(order_query().where(Order.customer_id == customer_id)).all()


@app.get("/roles")
def list_roles(session: Session = Depends(get_session)):
    return session.scalars(select(Role)).all()


@app.post("/orders/search")
def search_orders(words: list[str], session: Session = Depends(get_session)):
    return session.scalars(order_query()).all()
""",
        "app/database.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int]


class Role(Base):
    __tablename__ = "roles"
    id: Mapped[int] = mapped_column(primary_key=True)


def get_session():
    yield None
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the lists without a bound, and gathers them where they are many."""
        by_application: dict[int, list[UnpagedList]] = {}
        for found in project.unpaged_lists:
            by_application.setdefault(id(found.operation.route.application), []).append(found)
        for members in by_application.values():
            if len(members) >= HABIT_MINIMUM:
                yield self._habit(members)
            else:
                yield from map(self._single, members)

    def _single(self, found: UnpagedList) -> Finding:
        return self.at(
            found.operation,
            f"`{found.operation}` answers with {found.rows}, however many there are.",
            hint="Take `limit` and an offset or cursor from the query, with a maximum, and pass them to the query.",
            related=(Related(found.query.place, "All rows are fetched here."),),
        )

    def _habit(self, members: list[UnpagedList]) -> Finding:
        application = members[0].operation.route.application
        return self.gathered(
            members[0].operation,
            f"{len(members)} routes of `{application.name}` answer with all rows of a table, however many there are.",
            map(self._single, members),
            hint="Take `limit` and an offset or cursor from the query, with a maximum, beginning with the tables that "
            "grow.",
            symbol=application.name,
            related=tuple(
                Related(one.operation.place, f"`{one.operation}` answers with {one.rows}.")
                for one in members[1:RELATED_LIMIT]
            ),
        )
