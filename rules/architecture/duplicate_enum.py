"""An enumeration is declared twice."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class DuplicateEnum(Rule):
    """Finds enumerations that are declared more than once, with the same name and members.

    ## What it reports
    Classes below `Enum`, `StrEnum`, `IntEnum` or `Flag` in different modules of one package that have the same name and
    the same members with the same values; tests, migrations, examples and clients are left out.

    ## Why
    The members of two enumerations are never equal: `schemas.Role.ADMIN == models.Role.ADMIN` is false (unless they are
    texts or numbers too), so a check that compares them lets nobody, or everybody, through. A new member is added to
    one and forgotten in the other, and requests with it fail where the two meet.

    ## When to ignore it
    Where the two belong to different versions of an interface and may part.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    checklist = (
        "Review that there is no duplication in the code.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
    )
    references = ("https://docs.python.org/3/library/enum.html#comparisons",)
    bad = {
        "app/models.py": """\
import enum


class UserRole(str, enum.Enum):
    ADMIN = "admin"
    USER = "user"
""",
        "app/schemas.py": """\
from enum import Enum

from pydantic import BaseModel


class UserRole(str, Enum):  # <- duplicate-enum
    USER = "user"
    ADMIN = "admin"


class User(BaseModel):
    role: UserRole
""",
    }
    good = {
        "app/models.py": """\
from enum import Enum


class Role(Enum):
    ADMIN = "admin"
    USER = "user"


class State(Enum):
    NEW = 1
    DONE = 2
""",
        "app/schemas.py": """\
from enum import Enum

from app.models import Role


class State(Enum):
    NEW = "new"
    DONE = "done"
""",
        "app/client/models.py": """\
from enum import Enum


class Role(Enum):
    ADMIN = "admin"
    USER = "user"
""",
        "app/limits.py": """\
class Role:
    ADMIN = "admin"
    USER = "user"
""",
    }

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for enumerations that repeat an earlier one."""
        for repeated, first in project.repeated_enumerations:
            place = repeated.place
            yield self.at(
                type(place)(place.path, place.line, place.column, place.line, place.column + 6 + len(repeated.name)),
                f"`{repeated.name}` is declared in `{first.module.name}` too, with the same members.",
                hint=f"Import it from `{first.module.name}`.",
                symbol=repeated.symbol,
                related=(Related(first.place, "The first one."),),
            )
