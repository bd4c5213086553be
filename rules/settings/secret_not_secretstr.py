"""A field of the settings holds a secret as a plain text."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class SecretNotSecretstr(Rule):
    """Finds passwords, keys and tokens that a settings class holds as `str`, so that printing the settings shows them.

    ## What it reports
    Fields of classes on top of `BaseSettings` of Pydantic with the name of a secret (`secret_key`,
    `smtp_password`, `github_token`) that take any text: `str`, `str | None`. Names of what stands around a secret
    (`token_url`, `password_header`) are left alone.

    ## Why
    Settings are printed when a program starts, and by every error report that shows local variables. `SecretStr`
    writes stars instead, and gives the value only to who asks for it with `get_secret_value()`.

    ## When to ignore it
    Where the settings never leave the process, in a small program that reports errors to nobody.
    """

    category = Category.SECURITY
    severity = Severity.INFO
    preset = Preset.STRICT
    cwe = 532
    checklist = ("Use environment variables for configuration",)
    references = (
        "https://docs.pydantic.dev/latest/api/types/#pydantic.types.SecretStr",
        "https://cwe.mitre.org/data/definitions/532.html",
    )
    bad = """\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    app_name: str = "shop"
    secret_key: str  # <- secret-not-secretstr
    smtp_password: str | None = None  # <- secret-not-secretstr
    token_url: str = "/token"


settings = Settings()
"""
    good = """\
from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings


class Login(BaseModel):
    password: str


class Settings(BaseSettings):
    secret_key: SecretStr
    smtp_password: SecretStr | None = None
    access_token_expire_minutes: int = 30
    password_header: str = "X-Password"
    token_algorithm: str = "HS256"


settings = Settings()
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the secrets of the settings that are plain texts."""
        for field in project.plain_secrets():
            owner = field.owner
            yield self.at(
                field.place,
                f"`{owner.name}.{field.name}` is a secret that shows wherever the settings are printed.",
                hint="Declare it as `SecretStr`, and read it with `get_secret_value()` where it is used.",
                symbol=f"{owner.module.name}:{owner.qualname}.{field.name}",
            )
