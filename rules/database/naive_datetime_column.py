"""A column is filled with times that have no time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewer.api import Category, Finding, NaiveColumn, Project, Related, Rule, Severity

#: Classes with such columns from which on they are a project's habit.
HABIT_MINIMUM = 3
RELATED_LIMIT = 5


class NaiveDatetimeColumn(Rule):
    """Finds columns that are filled with times without a time zone.

    ## What it reports
    Columns of the types `DateTime` and `TIMESTAMP`, or `Mapped[datetime]`, whose `default=`, `insert_default=` or
    `onupdate=` is `datetime.utcnow`, `datetime.now`, or a function or lambda that returns their result, in tables and
    mixins. One finding a class; from three classes on one for the project. Where the column itself keeps a time zone
    (`timezone=True`), the naive time is read in the zone of the connection, which is said in the message.

    ## Why
    A naive time does not say what it counts: a server in another zone, a client that takes it for its own local time,
    or the hour that comes twice in autumn shifts it. Comparing it with a time that has a zone raises `TypeError`, and
    in JSON it loses the offset that clients need. `datetime.utcnow` is deprecated since Python 3.12 for that reason.

    ## When to ignore it
    Where all times are UTC by a written rule, and everything that reads them adds the zone.

    ## Known limits
    Types of the project around `DateTime`, and `type_annotation_map`, may add the zone; such columns are left alone.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = (
        "Manage database schema and migrations",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
    )
    references = (
        "https://docs.python.org/3/library/datetime.html#datetime.datetime.utcnow",
        "https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.DateTime.params.timezone",
    )
    bad = {
        "app/models/base.py": """\
from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Timestamped:
    created_at = Column(DateTime, default=datetime.utcnow)  # <- naive-datetime-column
    updated_at = Column(DateTime, default=datetime.utcnow, onupdate=datetime.utcnow)
""",
        "app/models/user.py": """\
from datetime import datetime

from sqlalchemy import DateTime, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Timestamped


def now():
    return datetime.now()


class User(Timestamped, Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)  # <- naive-datetime-column
""",
    }
    good = (
        """\
from datetime import datetime, timezone

from sqlalchemy import Column, DateTime, Integer, func
from sqlalchemy.orm import declarative_base
from sqlalchemy.types import TypeDecorator

Base = declarative_base()


class UtcDateTime(TypeDecorator):
    impl = DateTime


def now():
    return datetime.now(timezone.utc)


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True)
    created_at = Column(DateTime(timezone=True), default=now)
    updated_at = Column(DateTime, server_default=func.now())
    seen_at = Column(UtcDateTime, default=datetime.utcnow)
    birthday = Column(DateTime)
""",
        """\
from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.utcnow())
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Groups naive columns by the class that declares them."""
        by_class: defaultdict[int, list[NaiveColumn]] = defaultdict(list)
        for naive in project.column_defaults.naive():
            by_class[id(naive.column.owner)].append(naive)
        groups = list(by_class.values())
        if len(groups) >= HABIT_MINIMUM:
            yield self._habit(groups)
        else:
            yield from map(self._of_class, groups)

    def _of_class(self, found: list[NaiveColumn]) -> Finding:
        first = found[0]
        names = [f"`{first.column.owner.name}.{one.column.name}`" for one in found]
        return self._finding(first, f"{', '.join(names[:-1])} and {names[-1]} are").standing_for(
            map(self._single, found)
        )

    def _single(self, naive: NaiveColumn) -> Finding:
        return self._finding(naive, f"`{naive.column.owner.name}.{naive.column.name}` is")

    def _finding(self, first: NaiveColumn, are: str) -> Finding:
        zone = ", which the database reads in the zone of the connection" if first.has_time_zone else ""
        return self.at(
            first.column,
            f"{are} filled by `{first.filled_by}` with times that have no time zone{zone}.",
            hint="Use `DateTime(timezone=True)` and `lambda: datetime.now(timezone.utc)`.",
            symbol=first.column.owner.symbol,
        )

    def _habit(self, groups: list[list[NaiveColumn]]) -> Finding:
        found = [one for group in groups for one in group]
        first = found[0]
        related = (
            Related(group[0].column.place, f"`{group[0].column.owner.name}.{group[0].column.name}` too.")
            for group in groups[1 : RELATED_LIMIT + 1]
        )
        return self.gathered(
            first.column,
            f"{len(found)} columns of {len(groups)} classes are filled with times that have no time zone, "
            f"`{first.column.owner.name}.{first.column.name}` first.",
            map(self._single, found),
            hint="Use `DateTime(timezone=True)` and `lambda: datetime.now(timezone.utc)`, from the next table on.",
            symbol=first.column.owner.symbol,
            related=tuple(related),
        )
