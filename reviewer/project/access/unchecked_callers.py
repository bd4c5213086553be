"""Finds endpoints and dependencies that use a caller who may be nobody, without asking whether there is one.

A dependency that lets unknown callers pass gives None for them: a security scheme with `auto_error=False`, or a
function that returns None where credentials are missing. A use counts where nothing in the function tests it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.model import Answer, Dependency, Route
from reviewer.project.routes.endpoint_functions import function_answering
from reviewer.rule import Place

#: Nodes that ask whether something is there.
TESTING = (tree.If, tree.While, tree.Conditional, tree.Assert)


class UncheckedCaller(msgspec.Struct, frozen=True, eq=False):
    """A use of a caller who may be nobody."""

    function: FunctionValue
    parameter: str
    dependency: Dependency  # that gives None for unknown callers
    place: Place


def unchecked_callers(
    routes: Iterable[Route], evaluator: Evaluator, gives_nothing: Callable[[Dependency], bool]
) -> Iterator[UncheckedCaller]:
    """The first such use of each parameter."""
    seen: set[tuple[int, str]] = set()
    for function, dependency in _taken(routes, evaluator):
        key = (id(function), dependency.parameter or "")
        if key in seen or dependency.enforces_authentication is not Answer.NO:
            continue
        seen.add(key)
        if function.module.is_test or not gives_nothing(dependency):
            continue
        found = _first_use(function, key[1])
        if found is not None:
            yield UncheckedCaller(function, key[1], dependency, place_of(function.module, found))


def _taken(routes: Iterable[Route], evaluator: Evaluator) -> Iterator[tuple[FunctionValue, Dependency]]:
    """The dependencies that a function takes as parameters, with the function."""
    entered: set[int] = set()
    for route in routes:
        endpoint = function_answering(evaluator, route)
        if endpoint is None or route.framework == "flask":
            continue
        guarded = route.authentication.answer is Answer.YES
        for dependency in route.dependencies:
            if dependency.level == "parameter" and not guarded:
                yield endpoint, dependency
            for one in dependency.flattened():
                if id(one) in entered or not isinstance(one.callable, FunctionValue):
                    continue
                entered.add(id(one))
                for below in one.dependencies:
                    yield one.callable, below


def _first_use(function: FunctionValue, name: str) -> tree.Node | None:
    """The first attribute or item that is read of a parameter; None where the parameter is tested or replaced."""
    if not isinstance(function.node, tree.Function) or not name or function.nodes_of(tree.Try):
        return None
    for node in function.nodes:
        tested: tuple[tree.Expression, ...] = ()
        if isinstance(node, TESTING):
            tested = (node.test,)
        elif isinstance(node, tree.BooleanOperation):
            tested = node.values
        elif isinstance(node, (tree.Comparison, tree.Match)):
            tested = (node.left,) if isinstance(node, tree.Comparison) else (node.subject,)
        elif isinstance(node, tree.Assign) and any(
            isinstance(one, tree.Name) and one.id == name for one in node.targets
        ):
            return None
        elif isinstance(node, tree.Call):
            tested = (*node.arguments, *(one.value for one in node.keywords))  # what is called may refuse
        if any(_is_parameter(inner, name) for one in tested for inner in _outermost(one)):
            return None
    for read in function.nodes_of(tree.Attribute, tree.Subscript):
        if _is_parameter(read.value, name):  # type: ignore[attr-defined]
            return read
    return None


def _outermost(node: tree.Expression) -> Iterator[tree.Expression]:
    """An expression, without `not` and what is only part of it."""
    while isinstance(node, tree.UnaryOperation):
        node = node.operand
    yield node


def _is_parameter(node: tree.Expression, name: str) -> bool:
    return isinstance(node, tree.Name) and node.id == name
