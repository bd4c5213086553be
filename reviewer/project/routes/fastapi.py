"""Links FastAPI and Starlette applications: every route with its full path and what routers and includes add to it.

Reads the instances and events that the evaluator recorded; registers nothing itself. A router's routes are taken as
they stand when everything has been imported, as FastAPI 0.141 and newer serve them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from reviewer.project.evaluation.docstrings import docstring_of
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
    signature_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.library_versions import NEWEST, LibraryVersions, Version
from reviewer.project.model import (
    UNKNOWN_PART,
    Answer,
    Application,
    Authentication,
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
from reviewer.project.routes.authentication import AuthenticationJudge
from reviewer.project.routes.fastapi_dependencies import DependencyReader, callable_name
from reviewer.project.routes.fastapi_endpoints import (
    ResponseModels,
    answering,
    declared_status,
    endpoint_of,
    endpoint_symbol,
    other_decorators,
    shown_function,
)
from reviewer.project.routes.fastapi_guards import RouteGuards, stronger
from reviewer.project.routes.fastapi_registrations import (
    ADDERS,
    APPLICATION_CLASSES,
    DECORATORS,
    FASTAPI_CLASSES,
    HTTP_METHODS,
    INCLUDING,
    ROUTER_CLASSES,
    STARLETTE_REGISTRATIONS,
    WEBSOCKET_REGISTRATIONS,
    argument,
    argument_place,
    given_keywords,
    methods_of,
    path_place,
)
from reviewer.project.routes.fastapi_route_classes import RouteClasses
from reviewer.project.routes.inclusion import possible_inclusions
from reviewer.project.routes.linked_framework import LinkedFramework
from reviewer.project.routes.mounted_objects import mounted_as
from reviewer.project.routes.mounting import (
    ForeignMount,
    given_routes,
    innermost_applications,
    mounted_below,
    without_unknown_alternatives,
)
from reviewer.project.routes.path_text import known_text, known_texts, path_text, status_of
from reviewer.project.routes.startup import Startup
from reviewer.rule import Place

HTTP_ENDPOINT = "starlette.endpoints.HTTPEndpoint"
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
#: Versions of FastAPI that changed what is served. Before it an include copied the routes that the router then had.
INCLUDES_STAY_OPEN = (0, 137)
WEBSOCKETS_HAVE_DEPENDENCIES = (0, 97)
ANNOTATIONS_ARE_RESPONSE_MODELS = (0, 89)


class _Context(msgspec.Struct, frozen=True):
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
    around: _Context | None = None  # the same without what the innermost router's constructor adds
    host: str = ""  # to which all is restricted


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
        self._response_models = ResponseModels(evaluator)
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
        return LinkedFramework(
            tuple(served),
            tuple(routes),
            tuple(self._find_routers(applications)),
            tuple(self._unknowns),
            tuple(self._mounts),
            tuple(self._foreign_mounts),
        )

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
            lambda one: "fastapi" if self._evaluator.inherits(one, *FASTAPI_CLASSES) else "starlette",
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
        context = _Context(
            application,
            application.framework,
            guard=self._guards.middleware_guard(application.instance),
            version=self._versions.of("fastapi", application.place.path),
        )
        self._route_count = 0
        return list(self._routes(application.instance, context))

    def _routes(self, instance: Instance, around: _Context) -> Iterator[Route]:
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
        yield from self._listed(given_routes(self._evaluator, instance), instance, _without_own(context))
        events, left_out = without_unknown_alternatives(instance.events)
        for event in left_out:
            self._unknown(f"another path where {event.conditions[-1]}", event.place)
        for event in events:
            if around.until is not None and event.number > around.until:
                continue  # the include before had copied the routes that were there
            if event.method in DECORATORS or event.method in ADDERS:
                yield from self._route_rows(event, _at_the_time_of(event, context))
            elif event.method == "include_router":
                yield from self._included(event, _at_the_time_of(event, context))
            elif event.method in ("mount", "host") and around.until is None:
                yield from self._mounted_routes(event, replace(_without_own(context), inside=context.inside))
            elif event.method in LISTING:
                yield from self._listed(_added_routes(event), instance, _without_own(context))

    def _with_settings(self, instance: Instance, around: _Context) -> _Context:
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

    def _extended(self, around: _Context, keywords: dict[str, Value], level: str, place: Place) -> _Context:
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
            tags=_joined_tags(around.tags, known_texts(keywords.get("tags"))),
            dependencies=around.dependencies + dependencies,
            statuses=around.statuses | statuses,
            has_unknown_responses=around.has_unknown_responses or has_unknown,
            include_in_schema=_both(around.include_in_schema, keywords.get("include_in_schema", True)),
            is_deprecated=around.is_deprecated or keywords.get("deprecated") is True,
            unknowns=around.unknowns + unknowns,
        )

    def _included(self, event: Event, context: _Context) -> Iterator[Route]:
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

    def _mounted_routes(self, event: Event, context: _Context) -> Iterator[Route]:
        is_host = event.method == "host"
        prefix, unknowns = ("", ()) if is_host else path_text(argument(event, 0, "path"))
        host = known_text(argument(event, 0, "host")) or UNKNOWN_PART if is_host else context.host
        path = context.prefix + prefix.rstrip("/")
        for target in innermost_applications(self._evaluator, argument(event, 1, "app")):
            if not self._is_router(target):
                below, conditions = path, context.conditions + event.conditions
                self._foreign_mounts.append(ForeignMount(context.application, target, below, conditions))
                continue
            inner = _Context(
                context.application,
                context.framework,
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

    def _is_router(self, instance: Instance) -> bool:
        return self._evaluator.inherits(instance, *APPLICATION_CLASSES, *ROUTER_CLASSES)

    def _listed(self, listed: Value, instance: Instance, context: _Context) -> Iterator[Route]:
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

    def _route_rows(self, event: Event, context: _Context) -> Iterator[Route]:
        """One route a method of a registration."""
        endpoint = endpoint_of(event)
        if endpoint is None and event.method in DECORATORS:
            return  # a decorator that was made and not used
        made = self._route_classes.constructed(event, endpoint, context.settings)
        if made is not None:
            yield from self._route_rows(made, _without_own(context))
            return
        keywords = given_keywords(event)
        context = _of_kind(event, context)
        context = self._extended(context, {**keywords, "prefix": None}, "decorator", event.place)
        own_path, own_unknowns = path_text(argument(event, 0, "path"))
        for unknown in own_unknowns:
            self._unknown(unknown.reason, unknown.place or event.place)
        methods = self._class_methods(event, endpoint) or methods_of(event)
        if isinstance(methods, Unknown):
            self._unknown("methods that are not known", event.place)
            methods = (UNKNOWN_PART,)
        route = self._route(event, endpoint, context, own_path, own_unknowns)
        self._row_count += len(methods)
        for method in methods:
            self._route_count += 1
            yield replace(route, method=method)

    def _class_methods(self, event: Event, endpoint: Value) -> tuple[str, ...]:
        """The methods of an endpoint that is a class of Starlette's kind."""
        if event.method not in STARLETTE_REGISTRATIONS or not isinstance(endpoint, ClassValue):
            return ()
        if not self._evaluator.inherits(endpoint, HTTP_ENDPOINT):
            return ()
        return tuple(one.upper() for one in sorted(HTTP_METHODS) if self._evaluator.find_in_class(endpoint, one))

    def _route(
        self, event: Event, endpoint: Value, context: _Context, own_path: str, own_unknowns: tuple[Unknown, ...]
    ) -> Route:
        keywords = given_keywords(event)
        function, shown = answering(self._evaluator, endpoint), shown_function(endpoint)
        called = function if isinstance(endpoint, Instance) else shown
        path = context.prefix + own_path
        own_dependencies = self._reader.of_callable(endpoint)
        dependencies = context.dependencies + own_dependencies
        path_names = path_parameter_names(path)
        model, source, model_value = self._response_models.of(event, called)
        if source == "annotation" and context.version < ANNOTATIONS_ARE_RESPONSE_MODELS:
            model, source, model_value = None, "", None
        summary, description = known_text(keywords.get("summary")), known_text(keywords.get("description"))
        documented = bool(summary or description or (shown is not None and docstring_of(shown)))
        documented = documented or any(isinstance(keywords.get(key), Unknown) for key in ("summary", "description"))
        return Route(
            application=context.application,
            framework=context.framework,
            method="",
            path=path or "/" if context.framework == "starlette" else path,
            endpoint=function,
            endpoint_name=endpoint_symbol(endpoint),
            name=known_text(keywords.get("name")) or callable_name(signature_of(endpoint)),
            place=event.place,
            path_place=path_place(event, own_path),
            module=event.site[0],
            node=event.site[1],
            router=event.receiver,
            own_path=own_path,
            status_code=declared_status(keywords),
            response_model=model,
            response_model_value=model_value,
            response_model_source=source,
            response_class=keywords.get("response_class"),
            tags=context.tags,
            summary=summary,
            description=description,
            documented=documented,
            deprecated=context.is_deprecated,
            include_in_schema=context.include_in_schema,
            documented_statuses=context.statuses,
            has_unknown_responses=context.has_unknown_responses or event.has_unknown_keywords,
            dependencies=dependencies,
            parameters=self._reader.parameters_of(endpoint, path_names),
            authentication=self._guards.authentication(endpoint, dependencies, context.guard),
            unknowns=context.unknowns + own_unknowns,
            conditions=context.conditions + event.conditions,
            decorators=other_decorators(function, event),
            described_by=context.described_by,
            host=context.host,
        )

    def _unknown(self, reason: str, place: Place | None) -> None:
        unknown = Unknown(reason, place)
        if unknown not in self._unknowns:
            self._unknowns.append(unknown)


