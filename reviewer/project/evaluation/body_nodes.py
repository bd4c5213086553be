"""The nodes that run with the body of a function, walked once and found by their class."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TypeVar, cast

from reviewer.modules.tree import Function, Lambda, Node, walk_scope

AnyNode = TypeVar("AnyNode", bound=Node)


class BodyNodes:
    """All nodes that run with a body, parents first, as `walk_scope` gives them."""

    def __init__(self, function: Function | Lambda) -> None:
        self._function = function
        self._found: dict[tuple[type[Node], ...], tuple[Node, ...]] = {}

    @cached_property
    def all(self) -> tuple[Node, ...]:
        """All of them."""
        body = self._function.body
        return tuple(walk_scope(body if isinstance(body, tuple) else (body,)))

    @cached_property
    def _by_class(self) -> dict[type[Node], list[Node]]:
        found: defaultdict[type[Node], list[Node]] = defaultdict(list)
        for node in self.all:
            found[node.__class__].append(node)
        return dict(found)

    def of(self, classes: tuple[type[AnyNode], ...]) -> tuple[AnyNode, ...]:
        """Those that are of some classes of nodes."""
        found = self._found.get(classes)
        if found is None:
            found = self._found[classes] = self._find(classes)
        return cast("tuple[AnyNode, ...]", found)

    def _find(self, classes: tuple[type[Node], ...]) -> tuple[Node, ...]:
        there = [one for one in classes if one in self._by_class]
        if len(there) > 1:
            return tuple([node for node in self.all if node.__class__ in there])
        return tuple(self._by_class[there[0]]) if there else ()
