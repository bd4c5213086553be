"""Names of rules, families and profiles on the command line: what shells complete them to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_rule_name(
    context: click.Context,  # noqa: ARG001 - click passes all three
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """The families and rules whose names begin so, with what each reports."""
    from click.shell_completion import CompletionItem

    from reviewer.registry import load_catalogue

    catalogue = load_catalogue()
    items = {family: f"{len(names)} rules" for family, names in catalogue.families.items()}
    items.update((name, rule.summary()) for name, rule in catalogue.items())
    return [CompletionItem(name, help=text) for name, text in items.items() if name.startswith(incomplete)]


def complete_profile(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """The profiles and presets whose names begin so."""
    from click.shell_completion import CompletionItem

    from reviewer.config import PRESETS
    from reviewer.profiles import PROFILES

    return [CompletionItem(name) for name in (*PROFILES, *PRESETS) if name.startswith(incomplete)]


def separated(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG001
    """The names of an option that may be repeated, and hold several names between commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())
