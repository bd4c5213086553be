"""Routes let users in whom the program has switched off."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity

#: Routes up from which they are one finding, at the guard they share.
GROUP_MINIMUM = 3
RELATED_LIMIT = 5


class InactiveUserAccepted(Rule):
    """Finds routes that change data and let inactive users in, where a guard exists that refuses them.

    ## What it reports
    An application has a dependency that refuses users who are not active (`if not user.is_active: raise …`, `disabled`,
    `banned`) and that builds on a laxer one, and routes that take POST, PUT, PATCH or DELETE use the laxer one alone.
    Three and more of them make one finding, at the laxer dependency.

    A laxer dependency that makes the test itself or through what it calls is none, and routes are left alone whose
    endpoint looks at the attribute.

    ## Why
    To switch a user off is what administrators do when an account was stolen or an employee has left. The token that
    was given out before goes on working, and with the laxer dependency it goes on changing data until it expires.

    ## When to ignore it
    Where inactive users are meant to do just this: confirm their address, or ask to be activated.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    cwe = 285
    owasp = "API2:2023"
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Secure authentication",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/security/get-current-user/",
        "https://cwe.mitre.org/data/definitions/285.html",
    )
    bad = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.deps import get_current_active_user, get_current_user

app = FastAPI()


@app.get("/items")
def list_items(user=Depends(get_current_active_user)):
    return []


@app.post("/items")  # <- inactive-user-accepted
def create_item(user=Depends(get_current_user)):
    return {}


@app.get("/me")
def me(user=Depends(get_current_user)):
    return user
""",
            "app/deps.py": """\
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

from app.users import by_token

bearer = OAuth2PasswordBearer(tokenUrl="/login")


def get_current_user(token: str = Depends(bearer)):
    user = by_token(token)
    if user is None:
        raise HTTPException(status_code=401)
    return user


def get_current_active_user(user=Depends(get_current_user)):
    if not user.is_active:
        raise HTTPException(status_code=400, detail="Inactive user")
    return user
""",
            "app/users.py": "def by_token(token):\n    return None\n",
        },
    )
    good = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.deps import get_current_active_user, get_current_user

app = FastAPI()


@app.post("/items")
def create_item(user=Depends(get_current_active_user)):
    return {}


@app.delete("/items/{item_id}")
def delete_item(item_id: int, user=Depends(get_current_user)):
    return {}
""",
            "app/deps.py": """\
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

from app.users import by_token

bearer = OAuth2PasswordBearer(tokenUrl="/login")


def get_current_user(token: str = Depends(bearer)):
    user = by_token(token)
    if user is None:
        raise HTTPException(status_code=401)
    return user


def get_current_active_user(user=Depends(get_current_user)):
    if not user.is_active:
        raise HTTPException(status_code=400, detail="Inactive user")
    return user
""",
            "app/users.py": """\
USERS = []


def by_token(token):
    return next((user for user in USERS if user.token == token and user.is_active), None)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the laxer guards and the routes behind them."""
        for found in project.inactive_users():
            lax, strict = found.lax.name, found.strict.name
            hint = f"Depend on `{strict}`, or refuse inactive users in `{lax}`."
            if len(found.routes) >= GROUP_MINIMUM:
                yield self.at(
                    found.lax_function.place,
                    f"`{lax}` lets inactive users in; {len(found.routes)} routes that change data use it.",
                    hint=hint,
                    symbol=found.lax_function.symbol,
                    related=tuple(Related(one.path_place, f"`{one}`") for one in found.routes[:RELATED_LIMIT]),
                )
                continue
            for route in found.routes:
                yield self.at(
                    route.path_place,
                    f"`{route}` lets inactive users in: it depends on `{lax}`, not on `{strict}`.",
                    hint=hint,
                    symbol=route.symbol,
                )
