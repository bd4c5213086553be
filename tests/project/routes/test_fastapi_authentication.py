"""Which dependencies of FastAPI demand that a caller is known, which let anybody pass, and which cannot be judged."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project

PROGRAM = """\
from company.caches import oracle_session
from company.identity import current_account
from company.settings import STRICT
from fastapi import Depends, FastAPI, HTTPException, Request, WebSocket, WebSocketException
from fastapi.security import HTTPBasicCredentials, HTTPBearer, OAuth2PasswordBearer
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


def optional_user_of_database(credentials=Depends(bearer), database=None):
    settings = database.settings()
    if settings.is_open and settings.name:
        return settings.name
    if credentials:
        return required_user(credentials)
    return None


def open_item(item_id: int, database=None):
    item = database.get(item_id)
    if item.is_private:
        raise HTTPException(status_code=403)
    return item


def known_address(request: Request):
    if request.client.host not in ("127.0.0.1",):
        raise HTTPException(status_code=403)


def socket_user(websocket: WebSocket, token: str | None = None):
    if token is None:
        raise WebSocketException(code=1008)
    return token


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
     "members.current_user()", "members.current_user(optional=False)", "known_address", "socket_user"],
)  # fmt: skip
def test_what_refuses_unknown_callers_enforces(dependency: str) -> None:
    assert authentication(dependency) == "YES"


@pytest.mark.parametrize(
    "dependency",
    ["bearer", "LenientBearer()", "optional_user", "user_of_header", "user_or_none", "manager.optional",
     "members.current_user(optional=True)", "optional_user_of_database", "open_item", "HTTPBasicCredentials"],
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


SCOPED = """\
from fastapi import FastAPI
from starlette.authentication import requires

from company.middleware import CSRFMiddleware

app = FastAPI()
app.add_middleware(CSRFMiddleware)


def protected(method, path, scopes=None):
    def decorate(function):
        return method(path)(requires(scopes or [])(function))

    return decorate


@protected(app.delete, "/items/{item_id}", ["items.write"])
def delete_item(item_id: int):
    return {}


@protected(app.post, "/items")
def create_item():
    return {}


@app.put("/items/{item_id}")
@requires("items.write")
def replace_item(request, item_id: int):
    return {}
"""


def test_scopes_are_demanded_by_a_decorator_that_names_some() -> None:
    answers = {route.method: route.authentication.answer.name for route in project({"main.py": SCOPED}).routes}

    assert answers == {"DELETE": "YES", "POST": "NO", "PUT": "YES"}
