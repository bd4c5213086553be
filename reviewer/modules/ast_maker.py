"""Makes the typed tree from the standard library's `ast`: the usual way, for syntax the running Python knows.

Takes decoded text, gives a `Tree`. Recursive, because that is fastest; whoever calls it has raised the recursion
limit, and the index measures the depth.
"""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_left

from reviewer.modules import tree
from reviewer.modules.ast_statements import statements
from reviewer.modules.normal_form import SourceTooDeep, one_newline


def make_tree(source: str) -> tree.Tree:
    """The typed tree of a program.

    Raises SyntaxError where the running Python does not accept the program, SourceTooDeep where it nests too deep.
    """
    source = one_newline(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = _parsed(source)
        if not source.isascii():
            _count_columns_in_characters(module, source)
        return tree.Tree(statements(module))
    except KeyError as error:
        raise SyntaxError(f"syntax that is not known yet: {error.args[0].__name__}") from error
    except (RecursionError, MemoryError) as error:
        raise SourceTooDeep("nested too deeply") from error


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except ValueError as error:
        # Null characters up to Python 3.11, and lone surrogates.
        raise SyntaxError(str(error)) from error


def _count_columns_in_characters(module: ast.Module, source: str) -> None:
    """Turns the UTF-8 byte offsets of `ast` into character offsets, in place."""
    lines = {
        number: line.encode("utf-8", "surrogatepass")
        for number, line in enumerate(source.split("\n"), 1)
        if not line.isascii()
    }
    numbers = sorted(lines)
    pending: list[ast.AST] = [module]
    while pending:
        node = pending.pop()
        line: int | None = getattr(node, "lineno", None)
        if line is not None:
            end: int = node.end_lineno  # type: ignore[attr-defined]
            if line in lines:
                node.col_offset = _characters(lines[line], node.col_offset)  # type: ignore[attr-defined]
            if end in lines:
                node.end_col_offset = _characters(lines[end], node.end_col_offset)  # type: ignore[attr-defined]
            if isinstance(node, ast.stmt) and not _holds_one(numbers, line, end):
                pending.extend(getattr(node, "decorator_list", ()))  # these stand above the lines of what they decorate
                continue
        pending.extend(ast.iter_child_nodes(node))


def _holds_one(numbers: list[int], first: int, last: int) -> bool:
    """Whether one of some sorted numbers lies in a range."""
    place = bisect_left(numbers, first)
    return place < len(numbers) and numbers[place] <= last


def _characters(line: bytes, offset: int) -> int:
    return len(line[:offset].decode("utf-8", "replace"))
