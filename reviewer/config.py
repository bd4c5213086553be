"""From configuration files and the command line to `Settings`: the only maker of them.

Takes the reviewed root and the catalogue of rules, gives validated settings or a ConfigurationError that lists every
problem. Nothing that a configuration names is imported, run or opened. Settings of one file are made by `settings_of`
alone, so that the configurations of a repository's parts can be added here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from reviewer.config_file import ConfigurationFile, candidates, named_file, parsed
from reviewer.config_problem import ConfigurationError, ConfigurationProblem, nearest, shown
from reviewer.profiles import PROFILES
from reviewer.rule import NoOptions, Preset, Rule, Severity
from reviewer.settings import ALL, PROVENANCE, Settings, key_of

__all__ = [
    "Cache",
    "ConfigurationError",
    "ConfigurationProblem",
    "EffectiveValue",
    "effective",
    "json_schema",
    "load_settings",
    "settings_of",
    "with_command_line",
]

CACHE_KIND = "settings"
COMMAND_LINE = "command line"
PRESETS = [each.value for each in Preset]
#: The modules that decide what a file's settings are; a cached form is as old as they are.
_DECIDING_MODULES = ("config_file.py", "config_model.py", "rule_options.py", "settings.py")


class Cache(Protocol):
    """What keeps validated settings between runs; may forget anything at any time."""

    def get_many(self, kind: str, keys: Sequence[bytes], /) -> dict[bytes, bytes]:
        """The values that are known."""

    def put_many(self, kind: str, items: Mapping[bytes, bytes], /) -> None:
        """Keeps values."""


class EffectiveValue(msgspec.Struct, frozen=True):
    """One setting: its key in a configuration file, its value, and `default`, the file or `command line`."""

    key: str
    value: Any
    origin: str


class _Stored(msgspec.Struct, frozen=True):
    """What the cache keeps of a file: its settings, or that it has none."""

    settings: Settings | None


def load_settings(
    root: Path,
    known_rules: Mapping[str, type[Rule]],
    *,
    config_file: Path | None = None,
    cache: Cache | None = None,
) -> Settings:
    """The settings for a review of the folder `root`: of `config_file`, else of the nearest file above, else defaults.

    Raises ConfigurationError if the file that counts cannot be read or is not valid.
    """
    if config_file is not None:
        file = named_file(config_file, root)
        settings = settings_of(file, known_rules, cache)
        if settings is None:
            problem = ConfigurationProblem(file.name, "tool.reviewer", "is missing: the file has no such table")
            raise ConfigurationError([problem])
        # The file may stand anywhere, so its patterns count from the reviewed root.
        return settings
    for file in candidates(root):
        settings = settings_of(file, known_rules, cache)
        if settings is not None:
            return msgspec.structs.replace(settings, root_prefix=_root_prefix(root, file.folder))
    return Settings()


def settings_of(
    file: ConfigurationFile, known_rules: Mapping[str, type[Rule]], cache: Cache | None = None
) -> Settings | None:
    """The settings of one file; None if it is a pyproject.toml that has none for us.

    Raises ConfigurationError.
    """
    key = _cache_key(file, known_rules) if cache is not None else b""
    stored = _from_cache(cache, key) if cache is not None else None
    if stored is None:
        stored = _Stored(_validated(file, known_rules))
        if cache is not None:
            _into_cache(cache, key, stored)
    settings = stored.settings
    if settings is None:
        return None
    notes: tuple[str, ...] = ()
    if file.hides_project_file:
        notes = (f"{file.name} counts; [tool.reviewer] in the pyproject.toml beside it is not read.",)
    set_by = dict.fromkeys(settings.set_by, file.name)
    return msgspec.structs.replace(settings, origin=(file.name,), set_by=set_by, notes=notes)


def with_command_line(
    settings: Settings,
    known_rules: Mapping[str, type[Rule]],
    *,
    preset: str | None = None,
    profile: Sequence[str] = (),
    select: Sequence[str] = (),
    extend_select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    exclude: Sequence[str] = (),
    fail_on: str | None = None,
    max_file_size: int | None = None,
    require_suppression_reason: bool | None = None,
) -> Settings:
    """The settings with the values of the command line, which win; what is None or empty was not given.

    `select`, `preset` and `profile` start anew: nothing that a file selects or ignores is kept with `select`. A preset
    may be named among the profiles. `extend_select`, `ignore` and `exclude` add to those of the file and win where both
    name the same rule or family.
    Raises ConfigurationError for names and values that do not exist.
    """
    lists = {"select": select, "extend_select": extend_select, "ignore": ignore}
    problems = [problem for field, names in lists.items() for problem in _unknown_names(field, names, known_rules)]
    problems += _unknown_choice("preset", preset, PRESETS)
    for name in profile:
        problems += _unknown_choice("profile", name, [*PROFILES, *PRESETS])
    presets = {name for name in (preset, *profile) if name in PRESETS}
    if len(presets) > 1:
        problems.append(
            ConfigurationProblem(COMMAND_LINE, "--profile", "names two presets: one of them holds the other")
        )
    preset = next(iter(presets), preset)
    profile = tuple(dict.fromkeys(name for name in profile if name in PROFILES))
    problems += _unknown_choice("fail_on", fail_on, [each.value for each in Severity])
    if max_file_size is not None and max_file_size < 1:
        problems.append(ConfigurationProblem(COMMAND_LINE, "--max-file-size", "must be at least 1"))
    if problems:
        raise ConfigurationError(problems)

    changes: dict[str, Any] = {}
    if select:
        changes.update(select=_merged(select), extend_select=_merged(extend_select), ignore=_merged(ignore))
    elif extend_select or ignore:
        still_ignored = [name for name in settings.ignore if name not in extend_select or name in ignore]
        changes.update(
            extend_select=_merged(settings.extend_select, extend_select), ignore=_merged(still_ignored, ignore)
        )
    if exclude:
        changes["exclude"] = _merged(settings.exclude, exclude)
    values = {
        "preset": preset,
        "profile": profile or None,
        "fail_on": fail_on,
        "max_file_size": max_file_size,
        "require_suppression_reason": require_suppression_reason,
    }
    changes.update({field: value for field, value in values.items() if value is not None})
    given = {"select", *(field for field, value in values.items() if value is not None)}
    changed = {field for field, value in changes.items() if field in given or value != getattr(settings, field)}
    set_by = {**settings.set_by, **dict.fromkeys(changed, COMMAND_LINE)}
    return msgspec.structs.replace(settings, **changes, set_by={field: set_by[field] for field in sorted(set_by)})


def effective(settings: Settings) -> list[EffectiveValue]:
    """Every setting with its value and where that comes from, in the order of the documentation."""
    return [
        EffectiveValue(key_of(field), getattr(settings, field), settings.set_by.get(field, "default"))
        for field in Settings.__struct_fields__
        if field not in PROVENANCE
    ]


def json_schema(known_rules: Mapping[str, type[Rule]]) -> dict[str, Any]:
    """The JSON Schema of `[tool.reviewer]` and reviewer.toml, with the names and options of the known rules."""
    from reviewer.config_model import schema_of

    return schema_of(known_rules)


def _validated(file: ConfigurationFile, known_rules: Mapping[str, type[Rule]]) -> Settings | None:
    table = parsed(file)
    if table is None:
        return None
    if not table:
        return Settings()
    from reviewer.config_model import settings_from

    return settings_from(file, table, known_rules)


def _root_prefix(root: Path, folder: Path) -> str:
    """Leads from the folder of a configuration file to the reviewed root below it."""
    relative = os.path.relpath(os.path.realpath(root), folder).replace(os.sep, "/")
    return "" if relative == "." else relative + "/"


# The command line -----------------------------------------------------------------------------------------------------


def _unknown_names(
    field: str, names: Sequence[str], known_rules: Mapping[str, type[Rule]]
) -> list[ConfigurationProblem]:
    if not names:
        return []
    known = {ALL, *known_rules, *(rule.family() for rule in known_rules.values())}
    return [
        ConfigurationProblem(
            COMMAND_LINE,
            f"--{key_of(field)}",
            f"names `{shown(name)}`, which is not a rule or family",
            nearest(name, known),
        )
        for name in names
        if name not in known
    ]


def _unknown_choice(field: str, value: str | None, choices: list[str]) -> list[ConfigurationProblem]:
    if value is None or value in choices:
        return []
    message = f"must be one of {', '.join(f'`{choice}`' for choice in choices)}, not `{shown(value)}`"
    return [ConfigurationProblem(COMMAND_LINE, f"--{key_of(field)}", message, nearest(value, choices))]


def _merged(*lists: Sequence[str]) -> tuple[str, ...]:
    """The lists one after the other, each name once."""
    return tuple(dict.fromkeys(name for names in lists for name in names))


# The cache ------------------------------------------------------------------------------------------------------------


def _cache_key(file: ConfigurationFile, known_rules: Mapping[str, type[Rule]]) -> bytes:
    import hashlib

    digest = hashlib.sha256(b"project" if file.is_project_file else b"own")
    for module in _DECIDING_MODULES:
        status = os.stat(os.path.join(os.path.dirname(__file__), module))
        digest.update(f"\0{module} {status.st_size} {status.st_mtime_ns}".encode())
    for name in sorted(known_rules):
        rule = known_rules[name]
        digest.update(f"\0{name}\0{rule.family()}".encode())
        if rule.Options is not NoOptions:
            # Annotations, because another type of an option makes other values valid.
            digest.update(repr((rule.Options.__struct_encode_fields__, rule.Options.__annotations__)).encode())
    digest.update(b"\0\0" + file.content)
    return digest.digest()


def _from_cache(cache: Cache, key: bytes) -> _Stored | None:
    value = cache.get_many(CACHE_KIND, [key]).get(key)
    if value is None:
        return None
    try:
        return msgspec.msgpack.decode(value, type=_Stored)
    except msgspec.MsgspecError:
        return None


def _into_cache(cache: Cache, key: bytes, stored: _Stored) -> None:
    try:
        value = msgspec.msgpack.encode(stored)
        survives = msgspec.msgpack.decode(value, type=_Stored) == stored
    except (msgspec.MsgspecError, OverflowError, TypeError, ValueError, RecursionError):
        return
    # Dates and the like among a rule's options come back as text; such settings are made anew each time.
    if survives:
        cache.put_many(CACHE_KIND, {key: value})
