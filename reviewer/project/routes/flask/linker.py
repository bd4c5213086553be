"""Links Flask applications: every route with its full rule, endpoint name, methods and what guards it.

Reads the instances and events that the evaluator recorded; registers nothing itself. Blueprints are taken with their
rules as they stand when everything has been imported, prefixes and names joined as Flask joins them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.limits import INCLUSION_LIMIT
from reviewer.project.evaluation.values import (
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.library_versions import LibraryVersions, Version
from reviewer.project.model import UNKNOWN_PART, Answer, Application, Route, RouteParameter, Router
from reviewer.project.program import Program
from reviewer.project.routes.application_modules import (
    find_applications,
    instances_of,
    one_of_each_call,
)
from reviewer.project.routes.authentication import AuthenticationJudge
from reviewer.project.routes.flask.classes import APPLICATION_CLASSES, BLUEPRINT_CLASSES
from reviewer.project.routes.flask.documentation import is_documented
from reviewer.project.routes.flask.extensions import Extensions
from reviewer.project.routes.flask.guards import FlaskGuards
from reviewer.project.routes.flask.recorded import run_recorded
from reviewer.project.routes.flask.registrations import (
    Registration,
    RegistrationReader,
    argument,
    constructor_argument,
    joined_rule,
    rule_parameters,
    rule_text,
)
from reviewer.project.routes.flask.request_facts import RequestFacts
from reviewer.project.routes.flask.setup_states import registrations_through, setup_state
from reviewer.project.routes.flask.url_rules import mapped_registrations
from reviewer.project.routes.inclusion import possible_inclusions
from reviewer.project.routes.linked_framework import LinkedFramework
from reviewer.project.routes.path_text import known_text, path_text
from reviewer.rule import Place

INCLUDING = frozenset({"register_blueprint", "register_api"})
#: The version of Flask since which the subdomains of nested blueprints are joined.
SUBDOMAINS_NEST = (2, 3)
#: What runs before each request of a blueprint or of an application, and of the application from a blueprint.
HOOKS = frozenset({"before_request", "url_value_preprocessor"})
APPLICATION_HOOKS = frozenset({"before_app_request", "app_url_value_preprocessor"})


class _Context(msgspec.Struct, frozen=True):
    """What the application and the blueprints around an instance add to its routes."""

    application: Application
    prefix: str | None = None
    names: str = ""  # of the blueprints around, with a dot at the end
    host: str = ""
    unknowns: tuple[Unknown, ...] = ()
    conditions: tuple[str, ...] = ()
    inside: tuple[int, ...] = ()  # identities of the instances around, against cycles
    hooks: tuple[Value, ...] = ()  # what runs before each request


class FlaskLinker:
    """Makes the route table of all Flask applications of a program."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        calls: Calls,
        judge: AuthenticationJudge,
        versions: LibraryVersions,
    ) -> None:
        self._program = program
        self._versions = versions
        self._evaluator = evaluator
        self._calls = calls
        self._guards = FlaskGuards(evaluator, judge)
        self._reader = RegistrationReader(evaluator)
        self._extensions = Extensions(evaluator)
        self._unknowns: list[Unknown] = []
        self._inclusion_count = 0
        self._application_count = 0
        self._reached: set[int] = set()
        self._has_unknown_include = False

    def link(self) -> LinkedFramework:
        """All applications with their routes, in the order of the modules that make them."""
        applications = self._find_applications()
        self._application_count = len(applications)
        self._extensions.attach()
        routes = [route for application in applications for route in self._routes_of_application(application)]
        routers = tuple(self._find_routers(applications))
        return LinkedFramework(tuple(applications), tuple(routes), routers, tuple(self._unknowns))

    # Applications and blueprints

    def _instances(self, names: tuple[str, ...]) -> list[Instance]:
        return instances_of(self._evaluator, names)

    def _find_applications(self) -> list[Application]:
        return find_applications(
            self._program,
            self._evaluator,
            self._calls,
            APPLICATION_CLASSES,
            INCLUDING,
            lambda _: "flask",
        )

    def _find_routers(self, applications: list[Application]) -> Iterator[Router]:
        for application in applications:
            yield self._router(application.instance, "application", Answer.YES)
        blueprints = self._instances(BLUEPRINT_CLASSES)
        reached = {id(one.node) for one in blueprints if id(one) in self._reached}
        possible = possible_inclusions(self._evaluator, self._calls)
        is_any_possible = self._has_unknown_include or possible.is_any_possible
        for instance in one_of_each_call(blueprints):
            if not instance.is_typed_only:
                unreached = Answer.UNKNOWN if is_any_possible or id(instance.node) in possible.made_by else Answer.NO
                yield self._router(instance, "blueprint", Answer.YES if id(instance.node) in reached else unreached)

    def _router(self, instance: Instance, kind: str, is_served: Answer) -> Router:
        count = sum(self._reader.of(event, {}) is not None for event in instance.events)
        count += sum(1 for _ in self._extensions.registrations(instance))
        assert instance.place is not None
        return Router(instance, "flask", kind, tuple(instance.names), instance.place, is_served, count)

    # Routes

    def _routes_of_application(self, application: Application) -> list[Route]:
        self._evaluator.initialise(application.instance)
        for blueprint in list(self._registered(application.instance, set())):
            run_recorded(self._evaluator, blueprint, application.instance)
        hooks = _hooks(application.instance, HOOKS)
        for blueprint in self._registered(application.instance, set()):
            hooks += _hooks(blueprint, APPLICATION_HOOKS)
        self._adopt_current_application(application)
        context = _Context(application, hooks=hooks, inside=(id(application.instance),))
        routes: list[Route] = []
        named_views = _named_views(application.instance)
        for event in list(application.instance.events):
            if event.method in INCLUDING:
                routes += self._included(event, context)
            else:
                registration = self._reader.of(event, named_views)
                if registration is not None:
                    routes += self._rows(registration, context)
                for mapped in mapped_registrations(event, named_views, self._reader, self._evaluator):
                    routes += self._rows(mapped, context)
        for event in self._extensions.inclusions(application.instance):
            routes += self._included(event, context)
        for registration in self._extensions.registrations(application.instance):
            routes += self._rows(registration, context)
        return _without_repeated(routes)

    def _adopt_current_application(self, application: Application) -> None:
        """What `current_app` had registered on it belongs to the only application there is."""
        events = self._evaluator.current_application.events
        if events and self._application_count == 1:
            application.instance.events.extend(events)
            self._evaluator.current_application.events = []
        elif events:
            self._unknown("routes of an application that is not known", events[0].place)

    def _registered(self, instance: Instance, seen: set[int]) -> Iterator[Instance]:
        """The blueprints that are registered on an application or blueprint, nested ones too."""
        if id(instance) in seen:
            return
        seen.add(id(instance))
        for event in (*instance.events, *self._extensions.inclusions(instance)):
            if event.method in INCLUDING:
                for target in alternatives(argument(event, 0, "blueprint")):
                    if isinstance(target, Instance):
                        yield target
                        yield from self._registered(target, seen)

    def _included(self, event: Event, around: _Context) -> Iterator[Route]:
        for target in alternatives(argument(event, 0, "blueprint")):
            if isinstance(target, Instance) and self._evaluator.inherits(target, *BLUEPRINT_CLASSES):
                if not target.is_typed_only:
                    yield from self._blueprint_routes(target, event, around)
                    continue
            elif isinstance(target, (External, Instance)):
                continue  # a library's blueprint
            self._has_unknown_include = True
            reason = target.reason if isinstance(target, Unknown) else "a blueprint that is not followed"
            self._unknown(f"registered blueprint: {reason}", event.place)

    def _blueprint_routes(self, blueprint: Instance, event: Event, around: _Context) -> Iterator[Route]:
        if id(blueprint) in around.inside:
            self._unknown("a blueprint that registers itself", blueprint.place)
            return
        self._inclusion_count += 1
        if self._inclusion_count > INCLUSION_LIMIT:
            self._unknown("more routes than are followed", around.application.place)
            return
        self._reached.add(id(blueprint))
        self._evaluator.initialise(blueprint)
        context = self._context_of(blueprint, event, around)
        named_views = _named_views(blueprint)
        state = setup_state(
            self._evaluator, blueprint, around.application.instance, self._option(blueprint, event, "url_prefix")
        )
        for inner in list(blueprint.events):
            registration = self._reader.of(inner, named_views)
            if registration is not None and state is None:
                yield from self._rows(registration, context)
            elif registration is not None and state is not None:
                for changed, is_prefixed in registrations_through(self._evaluator, state, registration):
                    yield from self._rows(changed, context if is_prefixed else replace(context, prefix=around.prefix))
        for registration in self._extensions.registrations(blueprint):
            yield from self._rows(registration, context)
        for inner in list(blueprint.events):
            if inner.method in INCLUDING:
                yield from self._included(inner, context)

    def _context_of(self, blueprint: Instance, event: Event, around: _Context) -> _Context:
        """The context inside a blueprint: options of the registration win over those of the constructor."""
        own = self._option(blueprint, event, "url_prefix")
        prefix, unknowns = around.prefix, around.unknowns
        if own is not None:
            text, more = path_text(own)
            unknowns += more
            for unknown in more:
                self._unknown(unknown.reason, unknown.place or event.place)
            prefix = text if around.prefix is None else joined_rule(around.prefix, text)
        name = event.keywords.get("name", constructor_argument(blueprint, 0, "name"))
        return replace(
            around,
            prefix=prefix,
            names=f"{around.names}{known_text(name) or UNKNOWN_PART}.",
            host=self._blueprint_host(self._option(blueprint, event, "subdomain"), around),
            unknowns=unknowns,
            conditions=around.conditions + event.conditions,
            inside=(*around.inside, id(blueprint)),
            hooks=around.hooks + _hooks(blueprint, HOOKS),
        )

    def _option(self, blueprint: Instance, event: Event, name: str) -> Value:
        given = event.keywords.get(name)
        if given is None and event.has_unknown_keywords:
            return Unknown(f"{name} in options that are not known", event.place)
        if given is not None:
            return given
        if name in blueprint.attributes:
            return blueprint.attributes[name]
        return constructor_argument(blueprint, -1, name)

    def _blueprint_host(self, given: Value, around: _Context) -> str:
        """The subdomain inside a blueprint: before that of the blueprints around it."""
        if self._version(around.application) < SUBDOMAINS_NEST:
            return self._host(given, "")
        own = self._host(given, "")
        return ".".join(filter(None, (own, around.host)))

    def _version(self, application: Application) -> Version:
        return self._versions.of("flask", application.place.path)

    def _host(self, given: Value, around: str) -> str:
        return around if given is None else known_text(given) or UNKNOWN_PART

    # Rows

    def _rows(self, registration: Registration, context: _Context) -> Iterator[Route]:
        """One route a rule and method."""
        methods = self._reader.methods(registration)
        event, view = registration.event, registration.view
        if isinstance(methods, Unknown):
            self._unknown("methods that are not known", event.place)
            methods = (UNKNOWN_PART,)
        decorators = view.decorators
        if view.view_class is not None:
            decorators += self._reader.class_decorators(view.view_class)
        host = self._host(registration.keywords.get("subdomain", registration.keywords.get("host")), context.host)
        for value, place in registration.rules:
            own, unknowns = rule_text(value)
            for unknown in unknowns:
                self._unknown(unknown.reason, unknown.place or event.place)
            path = joined_rule(context.prefix, own)
            for method in methods:
                handler = self._reader.handler(view, method)
                is_method = view.view_class is not None and isinstance(handler, FunctionValue)
                inner = handler.decorators if is_method and handler is not None else ()
                name = context.names + (registration.endpoint or view.endpoint or UNKNOWN_PART)
                entries = self._reader.entries(view)
                hooks = self._guards.hooks(context.hooks, RequestFacts(name, method, path))
                yield Route(
                    application=context.application,
                    framework="flask",
                    method=method,
                    path=path,
                    endpoint=handler,
                    endpoint_name=handler.symbol if handler is not None else view.name,
                    name=name,
                    place=event.place,
                    path_place=place,
                    module=event.module,
                    node=event.node,
                    router=event.receiver,
                    own_path=own,
                    documented=is_documented(self._evaluator, handler),
                    parameters=_parameters(handler, path),
                    authentication=self._guards.authentication(
                        (*decorators, *inner), view.wrappers, hooks, handler, view.checks, entries
                    ),
                    unknowns=context.unknowns + unknowns,
                    conditions=context.conditions + event.conditions,
                    decorators=(*decorators, *inner),
                    host=host,
                )

    def _unknown(self, reason: str, place: Place | None) -> None:
        unknown = Unknown(reason, place)
        if unknown not in self._unknowns:
            self._unknowns.append(unknown)


