"""A segment of a path is written in another style than those of the rest of the application."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Preset, Project, Related, Route, Rule, Severity, StyledSegment

RELATED_LIMIT = 5
#: Segments in another style up from which an application gets one finding.
MANY = 5


class InconsistentPathCaseOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `inconsistent-path-case`."""

    minimum: int = 4
    share: float = 0.7


class InconsistentPathCase(Rule):
    """Finds segments of paths that are written in another style than most of the application.

    ## What it reports
    Segments of several words in the paths of FastAPI and Flask applications: where most are in one style (kebab-case,
    snake_case, camelCase), each one in another style, once, at the first route that has it. Five and more in another
    style make one finding. Parameters, single words and files are left alone, and nothing is reported in applications
    without a prevailing style.

    ## Why
    Clients write addresses by hand and by analogy. Where `/user-groups` stands beside `/user_roles`, half of the
    guesses end in 404, and the style of the next route is left to chance.

    ## When to ignore it
    Where a protocol or another service decides on the path.

    ## Options
    - `minimum`: how many segments it takes for a style to prevail (4).
    - `share`: which part of all segments of several words (0.7).
    """

    category = Category.CONVENTION
    severity = Severity.WARNING
    preset = Preset.STRICT
    checklist = (
        "Prioritize API design principles, including RESTful conventions, clear endpoints, and consistent data formats.",  # noqa: E501
        "Review that API endpoints follow RESTful principles.",
    )
    references = ("https://opensource.zalando.com/restful-api-guidelines/#129",)
    Options = InconsistentPathCaseOptions
    bad = {
        "app/main.py": """\
from fastapi import FastAPI

from app import groups, users

app = FastAPI()
app.include_router(users.router, prefix="/user-accounts")
app.include_router(groups.router, prefix="/user-groups")
""",
        "app/users.py": """\
from fastapi import APIRouter

router = APIRouter()


@router.get("/last-seen")
def last_seen():
    return []


@router.get("/sign-ins")
def sign_ins():
    return []
""",
        "app/groups.py": """\
from fastapi import APIRouter

router = APIRouter()


@router.get("/")
def groups():
    return []


@router.get("/{group_id}/group_members")  # <- inconsistent-path-case
def members(group_id: int):
    return []
""",
    }
    good = """\
from flask import Flask

app = Flask(__name__)


@app.get("/user-groups")
def user_groups():
    return []


@app.get("/user-groups/<int:group_id>/last-seen")
def last_seen(group_id):
    return []


@app.get("/sign-ins")
def sign_ins():
    return []


@app.get("/access-rights")
def access_rights():
    return []


@app.get("/.well-known/security_policy.txt")
def policy():
    return ""
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the styles of each application."""
        by_application: defaultdict[int, list[Route]] = defaultdict(list)
        for route in project.routes:
            if not route.module.is_test and route.include_in_schema is True:
                by_application[id(route.application)].append(route)
        for routes in by_application.values():
            segments = project.styled_segments(routes)
            style = project.prevailing_style(segments, self.options.minimum, self.options.share)
            others = [one for one in segments if one.style != style] if style else []
            if len(others) < MANY:
                yield from (self._single(one, style) for one in others)
                continue
            application = routes[0].application
            yield self.gathered(
                application.place,
                f"{len(others)} segments in the paths of `{application.name}` are not in {style} as the others are.",
                [self._single(one, style) for one in others],
                hint="Keep to one style, beginning with the next route.",
                symbol=application.name,
                related=tuple(Related(one.route.path_place, f"`{one.text}`") for one in others[:RELATED_LIMIT]),
            )

    def _single(self, segment: StyledSegment, style: str) -> Finding:
        return self.at(
            segment.route.path_place,
            f"`{segment.text}` in `{segment.route}` is {segment.style}, and other paths are in {style}.",
            hint=f"Write it in {style}.",
            symbol=segment.route.symbol,
        )
