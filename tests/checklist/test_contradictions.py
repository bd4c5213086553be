"""No bullet is said to have passed above evidence for the opposite: small projects, with all rules silent."""

from __future__ import annotations

import pytest
from made_rules import make_rule

from reviewer.checklist import DOCUMENTS
from reviewer.checklist.judging import standing
from reviewer.checklist.verdicts import BulletResult, Verdict, rules_to_ask
from reviewer.project.in_memory import project
from reviewer.settings import Settings

ROUTES = """
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Book(BaseModel):
    title: str


@app.get("/books")
def list_books() -> list[Book]:
    return []
"""
LOGGED = "import logging\n" + ROUTES
TABLE = """
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Shelf(Base):
    __tablename__ = "shelves"
    id = Column(Integer, primary_key=True)
"""
REVISION = "revision = 'a1'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n"
PAGE = """
from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates

app = FastAPI()
templates = Jinja2Templates(directory="templates")


@app.get("/")
def home(request: Request):
    return templates.TemplateResponse("home.html", {"request": request})
"""
VIEWS = """
from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)


@app.get("/books")
def list_books():
    return jsonify([book.id for book in Book.query.all()])


@app.get("/books/first")
def first_book():
    return jsonify(Book.query.first().id)
"""
SCHEMA_TEST = "from main import Book\n\n\ndef test_a_book_has_a_title():\n    assert Book(title='x').title == 'x'\n"
OTHER_TEST = "def test_one_and_one():\n    assert 1 + 1 == 2\n"
LOG = "b2 a1 (HEAD -> main) feat: add a search\na1 feat: start\n"
HANDLERS = "Use exception handlers for different exception types to return appropriate error messages."
RENDERED = "Use Jinja2 for rendering HTML templates, passing data from FastAPI routes to the template context."
LAYER = "Ensure that all database access is handled by a proper data access layer."
MODELS_TESTED = "Test that all Pydantic models and validators function properly."
SCHEMA = "Manage database schema and migrations"
MAIN = "Prohibit direct commits to main with protection rules"
AUTHENTICATION = "Secure authentication"
TESTED = "Write comprehensive tests"


def judged(files: dict[str, str], quote: str) -> BulletResult:
    """The bullet where the only rule that answers it reports nothing."""
    rule = make_rule("silent", "api")
    rule = type("Silent", (rule,), {"__module__": rule.__module__, "checklist": tuple(_quotes())})
    catalogue = {"silent": rule}
    names = tuple(DOCUMENTS)
    asked = rules_to_ask(Settings(), catalogue, names)
    result = standing(names, project(files), catalogue, asked, (), (), judges_all=True)
    return next(one for document in result.documents for one in document.bullets if one.quote == quote)


def _quotes() -> dict[str, None]:
    return {quote: None for sections in DOCUMENTS.values() for quotes in sections.values() for quote in quotes}


@pytest.mark.parametrize(
    ("quote", "files", "verdict", "said"),
    [
        pytest.param("Log errors properly", {"main.py": ROUTES}, "failed", "0 of 1 modules import a logger.", id="log"),
        pytest.param("Log errors properly", {"main.py": LOGGED}, "passed", "", id="logs"),
        pytest.param(HANDLERS, {"main.py": ROUTES}, "failed", "registered in no module.", id="no handlers"),
        pytest.param(RENDERED, {"main.py": PAGE}, "unknown", "there are no templates.", id="no templates"),
        pytest.param(
            RENDERED,
            {"main.py": PAGE, "templates/start.html": "<p>Hello</p>"},
            "failed",
            "0 of 1 renderings name a template",
            id="another template",
        ),
        pytest.param(
            RENDERED, {"main.py": PAGE, "templates/home.html": "<p>Hello</p>"}, "passed", "", id="with a template"
        ),
        pytest.param(RENDERED, {"main.py": ROUTES}, "unknown", "nothing renders a template.", id="no renderings"),
        pytest.param(
            SCHEMA, {"main.py": ROUTES, "models.py": TABLE}, "unknown", "no revisions of Alembic", id="tables"
        ),
        pytest.param(
            SCHEMA,
            {"main.py": ROUTES, "models.py": TABLE, "migrations/versions/a1_start.py": REVISION},
            "passed",
            "No finding of 1 rule.",
            id="revisions",
        ),
        pytest.param(
            "Use async database operations",
            {"main.py": ROUTES, "models.py": TABLE},
            "failed",
            "0 of 1 modules with a database library use it asynchronously.",
            id="synchronous database",
        ),
        pytest.param(
            LAYER,
            {"main.py": VIEWS},
            "failed",
            "0 of 2 endpoints that are known to reach the database leave it",
            id="no layer",
        ),
        pytest.param(
            MODELS_TESTED,
            {"main.py": ROUTES, "test_books.py": OTHER_TEST},
            "for a person",
            "0 of 1 Pydantic models are named in a test.",
            id="models that no test names",
        ),
        pytest.param(MODELS_TESTED, {"main.py": ROUTES}, "unknown", "there are no tests", id="models without tests"),
        pytest.param(TESTED, {"main.py": ROUTES}, "unknown", "there are no tests", id="no tests"),
        pytest.param(
            TESTED, {"main.py": ROUTES, "test_books.py": SCHEMA_TEST}, "failed", "0 of 1 routes", id="no request"
        ),
        pytest.param(MAIN, {"main.py": ROUTES, ".git/log": LOG}, "for a person", "which is no proof", id="main"),
        pytest.param(
            AUTHENTICATION,
            {"main.py": "import os\n" + ROUTES + '\npassword = os.getenv("PASSWORD", "admin")\n'},
            "for a person",
            "1 password or key from the environment falls back to a text in the source: `PASSWORD`.",
            id="known password",
        ),
        pytest.param(
            "Build high-performance async endpoints",
            {"main.py": ROUTES},
            "failed",
            "0 of 1 endpoints are `async def`.",
            id="synchronous endpoints",
        ),
    ],
)
def test_the_verdict_is_that_of_the_evidence(quote: str, files: dict[str, str], verdict: str, said: str) -> None:
    bullet = judged(files, quote)

    assert (bullet.verdict.value, said in bullet.reason) == (verdict, True), bullet.reason


@pytest.mark.parametrize(
    "files", [{"main.py": ROUTES}, {"main.py": PAGE, "models.py": TABLE}, {"main.py": VIEWS, "test_a.py": OTHER_TEST}]
)
def test_nothing_passes_above_a_share_that_is_not_near_all(files: dict[str, str]) -> None:
    for quote in _quotes():
        bullet = judged(files, quote)
        if bullet.verdict is Verdict.PASSED:
            assert not [one.text for one in bullet.evidence if one.right is not None and 10 * one.right < 9 * one.total]