def _without_repeated(routes: list[Route]) -> list[Route]:
    """Each registration once: a function that completes an application may have been executed several times."""
    found: dict[tuple[object, ...], Route] = {}
    for route in routes:
        key = (route.method, route.path, route.host, route.name, route.endpoint_name, route.place)
        found.setdefault(key, route)
    return list(found.values())


def _hooks(instance: Instance, methods: frozenset[str]) -> tuple[Value, ...]:
    """The functions that are registered to run before each request."""
    found = []
    for event in instance.events:
        if event.method in methods:
            value = event.arguments[0] if event.arguments else event.decorated
            if value is not None:
                found.append(value)
    return tuple(found)


def _named_views(instance: Instance) -> dict[str, Value]:
    """The views that `@app.endpoint("name")` names."""
    found: dict[str, Value] = {}
    assigned = instance.attributes.get("view_functions")
    if isinstance(assigned, dict):
        found.update({name: value for name, value in assigned.items() if isinstance(name, str)})
    for event in instance.events:
        name = argument(event, 0, "endpoint")
        if event.method == "endpoint" and isinstance(name, str) and event.decorated is not None:
            found[name] = event.decorated
    return found


def _parameters(handler: FunctionValue | ClassValue | None, path: str) -> tuple[RouteParameter, ...]:
    """The parameters of a view that the rule fills."""
    if not isinstance(handler, FunctionValue):
        return ()
    names = {name for _, name in rule_parameters(path)}
    return tuple(
        RouteParameter(
            parameter.name,
            "path",
            parameter.annotation,
            Unknown("no annotation"),
            parameter.default is not None,
            place_of(handler.module, parameter),
        )
        for parameter in handler.node.parameters
        if parameter.name in names
    )
