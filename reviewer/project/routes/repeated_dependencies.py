"""Which routers have routes that all declare the same dependency in their decorators.

Takes routers and routes of FastAPI, gives the dependencies that the router could declare once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.project.evaluation.values import Unknown
from reviewer.project.model import Dependency, Route, Router

#: Routes of a router up from which it is worth a line.
ROUTES_MINIMUM = 4


class RepeatedDependency(msgspec.Struct, frozen=True, eq=False):
    """A dependency that all routes of a router declare."""

    router: Router
    dependency: Dependency
    routes: tuple[Route, ...]


def repeated_dependencies(routers: Iterable[Router], routes: Iterable[Route]) -> Iterator[RepeatedDependency]:
    """All, by router; routes that one call registers several times count once."""
    by_router: dict[int, dict[int, Route]] = {}
    for route in routes:
        by_router.setdefault(id(route.router), {}).setdefault(id(route.node), route)
    for router in routers:
        own = tuple(by_router.get(id(router.instance), {}).values())
        if router.kind != "router" or len(own) < ROUTES_MINIMUM or len(own) != router.route_count:
            continue
        for dependency in _declared(own[0]):
            if all(any(_is_same(dependency, one) for one in _declared(route)) for route in own[1:]):
                yield RepeatedDependency(router, dependency, own)


def _declared(route: Route) -> Iterator[Dependency]:
    """What the decorator of a route declares: no parameter takes the result."""
    return (
        one
        for one in route.dependencies
        if one.level == "decorator" and one.parameter is None and not isinstance(one.callable, Unknown)
    )


def _is_same(one: Dependency, other: Dependency) -> bool:
    return one.callable is other.callable and one.scopes == other.scopes
