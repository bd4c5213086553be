"""An endpoint returns a dictionary that its response model does not accept."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class ResponseShapeMismatch(Rule):
    """Finds endpoints that return a dictionary without fields which their response model requires.

    ## What it reports
    `return {…}` in an endpoint of FastAPI, with keys that all stand in the source, where the Pydantic model that the
    route declares has a required field that is not among them. Models with aliases, with validators that run before the
    fields are read, or with bases that are not known are left alone, as are dictionaries that something is spread into.

    ## Why
    FastAPI validates what an endpoint returns. A required field that is missing is a `ResponseValidationError`, and the
    client gets a 500 after the work was done, in a branch that tests may never run.

    ## When to ignore it
    Never.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
        "Use Pydantic models for request/response validation",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/response-model/",)
    bad = {
        "app/main.py": """\
from fastapi import FastAPI

from app.schemas import Message, Receipt

app = FastAPI()


@app.post("/orders", response_model=Receipt)
def create_order():
    return {"id": 1}  # <- response-shape-mismatch


@app.delete("/orders/{order_id}")
async def delete_order(order_id: int) -> Message:
    if order_id < 0:
        return {"message": "There is no such order.", "code": 1}
    return {"msg": "Deleted."}  # <- response-shape-mismatch
""",
        "app/schemas.py": """\
from pydantic import BaseModel, Field


class Message(BaseModel):
    message: str


class Numbered(BaseModel):
    id: int


class Receipt(Numbered):
    total: float = Field(..., ge=0)
    note: str | None = None
""",
    }
    good = """\
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

app = FastAPI()


class Receipt(BaseModel):
    id: int
    note: str | None = None


class Total(BaseModel):
    total: float = Field(alias="sum")


@app.post("/orders", response_model=Receipt)
def create_order(values: dict[str, int]):
    if not values:
        return JSONResponse({"detail": "Nothing was ordered."}, status_code=400)
    if len(values) > 1:
        return {"note": "several", **values}
    return {"id": 1}


@app.get("/total")
def total() -> Total:
    return {"sum": 1.0}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which dictionaries lack something."""
        for one in project.shape_mismatches:
            names = ", ".join(f"`{name}`" for name in one.missing[:3])
            more = f" and {len(one.missing) - 3} more" if len(one.missing) > 3 else ""
            place = one.schema.place
            yield self.at(
                one.place,
                f"`{one.operation}` returns a dictionary without {names}{more}, which `{one.schema.name}` requires.",
                hint=f"Return an object of `{one.schema.name}`, so that a type checker sees what is missing.",
                symbol=one.operation.symbol,
                related=() if place is None else (Related(place, f"`{one.schema.name}` is declared here."),),
            )
