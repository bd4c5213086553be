"""Where the function that a decorator puts in place of a view calls the view: itself, or through another function."""

from __future__ import annotations

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, FunctionValue


def parameters_around(function: FunctionValue) -> frozenset[str]:
    """The names of the parameters of the functions around a function: the decorated one is among them."""
    names: set[str] = set()
    scope = function.scope
    while scope is not None:
        around = getattr(scope, "function", None)
        if around is not None:
            names.update(parameter.name for parameter in around.node.parameters)
        scope = scope.parent  # type: ignore[assignment]
    return frozenset(names - {"self"})


def calls_one_of(node: tree.Node, names: frozenset[str]) -> bool:
    """Whether a node calls a function of one of some names, or has another function call it."""
    if not isinstance(node, tree.Call):
        return False
    called = node.function
    if isinstance(called, tree.Call):  # `decorator(view)(…)`, `copy_current_request_context(view)(…)`
        return any(isinstance(one, tree.Name) and one.id in names for one in called.arguments)
    if isinstance(called, tree.Name) and called.id in names:
        return True
    # `current_app.ensure_sync(view)(…)` above, `executor.submit(view, …)` here
    return any(isinstance(one, tree.Name) and one.id in names for one in node.arguments) and called_name(node) in (
        "ensure_sync",
        "submit",
    )


def handed_to(
    evaluator: Evaluator, node: tree.Node, function: FunctionValue, names: frozenset[str]
) -> tuple[FunctionValue, frozenset[str]] | None:
    """The project's function that gets the decorated one to call it, and the parameters that take it."""
    if not isinstance(node, tree.Call):
        return None
    positions = [number for number, one in enumerate(node.arguments) if isinstance(one, tree.Name) and one.id in names]
    given = {one.name for one in node.keywords if isinstance(one.value, tree.Name) and one.value.id in names}
    if not positions and not given:
        return None
    callee = evaluator.evaluate(node.function, evaluator.declared(function))
    offset = 1 if isinstance(callee, BoundMethod) else 0
    target = callee.function if isinstance(callee, BoundMethod) else callee
    if not isinstance(target, FunctionValue) or target is function or ".<locals>" in target.qualname:
        return None
    parameters = [one.name for one in target.node.parameters]
    taken = {parameters[number + offset] for number in positions if number + offset < len(parameters)}
    taken |= {name for name in parameters if name in given}
    if any(calls_one_of(one, frozenset(taken)) for one in target.nodes):
        return target, frozenset(taken)
    return None
