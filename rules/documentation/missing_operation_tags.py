"""Operations have no tags, so that the documentation shows them in one heap."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Operation, Project, Related, Rule, Severity

#: The share of an application's or router's operations without a tag up from which they are one finding.
GROUP_SHARE = 0.75


class MissingOperationTagsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `missing-operation-tags`."""

    minimum_operations: int = 12
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


class MissingOperationTags(Rule):
    """Finds API operations without a tag where the application is large enough to need them.

    ## What it reports
    FastAPI routes in the schema that get no tag from their decorator, their router, an include or the application.
    Routers none of whose operations has a tag make one finding, and so does an application that uses tags nowhere.
    Applications with few operations are left alone, and health checks too.

    ## Why
    Swagger UI, ReDoc and generated clients group operations by tag; all without one end up under "default", in one
    heap, and in generated clients in one class.

    ## When to ignore it
    Where the documentation is not published and no client is generated from it.

    ## Options
    - `minimum-operations`: the number of operations up from which an application is judged (12).
    - `ignore-paths`: patterns of paths that need no tag.
    """

    category = Category.CONTRACT
    severity = Severity.WARNING
    checklist = (
        "Ensure all the API endpoints are properly documented using Swagger.",
        "Ensure that API endpoints are properly documented using Swagger/OpenAPI.",
        "Document all API endpoints with OpenAPI/Swagger",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/metadata/#metadata-for-tags",)
    Options = MissingOperationTagsOptions
    bad = (
        {
            "app/main.py": """\
from fastapi import FastAPI

from app import orders, reports

app = FastAPI()
app.include_router(orders.router, tags=["orders"])
app.include_router(reports.router)


@app.get("/currencies")  # <- missing-operation-tags
def list_currencies():
    return []
""",
            "app/orders.py": """\
from fastapi import APIRouter

router = APIRouter(prefix="/orders")

for name in ("open", "paid", "sent", "returned", "cancelled", "late"):
    router.add_api_route(f"/{name}", lambda: [])


@router.get("/")
def list_orders():
    return []


@router.get("/{order_id}")
def get_order(order_id: int):
    return {}


@router.put("/{order_id}")
def replace_order(order_id: int):
    return {}


@router.post("/")
def create_order():
    return {}


@router.patch("/{order_id}")
def change_order(order_id: int):
    return {}


@router.delete("/{order_id}")
def delete_order(order_id: int):
    return {}


@router.get("/{order_id}/lines")
def list_lines(order_id: int):
    return []


@router.post("/{order_id}/lines")
def add_line(order_id: int):
    return {}


@router.delete("/{order_id}/lines/{line}")
def remove_line(order_id: int, line: int):
    return {}
""",
            "app/reports.py": """\
from fastapi import APIRouter

router = APIRouter(prefix="/reports")  # <- missing-operation-tags


@router.get("/daily")
def daily():
    return []


@router.get("/monthly")
def monthly():
    return []
""",
        },
    )
    good = (
        {
            "app/main.py": """\
from fastapi import FastAPI

from app import orders

app = FastAPI()
app.include_router(orders.router)


@app.get("/health")
def health():
    return {}
""",
            "app/orders.py": """\
from fastapi import APIRouter

router = APIRouter(prefix="/orders", tags=["orders"])


@router.get("/")
def list_orders():
    return []
""",
        },
        """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/items")
def list_items():
    return []
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Gathers the operations without a tag, application by application."""
        operations = project.operations_outside(self.options.ignore_paths)
        for application in project.operations_by_application(operations):
            if len(application.operations) < self.options.minimum_operations:
                continue
            lacking = [one for one in application.operations if one.route.tags == () and not one.has_unknown_keywords]
            for group in project.grouped(application.operations, lacking, router_minimum=2, share=GROUP_SHARE):
                if group.kind == "router":
                    message = f"{len(group.operations)} operations of the router `{group.name}` have no tag."
                    hint = "Add `tags=[…]` to the router."
                else:
                    message = f"{len(group.operations)} operations of the application `{group.name}` have no tag."
                    hint = "Add `tags=[…]` where the routers are made or included."
                related = tuple(Related(one.place, f"`{one}` is one of them.") for one in group.operations)
                members = map(self._single, group.operations)
                yield self.gathered(group.place, message, members, hint=hint, symbol=group.symbol, related=related)

    def _single(self, operation: Operation) -> Finding:
        return self.at(
            operation, f"`{operation}` has no tag.", hint="Add `tags=[…]` to the decorator or to the router."
        )
