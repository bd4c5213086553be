"""The lines of statements in a libcst module: of a simple statement all, of a compound one its header.

The header of a function or class begins with its first decorator and ends with the line of the colon. Regions never
share a line, so that a comment belongs to one at most. Runs in the child process only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import libcst as cst
import msgspec
from libcst.metadata import CodeRange

Positions = Mapping[cst.CSTNode, CodeRange]


class Region(msgspec.Struct, frozen=True, order=True):
    """The lines of a simple statement or of a header, and the column it begins at."""

    first_line: int
    last_line: int
    column: int


def statement_regions(module: cst.Module, positions: Positions) -> list[Region]:
    """The regions of all statements and clauses of a module, from top to bottom."""
    regions = []
    pending: list[Any] = list(module.body)
    while pending:
        node = pending.pop()
        begin = positions[node.decorators[0] if getattr(node, "decorators", ()) else node].start
        header_end = _header_end(node)
        if header_end is None:
            last_line = positions[node].end.line
        else:
            last_line = positions[header_end].start.line
            pending.extend(_statements_below(node))
        regions.append(Region(begin.line, max(begin.line, last_line), begin.column))
        pending.extend(_clauses(node))
    return sorted(regions)


def _header_end(node: Any) -> cst.TrailingWhitespace | None:
    """The white space after the colon of a header; None for what stands on lines of its own as a whole."""
    if isinstance(node, cst.Match):
        return node.whitespace_after_colon
    body = getattr(node, "body", None)
    return body.header if isinstance(body, cst.IndentedBlock) else None


def _statements_below(node: Any) -> Iterator[Any]:
    yield from node.cases if isinstance(node, cst.Match) else node.body.body


def _clauses(node: Any) -> Iterator[Any]:
    """`elif`, `else`, `except` and `finally` of a statement, each with a header of its own."""
    yield from getattr(node, "handlers", ())
    for field in ("orelse", "finalbody"):
        clause = getattr(node, field, None)
        if clause is not None:
            yield clause
