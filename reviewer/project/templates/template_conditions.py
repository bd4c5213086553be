"""Judges the conditions of a template for one rendering: is this part reached with these variables?

Takes nodes of Jinja2 and what is known of the variables, gives true, false or unknown. Nothing is rendered.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from reviewer.project.templates.template_content import Guard


class Known(Enum):
    """What is known of a variable whose value is not."""

    UNDEFINED = "undefined"
    DEFINED = "defined"
    UNKNOWN = "unknown"


#: Gives the value of a variable, or what is known of it.
Lookup = Callable[[str], Any]


def is_reached(guards: tuple[Guard, ...], lookup: Lookup) -> bool | None:
    """Whether a part under some conditions is rendered; None where that is not known."""
    certain = True
    for guard in guards:
        held = _holds(guard, lookup)
        if held is False:
            return False
        certain = certain and held is True
    return True if certain else None


def _holds(guard: Guard, lookup: Lookup) -> bool | None:
    if guard.test is None:
        return None

    def visible(name: str) -> Any:
        return Known.UNKNOWN if name in guard.locals else lookup(name)

    value = _value(guard.test, visible)
    if guard.kind == "loop":  # what is passed to be looped over is taken to have items
        return not (value is Known.UNDEFINED or value in ("", (), None))
    truth = _truth(value)
    return truth if guard.kind == "if" or truth is None else not truth


def _truth(value: Any) -> bool | None:
    if value is Known.UNDEFINED:
        return False
    return None if isinstance(value, Known) else bool(value)


def _value(node: Any, lookup: Lookup) -> Any:
    judge = _VALUES.get(node.__class__.__name__)
    return Known.UNKNOWN if judge is None else judge(node, lookup)


def _default(node: Any, lookup: Lookup) -> Any:
    if node.name not in ("default", "d") or node.node is None:
        return Known.UNKNOWN
    value = _value(node.node, lookup)
    if value is Known.UNDEFINED:
        return _value(node.args[0], lookup) if node.args else ""
    return value if not node.args[1:] and not node.kwargs else Known.UNKNOWN


def _test(node: Any, lookup: Lookup) -> Any:
    value = _value(node.node, lookup)
    if value is Known.UNKNOWN:
        return Known.UNKNOWN
    if node.name in ("defined", "undefined"):
        return (value is not Known.UNDEFINED) is (node.name == "defined")
    if node.name == "none" and value is not Known.DEFINED:
        return value is None
    return False if value is Known.UNDEFINED and node.name in ("true", "string", "number", "mapping") else Known.UNKNOWN


def _compare(node: Any, lookup: Lookup) -> Any:
    left = _value(node.expr, lookup)
    if len(node.ops) != 1 or node.ops[0].op not in ("eq", "ne", "in", "notin"):
        return Known.UNKNOWN
    right = _value(node.ops[0].expr, lookup)
    operator = node.ops[0].op
    if Known.UNDEFINED in (left, right) and Known.UNKNOWN not in (left, right):
        if operator in ("in", "notin"):
            return operator == "notin" if right is Known.UNDEFINED else Known.UNKNOWN
        return (left is right) is (operator == "eq")
    if isinstance(left, Known) or isinstance(right, Known) or operator in ("in", "notin"):
        return Known.UNKNOWN
    return bool(left == right) is (operator == "eq")


def _and(node: Any, lookup: Lookup) -> Any:
    left, right = _truth(_value(node.left, lookup)), _truth(_value(node.right, lookup))
    if left is False or right is False:
        return False
    return True if left and right else Known.UNKNOWN


def _or(node: Any, lookup: Lookup) -> Any:
    left, right = _truth(_value(node.left, lookup)), _truth(_value(node.right, lookup))
    if left or right:
        return True
    return False if left is False and right is False else Known.UNKNOWN


def _not(node: Any, lookup: Lookup) -> Any:
    truth = _truth(_value(node.node, lookup))
    return Known.UNKNOWN if truth is None else not truth


def _constant(node: Any, _: Lookup) -> Any:
    return node.value if isinstance(node.value, (str, int, float, bool, type(None))) else Known.UNKNOWN


_VALUES: dict[str, Callable[[Any, Lookup], Any]] = {
    "Name": lambda node, lookup: lookup(node.name),
    "Const": _constant,
    "Filter": _default,
    "Test": _test,
    "Compare": _compare,
    "And": _and,
    "Or": _or,
    "Not": _not,
}
