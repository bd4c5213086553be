"""Calls of hooks of a pluggy plugin manager: every implementation that the project itself marks is called.

Which plugins are registered is seldom written down (entry points, everything that is imported), but an implementation
carries the marker to be called, so the project's own ones all count. Source: pluggy's `PluginManager.hook`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation.values import External, FunctionValue, Instance, InstanceAttribute, Value

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

MANAGERS = ("pluggy.PluginManager", "pluggy._manager.PluginManager", "pluggy.manager.PluginManager")
MARKERS = ("pluggy.HookimplMarker", "pluggy.hooks.HookimplMarker", "pluggy._hooks.HookimplMarker")
HOOKS_PREFIX = "hook."


def called_hook(evaluator: Evaluator, callee: InstanceAttribute) -> str | None:
    """The name of the hook that `manager.hook.name` stands for, None where it is something else."""
    if not callee.name.startswith(HOOKS_PREFIX) or not evaluator.inherits(callee.instance, *MANAGERS):
        return None
    return callee.name.removeprefix(HOOKS_PREFIX)


def implementations(evaluator: Evaluator, name: str) -> Iterator[FunctionValue]:
    """The project's implementations of a hook, by module."""
    for module in evaluator.program.modules:
        if module.is_test or not module.mentions(name):
            continue
        for statement in module.tree.body:
            if isinstance(statement, tree.Function) and statement.name == name and statement.decorators:
                scope = evaluator.scope_of(module)
                found = scope.exported(name)
                if found is None or not isinstance(found.value, FunctionValue):
                    continue
                if any(_is_marker(evaluator.evaluate(one, scope)) for one in statement.decorators):
                    yield found.value


def call_hook(evaluator: Evaluator, name: str, keywords: dict[str, Value]) -> Value:
    """Calls the implementations of a hook, each with those of the arguments that it takes; gives their results."""
    results = []
    for function in implementations(evaluator, name):
        taken = {parameter.name for parameter in function.node.parameters}
        given = {key: value for key, value in keywords.items() if key in taken}
        results.append(evaluator.call_function(function, (), given))
    return [one for one in results if one is not None]


def _is_marker(value: Value) -> bool:
    """Whether a decorator is a marker of implementations, or made by calling one."""
    return (
        isinstance(value, Instance)
        and isinstance(value.type, External)
        and value.type.name.removesuffix(".__call__") in MARKERS
    )
