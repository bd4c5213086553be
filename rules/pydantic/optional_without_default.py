"""A field that may be None has to be sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewer.api import Answer, Category, Finding, Preset, Project, Related, Rule, SchemaField, Severity

RELATED_LIMIT = 5


class OptionalWithoutDefault(Rule):
    """Finds fields of request models that may be None and have no default.

    ## What it reports
    In projects with Pydantic 2: fields such as `note: str | None` without a default, in schemas that are the body of a
    FastAPI route. One finding a class.

    ## Why
    In Pydantic 1 such a field was optional, in Pydantic 2 the client has to send it: a request without it is refused
    with 422, although the type reads as if it could be left out. After a change of versions this breaks clients one
    field at a time.

    ## When to ignore it
    Where the client is meant to send `null` on purpose, as for a complete replacement with PUT.
    """

    category = Category.CONTRACT
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Verify that all Pydantic models are properly defined and are in sync with the request body.",)
    references = ("https://docs.pydantic.dev/latest/migration/#required-optional-and-nullable-fields",)
    bad = {
        "requirements.txt": "fastapi\npydantic>=2\n",
        "app/schemas.py": """\
from typing import Optional

from pydantic import BaseModel, Field


class TaskIn(BaseModel):
    title: str
    note: Optional[str]  # <- optional-without-default
    due: Optional[int] = Field(..., description="days")
""",
        "app/main.py": """\
from fastapi import FastAPI

from app.schemas import TaskIn

app = FastAPI()


@app.post("/tasks")
def create_task(task: TaskIn):
    return {}
""",
    }
    good = (
        """\
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

app = FastAPI()


class TaskIn(BaseModel):
    model_config = ConfigDict(frozen=True)

    title: str
    note: str | None = None
    anything: object


class TaskOut(BaseModel):
    note: str | None


@app.post("/tasks")
def create_task(task: TaskIn) -> TaskOut:
    return {}
""",
        {
            "requirements.txt": "pydantic==1.10.2\n",
            "main.py": """\
from typing import Optional

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class TaskIn(BaseModel):
    note: Optional[str]


@app.post("/tasks")
def create_task(task: TaskIn):
    return {}
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the schemas that bodies are."""
        found: defaultdict[object, dict[str, SchemaField]] = defaultdict(dict)
        for schema in project.body_schemas:
            for field in schema.fields:
                is_first = project.pydantic_version.major(field.place.path) != 2
                if is_first or field.details.allows_none is not Answer.YES or not project.names_none(field):
                    continue
                if field.default is None and field.details.has_default is Answer.NO:
                    found[field.owner][field.name] = field
        for fields in found.values():
            each = list(fields.values())
            yield self._finding(each).standing_for(self._finding([one]) for one in each)

    def _finding(self, fields: list[SchemaField]) -> Finding:
        first, *others = fields
        names = [f"`{first.owner.name}.{first.name}`", *(f"`{one.name}`" for one in others)]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return self.at(
            first,
            f"{listed} may be None, and {'has' if len(names) == 1 else 'have'} to be sent all the same.",
            hint="Give it the default None, or demand a value.",
            symbol=first.owner.symbol,
            related=tuple(Related(one.place, f"`{one.name}` too.") for one in others[:RELATED_LIMIT]),
        )
