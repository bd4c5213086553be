"""Links FastAPI and Starlette applications: every route with its full path and what routers and includes add to it.

Reads the instances and events that the evaluator recorded; registers nothing itself. A router's routes are taken as
they stand when everything has been imported, as FastAPI 0.141 and newer serve them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.limits import INCLUSION_LIMIT, ROUTE_LIMIT
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    Subscripted,
    Unknown,
    Value,
    alternatives,
    place_of,
)
from reviewer.project.functions.calls import Calls
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
from reviewer.project.routes.authentication import SUGGESTIVE, AuthenticationJudge
from reviewer.project.routes.fastapi_dependencies import DependencyReader, callable_name
from reviewer.project.routes.inclusion import possible_inclusions
from reviewer.project.routes.linked_framework import LinkedFramework
from reviewer.project.routes.path_text import known_text, known_texts, path_text, status_of
from reviewer.project.routes.startup import Startup
from reviewer.rule import Place

FASTAPI_CLASSES = ("fastapi.FastAPI", "fastapi.applications.FastAPI")
STARLETTE_CLASSES = ("starlette.applications.Starlette",)
ROUTER_CLASSES = (
    "fastapi.APIRouter",
    "fastapi.routing.APIRouter",
    "fastapi.router.APIRouter",
    "starlette.routing.Router",
)
APPLICATION_CLASSES = FASTAPI_CLASSES + STARLETTE_CLASSES
INCLUDING = frozenset({"include_router"})
HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
#: Registering methods: how the endpoint is given, and the position of the path.
DECORATORS = HTTP_METHODS | {"api_route", "route", "websocket", "websocket_route"}
ADDERS = frozenset({"add_api_route", "add_route", "add_api_websocket_route", "add_websocket_route"})
RESPONSE_CLASSES = ("starlette.responses.Response", "fastapi.Response", "fastapi.responses.Response")
RESPONSE_MODULES = ("starlette.responses.", "fastapi.responses.", "fastapi.Response", "sse_starlette.")


class _Context(msgspec.Struct, frozen=True):
    """What the applications, mounts and includes around a router add to its routes."""

    application: Application
    framework: str
    prefix: str = ""
    outer_prefix: str = ""  # without that of the innermost router's constructor
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


class FastAPILinker:
    """Makes the route table of all FastAPI and Starlette applications of a program."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        calls: Calls,
        judge: AuthenticationJudge,
        reader: DependencyReader,
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._judge = judge
        self._reader = reader
        self._unknowns: list[Unknown] = []
        self._inclusion_count = 0
        self._row_count = 0
        self._mounts: list[Mount] = []
        self._route_count = 0  # of the application that is being linked
        self._reached: set[int] = set()
        self._has_unknown_include = False

    def link(self) -> LinkedFramework:
        """All applications with their routes, in the order of the modules that make them."""
        applications = self._find_applications()
        mounted = {id(one) for application in applications for one in self._mounted(application.instance, set())}
        served = [one for one in applications if id(one.instance) not in mounted]
        routes = [route for application in served for route in self._routes_of_application(application)]
        return LinkedFramework(
            tuple(served),
            tuple(routes),
            tuple(self._find_routers(applications)),
            tuple(self._unknowns),
            tuple(self._mounts),
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

    def _mounted(self, instance: Instance, seen: set[int]) -> Iterator[Instance]:
        """The applications mounted below an application or router."""
        if id(instance) in seen:
            return
        seen.add(id(instance))
        for event in instance.events:
            if event.method == "mount":
                for target in alternatives(_argument(event, 1, "app")):
                    if isinstance(target, Instance):
                        yield target
                        yield from self._mounted(target, seen)
            elif event.method == "include_router":
                for target in alternatives(_argument(event, 0, "router")):
                    if isinstance(target, Instance):
                        yield from self._mounted(target, seen)

    # Routes

    def _routes_of_application(self, application: Application) -> list[Route]:
        context = _Context(application, application.framework, guard=self._middleware_guard(application.instance))
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
        yield from self._listed_routes(instance, context)
        for event in list(instance.events):
            if event.method in DECORATORS or event.method in ADDERS:
                yield from self._route_rows(event, _at_the_time_of(event, context))
            elif event.method == "include_router":
                yield from self._included(event, _at_the_time_of(event, context))
            elif event.method == "mount":
                yield from self._mounted_routes(event, context)

    def _with_settings(self, instance: Instance, around: _Context) -> _Context:
        """The context with what an application's or router's own constructor says."""
        self._evaluator.initialise(instance)
        keywords = dict(instance.keywords) if isinstance(instance.type, External) else {}
        for event in instance.events:
            if event.method == "__init__":
                keywords.update(event.keywords)
        if isinstance(instance.type, ClassValue) and not keywords:
            keywords = dict(instance.keywords)
        is_router = not self._evaluator.inherits(instance, *APPLICATION_CLASSES)
        place = instance.place or around.application.place
        level = "router" if is_router else "application"
        if not is_router:
            keywords.pop("prefix", None)
        context = self._extended(around, keywords, level, place)
        if not is_router:
            context = replace(context, described_by=instance)
        return replace(context, outer_prefix=around.prefix, inside=(*around.inside, id(instance)))

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
        router = _argument(event, 0, "router")
        inner = self._extended(context, event.keywords, "include", event.place)
        inner = replace(inner, conditions=context.conditions + event.conditions)
        for target in alternatives(router):
            if isinstance(target, Instance) and not target.is_typed_only:
                yield from self._routes(target, inner)
            else:
                self._has_unknown_include = True
                reason = target.reason if isinstance(target, Unknown) else "a router that is not followed"
                self._unknown(f"included router: {reason}", event.place)

    def _mounted_routes(self, event: Event, context: _Context) -> Iterator[Route]:
        prefix, unknowns = path_text(_argument(event, 0, "path"))
        for target in alternatives(_argument(event, 1, "app")):
            if not isinstance(target, Instance) or not self._is_router(target):
                continue
            inner = _Context(
                context.application,
                context.framework,
                prefix=context.prefix + prefix.rstrip("/"),
                unknowns=context.unknowns + unknowns,
                conditions=context.conditions + event.conditions,
                inside=context.inside,
                guard=_stronger(context.guard, self._middleware_guard(target)),
            )
            yield from self._routes(target, inner)
        if self._evaluator.inherits(event.receiver, *APPLICATION_CLASSES):
            path = context.prefix + prefix.rstrip("/")
            place = _argument_place(event, 0, "path")
            conditions = context.conditions + event.conditions
            self._mounts.append(Mount(context.application, path, place, self._route_count, conditions))

    def _is_router(self, instance: Instance) -> bool:
        return self._evaluator.inherits(instance, *APPLICATION_CLASSES, *ROUTER_CLASSES)

    def _listed_routes(self, instance: Instance, context: _Context) -> Iterator[Route]:
        """The routes of a `routes=[Route(…), Mount(…)]` argument."""
        listed = instance.keywords.get("routes")
        if not isinstance(listed, (list, tuple)):
            return
        for item in listed:
            if not isinstance(item, Instance) or not isinstance(item.type, External) or item.module is None:
                continue
            name = item.type.name.rpartition(".")[2]
            event = Event(instance, name, item.arguments, item.keywords, item.module, item.node or instance.node)  # type: ignore[arg-type]
            if name in ("Route", "APIRoute", "WebSocketRoute", "APIWebSocketRoute"):
                event.method = "websocket_route" if "WebSocket" in name else "add_route"
                yield from self._route_rows(event, context)
            elif name == "Mount":
                event.method = "mount"
                if "routes" in item.keywords:
                    prefix, unknowns = path_text(item.argument(0, "path"))
                    inner = replace(
                        context, prefix=context.prefix + prefix.rstrip("/"), unknowns=context.unknowns + unknowns
                    )
                    yield from self._listed_routes(item, inner)
                else:
                    yield from self._mounted_routes(event, context)

    def _route_rows(self, event: Event, context: _Context) -> Iterator[Route]:
        """One route a method of a registration."""
        endpoint = event.decorated if event.decorated is not None else _argument(event, 1, "endpoint")
        if endpoint is None and event.method in DECORATORS:
            return  # a decorator that was made and not used
        keywords = dict(event.keywords)
        context = self._extended(context, {**keywords, "prefix": None}, "decorator", event.place)
        own_path, own_unknowns = path_text(_argument(event, 0, "path"))
        for unknown in own_unknowns:
            self._unknown(unknown.reason, unknown.place or event.place)
        methods = _methods(event)
        if isinstance(methods, Unknown):
            self._unknown("methods that are not known", event.place)
            methods = (UNKNOWN_PART,)
        route = self._route(event, endpoint, context, own_path, own_unknowns)
        self._row_count += len(methods)
        for method in methods:
            self._route_count += 1
            yield replace(route, method=method)

    def _route(
        self, event: Event, endpoint: Value, context: _Context, own_path: str, own_unknowns: tuple[Unknown, ...]
    ) -> Route:
        keywords = event.keywords
        function = _function_of(endpoint)
        path = context.prefix + own_path
        own_dependencies = self._reader.of_callable(endpoint)
        dependencies = context.dependencies + own_dependencies
        path_names = path_parameter_names(path)
        model, source, model_value = self._response_model(event, function)
        summary, description = known_text(keywords.get("summary")), known_text(keywords.get("description"))
        documented = bool(summary or description or (function is not None and docstring_of(function)))
        documented = documented or any(isinstance(keywords.get(key), Unknown) for key in ("summary", "description"))
        return Route(
            application=context.application,
            framework=context.framework,
            method="",
            path=path or "/" if context.framework == "starlette" else path,
            endpoint=function,
            endpoint_name=_symbol(endpoint),
            name=known_text(keywords.get("name")) or callable_name(endpoint),
            place=event.place,
            path_place=_argument_place(event, 0, "path"),
            module=event.module,
            node=event.node,
            router=event.receiver,
            own_path=own_path,
            status_code=status_of(keywords.get("status_code")),
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
            authentication=self._authentication(endpoint, dependencies, context),
            unknowns=context.unknowns + own_unknowns,
            conditions=context.conditions + event.conditions,
            decorators=_other_decorators(function, event),
            described_by=context.described_by,
        )

    def _response_model(
        self, event: Event, function: FunctionValue | ClassValue | None
    ) -> tuple[tree.Expression | None, str, Value]:
        """The response model as written, whence it comes, and its value; as `fastapi.routing` decides it."""
        if event.method in ("route", "add_route", "websocket", "websocket_route", "add_api_websocket_route"):
            return None, "", None
        if "response_model" in event.keywords:
            value = event.keywords["response_model"]
            return (
                (_keyword_expression(event, "response_model"), "response_model", value)
                if value is not None
                else (None, "response_model", None)
            )
        if (
            not isinstance(function, FunctionValue)
            or not isinstance(function.node, tree.Function)
            or function.node.returns is None
        ):
            return None, "", None
        returned = self._evaluator.annotation_value(function.node.returns, function.scope)
        if self._is_response(returned) or returned is None:
            return None, "", None
        return function.node.returns, "annotation", returned

    def _is_response(self, value: Value) -> bool:
        if isinstance(value, External):
            return value.name.startswith(RESPONSE_MODULES)
        if isinstance(value, Subscripted):
            return self._is_response(value.base)
        return isinstance(value, ClassValue) and any(
            name.startswith(RESPONSE_MODULES) for name in self._evaluator.external_names(value)
        )

    # Authentication

    def _authentication(
        self, endpoint: Value, dependencies: tuple[Dependency, ...], context: _Context
    ) -> Authentication:
        flat = [one for dependency in dependencies for one in dependency.flattened()]
        enforcing = tuple(dict.fromkeys(one.name for one in flat if one.enforces_authentication is Answer.YES))
        if enforcing:
            return Authentication(Answer.YES, enforcing)
        for decorator in endpoint.decorators if isinstance(endpoint, FunctionValue) else ():
            answer = self._decorator_answer(decorator)
            if answer is Answer.YES:
                return Authentication(Answer.YES, (callable_name(decorator),))
            if answer is Answer.UNKNOWN:
                return Authentication(Answer.UNKNOWN, (), f"decorator {callable_name(decorator)}")
        unknown = [one for one in flat if one.enforces_authentication is Answer.UNKNOWN]
        if unknown:
            return Authentication(Answer.UNKNOWN, (), f"dependency {unknown[0].name}")
        if context.guard.answer is not Answer.NO:
            return context.guard
        if isinstance(endpoint, FunctionValue) and self._judge.refuses(endpoint):
            return Authentication(Answer.YES, (endpoint.name,))
        if not isinstance(endpoint, (FunctionValue, ClassValue)):
            return Authentication(Answer.UNKNOWN, (), "endpoint that is not followed")
        return Authentication(Answer.NO)

    def _decorator_answer(self, decorator: Value) -> Answer:
        """Whether a decorator other than the registering one refuses callers."""
        if isinstance(decorator, Instance) and decorator.event is not None:
            is_route = decorator.event.method in DECORATORS
            return Answer.NO if is_route or not SUGGESTIVE.search(decorator.event.method) else Answer.UNKNOWN
        if isinstance(decorator, (FunctionValue, BoundMethod, ClassValue)):
            return self._judge.enforces(decorator)
        if isinstance(decorator, External):
            return Answer.UNKNOWN if SUGGESTIVE.search(decorator.name.rpartition(".")[2]) else Answer.NO
        if isinstance(decorator, Instance):
            return Answer.UNKNOWN if SUGGESTIVE.search(callable_name(decorator)) else Answer.NO
        return Answer.UNKNOWN if isinstance(decorator, (Unknown, Choice)) else Answer.NO

    def _middleware_guard(self, instance: Instance) -> Authentication:
        """What the middleware of an application says of authentication: never a plain yes, it may let paths pass."""
        listed = instance.keywords.get("middleware")
        candidates: list[Value] = [
            item.argument(0, "cls") for item in listed if isinstance(item, Instance)
        ] if isinstance(listed, (list, tuple)) else []  # fmt: skip
        for event in instance.events:
            if event.method == "add_middleware":
                candidates.append(_argument(event, 0, "middleware_class"))
            elif event.method == "middleware":
                candidates.append(event.decorated)
        for candidate in candidates:
            name = callable_name(candidate)
            if SUGGESTIVE.search(name) or self._refuses(candidate):
                return Authentication(Answer.UNKNOWN, (), f"middleware {name}")
        return Authentication(Answer.NO)

    def _refuses(self, value: Value) -> bool:
        if isinstance(value, FunctionValue):
            return self._judge.refuses(value) or _answers_with_refusal(value)
        if isinstance(value, ClassValue):
            self._evaluator.run_class(value)
            return any(self._refuses(one) for one in value.attributes.values() if isinstance(one, FunctionValue))
        return False

    def _unknown(self, reason: str, place: Place | None) -> None:
        unknown = Unknown(reason, place)
        if unknown not in self._unknowns:
            self._unknowns.append(unknown)


# Reading events


def _at_the_time_of(event: Event, context: _Context) -> _Context:
    """The context with the prefix that had been assigned to the router before the call."""
    if "prefix" not in event.receiver_attributes or event.receiver is context.application.instance:
        return context
    prefix, unknowns = path_text(event.receiver_attributes["prefix"])
    return replace(context, prefix=context.outer_prefix + prefix, unknowns=context.unknowns + unknowns)


def _argument(event: Event, position: int, name: str) -> Value:
    if name in event.keywords:
        return event.keywords[name]
    if name == "path" and "prefix" in event.keywords and event.method == "mount":
        return event.keywords["prefix"]
    return event.arguments[position] if position < len(event.arguments) else None


def _argument_place(event: Event, position: int, name: str) -> Place:
    node = event.node
    if isinstance(node, tree.Call):
        for keyword in node.keywords:
            if keyword.name == name:
                return place_of(event.module, keyword.value)
        if position < len(node.arguments):
            return place_of(event.module, node.arguments[position])
    return event.place


def _keyword_expression(event: Event, name: str) -> tree.Expression | None:
    if isinstance(event.node, tree.Call):
        for keyword in event.node.keywords:
            if keyword.name == name:
                return keyword.value
    return None


def _methods(event: Event) -> tuple[str, ...] | Unknown:
    if event.method in HTTP_METHODS:
        return (event.method.upper(),)
    if "websocket" in event.method:
        return ("WEBSOCKET",)
    given = event.keywords.get("methods")
    if given is None:
        return ("GET",)
    methods = known_texts(sorted(given, key=repr) if isinstance(given, set) else given)
    return methods if isinstance(methods, Unknown) else tuple(method.upper() for method in methods)


def _function_of(endpoint: Value) -> FunctionValue | ClassValue | None:
    if isinstance(endpoint, (FunctionValue, ClassValue)):
        return endpoint
    if isinstance(endpoint, BoundMethod):
        return endpoint.function
    if isinstance(endpoint, Instance):
        if isinstance(endpoint.type, External):
            return (
                _function_of(endpoint.arguments[0])
                if endpoint.type.name == "functools.partial" and endpoint.arguments
                else None
            )
        return endpoint.type
    return None


def _symbol(endpoint: Value) -> str:
    function = _function_of(endpoint)
    if function is not None:
        return function.symbol
    if isinstance(endpoint, External):
        module, _, name = endpoint.name.rpartition(".")
        return f"{module}:{name}"
    return UNKNOWN_PART


def docstring_of(function: FunctionValue | ClassValue) -> str | None:
    """The docstring of a function or class."""
    body = function.node.body
    if isinstance(body, tuple) and body:
        first = body[0]
        if isinstance(first, tree.ExpressionStatement) and isinstance(first.value, tree.Text):
            return first.value.value or None
    return None


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


def _stronger(first: Authentication, second: Authentication) -> Authentication:
    return first if first.answer is not Answer.NO else second


def _other_decorators(function: FunctionValue | ClassValue | None, event: Event) -> tuple[Value, ...]:
    if function is None:
        return ()
    return tuple(one for one in function.decorators if not (isinstance(one, Instance) and one.event is event))


def _answers_with_refusal(function: FunctionValue) -> bool:
    """Whether a function makes a response with the status 401 or 403."""
    if not isinstance(function.node, tree.Function):
        return False
    return any(
        isinstance(node, tree.Keyword) and node.name == "status_code" and _names_refusal(node.value)
        for node in function.nodes
    )


def _names_refusal(value: tree.Expression) -> bool:
    return any(code in source_text(value) for code in ("401", "403", "UNAUTHORIZED", "FORBIDDEN"))
