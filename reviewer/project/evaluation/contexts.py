"""`with` statements: context managers of the project are entered, with the effects that this has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation.assignments import bind_target
from reviewer.project.evaluation.endings import FALLS_THROUGH
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
    decorator_names,
    place_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

#: Decorators that make a context manager of a generator function.
GENERATOR_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})


def run_with(evaluator: Evaluator, node: tree.With, scope: Scope) -> int:
    """Executes a body inside its context managers."""
    return _run_entered(evaluator, node.items, node.body, scope)


def _run_entered(
    evaluator: Evaluator, items: tuple[tree.WithItem, ...], body: tuple[tree.Statement, ...], scope: Scope
) -> int:
    """Executes a body inside context managers, the first of them outermost."""
    if not items:
        return evaluator.run_block(body, scope)
    item, *others = items
    rest = tuple(others)
    call = item.context
    if isinstance(call, tree.Call):
        callee = evaluator.evaluate(call.function, scope)
        if _is_generator_manager(evaluator, callee):
            return _run_in_generator(evaluator, item, callee, lambda: _run_entered(evaluator, rest, body, scope), scope)
        if isinstance(callee, InstanceAttribute) and callee.name in ("app_context", "test_request_context"):
            evaluator.application_contexts.append(callee.instance)
            try:
                return _run_entered(evaluator, rest, body, scope)
            finally:
                evaluator.application_contexts.pop()
    entered = _entered(evaluator, item.context, scope)
    if item.target is not None:
        bind_target(evaluator, item.target, entered, scope)
    return _run_entered(evaluator, rest, body, scope)


def _is_generator_manager(evaluator: Evaluator, callee: Value) -> bool:
    """Whether a function of the project is a context manager whose effects count: `@contextmanager`."""
    function = callee.function if isinstance(callee, BoundMethod) else callee
    return (
        isinstance(function, FunctionValue)
        and not GENERATOR_MANAGERS.isdisjoint(decorator_names(function))
        and evaluator.is_followed(function.module)
    )


def _run_in_generator(
    evaluator: Evaluator, item: tree.WithItem, callee: Value, run_inside: Callable[[], int], scope: Scope
) -> int:
    """Executes a generator function, and what stands inside its context where it yields."""
    assert isinstance(item.context, tree.Call)
    function = callee.function if isinstance(callee, BoundMethod) else callee
    arguments, keywords, _ = evaluator.evaluate_arguments(item.context, scope)
    if isinstance(callee, BoundMethod):
        arguments = (callee.receiver, *arguments)
    endings: list[int] = []

    def enter(value: Value) -> None:
        if not endings:
            endings.append(FALLS_THROUGH)
            if item.target is not None:
                bind_target(evaluator, item.target, value, scope)
            endings[0] = run_inside()

    evaluator.call_function(function, arguments, keywords, enter)
    if not endings:
        enter(Unknown("yielded by a function that is not followed", place_of(scope.module, item.context)))
    return endings[0]


def _entered(evaluator: Evaluator, context: tree.Expression, scope: Scope) -> Value:
    """What a context manager gives: one of the project is entered, with the effects that it has."""
    value = evaluator.evaluate(context, scope)
    if isinstance(value, Instance) and isinstance(value.type, ClassValue):
        for name in ("__aenter__", "__enter__"):
            found = evaluator.find_in_class(value.type, name)
            if found is not None and isinstance(found[1], FunctionValue):
                return evaluator.apply(BoundMethod(found[1], value), (), {}, context, scope)
    return value
