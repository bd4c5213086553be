"""The words of functions: all names and short texts of a body, and of what it calls in the project.

They answer for certain what a function does not speak of; what it does with a word is another matter.
"""

from __future__ import annotations

from collections import deque

from reviewer.modules import tree
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.calls import Calls, targets

#: Longest text that counts as a word.
TEXT_LENGTH = 60
#: How many calls deep, and how many functions.
DEPTH = 3
FUNCTION_LIMIT = 60


class FunctionWords:
    """Answers which words functions hold. Results are kept."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._own: dict[int, frozenset[str]] = {}
        self._reached: dict[tuple[int, int], frozenset[str]] = {}

    def own(self, function: FunctionValue) -> frozenset[str]:
        """The words of a function's own body."""
        words = self._own.get(id(function))
        if words is None:
            words = self._own[id(function)] = frozenset(_words(function))
        return words

    def reached(self, function: FunctionValue, depth: int = DEPTH) -> frozenset[str]:
        """The words of a function and of the project's functions that it leads to."""
        key = (id(function), depth)
        words = self._reached.get(key)
        if words is None:
            words = self._reached[key] = frozenset().union(*map(self.own, self.functions(function, depth)))
        return words

    def reached_by_call(self, function: FunctionValue, node: tree.Call) -> frozenset[str]:
        """The words of the project's functions that a call in a function leads to."""
        found = targets(self._calls.site_of(function, node).callee)
        return frozenset().union(*(self.reached(target, DEPTH - 1) for target in found))

    def functions(self, function: FunctionValue, depth: int = DEPTH) -> list[FunctionValue]:
        """A function and those of the project that it leads to, nearest first."""
        found = [function]
        seen = {id(function)}
        pending = deque([(function, 0)])
        while pending and len(found) < FUNCTION_LIMIT:
            current, level = pending.popleft()
            if level >= depth:
                continue
            for site in self._calls.of(current):
                for target in targets(site.callee):
                    if id(target) not in seen:
                        seen.add(id(target))
                        found.append(target)
                        pending.append((target, level + 1))
        return found


def _words(function: FunctionValue) -> list[str]:
    found: list[str] = []
    for node in function.nodes:
        kind = node.__class__
        if kind is tree.Name:
            found.append(node.id)  # type: ignore[attr-defined]
        elif kind is tree.Attribute or (kind is tree.Keyword and node.name):  # type: ignore[attr-defined]
            found.append(node.name)  # type: ignore[attr-defined]
        elif kind is tree.Text and len(node.value) <= TEXT_LENGTH:  # type: ignore[attr-defined]
            found.append(node.value)  # type: ignore[attr-defined]
    return found
