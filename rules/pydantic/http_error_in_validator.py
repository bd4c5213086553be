"""A validator raises an HTTP error, which goes around Pydantic's own reporting."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class HttpErrorInValidator(Rule):
    """Finds validators of Pydantic models that raise HTTP errors.

    ## What it reports
    `raise HTTPException(…)` (FastAPI, Starlette, Werkzeug), subclasses of it, and `abort(…)` in the body of a validator
    of a schema or a settings class, or in a function that it calls.

    ## Why
    Pydantic collects `ValueError` and `AssertionError` and reports them together, with the name of each field, as 422.
    An HTTP error breaks out of that: the client learns of the first mistake only, in a form of its own, and the error
    is not described by OpenAPI. A model that is also filled from a database or a queue then raises HTTP errors where
    there is no request.

    ## When to ignore it
    Where published clients rely on that status, and the model is used for requests only.
    """

    category = Category.CONVENTION
    severity = Severity.WARNING
    checklist = (
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
        "Verify that all Pydantic models are properly defined and are in sync with the request body.",
    )
    references = ("https://docs.pydantic.dev/latest/concepts/validators/#raising-validation-errors",)
    bad = {
        "app/errors.py": """\
from fastapi import HTTPException


class BadName(HTTPException):
    def __init__(self):
        super().__init__(status_code=400, detail="bad name")
""",
        "app/schemas.py": """\
from fastapi import HTTPException, status
from pydantic import BaseModel, field_validator

from app.errors import BadName


class User(BaseModel):
    name: str
    age: int

    @field_validator("name")
    @classmethod
    def check_name(cls, value):
        if not value:
            raise BadName  # <- http-error-in-validator
        return value

    @field_validator("age")
    @classmethod
    def check_age(cls, value):
        if value < 18:
            raise HTTPException(  # <- http-error-in-validator
                status_code=status.HTTP_400_BAD_REQUEST,
                detail="too young",
            )
        return value
""",
    }
    good = """\
from fastapi import HTTPException
from pydantic import BaseModel, field_validator


class UnknownCountry(ValueError):
    pass


class Address(BaseModel):
    country: str

    @field_validator("country")
    @classmethod
    def known(cls, value):
        if value != "NL":
            raise UnknownCountry(value)
        return value

    def checked(self):
        if not self.country:
            raise HTTPException(status_code=400)
        return self
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks for HTTP errors that leave validators."""
        for validator in project.validators:
            for error in project.errors.raised_by(validator.function):
                yield self.at(
                    error.chain[0].place if error.chain else error.place,
                    f"`{validator.name}` raises `{error.exception}`, which Pydantic does not report as an invalid field.",  # noqa: E501
                    hint="Raise `ValueError`: the answer is 422 with the name of the field.",
                    symbol=validator.function.symbol,
                )
