"""A configuration lets a model be filled neither by alias nor by name."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class AliasValidationDisabled(Rule):
    """Finds configurations of Pydantic models that accept neither the alias nor the name of a field.

    ## What it reports
    `ConfigDict(validate_by_alias=False, validate_by_name=False)`, in `model_config`, in a shared configuration,
    and with constants of the project as values.


    ## Why
    A field with an alias could then be given by nothing, so Pydantic 2.11 raises `PydanticUserError` when the class is
    made. A configuration that a class inherits in parts may come to this through two bases.


    ## When to ignore it
    Hardly ever: turn one of the two on.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/api/config/#pydantic.config.ConfigDict.validate_by_alias",)
    bad = """\
from pydantic import BaseModel, ConfigDict, Field

ALIASES = False


class Order(BaseModel):
    model_config = ConfigDict(  # <- alias-validation-disabled
        validate_by_alias=ALIASES,
        validate_by_name=False,
    )

    number: str = Field(alias="orderNumber")


shared = ConfigDict(frozen=True, validate_by_name=False, validate_by_alias=False)  # <- alias-validation-disabled
"""
    good = """\
from pydantic import BaseModel, ConfigDict, Field


class Order(BaseModel):
    model_config = ConfigDict(validate_by_alias=False, validate_by_name=True)

    number: str = Field(alias="orderNumber")


class Item(BaseModel):
    model_config = ConfigDict(validate_by_alias=False)
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the configurations of the program."""
        for found in project.schema_declarations.without_names():
            yield self.at(
                found.place,
                f"The configuration of `{found.names[0]}` accepts fields neither by alias nor by name.",
                hint="Turn `validate_by_alias` or `validate_by_name` on.",
                symbol=found.symbol,
            )
