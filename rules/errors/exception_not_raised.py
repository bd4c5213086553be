"""An exception is made as a statement of its own and never raised."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Fix, Project, ReplaceText, Rule, Severity


class ExceptionNotRaised(Rule):
    """Finds an exception that is made as a statement of its own and never raised.

    ## What it reports
    Statements such as `ValueError("…")` or `ValidationError(…)` without `raise`: exceptions of the language, classes of
    libraries that are named `…Error` or `…Exception`, and the project's own classes that inherit from one. HTTP errors
    of FastAPI are reported by `httpexception-not-raised`. Classes whose constructor raises by itself are left alone.

    ## Why
    Making the object does nothing, so what the check was to stop goes on: a validator accepts what it should refuse,
    and a service works with data that it found to be wrong. Tests of the good case pass.

    ## When to ignore it
    Where making the object is wanted for an effect of its constructor, such as counting errors.

    ## Fix safety
    The fix puts `raise` before the call. It is unsafe, since the exception is then raised for the first time.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    cwe = 390
    checklist = (
        "Review code to make sure it is following best practices such as: code is easy to understand, and has proper error handling.",  # noqa: E501
        "Ensure proper error handling and validation",
        "Implement proper error handling for all routes, returning meaningful error messages.",
        "Review all error handling and make sure proper error messages are returned.",
        "Write clean and well-structured code that adheres to Flask and Python best practices.",
        "Write clean, efficient, and maintainable code that adheres to best practices for each technology.",
        "Implement proper error handling for all API endpoints, returning meaningful error messages.",
    )
    references = ("https://docs.python.org/3/tutorial/errors.html#raising-exceptions",)
    bad = (
        """\
from marshmallow import Schema, ValidationError, fields, validates


class BookingSchema(Schema):
    seats = fields.Integer(required=True)

    @validates("seats")
    def check_seats(self, seats: int) -> None:
        if seats < 1:
            ValidationError("At least one seat")  # <- exception-not-raised
""",
        {
            "club/errors.py": "class ClubError(Exception):\n    pass\n\n\nclass MemberExists(ClubError):\n    pass\n",
            "club/members.py": """\
from club.errors import MemberExists


def join(name: str, members: set[str]) -> None:
    if not name:
        ValueError("A member needs a name")  # <- exception-not-raised
    if name in members:
        MemberExists(name)  # <- exception-not-raised
    members.add(name)
""",
        },
    )
    good = """\
import warnings


class LimitError(Exception):
    pass


def limit_error(text: str) -> LimitError:
    return LimitError(text)


def book(seats: int) -> None:
    if seats < 1:
        raise ValueError("At least one seat")
    if seats > 100:
        raise limit_error("Too many seats")
    problem = LimitError("Nearly full")
    if seats > 90:
        warnings.warn(DeprecationWarning("more than ninety seats"))
        print(problem)
    DeprecationWarning("seats")
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for exceptions that are made and not raised."""
        for forgotten in project.forgotten_raises.discarded:
            if not forgotten.is_http:
                yield self.at(
                    forgotten,
                    f"`{forgotten.exception}` is made and not raised, so `{forgotten.function.name}` goes on.",
                    hint=f"Write `raise {forgotten.exception}(…)`.",
                    symbol=forgotten.function.symbol,
                    fix=Fix("Raise it.", (ReplaceText(forgotten.place, f"raise {forgotten.text}"),)),
                )
