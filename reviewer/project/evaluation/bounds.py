"""Whether values are small enough to be built, compared and hashed: what programs build can double at each step."""

from __future__ import annotations

from reviewer.project.evaluation.limits import SIZE_LIMIT
from reviewer.project.evaluation.values import Value

#: Bits of the largest number that is computed.
NUMBER_BITS = 256


def is_small(value: Value) -> bool:
    """Whether a value holds few values in all, those counted again that it holds in several places."""
    if not isinstance(value, (list, tuple, dict, set)):
        return True
    pending = [value]
    count = 0
    while pending:
        one = pending.pop()
        count += len(one)
        if count > SIZE_LIMIT:
            return False
        items = one.values() if isinstance(one, dict) else one
        pending.extend(item for item in items if isinstance(item, (list, tuple, dict, set)))
    return True


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
