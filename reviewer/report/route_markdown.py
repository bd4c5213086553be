"""The route table as Markdown that GitHub renders: a heading and a table an application. Takes a `RouteTable`.

Text of the repository stands in code spans, or as HTML with every character that means something spelled as an entity,
so it makes no table cell, link, mention, markup or comment.
"""

from __future__ import annotations

from reviewer.project.model import UNKNOWN_PART
from reviewer.report.escaping import log_line, visible
from reviewer.report.route_view import COLUMNS, NOT_KNOWN, PUBLIC, ApplicationBlock, RouteLine, RouteTable


def render(table: RouteTable) -> str:
    """The whole document."""
    lines = ["# Routes", ""]
    for block in table.blocks:
        lines += [*_block_lines(block), ""]
    if table.explanations:
        lines += ["## Not known", "", "| Place | Reason | Routes |", "|---|---|---|"]
        lines += [
            f"| {_code(one.place)} | {_plain(one.reason)} | {_code(one.concerns)} |" for one in table.explanations
        ]
        lines.append("")
    lines.append(_sentence(table.summary).replace(UNKNOWN_PART, f"`{UNKNOWN_PART}`"))
    return "".join(f"{log_line(line)}\n" for line in lines)


def _block_lines(block: ApplicationBlock) -> list[str]:
    count = block.title.rpartition(" (")[2].replace(") ", ") ")
    lines = [f"## {_code(block.name)} ({count}", "", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for row in (*block.routes, *block.mounts):
        lines.append(f"| {' | '.join(_cells(row))} |")
    return lines


def _cells(row: RouteLine) -> list[str]:
    notes = "".join(f"<br>{_code(note)}" for note in row.notes)
    return [
        _plain(row.method),
        _code(row.path) + notes,
        _code(row.endpoint),
        row.access if row.access in (PUBLIC, NOT_KNOWN) else _code(row.access),
        _code(row.response),
        _code(row.place),
    ]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _code(text: str) -> str:
    """Text as code: a code span holds everything but backticks, pipes, backslashes and spaces at its ends."""
    text = visible(text)
    if not text:
        return ""
    if "`" in text or "|" in text or "\\" in text or text != text.strip():
        return f"<code>{_entities(text)}</code>"
    return f"`{text}`"


def _plain(text: str) -> str:
    """Text as text."""
    text = visible(text)
    return text if text.replace(" ", "").replace(",", "").isalnum() and text.isascii() else _entities(text)


def _entities(text: str) -> str:
    """Text whose punctuation and hidden meaning (`@name`, `#1`, `www.`) are gone: letters, digits, spaces, entities."""
    return "".join(one if one.isalnum() or one in " ,;()/-" else f"&#{ord(one)};" for one in text)
