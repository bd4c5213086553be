"""A rule's page as Markdown, made from its class: for `explain`, the documentation and SARIF."""

from __future__ import annotations

import msgspec

from reviewer.examples import DEFAULT_PATH, examples_of, without_markers
from reviewer.rule import Rule

LANGUAGES = {"py": "python", "html": "jinja", "toml": "toml", "yml": "yaml", "yaml": "yaml", "txt": "text"}


def rule_page(rule: type[Rule]) -> str:
    """The whole page of a rule."""
    facts = [
        f"**{rule.severity.value}**",
        f"family `{rule.family()}`",
        f"category {rule.category.value}",
        f"confidence {rule.confidence.value}",
        f"preset {rule.preset.value}",
        *([f"[CWE-{rule.cwe}](https://cwe.mitre.org/data/definitions/{rule.cwe}.html)"] if rule.cwe else []),
        *([f"OWASP {rule.owasp}"] if rule.owasp else []),
        f"since {rule.since}",
    ]
    parts = [f"# {rule.name()}", " · ".join(facts), rule.documentation()]
    options = msgspec.structs.fields(rule.Options)
    if options:
        rows = [f"| `{one.encode_name.replace('_', '-')}` | `{_default(one)}` |" for one in options]
        parts.append("\n".join(["### Option defaults", "", "| option | default |", "|---|---|", *rows]))
    parts += ["## Examples", "Reported:", *_examples(rule, "bad"), "Not reported:", *_examples(rule, "good")]
    answered = rule.checklist or (f"No bullet of the checklists asks for it. {rule.practice}",)
    parts.append("\n".join(["## Checklist", "", *(f"- {bullet}" for bullet in answered)]))
    if rule.references:
        parts.append("\n".join(["## References", "", *(f"- {one}" for one in rule.references)]))
    return "\n\n".join(parts) + "\n"


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return field.default_factory() if callable(field.default_factory) else ""


def _examples(rule: type[Rule], kind: str) -> list[str]:
    blocks: list[str] = []
    for files in examples_of(getattr(rule, kind)):
        for path, text in (files if kind == "bad" else without_markers(files)).items():
            title = "" if path == DEFAULT_PATH and len(files) == 1 else f"`{path}`\n\n"
            language = LANGUAGES.get(path.rpartition(".")[2], "text")
            blocks.append(f"{title}```{language}\n{text.strip()}\n```")
    return blocks
