"""The route table as people read it, before it has a form: blocks of applications, lines of cells, what is unknown.

Takes linked routes and mounts; opens nothing. Cells hold text of the reviewed repository as it is: each form makes it
safe in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.values import Unknown
from reviewer.project.model import UNKNOWN_PART, Answer, Mount, Route
from reviewer.project.routes.annotation_text import annotation_text

#: Titles of the columns, in order of the cells of a line.
COLUMNS = ("Method", "Path", "Endpoint", "Authentication", "Response", "Place")
PUBLIC = "public"
NOT_KNOWN = "not known"
#: Routes that are named beside a reason, before they are counted.
NAMED_ROUTES = 2


class RouteLine(msgspec.Struct, frozen=True):
    """A route or mount: the cells of its line, and what is to be said below its path."""

    method: str
    path: str
    endpoint: str  # `module:qualname`
    access: str  # "public", "not known", or what enforces authentication, the outermost first
    response: str
    place: str
    notes: tuple[str, ...] = ()
    is_place_known: bool = True  # the place is that of the endpoint, not of its registration

    @property
    def brief_cells(self) -> tuple[str, ...]:
        """One text a column, without what is in another one: the endpoint's module, guards below the first."""
        endpoint = self.endpoint.rpartition(":")[2] if self.is_place_known else self.endpoint
        first, *others = self.access.split(", ")
        access = f"{first} +{len(others)}" if others else first
        return (self.method, self.path, endpoint, access, self.response, self.place)

    @property
    def cells(self) -> tuple[str, ...]:
        """One text a column."""
        return (self.method, self.path, self.endpoint, self.access, self.response, self.place)


class ApplicationBlock(msgspec.Struct, frozen=True):
    """An application with its lines."""

    name: str
    framework: str
    routes: tuple[RouteLine, ...]
    mounts: tuple[RouteLine, ...]

    @property
    def title(self) -> str:
        """Such as `app.main:app (fastapi), 23 routes, 1 mount`."""
        counts = [counted(len(self.routes), "route"), *([counted(len(self.mounts), "mount")] if self.mounts else [])]
        return f"{self.name} ({self.framework}), {', '.join(counts)}"


class Explanation(msgspec.Struct, frozen=True):
    """Something that is not known: where, why, and the routes that it concerns, if they are known."""

    place: str
    reason: str
    concerns: str = ""


class RouteTable(msgspec.Struct, frozen=True):
    """The whole table."""

    blocks: tuple[ApplicationBlock, ...]
    shown: int
    total: int  # of all routes there are
    incomplete: int  # shown routes with a path that is not wholly known
    unknown_parts: int  # others than paths
    maybe_open: int  # not shown, since it is not known whether they demand authentication
    explanations: tuple[Explanation, ...] = ()  # where they were asked for

    @property
    def summary(self) -> str:
        """The counts in one line."""
        if not self.total:
            count = "no routes"
        elif self.shown == self.total:
            count = counted(self.total, "route")
        else:
            count = f"{self.shown or 'none'} of {counted(self.total, 'route')}"
        parts = [count]
        if self.incomplete:
            parts.append(f"{self.incomplete} with {UNKNOWN_PART} in a path that is not wholly known")
        if self.unknown_parts:
            parts.append(f"{counted(self.unknown_parts, 'other part')} not known")
        if self.maybe_open:
            parts.append(f"{self.maybe_open} more left out whose authentication is not known")
        is_unexplained = (self.incomplete or self.unknown_parts) and not self.explanations
        return ", ".join(parts) + (" (--explain-unknown says where and why)" if is_unexplained else "")


