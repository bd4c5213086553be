"""Which dependencies of FastAPI demand that a caller is known, which let anybody pass, and which cannot be judged."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project

PROGRAM = """\
from company.caches import oracle_session
from company.identity import current_account
from company.settings import STRICT
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPBearer, OAuth2PasswordBearer
from fastapi_jwt_auth import AuthJWT
from fastapi_login import LoginManager
from fastapi_users import FastAPIUsers

app = FastAPI()
members = FastAPIUsers(None, [])
manager = LoginManager("secret", "/login")
bearer = HTTPBearer(auto_error=False)


class LenientBearer(HTTPBearer):
    def __init__(self):
        super().__init__(auto_error=False)


class CatchingBearer(HTTPBearer):
    async def __call__(self, request: Request):
        try:
            return await super().__call__(request)
        except HTTPException:
            return None


class StrictBearer(HTTPBearer):
    def __init__(self, auto_error: bool = True):
        super().__init__(auto_error=auto_error)

    async def __call__(self, request: Request):
        credentials = await super().__call__(request)
        if credentials.scheme != "Bearer":
            raise HTTPException(status_code=403)
        return credentials


def required_user(credentials=Depends(bearer)):
    if credentials is None:
        raise HTTPException(status_code=401)
    return credentials


def optional_user(credentials=Depends(bearer)):
    if credentials is None:
        return None
    if credentials.credentials != "good":
        raise HTTPException(status_code=401)
    return credentials


def user_of_header(request: Request):
    token = request.headers.get("Authorization")
    if not token:
        return None
    return required_user(token)


def user_or_none(request: Request):
    try:
        return required_user(request)
    except HTTPException:
        return None


@app.get("/")
def shown(given=Depends(%s)):
    return {}
"""


def authentication(dependency: str) -> str:
    (route,) = project({"main.py": PROGRAM % dependency}).routes
    return route.authentication.answer.name


@pytest.mark.parametrize(
    "dependency",
    ["required_user", "OAuth2PasswordBearer('/token')", "HTTPBearer()", "StrictBearer()", "manager",
     "members.current_user()", "members.current_user(optional=False)"],
)  # fmt: skip
def test_what_refuses_unknown_callers_enforces(dependency: str) -> None:
    assert authentication(dependency) == "YES"


@pytest.mark.parametrize(
    "dependency",
    ["bearer", "LenientBearer()", "optional_user", "user_of_header", "user_or_none", "manager.optional",
     "members.current_user(optional=True)"],
)  # fmt: skip
def test_what_lets_unknown_callers_pass_enforces_nothing(dependency: str) -> None:
    assert authentication(dependency) == "NO"


@pytest.mark.parametrize(
    "dependency",
    ["CatchingBearer()", "HTTPBearer(auto_error=STRICT)", "members.current_user(optional=STRICT)", "AuthJWT",
     "oracle_session", "current_account"],
)  # fmt: skip
def test_what_cannot_be_followed_is_unknown(dependency: str) -> None:
    assert authentication(dependency) == "UNKNOWN"


def test_an_endpoint_that_refuses_some_callers_is_not_said_to_be_guarded() -> None:
    program = """\
from fastapi import FastAPI, HTTPException
app = FastAPI()
@app.post("/login")
def login(name: str, password: str):
    if password != "good":
        raise HTTPException(status_code=401)
    return {}
"""
    (route,) = project({"main.py": program}).routes

    assert route.authentication.answer.name == "UNKNOWN"
