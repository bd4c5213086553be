"""An operation has a tag that the application does not describe."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Operation, Preset, Project, Rule, Severity

#: Tags up from which an application gets one finding, and how many of them it names.
MANY = 5
NAMED = 3


class UndeclaredTag(Rule):
    """Finds tags of operations that the application's `openapi_tags` does not name.

    ## What it reports
    Applications of FastAPI with `openapi_tags=[…]`, where an operation has a tag that is not among them: each such
    tag once, at the first operation that has it, and five and more of them in one finding. Applications without
    `openapi_tags`, or whose list is not known, are left alone.

    ## Why
    `openapi_tags` gives tags their descriptions and their order in the documentation. A tag that is not there is
    mostly a misspelt one, `user` beside `users`, which makes a second group with one operation in it.

    ## When to ignore it
    Where only some tags need a description.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Ensure that API endpoints are properly documented using Swagger/OpenAPI.",)
    references = ("https://fastapi.tiangolo.com/tutorial/metadata/#metadata-for-tags",)
    bad = {
        "app/main.py": """\
from fastapi import FastAPI

from app.users import router

TAGS = [{"name": "users", "description": "People."}, {"name": "items"}]
app = FastAPI(openapi_tags=TAGS)
app.include_router(router)
""",
        "app/users.py": """\
from fastapi import APIRouter

router = APIRouter(prefix="/users")


@router.get("/", tags=["users"])
def list_users():
    return []


@router.get("/{user_id}", tags=["user"])  # <- undeclared-tag
def get_user(user_id: int):
    return {}
""",
    }
    good = """\
from fastapi import FastAPI

app = FastAPI(openapi_tags=[{"name": "users"}])
plain = FastAPI()


@app.get("/users", tags=["users"])
def list_users():
    return []


@plain.get("/items", tags=["items"])
def list_items():
    return []
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares the tags of operations with those of their applications."""
        for application in project.operations_by_application():
            declared = application.application.keywords.get("openapi_tags")
            if not isinstance(declared, (list, tuple)):
                continue
            names = [one.get("name") if isinstance(one, dict) else None for one in declared]
            if not names or not all(isinstance(one, str) for one in names):
                continue
            found: dict[str, Operation] = {}
            for operation in application.operations:
                tags = operation.route.tags
                for tag in tags if isinstance(tags, tuple) else ():
                    if tag not in names:
                        found.setdefault(tag, operation)
            each = [self._single(application.name, tag, operation) for tag, operation in found.items()]
            if len(found) >= MANY:
                listed = ", ".join(f"`{tag}`" for tag in list(found)[:NAMED])
                yield self.gathered(
                    application.place,
                    f"`openapi_tags` of `{application.name}` lacks {len(found)} tags of operations, as {listed}.",
                    each,
                    hint="Add them with a description, or leave `openapi_tags` out.",
                    symbol=application.symbol,
                )
                continue
            yield from each

    def _single(self, application: str, tag: str, operation: Operation) -> Finding:
        return self.at(
            operation,
            f"`{operation}` has the tag `{tag}`, which `openapi_tags` of `{application}` lacks.",
            hint="Add it with a description, or use a tag that is there.",
        )
