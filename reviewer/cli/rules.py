"""`reviewer rules`: the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

from reviewer.cli.session import known_rules, write_output
from reviewer.registry import Catalogue
from reviewer.report.escaping import json_text
from reviewer.rule import Rule


@click.command("rules")
@click.option(
    "--format",
    "list_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the list.",
)
@click.option("--pack", "packs", multiple=True, metavar="NAME", help="Use an installed pack of rules.")
def command(list_format: str, packs: tuple[str, ...]) -> int:
    """List the rules with family, severity and preset."""
    catalogue = known_rules(packs)
    rules = sorted(catalogue.values(), key=lambda rule: (rule.family(), rule.name()))
    write_output(
        json_text([_row(rule, catalogue) for rule in rules]) if list_format == "json" else rule_table(rules), None
    )
    return 0


def _row(rule: type[Rule], catalogue: Catalogue) -> dict[str, object]:
    return {
        "name": rule.name(),
        "family": rule.family(),
        "summary": rule.summary(),
        "severity": rule.severity.value,
        "category": rule.category.value,
        "confidence": rule.confidence.value,
        "preset": rule.preset.value,
        "cwe": rule.cwe,
        "owasp": rule.owasp,
        "since": rule.since,
        "pack": catalogue.pack_of(rule.name()),
        "options": [field.encode_name for field in msgspec.structs.fields(rule.Options)],
    }


def rule_table(rules: Sequence[type[Rule]]) -> str:
    """Rules under their families with severity, preset and summary."""
    width = max((len(rule.name()) for rule in rules), default=0)
    lines: list[str] = []
    for family in dict.fromkeys(rule.family() for rule in rules):
        lines.append(f"{family}")
        lines += [
            f"  {rule.name():<{width}}  {rule.severity.value:<7}  {rule.preset.value:<11}  {rule.summary()}"
            for rule in rules
            if rule.family() == family
        ]
        lines.append("")
    return "\n".join([*lines, f"{len(rules)} rule{'s' if len(rules) != 1 else ''}"]) + "\n"
