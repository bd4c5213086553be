"""Routes that are registered on a router behind the call that includes it: before FastAPI 0.137 they are never served.

Compares the order of calls inside one module alone, where a reader sees it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.project.evaluation.values import Event, Instance, place_of
from reviewer.project.library_versions import NEWEST, LibraryVersions
from reviewer.project.model import Router
from reviewer.project.routes.fastapi.context import INCLUDES_STAY_OPEN
from reviewer.project.routes.fastapi.registrations import ADDERS, DECORATORS, argument
from reviewer.rule import Place

REGISTERING = DECORATORS | ADDERS | {"include_router"}


class LateRegistrations(msgspec.Struct, frozen=True, eq=False):
    """A router that was included before it had all of its routes."""

    router: Instance
    name: str
    place: Place  # the call that includes it
    late: tuple[Place, ...]  # what was registered on it behind that call


def late_registrations(routers: Iterable[Router], versions: LibraryVersions) -> Iterator[LateRegistrations]:
    """The routers that every include takes too early."""
    by_instance = {id(one.instance): one for one in routers if one.framework == "fastapi"}
    includes: dict[int, list[Event]] = {}
    for router in by_instance.values():
        for event in router.instance.events:
            if event.method == "include_router":
                included = argument(event, 0, "router")
                if isinstance(included, Instance):
                    includes.setdefault(id(included), []).append(event)
    for number, events in includes.items():
        if number not in by_instance:
            continue
        router = by_instance[number]
        if _stays_open(versions, router.place.path):
            continue
        last = max(events, key=lambda event: event.number)
        if last.module.is_test or last.conditions:
            continue
        late = [one for one in router.instance.events if _is_behind(one, last)]
        if late:
            name = next((one.rpartition(":")[2] for one in router.names), "the router")
            places = tuple(one.place for one in late)
            yield LateRegistrations(router.instance, name, place_of(*last.site), places)


def _is_behind(event: Event, include: Event) -> bool:
    is_behind = event.number > include.number and event.node.line > include.node.line
    return event.method in REGISTERING and event.module is include.module and is_behind


def _stays_open(versions: LibraryVersions, path: str) -> bool:
    """Whether the project runs on no FastAPI that copies the routes when a router is included."""
    pinned, oldest = versions.of("fastapi", path), versions.oldest("fastapi", path)
    return (pinned is not NEWEST and pinned >= INCLUDES_STAY_OPEN) or (
        oldest is not None and oldest >= INCLUDES_STAY_OPEN
    )
