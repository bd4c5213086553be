"""Registrations of Flask: what a call of `route` or `add_url_rule` adds to an application or blueprint.

Reads the events of one instance and the views that they name; prefixes and authentication are the linker's matter.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    argument_of,
)
from reviewer.project.model import UNKNOWN_PART
from reviewer.project.routes.argument_places import argument_place
from reviewer.project.routes.path_text import known_text, known_texts, path_text
from reviewer.rule import Place

#: Methods that HTTP knows and that a class-based view answers with a method of the same name in lower case.
VIEW_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
DECORATORS = frozenset({"route", "get", "post", "put", "patch", "delete"})
VIEW_CLASSES = ("flask.views.View", "flask.views.MethodView", "apiflask.views.MethodView", "flask_smorest.MethodView")
METHOD_VIEW_CLASSES = (
    "flask.views.MethodView",
    "apiflask.views.MethodView",
    "flask_restful.Resource",
    "flask_restx.Resource",
    "flask_restplus.Resource",
)


class View(msgspec.Struct, frozen=True):
    """What answers a rule: a function, or a class with a function a method, and what is wrapped around it."""

    function: FunctionValue | None = None
    view_class: ClassValue | None = None
    name: str = UNKNOWN_PART  # `module:qualname`
    endpoint: str | None = None  # the endpoint's name where none is given
    decorators: tuple[Value, ...] = ()  # that the call of the view goes through
    wrappers: tuple[FunctionValue, ...] = ()  # functions of the project that stand in for the function they wrap
    checks: tuple[FunctionValue, ...] = ()  # that are asked whether somebody may enter


class Registration(msgspec.Struct, frozen=True):
    """Rules that one call adds, with their view."""

    event: Event
    rules: tuple[tuple[Value, Place], ...]
    view: View
    endpoint: str | None  # as given, None for the view's own name
    methods: tuple[str, ...] | Unknown | None  # as given, None for the view's own
    keywords: dict[str, Value] = msgspec.field(default_factory=dict)


class RegistrationReader:
    """Reads registrations from the events of applications and blueprints."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def of(self, event: Event, named_views: dict[str, Value]) -> Registration | None:
        """The registration that an event is, None where it is none; `named_views`: what `endpoint(…)` decorates."""
        if event.method in DECORATORS:
            if event.decorated is None:
                return None  # a decorator that was made and not used
            view = self.view(event.decorated, event)
            methods = (
                (event.method.upper(),) if event.method != "route" else given_methods(event.keywords.get("methods"))
            )
            endpoint = event.keywords.get("endpoint")
        elif event.method == "add_url_rule":
            endpoint = argument(event, 1, "endpoint")
            viewed = argument(event, 2, "view_func")
            if viewed is None:
                viewed = named_views.get(endpoint) if isinstance(endpoint, str) else None
            if viewed is None:
                return None  # a rule for building addresses only
            view = self.view(viewed, event)
            methods = given_methods(event.keywords.get("methods"))
        else:
            return None
        name = None if endpoint is None else known_text(endpoint) or UNKNOWN_PART
        rules = ((argument(event, 0, "rule"), argument_place(event, 0, "rule")),)
        return Registration(event, rules, view, name, methods, event.keywords)

    def view(self, value: Value, event: Event | None = None) -> View:
        """The view that a value is, decorators and wrappers taken off."""
        decorators: list[Value] = []
        wrappers: list[FunctionValue] = []
        for _ in range(20):
            inner = self._unwrapped(value, decorators, wrappers)
            if inner is None:
                break
            value = inner
        around = (*decorators,), (*wrappers,)
        if isinstance(value, BoundMethod):
            value = value.function
        if isinstance(value, FunctionValue):
            inside = _inside_of(event, value.decorators)
            return View(value, None, value.symbol, value.name, (*around[0], *inside), around[1])
        if isinstance(value, Instance) and isinstance(value.type, External) and value.type.name.endswith(".as_view"):
            endpoint = known_text(value.argument(0, "name"))
            if value.type.owner is not None:
                return View(None, value.type.owner, value.type.owner.symbol, endpoint, *around)
            return View(None, None, _external_symbol(value.type.name.removesuffix(".as_view")), endpoint, *around)
        if isinstance(value, ClassValue):
            return View(None, value, value.symbol, value.name, (*around[0], *value.decorators), around[1])
        if isinstance(value, Instance) and isinstance(value.type, ClassValue):
            found = self._evaluator.find_in_class(value.type, "__call__")
            function = found[1] if found is not None and isinstance(found[1], FunctionValue) else None
            return View(function, None, function.symbol if function else value.type.symbol, None, *around)
        if isinstance(value, External):
            return View(None, None, _external_symbol(value.name), value.name.rpartition(".")[2], *around)
        return View(decorators=around[0], wrappers=around[1])

    def _unwrapped(self, value: Value, decorators: list[Value], wrappers: list[FunctionValue]) -> Value:
        """What a decorated value was made from, None where nothing is around it."""
        if isinstance(value, FunctionValue):
            wrapped = self.wrapped_by(value)
            if wrapped is not None:
                wrappers.append(value)
            return wrapped
        if isinstance(value, Instance) and value.arguments:
            inner = value.arguments[0]
            if isinstance(value.type, External) and not value.type.name.endswith(".as_view") and is_view(inner):
                if value.type.name != "functools.partial":
                    decorators.append(value.type if value.event is None else value)
                return inner
        return None

    def wrapped_by(self, function: FunctionValue) -> Value:
        """The function that another one wraps: `@wraps(view)` names it. None where it wraps none."""
        if not isinstance(function.node, tree.Function):
            return None
        for decorator in function.node.decorators:
            if isinstance(decorator, tree.Call) and decorator.arguments and last_name(decorator.function) == "wraps":
                wrapped = self._evaluator.evaluate(decorator.arguments[0], function.scope)
                if is_view(wrapped) and wrapped is not function:
                    return wrapped
        return None

    def methods(self, registration: Registration) -> tuple[str, ...] | Unknown:
        """The methods of a registration: those given, those of the view, else GET."""
        given = registration.methods
        if given is None:
            view = registration.view
            if view.view_class is not None:
                given = self.class_methods(view.view_class)
            elif view.function is None and view.name != UNKNOWN_PART:
                given = Unknown("methods of a library's view", registration.event.place)
            else:
                given = ("GET",)
        if isinstance(given, Unknown):
            return given
        return tuple(method for method in given if method != "HEAD" or "GET" not in given)

    def class_methods(self, view: ClassValue) -> tuple[str, ...] | Unknown:
        """The methods that a class-based view answers."""
        declared: Value = None
        for one in self._evaluator.ancestors(view):
            if isinstance(one, ClassValue):
                self._evaluator.run_class(one)
                declared = one.attributes.get("methods")
                if declared is not None:
                    break
        if declared is not None:
            methods = given_methods(declared)
            if isinstance(methods, tuple) and not self._evaluator.inherits(view, *METHOD_VIEW_CLASSES):
                return methods
            if isinstance(methods, Unknown):
                return methods
            if "methods" in view.attributes:
                return methods or ()
        if not self._evaluator.inherits(view, *METHOD_VIEW_CLASSES):
            return ("GET",)
        return tuple(name.upper() for name in VIEW_METHODS if self._evaluator.find_in_class(view, name) is not None)

    def handler(self, view: View, method: str) -> FunctionValue | ClassValue | None:
        """The function that answers a method."""
        if view.view_class is None:
            return view.function
        for name in (method.lower(), "dispatch_request"):
            found = self._evaluator.find_in_class(view.view_class, name)
            if found is not None and isinstance(found[1], FunctionValue):
                return found[1]
        return view.view_class

    def entries(self, view: View) -> tuple[FunctionValue, ...]:
        """What the project runs in a class-based view before the method that answers: its `dispatch_request`."""
        if view.view_class is None or not self._evaluator.inherits(view.view_class, *METHOD_VIEW_CLASSES):
            return ()
        found = self._evaluator.find_in_class(view.view_class, "dispatch_request")
        return (found[1],) if found is not None and isinstance(found[1], FunctionValue) else ()

    def class_decorators(self, view: ClassValue) -> tuple[Value, ...]:
        """The values of a class-based view's `decorators` and `method_decorators`, one dictionary of lists left out."""
        found: list[Value] = []
        for name in ("decorators", "method_decorators"):
            declared = self._evaluator.find_in_class(view, name)
            if declared is not None and isinstance(declared[1], (list, tuple)):
                found += declared[1]
            elif declared is not None:
                found.append(Unknown("decorators that are not known"))
        return tuple(found)


