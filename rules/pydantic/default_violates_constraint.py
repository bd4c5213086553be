"""The default of a field is a value that the field would not take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from reviewer.api import BrokenDefault, Category, Finding, Project, Related, Rule, Severity

#: Fields of a project with None as default of a type without it, from which on that is its habit.
HABIT_MINIMUM = 8
RELATED_LIMIT = 5
#: The version of Pydantic that takes None as a default for permission to send it.
FIRST = 1


class DefaultViolatesConstraintOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `default-violates-constraint`."""

    implicit_optional: bool = True


class DefaultViolatesConstraint(Rule):
    """Finds fields of models whose default breaks their own type or constraints.

    ## What it reports
    Fields of Pydantic models and settings with a default that the field would refuse if a client sent it:

    - `None` for a type without None (`name: str = None`), unless the project is written for Pydantic 1, where that
      makes the field optional; from eight such fields on, one finding for the project;
    - a text for a number, and the like;
    - a value outside of `gt`, `ge`, `lt`, `le`, `min_length`, `max_length` or `pattern`, unless it is empty, which says
      that nothing was given;
    - a value that is no member of the field's `Literal` or enumeration.

    ## Why
    Pydantic does not validate defaults, so the model holds what its type excludes: code that trusts `str` calls
    `.lower()` on None, and what is sent back may not be sent in again. In Pydantic 1 `name: str = None` silently became
    optional; in Pydantic 2 it does not, and a client that sends `null` is refused.

    ## When to ignore it
    Where the default is a mark that can never be sent on purpose; say so in the type (`str | None`, another `Literal`).

    ## Options
    - `implicit-optional`: report `None` as the default of a type without None (true).
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/concepts/fields/#validate-default-values",)
    Options = DefaultViolatesConstraintOptions
    bad = """\
from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings


class Order(str, Enum):
    UP = "up"
    DOWN = "down"


class Listing(BaseModel):
    page: int = Field(0, ge=1)  # <- default-violates-constraint
    size: Annotated[int, Field(le=100)] = 500  # <- default-violates-constraint
    order: Order = "newest"  # <- default-violates-constraint
    shape: Literal["short", "long"] = "full"  # <- default-violates-constraint
    search: str = None  # <- default-violates-constraint
    code: str = Field(default="A1", min_length=3)  # <- default-violates-constraint
    limit: int = "20"  # <- default-violates-constraint


class Settings(BaseSettings):
    badge: str = Field(default=None)  # <- default-violates-constraint
"""
    good = (
        {
            "pyproject.toml": """\
[project]
name = "shop"
dependencies = ["pydantic==1.10.17"]
""",
            "app/schemas.py": """\
from pydantic import BaseModel, Field


class Account(BaseModel):
    key: str = Field(default=None, max_length=64)
    name: str = None
""",
        },
        {
            "app/schemas.py": """\
from pydantic import BaseModel, root_validator


class Event(BaseModel):
    id: str = None

    @root_validator
    def check(cls, values):
        return values
""",
        },
        """\
from enum import Enum
from typing import Annotated, Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field, validator


class Order(str, Enum):
    UP = "up"
    DOWN = "down"


class Listing(BaseModel):
    page: int = Field(1, ge=1)
    size: Annotated[int, Field(le=100)] = 100
    order: Order = "up"
    other_order: Order = Order.DOWN
    shape: Literal["short", "long", None] = None
    search: Optional[str] = None
    folder: str = Field("", min_length=1)
    anything: Any = None
    ratio: float = 1
    limit: int = Field(..., gt=0)
    names: list[str] = Field(default_factory=list, min_length=1)


class Checked(BaseModel):
    model_config = ConfigDict(validate_default=True)

    count: int = "20"


class Filled(BaseModel):
    name: str = None

    @validator("name", pre=True, always=True)
    def fill(cls, value):
        return value or "nobody"
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares defaults with types and constraints."""
        by_kind: defaultdict[bool, list[BrokenDefault]] = defaultdict(list)
        for broken in project.broken_defaults:
            is_none = broken.kind == "none"
            if not is_none or project.pydantic_version.major(broken.field.place.path) != FIRST:
                by_kind[is_none].append(broken)
        yield from map(self._single, by_kind[False])
        if not self.options.implicit_optional:
            return
        if len(by_kind[True]) >= HABIT_MINIMUM:
            yield self._habit(by_kind[True])
        else:
            yield from map(self._single, by_kind[True])

    def _single(self, broken: BrokenDefault) -> Finding:
        field = broken.field
        hint = "Change the default or the constraint." if broken.kind != "none" else "Let the type say so: `… | None`."
        return self.at(
            field,
            f"The default `{broken.default}` of `{field.owner.name}.{field.name}` {broken.reason}.",
            hint=hint,
            symbol=field.owner.symbol,
        )

    def _habit(self, found: list[BrokenDefault]) -> Finding:
        fields = [one.field for one in found]
        return self.gathered(
            fields[0],
            f"{len(found)} fields have the default None and a type without it, "
            f"`{fields[0].owner.name}.{fields[0].name}` first.",
            map(self._single, found),
            hint="Let the types say so: `… | None`.",
            symbol=fields[0].owner.symbol,
            related=tuple(
                Related(one.place, f"`{one.owner.name}.{one.name}` too.") for one in fields[1 : RELATED_LIMIT + 1]
            ),
        )
