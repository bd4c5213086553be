"""Methods of views that `@expose` makes routes: what Flask-AppBuilder and Flask-Admin have in common.

A view's own methods count and those it inherits from classes of the project, each as its class finally has it: an
override without the decorator takes the route away.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, Event, External, FunctionValue, Instance, Value
from reviewer.project.routes.argument_places import argument_place
from reviewer.project.routes.flask.registrations import Registration, View, given_methods, joined_value
from reviewer.project.routes.path_text import known_text

#: Names of the decorators that libraries have for it.
EXPOSING = frozenset({"expose", "expose_api"})


class ExposedView(msgspec.Struct, frozen=True):
    """A view's class as one registration of it shows it."""

    view: ClassValue
    prefix: Value  # of all its rules
    blueprint: str  # name of the blueprint that is made for it
    receiver: Instance  # what it is added to
    event: Event | None  # that adds it
    excluded: frozenset[str] | str = frozenset()  # methods that are not to be routes; of a text, the parts of it
    included: frozenset[str] | str | None = None  # those that may be, None for all
    checks: tuple[FunctionValue, ...] = ()  # that are asked whether somebody may enter


def exposed_registrations(evaluator: Evaluator, exposed: ExposedView) -> Iterator[Registration]:
    """The routes of a view, by the names of its methods."""
    names = {
        name
        for one in evaluator.ancestors(exposed.view)
        if isinstance(one, ClassValue)
        for name in _attributes(evaluator, one)
    }
    for name in sorted(names):
        if name in exposed.excluded or (exposed.included is not None and name not in exposed.included):
            continue
        found = evaluator.find_in_class(exposed.view, name)
        if found is None or not isinstance(found[1], FunctionValue):
            continue
        function = found[1]
        for decorator in reversed(function.decorators):
            if is_exposing(decorator):
                yield _registration(exposed, function, name, decorator)


def _attributes(evaluator: Evaluator, value: ClassValue) -> Iterator[str]:
    evaluator.run_class(value)
    yield from value.attributes


def is_exposing(decorator: Value) -> bool:
    """Whether a decorator is `expose` or `expose_api` of a library, called."""
    return (
        isinstance(decorator, Instance)
        and isinstance(decorator.type, External)
        and decorator.type.name.rpartition(".")[2] in EXPOSING
        and decorator.type.name.startswith("flask_")
    )


def _registration(exposed: ExposedView, function: FunctionValue, name: str, decorator: Instance) -> Registration:
    assert decorator.module is not None
    assert decorator.node is not None
    event = Event(
        exposed.receiver,
        "expose",
        decorator.arguments,
        decorator.keywords,
        decorator.module,
        decorator.node,
        exposed.event.conditions if exposed.event is not None else (),
    )
    is_api = decorator.type.name.endswith("_api")
    position = 1 if is_api else 0
    default = f"/api/{known_text(decorator.argument(0, 'name')) or ''}" if is_api else "/"
    rule = joined_value(exposed.prefix, decorator.argument(position, "url") or default)
    decorators = tuple(one for one in function.decorators if not is_exposing(one))
    return Registration(
        event,
        ((rule, argument_place(event, position, "url")),),
        View(function, None, function.symbol, name, decorators, checks=exposed.checks),
        f"{exposed.blueprint}.{name}",
        given_methods(decorator.argument(position + 1, "methods", ("GET",))),
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
