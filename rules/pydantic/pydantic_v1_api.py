"""Code for Pydantic 2 uses names of Pydantic 1."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, FirstVersionUse, Project, Related, Rule, Severity

#: Files with such names from which on they are the project's habit.
HABIT_MINIMUM = 4
RELATED_LIMIT = 5


class PydanticV1Api(Rule):
    """Finds names of Pydantic 1 in code that is written for Pydantic 2.

    ## What it reports
    In projects that declare Pydantic 2, or use what only it has: `@validator` and `@root_validator`, `class Config`,
    old options in `model_config` (`orm_mode`), old keywords of `Field` (`regex`, `min_items`), and calls of `.dict()`,
    `.parse_obj()`, `.from_orm()`, `.parse_raw()`, `.construct()` and `.update_forward_refs()` on models. One finding a
    file; from four files on one for the project. What is imported from `pydantic.v1` is left alone, and so are projects
    that run with both versions.

    ## Why
    The old names are deprecated and go with Pydantic 3. Until then two ways stand side by side that do not behave the
    same: an old validator is called with other arguments than a new one, an option of the old name in `model_config` is
    ignored with a warning, so that the model silently does without it.

    ## When to ignore it
    While the change to Pydantic 2 is under way.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    checklist = (
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
        "Follow FastAPI best practices",
    )
    references = ("https://docs.pydantic.dev/latest/migration/",)
    bad = (
        {
            "requirements.txt": "fastapi\npydantic>=2.5\n",
            "app/schemas.py": """\
from pydantic import BaseModel, Field, validator


class User(BaseModel):
    name: str
    code: str = Field(regex="^[a-z]+$")  # <- pydantic-v1-api

    @validator("name")
    def clean(cls, value):
        return value.strip()

    class Config:
        orm_mode = True
""",
            "app/service.py": """\
from app.schemas import User


def stored(user: User):
    return user.dict()  # <- pydantic-v1-api
""",
        },
        {
            "main.py": """\
from pydantic import BaseModel, ConfigDict


class Item(BaseModel):
    model_config = ConfigDict(orm_mode=True)  # <- pydantic-v1-api

    name: str


def read(row):
    return Item.from_orm(row)
""",
        },
    )
    good = (
        {
            "requirements.txt": "pydantic==1.10.13\n",
            "main.py": """\
from pydantic import BaseModel, validator


class User(BaseModel):
    name: str

    @validator("name")
    def clean(cls, value):
        return value.strip()

    class Config:
        orm_mode = True


def stored(user: User):
    return user.dict()
""",
        },
        {
            "pyproject.toml": '[project]\ndependencies = ["pydantic>=2.0"]\n',
            "main.py": """\
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.v1 import BaseModel as OldModel
from pydantic.v1 import validator


class Old(OldModel):
    name: str

    @validator("name")
    def clean(cls, value):
        return value.strip()


class User(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str = Field(pattern="^[a-z]+$")

    @field_validator("name")
    @classmethod
    def clean(cls, value):
        return dict(name=value)["name"]


def stored(user: User, headers):
    return user.model_dump() | headers.dict()
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Groups the uses by file."""
        by_file: dict[str, list[FirstVersionUse]] = {}
        for use in project.first_version_uses:
            by_file.setdefault(use.place.path, []).append(use)
        groups = [sorted(found, key=lambda use: use.place) for _, found in sorted(by_file.items())]
        if len(groups) >= HABIT_MINIMUM:
            yield self._habit(groups)
        else:
            for found in groups:
                yield self._of_file(found).standing_for(self._of_file([use]) for use in found)

    def _of_file(self, found: list[FirstVersionUse]) -> Finding:
        first = found[0]
        more = f", and so are {len(found) - 1} other names in the file" if len(found) > 1 else ""
        return self.at(
            first.place,
            f"{_named(first)} is of Pydantic 1, though the project uses Pydantic 2{more}.",
            hint=f"Use {first.instead if ' ' in first.instead else f'`{first.instead}`'}.",
            symbol=first.symbol,
            related=tuple(Related(use.place, f"{_named(use)}.") for use in found[1 : RELATED_LIMIT + 1]),
        )

    def _habit(self, groups: list[list[FirstVersionUse]]) -> Finding:
        first = groups[0][0]
        count = sum(map(len, groups))
        return self.gathered(
            first.place,
            f"{count} places in {len(groups)} files use names of Pydantic 1, though the project uses Pydantic 2.",
            (self._of_file([use]) for found in groups for use in found),
            hint="`bump-pydantic` changes most of them.",
            symbol=first.symbol,
            related=tuple(Related(found[0].place, f"{_named(found[0])}.") for found in groups[1 : RELATED_LIMIT + 1]),
        )


def _named(use: FirstVersionUse) -> str:
    return use.name[:1].upper() + use.name[1:] if "`" in use.name else f"`{use.name}`"
