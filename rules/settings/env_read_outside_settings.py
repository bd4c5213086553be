"""Environment variables are read beside the project's settings."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class EnvReadOutsideSettings(Rule):
    """Finds environment variables that are read in the middle of the program although it has a module of settings.

    ## What it reports
    `os.environ[…]`, `os.environ.get`, `os.getenv` and the readers of `starlette.config`, `decouple` and `environs` in
    a module that holds no settings, where the project has one that does: with a class of `pydantic-settings`, or named
    for it (`config`, `settings`, `conf`). Where most of the environment is read elsewhere, that is the project's way,
    and nothing is reported.

    Left alone are variables that choose the settings (`APP_CONFIG`, `FLASK_ENV`) or that the system or platform sets
    (`HOME`, `CI`, `HOSTNAME`), classes named for configuration, migrations, scripts, commands, and files that start a
    server.

    ## Why
    Settings in one place are validated when the program starts, have a type and a default that everybody sees, and can
    be replaced in tests. A variable that a function reads on its own fails in the middle of a request where it is
    missing, and nobody who deploys the program finds it.

    ## When to ignore it
    For a variable of one small module that is to be usable without the rest of the application.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Use environment variables for configuration",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = ("https://fastapi.tiangolo.com/advanced/settings/",)
    bad = (
        {
            "app/config.py": """\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str
    mail_from: str = "shop@example.com"


settings = Settings()
""",
            "app/mail.py": """\
import os

from app.config import settings


def send(to: str, text: str) -> None:
    key = os.environ["MAIL_API_KEY"]  # <- env-read-outside-settings
    print(key, settings.mail_from, to, text)
""",
        },
        {
            "shop/config.py": """\
import os

SECRET_KEY = os.environ["SECRET_KEY"]
PAGE_SIZE = int(os.getenv("PAGE_SIZE", "20"))
""",
            "shop/views.py": """\
from os import getenv

from flask import Blueprint

bp = Blueprint("views", __name__)


@bp.get("/banner")
def banner():
    return {"text": getenv("BANNER_TEXT", "")}  # <- env-read-outside-settings
""",
        },
    )
    good = (
        {
            "app/config.py": 'import os\n\nMAIL_API_KEY = os.environ["MAIL_API_KEY"]\n',
            "app/main.py": """\
import os

from fastapi import FastAPI

from app.config import MAIL_API_KEY

os.environ["TOKENIZERS_PARALLELISM"] = "false"
app = FastAPI(debug=os.getenv("APP_ENV") == "development")


@app.get("/health")
def health():
    return {"host": os.environ.get("HOSTNAME"), "has_mail": bool(MAIL_API_KEY)}
""",
            "app/feed.py": """\
import os


def load(key: str) -> list[str]:
    return [key]


if __name__ == "__main__":
    print(load(os.environ["FEED_KEY"]))
""",
            "scripts/seed.py": 'import os\n\nprint(os.environ["SEED_USER"])\n',
        },
        {
            "app/config.py": 'import os\n\nPAGE_SIZE = int(os.getenv("PAGE_SIZE", "20"))\n',
            "app/search.py": """\
import os

HOST = os.environ["SEARCH_HOST"]
INDEX = os.getenv("SEARCH_INDEX", "items")
""",
        },
        """\
import os

from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the reads beside the settings."""
        home, reads = project.scattered_reads()
        if home is None:
            return
        for read in reads:
            yield self.at(
                read.place,
                f"`{read.variable}` is read from the environment here and not in the settings, `{home.name}`.",
                hint=f"Declare it in `{home.name}` and read it from there.",
                symbol=read.symbol,
            )
