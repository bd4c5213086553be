"""A validator returns something else than the value that it validated."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class ValidatorReturnsWrongValue(Rule):
    """Finds validators of Pydantic models that return something else than the validated value.

    ## What it reports
    Validators that

    - use the name of their value for the items of a loop and return it afterwards, so that the last item is the value;
    - return `True`, a comparison or the like for fields that hold no truth value, or for a whole model;
    - return the class, or the values of the other fields.

    ## Why
    Pydantic takes whatever a validator returns and checks it no more (but for `mode="before"`). A list of tags that
    becomes the last group of tags, or a name that becomes `True`, is stored without an error.

    ## When to ignore it
    Where the field is meant to hold the result of the check; declare it as `bool` then.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
        "Test that all Pydantic models and validators function properly.",
    )
    references = ("https://docs.pydantic.dev/latest/concepts/validators/#field-validators",)
    bad = """\
from pydantic import BaseModel, field_validator, model_validator, validator


class Recipe(BaseModel):
    name: str
    tags: list[str]
    steps: list[str]
    note: str | None = None

    @validator("tags")
    def no_doubles(cls, v):
        groups = {}
        for tag in v:
            groups.setdefault(tag.lower(), []).append(tag)
        for v in groups.values():  # <- validator-returns-wrong-value
            if len(v) > 1:
                raise ValueError("twice the same tag")
        return v

    @field_validator("name")
    @classmethod
    def named(cls, value):
        return value.strip() != ""  # <- validator-returns-wrong-value

    @field_validator("steps")
    @classmethod
    def numbered(cls, value):
        if not value:
            raise ValueError("no steps")
        return cls  # <- validator-returns-wrong-value

    @validator("note")
    def noted(cls, value, values):
        values["name"] = values["name"] or value
        return values  # <- validator-returns-wrong-value

    @model_validator(mode="after")
    def has_steps(self):
        if not self.steps:
            raise ValueError("no steps")
        return True  # <- validator-returns-wrong-value
"""
    good = """\
from pydantic import BaseModel, field_validator, model_validator


class Recipe(BaseModel):
    name: str
    tags: list[str]
    is_public: bool

    @field_validator("tags")
    @classmethod
    def clean(cls, value):
        cleaned = []
        for tag in value:
            cleaned.append(tag.strip())
        for value in ([], cleaned):
            if value:
                return value
        value = cleaned
        return value

    @field_validator("is_public", mode="before")
    @classmethod
    def yes(cls, value):
        return value == "yes"

    @field_validator("name", mode="wrap")
    @classmethod
    def named(cls, value, handler):
        return handler(value)

    @model_validator(mode="before")
    @classmethod
    def rename(cls, values):
        values["name"] = values.pop("title")
        return values

    @model_validator(mode="after")
    def check(self):
        return self
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at what the bodies of validators return."""
        for validator in project.validators:
            for mistake in project.wrong_results(validator):
                yield self.at(
                    mistake.place,
                    f"`{validator.name}` {mistake.what}.",
                    hint=mistake.hint,
                    symbol=validator.function.symbol,
                )
