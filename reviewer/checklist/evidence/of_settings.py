"""Evidence about settings: where they stand, and which passwords and keys the source knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reviewer.checklist.evidence.counts import Evidence, Measure, counted, modules_importing, named_modules, number
from reviewer.project.model import SchemaField
from reviewer.project.project import Project
from reviewer.project.security.secret_values import literal_of, names_secret, names_signing_key
from reviewer.project.settings.settings_values import SettingValue

#: Libraries that fill settings from the environment.
READERS = ("decouple", "environs", "dotenv", "dynaconf", "prettyconf")


def settings(project: Project) -> Evidence:
    """How many settings stand in the source, how many the environment may set, and where it is read."""
    read = {(one.module.path, one.place.line) for one in project.environment_reads}
    others = [one for one in project.settings_values if one.kind != "field"]
    replaced = sum(_is_read(one, read) for one in others)
    fields = number(_fields(project))
    reading = len(_reading_modules(project))
    total = len(others) + fields
    if not total and not reading:
        return Evidence("No settings were found.", 0)
    where = f"the environment is read in {named_modules(reading)}"
    if not total:
        return Evidence(f"{where[0].upper()}{where[1:]}.", reading)
    written = counted(len(others) - replaced, "setting")
    text = f"{written} with a value in the source alone, {replaced + fields} that the environment may set; {where}."
    return Evidence(text, total + reading, lacks=not reading)


def known_secrets(project: Project) -> Evidence:
    """How many passwords and keys come from the environment, and fall back to a text in the source."""
    falls_back: dict[str, bool] = {}
    for one in project.environment_reads:
        if _is_secret(one.variable):
            falls_back[one.variable] = falls_back.get(one.variable, False) or bool(literal_of(one.default))
    for field in _fields(project):
        if _is_secret(field.name):
            falls_back[field.name] = falls_back.get(field.name, False) or bool(literal_of(field.default))
    if not falls_back:
        return Evidence("No password or key is known to come from the environment.", 0, 0)
    total = len(falls_back)
    falling = [f"`{name}`" for name, falls in falls_back.items() if falls]
    if not falling:
        return Evidence("No password or key from the environment falls back to a text in the source.", total, total)
    subject = (
        "password or key from the environment falls"
        if len(falling) == 1
        else "passwords and keys from the environment fall"
    )
    text = f"{len(falling)} {subject} back to a text in the source: {', '.join(falling)}."
    return Evidence(text, total, total - len(falling), lacks=True)


def _reading_modules(project: Project) -> set[str]:
    """The paths of the modules that read the environment."""
    found = {one.module.path for one in project.environment_reads}
    found |= {module.path for module in modules_importing(project, *READERS)}
    return found | {field.owner.module.path for field in _fields(project)}


def _fields(project: Project) -> Iterator[SchemaField]:
    """The fields of settings classes, which the environment fills."""
    return (field for schema in project.schemas_and_settings if schema.is_settings for field in schema.fields)


def _is_secret(name: str) -> bool:
    return names_secret(name) or names_signing_key(name)


def _is_read(setting: SettingValue, read: Collection[tuple[str, int]]) -> bool:
    """Whether the value of a setting is read from the environment."""
    lines = range(setting.value.line, setting.value.end_line + 1)
    return any((setting.module.path, line) in read for line in lines)


MEASURES: dict[str, Measure] = {"settings": settings, "known-secrets": known_secrets}
