"""Reports database URLs with credentials or a host that stand in the source."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class HardcodedDatabaseUrl(Rule):
    """Finds database passwords and hosts that stand in the source instead of the environment.

    ## What it reports
    - A URL with a password, or with a host other than the own machine, that is given to what connects:
      `create_engine`, `create_async_engine`, `Database`, `MongoClient`, `psycopg.connect`, `asyncpg.create_pool`,
      Alembic's `set_main_option` and `sqlalchemy.url` in `alembic.ini`.
    - A literal `password=` of such a call, or of `URL.create`.
    - A URL with a password as the value of a name: a field of a settings class, an attribute of a configuration class,
      `app.config["SQLALCHEMY_DATABASE_URI"]`, a constant, a parameter, or the default of `os.getenv`.

    A default counts although the environment may replace it: where the variable is forgotten, the program connects with
    the known password instead of stopping. A default for `localhost` without a password tells nothing, and neither does
    one that stands for a password (`postgres:postgres@localhost`, `app:changeme@db`) and leads to the own machine or to
    a service of the same Compose file.

    Not reported are SQLite, URLs put together of settings, placeholders (`<password>`, `${…}`, `driver://`, `host`,
    `example.com`), tests, documentation and examples, names for tests, and names for development with a local host.
    Neither are scripts that connect to the own machine with a password that stands for one.

    ## Why
    A password in the source is known to everybody who ever had the repository, stays in its history, and cannot be
    changed without a release. A host in the source ties the build to one environment.

    ## When to ignore it
    For a throw-away database that only a development container can reach; better is `compose.override.yml`.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 798
    checklist = (
        "Ensure all database configuration is in the configuration file and is not hardcoded.",
        "Use environment variables for configuration",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Maintain high code quality and security",
    )
    references = (
        "https://cwe.mitre.org/data/definitions/798.html",
        "https://12factor.net/config",
    )
    bad = (
        '''
from sqlalchemy import create_engine

engine = create_engine("postgresql://app:s3cret@db.internal:5432/app")  # <- hardcoded-database-url
''',
        {
            "app/config.py": (
                "from pydantic_settings import BaseSettings\n\n\n"
                "class Settings(BaseSettings):\n"
                '    DATABASE_URL: str = "postgresql+asyncpg://app:s3cret@postgres/app"  # <- hardcoded-database-url\n'
                '    REDIS_URL: str = "redis://localhost:6379"\n\n\n'
                "settings = Settings()\n"
            ),
            "app/database.py": (
                "from sqlalchemy.ext.asyncio import create_async_engine\n\n"
                "from app.config import settings\n\n"
                "engine = create_async_engine(settings.DATABASE_URL)\n"
            ),
        },
        {
            "config.py": (
                "import os\n\n\n"
                "class Config:\n"
                "    SQLALCHEMY_DATABASE_URI = os.environ.get(\n"
                '        "DATABASE_URL",\n'
                '        "mysql+pymysql://shop:Qz7-kettle@localhost/shop",  # <- hardcoded-database-url\n'
                "    )\n"
            ),
            "app.py": (
                "from flask import Flask\n\n\n"
                "def create_app():\n"
                "    app = Flask(__name__)\n"
                '    app.config.from_object("config.Config")\n'
                '    app.config["SQLALCHEMY_BINDS"] = {\n'
                '        "reports": "mysql://reports:s3cret@10.0.0.5/reports",  # <- hardcoded-database-url\n'
                "    }\n"
                "    return app\n"
            ),
        },
        {
            "scripts/copy_users.py": (
                "import psycopg\nfrom pymongo import MongoClient\n\n\n"
                "def main():\n"
                "    source = psycopg.connect(\n"
                '        host="db1",\n'
                '        password="hunter2",  # <- hardcoded-database-url\n'
                "    )\n"
                '    target = MongoClient("mongodb://mongo.internal:27017")  # <- hardcoded-database-url\n'
            ),
            "alembic.ini": "[alembic]\nsqlalchemy.url = postgresql://app:s3cret@db/app  # <- hardcoded-database-url\n",
        },
    )  # fmt: skip
    good = (
        '''
import os

from sqlalchemy import create_engine

engine = create_engine(os.environ["DATABASE_URL"])
cache = create_engine("sqlite:///cache.db")
local = create_engine(os.getenv("REPORTS_URL", "postgresql://localhost/reports"))
own = create_engine(os.getenv("ORDERS_URL", "postgresql://postgres:postgres@db:5432/orders"))
''',
        {
            "scripts/count_orders.py": (
                "import psycopg\n\nconnection = psycopg.connect("
                '"host=localhost user=postgres password=postgres dbname=shop")\n'
            ),
            "app/config.py": (
                "from pydantic import Field, PostgresDsn\nfrom pydantic_settings import BaseSettings\n\n\n"
                "class Settings(BaseSettings):\n"
                '    """For instance `DATABASE_URL=postgresql://user:password@db/app`."""\n\n'
                '    database_url: PostgresDsn = Field(examples=["postgresql://user:password@db/app"])\n'
                "    postgres_user: str\n    postgres_password: str\n    postgres_host: str\n\n"
                "    @property\n"
                "    def sync_url(self) -> str:\n"
                '        return f"postgresql://{self.postgres_user}:{self.postgres_password}@{self.postgres_host}/app"\n\n\n'
                "class TestConfig:\n"
                '    DATABASE_URL = "postgresql://test:test@localhost/test"\n\n\n'
                "class DevelopmentConfig:\n"
                '    DATABASE_URL = "postgresql://app:app@localhost/app"\n'
            ),
            "app/database.py": (
                "def normalised(url: str) -> str:\n"
                '    if not url.startswith("postgres://"):\n'
                '        raise ValueError("Expected postgres://user:password@host/name")\n'
                '    return url.replace("postgres://", "postgresql+psycopg://", 1)\n'
            ),
            "alembic.ini": "[alembic]\nsqlalchemy.url = driver://user:pass@localhost/dbname\n",
            "tests/conftest.py": 'DATABASE_URL = "postgresql://app:app@localhost/test"\n',
        },
    )  # fmt: skip

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the database URLs of the source."""
        for url in project.database_urls:
            if url.is_for_tests or url.is_for_development or url.is_local_default or url.is_of_a_script:
                continue
            if url.has_password:
                what = "is given a database password that stands" if url.is_connection else "holds a database password"
                message = f"`{url.name}` {what} in the source."
            elif url.is_connection and url.host and not url.has_local_host:
                message = f"`{url.name}` connects to the database host `{url.host}`, which stands in the source."
            else:
                continue
            change = ", and change the password" if url.has_password else ""
            hint = f"Read the URL from the environment through the settings, without a default{change}."
            yield self.at(url, message, hint=hint)
