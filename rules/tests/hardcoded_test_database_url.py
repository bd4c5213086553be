"""Reports databases of tests whose address stands in the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from reviewer.api import Category, DatabaseUrl, Finding, Project, Related, Rule, Severity

#: Constants that are named for the database of the tests, and not for a text that something else is to read.
DATABASE_NAME = re.compile(r"^[A-Z0-9_]*(?:DATABASE|DB|DSN|SQLALCHEMY|POSTGRES|MYSQL|PG)[A-Z0-9_]*$")
#: Further places that a finding names.
RELATED_LIMIT = 5


class HardcodedTestDatabaseUrl(Rule):
    """Finds tests that connect to one fixed database, whatever the environment says.

    ## What it reports
    Database URLs and passwords in tests and their fixtures that are given to what connects (`create_engine`,
    `asyncpg.connect`, …) or are the constant of a module (`TEST_DATABASE_URL`): one finding a file, at the first of
    them. SQLite, defaults of `os.getenv`, placeholders, addresses of which the environment gives a part, and what a
    test gives to the code under test are left out.

    ## Why
    The tests run where such a server happens to be: not in a pipeline whose service has another name or password, and
    not twice beside each other on one machine. Where the address is somebody's real database, tests that drop all
    tables drop its tables.

    ## When to ignore it
    Where a Compose file starts exactly this database for the tests.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    checklist = (
        "Use environment variables for configuration",
        "Ensure all database configuration is in the configuration file and is not hardcoded.",
        "Write tests using pytest and use fixtures for test setup.",
        "Write tests using pytest, taking advantage of fixtures for mocking and testing API calls.",
    )
    references = ("https://12factor.net/config",)
    bad = (
        {
            "tests/conftest.py": """\
from sqlalchemy import create_engine

TEST_DATABASE_URL = "postgresql://tester:secret@localhost/shop_test"  # <- hardcoded-test-database-url

engine = create_engine(TEST_DATABASE_URL)
""",
        },
        {
            "tests/test_orders.py": """\
import psycopg


def test_orders_are_stored():
    with psycopg.connect("postgresql://tester@db.internal/shop") as connection:  # <- hardcoded-test-database-url
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (0,)
""",
        },
    )
    good = {
        "tests/conftest.py": """\
import os

from sqlalchemy import create_engine

PORT = os.getenv("DATABASE_PORT", "5432")
TEST_DATABASE_BASE = f"postgresql://tester:secret@localhost:{PORT}/"

engine = create_engine(os.getenv("TEST_DATABASE_URL", "postgresql://tester:secret@localhost/shop_test"))
memory = create_engine("sqlite://")
""",
        "tests/test_settings.py": """\
from shop.settings import normalised

URL = "postgres://ada:secret@db/shop"


def test_the_driver_is_added():
    url = "postgres://ada:secret@db/shop"
    assert normalised(url) == "postgresql+psycopg://ada:secret@db/shop"
    assert normalised("postgres://ada:secret@db/shop") == "postgresql+psycopg://ada:secret@db/shop"
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """One finding for each file of tests with such an address."""
        found = (one for one in project.test_database_urls if not one.is_default and _names_database(one))
        for _, urls in groupby(found, key=lambda one: one.place.path):
            first, *others = urls
            yield self._finding(first, others).standing_for(map(self._finding, (first, *others)))

    def _finding(self, first: DatabaseUrl, others: Sequence[DatabaseUrl] = ()) -> Finding:
        return self.at(
            first,
            f"`{first.name}` names the database of the tests in the source.",
            hint="Read it from the environment, with the own machine as the default.",
            related=tuple(Related(one.place, f"`{one.name}` does so too.") for one in others[:RELATED_LIMIT]),
        )


def _names_database(url: DatabaseUrl) -> bool:
    if url.is_composed:
        return False
    is_constant = url.has_password and not url.owner and DATABASE_NAME.search(url.name) is not None
    return is_constant or (url.is_connection and (url.has_password or bool(url.host)))
