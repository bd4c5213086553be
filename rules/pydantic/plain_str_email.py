"""An e-mail address is taken as any text."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Preset, Project, Rule, Severity

NAMES = ("email", "e_mail", "mail")


class PlainStrEmail(Rule):
    """Finds fields of request models that take an e-mail address as any text.

    ## What it reports
    Fields named `email`, or ending in `_email`, of the type `str`, in schemas that are the body of a FastAPI route,
    where the field has no pattern and no validator.

    ## Why
    A typing error in an address is best refused while the person is still there: an account with an address that does
    not exist can never be confirmed, nor its password reset. `EmailStr` also makes addresses comparable, by writing the
    domain in lower case.

    ## When to ignore it
    Where the address is only looked up, as in a login: what is stored has been checked before.
    """

    category = Category.CORRECTNESS
    severity = Severity.INFO
    preset = Preset.STRICT
    cwe = 20
    checklist = ("Validate all inputs",)
    references = ("https://docs.pydantic.dev/latest/api/networks/#pydantic.networks.EmailStr",)
    bad = """\
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Signup(BaseModel):
    email: str  # <- plain-str-email
    billing_email: str | None = None  # <- plain-str-email
    name: str


@app.post("/signups")
def sign_up(signup: Signup):
    return {}
"""
    good = """\
from fastapi import FastAPI
from pydantic import BaseModel, EmailStr, Field, field_validator

app = FastAPI()


class Signup(BaseModel):
    email: EmailStr
    other_email: str = Field(pattern=".+@.+")
    third_email: str
    email_count: int

    @field_validator("third_email")
    @classmethod
    def check(cls, value):
        return value


class Shown(BaseModel):
    email: str


@app.post("/signups")
def sign_up(signup: Signup) -> Shown:
    return {}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the schemas that bodies are."""
        validated = {
            (validator.schema.value, name) for validator in project.validators for name in validator.fields or ("*",)
        }
        seen = set()
        for schema in project.body_schemas:
            for field in schema.fields:
                is_address = field.name in NAMES or field.name.endswith(tuple(f"_{name}" for name in NAMES))
                if not is_address or field.place in seen or not project.is_plain_text(field):
                    continue
                seen.add(field.place)
                owners = {
                    (schema.value, field.name),
                    (field.owner, field.name),
                    (schema.value, "*"),
                    (field.owner, "*"),
                }
                if not field.details.constraints and owners.isdisjoint(validated):
                    yield self.at(
                        field,
                        f"`{field.owner.name}.{field.name}` takes any text as an e-mail address.",
                        hint="Declare it as `EmailStr`.",
                        symbol=field.owner.symbol,
                    )
