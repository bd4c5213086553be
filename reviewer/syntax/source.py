"""A program as edits see it: its verbatim text, its libcst module, and where each node stands. Child process only.

Offsets count characters of the text. An edit is a set of splices of that text, so that whatever is not edited stays as
it is, byte for byte.
"""

from __future__ import annotations

import re
from bisect import bisect_right

import libcst as cst
import msgspec
from libcst.metadata import CodePosition, MetadataWrapper, PositionProvider

from reviewer.decoding import LINE_END
from reviewer.rule import Place
from reviewer.syntax.comments import parse_unchanged

Span = tuple[int, int, int, int]

_COMMENT = re.compile(r"#[^\r\n]*")


class EditRefused(ValueError):
    """An edit cannot be made; the message is a sentence that says why."""


class Splice(msgspec.Struct, frozen=True, order=True):
    """Replaces the text from one offset to before another."""

    start: int
    end: int
    text: str


class Source:
    """The text of a program with its nodes. Raises NotUnderstood where libcst does not give the text back."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.module = parse_unchanged(text)
        wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
        self._positions = wrapper.resolve(PositionProvider)
        self._line_starts = [0, *(found.end() for found in LINE_END.finditer(text))]
        self._calls: dict[Span, cst.Call | None] = {}
        self.comments: list[int] = []
        for node, place in self._positions.items():
            if isinstance(node, cst.Call):
                span = (place.start.line, place.start.column, place.end.line, place.end.column)
                self._calls[span] = None if span in self._calls else node
            elif isinstance(node, cst.Comment):
                self.comments.append(self._offset(place.start))

    def call_at(self, place: Place) -> cst.Call:
        """The call that stands exactly at a place. Raises EditRefused if none does."""
        call = self._calls.get(span_of(place))
        if call is None:
            raise EditRefused("There is no such call at this place any more.")
        return call

    def offsets_of(self, place: Place) -> tuple[int, int]:
        """The offsets of a place."""
        if place.end_line > len(self._line_starts):
            raise EditRefused("There is no such place in the file any more.")
        return (
            self._line_starts[place.line - 1] + place.column,
            self._line_starts[place.end_line - 1] + place.end_column,
        )

    def start(self, node: cst.CSTNode) -> int:
        """Where a node begins."""
        return self._offset(self._positions[node].start)

    def end(self, node: cst.CSTNode) -> int:
        """Where a node ends."""
        return self._offset(self._positions[node].end)

    def text_of(self, node: cst.CSTNode) -> str:
        """A node as it is written."""
        return self.module.code_for_node(node)

    def _offset(self, position: CodePosition) -> int:
        return self._line_starts[position.line - 1] + position.column

    def line_start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return self._line_starts[bisect_right(self._line_starts, offset) - 1]

    def next_line_start(self, offset: int) -> int:
        """Where the line after that of an offset begins, or the text ends."""
        number = bisect_right(self._line_starts, offset)
        return self._line_starts[number] if number < len(self._line_starts) else len(self.text)

    def newline_before(self, line_start: int) -> str:
        """The line end in front of a line."""
        for newline in ("\r\n", "\n", "\r"):
            if self.text.endswith(newline, 0, line_start):
                return newline
        return self.module.default_newline

    def indent_at(self, offset: int) -> str:
        """The white space that begins the line of an offset."""
        line = self.text[self.line_start(offset) : offset]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def is_first_on_line(self, offset: int) -> bool:
        """Whether only white space stands before an offset on its line."""
        return self.is_blank(self.line_start(offset), offset)

    def is_blank(self, start: int, end: int) -> bool:
        """Whether nothing but white space without line ends stands in a range."""
        return not self.text[start:end].strip(" \t\f")

    def is_plain(self, start: int, end: int) -> bool:
        """Whether a range has neither line ends nor comments."""
        return not LINE_END.search(self.text, start, end) and "#" not in self.text[start:end]

    def comma_between(self, start: int, end: int) -> int | None:
        """The comma among the white space and comments of a range."""
        position = start
        while position < end:
            character = self.text[position]
            if character == ",":
                return position
            found = _COMMENT.match(self.text, position)
            position = found.end() if found else position + 1
        return None

    def is_alone_on_lines(self, start: int, end: int, limit: int) -> bool:
        """Whether whole lines before a limit hold nothing but a range and at most a comment behind it."""
        line_end = self.next_line_start(end)
        if line_end > limit or not self.is_first_on_line(start):
            return False
        rest = self.text[end:line_end].strip()
        return not rest or rest.startswith("#")

    def has_comment(self, start: int, end: int) -> bool:
        """Whether a comment begins in a range."""
        return any(start <= comment < end for comment in self.comments)


def span_of(place: Place) -> Span:
    """The position of a place without its path."""
    return place.line, place.column, place.end_line, place.end_column


def spliced(text: str, splices: list[Splice]) -> str:
    """A text with splices made in it. Raises EditRefused if two of them overlap or touch the same spot."""
    pieces = []
    position = 0
    previous: Splice | None = None
    for splice in sorted(splices):
        if splice.start < position or (previous and (splice.start, splice.end) == (previous.start, previous.end)):
            raise EditRefused("Two edits change the same text.")
        pieces += [text[position : splice.start], splice.text]
        position = splice.end
        previous = splice
    return "".join(pieces) + text[position:]
