"""The configuration of a Flask application: what is known of `app.config` from the objects and values put into it.

Later layers win over earlier ones. A file or the environment may replace any setting; what the program itself gives
stands for it, as a default does for `os.getenv`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reviewer.project.evaluation.import_strings import imported_by_string
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    ClassValue,
    Instance,
    ModuleValue,
    Unknown,
    Value,
    alternatives,
    choice_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

#: Classes whose instances have a `config` of this kind.
CONFIGURED_CLASSES = (
    "flask.Flask",
    "flask.app.Flask",
    "apiflask.APIFlask",
    "apiflask.app.APIFlask",
    "flask_openapi3.OpenAPI",
    "quart.Quart",
)
LAYER_LIMIT = 200


class Configuration(msgspec.Struct, eq=False):
    """Layers of settings, the latest last: a dictionary of values, or an object that is read like one."""

    layers: list[Value] = msgspec.field(default_factory=list)

    def add(self, layer: Value) -> None:
        """Puts settings over those that are there."""
        if len(self.layers) < LAYER_LIMIT:
            self.layers.append(layer)

    def put(self, name: str, value: Value) -> None:
        """Sets one setting."""
        if self.layers and self.layers[-1].__class__ is _Values:
            self.layers[-1][name] = value
        else:
            self.add(_Values({name: value}))


class _Values(dict[str, Value]):
    """Settings that the program sets one by one; a layer of its own, so that no dictionary of the program changes."""


def setting(evaluator: Evaluator, configuration: Configuration, name: Value, default: Value) -> Value:
    """The value of a setting, `default` where nothing that is known sets it."""
    if not isinstance(name, str):
        return Unknown("setting whose name is not known")
    for layer in reversed(configuration.layers):
        found = _in_layer(evaluator, layer, name)
        if found is not None and not isinstance(found[0], Unknown):
            return found[0]
    return default


def _in_layer(evaluator: Evaluator, layer: Value, name: str) -> tuple[Value] | None:
    """What a layer says of a setting, None where it says nothing."""
    if isinstance(layer, dict):
        return (layer[name],) if name in layer else None
    if isinstance(layer, ModuleValue):
        exported = evaluator.scope_of(layer.module).exported(name)
        return None if exported is None else (exported.value,)
    if isinstance(layer, ClassValue):
        return (evaluator.class_member(layer, name),) if evaluator.find_in_class(layer, name) is not None else None
    if isinstance(layer, Instance) and isinstance(layer.type, ClassValue):
        member = evaluator.instance_member(layer, name)
        return None if isinstance(member, Unknown) else (member,)
    found = [_in_layer(evaluator, one, name) for one in alternatives(layer) if one is not layer]
    known = [one[0] for one in found if one is not None]
    return (choice_of(known),) if known else None


def call_configuration(
    evaluator: Evaluator,
    configuration: Configuration,
    name: str,
    arguments: tuple[Value, ...],
    keywords: dict[str, Value],
    scope: Scope,
) -> Value:
    """Calls a method of a configuration."""
    first = arguments[0] if arguments else None
    if name in ("get", "pop"):
        default = arguments[1] if len(arguments) > 1 else keywords.get("default", Unknown(f"setting {first}"))
        return setting(evaluator, configuration, first, default)
    if not scope.is_executing:
        return Unknown(f"method {name} of a configuration is not followed")
    if name == "setdefault" and isinstance(first, str):
        default = arguments[1] if len(arguments) > 1 else None
        if setting(evaluator, configuration, first, _MISSING) is _MISSING:
            configuration.put(first, default)
        return setting(evaluator, configuration, first, default)
    if name == "from_object":
        target = first if first is not None else keywords.get("obj")
        configuration.add(imported_by_string(evaluator, target, scope) if isinstance(target, str) else target)
    elif name in ("update", "from_mapping"):
        if isinstance(first, dict):
            configuration.add(first)
        if keywords:
            configuration.add(keywords)
    return Unknown(f"result of {name}")


_MISSING = Unknown("setting that is missing")
