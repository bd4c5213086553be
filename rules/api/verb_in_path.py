"""A path says with a verb what the method says."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Operation, Preset, Project, Related, Rule, Severity

#: Operations of an application up from which verbs are its habit.
HABIT_MINIMUM = 6
RELATED_LIMIT = 5


class VerbInPath(Rule):
    """Finds paths that repeat the method of the request as a verb.

    ## What it reports
    FastAPI routes whose own path, prefixes left out, has a segment that begins with a verb of reading, creating,
    changing or deleting which the method expresses: `GET /get_users`, `POST /create-order`, `PUT /users/{id}/update`,
    `DELETE /items/{id}/delete`, `GET /users/list`; and `POST /users/{id}/delete`, where DELETE is meant. Other verbs
    are actions that no method has (`/orders/{id}/cancel`, `/search`) and are left alone, as are nouns such as `/lists`,
    `/updates` and `/add-ons`, and operations on many things at once (`POST /users/delete`).

    Where six and more of an application do so, there is one finding for all.

    ## Why
    In a REST interface the path names the thing and the method says what is done with it. `GET /get_users` and
    `POST /create_user` are two addresses for one collection: clients cannot guess one from the other, and caches,
    permissions and metrics by path see two things where there is one.

    ## When to ignore it
    Where published clients use the paths, or where the interface is one of remote calls on purpose.
    """

    category = Category.CONVENTION
    severity = Severity.WARNING
    preset = Preset.STRICT
    checklist = (
        "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.",  # noqa: E501
        "Review that API endpoints follow RESTful principles.",
        "Design and implement RESTful APIs",
        "Implement RESTful API endpoints",
    )
    references = ("https://www.rfc-editor.org/rfc/rfc9110#name-methods",)
    bad = (
        {
            "app/main.py": """\
from fastapi import FastAPI

from app.users import router

app = FastAPI()
app.include_router(router, prefix="/users")
""",
            "app/users.py": """\
from fastapi import APIRouter

router = APIRouter()


@router.get("/get_all")  # <- verb-in-path
def get_all():
    return []


@router.post("/create-user")  # <- verb-in-path
def create_user():
    return {}


@router.delete("/{user_id}/delete")  # <- verb-in-path
def delete_user(user_id: int):
    return None


@router.get("/list")  # <- verb-in-path
def list_users():
    return []


@router.post("/{user_id}/remove")  # <- verb-in-path
def remove_user(user_id: int):
    return None
""",
        },
    )
    good = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/users")
def list_users():
    return []


@app.post("/orders/{order_id}/cancel")
def cancel_order(order_id: int):
    return {}


@app.get("/lists/{list_id}/updates")
def list_updates(list_id: int):
    return []


@app.get("/add-ons")
def list_add_ons():
    return []


@app.post("/orders/delete")
def delete_orders(order_ids: list[int]):
    return None


@app.put("/messages/{message_id}/read")
def mark_as_read(message_id: int):
    return {}


@app.post("/users/{user_id}/change-password")
def change_password(user_id: int):
    return {}


@app.get("/search")
def search(text: str):
    return []
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for verbs, application by application."""
        for application in project.operations_by_application():
            found = [one for one in application.operations if project.verb_in_path(one.route) is not None]
            if len(found) < HABIT_MINIMUM:
                yield from (self._single(one, project) for one in found)
                continue
            related = tuple(
                Related(one.place, f"`{one}` has a verb for which there is a method.") for one in found[:RELATED_LIMIT]
            )
            yield self.gathered(
                application.place,
                f"{len(found)} paths of `{application.name}` have a verb for what the method says, as `{found[0]}`.",
                (self._single(one, project) for one in found),
                hint="Name things in paths, and let the method say what is done.",
                symbol=application.symbol,
                related=related,
            )

    def _single(self, operation: Operation, project: Project) -> Finding:
        found = project.verb_in_path(operation.route)
        assert found is not None
        message = f"`{operation}` repeats its method: `{found.segment}` says `{found.verb}`."
        hint = "Name the thing alone, and let the method say what is done."
        if found.method != operation.route.method:
            message = f"`{operation}` names by a verb what the method {found.method} says."
            hint = f"Register it with `{found.method.lower()}`, without the verb."
        return self.at(
            operation.place,
            message,
            hint=hint,
            symbol=operation.symbol,
        )
