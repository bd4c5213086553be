"""What applications serve below a path or for a host: the applications inside middleware and adapters, WSGI ones too.

Source: https://www.starlette.io/routing/#submounting-routes, https://fastapi.tiangolo.com/advanced/wsgi/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Event, Instance, Value, alternatives
from reviewer.project.model import Application, Route
from reviewer.project.routes.fastapi.registrations import (
    APPLICATION_CLASSES,
    ROUTER_CLASSES,
    STARLETTE_CLASSES,
    argument,
)

#: What middleware and adapters call the application they are given.
INNER_NAMES = ("app", "other_asgi_app", "asgi_app", "wsgi_app", "wsgi_application", "application")
FLASK_CLASSES = ("flask.Flask", "flask.app.Flask", "apiflask.APIFlask", "flask_openapi3.OpenAPI")
SERVED_CLASSES = (*APPLICATION_CLASSES, *ROUTER_CLASSES, *FLASK_CLASSES)
WRAPPER_DEPTH = 6


class ForeignMount(msgspec.Struct, frozen=True, eq=False):
    """An application of another framework that is mounted: its routes are served below a path."""

    application: Application  # on which it is mounted
    instance: Instance
    prefix: str
    conditions: tuple[str, ...]


def innermost_applications(evaluator: Evaluator, value: Value, depth: int = WRAPPER_DEPTH) -> Iterator[Instance]:
    """The applications and routers that an object is, or that it wraps: `CORSMiddleware(app)`."""
    for one in alternatives(value):
        if not isinstance(one, Instance) or one.is_typed_only:
            continue
        if evaluator.inherits(one, *SERVED_CLASSES):
            yield one
        elif depth:
            given = [one.keywords[name] for name in INNER_NAMES if name in one.keywords]
            for inner in given or one.arguments:
                found = list(innermost_applications(evaluator, inner, depth - 1))
                if found:
                    yield from found
                    break


def mounted_below(evaluator: Evaluator, instances: Iterable[Instance]) -> set[int]:
    """The identities of the applications that are served by others: mounted, or included through their router."""
    mounted: set[int] = set()
    seen: set[int] = set()
    pending = list(instances)
    while pending:
        instance = pending.pop()
        if id(instance) in seen:
            continue
        seen.add(id(instance))
        for target, is_served in _targets(evaluator, instance):
            if is_served and target is not instance:
                mounted.add(id(target))
            pending.append(target)
    return mounted


def _targets(evaluator: Evaluator, instance: Instance) -> Iterator[tuple[Instance, bool]]:
    for event in instance.events:
        if event.method in ("mount", "host"):
            yield from ((one, True) for one in innermost_applications(evaluator, argument(event, 1, "app")))
        elif event.method == "include_router":
            for target in alternatives(argument(event, 0, "router")):
                if isinstance(target, Instance):
                    yield target, evaluator.inherits(target, *APPLICATION_CLASSES)
    listed = given_routes(evaluator, instance)
    for item in listed if isinstance(listed, (list, tuple)) else ():
        if isinstance(item, Instance):
            given = item.argument(1, "app")
            if given is not None and (isinstance(given, Instance)):
                yield from ((one, True) for one in innermost_applications(evaluator, given))
            yield item, False


def given_routes(evaluator: Evaluator, instance: Instance) -> Value:
    """The `routes` argument of an application, router or mount."""
    if evaluator.inherits(instance, *STARLETTE_CLASSES):
        return instance.argument(1, "routes")
    if evaluator.inherits(instance, "starlette.routing.Mount"):
        return instance.argument(2, "routes")
    return instance.argument(0 if evaluator.inherits(instance, "starlette.routing.Router") else -1, "routes")


def without_unknown_alternatives(events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """The registrations of a router, those left out that another branch does with a path that is known; and these.

    `if base: app.mount(base, api)` with an `else: app.mount("/api", api)` registers one thing in two branches that
    exclude each other. Where the path of one is not known at all, the other says what there is to say.
    """
    conditional = [event for event in events if event.conditions]
    left_out = [
        event
        for event in conditional
        if not isinstance(_path_of(event), str)
        and any(_is_alternative(event, other) and isinstance(_path_of(other), str) for other in conditional)
    ]
    if not left_out:
        return list(events), []
    return [event for event in events if not any(event is one for one in left_out)], left_out


def _path_of(event: Event) -> Value:
    if event.method == "include_router":
        return event.keywords.get("prefix", "")
    return argument(event, 0, "path")


def _is_alternative(event: Event, other: Event) -> bool:
    """Whether two registrations register the same in branches of which only one runs."""
    if event.method != other.method or _registered(event) is None or _registered(event) is not _registered(other):
        return False
    for mine, others in zip(event.conditions, other.conditions, strict=False):
        if mine != others:
            return mine == f"not ({others})" or others == f"not ({mine})"
    return False


def _registered(event: Event) -> Value:
    if event.method == "include_router":
        return argument(event, 0, "router")
    if event.method in ("mount", "host"):
        return argument(event, 1, "app")
    return event.decorated if event.decorated is not None else argument(event, 1, "endpoint")


def with_foreign_mounts(routes: Iterable[Route], mounts: Sequence[ForeignMount]) -> tuple[list[Route], set[int]]:
    """The routes of mounted applications as served below their mounts, and the identities of those applications.

    An application that a factory makes anew for each call is known by the call in the program text that makes it.
    """
    served: list[Route] = []
    mounted: set[int] = set()
    all_routes = list(routes)
    for mount in mounts:
        node = mount.instance.node
        for route in all_routes:
            inner = route.application.instance
            if inner is mount.instance or (node is not None and inner.node is node):
                mounted.add(id(route.application))
                path = mount.prefix + route.path
                conditions = mount.conditions + route.conditions
                served.append(replace(route, application=mount.application, path=path, conditions=conditions))
    return served, mounted
