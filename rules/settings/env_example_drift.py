"""A required setting is missing in the example of environment variables."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class EnvExampleDrift(Rule):
    """Finds required settings that the project's `.env.example` does not show.

    ## What it reports
    Fields without a default of classes on top of `BaseSettings` of Pydantic, of type `str`, `int`, `bool` or `float`,
    whose variable neither stands in the example file (`.env.example`, `.env.template`, `.env.sample`, `.env.dist`) nor
    in a comment of it. The file must show at least three other variables of the class, and be the only one that does;
    prefixes and aliases count. Classes that read other sources too (`settings_customise_sources`, `toml_file`) are left
    alone.

    ## Why
    Who sets the program up copies the example and fills it in. The variable that is missing there is found out by a
    program that does not start.

    ## When to ignore it
    Where the platform always sets the variable.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Use environment variables for configuration",)
    references = ("https://docs.pydantic.dev/latest/concepts/pydantic_settings/",)
    bad = {
        "app/config.py": """\
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="SHOP_")

    database_url: str
    mail_host: str
    mail_port: int
    mail_sender: str  # <- env-example-drift
    page_size: int = 20


settings = Settings()
""",
        ".env.example": "SHOP_DATABASE_URL=\nSHOP_MAIL_HOST=\nSHOP_MAIL_PORT=25\n",
    }
    good = {
        "app/plugin.py": """\
from pydantic_settings import BaseSettings


class PluginSettings(BaseSettings):
    database_url: str
    mail_host: str
    mail_port: int
    color: str

    @classmethod
    def settings_customise_sources(cls, settings_cls, **sources):
        return tuple(sources.values())
""",
        "app/config.py": """\
from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str
    mail_host: str
    mail_port: int
    mail_sender: str
    search_url: str = Field(validation_alias="SEARCH")
    page_size: int = 20


class JobSettings(BaseSettings):
    queue: str


settings = Settings()
""",
        ".env.example": "DATABASE_URL=\nMAIL_HOST=\nMAIL_PORT=25\n# MAIL_SENDER=shop@example.com\nSEARCH=\n",
        ".env": "DATABASE_URL=\nMAIL_HOST=\nMAIL_PORT=25\n",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the required settings that no example shows."""
        for found in project.unshown_settings():
            field = found.field
            yield self.at(
                field.place,
                f"`{found.variable}` is required and missing in `{found.example}`.",
                hint=f"Add a line `{found.variable}=` to `{found.example}`.",
                symbol=f"{field.owner.module.name}:{field.owner.qualname}.{field.name}",
            )
