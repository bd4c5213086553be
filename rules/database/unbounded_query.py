"""Reports whole tables that a request fetches to work on the rows in Python."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity

HINTS = {
    "picked": "Let the database pick them: `where(…)`, `func.max(…)`.",
    "paged": "Let the database page: `.order_by(…).offset(…).limit(…)`.",
    "sorted": "Let the database sort with `order_by`, and bound the rows with `limit`.",
    "added up": "Let the database add up: `select(func.sum(…))`.",
    "answered": "Ask for a page: `db.paginate(…)`, or `limit` and `offset` from the query string.",
}


class UnboundedQuery(Rule):
    """Finds requests that fetch all rows of a table to pick, page, sort or add them up in Python.

    ## What it reports
    A query of SQLAlchemy, SQLModel or Flask-SQLAlchemy without any condition, limit or page, in a function that a
    request runs, whose rows are used for nothing else than to be

    - picked: a comprehension that compares the row, a loop that looks for one row, `next`, `any`, `max`, `filter`;
    - paged: `rows[offset : offset + limit]`;
    - sorted or added up: `sorted(rows)`, `sum(row.amount for row in rows)`.

    Of Flask, where no parameter asks for a page, also views on collections that answer with all rows of a table; such
    routes of FastAPI are `list-without-pagination`'s. Loops that do something with each row are left alone. Tables that
    hold few rows by their nature (roles, settings, plans) are not reported, and neither is what cannot be known.

    ## Why
    The database could have found the three rows that are wanted. Instead it sends all, and Python makes an object of
    each; the request gets slower with each row, until one day the worker runs out of memory.

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
        "Prioritize building scalable, maintainable, and efficient web applications.",
    )
    references = (
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
        "https://docs.sqlalchemy.org/en/20/faq/performance.html",
    )
    _tables = """\
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    amount: Mapped[int]


class Setting(Base):
    __tablename__ = "settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def get_session():
    with Session() as session:
        yield session
"""
    bad = (
        {
            "app/tables.py": _tables,
            "app/orders.py": """\
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.tables import Order


def orders_of(session: Session, email: str) -> list[Order]:
    orders = session.scalars(select(Order)).all()  # <- unbounded-query
    return [order for order in orders if order.email == email]


def total(session: Session) -> int:
    return sum(order.amount for order in session.query(Order).all())  # <- unbounded-query
""",
            "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.orders import orders_of, total
from app.tables import Order, get_session

app = FastAPI()


@app.get("/orders")
def read_orders(page: int = 0, session: Session = Depends(get_session)):
    rows = session.execute(select(Order)).scalars().all()  # <- unbounded-query
    return rows[page * 20 : page * 20 + 20]


@app.get("/customers/{email}/orders")
def read_orders_of(email: str, session: Session = Depends(get_session)):
    return orders_of(session, email)


@app.post("/report")
def report(session: Session = Depends(get_session)):
    for order in session.query(Order).all():
        print(order.email)
    return total(session)
""",
        },
        """\
from flask import Flask, abort, render_template
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Track(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.String(80))


@app.get("/tracks/<title>")
def track(title):
    for one in Track.query.all():  # <- unbounded-query
        if one.title.lower() == title:
            return {"id": one.id}
    abort(404)


@app.get("/tracks")
def tracks():
    rows = Track.query.all()  # <- unbounded-query
    return render_template("tracks.html", tracks=rows)


@app.get("/latest")
def latest():
    return render_template("tracks.html", tracks=Track.query.order_by(Track.id.desc()).limit(10).all())
""",
    )
    good = (
        {
            "app/tables.py": _tables,
            "app/main.py": """\
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.tables import Order, Setting, get_session

app = FastAPI()


@app.get("/orders")
def read_orders(session: Session = Depends(get_session)):
    return [{"id": order.id} for order in session.scalars(select(Order)).all()]


@app.get("/orders/largest")
def largest(session: Session = Depends(get_session)):
    rows = session.scalars(select(Order).order_by(Order.amount.desc()).limit(10)).all()
    return [row for row in rows if row.amount > 0]


@app.get("/orders/{email}")
def read_orders_of(email: str, session: Session = Depends(get_session)):
    rows = session.scalars(select(Order).where(Order.email == email)).all()
    return [row for row in rows if row.amount > 0]


@app.get("/settings/{name}")
def setting(name: str, session: Session = Depends(get_session)):
    return next(one.id for one in session.scalars(select(Setting)).all() if one.name == name)


@app.post("/mails")
def mails(session: Session = Depends(get_session)):
    orders = session.scalars(select(Order)).all()
    for order in orders:
        print(order.email)
    return [order.id for order in orders if order.amount > 0]


def nightly(session: Session) -> int:
    return sum(order.amount for order in session.query(Order).all())
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the whole tables that requests work on."""
        for found in project.unbounded_queries():
            related: tuple[Related, ...] = ()
            if found.place.line != found.query.place.line:
                related = (Related(found.place, f"Here they are {found.use} in Python."),)
            route, table = found.handler.route, found.table.name
            message = f"All rows of `{table}` are fetched and {found.use} in Python, in `{route}`."
            if found.use == "answered":
                message = f"`{route}` answers with all rows of `{table}`, however many there are."
            yield self.at(
                found.query.place,
                message,
                hint=HINTS[found.use],
                symbol=found.function.symbol,
                related=related,
            )
