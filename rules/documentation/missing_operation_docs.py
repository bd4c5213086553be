"""Operations stand in the OpenAPI document with nothing but a name made from the function."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Operation, OperationGroup, Project, Related, Rule, Severity

#: Operations up from which those of a router or an application are one finding, and their share, from 0 to 1.
GROUP_MINIMUM = 3
APPLICATION_MINIMUM = 4
GROUP_SHARE = 0.75
#: Modules that a finding about an application names.
NAMED_MODULES = 3


class MissingOperationDocsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `missing-operation-docs`."""

    each_operation: bool = False
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
        "*webhook*",
        "*/callback*",
        "*/hooks/*",
    )


class MissingOperationDocs(Rule):
    """Finds API operations that the documentation says nothing about.

    ## What it reports
    FastAPI routes in the schema whose endpoint has no docstring and that have neither `summary=` nor `description=`.
    Where that is true of three in four operations of a router or of a whole application, they make one finding where it
    is made, and so do those of an application where more than ten routers lack some: the habit is reported, and not
    each case of it. Pages, files and redirects are left alone,
    since they are no operations that a client reads about, and so are health checks, webhooks, applications with
    fewer than four operations, and those that switch both pages of the documentation off (`docs_url=None`,
    `redoc_url=None`) and make no other.

    ## Why
    FastAPI makes the summary from the function's name, and the description is empty. What the operation is for, what it
    expects and what it leaves behind has then to be read from the code, which the clients do not have.

    ## When to ignore it
    For internal APIs whose only client lives in the same repository; or hide them with `include_in_schema=False`.

    ## Options
    - `each-operation`: report each operation by itself (false).
    - `ignore-paths`: patterns of paths that explain themselves.
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    checklist = (
        "Ensure all the API endpoints are properly documented using Swagger.",
        "Ensure that API endpoints are properly documented using Swagger/OpenAPI.",
        "Document all API endpoints with OpenAPI/Swagger",
        "Document APIs automatically",
        "Clear API documentation",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/path-operation-configuration/",)
    Options = MissingOperationDocsOptions
    bad = (
        """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/items")
def list_items():
    \"\"\"All items, the newest first.\"\"\"
    return []


@app.post("/items", summary="Add an item")
def create_item():
    return {}


@app.get("/items/{item_id}", description="One item with its files.")
def get_item(item_id: int):
    return {"id": item_id}


@app.delete("/items/{item_id}")  # <- missing-operation-docs
def delete_item(item_id: int):
    # removes it with its files
    return {"deleted": item_id}
""",
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.orders import router

app = FastAPI()
app.include_router(router)


@app.get("/items", summary="All items, the newest first")
def list_items():
    return []
""",
            "app/orders.py": """\
from fastapi import APIRouter

router = APIRouter(prefix="/orders")  # <- missing-operation-docs


@router.get("/")
def list_orders():
    return []


@router.post("/")
def create_order():
    return {}


@router.get("/{order_id}")
def get_order(order_id: int):
    return {"id": order_id}
""",
        },
    )
    good = {
        "agent/main.py": """\
from fastapi import FastAPI

agent = FastAPI(title="Agent beside the job", docs_url=None, redoc_url=None)


@agent.get("/jobs")
def list_jobs():
    return []


@agent.post("/jobs")
def start_job():
    return {"started": True}


@agent.get("/jobs/{job_id}")
def read_job(job_id: int):
    return {"id": job_id}


@agent.get("/load")
def read_load():
    return {"load": 0.5}


@agent.delete("/jobs/{job_id}")
def stop_job(job_id: int):
    return {"stopped": job_id}
""",
        "app/main.py": """\
from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()
router = APIRouter()


@app.get("/items", summary="All items, the newest first")
def list_items():
    return []


@app.get("/items/{item_id}")
def get_item(item_id: int):
    \"\"\"One item with its prices.\"\"\"
    return {"id": item_id}


@app.get("/about", response_class=HTMLResponse)
def about():
    return "<h1>About</h1>"


@app.get("/health")
def health():
    return {"status": "ok"}


@router.get("/internal", include_in_schema=False)
def internal():
    return {}


app.include_router(router)
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Gathers the operations without a word about them."""
        operations = project.operations_outside(self.options.ignore_paths)
        small = _small_applications(project)
        lacking = [
            one
            for one in operations
            if not one.is_documented
            and one.has_pages
            and not one.route.has_unknown_path
            and not project.endpoint_results.is_page(one.route)
            and one not in small
        ]
        added = len(operations) if self.options.each_operation else 0
        minima = APPLICATION_MINIMUM + added, GROUP_MINIMUM + added
        for group in project.grouped(operations, lacking, *minima, GROUP_SHARE):
            if group.kind == "operation":
                yield self._single(group.operations[0])
                continue
            yield self.gathered(
                group.place,
                _message(group),
                map(self._single, group.operations),
                hint="Write docstrings for the endpoints, the most used ones first: they become the descriptions.",
                symbol=group.symbol,
                related=tuple(Related(one.place, f"`{one}` is one of them.") for one in group.operations),
            )

    def _single(self, operation: Operation) -> Finding:
        return self.at(
            operation,
            f"`{operation}` is not documented: no docstring, summary or description.",
            hint=f"Write a docstring for `{operation.route.function_name}`: it becomes the description.",
        )


def _small_applications(project: Project) -> frozenset[Operation]:
    """The operations of applications that have hardly any: helpers inside a program, that no client reads about."""
    groups = project.operations_by_application()
    return frozenset(one for group in groups if len(group.operations) < APPLICATION_MINIMUM for one in group.operations)


def _message(group: OperationGroup) -> str:
    """How many of how many are not documented, and for applications where most of them are."""
    message = (
        f"{len(group.operations)} of {group.total} operations of the {group.kind} `{group.name}` are not documented"
    )
    modules = group.most_in
    if group.kind != "application" or len(modules) < 2:
        return f"{message}."
    named = ", ".join(f"`{name}` ({number})" for name, number in modules[:NAMED_MODULES])
    return f"{message}{', most of them' if len(modules) > NAMED_MODULES else ', they are'} in {named}."
