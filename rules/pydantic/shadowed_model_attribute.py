"""A field bears the name of an attribute of BaseModel."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class ShadowedModelAttribute(Rule):
    """Finds fields of Pydantic models that are named like an attribute of the model class.

    ## What it reports
    Fields named as something that `BaseModel` has: `json`, `copy`, `dict`, `schema`, `validate`, `construct`,
    `model_fields`, `model_dump` and so on.


    ## Why
    The field hides the method for every object: `order.copy()` calls the value of a field, and libraries that use the
    method (FastAPI among them) fail far from here. Pydantic 2 warns when the class is made; Pydantic 1 raises
    `NameError`.


    ## When to ignore it
    Where the name is a part of a foreign format and nothing calls the method; better, give the field another name and
    an alias.
    """

    category = Category.CORRECTNESS
    severity = Severity.WARNING
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/concepts/fields/#field-aliases",)
    bad = """\
from pydantic import BaseModel


class Report(BaseModel):
    title: str
    json: dict  # <- shadowed-model-attribute
    copy: bool = False  # <- shadowed-model-attribute
"""
    good = """\
from dataclasses import dataclass

from pydantic import BaseModel, Field


class Report(BaseModel):
    title: str
    content: dict = Field(alias="json")
    model_name: str = "gpt"


@dataclass
class Plain:
    json: str
    copy: bool
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the names of fields."""
        for field in project.schema_declarations.shadowing_fields():
            yield self.at(
                field,
                f"The field `{field.owner.name}.{field.name}` hides `BaseModel.{field.name}`.",
                hint=f'Give it another name, with `alias="{field.name}"` where clients use it.',
                symbol=field.owner.symbol,
            )
