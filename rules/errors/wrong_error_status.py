"""An HTTP error has a status that tells something else than its reason."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class WrongErrorStatus(Rule):
    """Finds HTTP errors whose status tells something else than their own text or condition.

    ## What it reports
    Raised HTTP errors and `abort(…)`, and in Flask returned pairs of a body and a status, that answer:

    - with 400 or 500 what exists already, by the text or by a caught `…AlreadyExists` of the project: 409;
    - with 400 or 500 a caller without the right, by the text: 403;
    - with 401 a caller who is signed in and lacks the right: 403;
    - with 500 that something is not found, where a check or a caught exception says so: 404;
    - with 400 that what the path names is not found: 404.

    Errors without a text are judged only where the condition compares the signed-in user. Texts about passwords, tokens
    and signing in are left alone, since they tell less on purpose, and so is what the server itself lacks.

    ## Why
    Clients decide by the status what to do: sign in again after 401, give up after 403, try again after 500, ask for
    another name after 409. Monitoring pages somebody for each 500, and a 401 with a valid session sends browsers into a
    loop of signing in.

    ## When to ignore it
    Where published clients rely on the status.

    ## Known limits
    Texts are understood in English only.
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    checklist = (
        "Use appropriate status codes in response to each request.",
        "Use HTTPException with appropriate status codes",
        "Implement proper error handling with appropriate status codes",
        "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
        "Review that API endpoints follow RESTful principles.",
    )
    references = ("https://www.rfc-editor.org/rfc/rfc9110#name-client-error-4xx",)
    bad = (
        """\
from fastapi import Depends, FastAPI, HTTPException, status
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from database import Play, User, get_session, get_user

app = FastAPI()


@app.post("/plays")
def create_play(title: str, session: Session = Depends(get_session), user: User = Depends(get_user)):
    if not user.is_director:
        raise HTTPException(status_code=400, detail="Not enough privileges")  # <- wrong-error-status
    session.add(Play(title=title))
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(status_code=400, detail=f"The play {title} already exists")  # <- wrong-error-status


@app.get("/plays/{play_id}")
def read_play(play_id: int, session: Session = Depends(get_session)):
    play = session.get(Play, play_id)
    if play is None:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "Play not found")  # <- wrong-error-status
    return play


@app.put("/plays/{play_id}")
def rename_play(
    play_id: int, title: str, session: Session = Depends(get_session), current_user: User = Depends(get_user)
):
    play = session.get(Play, play_id)
    if not play:
        raise HTTPException(status_code=500, detail="No such play")  # <- wrong-error-status
    if play.owner_id != current_user.id:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)  # <- wrong-error-status
    if session.query(Play).filter_by(title=title).first():
        raise HTTPException(status_code=400, detail="This title is already taken")  # <- wrong-error-status
    play.title = title
""",
        """\
from flask import Flask, g

app = Flask(__name__)


@app.delete("/plays/<int:play_id>")
def cancel(play_id):
    if not g.user.is_director:
        return {"error": "Only directors can"}, 400
    if g.user.is_guest:
        return {"error": "You do not have permission to cancel plays"}, 400  # <- wrong-error-status
    return {}, 204
""",
    )
    good = """\
import os

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.orm import Session

from database import Play, User, authenticate, get_session, get_user

app = FastAPI()


@app.post("/login")
def login(name: str, password: str, session: Session = Depends(get_session)):
    user = authenticate(session, name, password)
    if not user:
        raise HTTPException(status_code=400, detail="User with this password does not exist")
    return {"token": user.token}


@app.post("/plays")
def create_play(title: str, stage_id: int, session: Session = Depends(get_session), user: User = Depends(get_user)):
    stage = session.get(Play, stage_id)
    if stage is None:
        raise HTTPException(status_code=400, detail="Stage not found")
    if not user.is_director:
        raise HTTPException(status_code=403, detail="Not enough privileges")
    if "permission" in title:
        raise HTTPException(status_code=400, detail="The word permission is reserved")
    folder = os.environ.get("SCRIPTS")
    if not folder:
        raise HTTPException(status_code=500, detail="Folder of the environment not found")
    if session.query(Play).filter_by(title=title).first():
        raise HTTPException(status_code=409, detail="Play already exists")
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for errors whose reason asks for another status."""
        for mistaken in project.mistaken_statuses():
            yield self.at(
                mistaken,
                f"{project.title_of(mistaken.function)} answers with {mistaken.status} where {mistaken.reason}.",
                hint=f"Answer with {mistaken.better}.",
                symbol=mistaken.function.symbol,
            )
