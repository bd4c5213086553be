"""A field has constraints and skips validation."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class ConstraintWithoutValidation(Rule):
    """Finds fields of Pydantic models that skip validation and demand something of the value at once.

    ## What it reports
    `Annotated[…]` types of fields with `SkipValidation` and a constraint: `Field(gt=0)`, `StringConstraints(…)`, or a
    validator (`AfterValidator(…)` and the like). Keywords of `Field` that only describe (aliases, titles, defaults) are
    no constraints.


    ## Why
    `SkipValidation` turns all validation of the type off, so the constraint is never checked, whatever their order. Who
    reads the model, and the OpenAPI document that is made of it, believe that it is.


    ## When to ignore it
    Hardly ever: remove one of the two.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = (
        "https://docs.pydantic.dev/latest/api/functional_validators/#pydantic.functional_validators.SkipValidation",
    )
    bad = """\
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SkipValidation

positive = Field(gt=0)


class Order(BaseModel):
    amount: Annotated[int, SkipValidation, positive]  # <- constraint-without-validation
    code: Annotated[Annotated[str, Field(min_length=3)], SkipValidation]  # <- constraint-without-validation
    name: Annotated[str, AfterValidator(str.strip), SkipValidation]  # <- constraint-without-validation
"""
    good = """\
from typing import Annotated

from pydantic import BaseModel, Field, SkipValidation


class Order(BaseModel):
    amount: Annotated[int, Field(gt=0)]
    trusted: Annotated[int, SkipValidation, Field(default=0, description="checked before")]
    raw: SkipValidation[int]


class Plain:
    amount: Annotated[int, SkipValidation, Field(gt=0)]
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the types of fields."""
        for field in project.schema_declarations.skipped_constraints():
            yield self.at(
                field,
                f"`{field.owner.name}.{field.name}` skips validation, so its constraint is never checked.",
                hint="Remove `SkipValidation` or the constraint.",
                symbol=field.owner.symbol,
            )
