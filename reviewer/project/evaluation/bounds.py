"""Whether values are small enough to be built, compared and hashed: what programs build can double at each step."""

from __future__ import annotations

from reviewer.project.evaluation.limits import SIZE_LIMIT
from reviewer.project.evaluation.values import Value, is_small

#: Bits of the largest number that is computed.
NUMBER_BITS = 256


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
