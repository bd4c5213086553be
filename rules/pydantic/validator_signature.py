"""A validator's parameters or decorators are not what Pydantic calls it with."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class ValidatorSignature(Rule):
    """Finds validators of Pydantic models whose parameters or decorators do not fit the way they are called.

    ## What it reports
    - A third parameter of `@field_validator` that is read like a dictionary (`values["name"]`, `values.get("name")`):
      Pydantic 2 hands over a `ValidationInfo`, whose `data` is the dictionary.
    - `@model_validator(mode="after")` that subscripts what it gets: that is the object that was made.
    - Validators of fields without a parameter for the value, and those that take `self` before there is an object.
    - `@classmethod` above the validator's decorator.

    ## Why
    The body runs on the first request that has the field: a `TypeError` is no validation error, so the client gets 500
    instead of 422. The first form is what a change from `@validator` to `@field_validator` leaves behind. With
    `@classmethod` on top, the check is never called at all.

    ## When to ignore it
    Where a class of your own stands in for Pydantic's information object.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
        "Test that all Pydantic models and validators function properly.",
    )
    references = ("https://docs.pydantic.dev/latest/migration/#changes-to-validators",)
    bad = """\
from pydantic import BaseModel, field_validator, model_validator


class Booking(BaseModel):
    start: int
    end: int
    seats: int
    title: str
    code: str
    room: str

    @field_validator("end")
    @classmethod
    def after_start(cls, value, values):
        if value < values["start"]:  # <- validator-signature
            raise ValueError("ends before it starts")
        return value

    @field_validator("seats", mode="before")
    @classmethod
    def enough(cls, v, values, **kwargs):
        return v or values.get("end")  # <- validator-signature

    @classmethod
    @field_validator("code")
    def clean(cls, value):  # <- validator-signature
        return value.strip()

    @field_validator("title")
    def titled(cls):  # <- validator-signature
        return cls.title()

    @field_validator("room")
    def known_room(self, value):  # <- validator-signature
        return value

    @model_validator(mode="after")
    def check(self):
        if self["start"] > self.end:  # <- validator-signature
            raise ValueError("ends before it starts")
        return self
"""
    good = """\
from pydantic import BaseModel, ValidationInfo, field_validator, model_validator, validator


class Booking(BaseModel):
    start: int
    end: int
    seats: int
    title: str

    @field_validator("end")
    @classmethod
    def after_start(cls, value, info: ValidationInfo):
        if value < info.data["start"]:
            raise ValueError("ends before it starts")
        return value

    @field_validator("seats", mode="wrap")
    @classmethod
    def enough(cls, value, handler, info):
        return handler(value or info.data.get("end"))

    @field_validator("title")
    @staticmethod
    def titled(title):
        return title.title()

    @field_validator("title", mode="before")
    def stripped(title):
        return title.strip()

    @field_validator("title")
    def short(title, info):
        return title[: info.data.get("end")]

    @model_validator(mode="before")
    @classmethod
    def rename(cls, values):
        values["end"] = values.get("end") or values["start"]
        return values

    @model_validator(mode="after")
    def check(self):
        return self


class OldBooking(BaseModel):
    start: int
    end: int

    @validator("end")
    def after_start(cls, value, values):
        if value < values["start"]:
            raise ValueError("ends before it starts")
        return value
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the parameters of validators and at how their bodies use them."""
        for validator in project.validators:
            for mistake in project.wrong_parameters(validator):
                yield self.at(
                    mistake.place,
                    f"`{validator.name}` {mistake.what}.",
                    hint=mistake.hint,
                    symbol=validator.function.symbol,
                )
