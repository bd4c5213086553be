"""The route table as Markdown that GitHub renders: a heading and a table an application. Takes a `RouteTable`.

Text of the repository stands in code spans, or as HTML with every character that means something spelled as an entity,
so it makes no table cell, link, mention, markup or comment.
"""

from __future__ import annotations

from reviewer.project.model import UNKNOWN_PART
from reviewer.report.escaping import log_line
from reviewer.report.markdown_text import code
from reviewer.report.route_view import COLUMNS, NOT_KNOWN, PUBLIC, ApplicationBlock, RouteLine, RouteTable


def render(table: RouteTable) -> str:
    """The whole document."""
    lines = ["# Routes", ""]
    for block in table.blocks:
        lines += [*_block_lines(block), ""]
    if table.explanations:
        lines += ["## Not known", "", "| Place | Reason | Routes |", "|---|---|---|"]
        lines += [f"| {code(one.place)} | {_plain(one.reason)} | {code(one.concerns)} |" for one in table.explanations]
        lines.append("")
    lines.append(_sentence(table.summary).replace(UNKNOWN_PART, f"`{UNKNOWN_PART}`"))
    return "".join(f"{log_line(line)}\n" for line in lines)


def _block_lines(block: ApplicationBlock) -> list[str]:
    count = block.title.rpartition(" (")[2]
    lines = [f"## {code(block.name)} ({count}", "", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for row in (*block.routes, *block.mounts):
        lines.append(f"| {' | '.join(_cells(row))} |")
    return lines


def _cells(row: RouteLine) -> list[str]:
    notes = "".join(f"<br>{code(note)}" for note in row.notes)
    return [
        _plain(row.method),
        code(row.path) + notes,
        code(row.endpoint),
        row.access if row.access in (PUBLIC, NOT_KNOWN) else code(row.access),
        code(row.response),
        code(row.place),
    ]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _plain(text: str) -> str:
    """A word as it is, anything else as code."""
    return text if text.isalnum() and text.isascii() else code(text)
