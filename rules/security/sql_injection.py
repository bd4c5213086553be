"""Reports SQL text into which values of a client or caller are put."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import (
    Category,
    Confidence,
    Finding,
    InterpolatedValue,
    Place,
    Project,
    Related,
    Rule,
    Severity,
    SqlStatement,
)


class SqlInjection(Rule):
    """Finds SQL text that is built from values of a request or of a caller.

    ## What it reports
    Statements given to `execute`, `text`, `fetch` and the like whose text contains a value by an f-string, `%`,
    `format`,
    `+`, `join` or `replace`, where the value comes from a request, or is a parameter that any caller may fill and
    stands
    where SQL expects data. The text is followed through variables, attributes and functions of the project, from
    where it
    is built to where it is executed. Bound parameters, numbers, enumerations, names that the program lists and values
    compared with such a list are not reported; neither is what cannot be known.

    ## Why
    The database cannot tell the statement from the value: a quote in a name ends the string, and what follows is run
    with the rights of the application.

    ## When to ignore it
    Where the value is checked in a way that cannot be seen in the program, and SQL allows no parameter in its place.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 89
    checklist = (
        "Review for possible SQL injections, XSS, and CSRF attacks.",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        "Maintain high code quality and security",
    )
    references = (
        "https://owasp.org/www-community/attacks/SQL_Injection",
        "https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.text",
    )
    bad = (
        """from fastapi import FastAPI
from sqlalchemy import text
from app_database import SessionDep

app = FastAPI()


@app.get("/users")
def find_users(session: SessionDep, name: str):
    statement = f"SELECT * FROM users WHERE name = '{name}'"
    return session.execute(text(statement)).all()  # <- sql-injection
""",
        {
            "app/routes.py": """from flask import Blueprint, request
from app.reports import orders_by

bp = Blueprint("orders", __name__)


@bp.get("/orders")
def list_orders():
    return orders_by(request.args.get("sort", "id"))
""",
            "app/reports.py": """from app.db import run


def orders_by(column):
    return run("SELECT * FROM orders ORDER BY " + column)  # <- sql-injection
""",
            "app/db.py": """import sqlite3

connection = sqlite3.connect("app.sqlite")


def run(statement, values=()):
    cursor = connection.cursor()
    cursor.execute(statement, values)
    return cursor.fetchall()
""",
        },
        """import psycopg2


class UserRepository:
    def __init__(self, dsn):
        self.cursor = psycopg2.connect(dsn).cursor()

    def by_email(self, email: str):
        self.cursor.execute("SELECT * FROM users WHERE email = '%s'" % email)  # <- sql-injection
        return self.cursor.fetchone()
""",
    )
    good = (
        """from fastapi import FastAPI
from sqlalchemy import text
from app_database import SessionDep

app = FastAPI()
COLUMNS = {"name": "users.name", "age": "users.age"}


@app.get("/users")
def find_users(session: SessionDep, name: str, page: int, sort: str = "name"):
    statement = f"SELECT * FROM users WHERE name = :name ORDER BY {COLUMNS[sort]} LIMIT {page}"
    return session.execute(text(statement), {"name": name}).all()
""",
        """import sqlite3
from flask import Flask, abort, request

app = Flask(__name__)
connection = sqlite3.connect("app.sqlite")


@app.get("/orders")
def list_orders():
    sort = request.args.get("sort", "id")
    if sort not in ("id", "total"):
        abort(422)
        return None
    ids = [int(one) for one in request.args.getlist("id")]
    marks = ", ".join("?" for _ in ids)
    return connection.execute(f"SELECT * FROM orders WHERE id IN ({marks}) ORDER BY {sort}", ids).fetchall()
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Judges what is interpolated, once a place."""
        reported: set[Place] = set()
        for statement in sorted(project.sql_statements, key=lambda one: -_rank(one)):
            value = _worst(statement)
            if value is None or statement.place in reported:
                continue
            reported.add(statement.place)
            yield self.at(
                statement.place,
                f"The SQL text of `{statement.function.qualname}` contains `{value.origin_name}`, {_origin(value)}.",
                hint="Pass the value as a bound parameter; choose names of tables and columns from a fixed list.",
                symbol=statement.function.symbol,
                related=_related(statement, value),
                confidence=Confidence.HIGH if value.origin == "request" else Confidence.MEDIUM,
            )


def _worst(statement: SqlStatement) -> InterpolatedValue | None:
    """The value that makes the statement one to report, None where there is none."""
    values = [one for one in statement.values if one.origin == "request" or (one.origin == "parameter" and one.is_data)]
    return max(values, key=lambda one: one.origin == "request", default=None)


def _rank(statement: SqlStatement) -> int:
    value = _worst(statement)
    return 0 if value is None else 2 if value.origin == "request" else 1


def _origin(value: InterpolatedValue) -> str:
    return "which comes from the request" if value.origin == "request" else "which any caller may fill"


def _related(statement: SqlStatement, value: InterpolatedValue) -> tuple[Related, ...]:
    related = [Related(value.place, "The value is put into the text here.")]
    if statement.call.place != statement.place:
        related.append(Related(statement.call.place, "The text is executed here."))
    return tuple(
        one for one in related if one.place.line != statement.place.line or one.place.path != statement.place.path
    )
