"""A route works on an object by its number and never asks whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Confidence, Finding, Project, Related, Rule, Severity

RELATED_LIMIT = 4


class MissingObjectAuthorization(Rule):
    """Finds routes that work on any object of the kind, whoever calls them.

    ## What it reports
    Routes that demand a known caller and take the identifier of an object in their path, where the source shows that
    somebody should ask whose object it is:

    - the path names a user (`/users/{user_id}/…`), and the route changes data or hands out tokens or passwords, but
      nothing that it runs reads who calls or speaks of roles: any user may do it to any other;
    - the same where the caller is asked about only if the body has some field (`if update.role: …`), and the rest is
      changed for everybody;
    - most routes beside it that change the same object make a check (`check_owner(item, user)`,
      `can_edit(current_user, topic)`), and this one makes none and does not read the caller.

    Whatever reads the caller, demands a role or permission, or cannot be followed is left alone: only a route to which
    the caller makes no difference is reported.

    ## Why
    Identifiers can be guessed, counted up or seen in a link. A route that only asks whether somebody is logged in lets
    every user read and change what belongs to all others; no scanner sees it, since each answer looks right. It is the
    first entry of OWASP's list for APIs.

    ## When to ignore it
    Where all users may change all objects of the kind, as in a small team's tool.

    ## Known limits
    A check that a database makes (row-level security, a session that filters) is not seen; whether a check is right is
    not judged.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    cwe = 639
    owasp = "API1:2023"
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
    )
    references = (
        "https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/",
        "https://cwe.mitre.org/data/definitions/639.html",
    )
    bad = (
        {
            "app/main.py": """\
from fastapi import FastAPI

from app import users

app = FastAPI()
app.include_router(users.router, prefix="/users")
""",
            "app/users.py": """\
from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel

from app import service
from app.security import current_user

router = APIRouter()


class Changes(BaseModel):
    name: str | None = None
    role: str | None = None


@router.put("/{id}/reset-password", dependencies=[Depends(current_user)])
def reset_password(id: int, session=Depends(service.get_session)):  # <- missing-object-authorization
    service.set_password(session, id, "start123")


@router.put("/{id}")
def update_user(id: int, data: dict, user=Depends(current_user), session=Depends(service.get_session)):
    service.update(session, id, data, user)


@router.patch("/{id}")
def patch_user(  # <- missing-object-authorization
    id: int, changes: Changes, user=Depends(current_user), session=Depends(service.get_session)
):
    if changes.role:
        if user.role != "owner":
            raise HTTPException(status_code=403)
    session.execute(id, changes)
""",
            "app/service.py": """\
def get_session():
    yield None


def set_password(session, id, password):
    session.execute(id, password)


def update(session, id, data, user):
    if user.id == id:
        session.execute(id, data)
""",
            "app/security.py": """\
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

bearer = OAuth2PasswordBearer(tokenUrl="/login")


def current_user(token: str = Depends(bearer)):
    if not token:
        raise HTTPException(status_code=401)
    return token
""",
        },
        """\
from flask import Flask, abort
from flask_login import current_user, login_required

from topics import Topic

app = Flask(__name__)


def can_moderate(user, forum):
    return user in forum.moderators


@app.post("/topics/<int:topic_id>/lock")
@login_required
def lock_topic(topic_id):
    topic = Topic.get(topic_id)
    if not can_moderate(current_user, topic.forum):
        abort(403)
    topic.lock()


@app.post("/topics/<int:topic_id>/delete")
@login_required
def delete_topic(topic_id):
    topic = Topic.get(topic_id)
    if not can_moderate(current_user, topic.forum):
        abort(403)
    topic.delete()


@app.post("/topics/<int:topic_id>/move/<int:forum_id>")
@login_required
def move_topic(topic_id, forum_id):  # <- missing-object-authorization
    Topic.get(topic_id).move(forum_id)


@app.post("/topics/<int:old_id>/merge/<int:new_id>")
@login_required
def merge_topics(old_id, new_id):  # <- missing-object-authorization
    Topic.get(old_id).merge(Topic.get(new_id))


@app.get("/tokens/<int:user_id>/new")
@login_required
def new_token(user_id):  # <- missing-object-authorization
    return Topic.token_of(user_id)
""",
    )
    good = (
        {
            "bot/main.py": """\
import os
import secrets

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

app = FastAPI()


def check_password(credentials: HTTPBasicCredentials = Depends(HTTPBasic())):
    if not secrets.compare_digest(credentials.password, os.environ["PASSWORD"]):
        raise HTTPException(401)


@app.delete("/accounts/{account_name}", dependencies=[Depends(check_password)])
def delete_account(account_name: str):
    os.remove(os.path.join("accounts", os.path.basename(account_name)))
""",
        },
        {
            "app/main.py": """\
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

from app import service
from app.security import current_user, require_admin

app = FastAPI()
users = APIRouter(prefix="/users")


class Changes(BaseModel):
    role: str | None = None


@users.patch("/{user_id}")
def patch_user(user_id: int, changes: Changes, user=Depends(current_user)):
    if changes.role:
        if user.role != "owner":
            raise HTTPException(status_code=403)
    if user_id != user.id:
        raise HTTPException(status_code=403)
    service.update(user_id, changes)


@users.put("/{user_id}")
def update_user(user_id: int, user=Depends(current_user)):
    if user_id != user:
        raise HTTPException(status_code=403)
    service.update(user_id)


@users.delete("/{user_id}", dependencies=[Depends(require_admin)])
def delete_user(user_id: int):
    service.delete(user_id)


@users.post("/{user_id}/block", dependencies=[Depends(current_user)])
def block_user(user_id: int, request: Request):
    service.block(user_id, request)


@users.get("/{user_id}", dependencies=[Depends(current_user)])
def get_user(user_id: int):
    return service.get(user_id)


@users.post("/{user_id}/follow")
def follow(user_id: int, user=Depends(current_user)):
    service.follow(user, user_id)


@users.post("/{user_id}/archive", dependencies=[Depends(current_user)])
def archive(user_id: int):
    service.archive(user_id)


app.include_router(users)
""",
            "app/service.py": """\
def update(user_id): ...
def delete(user_id): ...
def block(user_id, request): ...
def get(user_id): ...
def follow(user, user_id): ...


def archive(user_id):
    check_permission("archive", user_id)


def check_permission(what, user_id): ...
""",
            "app/security.py": """\
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

bearer = OAuth2PasswordBearer(tokenUrl="/login")


def current_user(token: str = Depends(bearer)):
    if not token:
        raise HTTPException(status_code=401)
    return token


def require_admin(user=Depends(current_user)):
    if user != "admin":
        raise HTTPException(status_code=403)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the routes to which it makes no difference whose object it is."""
        for found in project.unguarded_objects():
            if found.kind == "user":
                message = f"`{found.route}` works on any `{found.parameter}`: nothing asks who calls."
                hint = "Compare it with the current user, or demand a role."
            elif found.kind == "partial":
                message = f"`{found.route}` works on any `{found.parameter}`: it asks who calls for one field alone."
                hint = "Compare it with the current user, or demand a role, before anything is changed."
            else:
                message = f"`{found.route}` makes no check of the object; the routes beside it call `{found.check}`."
                hint = f"Call `{found.check}` before the object is used."
            related = tuple(Related(one.path_place, f"`{one}` makes it") for one in found.siblings[:RELATED_LIMIT])
            yield self.at(found.place, message, hint=hint, symbol=found.route.symbol, related=related)
