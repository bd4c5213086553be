"""Finds the text of a program that a finding stands in: a simple statement, a header, or a decorator.

Takes the typed tree and the lines of a file, gives text. What a change does elsewhere in the file leaves it alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from reviewer.modules.module import BLOCK_FIELDS
from reviewer.modules.tree import Class, Function, Node, Tree
from reviewer.rule import Place

MAX_LINES = 200
MAX_LINE_LENGTH = 2_000  # characters

Position = tuple[int, int]
LineOf = Callable[[int], str]


class Statements:
    """The statements of one file, by position."""

    def __init__(self, tree: Tree, line_of: LineOf) -> None:
        self._tree = tree
        self._line_of = line_of

    def text_at(self, place: Place) -> str | None:
        """The text of the smallest statement, header or decorator that a place begins in; None where there is none.

        Of a compound statement only the header counts, and of the header of a flagged function or class not its name,
        so that its body may change and it may be renamed.
        """
        position = (place.line, place.column)
        found = self._innermost(position)
        if found is None:
            return None
        for decorator in _decorators(found):
            if _start(decorator) <= position < _end(decorator) or _is_at_sign(decorator, position):
                return self._text(_start(decorator), _end(decorator))
        if position < _start(found):
            return None  # on the line of a decorator, and not in it
        header_end = min((_begin(block[0]) for block in _blocks(found) if block), default=_end(found))
        if position >= header_end:
            return None  # `else` or `finally`
        text = self._text(_start(found), header_end)
        return text.replace(found.name, "", 1) if isinstance(found, (Function, Class)) else text

    def _innermost(self, position: Position) -> Node | None:
        found: Node | None = None
        blocks: list[Sequence[Node]] = [self._tree.body]
        while True:
            inner = next(filter(None, (_covering(block, position) for block in blocks)), None)
            if inner is None:
                return found
            found = inner
            blocks = _blocks(inner)

    def _text(self, start: Position, end: Position) -> str:
        last = min(end[0], start[0] + MAX_LINES - 1)
        if start[0] == end[0]:
            return self._line_of(start[0])[start[1] : end[1]]
        lines = [self._line_of(start[0])[start[1] :]]
        for number in range(start[0] + 1, last + 1):
            line = self._line_of(number)
            lines.append(line[: end[1]] if number == end[0] else line)
        return "\n".join(line[:MAX_LINE_LENGTH] for line in lines)


def _blocks(node: Node) -> list[Sequence[Node]]:
    return [getattr(node, field) for field in BLOCK_FIELDS.get(node.__class__, ())]


def _covering(block: Sequence[Node], position: Position) -> Node | None:
    """The statement of a block that a position lies in."""
    number = bisect_right(block, position, key=_begin)
    return block[number - 1] if number and position < _end(block[number - 1]) else None


def _decorators(node: Node) -> tuple[Node, ...]:
    return node.decorators if isinstance(node, (Function, Class)) else ()


def _is_at_sign(decorator: Node, position: Position) -> bool:
    return position[0] == decorator.line and position[1] < decorator.column


def _begin(node: Node) -> Position:
    """Where a statement begins, its decorators counted in."""
    decorators = _decorators(node)
    return (decorators[0].line, 0) if decorators else _start(node)


def _start(node: Node) -> Position:
    return node.line, node.column


def _end(node: Node) -> Position:
    return node.end_line, node.end_column
