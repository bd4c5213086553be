"""The route table for terminals, pipes and build logs: aligned columns that fit the given width.

Where there is little room, the least important columns are left out and long cells go on in the next line, so that no
path, endpoint or name is cut. Takes a `RouteTable`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from reviewer.report.colour import Style, painted
from reviewer.report.escaping import log_line, visible
from reviewer.report.route_view import COLUMNS, NOT_KNOWN, PUBLIC, ApplicationBlock, RouteTable

#: Columns from the most to the least important one, by their position.
IMPORTANCE = (0, 1, 3, 2, 5, 4)
#: Least and, while others need the room, most useful width of each column.
LEAST = (6, 28, 18, 16, 12, 22)
INDENT = 2
GAP = 2
NARROWEST = 40
#: Cells break behind one of these, or anywhere if there is none.
BREAKS = "/,. :_-[]|"
METHOD, PATH, ACCESS, RESPONSE = 0, 1, 3, 4
#: Zero-width joiners and others have no width of their own; they are made visible before.
WIDE = frozenset("WF")


def render(table: RouteTable, width: int | None = None, *, colour: bool = False) -> str:
    """The whole table, `width` cells wide (None: as wide as it gets)."""
    lines: list[str] = []
    for block in table.blocks:
        lines += [*_block_lines(block, width, colour), ""]
    if table.explanations:
        lines.append("Not known:")
        for one in table.explanations:
            concerns = f"  ({one.concerns})" if one.concerns else ""
            lines.append(visible(f"  {one.place}  {one.reason}{concerns}"))
        lines.append("")
    lines.append(table.summary)
    return "".join(f"{log_line(line)}\n" for line in lines)


def _block_lines(block: ApplicationBlock, width: int | None, colour: bool) -> list[str]:
    lines_shown = (*block.routes, *block.mounts)
    rows = [tuple(map(visible, line.brief_cells)) for line in lines_shown]
    chosen, widths = _layout(rows, width)
    lines = [painted(visible(block.title), Style.STRONG, colour=colour)]
    header = [COLUMNS[column].upper() for column in chosen]
    lines += _cell_lines(header, widths, [Style.FAINT] * len(chosen), colour)
    for line, row in zip(lines_shown, rows, strict=True):
        cells = [row[column] for column in chosen]
        lines += _cell_lines(cells, widths, [_style(row, column) for column in chosen], colour)
        note_width = None if width is None else width - INDENT - widths[0] - GAP
        for note in line.notes:
            for piece in _pieces(visible(note), note_width):
                lines.append(" " * (INDENT + widths[0] + GAP) + painted(piece, Style.FAINT, colour=colour))
    return lines


def _style(row: tuple[str, ...], column: int) -> Style | None:
    if column == ACCESS:
        return {PUBLIC: Style.WARNING, NOT_KNOWN: Style.INFO}.get(row[ACCESS], Style.GOOD)
    if column == PATH:
        return Style.STRONG
    return Style.FAINT if column > ACCESS else None


def _layout(rows: Sequence[tuple[str, ...]], width: int | None) -> tuple[list[int], list[int]]:
    """Which columns are shown, and how wide each is."""
    natural = [max(_width(cell) for cell in (title, *cells)) for title, *cells in zip(COLUMNS, *rows, strict=True)]
    used = [column for column in IMPORTANCE if column != RESPONSE or any(row[RESPONSE] for row in rows)]
    if width is None:
        chosen = sorted(used)
        return chosen, [natural[column] for column in chosen]
    room = max(width, NARROWEST) - INDENT
    least = [min(natural[column], LEAST[column]) for column in range(len(COLUMNS))]
    least[METHOD] = natural[METHOD]
    while len(used) > 2 and sum(least[column] + GAP for column in used) - GAP > room:
        used.pop()
    chosen = sorted(used)
    spare = max(0, room - sum(least[column] + GAP for column in chosen) + GAP)
    widths = {column: least[column] for column in chosen}
    for column in sorted(used, key=lambda column: natural[column] - least[column]):  # those that lack least first
        more = min(natural[column] - widths[column], spare)
        widths[column] += more
        spare -= more
    return chosen, [widths[column] for column in chosen]


def _cell_lines(cells: Sequence[str], widths: Sequence[int], styles: Sequence[Style | None], colour: bool) -> list[str]:
    """A row of the table; as many lines as its longest cell needs."""
    columns = [_pieces(cell, width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for number in range(max(map(len, columns))):
        text = " " * INDENT
        pending = 0
        for pieces, width, style in zip(columns, widths, styles, strict=True):
            piece = pieces[number] if number < len(pieces) else ""
            if piece:
                text += " " * pending + (painted(piece, style, colour=colour) if style is not None else piece)
                pending = 0
            pending += width - _width(piece) + GAP
        lines.append(text)
    return lines


def _pieces(text: str, width: int | None) -> list[str]:
    """A cell in pieces of at most some width, broken behind a separator where there is one in the last half."""
    if width is None or _width(text) <= width:
        return [text]
    width = max(width, 2)
    pieces = []
    while _width(text) > width:
        end = _fitting(text, width)
        border = max(text.rfind(mark, end // 2, end) for mark in BREAKS) + 1
        end = border or end
        pieces.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*pieces, text] if text else pieces


def _fitting(text: str, width: int) -> int:
    """How many characters of a text fit, at least one."""
    if text.isascii():
        return width
    used = 0
    for number, character in enumerate(text):
        used += _width(character)
        if used > width:
            return max(number, 1)
    return len(text)


def _width(text: str) -> int:
    """The width in cells of a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in WIDE else 1 for one in text
    )
