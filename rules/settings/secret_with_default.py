"""A signing key or the password of an administrator has a default in the source."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class SecretWithDefault(Rule):
    """Finds signing keys and administrators' passwords that fall back to a value in the source.

    ## What it reports
    A literal that holds where the environment says nothing, for a key that the application signs or encrypts with
    (`SECRET_KEY`, `JWT_SECRET`, `SESSION_SECRET`, `ENCRYPTION_KEY`) or for the password of an account that it makes
    (`FIRST_SUPERUSER_PASSWORD`, `ADMIN_PASSWORD`):

    - the default of `os.getenv`, `os.environ.get`, `config("SECRET_KEY", default=…)`, or what follows `or`;
    - the default of a field of a settings class.

    Not reported are empty defaults, values that are made at start (`secrets.token_urlsafe(32)`), and a default that
    the program looks for and refuses. Classes and variables for tests and development are left alone.

    ## Why
    Whoever reads the source can sign tokens and sessions of every installation that forgot to set the variable, and
    nothing shows that it was forgotten: the application starts. Without a default it stops and says what is missing.

    ## When to ignore it
    Where the value protects nothing, such as a key that only a test setup uses.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 1188
    owasp = "API8:2023"
    checklist = (
        "Use environment variables for configuration",
        "Secure authentication",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        "Maintain high code quality and security",
    )
    references = (
        "https://cwe.mitre.org/data/definitions/1188.html",
        "https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/",
    )
    bad = (
        {
            "app/config.py": """\
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    project_name: str = "shop"
    secret_key: SecretStr = SecretStr("change-me-please")  # <- secret-with-default
    first_superuser: str = "admin@example.com"
    first_superuser_password: str = Field(default="admin123")  # <- secret-with-default
    access_token_expire_minutes: int = 30


settings = Settings()
""",
            "app/tokens.py": """\
import os

import jwt

SIGNING_KEY = os.getenv("JWT_SECRET", "s3cr3t")  # <- secret-with-default


def sign(user_id: int) -> str:
    return jwt.encode({"sub": str(user_id)}, SIGNING_KEY, algorithm="HS256")
""",
        },
        """\
import os

from flask import Flask


def create_app():
    app = Flask(__name__)
    app.secret_key = os.environ.get("SECRET_KEY") or "Qz7 kettle 91"  # <- secret-with-default
    app.config["SECURITY_PASSWORD_SALT"] = os.environ["PASSWORD_SALT"]
    return app
""",
        """\
from starlette.config import Config

config = Config(".env")

DEFAULT_KEY = "insecure"
SECRET_KEY = config("SECRET_KEY", cast=str, default=DEFAULT_KEY)  # <- secret-with-default
""",
    )
    good = (
        """\
import os
import secrets

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    secret_key: str
    jwt_secret_key: str = secrets.token_urlsafe(32)
    password_reset_token_expire_hours: int = 48
    token_url: str = "/api/v1/login/access-token"
    smtp_password: str = "mail"


class TestSettings(Settings):
    secret_key: str = "test"


SESSION_COOKIE = os.getenv("SESSION_COOKIE", "session")
SESSION_KEY_PREFIX = os.getenv("SESSION_KEY_PREFIX", "session:")
SECRET_KEY = os.getenv("SECRET_KEY", "")
SIGNING_KEY = os.getenv("SIGNING_KEY", SECRET_KEY)
""",
        {
            "app/config.py": """\
import os

SECRET_KEY = os.getenv("SECRET_KEY", "changethis")
""",
            "app/start.py": """\
from app.config import SECRET_KEY


def refuse_defaults() -> None:
    if SECRET_KEY in ("changethis", ""):
        raise RuntimeError("Set SECRET_KEY before you start the application.")
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the secrets in the source that are defaults."""
        for value in project.secret_values:
            if not value.is_default or value.purpose == "credential" or project.is_secret_compared(value):
                continue
            what = "key" if value.purpose == "signing key" else "password"
            yield self.at(
                value.place,
                f"`{value.name}` falls back to a {what} that everybody can read in the source.",
                hint="Leave the default out, so that the application does not start without a value of its own.",
                symbol=value.symbol,
            )
