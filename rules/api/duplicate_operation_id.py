"""Two operations of one OpenAPI document have the same id."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class DuplicateOperationId(Rule):
    """Finds operations of FastAPI that have the same operation id as another one of the same document.

    ## What it reports
    - `operation_id="…"` that is given to two routes, or to one that is included twice;
    - operations whose ids the project makes itself, by a `generate_unique_id_function` of the route's name, first tag
      or path, or in a loop that sets `route.operation_id = route.name`, where two endpoints have the same name.

    FastAPI's own ids hold name, path and method and are left alone, as are functions that do more than put texts
    together.

    ## Why
    OpenAPI demands that ids are unique, since generators name the methods of clients after them: of two operations with
    one id a client has only the last, or does not compile. FastAPI warns when the document is made, which nobody reads.

    ## When to ignore it
    Never.
    """

    category = Category.CONTRACT
    severity = Severity.ERROR
    checklist = (
        "Ensure that API endpoints are properly documented using Swagger/OpenAPI.",
        "Document all API endpoints with OpenAPI/Swagger",
    )
    references = (
        "https://spec.openapis.org/oas/v3.1.0#operation-object",
        "https://fastapi.tiangolo.com/advanced/path-operation-advanced-configuration/",
    )
    bad = (
        """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/books", operation_id="list_books")
def list_books():
    return []


@app.get("/old-books", operation_id="list_books")  # <- duplicate-operation-id
def list_old_books():
    return []
""",
        {
            "app/main.py": """\
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app import books, readers


def unique_id(route: APIRoute) -> str:
    return f"{route.tags[0]}-{route.name}"


app = FastAPI(generate_unique_id_function=unique_id)
app.include_router(books.router)
app.include_router(readers.router)
""",
            "app/books.py": """\
from fastapi import APIRouter

router = APIRouter(tags=["library"])


@router.get("/books/{key}")
def get_one(key: int):
    return {}
""",
            "app/readers.py": """\
from fastapi import APIRouter

router = APIRouter(tags=["library"])


@router.get("/readers/{key}")  # <- duplicate-operation-id
def get_one(key: int):
    return {}
""",
        },
        """\
from fastapi import FastAPI
from fastapi.routing import APIRoute

app = FastAPI()


@app.get("/books")
def index():
    return []


@app.get("/readers", name="index")  # <- duplicate-operation-id
def readers():
    return []


for route in app.routes:
    if isinstance(route, APIRoute):
        route.operation_id = route.name
""",
    )
    good = {
        "app/main.py": """\
from fastapi import FastAPI

from app import books, readers

app = FastAPI()
admin = FastAPI(generate_unique_id_function=lambda route: f"{route.tags[0]}-{route.name}")
app.include_router(books.router)
app.include_router(readers.router)
admin.include_router(books.router)
admin.include_router(readers.router)
app.mount("/admin", admin)


@app.api_route("/ping", methods=["GET", "POST"], operation_id="ping")
def ping():
    return {}
""",
        "app/books.py": """\
from fastapi import APIRouter

router = APIRouter(tags=["books"])


@router.get("/books/{key}")
def get_one(key: int):
    return {}
""",
        "app/readers.py": """\
from fastapi import APIRouter

router = APIRouter(tags=["readers"])


@router.get("/readers/{key}")
def get_one(key: int):
    return {}
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which ids are there twice."""
        for one in project.duplicate_operation_ids:
            hint = "Give one of the two another name." if one.is_made else "Give each operation an id of its own."
            yield self.at(
                one.operation.place,
                f"`{one.route}` has the operation id `{one.text}` of `{one.earlier}`.",
                hint=hint,
                symbol=one.operation.symbol,
                related=(Related(one.earlier.path_place, f"`{one.earlier}` has it first."),),
            )
