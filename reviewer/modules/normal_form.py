"""What both tree makers must agree on: line ends, literals that MessagePack can hold, joined text, the depth limit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from reviewer.modules.tree import Replacement, Text

#: Deepest tree that is read, in nodes from the root. Real code stays below 60; recursion in later stages is safe in it.
DEPTH_LIMIT = 300

#: Recursion limit that lets a tree of `DEPTH_LIMIT` be made, encoded and decoded.
RECURSION_LIMIT = 12_000


class SourceTooDeep(ValueError):
    """The program nests deeper than `DEPTH_LIMIT`, or than its parser can follow."""


def one_newline(source: str) -> str:
    """The program with every line ended by a line feed, as Python reads it."""
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source


def number_value(value: Union[int, float, complex]) -> Union[int, float, str]:
    """The value of a numeric literal as `Number` holds it."""
    if isinstance(value, int):
        return value if value < 2**63 else hex(value)
    if isinstance(value, float):
        return value
    return repr(value)


def plain_text(value: str) -> str:
    """Text that UTF-8 can hold: lone surrogates become backslash escapes."""
    if value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def merged_parts(parts: Iterable[Union[Text, Replacement]]) -> tuple[Union[Text, Replacement], ...]:
    """The parts of a formatted string without empty texts, neighbouring texts joined."""
    merged: list[Union[Text, Replacement]] = []
    for part in parts:
        if isinstance(part, Text):
            if not part.value:
                continue
            previous = merged[-1] if merged else None
            if isinstance(previous, Text):
                merged[-1] = Text(part.line, part.column, part.end_line, part.end_column, previous.value + part.value)
                continue
        merged.append(part)
    return tuple(merged)
