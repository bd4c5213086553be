"""What decorators make of the functions and classes that they stand above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewer.modules import tree
from reviewer.project.evaluation.builtin_calls import WRAPS, wrapped
from reviewer.project.evaluation.scopes import Frame, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    innermost,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator


def apply_decorators(
    evaluator: Evaluator, decorators: tuple[tree.Expression, ...], decorated: Any, scope: Scope
) -> tuple[Value, tuple[Value, ...]]:
    """Evaluates and applies decorators from the inside; gives the decorated value and the decorators' values.

    What a decorator of the project makes of a function is what the decorators above it get. The name is still bound to
    the function itself, which is what calls of it run, and knows what it was made into (`FunctionValue.decorated`).
    """
    values: list[Value] = []
    result = decorated
    origin = evaluator.origin
    try:
        for expression in reversed(decorators):
            evaluator.origin = origin or (scope.module, expression)
            decorator = evaluator.evaluate(expression, scope)
            values.append(decorator)
            result = _decorated(evaluator, decorator, result, expression, scope)
    finally:
        evaluator.origin = origin
    values.reverse()
    if result is not decorated and isinstance(decorated, FunctionValue):
        decorated.decorated = result
    return decorated, tuple(values)


def _decorated(
    evaluator: Evaluator, decorator: Value, decorated: Value, expression: tree.Expression, scope: Scope
) -> Value:
    """What one decorator makes of a function or class."""
    if isinstance(decorator, Instance):
        if decorator.type == WRAPS:
            return wrapped(decorator, decorated)
        if decorator.event is not None:
            evaluator.decorate(decorator.event, decorated, scope)
        elif isinstance(decorator.type, ClassValue):
            evaluator.initialise(decorator)
            evaluator.apply(decorator, (decorated,), {}, expression, scope)
        else:
            evaluator.library_classes.decorate(evaluator, decorator, "__call__", decorated)
    elif isinstance(decorator, (FunctionValue, BoundMethod)):
        return _project_decorated(evaluator, decorator, decorated, expression, scope)
    elif not isinstance(decorator, (Unknown, Choice)):
        made = evaluator.apply(decorator, (decorated,), {}, expression, scope)
        if isinstance(made, Instance) and made.event is not None:
            made.event.decorated = decorated
        elif isinstance(made, Instance) and evaluator.is_followed(scope.module):
            evaluator.initialise(made)
    return decorated


def _project_decorated(
    evaluator: Evaluator, decorator: FunctionValue | BoundMethod, decorated: Value, node: tree.Node, scope: Scope
) -> Value:
    """What a decorator of the project makes of a function: the function that it returns, else the function itself."""
    made = evaluator.apply(decorator, (decorated,), {}, node, scope)
    if isinstance(made, Choice) and innermost(made) is innermost(decorated):
        made = made.values[0]
    if not isinstance(made, FunctionValue) or not isinstance(decorated, FunctionValue) or made is decorated:
        return decorated
    if innermost(made) is not innermost(decorated):
        if made.wraps is not None or not isinstance(made.scope, Frame):
            return decorated  # another function, which no decorator made for this one
        made.replaces = decorated
    return made
