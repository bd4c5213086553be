"""The gate before libcst: whether a text is small and flat enough to be given to it.

Cheap, iterative and linear. It keeps out every kind of program known to crash libcst or to make it run for minutes;
since that proves nothing about other programs, libcst still runs in a child process only.
"""

from __future__ import annotations

import ast
import warnings

from reviewer.modules.nesting import bracket_depth, longest_line

MAX_BYTES = 1_000_000
MAX_LINE_LENGTH = 20_000
MAX_BRACKET_DEPTH = 60
MAX_TREE_DEPTH = 100
MAX_NODES = 200_000


def why_refused(text: str) -> str:
    """Why libcst must not read a program, as a sentence; empty if it may.

    A program that the running Python refuses passes if it is small and flat: its syntax may be newer than Python.
    """
    length = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if length > MAX_BYTES:
        return f"The file has {length:,} bytes; at most {MAX_BYTES:,} are read closely."
    if length > MAX_LINE_LENGTH and longest_line(text) > MAX_LINE_LENGTH:
        return f"A line has more than {MAX_LINE_LENGTH:,} characters."
    if bracket_depth(text) > MAX_BRACKET_DEPTH:
        return f"Brackets nest deeper than {MAX_BRACKET_DEPTH} levels."
    return _why_tree_refused(text)


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
