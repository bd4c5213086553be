"""A secret is compared with `==`."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class TimingUnsafeCompare(Rule):
    """Finds secrets that are compared with `==` or `!=` to what a caller sent.

    ## What it reports
    In endpoints, dependencies and what they call: a comparison of what a caller sent with a secret of the settings, the
    environment or a constant (`settings.api_key`, `os.environ["WEBHOOK_SECRET"]`, `ADMIN_TOKEN`), or with a digest that
    `hmac` made.

    ## Why
    `==` stops at the first character that differs. Who measures many answers learns how much of a guess is right, and
    finds a token character by character; `hmac.compare_digest` takes as long for any guess.

    ## When to ignore it
    Where only other servers of the same network can call, and the secret is changed often.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    cwe = 208
    owasp = "API2:2023"
    checklist = ("Secure authentication",)
    references = (
        "https://docs.python.org/3/library/hmac.html#hmac.compare_digest",
        "https://fastapi.tiangolo.com/advanced/security/http-basic-auth/#timing-attacks",
    )
    bad = (
        {
            "app/main.py": """\
import os

from fastapi import Depends, FastAPI, Header, HTTPException, Request

from app.hooks import check
from app.settings import settings

app = FastAPI()


def require_key(x_api_key: str = Header()):
    if x_api_key != settings.API_KEY:  # <- timing-unsafe-compare
        raise HTTPException(status_code=401)


@app.get("/jobs", dependencies=[Depends(require_key)])
def list_jobs():
    return []


@app.post("/hooks")
async def hook(request: Request):
    check(await request.body(), request.headers["X-Signature"])
    if request.headers.get("X-Token") == os.environ["HOOK_TOKEN"]:  # <- timing-unsafe-compare
        return {"known": True}
    return {}
""",
            "app/hooks.py": """\
import hashlib
import hmac

KEY = b"from the settings"


def check(body, signature):
    expected = hmac.new(KEY, body, hashlib.sha256).hexdigest()
    if expected != signature:  # <- timing-unsafe-compare
        raise ValueError("wrong signature")
""",
            "app/settings.py": """\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    API_KEY: str


settings = Settings()
""",
        },
    )
    good = (
        """\
import hashlib
import hmac
import secrets

from fastapi import FastAPI, Header, HTTPException

from app.settings import settings

app = FastAPI()
TOKEN_TYPE = "bearer"
PLACEHOLDER_SECRET_KEY = "fill me in"


@app.post("/jobs")
def create_job(kind: str, token_type: str, x_api_key: str = Header()):
    if settings.API_KEY == "" or settings.API_KEY is None or settings.api_key_name == kind:
        raise HTTPException(status_code=500)
    if token_type != TOKEN_TYPE or x_api_key == PLACEHOLDER_SECRET_KEY:
        raise HTTPException(status_code=401)
    if not secrets.compare_digest(x_api_key, settings.API_KEY):
        raise HTTPException(status_code=401)
    return {}


@app.get("/settings")
def read_settings():
    marker = f"{PLACEHOLDER_SECRET_KEY} again"
    return {"key": None if settings.api_key == marker else marker}


@app.get("/devices")
def list_devices(name: str):
    digest = hmac.new(settings.API_KEY, name, hashlib.sha256).hexdigest()
    return Device.filter(Device.hashed_name == digest)


@app.post("/users")
def create_user(password: str, password_again: str):
    if password != password_again:
        raise HTTPException(status_code=422)
    return {}
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the comparisons of secrets."""
        for found in project.timed_comparisons():
            yield self.at(
                found.place,
                f"`{found.secret}` is compared with what a caller sent in a time that tells how much of it is right.",
                hint="Compare with `hmac.compare_digest(…)`.",
                symbol=found.function.symbol,
            )
