"""What stands around a router and reaches its routes: prefixes, tags, dependencies, documentation, conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from reviewer.project.evaluation.values import Event, Instance, Unknown, Value
from reviewer.project.library_versions import NEWEST, Version
from reviewer.project.model import Answer, Application, Authentication, Dependency
from reviewer.project.routes.fastapi.registrations import STARLETTE_REGISTRATIONS, WEBSOCKET_REGISTRATIONS
from reviewer.project.routes.path_text import path_text, status_of

#: Versions of FastAPI that changed what is served. Before it an include copied the routes that the router then had.
INCLUDES_STAY_OPEN = (0, 137)
#: What Starlette takes for a parameter of a path; anything else in braces is text.
PARAMETER = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(?::[a-zA-Z_][a-zA-Z0-9_]*)?\}")
WEBSOCKETS_HAVE_DEPENDENCIES = (0, 97)


class RouteContext(msgspec.Struct, frozen=True):
    """What the applications, mounts and includes around a router add to its routes."""

    application: Application
    framework: str
    prefix: str = ""
    outer_prefix: str = ""  # without that of the innermost router's constructor
    include_prefix: str = ""  # only those of mounts and includes
    version: Version = NEWEST  # of FastAPI, as the project pins it
    until: int | None = None  # the number of the include that took the routes of its moment
    tags: tuple[str, ...] | Unknown = ()
    dependencies: tuple[Dependency, ...] = ()
    statuses: frozenset[int] = frozenset()
    has_unknown_responses: bool = False
    include_in_schema: bool | Unknown = True
    is_deprecated: bool = False
    unknowns: tuple[Unknown, ...] = ()
    conditions: tuple[str, ...] = ()
    inside: tuple[int, ...] = ()  # identities of the routers around, against include cycles
    guard: Authentication = Authentication(Answer.NO)  # what middleware enforces
    described_by: Instance | None = None  # the innermost application around
    settings: Mapping[str, Value] = MappingProxyType({})  # of the innermost router's constructor
    around: RouteContext | None = None  # the same without what the innermost router's constructor adds
    host: str = ""  # to which all is restricted


def _undocumented(context: RouteContext) -> RouteContext:
    """The context of a route that is no part of the schema."""
    return replace(
        context,
        tags=(),
        statuses=frozenset(),
        has_unknown_responses=False,
        include_in_schema=True,
        is_deprecated=False,
    )


def documented_statuses(responses: Value) -> tuple[frozenset[int], bool]:
    """The statuses that a `responses=` argument documents (`4XX`: its hundred), and whether some are unknown."""
    if responses is None:
        return frozenset(), False
    if not isinstance(responses, dict):
        return frozenset(), True
    statuses: set[int] = set()
    has_unknown = False
    for key in responses:
        if isinstance(key, str) and key.upper().endswith("XX") and key[:1].isdigit():
            statuses.update(range(int(key[0]) * 100, int(key[0]) * 100 + 100))
            continue
        if key == "default":
            has_unknown = True
            continue
        status = status_of(key)
        if isinstance(status, int):
            statuses.add(status)
        else:
            has_unknown = True
    return frozenset(statuses), has_unknown


def path_parameter_names(path: str) -> frozenset[str]:
    """The names of the parameters in a path, as Starlette reads it: `{item_id}`, `{file_path:path}`."""
    return frozenset(PARAMETER.findall(path))


def joined_tags(first: tuple[str, ...] | Unknown, second: tuple[str, ...] | Unknown) -> tuple[str, ...] | Unknown:
    """The tags of what is around and of what is inside; Unknown where either is."""
    if isinstance(first, Unknown):
        return first
    return second if isinstance(second, Unknown) else first + second


def both_in_schema(first: bool | Unknown, second: Value) -> bool | Unknown:
    """Whether a route is in the schema that what is around and what is inside may leave out of it."""
    if first is False or second is False:
        return False
    if second is True:
        return first
    return Unknown("include_in_schema that is not known")


def without_own(context: RouteContext) -> RouteContext:
    """The context without what the innermost router's constructor adds, as routes made elsewhere get it."""
    return context if context.around is None else context.around


def reaching(event: Event, context: RouteContext) -> RouteContext:
    """The context as far as it reaches a registration: Starlette's routes and web sockets take only a part of it."""
    if event.method in STARLETTE_REGISTRATIONS:
        plain = replace(_undocumented(without_own(context)), dependencies=())
        # Copied into each router around, such a route does not get its prefix either.
        return replace(plain, prefix=context.include_prefix) if context.version < INCLUDES_STAY_OPEN else plain
    if event.method not in WEBSOCKET_REGISTRATIONS:
        return context
    has_dependencies = context.version >= WEBSOCKETS_HAVE_DEPENDENCIES
    return replace(_undocumented(context), dependencies=context.dependencies if has_dependencies else ())


def at_the_time_of(event: Event, context: RouteContext) -> RouteContext:
    """The context with the prefix that had been assigned to the router before the call."""
    if "prefix" not in event.receiver_attributes or event.receiver is context.application.instance:
        return context
    prefix, unknowns = path_text(event.receiver_attributes["prefix"])
    return replace(context, prefix=context.outer_prefix + prefix, unknowns=context.unknowns + unknowns)
