"""Loops around the calls of a function: which `for` and which comprehension runs a call again and again.

Takes the tree of a function, gives for each call the loops that it stands in, outermost first. What a loop goes over
first is computed once and stands in no loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Union

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.local_flow import names_in


class Loop(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A loop over the items of something."""

    function: FunctionValue
    node: Union[tree.For, tree.Comprehension]
    target: tree.Expression
    iterable: tree.Expression

    @cached_property
    def body(self) -> tuple[tree.Node, ...]:
        """What runs for each item; of a comprehension the loops behind this one, the conditions and the element."""
        if isinstance(self.node, tree.For):
            return self.node.body
        loops = self.node.loops
        number = next(index for index, one in enumerate(loops) if one.iterable is self.iterable)
        value = () if self.node.value is None else (self.node.value,)
        behind = [one.iterable for one in loops[number + 1 :]]
        return (self.node.element, *value, *behind, *(test for one in loops[number:] for test in one.conditions))

    def holds(self, node: tree.Node) -> bool:
        """Whether a node of the function stands in the body."""
        position = (node.line, node.column)
        first, last = self.body[0], self.body[-1]
        return (first.line, first.column) <= position <= (last.end_line, last.end_column)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that differ from item to item: those that the loop binds, and what is computed from them."""
        found = names_in(self.target)
        if isinstance(self.node, tree.Comprehension):
            return frozenset(found)
        for statement in self.function.nodes_of(tree.Assign):
            if self.holds(statement) and not found.isdisjoint(names_in(statement.value)):
                found = found.union(*(names_in(target) for target in statement.targets))
        for inner in self.function.nodes_of(tree.For):
            if self.holds(inner) and not found.isdisjoint(names_in(inner.iterable)):
                found |= names_in(inner.target)
        return frozenset(found)

    @cached_property
    def ends_early(self) -> bool:
        """Whether it may end with an item that fits."""
        if isinstance(self.node, tree.Comprehension):
            return False
        return any(map(self.holds, self.function.nodes_of(tree.Return))) or any(
            map(self.holds, self.function.nodes_of(tree.Break))
        )


def looped_calls(function: FunctionValue) -> Iterator[tuple[tree.Call, tuple[Loop, ...]]]:
    """The calls in a function's own body that stand in loops, in source order, with the loops around them."""
    loops = [Loop(function, node, node.target, node.iterable) for node in function.nodes_of(tree.For)]
    for node in function.nodes_of(tree.Comprehension):
        loops += [Loop(function, node, one.target, one.iterable) for one in node.loops]
    if not loops:
        return
    around: dict[int, list[Loop]] = {}
    for loop in loops:
        for inner in loop.body:
            for one in tree.walk_scope((inner,)):
                if one.__class__ is tree.Call:
                    around.setdefault(id(one), []).append(loop)
    for call in function.nodes_of(tree.Call):
        found = around.get(id(call))
        if found:
            yield call, tuple(found)
