"""Finds guards that stand above the decorator that registers a route, so that the route runs without them.

Takes the routes, gives each guard with the routes it does not guard. A decorator that only marks its function works in
any place; so one of the project counts where it puts another function in the place of the view.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, InstanceAttribute, place_of
from reviewer.project.model import Route
from reviewer.rule import Place

#: Names of decorators that turn callers away.
GUARD = re.compile(
    r"(?:log(?:ged_)?in|auth\w*|token|jwt|permissions?|roles?|admins?|superuser|user|session|access|scopes?)_?"
    r"(?:required|only|protected|needed)$"
    r"|^requires?_?(?:login|auth|permission|role|admin|user|token|scope|superuser|session)"
    r"|^(?:requires_auth\w*|authenticated|protected|secured|has_access|restricted|login_require\w*)$",
    re.IGNORECASE,
)


class GuardAboveRoute(msgspec.Struct, frozen=True, eq=False):
    """A guard and the routes that were registered before it was put around their function."""

    name: str
    place: Place
    function: FunctionValue
    routes: tuple[Route, ...]


def guards_above_routes(evaluator: Evaluator, routes: Iterable[Route]) -> Iterator[GuardAboveRoute]:
    """The guards that come too late, each once."""
    found: dict[tuple[int, int], list[Route]] = {}
    functions: dict[tuple[int, int], tuple[FunctionValue, tree.Expression]] = {}
    for route in routes:
        function = route.endpoint
        if not isinstance(function, FunctionValue) or not isinstance(function.node, tree.Function):
            continue
        decorators = function.node.decorators
        if len(decorators) < 2 or route.module.is_test:
            continue
        position = next((number for number, one in enumerate(decorators) if _is_at(one, route.node)), None)
        for decorator in decorators[: position or 0]:
            if _is_guard(evaluator, decorator, function):
                key = (id(function), id(decorator))
                found.setdefault(key, []).append(route)
                functions[key] = (function, decorator)
    for key, unguarded in found.items():
        function, decorator = functions[key]
        guard, header = place_of(function.module, decorator), function.node
        place = Place(guard.path, guard.line, guard.column, header.line, header.column + len("def"))
        yield GuardAboveRoute(last_name(_called(decorator)), place, function, tuple(unguarded))


def _is_at(decorator: tree.Expression, node: tree.Node) -> bool:
    return decorator is node or (decorator.line, decorator.column) == (node.line, node.column)


def _called(decorator: tree.Expression) -> tree.Expression:
    return decorator.function if isinstance(decorator, tree.Call) else decorator


def _is_guard(evaluator: Evaluator, decorator: tree.Expression, function: FunctionValue) -> bool:
    called = _called(decorator)
    if not GUARD.search(last_name(called)):
        return False
    value = evaluator.evaluate(called, function.scope)
    if isinstance(value, FunctionValue):
        return isinstance(value.node, tree.Function) and bool(value.nodes_of(tree.Function))
    return isinstance(value, (External, InstanceAttribute, ClassValue))
