"""The texts that `applications` puts together: `COMMON` once an application, the others filled in for each feature."""

from __future__ import annotations

SETTINGS = '''"""Settings, read from the environment."""

from functools import lru_cache

from pydantic import Field, PostgresDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What differs between the environments."""

    model_config = SettingsConfigDict(env_prefix="APP_", env_file=".env")

    database_url: PostgresDsn
    redis_url: str = "redis://localhost:6379/0"
    secret_key: SecretStr
    page_size: int = Field(default=50, ge=1, le=500)
    api_prefix: str = "/api/v1"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
'''

DATABASE = '''"""The engine, sessions, and the base of all tables."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import DateTime, func
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.settings import get_settings

engine = create_async_engine(str(get_settings().database_url), pool_pre_ping=True)
session_factory = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """The base of all tables."""


class Timestamps:
    """When a row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


async def get_session() -> AsyncIterator[AsyncSession]:
    """A session that lives as long as the request."""
    async with session_factory() as session:
        yield session
'''

SECURITY = '''"""Who calls."""

from typing import Annotated

from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="/api/v1/token")


class User(BaseModel):
    """Somebody with an account."""

    id: int
    email: str
    scopes: list[str] = []


async def get_current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> User:
    """The user whom the token names."""
    if not token:
        raise HTTPException(status_code=status.HTTP_401_UNAUTHORIZED, detail="Not authenticated")
    return User(id=1, email="somebody@example.org")


class RequireScope:
    """Refuses users without a scope."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    async def __call__(self, user: Annotated[User, Depends(get_current_user)]) -> User:
        if self.scope not in user.scopes:
            raise HTTPException(status_code=status.HTTP_403_FORBIDDEN, detail=f"Needs {self.scope}")
        return user
'''

DEPENDENCIES = '''"""Dependencies that most routes share."""

from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_session
from app.core.security import User, get_current_user

Session = Annotated[AsyncSession, Depends(get_session)]
CurrentUser = Annotated[User, Depends(get_current_user)]


class Paging:
    """Which part of a list is asked for."""

    def __init__(self, offset: int = Query(0, ge=0), limit: int = Query(50, ge=1, le=500)) -> None:
        self.offset = offset
        self.limit = limit
'''

ERRORS = '''"""Errors of the services, and how the API answers them."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse


class NotFound(Exception):
    """There is no such thing."""

    def __init__(self, what: str, identifier: int) -> None:
        super().__init__(f"{what} {identifier} does not exist")


class Conflict(Exception):
    """It cannot be done as things are."""


def add_error_handlers(app: FastAPI) -> None:
    """Answers errors of the services with their status."""

    @app.exception_handler(NotFound)
    async def not_found(request: Request, error: NotFound) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=404)

    @app.exception_handler(Conflict)
    async def conflict(request: Request, error: Conflict) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=409)
'''

WORKER = '''"""The Celery application."""

from celery import Celery

from app.core.settings import get_settings

celery_app = Celery("app", broker=get_settings().redis_url)
celery_app.conf.task_acks_late = True
celery_app.conf.task_time_limit = 300
'''

VIEWS = '''"""Pages for people."""

from pathlib import Path

from fastapi.templating import Jinja2Templates

templates = Jinja2Templates(directory=Path(__file__).parent.parent / "templates")
'''

MAIN = '''"""The web application."""

from fastapi import FastAPI

from app.api import api_router
from app.core.errors import add_error_handlers
from app.core.settings import get_settings

app = FastAPI(title="Synthetic application", version="1.0.0")
app.include_router(api_router, prefix=get_settings().api_prefix)
add_error_handlers(app)
'''

CONFTEST = '''"""Fixtures of all tests."""

import pytest
from fastapi.testclient import TestClient

from app.main import app


@pytest.fixture
def client():
    with TestClient(app) as test_client:
        yield test_client
'''

PYPROJECT = """[project]
name = "synthetic"
version = "1.0.0"
requires-python = ">=3.10"
dependencies = ["fastapi", "sqlalchemy", "pydantic-settings", "celery", "redis", "jinja2"]
"""

LAYOUT = """<!doctype html>
<html lang="en">
<head><title>{% block title %}{% endblock %}</title></head>
<body>
  <main>{% block content %}{% endblock %}</main>
</body>
</html>
"""

COMMON = {
    "pyproject.toml": PYPROJECT,
    "app/__init__.py": "",
    "app/main.py": MAIN,
    "app/core/__init__.py": "",
    "app/core/settings.py": SETTINGS,
    "app/core/database.py": DATABASE,
    "app/core/security.py": SECURITY,
    "app/core/dependencies.py": DEPENDENCIES,
    "app/core/errors.py": ERRORS,
    "app/core/worker.py": WORKER,
    "app/core/views.py": VIEWS,
    "app/templates/layout.html": LAYOUT,
    "tests/__init__.py": "",
    "tests/conftest.py": CONFTEST,
}