def _undocumented(context: _Context) -> _Context:
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
    """The names of the parameters in a path: `{item_id}`, `{file_path:path}`."""
    names = set()
    for piece in path.split("{")[1:]:
        name = piece.partition("}")[0].partition(":")[0].strip()
        if name.isidentifier():
            names.add(name)
    return frozenset(names)


def _joined_tags(first: tuple[str, ...] | Unknown, second: tuple[str, ...] | Unknown) -> tuple[str, ...] | Unknown:
    if isinstance(first, Unknown):
        return first
    return second if isinstance(second, Unknown) else first + second


def _both(first: bool | Unknown, second: Value) -> bool | Unknown:
    if first is False or second is False:
        return False
    if second is True:
        return first
    return Unknown("include_in_schema that is not known")


def _without_own(context: _Context) -> _Context:
    """The context without what the innermost router's constructor adds, as routes made elsewhere get it."""
    return context if context.around is None else context.around


def _of_kind(event: Event, context: _Context) -> _Context:
    """The context as far as it reaches a registration: Starlette's routes and web sockets take only a part of it."""
    if event.method in STARLETTE_REGISTRATIONS:
        plain = replace(_undocumented(_without_own(context)), dependencies=())
        # Copied into each router around, such a route does not get its prefix either.
        return replace(plain, prefix=context.include_prefix) if context.version < INCLUDES_STAY_OPEN else plain
    if event.method not in WEBSOCKET_REGISTRATIONS:
        return context
    has_dependencies = context.version >= WEBSOCKETS_HAVE_DEPENDENCIES
    return replace(_undocumented(context), dependencies=context.dependencies if has_dependencies else ())


def _added_routes(event: Event) -> Value:
    """The routes that a call of a method of `router.routes` adds."""
    if event.method == "routes.extend":
        return event.arguments[0] if event.arguments else None
    return event.arguments[-1:]


def _at_the_time_of(event: Event, context: _Context) -> _Context:
    """The context with the prefix that had been assigned to the router before the call."""
    if "prefix" not in event.receiver_attributes or event.receiver is context.application.instance:
        return context
    prefix, unknowns = path_text(event.receiver_attributes["prefix"])
    return replace(context, prefix=context.outer_prefix + prefix, unknowns=context.unknowns + unknowns)
