"""What functions that go through collections give: `map`, `filter`, `itertools.chain`, `sorted`; bounded in length.

An iterator is the list of its items, so what a lazy one would do later is done at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reviewer.project.evaluation.limits import SIZE_LIMIT
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import EnumMember, Unknown, Value

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

Handler = Callable[["Evaluator", tuple[Value, ...], dict[str, Value], Scope], Value]


def items_of(value: Value) -> list[Value] | None:
    """The items of a known collection in order, None where they are not known."""
    if isinstance(value, (list, tuple, dict, str)):
        return list(value)
    return sorted(value, key=repr) if isinstance(value, set) else None


def _range(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    if arguments and all(isinstance(one, int) for one in arguments):
        try:
            numbers = range(*arguments)
            if len(numbers) <= SIZE_LIMIT:
                return list(numbers)
        except (TypeError, ValueError, OverflowError):
            pass
    return Unknown("range that is unknown or too long")


def _length(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    if arguments and isinstance(arguments[0], (str, list, tuple, dict, set)):
        return len(arguments[0])
    return Unknown("length of something unknown")


def _enumerate(_: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], __: Scope) -> Value:
    items = items_of(arguments[0]) if arguments else None
    start = arguments[1] if len(arguments) > 1 else keywords.get("start", 0)
    if items is None or not isinstance(start, int):
        return Unknown("enumeration of something unknown")
    return list(enumerate(items, start))


def _map(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], scope: Scope) -> Value:
    columns = [items_of(one) for one in arguments[1:]]
    known = [column for column in columns if column is not None]
    if not known or len(known) < len(columns) or min(map(len, known)) > SIZE_LIMIT:
        return Unknown("function called with the items of something unknown")
    return [evaluator.apply(arguments[0], items, {}, None, scope) for items in zip(*known, strict=False)]


def _filter(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], scope: Scope) -> Value:
    items = items_of(arguments[1]) if len(arguments) == 2 else None
    if items is None:
        return Unknown("filter of something unknown")
    chosen = arguments[0]
    answers = [
        evaluator.truth(one if chosen is None else evaluator.apply(chosen, (one,), {}, None, scope)) for one in items
    ]
    if None in answers:
        return Unknown("filter by something unknown")
    return [one for one, answer in zip(items, answers, strict=True) if answer]


def _sorted(evaluator: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], scope: Scope) -> Value:
    """The items in order; those whose order is not known stay as they stand, since all of them are there."""
    items = items_of(arguments[0]) if arguments else None
    if items is None:
        return Unknown("sorting of something unknown")
    key = keywords.get("key")
    keys = items if key is None else [evaluator.apply(key, (one,), {}, None, scope) for one in items]
    return in_order(items, keys, keywords.get("reverse") is True)


def in_order(items: list[Value], keys: list[Value], is_reversed: bool) -> list[Value]:
    """Items sorted by their keys, as they stand where the keys are not plain values that can be compared."""
    plain = [one.value if isinstance(one, EnumMember) else one for one in keys]
    if not all(isinstance(one, (str, int, float)) for one in plain):
        return items
    try:
        order = sorted(range(len(items)), key=plain.__getitem__, reverse=is_reversed)
    except TypeError:
        return items
    return [items[number] for number in order]


def _chain(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    parts = [items_of(one) for one in arguments]
    if None in parts:
        return Unknown("chain of something unknown")
    joined = [one for part in parts if part is not None for one in part]
    return joined if len(joined) <= SIZE_LIMIT else Unknown("collection that is too long")


def _chain_of_all(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], scope: Scope) -> Value:
    outer = items_of(arguments[0]) if len(arguments) == 1 else None
    return Unknown("chain of something unknown") if outer is None else _chain(evaluator, tuple(outer), {}, scope)


def _product(_: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], __: Scope) -> Value:
    columns = [items_of(one) for one in arguments]
    known = [column for column in columns if column is not None]
    size = 1
    for column in known:
        size *= len(column)
        if size > SIZE_LIMIT:
            break
    if len(known) < len(columns) or keywords or size > SIZE_LIMIT:
        return Unknown("combinations that are unknown or too many")
    return list(itertools.product(*known))


def _zip(_: Evaluator, arguments: tuple[Value, ...], __: dict[str, Value], ___: Scope) -> Value:
    columns = [items_of(one) for one in arguments]
    if any(column is None for column in columns):
        return Unknown("pairs of something unknown")
    return list(zip(*(column for column in columns if column is not None), strict=False))


def _answers(decide: Callable[[list[bool]], bool], settled: bool) -> Handler:
    """`any` and `all`; one answer settles them although others are not known."""

    def handle(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], __: Scope) -> Value:
        items = items_of(arguments[0]) if len(arguments) == 1 else None
        if items is None:
            return Unknown("answers of something unknown")
        truths = [evaluator.truth(one) for one in items]
        if settled in truths:
            return settled
        return Unknown("answers that are not known") if None in truths else decide([bool(one) for one in truths])

    return handle


ITERATION_HANDLERS: dict[str, Handler] = {
    "builtins.range": _range,
    "builtins.len": _length,
    "builtins.enumerate": _enumerate,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.sorted": _sorted,
    "builtins.zip": _zip,
    "builtins.any": _answers(any, True),
    "builtins.all": _answers(all, False),
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_of_all,
    "itertools.product": _product,
}


def list_method(receiver: list[Value], name: str, arguments: tuple[Value, ...]) -> tuple[Any] | None:
    """What a method that takes items out of a list or turns it gives, in a tuple; None for other methods."""
    try:
        if name == "pop" and all(isinstance(one, int) for one in arguments):
            return (receiver.pop(*arguments),)
        if name == "remove" and len(arguments) == 1:
            del receiver[next(number for number, one in enumerate(receiver) if one is arguments[0])]
            return (None,)
        if name in ("reverse", "clear") and not arguments:
            getattr(receiver, name)()
            return (None,)
    except (LookupError, StopIteration, TypeError):
        return (Unknown(f"{name} of an item that is not there"),)
    return None
