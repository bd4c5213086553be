"""Two schemas have the same fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Preset, Project, Related, Rule, Schema, Severity, source_text


class DuplicateSchemaOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `duplicate-schema`."""

    min_fields: int = 4


class DuplicateSchema(Rule):
    """Finds schemas that declare the same fields as another one.

    ## What it reports
    Classes below `BaseModel` whose own fields have the same names, types and defaults as those of an earlier class, in
    whatever order, from four fields on. Settings, tests, and classes with methods or validators of their own are left
    out.

    ## Why
    A field that is added to one is forgotten in the other; the document that is made of them shows two things to
    clients that are one. A common base, or one class for both, says what is meant.

    ## When to ignore it
    Where the two belong to different interfaces, such as two versions of one, and may part.

    ## Options
    - `min-fields`: how many fields make it worth reporting (4).
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Review that there is no duplication in the code.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/extra-models/#reduce-duplication",)
    Options = DuplicateSchemaOptions
    bad = {
        "app/users.py": """\
from pydantic import BaseModel


class Address(BaseModel):
    street: str
    number: int
    city: str
    country: str = "NL"
""",
        "app/zones.py": """\
from pydantic import BaseModel


class ZoneAddress(BaseModel):  # <- duplicate-schema
    country: str = "NL"
    city: str
    street: str
    number: int
""",
    }
    good = """\
from pydantic import BaseModel


class Address(BaseModel):
    street: str
    number: int
    city: str
    country: str = "NL"


class ShippingAddress(Address):
    pass


class ShopAddress(BaseModel):
    street: str
    number: int
    city: str
    country: str = "BE"


class Point(BaseModel):
    x: int
    y: int


class Size(BaseModel):
    x: int
    y: int
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares the fields that classes declare."""
        found: defaultdict[tuple[tuple[str, str, str], ...], list[Schema]] = defaultdict(list)
        for schema in project.schemas:
            own = [field for field in schema.fields if field.owner is schema.value]
            is_plain = len(own) == len(schema.fields) == project.plain_members(schema)
            if is_plain and len(own) >= self.options.min_fields and not schema.is_table:
                key = ((field.name, source_text(field.annotation), source_text(field.default)) for field in own)
                found[tuple(sorted(key))].append(schema)
        for schemas in found.values():
            first, *others = schemas
            for one in others:
                yield self.at(
                    one.place or one.value.place,
                    f"`{one.name}` has the same {len(one.fields)} fields as `{first.value.module.name}.{first.name}`.",
                    hint="Use one class for both, or a common base.",
                    symbol=one.value.symbol,
                    related=(Related(first.place or first.value.place, "The first one."),),
                )
