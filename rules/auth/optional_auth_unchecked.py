"""A caller who may be nobody is used without asking whether there is one."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class OptionalAuthUnchecked(Rule):
    """Finds uses of an optional caller that fail, or let through, where nobody is signed in.

    ## What it reports
    The first attribute or item that an endpoint or dependency reads of a parameter which is None for unknown callers:
    the parameter is given by a security scheme with `auto_error=False`, or by a function that returns None where
    credentials are missing; nothing in the function tests it, hands it on or replaces it, and no other dependency of
    the route refuses unknown callers.

    ## Why
    Optional authentication is meant for routes that show more to members. Where the test for None is forgotten, each
    visitor gets an internal error instead of an invitation to sign in, and the log fills with what looks like a defect.

    ## When to ignore it
    Where something around the application, such as a gateway, lets nobody without credentials through.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 287
    owasp = "API2:2023"
    checklist = ("Secure authentication",)
    references = ("https://fastapi.tiangolo.com/reference/security/",)
    bad = (
        {
            "app/security.py": """\
from fastapi import Depends, HTTPException
from fastapi.security import HTTPBearer, HTTPAuthorizationCredentials

bearer = HTTPBearer(auto_error=False)


def optional_user(credentials: HTTPAuthorizationCredentials | None = Depends(bearer)):
    if credentials is None:
        return None
    return User(credentials.credentials)


def tenant(credentials: HTTPAuthorizationCredentials = Depends(bearer)):
    return credentials.credentials.split(".")[0]  # <- optional-auth-unchecked
""",
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.security import optional_user, tenant

app = FastAPI()


@app.get("/feed")
def feed(user=Depends(optional_user)):
    return {"owner": user.name}  # <- optional-auth-unchecked


@app.get("/plans")
def plans(name: str = Depends(tenant)):
    return [name]
""",
        },
    )
    good = (
        """\
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer

app = FastAPI()
lenient = HTTPBearer(auto_error=False)
strict = HTTPBearer()


def optional_user(credentials=Depends(lenient)):
    if not credentials:
        return None
    return User(credentials.credentials)


def required_user(user=Depends(optional_user)):
    if user is None:
        raise HTTPException(status_code=401)
    return user


@app.get("/feed")
def feed(user=Depends(optional_user)):
    return {"owner": user.name if user else None}


@app.get("/mine", dependencies=[Depends(strict)])
def mine(user=Depends(optional_user)):
    return {"owner": user.name}


@app.get("/profile")
def profile(user=Depends(required_user)):
    return {"name": user.name}


@app.get("/plans")
def plans(user=Depends(optional_user)):
    plan = user and user.plan
    return {"plan": plan}


@app.get("/rights")
def rights(user=Depends(optional_user)):
    check(user)
    return user.rights
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for callers who may be nobody."""
        for found in project.unchecked_callers():
            yield self.at(
                found.place,
                f"`{found.parameter}` is None for unknown callers: `{found.dependency.name}` lets them pass.",
                hint="Test it for None first, or depend on what refuses unknown callers.",
                symbol=found.function.symbol,
                related=(Related(found.dependency.place, "optional here"),),
            )
