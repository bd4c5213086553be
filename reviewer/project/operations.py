"""Operations: the routes that OpenAPI describes, one for each registration, and the routers they are gathered under.

Takes the route table, gives its operations. Routes that are left out of the schema, web sockets and routes that
Starlette serves without a description are no operations; what is not known is left out too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from reviewer.modules import tree
from reviewer.project.model import Route
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


def operations_of(routes: Iterable[Route], is_generated: bool) -> tuple[Operation, ...]:
    """The operations of a route table, in order; `is_generated` if the project generates documents by itself.

    An application that serves no document has no operations, unless the project generates one.
    """
    by_place: dict[Place, list[Route]] = {}
    for route in routes:
        if is_described(route) and (is_generated or application_of(route).keywords.get("openapi_url", "") is not None):
            by_place.setdefault(route.place, []).append(route)
    return tuple(Operation(tuple(found)) for found in by_place.values())


def is_described(route: Route) -> bool:
    """Whether a document that FastAPI generates describes a route for certain."""
    return (
        route.framework == "fastapi"
        and route.method not in UNDESCRIBED_METHODS
        and route.include_in_schema is True
        and registering_name(route) not in UNDESCRIBED
        and not route.module.is_test
    )


def application_of(route: Route) -> Instance:
    """The application that describes a route: the innermost one that it is mounted in."""
    return route.described_by or route.application.instance


def registering_name(route: Route) -> str:
    """The last name of what registers a route: `get`, `add_api_route`, `Route`."""
    called = route.node.function if isinstance(route.node, tree.Call) else None
    return called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")


def has_unknown_keywords(route: Route) -> bool:
    """Whether the registration takes keywords from a mapping: `@router.get("/", **documentation)`."""
    return isinstance(route.node, tree.Call) and any(keyword.name is None for keyword in route.node.keywords)


def name_of(instance: Instance, default: str) -> str:
    """The name that an application or router is bound to, `module:name`."""
    return instance.names[0] if instance.names else default


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
        by_application.setdefault(id(application_of(operation.route)), []).append(operation)
    for members in by_application.values():
        if len(members) >= application_minimum and lacking_set.issuperset(members):
            yield application_group(tuple(members))
            continue
        by_router: dict[int, list[Operation]] = {}
        for operation in members:
            by_router.setdefault(id(operation.route.router), []).append(operation)
        for siblings in by_router.values():
            router = siblings[0].route.router
            is_router = router is not application_of(siblings[0].route)
            if is_router and len(siblings) >= router_minimum and lacking_set.issuperset(siblings):
                yield router_group(tuple(siblings))
                continue
            for operation in siblings:
                if operation in lacking_set:
                    yield OperationGroup("operation", str(operation), operation.place, operation.symbol, (operation,))


def application_group(operations: tuple[Operation, ...]) -> OperationGroup:
    """Operations gathered under the application that describes them."""
    route = operations[0].route
    instance = application_of(route)
    name = name_of(instance, route.application.name)
    return OperationGroup("application", name, place_of_maker(instance, route.application.place), name, operations)


def router_group(operations: tuple[Operation, ...]) -> OperationGroup:
    """Operations gathered under the router that they are registered on."""
    router = operations[0].route.router
    name = name_of(router, operations[0].route.module.name)
    return OperationGroup("router", name, place_of_maker(router, operations[0].place), name, operations)
