"""Decorators that register a FastAPI route for one method by the general `route` or `api_route`.

Looks at definitions as written, also those in functions that are not known to be called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, Instance, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.routes.fastapi.registrations import FASTAPI_CLASSES, HTTP_METHODS, ROUTER_CLASSES
from reviewer.rule import Place

GENERIC = frozenset({"route", "api_route"})


class GenericRegistration(msgspec.Struct, frozen=True, eq=False):
    """A general decorator that names one method."""

    function: FunctionValue  # what is registered
    receiver: str  # as written: `router`
    name: str  # `route` or `api_route`
    method: str  # upper case
    place: Place  # the decorator


def generic_registrations(
    modules: Iterable[Module], evaluator: Evaluator, calls: Calls
) -> Iterator[GenericRegistration]:
    """The decorators of all modules but tests."""
    for module in modules:
        if module.is_test or not module.mentions(*GENERIC) or not module.mentions("methods"):
            continue
        for declaration in module.index.declarations:
            if declaration.kind == "function":
                yield from _of_function(calls.function_of(module, declaration), evaluator)


def _of_function(function: FunctionValue, evaluator: Evaluator) -> Iterator[GenericRegistration]:
    assert isinstance(function.node, tree.Function)
    for decorator in function.node.decorators:
        if not isinstance(decorator, tree.Call) or not isinstance(decorator.function, tree.Attribute):
            continue
        called, method = decorator.function, _only_method(decorator)
        if called.name not in GENERIC or method is None:
            continue
        receiver = evaluator.evaluate(called.value, function.scope)
        if isinstance(receiver, Instance) and evaluator.inherits(receiver, *FASTAPI_CLASSES, *ROUTER_CLASSES):
            place = place_of(function.module, decorator)
            yield GenericRegistration(function, source_text(called.value), called.name, method, place)


def _only_method(decorator: tree.Call) -> str | None:
    """The method of a `methods=` that lists one, if there is a decorator for it."""
    given = next((one.value for one in decorator.keywords if one.name == "methods"), None)
    if not isinstance(given, (tree.List, tree.Tuple, tree.Set)) or len(given.items) != 1:
        return None
    item = given.items[0]
    return item.value.upper() if isinstance(item, tree.Text) and item.value.lower() in HTTP_METHODS else None
