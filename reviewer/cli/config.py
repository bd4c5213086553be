"""`reviewer config`: the effective configuration, its origin, and its JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reviewer import __version__
from reviewer.cli.session import Session, known_rules, open_session, read_sources, source_options, write_output
from reviewer.config import EffectiveValue, effective, json_schema
from reviewer.report.escaping import json_text, visible
from reviewer.review import ReviewRequest


@click.command("config")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "shown_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the output.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the configuration instead.")
@source_options
def command(paths: tuple[Path, ...], shown_format: str, schema: bool, **options: Any) -> int:
    """Show the effective configuration and where each value comes from."""
    if schema:  # whatever the configuration at hand is like: it is what helps to mend it
        write_output(json_text(json_schema(known_rules(options["packs"]))), None)
        return 0
    session = open_session(paths, **options)
    try:
        values = [_detected(session) if _is_to_find(one) else one for one in effective(session.settings)]
    finally:
        session.cache.close()
    if shown_format == "json":
        write_output(json_text({one.key: {"value": one.value, "origin": one.origin} for one in values}), None)
        return 0
    width = max(len(one.key) for one in values)
    lines = [visible(f"{one.key:<{width}}  {_shown(one.value)}  ({one.origin})") for one in values]
    write_output("\n".join(lines) + "\n", None)
    return 0


def _is_to_find(setting: EffectiveValue) -> bool:
    return setting.key == "profile" and not setting.value


def _detected(session: Session) -> EffectiveValue:
    """The profiles that fit the project, for which it is read."""
    request = ReviewRequest(session.root, session.settings, session.named, session.jobs, __version__)
    return EffectiveValue("profile", read_sources(session, request).profiles, "found in the project")


def _shown(value: object) -> str:
    import msgspec

    return msgspec.json.encode(value).decode()
