"""The route table as one HTML page that needs nothing else: no script, no font, no network. Takes a `RouteTable`.

Every text of the repository is made visible and escaped; the policy in the head forbids whatever might slip through.
"""

from __future__ import annotations

import re
from html import escape

from reviewer.report.escaping import log_line, visible
from reviewer.report.route_view import COLUMNS, NOT_KNOWN, PUBLIC, ApplicationBlock, RouteLine, RouteTable

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --line: #d8dee4; --faint: #59636e; --page: #ffffff; --head: #f6f8fa; --text: #1f2328;
  --get: #0969da; --post: #1a7f37; --put: #9a6700; --delete: #cf222e; --other: #8250df; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --faint: #9198a1; --page: #0d1117; --head: #151b23;
  --text: #f0f6fc; --get: #4493f8; --post: #3fb950; --put: #d29922; --delete: #f85149; --other: #ab7df8; } }
body { margin: 2rem auto; max-width: 100rem; padding: 0 1.5rem; background: var(--page); color: var(--text);
  font: 0.9375rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 0.25rem; }
.summary { color: var(--faint); margin: 0 0 1.5rem; }
nav ul { padding-left: 1.2rem; margin: 0 0 1.5rem; }
a { color: var(--get); }
.scroll { overflow-x: auto; margin: 0 0 2.5rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: 0.5rem 0; font-weight: 600; font-size: 1.1rem; }
caption code { font-size: 1rem; }
caption small { color: var(--faint); font-weight: 400; font-size: 0.875rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.75rem; border-bottom: 1px solid var(--line);
  font-weight: 400; }
thead th { position: sticky; top: 0; background: var(--head); font-weight: 600; white-space: nowrap; }
code { font: 0.8125rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: break-word; }
tbody th code { font-weight: 600; }
.method { font-weight: 600; white-space: nowrap; }
.get { color: var(--get); } .post { color: var(--post); } .put, .patch { color: var(--put); }
.delete { color: var(--delete); } .websocket, .mount { color: var(--other); }
.note, .place { color: var(--faint); font-size: 0.8125rem; overflow-wrap: break-word; }
.note { display: block; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 0.5rem; font-size: 0.8125rem;
  white-space: nowrap; }
.public { color: var(--delete); } .unknown { color: var(--put); }
.guard { font-size: 0.8125rem; overflow-wrap: break-word; }
tbody tr:hover { background: var(--head); }
@media print { body { margin: 0; max-width: none; } thead th { position: static; } }
"""
#: Text up to the next separator.
PIECE = re.compile(r"[^/_.:\[,]*[/_.:\[,]|[^/_.:\[,]+")
#: The place of an endpoint stands below its name.
SHOWN_COLUMNS = COLUMNS[:-1]
KNOWN_METHODS = frozenset({"get", "post", "put", "patch", "delete", "websocket", "mount"})


def render(table: RouteTable) -> str:
    """The whole page."""
    title = "Routes"
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{title}</h1>",
        f'<p class="summary">{_text(table.summary)}</p>',
        *_contents(table),
        "<main>",
    ]
    for number, block in enumerate(table.blocks):
        lines += _block_lines(block, number)
    lines += [*_explanation_lines(table), "</main>", "</body>", "</html>"]
    return "".join(f"{log_line(line)}\n" for line in lines)


def _contents(table: RouteTable) -> list[str]:
    if len(table.blocks) < 2:
        return []
    items = [
        f'<li><a href="#application-{number}">{_text(block.title)}</a></li>'
        for number, block in enumerate(table.blocks)
    ]
    return ['<nav aria-label="Applications">', "<ul>", *items, "</ul>", "</nav>"]


def _block_lines(block: ApplicationBlock, number: int) -> list[str]:
    counts = block.title.removeprefix(block.name)
    head = "".join(f'<th scope="col">{name}</th>' for name in SHOWN_COLUMNS)
    return [
        f'<div class="scroll" id="application-{number}" tabindex="0" role="region" aria-label="{_text(block.title)}">',
        "<table>",
        f"<caption><code>{_text(block.name)}</code> <small>{_text(counts.strip())}</small></caption>",
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>",
        *(_row(line) for line in (*block.routes, *block.mounts)),
        "</tbody>",
        "</table>",
        "</div>",
    ]


def _row(line: RouteLine) -> str:
    kind = line.method.lower() if line.method.lower() in KNOWN_METHODS else "other"
    notes = "".join(f'<span class="note">{_text(note)}</span>' for note in line.notes)
    return (
        f'<tr><td class="method {kind}">{_text(line.method)}</td>'
        f'<th scope="row"><code>{_breaking(line.path)}</code>{notes}</th>'
        f'<td><code>{_breaking(line.endpoint)}</code><span class="note">{_breaking(line.place)}</span></td>'
        f"<td>{_access(line.access)}</td>"
        f"<td>{f'<code>{_breaking(line.response)}</code>' if line.response else ''}</td></tr>"
    )


def _access(access: str) -> str:
    if access in (PUBLIC, NOT_KNOWN):
        return f'<span class="badge {"public" if access == PUBLIC else "unknown"}">{access}</span>'
    return f'<span class="guard">{_breaking(access)}</span>'


def _explanation_lines(table: RouteTable) -> list[str]:
    if not table.explanations:
        return []
    rows = [
        f'<tr><th scope="row" class="place">{_text(one.place)}</th><td>{_text(one.reason)}</td>'
        f"<td>{_text(one.concerns)}</td></tr>"
        for one in table.explanations
    ]
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Place", "Reason", "Routes"))
    return [
        '<div class="scroll">', "<table>", "<caption>Not known</caption>", f"<thead><tr>{head}</tr></thead>",
        "<tbody>", *rows, "</tbody>", "</table>", "</div>",
    ]  # fmt: skip


def _breaking(text: str) -> str:
    """Text that may go on in the next line behind its separators."""
    return "<wbr>".join(escape(piece, quote=True) for piece in PIECE.findall(visible(text)))


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
