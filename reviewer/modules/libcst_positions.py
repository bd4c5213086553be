"""Where the nodes of a libcst tree stand, counted in the tokens of the program as `ast` counts them.

libcst has no positions of its own: the program is written out once, the tokens that each node wrote are noted, and a
position is the start of one token to the end of another. Brackets and commas that `ast` leaves out of a node are then
one token each to leave out. Takes a parsed module, must not look into the meaning of its nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Union

import libcst as cst
from libcst._nodes.internal import CodegenState

Place = tuple[int, int, int, int]

#: First characters of what is written between tokens: white space, comments, continued lines.
BETWEEN_TOKENS = frozenset(" \t\f\n\\#")

_GAP = re.compile(r"(?:[ \t\f\n]|\\\n|#[^\n]*)*")


def _between(source: str, offset: int) -> str:
    gap = _GAP.match(source, offset)
    return gap.group() if gap else ""


def _comments(node: cst.CSTNode) -> Iterator[cst.Comment]:
    for child in node.children:
        if isinstance(child, cst.Comment):
            yield child
        else:
            yield from _comments(child)


class _Writer(CodegenState):
    """Writes a module and notes which pieces of text each node wrote."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.began: dict[cst.CSTNode, int] = {}
        self.ended: dict[cst.CSTNode, int] = {}

    def before_codegen(self, node: cst.CSTNode) -> None:
        self.began[node] = len(self.tokens)

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.ended[node] = len(self.tokens)


class Positions:
    """The tokens of every node of a module, and the position of a range of tokens.

    Raises SyntaxError if libcst does not give back the tokens that it was given, so that no position could be trusted.
    """

    def __init__(self, module: cst.Module, source: str) -> None:
        writer = _Writer(module)
        module._codegen(writer)
        self._source = source
        self._began = writer.began
        self._ended = writer.ended
        self._pieces = writer.tokens
        self._formatted: Union[Place, None] = None
        self._find_pieces()

    def _find_pieces(self) -> None:
        """Finds each written piece in the source: libcst forgets white space in a few places, as in `except A :`."""
        source = self._source
        self._starts: list[tuple[int, int]] = []
        self._ends: list[tuple[int, int]] = []
        self._tokens_before = [0]
        self._offsets = [0]
        offset, line, line_offset = 0, 1, 0
        for piece in self._pieces:
            is_token = piece != "" and piece[0] not in BETWEEN_TOKENS
            length = len(piece)
            if not source.startswith(piece, offset):
                skipped = _between(source, offset) if is_token else ""
                line += skipped.count("\n")
                offset += len(skipped)
                line_offset = source.rfind("\n", 0, offset) + 1
                if not is_token:
                    length = 0
                elif not source.startswith(piece, offset):
                    raise SyntaxError("libcst changes this program", (None, line, offset - line_offset + 1, None))
            if is_token:
                self._starts.append((line, offset - line_offset))
            offset += length
            if length and "\n" in piece:
                line += piece.count("\n")
                line_offset = source.rfind("\n", 0, offset) + 1
            if is_token:
                self._ends.append((line, offset - line_offset))
            self._tokens_before.append(len(self._starts))
            self._offsets.append(offset)
        if offset + len(_between(source, offset)) != len(source):
            raise SyntaxError("libcst drops the end of this program", (None, line, 1, None))
        # A module without a final newline takes back the one that its last nodes wrote.
        self._tokens_before.append(len(self._starts))

    def first(self, node: cst.CSTNode) -> int:
        """The number of the first token of a node, its brackets included."""
        return self._tokens_before[self._began[node]]

    def last(self, node: cst.CSTNode) -> int:
        """The number of the token after a node, its brackets included."""
        return self._tokens_before[self._ended[node]]

    def place(self, first: int, last: int) -> Place:
        """The position of the tokens from `first` to before `last`; inside a formatted string, that of the string."""
        if self._formatted is not None:
            return self._formatted
        return (*self._starts[first], *self._ends[last - 1])

    def whole(self, node: cst.CSTNode) -> Place:
        """The position of a node with its brackets."""
        return self.place(self.first(node), self.last(node))

    def inside(self, node: Any) -> Place:
        """The position of a node without the brackets around it."""
        brackets = len(node.lpar)
        return self.place(self.first(node) + brackets, self.last(node) - brackets)

    def innermost(self, node: Any) -> Place:
        """The position of a node with the innermost of the brackets around it, which are its own."""
        brackets = len(node.lpar) - 1 if node.lpar else 0
        return self.place(self.first(node) + brackets, self.last(node) - brackets)

    def words(self, node: cst.CSTNode) -> str:
        """The tokens of a node, one space between them: an operator such as `not in`."""
        pieces = self._pieces[self._began[node] : self._ended[node]]
        return " ".join([piece for piece in pieces if piece != "" and piece[0] not in BETWEEN_TOKENS])

    def text_until(self, node: cst.CSTNode, last: cst.CSTNode) -> str:
        """The text from the start of a node to the end of a node within it, comments left out."""
        first, end = self._began[node], self._ended[last]
        text = self._source[self._offsets[first] : self._offsets[end]]
        if "#" not in text:
            return text
        comments = {self._began[comment] for comment in _comments(node)}
        pieces = [number for number in range(first, end) if number not in comments]
        return "".join([self._source[self._offsets[piece] : self._offsets[piece + 1]] for piece in pieces])

    def enter_formatted(self, place: Place) -> Union[Place, None]:
        """Gives all positions from now on that of a formatted string; the answer is what `leave_formatted` takes."""
        outer = self._formatted
        self._formatted = outer or place
        return outer

    def leave_formatted(self, outer: Union[Place, None]) -> None:
        """Ends what `enter_formatted` began."""
        self._formatted = outer
