"""The text of an environment variable is used as a flag or a number."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class EnvValueNotParsed(Rule):
    """Finds environment variables that are used as a flag or a number although they are text.

    ## What it reports
    - A flag that is true for every text, `"false"` and `"0"` too: `DEBUG = os.getenv("DEBUG", False)`,
      `bool(os.getenv("USE_CACHE"))`, `if os.environ.get("ENABLE_SIGNUP"):`, for names and defaults that stand for yes
      or no.
    - A default of another type than the text that the environment gives: `os.getenv("PORT", 8000)` is a number where
      the variable is not set, and a text where it is, unless the result is converted or only tested for presence.
    - A comparison of such a text with a number: `os.getenv("WORKERS") > 1`.

    Variables whose mere presence is the message (`CI`, `GITHUB_ACTIONS`, keys and addresses that may be missing) are
    no flags. Readers of libraries that convert (`config("DEBUG", cast=bool)`, settings classes) are left alone.

    ## Why
    The environment holds text. `DEBUG=false` is true in Python, so a flag that somebody switched off is on, and a
    number that works on the machine where the variable is not set fails where it is.

    ## When to ignore it
    Where any value is documented to switch the flag on, and no value to leave it off.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    preset = Preset.STRICT
    checklist = (
        "Use environment variables for configuration",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = ("https://docs.python.org/3/library/os.html#os.environ",)
    bad = (
        """\
import os

from fastapi import FastAPI

DEBUG = os.getenv("DEBUG", False)  # <- env-value-not-parsed
PORT = os.environ.get("PORT", 8000)  # <- env-value-not-parsed
USE_CACHE = bool(os.getenv("USE_CACHE", "false"))  # <- env-value-not-parsed
PRODUCTION = os.environ.get("PRODUCTION")  # <- env-value-not-parsed

app = FastAPI(debug=DEBUG)
if PRODUCTION:
    app.docs_url = None
""",
        {
            "config.py": """\
import os


class Config:
    TESTING = os.environ.get("TESTING") or False  # <- env-value-not-parsed
    MAIL_USE_TLS = os.environ.get("MAIL_USE_TLS") is not None
""",
            "app.py": """\
import os

from flask import Flask


def create_app():
    app = Flask(__name__)
    if os.getenv("ENABLE_METRICS", "0"):  # <- env-value-not-parsed
        app.config["METRICS"] = True
    if not os.getenv("DISABLE_SIGNUP"):  # <- env-value-not-parsed
        app.config["SIGNUP"] = True
    if int(os.getenv("WORKERS", 1)) > 1:
        app.config["LOCK"] = True
    return app
""",
        },
    )
    good = (
        """\
import os

DEBUG = os.getenv("DEBUG", "false").lower() in ("1", "true", "yes")
PORT = int(os.environ.get("PORT", 8000))
WORKERS = os.getenv("WORKERS", 4)
SENTRY_DSN = os.getenv("SENTRY_DSN")
HAS_SENTRY = bool(os.getenv("SENTRY_DSN"))
RETRIES = float(os.environ["RETRIES"])

if os.getenv("CI"):
    print("on a build server")
if SENTRY_DSN:
    print("errors are sent")
if os.getenv("DEBUG", "0") == "1":
    print("debugging")


def start(serve):
    serve(workers=int(WORKERS))
""",
        """\
from starlette.config import Config

config = Config(".env")
DEBUG = config("DEBUG", cast=bool, default=False)
PORT = config("PORT", cast=int, default=8000)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the reads of the environment whose text is taken for something else."""
        for found in project.unparsed_environment:
            name = found.read.variable or found.read.target
            if found.kind == "flag":
                message = f"`{name}` is text, so that any value makes this flag true, `false` and `0` too."
                hint = 'Compare the text with the values that mean yes: `… .lower() in ("1", "true", "yes")`.'
            else:
                message = f"`{name}` is text where the environment sets it, and {found.type_name} where it does not."
                hint = f"Convert the result: `{found.converter}(…)`."
            yield self.at(found.read.place, message, hint=hint, symbol=found.read.symbol)
