"""An API has no version in its addresses, so that a breaking change breaks all clients at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, OperationGroup, Preset, Project, Route, Rule, Severity

#: Modules that add versions to the routes of an application.
LIBRARIES = ("fastapi_versioning", "fastapi_versionizer", "fastapi_versioned", "cadwyn")

#: Routes with parameters up from which an application has resources.
RESOURCE_MINIMUM = 2
#: Folders of programs that nobody outside depends on.
NO_PRODUCT = frozenset(
    {"scripts", "script", "tools", "benchmark", "benchmarks", "examples", "example", "samples", "docs", "demo", "demos"}
)


class UnversionedApiOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `unversioned-api`."""

    version: str = r"v\d+([._-]\w+)*|\d{4}-\d{2}(-\d{2})?|latest"
    minimum_operations: int = 12


class UnversionedApi(Rule):
    """Finds FastAPI applications none of whose routes has a version in its path.

    ## What it reports
    Applications with a dozen and more documented operations, on resources with an address (`/items/{item_id}`), where
    no path has a segment such as `v1`, and no parameter, dependency or library takes a version from a header or from
    the query. One finding an application. Pages, files and redirects are no operations; small services, workers
    without resources, servers of a protocol (`/.well-known`), scripts and examples are left alone. Where a part of a
    path is not known, nothing is reported, since the version may be in it.

    ## Why
    Sooner or later a response has to change in a way that clients do not survive. With a version in the address the
    new one stands beside the old one; without, all clients have to change on the same day.

    ## When to ignore it
    Where the API has one client that is deployed together with it, or where a gateway adds the version.

    ## Options
    - `version`: a regular expression for a segment of a path that is a version.
    - `minimum-operations`: the number of documented routes up from which an application is judged (12).
    """

    category = Category.CONTRACT
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Use versioning of the API to ensure that the API is backward compatible.",)
    references = ("https://fastapi.tiangolo.com/tutorial/bigger-applications/",)
    Options = UnversionedApiOptions
    bad = {
        "app/main.py": """\
from fastapi import FastAPI

from app import items, users

app = FastAPI(version="1.4.0")  # <- unversioned-api
app.include_router(items.router, prefix="/api/items")
app.include_router(users.router, prefix="/api/users")
""",
        "app/items.py": """\
from fastapi import APIRouter

router = APIRouter()


@router.get("/")
def list_items():
    return []


@router.post("/")
def create_item():
    return {}


@router.get("/{item_id}")
def get_item(item_id: int):
    return {"id": item_id}
""",
        "app/users.py": """\
from fastapi import APIRouter

router = APIRouter()


@router.get("/")
def list_users():
    return []


@router.get("/{user_id}")
def get_user(user_id: int):
    return {"id": user_id}


for part in ("orders", "addresses", "invoices", "payments", "messages", "devices", "sessions"):
    router.add_api_route(f"/{{user_id}}/{part}", list_users)
""",
    }
    good = (
        {
            "app/main.py": """\
from fastapi import APIRouter, FastAPI

from app.items import router

API_PREFIX = "/api/v1"

api = APIRouter(prefix=API_PREFIX)
api.include_router(router, prefix="/items")
app = FastAPI()
app.include_router(api)
""",
            "app/items.py": """\
from fastapi import APIRouter

router = APIRouter()

for name in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"):
    router.add_api_route(f"/{{item_id}}/{name}", list)


@router.get("/")
def list_items():
    return []
""",
        },
        """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health():
    return {"status": "ok"}
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks for a version in the paths of each application."""
        if any(module.mentions(*LIBRARIES) for module in project.modules):
            return
        version = re.compile(self.options.version, re.IGNORECASE)
        for group in project.operations_by_application():
            operations = [one for one in group.operations if not project.endpoint_results.is_page(one.route)]
            routes = [route for operation in operations for route in operation.routes]
            if len(routes) < self.options.minimum_operations or not _is_api(group, routes):
                continue
            if any(version.fullmatch(segment) for route in routes for segment in route.path.split("/")):
                continue
            if any("version" in parameter.name.lower() for route in routes for parameter in route.parameters):
                continue
            if any("version" in one.name.lower() for route in routes for one in route.all_dependencies):
                continue
            if version.search(str(group.application.keywords.get("root_path", ""))):
                continue
            yield self.at(
                group.place,
                f"None of the {len(routes)} routes of `{group.name}` has a version in its path.",
                hint="Include the routers below a prefix such as `/api/v1`.",
                symbol=group.symbol,
            )


def _is_api(group: OperationGroup, routes: list[Route]) -> bool:
    """Whether an application has resources of its own that clients address, and all paths are known."""
    if not NO_PRODUCT.isdisjoint(group.place.path.lower().split("/")[:-1]):
        return False
    if any(route.has_unknown_path or "/.well-known" in route.path for route in routes):
        return False
    return sum("{" in route.path for route in routes) >= RESOURCE_MINIMUM
