"""A model holds dataclasses that it does not check."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class UnvalidatedDataclassField(Rule):
    """Finds Pydantic models with fields of plain dataclasses that do not say whether instances are validated again.

    ## What it reports
    Fields whose type is, or holds, a class with the decorator of `dataclasses`, in models whose configuration does not
    set `revalidate_instances`. Pydantic's own dataclasses are validated when they are made, and left alone.


    ## Why
    Pydantic takes an instance of a plain dataclass as it is: a `User(age="old")` passes, although the same data as a
    dictionary would be refused. `revalidate_instances="always"` checks it, and `"never"` says that this is meant.


    ## When to ignore it
    Where all instances are made by code that a type checker has seen.
    """

    category = Category.CORRECTNESS
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.revalidate_instances",)
    bad = {
        "app/entities.py": """\
from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    street: str
""",
        "app/schemas.py": """\
from pydantic import BaseModel

from app.entities import Address


class Customer(BaseModel):  # <- unvalidated-dataclass-field
    name: str
    addresses: list[Address] | None = None
""",
    }
    good = """\
import dataclasses

from pydantic import BaseModel, ConfigDict
from pydantic.dataclasses import dataclass


@dataclasses.dataclass
class Address:
    street: str


@dataclass
class Point:
    x: int


class Base(BaseModel):
    model_config = ConfigDict(revalidate_instances="always")


class Customer(Base):
    address: Address


class Place(BaseModel):
    point: Point
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the types of fields and at configurations."""
        for found in project.schema_declarations.with_unvalidated_dataclasses():
            name, *fields = found.names
            yield self.at(
                found.place,
                f"`{name}` does not check the dataclass in `{fields[0]}` when it gets an instance.",
                hint='Set `revalidate_instances` in its configuration: `"always"`, or `"never"` where that is meant.',
                symbol=found.symbol,
            )
