"""What each kind of expression evaluates to: one function a node class."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reviewer.modules import tree
from reviewer.project.evaluation import builtin_calls
from reviewer.project.evaluation.bounds import as_key, is_small
from reviewer.project.evaluation.classes import ENUM_BASES
from reviewer.project.evaluation.configuration import Configuration, setting
from reviewer.project.evaluation.file_places import ancestor, is_path
from reviewer.project.evaluation.importing import loaded_module
from reviewer.project.evaluation.loops import run_comprehension
from reviewer.project.evaluation.operators import COMPARISONS, PLAIN
from reviewer.project.evaluation.records import items_of_record
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    Choice,
    ClassValue,
    EnumMember,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Subscripted,
    Unknown,
    Value,
    choice_of,
    place_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator


#: Objects that are the same or not by identity.
OBJECTS = (Instance, ClassValue, FunctionValue)


def not_followed(evaluator: Evaluator, node: tree.Expression, scope: Scope) -> Value:
    """What an expression of a kind that is not followed gives."""
    return Unknown(f"{node.__class__.__name__.lower()} is not followed", place_of(scope.module, node))


def _constant(evaluator: Evaluator, node: tree.Constant, scope: Scope) -> Value:
    return {"None": None, "True": True, "False": False}.get(node.value, ...)


def _formatted(evaluator: Evaluator, node: tree.FormattedText, scope: Scope) -> Value:
    values: list[Value] = []
    for part in node.parts:
        if isinstance(part, tree.Text):
            values.append(part.value)
        elif part.conversion or part.format:
            values.append(Unknown("formatted value", place_of(scope.module, node)))
        else:
            values.append(evaluator.evaluate(part.value, scope))
    return builtin_calls.joined_text(values, place_of(scope.module, node))


def _binary(evaluator: Evaluator, node: tree.BinaryOperation, scope: Scope) -> Value:
    left, right = evaluator.evaluate(node.left, scope), evaluator.evaluate(node.right, scope)
    return builtin_calls.binary_operation(left, node.operator, right, place_of(scope.module, node))


def _boolean(evaluator: Evaluator, node: tree.BooleanOperation, scope: Scope) -> Value:
    possible: list[Value] = []
    for number, operand in enumerate(node.values):
        value = evaluator.evaluate(operand, scope)
        truth = evaluator.truth(value)
        is_last = number == len(node.values) - 1
        if is_last or truth is (node.operator == "or"):
            possible.append(value)
            break
        if truth is None:
            possible.append(value)
    return choice_of(possible)


def _comparison(evaluator: Evaluator, node: tree.Comparison, scope: Scope) -> Value:
    """`a < b < c` is what its parts say together."""
    left = evaluator.evaluate(node.left, scope)
    answer: Value = True
    for operator, comparator in zip(node.operators, node.comparators, strict=True):
        right = evaluator.evaluate(comparator, scope)
        answer = _compared(evaluator, left, operator, right, node, scope)
        if evaluator.truth(answer) is not True:
            break
        left = right
    return answer


def _compared(
    evaluator: Evaluator, left: Value, operator: str, right: Value, node: tree.Comparison, scope: Scope
) -> Value:
    known = (*PLAIN, list, tuple, dict, set)
    if isinstance(left, EnumMember) and isinstance(right, EnumMember) and operator in ("==", "is"):
        return left == right
    if isinstance(left, known) and isinstance(right, known) and is_small(left) and is_small(right):
        try:
            return bool(COMPARISONS[operator](left, right))
        except TypeError:
            return Unknown("comparison of different types", place_of(scope.module, node))
    if operator in ("is", "is not") and right is None and isinstance(left, (Instance, ClassValue, FunctionValue)):
        return operator == "is not"
    if operator in ("is", "is not") and isinstance(left, OBJECTS) and isinstance(right, OBJECTS):
        return (left is right) is (operator == "is")
    if isinstance(left, External) and left.name == "sys.version_info" and operator in (">=", ">"):
        return True
    return Unknown("comparison", place_of(scope.module, node))


def _unary(evaluator: Evaluator, node: tree.UnaryOperation, scope: Scope) -> Value:
    value = evaluator.evaluate(node.operand, scope)
    if node.operator == "not":
        truth = evaluator.truth(value)
        return Unknown("not something unknown") if truth is None else not truth
    if isinstance(value, (int, float)) and node.operator == "-":
        return -value
    return Unknown("unary operation")


def _conditional(evaluator: Evaluator, node: tree.Conditional, scope: Scope) -> Value:
    truth = evaluator.truth(evaluator.evaluate(node.test, scope))
    if truth is not None:
        return evaluator.evaluate(node.then if truth else node.otherwise, scope)
    return choice_of([evaluator.evaluate(node.then, scope), evaluator.evaluate(node.otherwise, scope)])


def _dictionary(evaluator: Evaluator, node: tree.Dictionary, scope: Scope) -> Value:
    result: dict[Value, Value] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=False):
        value = evaluator.evaluate(value_node, scope)
        if key_node is None:
            if not isinstance(value, dict):
                return Unknown("dictionary with an unknown part", place_of(scope.module, node))
            result.update(value)
            continue
        key = evaluator.evaluate(key_node, scope)
        try:
            result[as_key(key)] = value
        except TypeError:
            return Unknown("dictionary with an unknown key", place_of(scope.module, node))
    return result


def _set(evaluator: Evaluator, node: tree.Set, scope: Scope) -> Value:
    values = evaluator.evaluate_all(node.items, scope)
    try:
        return set(map(as_key, values))
    except TypeError:
        return Unknown("set of unknown items", place_of(scope.module, node))


def _subscript(evaluator: Evaluator, node: tree.Subscript, scope: Scope) -> Value:
    base = evaluator.evaluate(node.value, scope)
    if isinstance(base, (list, tuple, str, dict)):
        if isinstance(node.index, tree.Slice):
            return _slice(evaluator, base, node.index, scope)
        index = evaluator.evaluate(node.index, scope)
        try:
            return base[as_key(index)]
        except (LookupError, TypeError):
            return Unknown("item that is not known", place_of(scope.module, node))
    if isinstance(base, Configuration):
        key = None if isinstance(node.index, tree.Slice) else evaluator.evaluate(node.index, scope)
        return setting(evaluator, base, key, Unknown(f"setting {key}", place_of(scope.module, node)))
    if isinstance(base, (External, ClassValue)):
        if isinstance(base, External) and base.name == "os.environ":
            return Unknown("environment variable", place_of(scope.module, node))
        if isinstance(base, External) and base.name == "sys.modules":
            return loaded_module(evaluator, evaluator.evaluate(node.index, scope), scope)
        if isinstance(base, ClassValue) and evaluator.inherits(base, *ENUM_BASES):
            index = evaluator.evaluate(node.index, scope)
            return evaluator.class_member(base, index) if isinstance(index, str) else Unknown("enumeration member")
        parts = node.index.items if isinstance(node.index, tree.Tuple) else (node.index,)
        if isinstance(base, External) and base.name.endswith(".Literal"):
            return Subscripted(base, tuple(evaluator.evaluate(part, scope) for part in parts))
        return Subscripted(base, tuple(evaluator.annotation_part(part, scope) for part in parts))
    if isinstance(base, Unknown):
        return base
    if isinstance(base, Instance):
        items = items_of_record(evaluator, base)
        index = None if isinstance(node.index, tree.Slice) else evaluator.evaluate(node.index, scope)
        if items is not None and isinstance(index, int) and -len(items) <= index < len(items):
            return items[index]
    if isinstance(base, InstanceAttribute) and base.name.endswith("parents") and is_path(base):
        index = evaluator.evaluate(node.index, scope)
        return ancestor(base, index) if isinstance(index, int) and 0 <= index < 50 else Unknown("folder above")
    if isinstance(base, Choice):
        return Unknown("item of one of several", place_of(scope.module, node))
    return Unknown("item of something unknown", place_of(scope.module, node))


def _slice(evaluator: Evaluator, base: Value, node: tree.Slice, scope: Scope) -> Value:
    """The part of a text, list or tuple."""
    bounds = [None if one is None else evaluator.evaluate(one, scope) for one in (node.lower, node.upper, node.step)]
    if isinstance(base, dict) or not all(one is None or isinstance(one, int) for one in bounds) or bounds[2] == 0:
        return Unknown("slice", place_of(scope.module, node))
    return base[slice(*bounds)]


def _named(evaluator: Evaluator, node: tree.NamedExpression, scope: Scope) -> Value:
    value = evaluator.evaluate(node.value, scope)
    if isinstance(node.target, tree.Name) and scope.is_executing:
        scope.bind(node.target.id, value)
    return value


def _comprehension(evaluator: Evaluator, node: tree.Comprehension, scope: Scope) -> Value:
    return run_comprehension(evaluator, node, scope)


EXPRESSIONS: dict[type[tree.Node], Callable[[Evaluator, Any, Scope], Value]] = {
    tree.Name: lambda _, node, scope: scope.lookup(node.id),
    tree.Attribute: lambda evaluator, node, scope: evaluator.member(evaluator.evaluate(node.value, scope), node.name),
    tree.Call: lambda evaluator, node, scope: evaluator.call(node, scope),
    tree.Text: lambda _, node, __: node.value,
    tree.Number: lambda _, node, __: node.value,
    tree.Bytes: lambda _, node, __: node.value,
    tree.Constant: _constant,
    tree.FormattedText: _formatted,
    tree.Tuple: lambda evaluator, node, scope: tuple(evaluator.evaluate_all(node.items, scope)),
    tree.List: lambda evaluator, node, scope: evaluator.evaluate_all(node.items, scope),
    tree.Set: _set,
    tree.Dictionary: _dictionary,
    tree.Subscript: _subscript,
    tree.BooleanOperation: _boolean,
    tree.BinaryOperation: _binary,
    tree.UnaryOperation: _unary,
    tree.Comparison: _comparison,
    tree.Conditional: _conditional,
    tree.Lambda: lambda evaluator, node, scope: evaluator.define_function(node, scope),
    tree.NamedExpression: _named,
    tree.Await: lambda evaluator, node, scope: evaluator.evaluate(node.value, scope),
    tree.Comprehension: _comprehension,
}
