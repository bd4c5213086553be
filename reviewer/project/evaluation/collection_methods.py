"""What methods of dictionaries, lists and sets give; they change the collection as Python does."""

from __future__ import annotations

from collections.abc import Callable

from reviewer.project.evaluation.bounds import as_key
from reviewer.project.evaluation.iteration import in_order, items_of, list_method
from reviewer.project.evaluation.limits import SIZE_LIMIT
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import Unknown, Value

SET_OPERATIONS: dict[str, Callable[[set[Value], set[Value]], set[Value]]] = {
    "|": set.union,
    "&": set.intersection,
    "-": set.difference,
    "^": set.symmetric_difference,
}
SET_METHODS = {"union": "|", "intersection": "&", "difference": "-", "symmetric_difference": "^"}


def call_set_method(receiver: set[Value], name: str, arguments: tuple[Value, ...], scope: Scope) -> Value:
    """What a method of a set gives; those that change it do so where statements are executed."""
    items = [[one] if name in ("add", "discard") else items_of(one) for one in arguments]
    try:
        others = [set(map(as_key, one)) for one in items if one is not None]
        if len(others) != len(items):
            return Unknown("set of something unknown")
        if name in SET_METHODS:
            result = set(receiver)
            for other in others:
                result = SET_OPERATIONS[SET_METHODS[name]](result, other)
            return result
        if name in ("add", "discard", "update", "difference_update") and scope.is_executing:
            getattr(receiver, name)(*(arguments if name in ("add", "discard") else others))
            return None
    except TypeError:
        return Unknown("set of unknown items")
    return set(receiver) if name == "copy" else Unknown(f"method {name} of a set is not followed")


def call_dictionary_method(
    receiver: dict[Value, Value], name: str, arguments: tuple[Value, ...], scope: Scope
) -> Value:
    """What a method of a dictionary gives; those that change it do so where statements are executed."""
    if name == "items":
        return list(receiver.items())
    if name == "keys":
        return list(receiver)
    if name == "values":
        return list(receiver.values())
    if name == "copy":
        return dict(receiver)
    if name in ("get", "pop") and arguments and isinstance(arguments[0], (str, int)):
        found = receiver.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
        if name == "pop" and scope.is_executing:
            receiver.pop(arguments[0], None)
        return found
    if name == "setdefault" and arguments and isinstance(arguments[0], (str, int)) and scope.is_executing:
        return receiver.setdefault(arguments[0], arguments[1] if len(arguments) > 1 else None)
    if name == "update" and arguments and isinstance(arguments[0], dict) and scope.is_executing:
        receiver.update(arguments[0])
        return None
    return Unknown(f"dictionary method {name} is not followed")


def call_list_method(
    receiver: list[Value], name: str, arguments: tuple[Value, ...], keywords: dict[str, Value]
) -> Value:
    """What a method of a list gives; they change the list."""
    if len(receiver) >= SIZE_LIMIT and name in ("append", "extend", "insert"):
        return Unknown("collection that is too long")
    if name == "append" and arguments:
        receiver.append(arguments[0])
        return None
    if name == "extend" and arguments and isinstance(arguments[0], (list, tuple)):
        receiver.extend(arguments[0][:SIZE_LIMIT])
        return None
    if name == "insert" and len(arguments) == 2 and isinstance(arguments[0], int):
        receiver.insert(arguments[0], arguments[1])
        return None
    if name == "copy":
        return list(receiver)
    if name == "sort" and not arguments and not keywords.keys() - {"reverse"}:
        receiver[:] = in_order(receiver, receiver, keywords.get("reverse") is True)
        return None
    taken = list_method(receiver, name, arguments)
    if taken is not None:
        return taken[0]
    return Unknown(f"list method {name} is not followed")
