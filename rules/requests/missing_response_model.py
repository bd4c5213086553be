"""A route returns data whose shape neither validation nor documentation knows."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import (
    Answer,
    Category,
    Finding,
    FunctionValue,
    Operation,
    OperationGroup,
    Place,
    Project,
    Related,
    Rule,
    Severity,
    place_of,
    source_text,
)

WITHOUT_CONTENT = frozenset({204, 205, 304})
#: Routes of one application up from which they are its habit, and how many of them the finding shows.
HABIT_MINIMUM = 8


class MissingResponseModelOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `missing-response-model`."""

    shapeless_types: tuple[str, ...] = ("Any", "object", "dict", "Dict", "Mapping", "list", "List")
    ignore_paths: tuple[str, ...] = (
        "/",
        "*/health*",
        "*/ready*",
        "*/live*",
        "*/ping",
        "*/ok",
        "*/metrics",
        "*/version",
        "*/status",
    )
    acknowledgements: bool = False


class MissingResponseModel(Rule):
    """Finds routes that return data and say nothing about its shape.

    ## What it reports
    FastAPI routes in the schema that return data and have neither `response_model=` nor a return annotation, and those
    where the one or the other says nothing: `Any`, or `dict` and `list` without the types of their values
    (`dict[str, Any]`, `list[dict]`). `response_model=None` is a decision and is left alone. From eight such routes
    on it is the habit of the application, and there is one finding.

    Nothing is reported on routes that return nothing or only response objects (redirects, files, streams, pages), that
    have such a response class or a status without content, that answer with nothing but one constant
    (`{"status": "ok"}`, `{}`), on health checks, and where it is not known what is
    returned.

    ## Why
    The response model is what keeps a column that is added to a table from reaching every client: FastAPI lets through
    only what it names, and checks it. It is also the documentation, and the types of generated clients.

    ## When to ignore it
    Where the data really has no known shape, such as a document that is passed on from elsewhere.

    ## Options
    - `shapeless-types`: names of types that, alone or with arguments that say nothing, count as no annotation.
    - `ignore-paths`: patterns of paths that need no model.
    - `acknowledgements`: report routes that answer with one constant as well (false).
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    checklist = (
        "Use FastAPI's type hinting and Pydantic models for request and response data validation.",
        "Use Pydantic models for request/response validation",
        "Leverage Pydantic for validation",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/response-model/",)
    Options = MissingResponseModelOptions
    bad = (
        """\
from typing import Any

from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")  # <- missing-response-model
async def get_item(item_id: int):
    return {"id": item_id, "price": 12}


@app.get("/items")
async def list_items() -> list[dict[str, Any]]:  # <- missing-response-model
    return [{"id": 1}]


@app.get("/prices", response_model=dict)  # <- missing-response-model
async def list_prices():
    return {"1": 12}
""",
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.users import router

app = FastAPI()
app.include_router(router, prefix="/api")
""",
            "app/users.py": """\
from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy.orm import Session

from app.database import User, get_session

router = APIRouter(prefix="/users")


@router.get("/{user_id}")  # <- missing-response-model
def get_user(user_id: int, session: Session = Depends(get_session)):
    user = session.get(User, user_id)
    if user is None:
        raise HTTPException(status_code=404)
    return user
""",
            "app/database.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    password_hash: Mapped[str]


def get_session():
    with Session() as session:
        yield session
""",
        },
        """\
from fastapi import FastAPI

app = FastAPI()  # <- missing-response-model


@app.get("/orders/{key}")
def read_orders(key: int):
    return {"key": key, "size": 12}


@app.get("/customers/{key}")
def read_customers(key: int):
    return {"key": key, "size": 12}


@app.get("/invoices/{key}")
def read_invoices(key: int):
    return {"key": key, "size": 12}


@app.get("/shelves/{key}")
def read_shelves(key: int):
    return {"key": key, "size": 12}


@app.get("/suppliers/{key}")
def read_suppliers(key: int):
    return {"key": key, "size": 12}


@app.get("/returns/{key}")
def read_returns(key: int):
    return {"key": key, "size": 12}


@app.get("/vouchers/{key}")
def read_vouchers(key: int):
    return {"key": key, "size": 12}


