"""Operations: the routes that OpenAPI describes, one for each registration, and the routers they are gathered under.

Takes the route table, gives its operations. Routes that are left out of the schema, web sockets and routes that
Starlette serves without a description are no operations; what is not known is left out too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from reviewer.modules import tree
from reviewer.project.model import Application, Route
from reviewer.project.values import Instance, place_of
from reviewer.rule import Place

#: Registrations that Starlette serves and FastAPI does not describe.
UNDESCRIBED = frozenset({"route", "add_route", "Route", "websocket_route", "add_websocket_route", "WebSocketRoute"})
#: Methods that FastAPI answers or documents on its own, or that carry no body.
UNDESCRIBED_METHODS = frozenset({"WEBSOCKET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, eq=False)
class Operation:
    """One registration that OpenAPI describes, with all routes it serves: several methods, or several prefixes."""

    routes: tuple[Route, ...]

    def __str__(self) -> str:
        return str(self.route)

    @property
    def route(self) -> Route:
        """The first of its routes."""
        return self.routes[0]

    @property
    def place(self) -> Place:
        """The path in the registration."""
        return self.route.path_place

    @property
    def symbol(self) -> str:
        """The endpoint, for fingerprints."""
        return self.route.symbol


@dataclass(frozen=True, eq=False)
class OperationGroup:
    """Operations that share a defect: of a whole application, of a whole router, or a single one."""

    kind: str  # "application", "router" or "operation"
    name: str
    place: Place
    symbol: str
    operations: tuple[Operation, ...]


def operations_of(routes: Iterable[Route]) -> tuple[Operation, ...]:
    """The operations of a route table, in order."""
    by_place: dict[Place, list[Route]] = {}
    for route in routes:
        if is_described(route):
            by_place.setdefault(route.place, []).append(route)
    return tuple(Operation(tuple(found)) for found in by_place.values())


def is_described(route: Route) -> bool:
    """Whether OpenAPI describes a route for certain."""
    return (
        route.framework == "fastapi"
        and route.method not in UNDESCRIBED_METHODS
        and route.include_in_schema is True
        and registering_name(route) not in UNDESCRIBED
        and route.application.instance.keywords.get("openapi_url", "") is not None
        and not route.module.is_test
    )


def registering_name(route: Route) -> str:
    """The last name of what registers a route: `get`, `add_api_route`, `Route`."""
    called = route.node.function if isinstance(route.node, tree.Call) else None
    return called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")


def has_unknown_keywords(route: Route) -> bool:
    """Whether the registration takes keywords from a mapping: `@router.get("/", **documentation)`."""
    return isinstance(route.node, tree.Call) and any(keyword.name is None for keyword in route.node.keywords)


def name_of(instance: Instance) -> str:
    """The name that an application or router is bound to."""
    return instance.names[0].rpartition(":")[2] if instance.names else "the router"


def place_of_maker(instance: Instance, default: Place) -> Place:
    """The name of the class in the call that makes an application or router, without the arguments."""
    if instance.module is None or not isinstance(instance.node, tree.Call):
        return default
    return place_of(instance.module, instance.node.function)


def group_operations(
    operations: Collection[Operation], lacking: Collection[Operation], application_minimum: int, router_minimum: int
) -> Iterator[OperationGroup]:
    """Gathers operations that lack something: where all of an application or router lack it, they are one group.

    `application_minimum` and `router_minimum` say how many operations it takes for that.
    """
    lacking_set = frozenset(lacking)
    by_application: dict[int, list[Operation]] = {}
    for operation in operations:
        by_application.setdefault(id(operation.route.application), []).append(operation)
    for members in by_application.values():
        application = members[0].route.application
        if len(members) >= application_minimum and lacking_set.issuperset(members):
            yield application_group(application, tuple(members))
            continue
        by_router: dict[int, list[Operation]] = {}
        for operation in members:
            by_router.setdefault(id(operation.route.router), []).append(operation)
        for siblings in by_router.values():
            router = siblings[0].route.router
            is_router = router is not application.instance
            if is_router and len(siblings) >= router_minimum and lacking_set.issuperset(siblings):
                yield router_group(router, tuple(siblings))
                continue
            for operation in siblings:
                if operation in lacking_set:
                    yield OperationGroup("operation", str(operation), operation.place, operation.symbol, (operation,))


def application_group(application: Application, operations: tuple[Operation, ...]) -> OperationGroup:
    """Operations gathered under their application."""
    place = place_of_maker(application.instance, application.place)
    return OperationGroup("application", application.name, place, application.name, operations)


def router_group(router: Instance, operations: tuple[Operation, ...]) -> OperationGroup:
    """Operations gathered under their router."""
    place = place_of_maker(router, operations[0].place)
    symbol = router.names[0] if router.names else operations[0].symbol
    return OperationGroup("router", name_of(router), place, symbol, operations)
