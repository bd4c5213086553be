"""Reports the query API of SQLAlchemy 1.x."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Query, Related, Rule, Severity

#: Queries that a finding shows.
RELATED_LIMIT = 6


class LegacyQueryApi(Rule):
    """Finds projects that use `select` and still query with the legacy `Query` of SQLAlchemy 1.x.

    ## What it reports
    `session.query(…)` and `Model.query` in projects that use `select(…)` of SQLAlchemy 2.0 as well, once for the
    project, at the first of them. Projects that use only one of the two are not reported.

    ## Why
    `Query` is legacy since SQLAlchemy 2.0: it gets no new features, asynchronous sessions do not have it, and its
    results are not typed. Two ways to say the same in one project are two ways to learn and to review.

    ## When to ignore it
    While a migration is under way that is tracked elsewhere.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    practice = "A project queries in one style, that of SQLAlchemy 2.0."
    references = ("https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#migration-20-query-usage",)
    bad = """\
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Order


def open_orders(session: Session):
    return session.query(Order).filter(Order.is_open).all()  # <- legacy-query-api


def closed_orders(session: Session):
    return session.scalars(select(Order).where(Order.is_closed)).all()


def all_orders(session: Session):
    return session.query(Order).all()
"""
    good = (
        """\
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Order


def open_orders(session: Session):
    return session.scalars(select(Order).where(Order.is_open)).all()
""",
        """\
from sqlalchemy.orm import Session

from models import Order


def open_orders(session: Session):
    return session.query(Order).filter(Order.is_open).all()
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Gathers the legacy queries of a project that knows `select`."""
        modern = any(
            one.name == "select" and one.module.startswith(("sqlalchemy", "sqlmodel"))
            for module in project.modules
            if not module.is_test and module.mentions("select")
            for one in module.index.imports
        )
        found = list(self._legacy(project)) if modern else []
        if not found:
            return
        yield self._finding(found).standing_for(self._finding([one]) for one in found)

    def _finding(self, found: list[Query]) -> Finding:
        first = found[0]
        who = f"{len(found)} functions query" if len(found) > 1 else f"`{first.call.caller.qualname}` queries"
        return self.at(
            first,
            f"{who} with the legacy `Query` of SQLAlchemy 1.x beside `select`.",
            hint="Use `session.scalars(select(…))`.",
            symbol=first.call.caller.symbol,
            related=tuple(Related(one.place, "Here too.") for one in found[1:RELATED_LIMIT]),
        )

    def _legacy(self, project: Project) -> Iterator[Query]:
        for function in project.query_index.querying_bodies("query"):
            queries = project.query_index.named_of(function, "query")
            yield from [one for one in queries if one.role == "session"][:1]