@app.get("/stores/{key}")
def read_stores(key: int):
    return {"key": key, "size": 12}
""",
    )
    good = {
        "scripts/benchmark/server.py": """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/sample")
async def sample(size: int):
    return {"size": size, "rows": [size]}
""",
        "app/main.py": """\
from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from pydantic import BaseModel

from app import hooks

app = FastAPI()


class Item(BaseModel):
    id: int


@app.get("/items/{item_id}", response_model=Item)
async def get_item(item_id: int):
    return {"id": item_id, "secret": "left out"}


@app.get("/items")
async def list_items() -> list[Item]:
    return [Item(id=1)]


@app.get("/totals")
async def totals() -> dict[str, int]:
    return {"items": 1}


@app.get("/raw", response_model=None)
async def raw():
    return {"anything": "goes"}


@app.get("/page", response_class=HTMLResponse)
async def page():
    return "<h1>Items</h1>"


@app.get("/old")
async def old():
    return RedirectResponse("/items")


@app.get("/report")
async def report():
    return FileResponse("report.pdf")


@app.delete("/items/{item_id}", status_code=204)
async def delete_item(item_id: int):
    return Response(status_code=204)


@app.post("/items/{item_id}/refresh")
async def refresh(item_id: int):
    print(item_id)


@app.post("/items/{item_id}/index")
async def index(item_id: int):
    if item_id < 1:
        return {"status": "skipped"}
    return {"status": "ok", "queued": True}


@app.post("/logout")
async def logout(response: Response):
    if hooks.on_logout:
        return await hooks.on_logout(response)
    return {"success": True}


@app.post("/reports")
async def take_report(report: Item):
    return {}


@app.get("/internal", include_in_schema=False)
async def internal():
    return {"a": 1}


@app.get("/health")
async def health():
    return {"status": "ok"}
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the operations without a model, and gathers them where they are many."""
        found = [
            one for one in project.operations_outside(self.options.ignore_paths) if self._lacks_model(project, one)
        ]
        for application in project.operations_by_application(found):
            if len(application.operations) >= HABIT_MINIMUM:
                yield self._habit(project, application)
            else:
                yield from (self._single(project, operation) for operation in application.operations)

    def _lacks_model(self, project: Project, operation: Operation) -> bool:
        """Whether an operation returns data without a model, or with one that says nothing."""
        route, results = operation.route, project.endpoint_results
        if operation.has_unknown_keywords or route.status_code in WITHOUT_CONTENT:
            return False
        is_decided = route.response_model_source == "response_model" or route.response_model is not None
        if is_decided and not results.has_shapeless_model(route, self.options.shapeless_types):
            return False
        if results.answers_with_data(route) is not Answer.YES:
            return False
        return self.options.acknowledgements or not results.only_acknowledges(route)

    def _single(self, project: Project, operation: Operation) -> Finding:
        route = operation.route
        message = f"`{route}` returns data and declares no response model."
        if project.endpoint_results.has_shapeless_model(route, self.options.shapeless_types):
            written = source_text(route.response_model)
            message = f"`{route}` returns `{written}`, which says nothing about the shape of the data."
        return self.at(
            _place(operation),
            message,
            hint=f"Annotate what `{route.function_name}` returns with a model, or pass `response_model=`.",
            symbol=route.symbol,
        )

    def _habit(self, project: Project, application: OperationGroup) -> Finding:
        operations = application.operations
        return self.gathered(
            application.place,
            f"{len(operations)} routes of `{application.name}` return data and declare no response model.",
            (self._single(project, one) for one in operations),
            hint="Annotate what the endpoints return with models, beginning with those that answer with rows.",
            symbol=application.symbol,
            related=tuple(Related(_place(one), f"`{one}` is one of them.") for one in operations),
        )


def _place(operation: Operation) -> Place:
    """The annotation that says nothing, else the path."""
    route = operation.route
    is_annotation = route.response_model is not None and route.response_model_source == "annotation"
    if is_annotation and route.response_model is not None and isinstance(route.endpoint, FunctionValue):
        return place_of(route.endpoint.module, route.response_model)
    return operation.place
