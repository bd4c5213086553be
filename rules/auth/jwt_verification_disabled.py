"""A token is read without looking at its signature."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class JwtVerificationDisabled(Rule):
    """Finds calls that read a JSON Web Token without verifying its signature.

    ## What it reports
    With PyJWT and python-jose: `options={"verify_signature": False}`, `verify=False`, `algorithms=["none"]` and
    `get_unverified_claims`.

    Not reported is a function that verifies the token as well, itself or through what it calls (reading the issuer
    first to find the key); one that reads nothing but `exp`, `iss` and other claims of the frame; and an `id_token`,
    which came straight from its issuer.

    ## Why
    Anybody can write a token. Without the signature it says whatever the caller likes: any user, any role, no end.

    ## When to ignore it
    Where the token was verified before it got here, by a gateway or an earlier function.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 347
    owasp = "API2:2023"
    checklist = (
        "Use JWT for authentication",
        "Secure authentication",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
    )
    references = (
        "https://www.rfc-editor.org/rfc/rfc8725#section-3.1",
        "https://pyjwt.readthedocs.io/en/stable/usage.html",
    )
    bad = (
        """\
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="/login")
OPTIONS = {"verify_signature": False}


def current_user(token: str = Depends(bearer)) -> str:
    claims = jwt.decode(token, options=OPTIONS)  # <- jwt-verification-disabled
    if "sub" not in claims:
        raise HTTPException(status_code=401)
    return claims["sub"]


@app.get("/mine")
def mine(user: str = Depends(current_user)):
    return {"user": user}
""",
        """\
from flask import Flask, request
from jose import jwt

app = Flask(__name__)


@app.get("/mine")
def mine():
    token = request.headers["Authorization"].removeprefix("Bearer ")
    return jwt.get_unverified_claims(token)["sub"]  # <- jwt-verification-disabled


@app.get("/others")
def others():
    claims = jwt.decode(request.args["token"], "key", algorithms=["none"])  # <- jwt-verification-disabled
    return claims["sub"]
""",
    )
    good = (
        {
            "app/tokens.py": """\
import jwt

from app.keys import key_of


def read(token: str) -> dict:
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    return verified(token, key_of(issuer))


def verified(token: str, key: str) -> dict:
    return jwt.decode(token, key, algorithms=["RS256"], options={"verify_aud": False})


def is_over(token: str, now: int) -> bool:
    return jwt.decode(token, options={"verify_signature": False})["exp"] < now


def who(answer: dict) -> str:
    return jwt.decode(answer["id_token"], options={"verify_signature": False})["sub"]
""",
            "app/keys.py": """\
KEYS = {}


def key_of(issuer: str) -> str:
    return KEYS[issuer]
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the calls that verify no signature."""
        for found in project.json_web_tokens.unverified():
            yield self.at(
                found.place,
                f"`{found.function_name}` believes a token without its signature (`{found.how}`).",
                hint='Verify it: `jwt.decode(token, key, algorithms=["HS256"])`.',
                symbol=found.symbol,
            )
