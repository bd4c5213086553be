"""A token is made that never expires."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class JwtWithoutExpiry(Rule):
    """Finds JSON Web Tokens that are made without an expiry.

    ## What it reports
    A call of `jwt.encode` (PyJWT, python-jose) with a payload that has no claim `exp`. The whole payload has to be
    known: a dictionary in the source, also through names, copies, `update`, and the callers of the function.

    ## Why
    A signed token is believed until it expires, whatever happened to its owner since. One without an expiry is good for
    ever: whoever finds it in a log, a backup or a browser can use it, and only a new key for all takes it back.

    ## When to ignore it
    Where the receiver keeps a list of tokens and asks it each time.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    cwe = 613
    owasp = "API2:2023"
    checklist = (
        "Use JWT for authentication",
        "Secure authentication",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
    )
    references = ("https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4",)
    bad = (
        """\
import jwt

KEY = open("key").read()


def sign(user_id: int) -> str:
    return jwt.encode({"sub": str(user_id)}, KEY, algorithm="HS256")  # <- jwt-without-expiry
""",
        {
            "app/tokens.py": """\
from jose import jwt

from app.settings import settings


def create_token(data: dict) -> str:
    to_encode = data.copy()
    to_encode.update({"iss": "shop"})
    return jwt.encode(to_encode, settings.key)  # <- jwt-without-expiry
""",
            "app/login.py": """\
from app.tokens import create_token


def login(user) -> dict:
    return {"access_token": create_token(data={"sub": user.email, "role": user.role})}
""",
            "app/settings.py": """\
class Settings:
    key: str


settings = Settings()
""",
        },
    )
    good = (
        {
            "app/tokens.py": """\
from datetime import datetime, timedelta, timezone

import jwt

from app.settings import settings


def create_token(data: dict, lifetime: timedelta) -> str:
    to_encode = data.copy()
    to_encode.update({"exp": datetime.now(timezone.utc) + lifetime})
    return jwt.encode(to_encode, settings.key, algorithm="HS256")


def sign(payload: dict) -> str:
    return jwt.encode(payload, settings.key, algorithm="HS256")


def sign_claims(user, claims: dict) -> str:
    payload = {"sub": user.email, **claims}
    return jwt.encode(payload, settings.key, algorithm="HS256")


def sign_object(claims) -> str:
    return jwt.encode(claims.model_dump(), settings.key, algorithm="HS256")
""",
            "app/login.py": """\
from app.tokens import sign


def login(user, end: int) -> str:
    return sign({"sub": user.email, "exp": end})
""",
            "app/settings.py": """\
class Settings:
    key: str


settings = Settings()
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the tokens that never expire."""
        for found in project.json_web_tokens.endless():
            yield self.at(
                found.place,
                f"`{found.function_name}` makes a token that never expires.",
                hint='Put the claim `exp` into the payload: `{"exp": datetime.now(timezone.utc) + lifetime, …}`.',
                symbol=found.symbol,
            )
