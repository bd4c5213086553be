"""A column's default is computed once, when the module is imported."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, ColumnDefault, Finding, Fix, Project, ReplaceText, Rule, Severity, source_text, tree


class EagerColumnDefaultOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `eager-column-default`."""

    shared_values: bool = False


class EagerColumnDefault(Rule):
    """Finds columns whose default is the time or a random value of the moment of import.

    ## What it reports
    `default=`, `insert_default=` and `onupdate=` of `Column(…)` and `mapped_column(…)` (SQLAlchemy, Flask-SQLAlchemy,
    SQLModel) that call `datetime.now()`, `uuid4()`, `time.time()` or the like, or a short function of the project that
    returns one of these; in tables, mixins, base classes and `Table(…)` alike. Functions that are passed without a
    call, lambdas and SQL functions (`func.now()`) are what is meant, and left alone.

    ## Why
    The argument is computed when the class body runs, that is when the process starts. All rows of the process then get
    the same time or key: everything seems to be created at the last deployment, sorting by time means nothing, and
    unique keys collide with the second row. Tests start a process for few rows and do not show it.

    ## When to ignore it
    Where the time of the start is what is meant.

    ## Options
    - `shared-values`: report `default={}` and `default=[]` too (false): the object is shared by all rows that the
      process makes, so that one changed in place changes the default.

    ## Fix safety
    The fix passes the function instead of its result (`datetime.utcnow()` becomes `datetime.utcnow`). It is unsafe:
    rows get other values than before, which is what is wanted.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Manage database schema and migrations",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
    )
    references = ("https://docs.sqlalchemy.org/en/20/core/defaults.html#python-executed-functions",)
    Options = EagerColumnDefaultOptions
    bad = {
        "shop/database.py": """\
from datetime import datetime

from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


def utc_time():
    return datetime.utcnow().replace(microsecond=0)
""",
        "shop/models.py": """\
import uuid
from datetime import datetime, timezone

from sqlalchemy import Column, DateTime, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from shop.database import db, utc_time


class Timestamped:
    created_at = Column(DateTime, default=datetime.now())  # <- eager-column-default
    updated_at: Mapped[datetime] = mapped_column(
        default=datetime.utcnow,
        onupdate=datetime.now(timezone.utc),  # <- eager-column-default
    )


class Order(Timestamped, db.Model):
    id = db.Column(db.String, primary_key=True, default=str(uuid.uuid4()))  # <- eager-column-default
    paid_at = db.Column(db.DateTime, default=utc_time())  # <- eager-column-default


keys = Table("keys", db.metadata, Column("key", String, default=uuid.uuid4().hex))  # <- eager-column-default
""",
    }
    good = """\
import uuid
from datetime import datetime, timezone

from sqlalchemy import JSON, Column, DateTime, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


def now():
    return datetime.now(timezone.utc)


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: uuid.uuid4().hex)
    created_at = Column(DateTime(timezone=True), default=now, server_default=func.now())
    updated_at = Column(DateTime(timezone=True), onupdate=func.now())
    details = Column(JSON, default={})
    state = Column(String, default=str("new"))
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the defaults of columns."""
        for default, call in project.column_defaults.eager():
            yield self.at(
                default.place,
                f"`{source_text(call)}` runs once, at import: all rows get the same `{default.column_name}`.",
                hint="Pass the function itself, without calling it.",
                symbol=default.symbol,
                fix=_uncalled(default),
            )
        if self.options.shared_values:
            for default in project.column_defaults.shared():
                yield self.at(
                    default.place,
                    f"All rows share the one default `{source_text(default.value)}` of `{default.column_name}`.",
                    hint=f"Pass a function that makes one: `default={_maker(default.value)}`.",
                    symbol=default.symbol,
                )


def _uncalled(default: ColumnDefault) -> Fix | None:
    """Passes the function instead of its result, where the call has no arguments."""
    value = default.value
    if not isinstance(value, tree.Call) or value.arguments or value.keywords:
        return None
    return Fix("Pass the function itself.", (ReplaceText(default.place, source_text(value.function)),))


def _maker(value: tree.Expression) -> str:
    if isinstance(value, tree.Call):
        return source_text(value.function)
    if getattr(value, "items", ()) or getattr(value, "keys", ()):
        return "lambda: …"
    return {tree.Dictionary: "dict", tree.List: "list"}.get(type(value), "set")
