"""What the fields of settings classes say: secrets that are plain texts, and required ones that no example shows.

Takes the classes on top of `BaseSettings` and the files of environment variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.data.schema_config import SchemaConfig
from reviewer.project.data.schema_fields import is_plain_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.model import Answer, Schema, SchemaField
from reviewer.project.security.secret_names import is_account_password, is_secret, is_signing_key, words_of
from reviewer.project.settings.environment_files import EnvironmentFile
from reviewer.project.settings.settings_values import SETTINGS_BASES

#: Last words of names of what is around a secret and none itself.
AROUND = frozenset({"url", "uri", "path", "file", "name", "header", "type", "algorithm", "prefix", "expire"})
#: Names of a module whose settings come from other places too.
OTHER_SOURCES = (
    "settings_customise_sources",
    "customise_sources",
    "toml_file",
    "yaml_file",
    "json_file",
    "secrets_dir",
)
#: Files that show variables have at least so many of a class's own for it to be the class that they show.
SHOWN_MINIMUM = 3


class UnshownSetting(msgspec.Struct, frozen=True, eq=False):
    """A required setting that the example file leaves out."""

    field: SchemaField
    variable: str
    example: str  # the path of the file


def settings_classes(schemas: Iterable[Schema], evaluator: Evaluator) -> Iterator[Schema]:
    """The classes that the environment fills."""
    return (one for one in schemas if evaluator.inherits(one.value, *SETTINGS_BASES))


def plain_secrets(classes: Iterable[Schema]) -> Iterator[SchemaField]:
    """The fields that hold a secret as a text that anybody may print, each once."""
    seen: set[int] = set()
    for one in classes:
        for field in one.fields:
            if id(field) not in seen and _names_secret(field.name) and is_plain_text(field):
                seen.add(id(field))
                if field.owner is one.value:
                    yield field


def _names_secret(name: str) -> bool:
    words = words_of(name)
    if not words or words[-1] in AROUND:
        return False
    is_password = words[-1] in ("password", "passwd", "pwd", "secret")
    return is_password or is_secret(name) or is_signing_key(name) or is_account_password(name)


def unshown_settings(
    classes: Iterable[Schema], config_of: Callable[[Schema], SchemaConfig], files: Iterable[EnvironmentFile]
) -> Iterator[UnshownSetting]:
    """The required fields that the example file of their class leaves out."""
    examples = [one for one in files if one.is_for_show and "test" not in one.path.lower()]
    for one in classes if examples else ():
        prefix = config_of(one).options.get("env_prefix", "")
        if not isinstance(prefix, str) or one.has_unknown_bases or one.value.module.mentions(*OTHER_SOURCES):
            continue
        names = {id(field): f"{prefix}{field.name}".lower() for field in one.fields}
        example = _example_of(one, set(names.values()), examples)
        if example is None:
            continue
        shown = {variable.name.lower() for variable in example.variables} | example.mentioned
        for field in one.fields:
            if field.owner is not one.value or field.details.is_required is not Answer.YES:
                continue
            variables = _aliases(field, prefix) if field.details.is_aliased else (names[id(field)],)
            if variables and shown.isdisjoint(variables) and not _is_nested(field):
                yield UnshownSetting(field, variables[0].upper(), example.path)


def _example_of(one: Schema, names: set[str], examples: list[EnvironmentFile]) -> EnvironmentFile | None:
    """The one file that shows the settings of a class; None where there is none or several do."""
    fitting = [
        file
        for file in examples
        if sum(variable.name.lower() in names for variable in file.variables) >= SHOWN_MINIMUM
        and one.value.module.path.startswith(file.path.rpartition("/")[0])
    ]
    return fitting[0] if len(fitting) == 1 else None


def _aliases(field: SchemaField, prefix: str) -> tuple[str, ...]:
    """The names outside that are known; none where one is not a text."""
    given = [field.details.options[one] for one in ("validation_alias", "alias") if one in field.details.options]
    return tuple(one.value.lower() for one in given if isinstance(one, tree.Text)) if not prefix else ()


def _is_nested(field: SchemaField) -> bool:
    """Whether a field may be filled from several variables: a group of settings."""
    return not isinstance(field.annotation, tree.Name) or field.annotation.id not in ("str", "int", "bool", "float")
