"""What the tests of the command line share: a small application, a team's rule, and how a command ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple, Protocol

#: One error, `unused-path-parameter` at 10:10, and one warning with an unsafe fix, `post-create-without-201` at 15:11.
APPLICATION = '''"""A shop."""

from fastapi import FastAPI

from models import Item, session

app = FastAPI()


@app.get("/items/{item_id}", tags=["items"], response_model=Item)
def read_item(other: int):
    """Read an item."""


@app.post("/items", tags=["items"], response_model=Item)
def create_item(name: str):
    """Create an item."""
    session.add(Item(name=name))
    return Item(name=name)
'''
MODELS = """from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


session = Session()
"""
#: The rules that the tests of the command line stand on, so that a new rule changes none of them.
CHOSEN = ("--select", "unused-path-parameter", "--select", "post-create-without-201")

#: A rule of a team's own, with a safe fix.
TEAM_RULE = '''"""Holds `shouted-path`."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Fix, Project, ReplaceText, Rule, Severity


class ShoutedPath(Rule):
    """Finds paths in capital letters.

    ## What it reports
    Paths that are not in lower case.

    ## Why
    Nobody wants to be shouted at.

    ## When to ignore it
    Never.

    ## Fix safety
    The fix is safe.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    checklist = ("Paths are in lower case.",)
    bad = "x = 1"
    good = "x = 1"

    def check(self, project: Project) -> Iterator[Finding]:
        """Every path in capital letters."""
        for route in project.routes:
            quiet = route.own_path.lower()
            if quiet != route.own_path:
                edit = ReplaceText(route.path_place, f'"{quiet}"')
                fix = Fix("Write it in lower case.", (edit,), is_safe=True)
                yield self.at(route.path_place, f"`{route}` shouts.", fix=fix)
'''


class Outcome(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The printed JSON."""
        return json.loads(self.out)

    @property
    def rules(self) -> list[str]:
        """The rules of the findings in a printed JSON report."""
        return [finding["rule"] for finding in self.document["findings"]]


class Run(Protocol):
    """Runs the command `reviewer`."""

    def __call__(self, *arguments: str | Path) -> Outcome: ...
