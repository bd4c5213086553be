"""A route demands no role although the routes beside it do."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Confidence, Finding, Project, Related, Rule, Severity

RELATED_LIMIT = 4


class MissingRoleCheck(Rule):
    """Finds routes that any known caller may use where a role should be demanded.

    ## What it reports
    - A route of a router where at least three quarters of the other routes of its kind (those that change data, or
      those that read) demand the same role or permission, by a dependency or decorator, and this one demands none.
    - A route that reads one object, where the list of these objects demands a role.
    - A DELETE route for a whole collection that removes everything (`delete_all(…)`), and to which the caller makes no
      difference.
    - A route below `/admin` that demands a known caller and no role.

    A route is left alone where anything that it runs speaks of roles, permissions, scopes or owners: it may make the
    check itself. So are logging in and out, health and configuration, and a route that answers only where a switch of
    the configuration is on and refuses everybody else (`if not settings.allow_reload: abort(404)`).

    ## Why
    A guard that asks only whether somebody is logged in looks like a guard. One route of an administrators' router
    without its role lets every user in, and neither a test with an administrator's token nor the documentation shows
    it.

    ## When to ignore it
    Where everybody who is logged in may call the route: demand the role on a router of its own for the others.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    cwe = 862
    owasp = "API5:2023"
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
    )
    references = (
        "https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/",
        "https://cwe.mitre.org/data/definitions/862.html",
    )
    bad = (
        {
            "app/main.py": """\
from fastapi import APIRouter, Depends, FastAPI

from app import jobs, members
from app.security import current_user, require_admin

app = FastAPI()
app.include_router(jobs.router, prefix="/admin/jobs", dependencies=[Depends(current_user)])
app.include_router(members.members)
app.include_router(members.events)
priorities = APIRouter(prefix="/priorities", dependencies=[Depends(current_user)])


@priorities.put("/{priority_id}", dependencies=[Depends(require_admin)])
def update_priority(priority_id: int):
    return {}


@priorities.delete("/{priority_id}", dependencies=[Depends(require_admin)])
def delete_priority(priority_id: int):
    return {}


@priorities.post("/{priority_id}/default", dependencies=[Depends(require_admin)])
def make_default(priority_id: int):
    return {}


@priorities.post("/")
def create_priority():  # <- missing-role-check
    return {}


@priorities.get("/")
def list_priorities():
    return []


app.include_router(priorities)
""",
            "app/jobs.py": """\
from fastapi import APIRouter

router = APIRouter()


@router.post("/run")
def run_jobs():  # <- missing-role-check
    return {}


@router.get("/status")
def status():
    return {}
""",
            "app/members.py": """\
from fastapi import APIRouter, Depends

from app.security import current_user, require_admin

members = APIRouter(prefix="/members", dependencies=[Depends(current_user)])
events = APIRouter(prefix="/events")


@members.get("", dependencies=[Depends(require_admin)])
def list_members():
    return []


@members.get("/{member_id}")
def get_member(member_id: int):  # <- missing-role-check
    return {}


@events.delete("")
def delete_events(user=Depends(current_user)):  # <- missing-role-check
    return store.delete_all("events")
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
    good = (
        """\
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="/login")


def current_user(token: str = Depends(bearer)):
    if not token:
        raise HTTPException(status_code=401)
    return token


def current_role(user=Depends(current_user)):
    return "admin" if user == "admin" else "member"


Role = Annotated[str, Depends(current_role)]


@app.get("/terms")
def list_terms(role: Role):
    return [] if role == "member" else ["all"]


@app.get("/terms/{term_id}", dependencies=[Depends(current_user)])
def get_term(term_id: int):
    return {}


@app.delete("/notifications")
def delete_notifications(user=Depends(current_user)):
    store.delete_all(user)
""",
        """\
from flask import Blueprint, Flask, abort
from flask_login import current_user, login_required

from configuration import options
from guards import admin_required

admin = Blueprint("admin", __name__, url_prefix="/admin")


@admin.get("/users")
@login_required
@admin_required
def users():
    return ""


@admin.get("/roles")
@login_required
@admin_required
def roles():
    return ""


@admin.get("/log")
@login_required
@admin_required
def log():
    return ""


@admin.get("/export")
@login_required
def export():
    if not current_user.is_admin:
        abort(403)
    return ""


@admin.get("/reload")
def reload():
    if options.reload_enabled:
        return "done"
    else:
        abort(404)


@admin.get("/logout")
@login_required
def logout():
    return ""


app = Flask(__name__)
app.register_blueprint(admin)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the routes that demand no role."""
        for found in project.missing_roles():
            if found.kind == "sibling":
                message = (
                    f"`{found.route}` demands no role; {len(found.siblings)} routes beside it demand `{found.guard}`."
                )
                hint = f"Demand `{found.guard}` here too."
            elif found.kind == "member":
                listing = found.siblings[0]
                message = f"`{found.route}` demands no role; the list `{listing}` demands `{found.guard}`."
                hint = f"Demand `{found.guard}` here too."
            elif found.kind == "all":
                message = f"`{found.route}` removes all objects, and any known caller may use it."
                hint = "Demand a role, or remove only what belongs to the caller."
            else:
                message = f"`{found.route}` is for administrators by its path, and any known caller may use it."
                hint = "Demand the role by a dependency of the router."
            related = tuple(Related(one.path_place, f"`{one}` demands it") for one in found.siblings[:RELATED_LIMIT])
            yield self.at(found.place, message, hint=hint, symbol=found.route.symbol, related=related)
