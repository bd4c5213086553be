"""The gate before libcst: whether a text is small and flat enough to be given to it.

Cheap, iterative and linear. It keeps out every kind of program known to crash libcst or to make it run for minutes;
since that proves nothing about other programs, libcst still runs in a child process only.
"""

from __future__ import annotations

import ast
import re
import warnings

MAX_BYTES = 1_000_000
MAX_LINE_BYTES = 20_000
MAX_BRACKET_DEPTH = 60
MAX_TREE_DEPTH = 100
MAX_NODES = 200_000

_SPECIAL = re.compile(r"[\"'#()\[\]{}]")
_LINE_END = re.compile(r"[\r\n]")
#: What can end a string, by the quotes that began it; a backslash hides the character after it.
_STRING_END = {
    '"': re.compile(r"[\\\"\r\n]"),
    "'": re.compile(r"[\\'\r\n]"),
    '"""': re.compile(r'\\|"""'),
    "'''": re.compile(r"\\|'''"),
}


def why_refused(text: str) -> str:
    """Why libcst must not read a program, as a sentence; empty if it may.

    A program that the running Python refuses passes if it is small and flat: its syntax may be newer than Python.
    """
    length = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if length > MAX_BYTES:
        return f"The file has {length:,} bytes; at most {MAX_BYTES:,} are read closely."
    if length > MAX_LINE_BYTES and longest_line(text) > MAX_LINE_BYTES:
        return f"A line has more than {MAX_LINE_BYTES:,} bytes."
    if bracket_depth(text) > MAX_BRACKET_DEPTH:
        return f"Brackets nest deeper than {MAX_BRACKET_DEPTH} levels."
    return _why_tree_refused(text)


def longest_line(text: str) -> int:
    """The length of the longest line in bytes."""
    return max(len(line.encode("utf-8", "surrogatepass")) for line in _LINE_END.split(text))


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
            line_end = _LINE_END.search(text, position)
            position = line_end.end() if line_end else len(text)
        else:
            position = _end_of_string(text, position - 1)
    return deepest


def _end_of_string(text: str, start: int) -> int:
    quotes = text[start : start + 3]
    if quotes not in _STRING_END:
        quotes = text[start]
    pattern = _STRING_END[quotes]
    position = start + len(quotes)
    while found := pattern.search(text, position):
        if found.group() != "\\":
            return found.end()
        position = found.end() + 1
    return len(text)


def _why_tree_refused(text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = ast.parse(text)
    except SyntaxError:
        return ""
    except (RecursionError, MemoryError, ValueError):
        return "The program is too complex for Python's own parser."
    count, depth = 0, 0
    level: list[ast.AST] = [program]
    while level:
        count += len(level)
        depth += 1
        if depth > MAX_TREE_DEPTH:
            return f"The program nests deeper than {MAX_TREE_DEPTH} levels."
        if count > MAX_NODES:
            return f"The program has more than {MAX_NODES:,} nodes."
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return ""
