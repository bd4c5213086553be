"""Suppression comments of Python programs, and the statements they belong to. Runs in the child process only.

Where a comment may stand:

- on any line of a simple statement: it covers findings that begin on any line of that statement;
- on any line of a header (decorators, `def`, `class`, `if`, `for`, `with`, `except`… up to the colon): it covers
  findings that begin in that header, such as those about a function as a whole, and none in the body;
- alone on a line, indented like the statement or clause below it, with nothing but other comments between: it covers
  what a comment in that statement or header would;
- anywhere else it covers its own line, so that it hides nothing and is reported as unused.

`ignore-file` covers the file from wherever it stands.
"""

from __future__ import annotations

from bisect import bisect_right

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from msgspec.structs import replace

from reviewer.syntax.directives import Directive, directives_in_comment
from reviewer.syntax.extents import Region, statement_regions


class NotUnderstood(ValueError):
    """libcst cannot read a program, or does not give it back as it was."""


def read_comments(source: str) -> tuple[Directive, ...]:
    """The suppression comments of a program, from top to bottom. Raises NotUnderstood."""
    module = parse_unchanged(source)
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    comments = [(place.start, node.value) for node, place in positions.items() if isinstance(node, cst.Comment)]
    columns = {start.line: start.column for start, _ in comments}
    regions = _Regions(statement_regions(module, positions), columns, source)
    found = []
    for start, value in comments:
        if "reviewer:" not in value:
            continue
        first, last = regions.covered_by(start.line, start.column)
        for directive in directives_in_comment(value, start.line, start.column):
            found.append(replace(directive, first_line=first, last_line=last))
    return tuple(sorted(found, key=lambda directive: (directive.line, directive.column)))


def parse_unchanged(source: str) -> cst.Module:
    """The libcst module of a program, which gives back the very same text. Raises NotUnderstood where none does."""
    try:
        module = cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        raise NotUnderstood("libcst cannot parse this program.") from error
    if module.code != source:
        raise NotUnderstood("libcst cannot read this program without changing it.")
    return module


class _Regions:
    def __init__(self, regions: list[Region], comment_columns: dict[int, int], source: str) -> None:
        self.regions = regions
        self.first_lines = [region.first_line for region in regions]
        lines = source.split("\n")
        #: Lines that hold nothing but a comment.
        self.comment_lines = {
            line for line, column in comment_columns.items() if not lines[line - 1][:column].strip(" \t\f")
        }

    def covered_by(self, line: int, column: int) -> tuple[int, int]:
        """The first and last line that a comment covers."""
        number = bisect_right(self.first_lines, line) - 1
        if number >= 0 and line <= self.regions[number].last_line:
            region = self.regions[number]
            return region.first_line, region.last_line
        if line not in self.comment_lines or number + 1 == len(self.regions):
            return line, line
        below = self.regions[number + 1]
        is_next_to_it = all(between in self.comment_lines for between in range(line, below.first_line))
        if not is_next_to_it or below.column != column:
            return line, line
        return line, below.last_line
