"""An endpoint forgets that its change of the database failed, and answers as if it had not."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class SwallowedExceptionInHandler(Rule):
    """Finds endpoints that catch every exception around their change of the database and answer as if nothing was.

    ## What it reports
    `except Exception` and bare `except` in an endpoint, around statements that change the database (`add`, `delete`,
    `commit`), whose block only passes, logs or rolls back, so that the endpoint goes on to answer with success. Blocks
    that raise, return, or set anything that the rest of the endpoint can look at are left alone, and so are `try`s
    inside of loops and conditions.

    ## Why
    The client is told that its data was stored, and it was not. Nobody tries again, and the loss is found out long
    after, when the log that might have told the reason is gone.

    ## When to ignore it
    Where the change is a side matter, such as counting visits, that may get lost.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 390
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Review all error handling and make sure proper error messages are returned.",
        "Include logging to track down any issues when the application is running.",
    )
    references = ("https://cwe.mitre.org/data/definitions/390.html",)
    bad = """\
import logging

from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

from database import Letter, get_session

app = FastAPI()


@app.post("/letters")
def send_letter(text: str, session: Session = Depends(get_session)):
    try:
        session.add(Letter(text=text))
        session.commit()
    except Exception:  # <- swallowed-exception-in-handler
        logging.exception("sending failed")
        session.rollback()
    return {"sent": True}
"""
    good = """\
import logging

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import Session

from database import Letter, get_session, notify

app = FastAPI()


@app.post("/letters")
def send_letter(text: str, session: Session = Depends(get_session)):
    try:
        session.add(Letter(text=text))
        session.commit()
    except Exception:
        session.rollback()
        raise HTTPException(status_code=503, detail="Not sent")
    try:
        notify(text)
    except Exception:
        logging.exception("nobody is told")
    return {"sent": True}


@app.put("/letters")
def seal_letter(text: str, session: Session = Depends(get_session)):
    sealed = True
    try:
        session.commit()
    except Exception:
        sealed = False
    return {"sealed": sealed}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for broad blocks around changes that let an endpoint go on."""
        for block in project.swallowed_changes():
            yield self.at(
                block,
                f"`{block.function.name}` answers with success where its change of the database failed.",
                hint="Roll back and raise an HTTP error.",
                symbol=block.function.symbol,
            )
