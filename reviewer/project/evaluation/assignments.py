"""Assignments of the reviewed program: binds values to names, attributes, items and several targets at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation.builtin_calls import binary_operation
from reviewer.project.evaluation.configuration import Configuration
from reviewer.project.evaluation.endings import FALLS_THROUGH
from reviewer.project.evaluation.iteration import items_of
from reviewer.project.evaluation.limits import SIZE_LIMIT
from reviewer.project.evaluation.records import items_of_object
from reviewer.project.evaluation.scopes import ClassScope, Deferred, ModuleScope, Scope
from reviewer.project.evaluation.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    ModuleValue,
    Unknown,
    Value,
    place_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

#: What `inspect.signature(function)` gives is an instance of this.
SIGNATURE = External("inspect.signature")


def iterated(evaluator: Evaluator, value: Value) -> list[Value] | None:
    """The items of a known collection, enumeration class or iterable object in order, None where they are not known."""
    if isinstance(value, ClassValue):
        return evaluator.enumeration_members(value)
    return items_of_object(evaluator, value) if isinstance(value, Instance) else items_of(value)


def bind_target(evaluator: Evaluator, target: tree.Expression, value: Value, scope: Scope) -> None:
    """Assigns a value to a target: a name, an attribute of a known object, an item, or several by unpacking."""
    if isinstance(target, tree.Name):
        _bind_name(target.id, value, scope)
    elif isinstance(target, (tree.Tuple, tree.List)):
        _unpack(evaluator, target.items, iterated(evaluator, value), scope)
    elif isinstance(target, tree.Attribute):
        receiver = evaluator.evaluate(target.value, scope)
        if isinstance(receiver, (Instance, ClassValue)):
            receiver.attributes[target.name] = value
        elif isinstance(receiver, InstanceAttribute):  # `app.state.routers = […]`
            receiver.instance.attributes[f"{receiver.name}.{target.name}"] = value
        elif isinstance(receiver, FunctionValue):
            _set_function_attribute(receiver, target.name, value)
        elif isinstance(receiver, ModuleValue):
            evaluator.scope_of(receiver.module).bind(target.name, value)
    elif isinstance(target, tree.Subscript):
        receiver = evaluator.evaluate(target.value, scope)
        key = None if isinstance(target.index, tree.Slice) else evaluator.evaluate(target.index, scope)
        if isinstance(receiver, dict) and isinstance(key, (str, int, External)):
            receiver[key] = value
        elif isinstance(receiver, Configuration) and isinstance(key, str):
            receiver.put(key, value)


def _bind_name(name: str, value: Value, scope: Scope) -> None:
    """Binds a name; an object that a module names at its top level knows the name."""
    scope.bind(name, value)
    if isinstance(value, Instance) and isinstance(scope, ModuleScope):
        value.names.append(f"{scope.module.name}:{name}")


def _set_function_attribute(function: FunctionValue, name: str, value: Value) -> None:
    """Marks a function; to set `__wrapped__` or `__signature__ = signature(function)` does what `wraps` does."""
    function.attributes[name] = value
    if name == "__signature__":
        is_of_one = isinstance(value, Instance) and value.type == SIGNATURE and len(value.arguments) == 1
        value = value.arguments[0] if is_of_one else None
    elif name == "__doc__":
        function.documentation = value
        return
    elif name != "__wrapped__":
        return
    if isinstance(value, FunctionValue) and value is not function:
        function.wraps = value


def _unpack(
    evaluator: Evaluator, targets: tuple[tree.Expression, ...], items: list[Value] | None, scope: Scope
) -> None:
    """Binds targets to the items of a collection; `*rest` gets the list of those that are left over."""
    starred = next((number for number, one in enumerate(targets) if isinstance(one, tree.Starred)), None)
    known = items
    if items is not None and starred is not None and len(items) >= len(targets) - 1:
        after = len(targets) - starred - 1
        end = len(items) - after
        known = [*items[:starred], items[starred:end], *items[end:]]
    for number, target in enumerate(targets):
        is_known = known is not None and len(known) == len(targets)
        inner = known[number] if is_known and known is not None else Unknown("unpacked from something unknown")
        bind_target(evaluator, target.value if isinstance(target, tree.Starred) else target, inner, scope)


def run_assign(evaluator: Evaluator, node: tree.Assign, scope: Scope) -> int:
    """Executes `name = value`."""
    value = _assigned_value(evaluator, node.value, scope)
    for target in node.targets:
        if isinstance(target, tree.Name):
            _bind_name(target.id, value, scope)
        else:
            bind_target(evaluator, target, value.compute() if isinstance(value, Deferred) else value, scope)
    return FALLS_THROUGH


def _assigned_value(evaluator: Evaluator, node: tree.Expression, scope: Scope) -> Value:
    """The value of an assignment; in modules without effects that count, computed when first asked for."""
    if isinstance(scope, (ModuleScope, ClassScope)) and not evaluator.is_followed(scope.module):
        if isinstance(node, (tree.Text, tree.Number, tree.Constant)):
            return evaluator.evaluate(node, scope)
        return Deferred(lambda: evaluator.evaluate(node, scope))
    return evaluator.evaluate(node, scope)


def run_annotated_assign(evaluator: Evaluator, node: tree.AnnotatedAssign, scope: Scope) -> int:
    """Executes `name: type = value`."""
    if node.value is not None:
        if isinstance(node.target, tree.Name):
            value = _assigned_value(evaluator, node.value, scope)
            _bind_name(node.target.id, value, scope)
        else:
            bind_target(evaluator, node.target, evaluator.evaluate(node.value, scope), scope)
    return FALLS_THROUGH


def run_augmented_assign(evaluator: Evaluator, node: tree.AugmentedAssign, scope: Scope) -> int:
    """Executes `name += value`."""
    if isinstance(node.target, (tree.Name, tree.Attribute)):
        old = evaluator.evaluate(node.target, scope)
        added = evaluator.evaluate(node.value, scope)
        if isinstance(old, list) and isinstance(added, (list, tuple)) and node.operator == "+":
            if len(old) + len(added) <= SIZE_LIMIT:
                old.extend(added)
                evaluator.conditional_items.note(old, added, evaluator.conditions)
            else:
                bind_target(evaluator, node.target, Unknown("collection that is too long"), scope)
        else:
            new = binary_operation(old, node.operator, added, place_of(scope.module, node))
            bind_target(evaluator, node.target, new, scope)
    return FALLS_THROUGH
