"""One source line with a place marked below it by carets, as a terminal shows it.

Takes the line and columns in characters, counts in terminal cells: tabs, wide and zero-width characters, and characters
that are spelled out because they are unsafe.
"""

from __future__ import annotations

import unicodedata

from reviewer.report.escaping import visible_characters

#: Widest excerpt in terminal cells; of a longer line the part around the place is shown.
MAX_WIDTH = 200
TAB_SIZE = 4
_LEFT_CONTEXT = 60  # cells shown before the place at most, when the line is too long
_MARKED = 110  # cells of the place itself that are shown at least, if it has them
_ELLIPSIS = "..."


def excerpt(line: str, start: int, end: int) -> tuple[str, str]:
    """The line as it is shown, and the line of carets to put below it.

    `start` and `end` are columns from 0 in characters of the line; they may lie outside of it. There is always a caret.
    """
    line = line.rstrip("\r\n")
    start = min(max(start, 0), len(line))
    end = min(max(end, start), len(line))
    # Every character but a zero-width one takes a cell, so this slice is all that can be shown, and a bound on work.
    first = max(0, start - MAX_WIDTH)
    last = min(len(line), start + MAX_WIDTH + 1)
    cells = _cells(line[first:last])
    start, end = start - first, min(end, last) - first
    low, high = 0, len(cells)
    if first > 0 or last < len(line) or _width(cells) > MAX_WIDTH:
        low, high = _window(cells, start, end)
    before = _ELLIPSIS if first > 0 or low > 0 else ""
    after = _ELLIPSIS if last < len(line) or high < len(cells) else ""
    text = before + "".join(shown for shown, _ in cells[low:high]) + after
    indent = len(before) + _width(cells[low:start])
    carets = max(1, _width(cells[start : min(end, high)]))
    return text.rstrip(), " " * indent + "^" * carets


def _cells(text: str) -> list[tuple[str, int]]:
    """How each character is shown, and how many cells that takes."""
    cells = []
    column = 0
    for character, shown in zip(text, visible_characters(text), strict=True):
        if character == "\t":
            shown = " " * (TAB_SIZE - column % TAB_SIZE)  # noqa: PLW2901
        width = len(shown) if shown != character else _character_width(character)
        cells.append((shown, width))
        column += width
    return cells


def _window(cells: list[tuple[str, int]], start: int, end: int) -> tuple[int, int]:
    """The range of cells to show: the place, or its beginning, with some of the line before and after it."""
    room = MAX_WIDTH - 2 * len(_ELLIPSIS)
    high = _reach(cells, start, end, _MARKED)
    room -= _width(cells[start:high])
    low = start
    left = min(room, _LEFT_CONTEXT)
    while low > 0 and cells[low - 1][1] <= left:
        low -= 1
        left -= cells[low][1]
    return low, _reach(cells, high, len(cells), room - _width(cells[low:start]))


def _reach(cells: list[tuple[str, int]], start: int, end: int, room: int) -> int:
    """How far from `start` towards `end` the cells fit into the room."""
    while start < end and cells[start][1] <= room:
        room -= cells[start][1]
        start += 1
    return start


def _width(cells: list[tuple[str, int]]) -> int:
    return sum(width for _, width in cells)


def _character_width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in {"Mn", "Me"} or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
