"""A field's default is computed once, when the module is imported."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity, source_text


class EagerFieldDefault(Rule):
    """Finds fields of models whose default is the time or a random value of the moment of import.

    ## What it reports
    Fields of Pydantic and SQLModel classes with a default such as `datetime.now()`, `date.today()`, `uuid4()`,
    `time.time()` or `secrets.token_hex()`, bare or in `Field(default=…)`, and calls of short functions of the project
    that return one of these. Settings classes and what they are made of are left alone: there is one object of
    them.

    ## Why
    The default stands in the class body, so it is computed when the process starts. All objects of the process then
    share one time or one identifier: records seem to be as old as the last deployment, and "unique" keys collide. It
    looks right in tests, which run right after the start.

    ## When to ignore it
    Where the time of the start is what is meant.

    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/concepts/fields/#default-values",)
    bad = {
        "app/clock.py": """\
from datetime import datetime, timezone


def now():
    return datetime.now(timezone.utc)
""",
        "app/schemas.py": """\
import uuid
from datetime import datetime

from pydantic import BaseModel, Field

from app.clock import now


class Payment(BaseModel):
    id: str = str(uuid.uuid4())  # <- eager-field-default
    created_at: datetime = datetime.utcnow()  # <- eager-field-default
    updated_at: datetime = Field(default=now(), description="when it changed")  # <- eager-field-default
    paid_at: datetime = Field(datetime.now())  # <- eager-field-default
""",
    }
    good = """\
import secrets
import uuid
from datetime import date, datetime, timedelta, timezone

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings


class State(BaseModel):
    started_at: datetime = datetime.now(timezone.utc)


class Settings(State, BaseSettings):
    secret_key: str = secrets.token_urlsafe(32)


class Payment(BaseModel):
    id: uuid.UUID = Field(default_factory=uuid.uuid4)
    created_at: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
    founded: date = date(2020, 1, 1)
    expires_in: timedelta = timedelta(days=1)
    tags: list[str] = []
    key: uuid.UUID = uuid.UUID(int=0)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the defaults of fields."""
        for field, call in project.eager_field_defaults:
            yield self.at(
                field,
                f"All `{field.owner.name}` objects get the same `{field.name}`: "
                f"`{source_text(call)}` runs once, at import.",
                hint="Use `Field(default_factory=…)` with the function itself.",
                symbol=field.owner.symbol,
            )
