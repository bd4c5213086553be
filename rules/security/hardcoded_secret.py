"""A key, password or token stands in the source."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class HardcodedSecret(Rule):
    """Finds keys, passwords and tokens that stand in the source.

    ## What it reports
    - A literal that the application signs or encrypts with: `app.secret_key = "…"`, `app.config["SECRET_KEY"]`, the
      constant `SECRET_KEY`, `SessionMiddleware(secret_key="…")`, the key of `jwt.encode`, `Fernet`, `hmac.new`.
    - A literal that looks drawn by chance or chosen as a password, as the value of a name, keyword or key that stands
      for a secret (`api_key`, `client_secret`, `password`, `access_token`).
    - A text with the form of a known kind of token (`AKIA…`, `ghp_…`, `sk_live_…`, `xoxb-…`), whatever it is called.

    Names of secrets are no secrets: `token_type = "bearer"`, `tokenUrl="login"`, `PASSWORD_FIELD = "password"`,
    `SESSION_KEY = "user_session"`. Placeholders, tests, documentation and examples are left out. Defaults of the
    environment are `secret-with-default`, and database URLs `hardcoded-database-url`.

    ## Why
    What stands in the source is known to everybody who ever had the repository, and stays in its history. It is the
    same for all installations, and cannot be changed without a release.

    ## When to ignore it
    For keys that are public by design, such as the publishable key of a payment form.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 798
    owasp = "API8:2023"
    checklist = (
        "Use environment variables for configuration",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        "Secure authentication",
        "Maintain high code quality and security",
    )
    references = ("https://cwe.mitre.org/data/definitions/798.html", "https://12factor.net/config")
    bad = (
        {
            "app/main.py": """\
from fastapi import FastAPI
from starlette.middleware.sessions import SessionMiddleware

from app.mail import send

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="not so secret")  # <- hardcoded-secret
""",
            "app/tokens.py": """\
import jwt

SECRET_KEY = "changeme"  # <- hardcoded-secret
ALGORITHM = "HS256"


def sign(user_id: int) -> str:
    return jwt.encode({"sub": str(user_id)}, SECRET_KEY, algorithm=ALGORITHM)


def sign_invitation(email: str) -> str:
    return jwt.encode({"email": email}, "invite-7f3a", algorithm=ALGORITHM)  # <- hardcoded-secret
""",
            "app/mail.py": """\
import requests

API_KEY = "k7Qz91mXw2Lp55Ta"  # <- hardcoded-secret


def send(text: str) -> None:
    requests.post(
        "https://mail.example.com/send",
        json={"text": text, "api_key": API_KEY, "client_secret": "9f8e7d6c5b4a39281706"},  # <- hardcoded-secret
    )
""",
        },
        """\
from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = "dev key 12"  # <- hardcoded-secret
""",
    )
    good = (
        {
            "app/main.py": """\
import os

from fastapi.security import APIKeyHeader, OAuth2PasswordBearer

SECRET_KEY = os.environ["SECRET_KEY"]
SESSION_KEY = "user_session"
SECRET_KEY_HEADER = "X-Secret-Key"
PASSWORD_FIELD = "password"
TOKEN_TYPE = "bearer"
RESET_TOKEN = "reset_token_v2"
oauth2_revoked_token = "oauth2_revoked_token"
GOOGLE_SECRET = "projects/shop/secrets/google"
API_KEY_HELP = "Set it with: export API_KEY=<your key>"
bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/login/access-token")
header = APIKeyHeader(name="X-API-Key")


def token(access_token: str) -> dict[str, str]:
    return {"access_token": access_token, "token_type": "bearer"}


def first(rows):
    return sorted(rows, key=lambda row: row["key"])


def removed_key(reference):
    return {"reference": reference, "secret": "The key was taken back"}


RESPONSES = {
    200: {
        "content": {
            "application/json": {"example": {"access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.k7Qz91mXw2Lp55Ta"}}
        }
    }
}
""",
            "tests/conftest.py": 'SECRET_KEY = "test"\nAPI_KEY = "k7Qz91mXw2Lp55Ta"\n',
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the secrets in the source that nothing replaces."""
        for value in project.secret_values:
            if value.is_default and value.purpose != "credential":
                continue
            message = (
                f"`{value.name}` is a key to sign or encrypt with that stands in the source."
                if value.purpose == "signing key"
                else f"`{value.name}` holds what looks like a secret in the source."
            )
            yield self.at(
                value.place,
                message,
                hint="Read it from the environment through the settings, and replace it where it was in use.",
                symbol=value.symbol,
            )
