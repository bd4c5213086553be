"""How long the lines of a program are and how deep its brackets nest, told from the text alone.

Cheap, iterative and linear: a gate asks this before it hands a text to a parser that hostile programs can break.
"""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\"'#()\[\]{}]")
#: What can end a string, by the quotes that began it; a backslash hides the character after it.
_STRING_END = {
    '"': re.compile(r"[\\\"\n]"),
    "'": re.compile(r"[\\'\n]"),
    '"""': re.compile(r'\\|"""'),
    "'''": re.compile(r"\\|'''"),
}


def longest_line(text: str) -> int:
    """The length of the longest line in characters."""
    return max(map(len, text.split("\n")))


def bracket_depth(text: str) -> int:
    """How deep brackets nest; those in strings and comments do not count."""
    depth = deepest = position = 0
    while found := _SPECIAL.search(text, position):
        character = found.group()
        position = found.end()
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
        elif character == "#":
            line_end = text.find("\n", position)
            position = line_end if line_end >= 0 else len(text)
        else:
            position = _end_of_string(text, position - 1)
    return deepest


def _end_of_string(text: str, start: int) -> int:
    quotes = text[start : start + 3]
    if quotes not in _STRING_END:
        quotes = text[start]
    end = _STRING_END[quotes]
    position = start + len(quotes)
    while found := end.search(text, position):
        if found.group() != "\\":
            return found.end()
        position = found.end() + 1
    return len(text)
