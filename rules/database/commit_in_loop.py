"""Reports commits that each item of a loop makes."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity, source_text


class CommitInLoop(Rule):
    """Finds loops that commit for each item while a request is answered.

    ## What it reports
    `commit` in a `for` loop that a request runs and that writes for each item. Loops that handle the errors of an item
    by itself (`try` inside of the loop), that end with the first hit, tests, migrations and programs that do one thing
    and end are not reported.

    ## Why
    Each commit waits for the disk of the database, so a hundred items take a hundred times as long as one commit
    behind the loop. And if the fiftieth fails, the request answers with an error and half of the work is done.

    ## When to ignore it
    Where the items have nothing to do with each other and each must last although the next one fails.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    preset = Preset.STRICT
    checklist = (
        "Optimize database queries",
        "Prioritize building scalable, maintainable, and efficient web applications.",
    )
    references = ("https://docs.sqlalchemy.org/en/20/orm/session_basics.html#committing",)
    bad = """\
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from database import Order, get_session

app = FastAPI()


@app.post("/orders")
def create_orders(names: list[str], session: Session = Depends(get_session)):
    for name in names:
        session.add(Order(name=name))
        session.commit()  # <- commit-in-loop
    return {"created": len(names)}
"""
    good = """\
from fastapi import Depends, FastAPI
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from database import Order, get_session

app = FastAPI()


@app.post("/orders")
def create_orders(names: list[str], session: Session = Depends(get_session)):
    for name in names:
        session.add(Order(name=name))
    session.commit()
    return {"created": len(names)}


@app.post("/imports")
def import_orders(names: list[str], session: Session = Depends(get_session)):
    failed = []
    for name in names:
        try:
            session.add(Order(name=name))
            session.commit()
        except IntegrityError:
            session.rollback()
            failed.append(name)
    return {"failed": failed}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the commits in loops."""
        for found in project.set_work.looped_commits():
            function = found.query.call.caller
            yield self.at(
                found,
                f"`{found.handler.route}` commits for each `{source_text(found.loop.target)}` of a loop.",
                hint="Commit once behind the loop.",
                symbol=function.symbol,
            )
