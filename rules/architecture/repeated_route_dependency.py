"""All routes of a router declare the same dependency."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Related, Rule, Severity


class RepeatedRouteDependency(Rule):
    """Finds routers whose routes all declare the same dependency in their decorators.

    ## What it reports
    An `APIRouter` of FastAPI with at least four routes that each name the same function in `dependencies=[Depends(…)]`,
    with the same scopes. Dependencies whose result a parameter takes, and such that one route does without, are left
    alone.

    ## Why
    The next route of the file is written without it. `APIRouter(dependencies=[Depends(…)])` says once that the whole
    router demands it, and no route can be forgotten.

    ## When to ignore it
    Where a route without the dependency is soon to come.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Use FastAPI's dependency injection system to create reusable components.",
        "Review that there is no duplication in the code.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/bigger-applications/#include-an-apirouter-with-dependencies",)
    bad = {
        "app/admin.py": """\
from fastapi import APIRouter, Depends

from app.users import require_admin

router = APIRouter(prefix="/admin")  # <- repeated-route-dependency


@router.get("/users", dependencies=[Depends(require_admin)])
def users():
    return []


@router.get("/jobs", dependencies=[Depends(require_admin)])
def jobs():
    return []


@router.post("/jobs", dependencies=[Depends(require_admin)])
def start_job():
    return {}


@router.delete("/jobs/{job_id}", dependencies=[Depends(require_admin)])
def stop_job(job_id: int):
    return {"stopped": job_id}
""",
        "app/users.py": """\
from fastapi import Header, HTTPException


def require_admin(role: str = Header()):
    if role != "admin":
        raise HTTPException(status_code=403)
""",
        "app/main.py": """\
from fastapi import FastAPI

from app.admin import router

app = FastAPI()
app.include_router(router)
""",
    }
    good = """\
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException


def require_admin(role: str = Header()):
    if role != "admin":
        raise HTTPException(status_code=403)


def trace(request_id: str = Header()):
    return request_id


router = APIRouter(prefix="/jobs")
users = APIRouter(prefix="/users", dependencies=[Depends(require_admin)])


@router.get("/")
def jobs():
    return []


@router.get("/{job_id}", dependencies=[Depends(trace)])
def job(job_id: int):
    return {"id": job_id}


@router.post("/", dependencies=[Depends(require_admin)])
def start_job():
    return {}


@router.delete("/{job_id}", dependencies=[Depends(require_admin)])
def stop_job(job_id: int):
    return {"stopped": job_id}


@users.get("/")
def list_users():
    return []


app = FastAPI()
app.include_router(router)
app.include_router(users)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the dependencies that all routes of a router declare."""
        for found in project.repeated_dependencies():
            name = found.router.names[0].rpartition(":")[2] if found.router.names else "the router"
            yield self.at(
                found.router.place,
                f"All {len(found.routes)} routes of `{name}` declare `{found.dependency.name}` in their decorators.",
                hint=f"Declare it once: `APIRouter(dependencies=[Depends({found.dependency.name})])`.",
                symbol=found.router.names[0] if found.router.names else "",
                related=(Related(found.dependency.place, "Here for the first of them."),),
            )