SCHEMAS = '''"""What the API takes and gives about a $title."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class ${Name}Base(BaseModel):
    """What a $title always has."""

$schema_fields

class ${Name}Create(${Name}Base):
    """A new $title."""


class ${Name}Update(BaseModel):
    """What may change of a $title."""

$update_fields

class ${Name}Read(${Name}Base):
    """A $title as the API gives it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    owner_id: int
    status: str
    created_at: datetime
    updated_at: datetime


class ${Name}Page(BaseModel):
    """A part of the list."""

    items: list[${Name}Read]
    total: int
    offset: int = 0
'''

MODELS = '''"""The table of a $title."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Boolean, DateTime, Float, ForeignKey, Index, Integer, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Timestamps


class $Name(Timestamps, Base):
    """A $title."""

    __tablename__ = "$name"
    __table_args__ = (Index("ix_${name}_owner_status", "owner_id", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(Integer, index=True)
    status: Mapped[str] = mapped_column(String(20), default="draft")
$columns$related_column
    def is_open(self) -> bool:
        """Whether it can still be changed."""
        return self.status in {"draft", "active"}
'''

REPOSITORY = '''"""Reads and writes the rows of a $title."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from $package.models import $Name


class ${Name}Repository:
    """All access to the table."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def find(self, identifier: int) -> $Name | None:
        """One of them."""
        return await self.session.get($Name, identifier)

    async def listed(self, owner_id: int, offset: int, limit: int) -> list[$Name]:
        """Those of an owner, newest first."""
        query = (
            select($Name)
            .where($Name.owner_id == owner_id)
            .order_by($Name.created_at.desc())
            .offset(offset)
            .limit(limit)
        )
        result = await self.session.execute(query)
        return list(result.scalars().all())

    async def count(self, owner_id: int) -> int:
        """How many an owner has."""
        query = select(func.count()).select_from($Name).where($Name.owner_id == owner_id)
        return (await self.session.execute(query)).scalar_one()

    async def add(self, values: dict, owner_id: int) -> $Name:
        """A new one."""
        row = $Name(**values, owner_id=owner_id)
        self.session.add(row)
        await self.session.commit()
        await self.session.refresh(row)
        return row

    async def remove(self, row: $Name) -> None:
        """Deletes one."""
        await self.session.delete(row)
        await self.session.commit()
'''

TASKS = '''"""What happens to a $title outside of requests."""

import logging

from app.core.worker import celery_app

logger = logging.getLogger(__name__)


@celery_app.task(bind=True, max_retries=3, autoretry_for=(ConnectionError,), retry_backoff=True)
def index_$name(self, identifier: int) -> None:
    """Puts a $title into the search index."""
    logger.info("indexing %s", identifier)


@celery_app.task(ignore_result=True)
def remind_owner_of_$name(identifier: int, days: int = 7) -> None:
    """Reminds the owner."""
    if days < 1:
        raise ValueError("days must be positive")
    logger.info("reminding the owner of %s after %s days", identifier, days)
'''

PACKAGE = '''"""Everything about a $title."""

from $package.schemas import ${Name}Create, ${Name}Page, ${Name}Read, ${Name}Update

__all__ = ["${Name}Create", "${Name}Page", "${Name}Read", "${Name}Update"]
'''

#: Files of a feature whose text is the same but for names and fields.
FEATURE = {
    "__init__.py": PACKAGE,
    "schemas.py": SCHEMAS,
    "models.py": MODELS,
    "repository.py": REPOSITORY,
    "tasks.py": TASKS,
}

SERVICE = '''"""What can be done with a $title."""

from sqlalchemy.ext.asyncio import AsyncSession

from $package.models import $Name
from $package.repository import ${Name}Repository
from $package.schemas import ${Name}Create, ${Name}Update
from $package.tasks import index_$name
${related_import}from app.core.errors import Conflict, NotFound


class ${Name}Service:
    """The rules of the business."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.rows = ${Name}Repository(session)

    async def get(self, identifier: int) -> $Name:
        """One of them, or NotFound."""
        row = await self.rows.find(identifier)
        if row is None:
            raise NotFound("$title", identifier)
        return row

    async def page(self, owner_id: int, offset: int, limit: int) -> dict:
        """A part of an owner's list."""
        items = await self.rows.listed(owner_id, offset, limit)
        return {"items": items, "total": await self.rows.count(owner_id), "offset": offset}

    async def create(self, values: ${Name}Create, owner_id: int) -> $Name:
        """A new one, which is also indexed."""
$related_check        row = await self.rows.add(values.model_dump(), owner_id)
        index_$name.delay(row.id)
        return row

    async def update(self, identifier: int, values: ${Name}Update) -> $Name:
        """Changes what is given."""
        row = await self.get(identifier)
        if not row.is_open():
            raise Conflict("The $title is closed")
        for field, value in values.model_dump(exclude_unset=True).items():
            setattr(row, field, value)
        await self.session.commit()
        index_$name.delay(row.id)
        return row

    async def delete(self, identifier: int) -> None:
        """Deletes one that is open."""
        row = await self.get(identifier)
        if not row.is_open():
            raise Conflict("The $title is closed")
        await self.rows.remove(row)
'''

