"""Where a project stands by the checklists, as one HTML page that needs nothing else: no script, no font, no network.

Every text of the repository is made visible and escaped; the policy in the head forbids whatever might slip through.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from reviewer.checklist.verdicts import BulletResult, DocumentResult, SectionResult, Standing, Verdict
from reviewer.report.checklist_words import (
    OTHERS,
    document_summary,
    evidence_text,
    people_text,
    rule_texts,
    standing_summary,
)
from reviewer.report.escaping import log_line, sentence, visible
from reviewer.report.places import place_of_finding
from reviewer.report.route_html import POLICY
from reviewer.rule import Finding

PLACES = 5
STYLE = """
:root { color-scheme: light dark; --line: #d8dee4; --faint: #59636e; --page: #ffffff; --head: #f6f8fa; --text: #1f2328;
  --link: #0969da; --passed: #1a7f37; --failed: #cf222e; --unknown: #9a6700; --person: #8250df; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --faint: #9198a1; --page: #0d1117; --head: #151b23;
  --text: #f0f6fc; --link: #4493f8; --passed: #3fb950; --failed: #f85149; --unknown: #d29922; --person: #ab7df8; } }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1.5rem; background: var(--page); color: var(--text);
  font: 0.9375rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 0.25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.25rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
h2 small { color: var(--faint); font-weight: 400; font-size: 0.875rem; }
.summary { color: var(--faint); margin: 0 0 1rem; }
nav ul { padding-left: 1.2rem; margin: 0 0 1.5rem; }
nav small { color: var(--faint); }
a { color: var(--link); }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem 0.5rem 0; font-weight: 400;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { width: 9.5rem; }
td p { margin: 0; }
td ul { margin: 0.25rem 0; padding-left: 1.1rem; }
.words { font-weight: 600; }
.note { color: var(--faint); font-size: 0.8125rem; }
code { font: 0.8125rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 0.5rem; font-size: 0.8125rem;
  white-space: nowrap; color: var(--faint); }
.passed { color: var(--passed); } .failed { color: var(--failed); } .unknown { color: var(--unknown); }
.for-a-person { color: var(--person); }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
"""


def render(standing: Standing) -> str:
    """The whole page."""
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>Checklist</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        "<h1>Checklist</h1>",
        f'<p class="summary">{_text(standing_summary(standing))}</p>',
        *_contents(standing),
        "<main>",
    ]
    for document in standing.documents:
        lines += _document_lines(document)
    lines += _other_lines(standing)
    lines += ["</main>", "</body>", "</html>"]
    return "".join(f"{log_line(line)}\n" for line in lines)


def _contents(standing: Standing) -> list[str]:
    if len(standing.documents) < 2:
        return []
    items = [
        f'<li><a href="#{_text(one.name)}">{_text(one.title)}</a> <small>{_text(document_summary(one))}</small></li>'
        for one in standing.documents
    ]
    return ['<nav aria-label="Documents">', "<ul>", *items, "</ul>", "</nav>"]


def _document_lines(document: DocumentResult) -> list[str]:
    return [
        f'<h2 id="{_text(document.name)}">{_text(document.title)} <small>{_text(document.name)}</small></h2>',
        f'<p class="summary">{_text(document_summary(document))}</p>',
        *(line for section in document.sections if not document.reason for line in _section_lines(section)),
    ]


def _section_lines(section: SectionResult) -> list[str]:
    rows = [_row(bullet) for bullet in section.bullets]
    return [f"<h3>{_text(section.title)}</h3>", "<table>", "<tbody>", *rows, "</tbody>", "</table>"]


def _row(bullet: BulletResult) -> str:
    kind = bullet.verdict.value.replace(" ", "-")
    verdict = f'<span class="badge {kind}">{bullet.verdict.value}</span>'
    return f'<tr><th scope="row">{verdict}</th><td>{"".join(_explanation(bullet))}</td></tr>'


def _explanation(bullet: BulletResult) -> list[str]:
    parts = [f'<p class="words">{_code(bullet.words)}</p>']
    if bullet.findings:
        parts.append(_findings(bullet.findings))
    if bullet.reason:
        parts.append(f"<p>{_code(bullet.reason)}</p>")
    if bullet.verdict is not Verdict.NOTHING:
        rules = [
            f"<code>{_text(name)}</code>{f' ({_text(state)})' if state else ''}"
            for name, state in rule_texts(bullet.rules)
        ]
        notes = [
            _code(evidence_text(bullet)),
            f"Rules: {', '.join(rules)}" if rules else "",
            _code(people_text(bullet)),
        ]
        parts += [f'<p class="note">{note}</p>' for note in notes if note]
    return parts


def _other_lines(standing: Standing) -> list[str]:
    if not standing.others:
        return []
    rows = [
        f'<tr><th scope="row"><span class="badge failed">{len(one.findings)}</span></th><td>'
        f'<p class="words">{_code(one.practice)}</p>{_findings(one.findings)}</td></tr>'
        for one in standing.others
    ]
    return [f"<h2>{OTHERS}</h2>", "<table>", "<tbody>", *rows, "</tbody>", "</table>"]


def _findings(findings: Sequence[Finding]) -> str:
    items = [f"<li>{_finding(one)}</li>" for one in findings[:PLACES]]
    if len(findings) > PLACES:
        items.append(f"<li>and {len(findings) - PLACES} more</li>")
    return f"<ul>{''.join(items)}</ul>"


def _finding(finding: Finding) -> str:
    place = f"<code>{_text(place_of_finding(finding))}</code>"
    return f'{place} <span class="note">{finding.severity.value}</span> {_code(finding.message)}'


def _code(text: str) -> str:
    """A sentence, with what it names in backticks as code."""
    parts = sentence(text).split("`")
    if len(parts) % 2 == 0:  # the last backtick has no partner
        parts[-2:] = ["`".join(parts[-2:])]
    return "".join(
        f"<code>{escape(part, quote=True)}</code>" if index % 2 else escape(part, quote=True)
        for index, part in enumerate(parts)
    )


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
