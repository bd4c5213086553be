"""Operations: the routes that OpenAPI describes, one for each registration, and the routers they are gathered under.

Takes the route table, gives its operations. Routes that are left out of the schema, web sockets and routes that
Starlette serves without a description are no operations; what is not known is left out too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec
from msgspec.structs import replace

from reviewer.modules import tree
from reviewer.project.evaluation.values import Instance, place_of
from reviewer.project.model import Route
from reviewer.rule import Place

#: Registrations that Starlette serves and FastAPI does not describe.
UNDESCRIBED = frozenset({"route", "add_route", "Route", "websocket_route", "add_websocket_route", "WebSocketRoute"})
#: Methods that FastAPI answers or documents on its own, or that carry no body.
UNDESCRIBED_METHODS = frozenset({"WEBSOCKET", "HEAD", "OPTIONS", "TRACE"})
#: Folders whose applications measure or help the developers.
HELPER_FOLDERS = frozenset({"scripts", "benchmark", "benchmarks"})
#: Functions that make a page of the document for a route of one's own.
PAGE_MAKERS = ("get_swagger_ui_html", "get_redoc_html", "get_scalar_api_reference")

#: Operations of one application that lack the same, up from which they are a crowd.
CROWD = 20
#: How many of a crowd it takes to gather those of one router.
CROWD_MINIMUM = 2
#: Groups of one application above which they are one: more is a habit that nobody mends router by router.
MANY_GROUPS = 10


class Operation(msgspec.Struct, frozen=True, eq=False):
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

    @property
    def has_unknown_keywords(self) -> bool:
        """Whether the registration takes keywords from a mapping: `@router.get("/", **documentation)`."""
        node = self.route.node
        return isinstance(node, tree.Call) and any(keyword.name is None for keyword in node.keywords)

    @property
    def has_pages(self) -> bool:
        """Whether people can read the document: both pages of it may be switched off, and no other be made."""
        instance = application_of(self.route)
        keywords = instance.node.keywords if isinstance(instance.node, tree.Call) else ()
        off = {one.name for one in keywords if isinstance(one.value, tree.Constant) and one.value.value == "None"}
        if not off.issuperset(("docs_url", "redoc_url")):
            return True
        return instance.module is not None and instance.module.mentions(*PAGE_MAKERS)

    @property
    def is_documented(self) -> bool:
        """Whether it has a summary, a description or a docstring, or may have one."""
        return self.has_unknown_keywords or any(route.documented for route in self.routes)


class OperationGroup(msgspec.Struct, frozen=True, eq=False):
    """Operations that share a defect: of a whole application, of a whole router, or a single one."""

    kind: str  # "application", "router" or "operation"
    name: str
    place: Place
    symbol: str
    operations: tuple[Operation, ...]
    total: int = 0  # operations of the application or router, those without the defect too

    @property
    def most_in(self) -> tuple[tuple[str, int], ...]:
        """The modules that register the operations, those with most first, with their numbers."""
        counts = Counter(operation.route.module.name for operation in self.operations)
        return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))

    @property
    def application(self) -> Instance:
        """The application that describes the first of them."""
        return application_of(self.operations[0].route)


def operations_of(routes: Iterable[Route], is_generated: bool) -> tuple[Operation, ...]:
    """The operations of a route table, in order; `is_generated` if the project generates documents by itself.

    An application that serves no document has no operations, unless it is not mounted and the project generates one.
    """
    by_registration: dict[tuple[Place, str], list[Route]] = {}
    for route in routes:
        if is_described(route) and _has_document(route, is_generated):
            by_registration.setdefault((route.place, route.endpoint_name), []).append(route)
    return tuple(Operation(tuple(found)) for found in by_registration.values())


def is_described(route: Route) -> bool:
    """Whether a document that FastAPI generates describes a route for certain."""
    return (
        route.framework == "fastapi"
        and route.method not in UNDESCRIBED_METHODS
        and route.include_in_schema is True
        and registering_name(route) not in UNDESCRIBED
        and not route.module.is_test
        and not is_of_helper(route)
    )


def is_of_helper(route: Route) -> bool:
    """Whether a route belongs to an application that measures or helps the developers."""
    return not HELPER_FOLDERS.isdisjoint(route.module.path.split("/"))


def _has_document(route: Route, is_generated: bool) -> bool:
    instance = application_of(route)
    if instance.keywords.get("openapi_url", "") is not None:
        return True
    return is_generated and instance is route.application.instance and bool(instance.events)


def application_of(route: Route) -> Instance:
    """The application that describes a route: the innermost one that it is mounted in."""
    return route.described_by or route.application.instance


def registering_name(route: Route) -> str:
    """The last name of what registers a route: `get`, `add_api_route`, `Route`."""
    called = route.node.function if isinstance(route.node, tree.Call) else None
    return called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")


def name_of(instance: Instance, default: str) -> str:
    """The name that an application or router is bound to, `module:name`."""
    return instance.names[0] if instance.names else default


def place_of_maker(instance: Instance, default: Place) -> Place:
    """The name of the class in the call that makes an application or router, without the arguments."""
    if instance.module is None or not isinstance(instance.node, tree.Call):
        return default
    return place_of(instance.module, instance.node.function)


def outside(operations: Iterable[Operation], patterns: Collection[str]) -> tuple[Operation, ...]:
    """The operations none of whose paths matches a pattern such as `*/health`; a slash at its end says no more."""
    return tuple(
        operation
        for operation in operations
        if not any(fnmatchcase(path, pattern) for path in _paths_of(operation) for pattern in patterns)
    )


def _paths_of(operation: Operation) -> tuple[str, ...]:
    return tuple(route.path.rstrip("/") or "/" for route in operation.routes)


def by_application(operations: Iterable[Operation]) -> tuple[OperationGroup, ...]:
    """The operations of each application that describes some."""
    found: dict[int, list[Operation]] = {}
    for operation in operations:
        found.setdefault(id(application_of(operation.route)), []).append(operation)
    return tuple(application_group(tuple(members)) for members in found.values())


def by_router(operations: Iterable[Operation]) -> tuple[OperationGroup, ...]:
    """The operations of each router; of those on an application itself, each by itself."""
    found: dict[int, list[Operation]] = {}
    for operation in operations:
        is_router = operation.route.router is not application_of(operation.route)
        found.setdefault(id(operation.route.router if is_router else operation), []).append(operation)
    return tuple(
        router_group(tuple(members)) if id(members[0]) not in found else single_group(members[0])
        for members in found.values()
    )


def grouped(
    operations: Collection[Operation],
    lacking: Collection[Operation],
    application_minimum: int,
    router_minimum: int,
    share: float = 1,
) -> Iterator[OperationGroup]:
    """Gathers operations that lack something: where most of an application or router lack it, they are one group.

    `application_minimum` and `router_minimum` say how many operations it takes for that, `share` which part of all,
    from 0 to 1. Where a whole crowd of an application lack it, those of a router are one group whatever their share,
    and where that would still make many groups, they are one.
    """
    lacking = frozenset(lacking)
    for application in by_application(operations):
        found = tuple(one for one in application.operations if one in lacking)
        if len(found) >= max(application_minimum, share * len(application.operations)):
            yield replace(application_group(found), total=len(application.operations))
            continue
        is_crowd = len(found) > CROWD
        groups = list(_router_groups(application, lacking, router_minimum, share, is_crowd))
        is_habit = len(groups) > MANY_GROUPS and application_minimum <= len(found)
        whole = replace(application_group(found), total=len(application.operations)) if is_habit else None
        yield from groups if whole is None else (whole,)


def _router_groups(
    application: OperationGroup, lacking: Collection[Operation], router_minimum: int, share: float, is_crowd: bool
) -> Iterator[OperationGroup]:
    """Those of an application that lack something, by router where they are many."""
    router_share = 0 if is_crowd else share
    for router in by_router(application.operations):
        found = tuple(one for one in router.operations if one in lacking)
        minimum = CROWD_MINIMUM if is_crowd and router_minimum <= CROWD else router_minimum
        if len(found) >= max(minimum, router_share * len(router.operations)):
            yield replace(router_group(found), total=len(router.operations))
        else:
            yield from map(single_group, found)


def single_group(operation: Operation) -> OperationGroup:
    """An operation by itself."""
    return OperationGroup("operation", str(operation), operation.place, operation.symbol, (operation,))


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
