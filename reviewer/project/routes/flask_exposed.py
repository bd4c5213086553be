"""Methods of views that `@expose` makes routes: what Flask-AppBuilder and Flask-Admin have in common.

A view's own methods count and those it inherits from classes of the project, each as its class finally has it: an
override without the decorator takes the route away.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, Event, External, FunctionValue, Instance, Value
from reviewer.project.routes.flask_registrations import Registration, View, argument_place, given_methods


class ExposedView(msgspec.Struct, frozen=True):
    """A view's class as one registration of it shows it."""

    view: ClassValue
    prefix: Value  # of all its rules
    blueprint: str  # name of the blueprint that is made for it
    receiver: Instance  # what it is added to
    event: Event | None  # that adds it
    excluded: frozenset[str] = frozenset()  # methods that are not to be routes
    included: frozenset[str] | None = None  # those that may be, None for all


def exposed_registrations(evaluator: Evaluator, exposed: ExposedView, decorator_name: str) -> Iterator[Registration]:
    """The routes of a view, by the names of its methods; `decorator_name` is the last name of the decorator."""
    names = {
        name
        for one in evaluator.ancestors(exposed.view)
        if isinstance(one, ClassValue)
        for name in _attributes(evaluator, one)
    }
    for name in sorted(names - exposed.excluded):
        if exposed.included is not None and name not in exposed.included:
            continue
        found = evaluator.find_in_class(exposed.view, name)
        if found is None or not isinstance(found[1], FunctionValue):
            continue
        function = found[1]
        for decorator in reversed(function.decorators):
            if is_exposing(decorator, decorator_name):
                yield _registration(exposed, function, name, decorator, decorator_name)


def _attributes(evaluator: Evaluator, value: ClassValue) -> Iterator[str]:
    evaluator.run_class(value)
    yield from value.attributes


def is_exposing(decorator: Value, decorator_name: str) -> bool:
    """Whether a decorator is the library's, called."""
    return (
        isinstance(decorator, Instance)
        and isinstance(decorator.type, External)
        and decorator.type.name.rpartition(".")[2] == decorator_name
        and decorator.type.name.startswith("flask_")
    )


def _registration(
    exposed: ExposedView, function: FunctionValue, name: str, decorator: Instance, decorator_name: str
) -> Registration:
    assert decorator.module is not None
    assert decorator.node is not None
    event = Event(
        exposed.receiver,
        decorator_name,
        decorator.arguments,
        decorator.keywords,
        decorator.module,
        decorator.node,
        exposed.event.conditions if exposed.event is not None else (),
    )
    rule = joined_text([exposed.prefix, decorator.argument(0, "url", "/")], event.place)
    decorators = tuple(one for one in function.decorators if not is_exposing(one, decorator_name))
    return Registration(
        event,
        ((rule, argument_place(event, 0, "url")),),
        View(function, None, function.symbol, name, decorators),
        f"{exposed.blueprint}.{name}",
        given_methods(decorator.argument(1, "methods", ("GET",))),
        {},
    )


def class_setting(evaluator: Evaluator, view: ClassValue, name: str) -> Value:
    """An attribute that the project gives a view's class, None where it gives none."""
    found = evaluator.find_in_class(view, name)
    return None if found is None else found[1]


def view_class(value: Value) -> ClassValue | None:
    """The project's class of a view that is given as a class or as an object."""
    if isinstance(value, Instance):
        value = value.type
    return value if isinstance(value, ClassValue) else None