def constructor_argument(instance: Instance, position: int, name: str) -> Value:
    """An argument of the library's constructor, through the constructor of a project's subclass."""
    for event in instance.events:
        if event.method == "__init__":
            return argument_of(event.arguments, event.keywords, position, name)
    return instance.argument(position, name)


def argument(event: Event, position: int, name: str) -> Value:
    """An argument of a registering call, by position or name."""
    return argument_of(event.arguments, event.keywords, position, name)


def joined_rule(prefix: str | None, rule: str) -> str:
    """A blueprint's prefix and a rule as Flask joins them: one slash between."""
    if prefix is None:
        return rule
    return f"{prefix.rstrip('/')}/{rule.lstrip('/')}" if rule else prefix


def joined_value(prefix: Value, rule: Value) -> Value:
    """A prefix and a rule joined in the same way, with what is not known of them."""
    if isinstance(prefix, str) and isinstance(rule, str):
        return joined_rule(prefix or None, rule)
    if isinstance(rule, str) and not isinstance(prefix, str):
        return joined_text([prefix, rule if rule.startswith("/") or not rule else f"/{rule}"], None)
    return joined_text([prefix or "", rule], None)


def rule_text(value: Value) -> tuple[str, tuple[Unknown, ...]]:
    """The text of a rule and what is not known of it."""
    return path_text(value)


