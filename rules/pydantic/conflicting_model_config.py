"""A model inherits several configurations."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity


class ConflictingModelConfig(Rule):
    """Finds Pydantic models that inherit configurations from several bases and declare none themselves.

    ## What it reports
    Classes with two or more bases that are models and have their configuration from different classes, of which none
    inherits from the other, where the class has no `model_config` or `Config` of its own.


    ## Why
    Pydantic does not follow the order in which Python looks attributes up: it joins the configurations of the bases,
    and the last base wins. Which options hold is seen only by who knows that, and changes with the order of the bases
    or with an option that someone adds to one of them.


    ## When to ignore it
    Where the configurations have no option in common, and that stays so.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/concepts/config/#change-behaviour-globally",)
    bad = """\
from pydantic import BaseModel, ConfigDict


class Lower(BaseModel):
    model_config = ConfigDict(str_to_lower=True)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class LowerCode(Lower):
    pass


class Code(LowerCode, Frozen):  # <- conflicting-model-config
    value: str
"""
    good = """\
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Lower(BaseModel):
    model_config = ConfigDict(str_to_lower=True)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class LowerCode(Lower):
    pass


class Named(BaseModel):
    name: str


class Code(LowerCode, Lower, Named):
    value: str


class Page(Lower, Generic[T]):
    items: list[T]


class Both(Lower, Frozen):
    model_config = ConfigDict(str_to_lower=True, frozen=True)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at where the bases of schemas have their configuration from."""
        for found in project.schema_declarations.with_several_configs():
            name, *sources = found.names
            listed = f"{', '.join(f'`{one}`' for one in sources[:-1])} and `{sources[-1]}`"
            yield self.at(
                found.place,
                f"`{name}` inherits the configurations of {listed}.",
                hint="Declare `model_config` in the class itself.",
                symbol=found.symbol,
            )
