"""Evidence: sentences that are true of the project."""

from __future__ import annotations

import pytest

from reviewer.checklist.evidence.counts import Evidence, Shows, share
from reviewer.checklist.judging import MEASURES
from reviewer.project.in_memory import project

APPLICATION = "from fastapi import FastAPI\n\napp = FastAPI()\n"
BODIES = """
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Book(BaseModel):
    title: str


@app.post("/books")
def add(book: Book): ...


@app.post("/titles")
def add_titles(titles: list[str]): ...


@app.post("/anything")
def add_anything(book: dict[str, Any]): ...
"""
ERRORS = """
from flask import Flask, jsonify

app = Flask(__name__)


class InvalidUsage(Exception):
    @classmethod
    def not_found(cls):
        return cls()


@app.errorhandler(InvalidUsage)
def tell(error):
    return jsonify("no"), 404


@app.get("/books/<int:number>")
def book(number):
    raise InvalidUsage.not_found()
"""
DRIVERS = """
import sqlite3

import pandas
from fastapi import FastAPI
from sqlalchemy import create_engine

app = FastAPI()


class Shelf:
    def __init__(self, path):
        self.engine = create_engine(path)

    def orders(self):
        with self.engine.connect() as connection:
            return pandas.read_sql_query("SELECT 1", connection)


@app.get("/read")
def read():
    return Shelf("sqlite:///a").orders()


@app.get("/direct")
def direct():
    return sqlite3.connect("a").execute("SELECT 1").fetchall()


@app.get("/health")
def health():
    return "well"
"""
SETTINGS = """
import os


class Config:
    SECRET = os.environ.get("SECRET", "x")
    DATABASE = os.environ.get(
        "DATABASE",
        "sqlite://",
    )
    PAGES = 20
"""
CLIENT = "import docker\n\nclient = docker.from_env()\n"
TESTS = """
import pytest


@pytest.fixture
def testapp():
    return 1


class TestShelf:
    def test_one(self):
        assert True


def test_two():
    def test_inner():
        return 1

    assert test_inner()
"""
CONFTEST = "import pytest\n\n\n@pytest.fixture()\ndef testclient():\n    return 1\n"
MADE_ALONE = "from fastapi import FastAPI, APIRouter\n\nclass Strategy:\n    pass\n"


@pytest.mark.parametrize(
    ("measure", "files", "text"),
    [
        (
            "bodies",
            {"main.py": BODIES},
            "1 of 3 request bodies is a Pydantic model; 1 has another type that is checked, 1 takes anything.",
        ),
        (
            "error-answers",
            {"main.py": ERRORS},
            "Exceptions that have a handler (`InvalidUsage`) are raised in 1 place.",
        ),
        ("exception-handlers", {"main.py": ERRORS}, "Exception handlers are registered for `InvalidUsage`."),
        ("queries", {"main.py": DRIVERS}, "2 of 3 endpoints are known to reach the database."),
        (
            "queries",
            {"main.py": DRIVERS.partition('@app.get("/direct")')[0]},
            "1 of 1 endpoints is known to reach the database.",
        ),
        (
            "settings",
            {"config.py": SETTINGS, "views.py": "def read(request):\n    return request.headers.environ['A']\n"},
            "1 setting with a value in the source alone, 2 that the environment may set; the environment is read in 1 module.",
        ),
        (
            "http-clients",
            {"main.py": CLIENT},
            "0 of 1 modules with a client of other services import one that can be awaited.",
        ),
        (
            "tests",
            {"tests/test_shelf.py": TESTS, "tests/conftest.py": CONFTEST},
            "2 tests in 1 module; fixtures in 2 modules.",
        ),
        (
            "layers",
            {
                "api.py": APPLICATION,
                "controllers/strategy.py": "class Strategy:\n    def run(self):\n        return 1\n",
            },
            "Names and contents of the modules tell no layers.",
        ),
        (
            "background-work",
            {"rq.py": "rq = 1\nprint(rq)\n", "a.py": "from fastapi import BackgroundTasks\n"},
            "Background tasks in 1 module.",
        ),
        (
            "commits",
            {".git/COMMIT_EDITMSG": "feat: add a search\n\nBy name.\n"},
            "The last commit is `feat: add a search`.",
        ),
        ("branch", {".git/log": "a1 (HEAD -> main) feat: a\n"}, "The branch is `main`, a long-lived one."),
        (
            "trunk",
            {".git/log": "b2 a1 (HEAD -> main) feat: b\na1 feat: a\n"},
            "2 of the last 2 commits of `main` are no merges.",
        ),
    ],
)
def test_a_measure_says_what_there_is(measure: str, files: dict[str, str], text: str) -> None:
    assert MEASURES[measure](project(files)).text == text


@pytest.mark.parametrize(
    ("right", "total", "unknown", "shows"),
    [
        (0, 0, 0, Shows.NOTHING),
        (10, 10, 0, Shows.DONE),
        (9, 10, 0, Shows.DONE),
        (8, 10, 0, Shows.PARTLY),
        (5, 10, 0, Shows.PARTLY),
        (4, 10, 0, Shows.LACKING),
        (4, 10, 1, Shows.PARTLY),
        (0, 1, 0, Shows.LACKING),
    ],
)
def test_near_all_is_done_and_less_than_half_is_lacking(right: int, total: int, unknown: int, shows: Shows) -> None:
    assert share(right, total, "routes", "have tags|has tags", "No routes.", unknown).shows is shows


def test_what_is_only_counted_shows_that_it_is_there() -> None:
    assert Evidence("4 tables.", 4).shows is Shows.THERE


def test_the_verb_follows_the_number() -> None:
    assert share(1, 3, "routes", "have tags|has tags", "").text == "1 of 3 routes has tags."
    assert share(2, 3, "routes", "have tags|has tags", "").text == "2 of 3 routes have tags."
