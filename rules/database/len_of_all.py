"""Reports rows that are fetched to be counted."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class LenOfAll(Rule):
    """Finds queries whose rows are all fetched for their number alone.

    ## What it reports
    `len(…)` of what a query of SQLAlchemy, SQLModel or Tortoise fetches with `all`, `scalars` or `fetchall`, where
    nothing else uses the rows: `len(session.query(User).all())`, and a variable that is read in `len` only. Queries
    with a limit, queries that lock their rows (`with_for_update`) or write them and return what they wrote, and
    queries that cannot be known are not reported.

    ## Why
    The database sends each row, and Python makes an object of each, to throw them away for one number. The time and
    memory grow with the table; `SELECT count(*)` sends one number.

    ## When to ignore it
    Where the table has a handful of rows.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    cwe = 1050
    checklist = (
        "Check for performance bottlenecks, including database queries and caching.",
        "Optimize database queries",
        "Prioritize building scalable, maintainable, and efficient web applications.",
    )
    references = ("https://docs.sqlalchemy.org/en/20/core/functions.html#sqlalchemy.sql.functions.count",)
    bad = """\
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from database import Order, get_session

app = FastAPI()


@app.get("/orders/count")
def count_orders(session: Session = Depends(get_session)):
    return {"count": len(session.query(Order).filter(Order.is_open).all())}  # <- len-of-all


@app.get("/orders/total")
def total(session: Session = Depends(get_session)):
    orders = session.scalars(select(Order)).all()
    return {"total": len(orders)}  # <- len-of-all
"""
    good = """\
from fastapi import Depends, FastAPI
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from database import Order, get_session

app = FastAPI()


@app.get("/orders/count")
def count_orders(session: Session = Depends(get_session)):
    return {"count": session.scalar(select(func.count()).select_from(Order))}


@app.get("/orders")
def list_orders(session: Session = Depends(get_session)):
    orders = session.scalars(select(Order).limit(50)).all()
    return {"count": len(orders), "orders": [order.id for order in orders]}


@app.post("/orders/lock")
def lock_orders(ids: list[int], session: Session = Depends(get_session)):
    orders = session.scalars(select(Order.id).where(Order.id.in_(ids)).with_for_update(nowait=True)).all()
    return {"are_all_there": len(orders) == len(ids)}


@app.delete("/orders")
def delete_orders(session: Session = Depends(get_session)):
    deleted = session.scalars(delete(Order).where(Order.is_open).returning(Order.id))
    return {"count": len(deleted.all())}


@app.get("/orders/more")
def has_more(words: list[str], session: Session = Depends(get_session)):
    return {"more": len(session.scalars(select(Order).limit(51)).all()) > 50, "words": len(words)}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for what is fetched to be counted."""
        for counted in project.set_work.counted_rows():
            yield self.at(
                counted,
                f"`{counted.function.qualname}` fetches all rows to count them.",
                hint="Let the database count: `select(func.count())`, or `query.count()`.",
                symbol=counted.function.symbol,
            )
