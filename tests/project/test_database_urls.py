"""Which database URLs and passwords stand in the source, and what they are for."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.settings.database_urls import DatabaseUrl

URL = "postgresql://app:s3cret@db/app"


def urls(source: str, path: str = "app.py") -> tuple[DatabaseUrl, ...]:
    return project({path: source}).database_urls


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (f"DATABASE_URL = '{URL}'", "DATABASE_URL"),
        (f"class Settings:\n    url: str = '{URL}'", "url"),
        (f"class Settings:\n    url: str = Field('{URL}', description='where')", "url"),
        (f"class Settings:\n    url: str = Field(default='{URL}')", "url"),
        (f"app.config['SQLALCHEMY_DATABASE_URI'] = '{URL}'", "SQLALCHEMY_DATABASE_URI"),
        (f"app.config.from_mapping(SQLALCHEMY_DATABASE_URI='{URL}')", "SQLALCHEMY_DATABASE_URI"),
        (f"BINDS = {{'reports': '{URL}'}}", "reports"),
        (f"DATABASE_URL = os.environ.get('DB') or '{URL}'", "DATABASE_URL"),
        (f"def connect(url='{URL}'):\n    ...", "url"),
        (f"run(os.getenv('DATABASE_URL', '{URL}'))", "DATABASE_URL"),
        (f"class Settings:\n    def url(self):\n        return '{URL}'", "url"),
        ("DATABASE_URL = f'postgresql://app:s3cret@{HOST}/app'", "DATABASE_URL"),
    ],
)
def test_a_url_is_the_value_of_a_name(source: str, name: str) -> None:
    (url,) = urls(source)

    assert (url.name, url.is_connection, url.has_password) == (name, False, True)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (f"engine = create_engine('{URL}')", "create_engine"),
        (f"engine = sa.create_engine(make_url('{URL}'))", "create_engine"),
        (f"engine = create_engine(os.getenv('DATABASE_URL', '{URL}'))", "create_engine"),
        (f"Tortoise.init(db_url='{URL}')", "init"),
        (f"config.set_main_option('sqlalchemy.url', '{URL}')", "set_main_option"),
        ("psycopg.connect('host=db password=s3cret dbname=app')", "connect"),
        ("psycopg2.connect(host='db', password='s3cret')", "connect"),
        ("engine = create_engine(URL.create('postgresql', password='s3cret'))", "create"),
        ("MongoClient('mongodb://app:s3cret@db')", "MongoClient"),
    ],
)
def test_a_url_is_given_to_what_connects(source: str, name: str) -> None:
    (url,) = urls(f"import psycopg, psycopg2, sqlalchemy\n{source}")

    assert (url.name, url.is_connection, url.has_password) == (name, True, True)


@pytest.mark.parametrize(
    "source",
    [
        f'"""For instance {URL}."""',
        f"'{URL}'",
        f"raise ValueError('{URL}')",
        f"parser.add_argument('--url', help='{URL}')",
        f"url = Field(examples=['{URL}'])",
        f"model_config = ConfigDict(json_schema_extra={{'examples': [{{'url': '{URL}'}}]}})",
        f"model_config = {{'json_schema_extra': {{'url': '{URL}'}}}}",
        f"class Config:\n    json_schema_extra = {{'url': '{URL}'}}",
        f"EXAMPLE_URL = '{URL}'",
        f"assert url == '{URL}'",
        f"logger.info('{URL}')",
        "DATABASE_URL = 'sqlite:///app.db'",
        "PREFIX = 'postgresql://'.replace('ql', '')",
        "DATABASE_URL = 'postgresql://user:pass@host/app'",
        "DATABASE_URL = 'postgresql://<user>:<password>@example.com/app'",
        "client.connect(password='s3cret')",
    ],
)
def test_text_for_readers_is_no_url_of_a_database(source: str) -> None:
    assert [url for url in urls(source) if url.has_password] == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://localhost/app",
        "postgresql://app@db/app",
        "postgresql://app:{password}@db/app",
        "postgresql://app:${PASSWORD}@db/app",
        "postgresql://app:PASSWORD@db/app",
    ],
)
def test_a_url_without_a_password_of_its_own_says_so(url: str) -> None:
    assert not any(one.has_password for one in urls(f"DATABASE_URL = '{url}'"))


@pytest.mark.parametrize(
    ("host", "is_local"), [("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("db", False)]
)
def test_a_local_host_is_told_from_others(host: str, is_local: bool) -> None:
    (url,) = urls(f"engine = create_engine('postgresql://{host}:5432/app')")

    assert url.has_local_host is is_local


def test_a_host_that_is_not_known_is_no_host() -> None:
    (url,) = urls("engine = create_engine(f'postgresql://app:s3cret@{HOST}/app')")

    assert url.host is None


@pytest.mark.parametrize(
    ("source", "for_tests", "for_development"),
    [
        ("class TestingConfig:\n    URL = 'mysql://a:b@localhost/c'", True, False),
        ("TEST_DATABASE_URL = 'mysql://a:b@db/c'", True, False),
        ("class DevelopmentConfig:\n    URL = 'mysql://a:b@localhost/c'", False, True),
        ("class DevelopmentConfig:\n    URL = 'mysql://a:b@db.internal/c'", False, False),
        ("class Config:\n    URL = 'mysql://a:b@localhost/c'", False, False),
    ],
)
def test_names_tell_what_a_url_is_for(source: str, for_tests: bool, for_development: bool) -> None:
    (url,) = urls(source)

    assert (url.is_for_tests, url.is_for_development) == (for_tests, for_development)


@pytest.mark.parametrize("path", ["tests/conftest.py", "docs/app.py", "docs_src/tutorial/app.py", "examples/app.py"])
def test_tests_documentation_and_examples_are_left_out(path: str) -> None:
    assert urls(f"DATABASE_URL = '{URL}'", path) == ()


def test_the_url_of_alembic_is_read_with_its_place() -> None:
    (url,) = urls(f"[alembic]\n# sqlalchemy.url = none\nsqlalchemy.url = {URL}\n", "alembic.ini")

    assert url.has_password
    assert (url.place.line, url.place.column) == (3, 17)


def test_settings_are_collected_with_what_holds_them() -> None:
    files = {
        "app/config.py": (
            "from pydantic_settings import BaseSettings\n\n"
            "DEBUG = False\nloader = None\n\n"
            "class Settings(BaseSettings):\n    name: str = 'app'\n    key: str\n\n"
            "class FlaskConfig:\n    TESTING = False\n"
        ),
        "app/main.py": "def create(app):\n    app.config['SECRET'] = 'x'\n    app.config.update(LEVEL=1)\n",
    }

    assert [(one.name, one.kind) for one in project(files).settings_values] == [
        ("DEBUG", "constant"),
        ("name", "field"),
        ("TESTING", "attribute"),
        ("SECRET", "item"),
        ("LEVEL", "item"),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "URL = os.getenv('URL', '{}')",
        "URL = os.environ.get('URL') or '{}'",
        "class Settings(BaseSettings):\n    url: str = '{}'",
        "class Settings(pydantic_settings.BaseSettings):\n    url: str = Field(default='{}')",
        "engine = create_engine(config('URL', default='{}'))",
    ],
)
def test_a_default_for_a_database_of_ones_own_stands_for_a_password(source: str) -> None:
    def is_local_default(url: str) -> bool:
        [found] = urls("import os\n" + source.format(url))
        return found.is_local_default

    assert is_local_default("postgresql://postgres:postgres@localhost:5432/app")
    assert is_local_default("mysql+aiomysql://shop:shop_password@mysql/shop")
    assert is_local_default("postgresql://app:changeme@127.0.0.1/app")
    assert not is_local_default("postgresql://app:s3cret@localhost/app")
    assert not is_local_default("postgresql://postgres:postgres@db.company.com/app")


def test_what_the_environment_cannot_replace_is_no_default() -> None:
    [found] = urls("engine = create_engine('postgresql://postgres:postgres@localhost/app')")

    assert not found.is_local_default