def rule_parameters(rule: str) -> Iterator[tuple[str, str]]:
    """The (converter, name) of each variable part of a rule: `<int:id>` gives `int`, `id`; no converter is `string`."""
    for piece in rule.split("<")[1:]:
        inside = piece.partition(">")[0]
        converter, colon, name = inside.rpartition(":")
        yield (converter.partition("(")[0].strip() if colon else "string"), name.strip()


def is_view(value: Value) -> bool:
    """Whether a value can be the view that a decorator gets."""
    if isinstance(value, (FunctionValue, BoundMethod)):
        return True
    if isinstance(value, Instance) and isinstance(value.type, External):
        return value.type.name.endswith(".as_view") or bool(value.arguments and is_view(value.arguments[0]))
    return False


def given_methods(value: Value) -> tuple[str, ...] | Unknown | None:
    """The methods that an argument or attribute gives, in upper case; None where it gives none."""
    if value is None:
        return None
    if isinstance(value, set):
        value = sorted(value, key=repr)
    methods = known_texts(value)
    return methods if isinstance(methods, Unknown) else tuple(dict.fromkeys(method.upper() for method in methods))


def _inside_of(event: Event | None, decorators: tuple[Value, ...]) -> tuple[Value, ...]:
    """The decorators below the registering one: only they are part of what is registered."""
    for number, decorator in enumerate(decorators):
        if event is not None and isinstance(decorator, Instance) and decorator.event is event:
            return tuple(one for one in decorators[number + 1 :] if not _is_registering(one))
    return tuple(one for one in decorators if not _is_registering(one))


def _is_registering(decorator: Value) -> bool:
    return isinstance(decorator, Instance) and decorator.event is not None and decorator.event.method in DECORATORS


def _external_symbol(name: str) -> str:
    module, _, last = name.rpartition(".")
    return f"{module}:{last}"
