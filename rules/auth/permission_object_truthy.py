"""A check of a permission is always true, because an object or a method stands where its answer is meant."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Rule, Severity


class PermissionObjectTruthy(Rule):
    """Finds conditions that hold a permission or a checking function itself, and are always true.

    ## What it reports
    - A method or function of the project that answers a check, such as `user.is_admin` or `can_edit`, in a condition
      without its call. Properties are no methods.
    - An object of a permission class of the project (`OwnerPermission(request)`) in a condition, or returned by a
      function that says that it gives `bool`, where the class defines no `__bool__`.

    ## Why
    In Python, each object is true that does not say otherwise. `if user.is_admin:` then lets everybody in as soon as
    the property is made a method, and nothing fails: the routes work for all who test them with an administrator.

    ## When to ignore it
    Never: where the function itself is wanted, compare it with `None`.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 571
    owasp = "API5:2023"
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
    )
    references = ("https://docs.python.org/3/library/stdtypes.html#truth-value-testing",)
    bad = (
        {
            "app/permissions.py": """\
from fastapi import Request


class BasePermission:
    def __init__(self, request: Request):
        self.request = request


class AdminPermission(BasePermission):
    def has_required_permissions(self, request: Request) -> bool:
        return request.state.role == "admin"


class JoinPermission(BasePermission):
    def has_required_permissions(self, request: Request) -> bool:
        if request.state.is_restricted:
            return AdminPermission(request=request)  # <- permission-object-truthy
        return True
""",
            "app/users.py": """\
class User:
    def is_admin(self):
        return "admin" in self.roles
""",
            "app/views.py": """\
from fastapi import APIRouter, Depends, HTTPException

from app.users import User

router = APIRouter()


def current_user() -> User:
    return User()


@router.delete("/items/{item_id}")
def delete_item(item_id: int, user: User = Depends(current_user)):
    if not user.is_admin:  # <- permission-object-truthy
        raise HTTPException(status_code=403)
    return {}
""",
        },
    )
    good = (
        {
            "app/users.py": """\
from enum import Enum
from functools import cached_property


class Permission(Enum):
    READ = "read"


class OwnerPermission:
    def __init__(self, user):
        self.user = user

    def __bool__(self):
        return self.user.is_owner


class User:
    is_staff = False

    @property
    def is_admin(self):
        return "admin" in self.roles

    @cached_property
    def is_owner(self):
        return "owner" in self.roles

    def can_edit(self, item):
        return item.owner is self
""",
            "app/views.py": """\
from app.users import OwnerPermission, User


def delete(user: User, item, check_access=None) -> bool:
    if check_access:
        check_access(user)
    if user.is_admin or user.is_staff or user.is_owner:
        return True
    if user.can_edit(item):
        return True
    return OwnerPermission(user)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the checks that are always true."""
        for found in project.always_true_checks():
            if found.kind == "object":
                message = f"`{found.name}` is an object and always true: its answer is never asked for."
                hint = "Call the method of the object that answers."
            else:
                message = f"`{found.name}` is a function that is not called, and so always true."
                hint = f"Call it: `{found.name}(…)`."
            yield self.at(found.place, message, hint=hint, symbol=found.function.symbol)