RELATED_CHECK = """        if await ${Related}Repository(self.session).count(owner_id) > 10_000:
            raise Conflict("There are too many entries of ${related}")
"""

ACTION_METHOD = '''
    async def $action(self, identifier: int) -> $Name:
        """Changes the status of one that is open."""
        row = await self.get(identifier)
        if not row.is_open():
            raise Conflict("The $title cannot be changed: $action")
        row.status = "$action"
        await self.session.commit()
        return row
'''

ROUTER = '''"""The routes of a $title."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, status
from sqlalchemy import text

from $package.schemas import ${Name}Create, ${Name}Page, ${Name}Read, ${Name}Update
from $package.service import ${Name}Service
from app.core.dependencies import CurrentUser, Paging, Session
from app.core.security import RequireScope
from app.core.views import templates

router = APIRouter()


def get_service(session: Session) -> ${Name}Service:
    """The service of this request."""
    return ${Name}Service(session)


Service = Annotated[${Name}Service, Depends(get_service)]
Identifier = Annotated[int, Path(ge=1, description="Identifier of the $title")]


@router.post("", response_model=${Name}Read, status_code=status.HTTP_201_CREATED, summary="Add a $title")
async def create_$name(values: ${Name}Create, service: Service, user: CurrentUser):
    """Adds a $title that belongs to the user."""
    return await service.create(values, user.id)


@router.get("/{identifier}", response_model=${Name}Read, summary="Show a $title")
async def read_$name(identifier: Identifier, service: Service, user: CurrentUser):
    """Shows a $title."""
    return await service.get(identifier)


@router.patch("/{identifier}", response_model=${Name}Read, summary="Change a $title")
async def update_$name(identifier: Identifier, values: ${Name}Update, service: Service, user: CurrentUser):
    """Changes what is given of a $title."""
    return await service.update(identifier, values)


@router.delete(
    "/{identifier}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Delete a $title",
    dependencies=[Depends(RequireScope("$name:delete"))],
)
async def delete_$name(identifier: Identifier, service: Service) -> None:
    """Deletes a $title that is open."""
    await service.delete(identifier)
'''

LIST = '''

@router.get("", response_model=${Name}Page, summary="List every $title")
async def list_$name(service: Service, user: CurrentUser, paging: Annotated[Paging, Depends()]):
    """Lists those of the user, newest first."""
    return await service.page(user.id, paging.offset, paging.limit)
'''

BARE_LIST = """

@router.get("")
async def list_$name(service: Service, offset=0, limit=50):
    return await service.page(1, offset, limit)
"""

SEARCH_IN_TEXT = '''

@router.get("/search/{phrase}", response_model=list[${Name}Read], summary="Search")
async def search_$name(phrase: str, session: Session, user: CurrentUser):
    """Searches by the beginning of a word."""
    rows = await session.execute(text(f"SELECT * FROM $name WHERE $first LIKE '{phrase}%'"))
    return rows.mappings().all()
'''

PAGE_ROUTE = '''

@router.get("/{identifier}/page", include_in_schema=False)
async def show_$name(request: Request, identifier: Identifier, service: Service, user: CurrentUser):
    """A page about a $title."""
    row = await service.get(identifier)
    return templates.TemplateResponse(request, "$domain/$name.html", {"$name": row, "user": user})
'''

ACTION_ROUTE = '''

@router.post("/{identifier}/$action", response_model=${Name}Read, summary="$action a $title")
async def ${action}_$name(identifier: Identifier, service: Service, user: CurrentUser):
    """Changes the status of a $title."""
    return await service.$action(identifier)
'''

PAGE = """{% extends "layout.html" %}
{% block title %}$title{% endblock %}
{% block content %}
  <h1>{{ $name.id }}</h1>
  <dl>
$rows  </dl>
  {% if $name.status == "draft" %}<p>Draft of {{ user.email }}</p>{% endif %}
{% endblock %}
"""

TESTS = '''"""Tests of the routes of a $title."""

import pytest

URL = "/api/v1/$domain/$path"


@pytest.fixture
def created(client):
    return client.post(URL, json={"$first": "1"}).json()


def test_create_$name(client):
    response = client.post(URL, json={"$first": "1"})
    assert response.status_code == 201
    assert response.json()["$first"]


def test_read_$name(client, created):
    response = client.get(f"{URL}/{created['id']}")
    assert response.status_code == 200
    assert response.json()["id"] == created["id"]


@pytest.mark.parametrize("identifier", [0, -1])
def test_read_missing_$name(client, identifier):
    assert client.get(f"{URL}/{identifier}").status_code == 422


def test_delete_$name(client, created):
    assert client.delete(f"{URL}/{created['id']}").status_code == 204
'''

ACTION_TEST = """

def test_${action}_$name(client, created):
    response = client.post(f"{URL}/{created['id']}/$action")
    assert response.status_code == 200
    assert response.json()["status"] == "$action"
"""
