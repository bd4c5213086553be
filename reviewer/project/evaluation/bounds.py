"""Whether values are small enough to be built, compared and hashed: what programs build can double at each step."""

from __future__ import annotations

from collections.abc import Collection

from reviewer.project.evaluation.limits import SIZE_LIMIT
from reviewer.project.evaluation.values import Choice, Subscripted, TypeUnion, Value

#: Bits of the largest number that is computed.
NUMBER_BITS = 256


def is_small(value: Value) -> bool:
    """Whether a value holds few values in all, those counted again that it holds in several places.

    Only then is it compared or hashed: what a program nests in itself doubles at each step.
    """
    if not isinstance(value, _HOLDERS):
        return True
    pending = [value]
    count = 0
    while pending:
        one = pending.pop()
        items: Collection[Value]
        if isinstance(one, dict):
            items = (*one, *one.values())
        elif isinstance(one, Choice):
            items = one.values
        elif isinstance(one, Subscripted):
            items = (one.base, *one.arguments)
        elif isinstance(one, TypeUnion):
            items = one.members
        else:
            items = one
        count += 1 + len(items)
        if count > SIZE_LIMIT:
            return False
        pending.extend(item for item in items if isinstance(item, _HOLDERS))
    return True


_HOLDERS = (list, tuple, dict, set, Choice, Subscripted, TypeUnion)


def as_key(value: Value) -> Value:
    """A value that is to be hashed. Raises TypeError for one that is too large, as Python does for what has no hash."""
    if not is_small(value):
        raise TypeError
    return value


def are_small_numbers(left: float, right: float) -> bool:
    """Whether the result of an operation on two numbers is a number of ordinary size."""
    bits = sum(one.bit_length() for one in (left, right) if isinstance(one, int))
    return bits <= NUMBER_BITS


def repeated(value: Value, count: Value) -> Value:
    """`value * count` for a text, list or tuple; None where it is none of them or too long."""
    if isinstance(value, int):
        value, count = count, value
    if not isinstance(value, (str, list, tuple)) or not isinstance(count, int):
        return None
    return value * max(count, 0) if len(value) * max(count, 0) <= SIZE_LIMIT else None