def route_table(
    routes: Sequence[Route],
    mounts: Sequence[Mount],
    unknowns: Sequence[Unknown],
    *,
    total: int | None = None,
    maybe_open: int = 0,
    explain_unknown: bool = False,
) -> RouteTable:
    """The table of some routes and mounts. `total` counts the routes there are, if not all of them are shown."""
    applications = {
        id(one): one for one in (*(one.application for one in routes), *(one.application for one in mounts))
    }
    blocks = []
    for identity, application in applications.items():
        own = tuple(route_line(route) for route in routes if id(route.application) == identity)
        mounted = tuple(mount_line(mount) for mount in mounts if id(mount.application) == identity)
        blocks.append(ApplicationBlock(application.name, application.framework, own, mounted))
    return RouteTable(
        blocks=tuple(blocks),
        shown=len(routes),
        total=len(routes) if total is None else total,
        incomplete=sum(route.has_unknown_path for route in routes),
        unknown_parts=len(unknowns),
        maybe_open=maybe_open,
        explanations=tuple(_explanations(routes, unknowns)) if explain_unknown else (),
    )


def route_line(route: Route) -> RouteLine:
    """The line of a route."""
    access = {
        Answer.YES: ", ".join(route.authentication.names) or "authenticated",
        Answer.NO: PUBLIC,
        Answer.UNKNOWN: NOT_KNOWN,
    }[route.authentication.answer]
    status = str(route.status_code) if isinstance(route.status_code, int) else ""
    notes = [f"if {condition}" for condition in route.conditions]
    notes += [f"on host {route.host}"] if route.host else []
    notes += ["deprecated"] if route.deprecated else []
    return RouteLine(
        route.method,
        route.path or "/",
        route.endpoint_name,
        access,
        " ".join(part for part in (status, response_model_text(route) or "") if part),
        _place(endpoint_path(route), endpoint_line(route)),
        tuple(notes),
        route.endpoint is not None,
    )


def mount_line(mount: Mount) -> RouteLine:
    """The line of a mount."""
    notes = tuple(f"if {condition}" for condition in mount.conditions)
    place = _place(mount.place.path, mount.place.line)
    return RouteLine("MOUNT", f"{mount.path}/*", mount.target_name or UNKNOWN_PART, mount.kind, "", place, notes, False)


def endpoint_path(route: Route) -> str:
    """The file of what answers, or of the registration where that is not known."""
    return route.endpoint.place.path if route.endpoint is not None else route.place.path


def endpoint_line(route: Route) -> int:
    """The line of what answers, or of the registration where that is not known."""
    return route.endpoint.node.line if route.endpoint is not None else route.place.line


def response_model_text(route: Route) -> str | None:
    """The response model with its aliases replaced, as written where it is not known; None where there is none."""
    known = None if route.response_model_value is None else annotation_text(route.response_model_value)
    if known is not None:
        return known
    if route.response_model is not None:
        return source_text(route.response_model)
    return None if route.response_model_value is None else UNKNOWN_PART


def counted(number: int, noun: str) -> str:
    """A number with its noun in the right form: `1 route`, `2 routes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _explanations(routes: Iterable[Route], unknowns: Iterable[Unknown]) -> Iterable[Explanation]:
    """What is not known, each once, with the routes that it concerns; what concerns no shown route comes last."""
    concerned: dict[Explanation, list[str]] = {}
    for route in routes:
        found = [Explanation(_unknown_place(one), one.reason) for one in route.unknowns]
        for value, what in ((route.tags, "tags"), (route.status_code, "status"), (route.include_in_schema, "schema")):
            if isinstance(value, Unknown):
                place = _unknown_place(value, _place(route.place.path, route.place.line))
                found.append(Explanation(place, f"{what}: {value.reason}"))
        if route.authentication.answer is Answer.UNKNOWN:
            place = _place(endpoint_path(route), endpoint_line(route))
            found.append(Explanation(place, f"authentication: {route.authentication.reason or 'not followed'}"))
        for one in found:
            concerned.setdefault(one, []).append(str(route))
    for explanation, names in concerned.items():
        more = len(names) - NAMED_ROUTES
        text = ", ".join(names[:NAMED_ROUTES]) + (f" and {more} more" if more > 0 else "")
        yield msgspec.structs.replace(explanation, concerns=text)
    for unknown in unknowns:
        explanation = Explanation(_unknown_place(unknown), unknown.reason)
        if explanation not in concerned:
            yield explanation


def _place(path: str, line: int) -> str:
    return f"{path}:{line}"


def _unknown_place(unknown: Unknown, default: str = "?") -> str:
    return _place(unknown.place.path, unknown.place.line) if unknown.place is not None else default
