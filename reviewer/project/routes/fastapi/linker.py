"""Links FastAPI and Starlette applications: every route with its full path and what routers and includes add to it.

Reads the instances and events that the evaluator recorded; registers nothing itself. A router's routes are taken as
they stand when everything has been imported, as FastAPI 0.141 and newer serve them.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.limits import INCLUSION_LIMIT, ROUTE_LIMIT
from reviewer.project.evaluation.values import (
    ClassValue,
    Event,
    External,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
    alternatives,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.library_versions import LibraryVersions
from reviewer.project.model import (
    UNKNOWN_PART,
    Answer,
    Application,
    Dependency,
    Mount,
    Route,
    Router,
)
from reviewer.project.program import Program
from reviewer.project.routes.application_modules import (
    find_applications,
    instances_of,
    one_of_each_call,
)
from reviewer.project.routes.argument_places import argument_place
from reviewer.project.routes.authentication import AuthenticationJudge
from reviewer.project.routes.fastapi.context import (
    INCLUDES_STAY_OPEN,
    RouteContext,
    at_the_time_of,
    both_in_schema,
    documented_statuses,
    joined_tags,
    reaching,
    without_own,
)
from reviewer.project.routes.fastapi.dependencies import DependencyReader
from reviewer.project.routes.fastapi.endpoints import (
    endpoint_of,
)
from reviewer.project.routes.fastapi.frameworks import framework_of
from reviewer.project.routes.fastapi.guards import RouteGuards, stronger
from reviewer.project.routes.fastapi.registrations import (
    ADDERS,
    APPLICATION_CLASSES,
    DECORATORS,
    INCLUDING,
    ROUTER_CLASSES,
    argument,
    given_keywords,
)
from reviewer.project.routes.fastapi.route_classes import RouteClasses
from reviewer.project.routes.fastapi.rows import RouteRows
from reviewer.project.routes.inclusion import possible_inclusions
from reviewer.project.routes.linked_framework import LinkedFramework
from reviewer.project.routes.mounted_objects import STATIC_FILES, mounted_as
from reviewer.project.routes.mounting import (
    ForeignMount,
    given_routes,
    innermost_applications,
    mounted_below,
    without_unknown_alternatives,
)
from reviewer.project.routes.path_text import known_text, known_texts, path_text
from reviewer.project.routes.startup import Startup
from reviewer.rule import Place

#: The registering method that does what a listed object of a class does.
LISTED = {
    "Mount": "mount",
    "Host": "host",
    "APIWebSocketRoute": "add_api_websocket_route",
    "WebSocketRoute": "add_websocket_route",
    "APIRoute": "add_api_route",
    "Route": "add_route",
}
#: Methods of the list of routes that add to it.
ROUTES_OF = frozenset({"routes", "router.routes"})
LISTING = frozenset({"routes.append", "routes.insert", "routes.extend"})
#: The position of a mount that is asked after all routes.
BEHIND_ALL = 1 << 40


class FastAPILinker:
    """Makes the route table of all FastAPI and Starlette applications of a program."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        calls: Calls,
        judge: AuthenticationJudge,
        reader: DependencyReader,
        versions: LibraryVersions,
    ) -> None:
        self._program = program
        self._versions = versions
        self._evaluator = evaluator
        self._calls = calls
        self._guards = RouteGuards(evaluator, judge)
        self._rows = RouteRows(evaluator, reader, self._guards)
        self._route_classes = RouteClasses(evaluator)
        self._reader = reader
        self._unknowns: list[Unknown] = []
        self._inclusion_count = 0
        self._row_count = 0
        self._mounts: list[Mount] = []
        self._foreign_mounts: list[ForeignMount] = []
        self._route_count = 0  # of the application that is being linked
        self._reached: set[int] = set()
        self._has_unknown_include = False

    def link(self) -> LinkedFramework:
        """All applications with their routes, in the order of the modules that make them."""
        applications = self._find_applications()
        mounted = mounted_below(self._evaluator, (application.instance for application in applications))
        served = [one for one in applications if id(one.instance) not in mounted]
        routes = [route for application in served for route in self._routes_of_application(application)]
        routers = tuple(self._find_routers(applications))
        known = tuple(self._unknowns), tuple(self._mounts), tuple(self._foreign_mounts)
        return LinkedFramework(tuple(served), tuple(routes), routers, *known, tuple(self._unserved(routers)))

    def _unserved(self, routers: tuple[Router, ...]) -> Iterator[Route]:
        """The routes of routers that no application reaches, such as those of plugins, without what is around them."""
        left = [one for one in routers if one.is_served is not Answer.YES and not _is_of_test(one)]
        inside = {
            id(target)
            for router in left
            for event in router.instance.events
            if event.method == "include_router"
            for target in alternatives(argument(event, 0, "router"))
        }
        for router in left:
            if id(router.instance) not in inside:
                name = router.names[0] if router.names else router.place.path
                application = Application(name, "fastapi", router.instance, router.place)
                yield from self._routes(router.instance, RouteContext(application, "fastapi"))

    # Applications and routers

    def _instances(self, names: tuple[str, ...]) -> list[Instance]:
        return instances_of(self._evaluator, names)

    def _find_applications(self) -> list[Application]:
        return find_applications(
            self._program,
            self._evaluator,
            self._calls,
            APPLICATION_CLASSES,
            INCLUDING,
            lambda one: framework_of(self._evaluator, one, "starlette"),
            Startup(self._evaluator, self._calls).run,
        )

    def _find_routers(self, applications: list[Application]) -> Iterator[Router]:
        for application in applications:
            yield self._router(application.instance, "application", Answer.YES)
        routers = [one for one in self._instances(ROUTER_CLASSES) if one.place is not None and not one.is_typed_only]
        reached = {id(one.node) for one in routers if id(one) in self._reached}
        possible = possible_inclusions(self._evaluator, self._calls)
        is_any_possible = self._has_unknown_include or possible.is_any_possible
        for instance in one_of_each_call(routers):
            unreached = Answer.UNKNOWN if is_any_possible or id(instance.node) in possible.made_by else Answer.NO
            yield self._router(instance, "router", Answer.YES if id(instance.node) in reached else unreached)

    def _router(self, instance: Instance, kind: str, is_served: Answer) -> Router:
        count = sum(event.method in DECORATORS or event.method in ADDERS for event in instance.events)
        assert instance.place is not None
        return Router(instance, "fastapi", kind, tuple(instance.names), instance.place, is_served, count)

    # Routes

    def _routes_of_application(self, application: Application) -> list[Route]:
        context = RouteContext(
            application,
            application.framework,
            guard=self._guards.middleware_guard(application.instance),
            version=self._versions.of("fastapi", application.place.path),
        )
        self._route_count = 0
        return list(self._routes(application.instance, context))

    def _routes(self, instance: Instance, around: RouteContext) -> Iterator[Route]:
        """The routes of an application or router inside what is around it."""
        if id(instance) in around.inside:
            self._unknown("a router that includes itself", instance.place)
            return
        self._inclusion_count += 1
        if self._inclusion_count > INCLUSION_LIMIT or self._row_count > ROUTE_LIMIT:
            self._unknown("more routes than are followed", around.application.place)
            return
        self._reached.add(id(instance))
        context = self._with_settings(instance, around)
        yield from self._listed(given_routes(self._evaluator, instance), instance, without_own(context))
        events, left_out = without_unknown_alternatives(instance.events)
        for event in left_out:
            self._unknown(f"another path where {event.conditions[-1]}", event.place)
        for event in events:
            if around.until is not None and event.number > around.until:
                continue  # the include before had copied the routes that were there
            if event.method in DECORATORS or event.method in ADDERS:
                yield from self._route_rows(event, at_the_time_of(event, context))
            elif event.method == "include_router":
                yield from self._included(event, at_the_time_of(event, context))
            elif event.method in ("mount", "host") and around.until is None:
                yield from self._mounted_routes(event, replace(without_own(context), inside=context.inside))
            elif event.method == "frontend":
                self._add_frontend(event, at_the_time_of(event, context))
            elif event.method in LISTING:
                yield from self._listed(_added_routes(event), instance, without_own(context))

    def _with_settings(self, instance: Instance, around: RouteContext) -> RouteContext:
        """The context with what an application's or router's own constructor says."""
        keywords = self._settings(instance)
        is_router = not self._evaluator.inherits(instance, *APPLICATION_CLASSES)
        place = instance.place or around.application.place
        level = "router" if is_router else "application"
        if not is_router:
            keywords.pop("prefix", None)
        context = self._extended(around, keywords, level, place)
        if not is_router:
            context = replace(context, described_by=instance)
        inside = (*around.inside, id(instance))
        outer = replace(around, inside=inside, described_by=context.described_by, settings={}, around=None)
        return replace(context, outer_prefix=around.prefix, inside=inside, settings=keywords, around=outer)

    def _settings(self, instance: Instance) -> dict[str, Value]:
        """What the constructor of an application or router got."""
        self._evaluator.initialise(instance)
        keywords = dict(instance.keywords) if isinstance(instance.type, External) else {}
        for event in instance.events:
            if event.method == "__init__":
                keywords.update(event.keywords)
        if isinstance(instance.type, ClassValue) and not keywords:
            keywords = dict(instance.keywords)
        return keywords

    def _extended(self, around: RouteContext, keywords: dict[str, Value], level: str, place: Place) -> RouteContext:
        prefix, unknowns = path_text(keywords.get("prefix"))
        for unknown in unknowns:
            self._unknown(unknown.reason, unknown.place or place)
        dependencies = self._reader.of_list(keywords.get("dependencies"), level, place)
        if isinstance(dependencies, Unknown):
            self._unknown("dependencies that are not known", place)
            dependencies = (Dependency(UNKNOWN_PART, dependencies, place, level, None, (), (), Answer.UNKNOWN),)
        statuses, has_unknown = documented_statuses(keywords.get("responses"))
        return replace(
            around,
            prefix=around.prefix + prefix,
            tags=joined_tags(around.tags, known_texts(keywords.get("tags"))),
            dependencies=around.dependencies + dependencies,
            statuses=around.statuses | statuses,
            has_unknown_responses=around.has_unknown_responses or has_unknown,
            include_in_schema=both_in_schema(around.include_in_schema, keywords.get("include_in_schema", True)),
            is_deprecated=around.is_deprecated or keywords.get("deprecated") is True,
            unknowns=around.unknowns + unknowns,
        )

    def _included(self, event: Event, context: RouteContext) -> Iterator[Route]:
        router = argument(event, 0, "router")
        inner = self._extended(context, event.keywords, "include", event.place)
        is_copy = context.version < INCLUDES_STAY_OPEN
        inner = replace(
            inner,
            conditions=context.conditions + event.conditions,
            include_prefix=context.include_prefix + path_text(event.keywords.get("prefix"))[0],
            until=event.number if is_copy else None,
        )
        for target in alternatives(router):
            if isinstance(target, Instance) and not target.is_typed_only:
                yield from self._routes(target, inner)
            else:
                self._has_unknown_include = True
                reason = target.reason if isinstance(target, Unknown) else "a router that is not followed"
                self._unknown(f"included router: {reason}", event.place)

    def _mounted_routes(self, event: Event, context: RouteContext) -> Iterator[Route]:
        is_host = event.method == "host"
        prefix, unknowns = ("", ()) if is_host else path_text(argument(event, 0, "path"))
        host = known_text(argument(event, 0, "host")) or UNKNOWN_PART if is_host else context.host
        path = context.prefix + prefix.rstrip("/")
        for target in innermost_applications(self._evaluator, argument(event, 1, "app")):
            if not self._is_router(target):
                below, conditions = path, context.conditions + event.conditions
                self._foreign_mounts.append(ForeignMount(context.application, target, below, conditions))
                continue
            inner = RouteContext(
                context.application,
                framework_of(self._evaluator, target, context.framework),
                prefix=path,
                include_prefix=path,
                version=context.version,
                unknowns=context.unknowns + unknowns,
                conditions=context.conditions + event.conditions,
                inside=context.inside,
                guard=stronger(context.guard, self._guards.middleware_guard(target)),
                host=host,
            )
            yield from self._routes(target, inner)
        if not is_host and self._evaluator.inherits(event.receiver, *APPLICATION_CLASSES):
            place = argument_place(event, 0, "path")
            conditions = context.conditions + event.conditions
            kind, name = mounted_as(self._evaluator, argument(event, 1, "app"))
            self._mounts.append(Mount(context.application, path, place, self._route_count, conditions, kind, name))

    def _add_frontend(self, event: Event, context: RouteContext) -> None:
        """Files that FastAPI serves where no route answers: `app.frontend("/", directory="dist")`."""
        path = context.prefix + path_text(argument(event, 0, "path"))[0].rstrip("/")
        place = argument_place(event, 0, "path")
        conditions = context.conditions + event.conditions
        name = known_text(event.keywords.get("directory")) or ""
        self._mounts.append(Mount(context.application, path, place, BEHIND_ALL, conditions, STATIC_FILES, name))

    def _is_router(self, instance: Instance) -> bool:
        return self._evaluator.inherits(instance, *APPLICATION_CLASSES, *ROUTER_CLASSES)

    def _listed(self, listed: Value, instance: Instance, context: RouteContext) -> Iterator[Route]:
        """The routes of a `routes=[Route(…), Mount(…)]` argument."""
        if isinstance(listed, InstanceAttribute):
            listed = [listed]
        for item in listed if isinstance(listed, (list, tuple)) else ():
            if isinstance(item, InstanceAttribute) and item.name in ROUTES_OF:  # `routes=[*router.routes]`
                yield from self._routes(item.instance, context)
            if not isinstance(item, Instance) or item.module is None or item.node is None:
                continue
            names = {name.rpartition(".")[2] for name in self._evaluator.external_names(item)}
            kind = next((kind for kind in LISTED if kind in names), "")
            event = Event(instance, LISTED.get(kind, ""), item.arguments, item.keywords, item.module, item.node)
            if kind == "Mount" and item.argument(1, "app") is None:
                prefix, unknowns = path_text(item.argument(0, "path"))
                path = context.prefix + prefix.rstrip("/")
                inner = replace(
                    context, prefix=path, include_prefix=path, around=None, unknowns=context.unknowns + unknowns
                )
                yield from self._listed(item.argument(2, "routes"), item, inner)
            elif kind in ("Mount", "Host"):
                yield from self._mounted_routes(event, context)
            elif kind:
                yield from self._route_rows(event, context)

    def _route_rows(self, event: Event, context: RouteContext) -> Iterator[Route]:
        """One route a method of a registration."""
        endpoint = endpoint_of(event)
        if endpoint is None and event.method in DECORATORS:
            return  # a decorator that was made and not used
        made = self._route_classes.constructed(event, endpoint, context.settings)
        if made is not None:
            yield from self._route_rows(made, without_own(context))
            return
        keywords = given_keywords(event)
        context = reaching(event, context)
        context = self._extended(context, {**keywords, "prefix": None}, "decorator", event.place)
        own_path, own_unknowns = path_text(argument(event, 0, "path"))
        for unknown in own_unknowns:
            self._unknown(unknown.reason, unknown.place or event.place)
        methods = self._rows.methods(event, endpoint)
        if isinstance(methods, Unknown):
            self._unknown("methods that are not known", event.place)
            methods = (UNKNOWN_PART,)
        route = self._rows.row(event, endpoint, context, own_path, own_unknowns)
        self._row_count += len(methods)
        for method in methods:
            self._route_count += 1
            yield replace(route, method=method)

    def _unknown(self, reason: str, place: Place | None) -> None:
        unknown = Unknown(reason, place)
        if unknown not in self._unknowns:
            self._unknowns.append(unknown)


def _is_of_test(router: Router) -> bool:
    return router.instance.module is None or router.instance.module.is_test


def _added_routes(event: Event) -> Value:
    """The routes that a call of a method of `router.routes` adds."""
    if event.method == "routes.extend":
        return event.arguments[0] if event.arguments else None
    return event.arguments[-1:]
