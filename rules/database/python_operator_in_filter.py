"""Reports operators of Python in conditions of queries."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import (
    Category,
    Finding,
    Fix,
    Project,
    PythonOperator,
    ReplaceText,
    Rule,
    Severity,
    source_text,
    tree,
)

_HINTS = {
    "is": "Use `column.is_(…)`.",
    "is not": "Use `column.is_not(…)`.",
    "in": "Use `column.in_(…)`.",
    "not in": "Use `column.not_in(…)`.",
    "and": "Give several conditions, or use `and_(…)` or `&`.",
    "or": "Use `or_(…)`, or `|` with brackets.",
    "not": "Use `not_(…)` or `~`.",
}
_RESULTS = {
    "is": "Python compares the column object itself, so the condition is always false",
    "is not": "Python compares the column object itself, so the condition is always true",
    "in": "Python searches the column object and builds no `IN`",
    "not in": "Python searches the column object and builds no `NOT IN`",
    "and": "Python keeps one of the conditions, or raises",
    "or": "Python keeps one of the conditions, or raises",
    "not": "Python negates the object itself, or raises",
}
_METHODS = {"is": "is_", "is not": "is_not", "in": "in_", "not in": "not_in"}


class PythonOperatorInFilter(Rule):
    """Finds Python's `is`, `in`, `and`, `or` and `not` in conditions of queries, where the database was meant.

    ## What it reports
    Arguments of `filter`, `where`, `having`, `join`, `and_`, `or_`, `not_`, `any` and `has` in which such an operator
    stands between columns of a table: `User.deleted_at is None`, `User.role in roles`, `User.active and User.age > 17`,
    `not User.active`. Columns are those of classes that SQLAlchemy, SQLModel or Flask-SQLAlchemy maps, aliases
    too, and those of classes of other packages that the query itself asks for.
    Conditions about values of the program are not reported.

    ## Why
    SQLAlchemy builds SQL from overloaded operators, and these cannot be overloaded. `User.deleted_at is None` is
    `False`
    before any query is sent, so that no row or each row is found; `a and b` keeps one condition only, or raises
    `TypeError` because a condition has no truth value.

    ## When to ignore it
    Never; a condition about the program's own values does not depend on a column.

    ## Fix safety
    The fix writes the method of the column (`is_`, `is_not`, `in_`, `not_in`). It is unsafe, since the query starts to
    do what it says.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 480
    checklist = (
        "Optimize database queries",
        "Implement business logic",
        "Prioritize building scalable, maintainable, and efficient web applications.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
    )
    references = ("https://docs.sqlalchemy.org/en/20/core/operators.html",)
    bad = (
        """\
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Report(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    solved_at = db.Column(db.DateTime)
    level = db.Column(db.Integer)


@app.get("/reports/open")
def open_reports():
    reports = Report.query.filter(
        Report.solved_at is None,  # <- python-operator-in-filter
    )
    return {"open": reports.count()}
""",
        {
            "app/models.py": """\
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int = Field(primary_key=True)
    state: str
    is_hidden: bool = False
    owner_id: int
""",
            "app/billing.py": """\
from company_models import Customer, Invoice
from sqlalchemy import select


def unpaid(session):
    return session.scalars(select(Invoice).where(Invoice.paid_at is None))  # <- python-operator-in-filter


def of_region(regions: list[str]):
    return Customer.query.filter(Customer.region in regions).all()  # <- python-operator-in-filter
""",
            "app/tasks.py": """\
from sqlalchemy import or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from app.models import Task

OPEN = ("new", "waiting")


def find(session: Session, owner_id: int):
    parent = aliased(Task)
    statement = (
        select(Task)
        .where(Task.state in OPEN)  # <- python-operator-in-filter
        .where(not Task.is_hidden)  # <- python-operator-in-filter
        .where(
            or_(
                Task.owner_id == owner_id,
                parent.owner_id is not None,  # <- python-operator-in-filter
            )
        )
    )
    return session.exec(statement).all()


def visible(session: Session, owner_id: int):
    return session.exec(
        select(Task).where(
            Task.owner_id == owner_id and Task.state.like("n%")  # <- python-operator-in-filter
        )
    ).all()
""",
        },
    )
    good = {
        "app/billing.py": """\
from company_models import Invoice
from sqlalchemy import select

from app.settings import settings


def find(session, only: str | None, wanted: list[str]):
    statement = select(Invoice).where(Invoice.paid_at.is_(None), settings.region in wanted or Invoice.region == "eu")
    return [one for one in session.scalars(statement) if one.paid_at is None]
""",
        "app/models.py": """\
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int = Field(primary_key=True)
    state: str
    is_hidden: bool = False
    owner_id: int
""",
        "app/tasks.py": """\
from sqlalchemy import and_, not_, or_, true
from sqlmodel import Session, select

from app.models import Task


def find(session: Session, owner_id: int | None, states: list[str], task: Task | None = None):
    statement = select(Task).where(Task.state.in_(states), not_(Task.is_hidden), Task.owner_id.is_not(None))
    statement = statement.where(Task.owner_id == owner_id if owner_id is not None else true())
    statement = statement.where(or_(Task.state == "new", and_(Task.state == "old", ~Task.is_hidden)))
    statement = statement.where(owner_id is None or Task.owner_id == owner_id)
    found = session.exec(statement).all()
    return [one for one in found if one.state in states and not one.is_hidden] or filter(
        lambda one: one.owner_id is None and not one.is_hidden, found
    )
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the operators in conditions."""
        for found in project.python_operators_in_conditions:
            yield self.at(
                found,
                f"`{source_text(found.node)}` is no SQL condition: {_RESULTS[found.operator]}.",
                hint=_HINTS[found.operator],
                symbol=found.function.symbol,
                fix=_fix(found),
            )


def _fix(found: PythonOperator) -> Fix | None:
    method = _METHODS.get(found.operator)
    if method is None or not isinstance(found.node, tree.Comparison):
        return None
    left, right = source_text(found.node.left), source_text(found.node.comparators[0])
    text = f"{left}.{method}({right})"
    return Fix(f"Write `{text}`.", (ReplaceText(found.place, text),))
