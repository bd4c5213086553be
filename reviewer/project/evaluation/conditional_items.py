"""Items that lists hold only if a condition is true, which is not known: `if settings.debug: routers.append(debug)`.

The list holds such an item like any other; who goes through it asks here what the item depends on.
"""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.project.evaluation.values import BoundMethod, ClassValue, FunctionValue, Instance, Value

#: Values that are told apart by identity; a condition on others has no effect that linkers need.
_OBJECTS = (Instance, FunctionValue, BoundMethod, ClassValue, tuple, dict, list)

#: What is added to a list, by method.
ADDING = frozenset({"append", "insert", "extend"})


class ConditionalItems:
    """Answers on which conditions an item is in a list."""

    def __init__(self) -> None:
        self._lists: dict[int, tuple[list[Value], dict[int, tuple[str, ...]]]] = {}

    def note(self, held_by: list[Value], items: Iterable[Value], conditions: tuple[str, ...]) -> None:
        """Says that items were added to a list while these conditions held."""
        if conditions:
            known = self._lists.setdefault(id(held_by), (held_by, {}))[1]
            known.update({id(item): conditions for item in items if isinstance(item, _OBJECTS)})

    def of(self, held_by: Value, item: Value) -> tuple[str, ...]:
        """The conditions on which an item is in a collection; none where it always is."""
        found = self._lists.get(id(held_by))
        return () if found is None or found[0] is not held_by else found[1].get(id(item), ())
