"""A validator checks the value and forgets to return it."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity, Validator, gives_nothing


class ValidatorReturnsNothing(Rule):
    """Finds validators of Pydantic models that never return a value.

    ## What it reports
    Methods of models and settings under `@field_validator`, `@model_validator`, `@validator` and `@root_validator`
    whose end can be reached and that have no `return` with a value. Stubs, generators and validators that always raise
    are left alone, as are the same decorators in classes that are no models.

    ## Why
    What a validator returns becomes the value of the field, or the model. One that only checks returns None, so each
    valid request loses the field: it is stored as NULL, or fails later, far from the cause. Pydantic 1 and 2 both
    behave so, and neither warns. It is easily missed, because tests for invalid values pass.

    ## When to ignore it
    Where the field is meant to be None whatever is sent; an explicit `return None` in every branch says the same to
    readers, and is reported too.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
        "Test that all Pydantic models and validators function properly.",
    )
    references = ("https://docs.pydantic.dev/latest/concepts/validators/#field-validators",)
    bad = (
        """\
from pydantic import BaseModel, field_validator, model_validator


class Signup(BaseModel):
    name: str
    password: str
    repeated: str

    @field_validator("name")
    @classmethod
    def check_name(cls, value: str) -> str:  # <- validator-returns-nothing
        if len(value) < 3:
            raise ValueError("too short")

    @model_validator(mode="after")
    def check_passwords(self):  # <- validator-returns-nothing
        if self.password != self.repeated:
            raise ValueError("the passwords differ")
""",
        {
            "shop/base.py": """\
from pydantic import BaseModel


class Base(BaseModel):
    class Config:
        orm_mode = True
""",
            "shop/orders.py": """\
from pydantic import validator as checks

from shop.base import Base


class Order(Base):
    amount: int
    note: str

    @checks("amount")
    def positive(cls, amount):  # <- validator-returns-nothing
        for limit in (0, 1):
            if amount < limit:
                raise ValueError("too few")

    @checks("note", pre=True)
    def clean(cls, note):  # <- validator-returns-nothing
        note = note.strip()
        return
""",
        },
    )
    good = """\
from pydantic import BaseModel, field_validator, model_validator


class Signup(BaseModel):
    name: str
    plan: str
    code: str

    @field_validator("name")
    @classmethod
    def check_name(cls, value: str) -> str:
        if len(value) < 3:
            raise ValueError("too short")
        return value

    @field_validator("plan")
    @classmethod
    def known_plan(cls, value: str) -> str:
        try:
            return value.lower()
        except AttributeError as error:
            raise ValueError("no text") from error

    @field_validator("code")
    @classmethod
    def closed(cls, value: str) -> str:
        raise ValueError("codes are not taken any more")

    @model_validator(mode="after")
    def check(self):
        while True:
            if self.name:
                return self


class Signature(BaseModel):
    @field_validator(POSITIONAL_ONLY, check_fields=False)
    @classmethod
    def no_extra(cls, value):
        if value:
            raise TypeError("unexpected arguments")


class Checked:
    @field_validator("name")
    def check_name(cls, value):
        value.strip()
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at what the bodies of validators return."""
        for validator in project.validators:
            if (validator.fields or validator.kind == "model") and gives_nothing(validator.node):
                yield self.at(
                    validator,
                    f"`{validator.name}` returns nothing, so {_what_is_lost(validator)} None.",
                    hint=f"Return {'the value' if validator.kind == 'field' else 'what was checked'} at its end.",
                    symbol=validator.function.symbol,
                )


def _what_is_lost(validator: Validator) -> str:
    if validator.kind == "model":
        return "the model becomes"
    names = [f"`{name}`" for name in validator.fields if name != "*"]
    if len(names) == 1:
        return f"{names[0]} becomes"
    return f"{', '.join(names[:-1])} and {names[-1]} become" if names else "the fields become"
