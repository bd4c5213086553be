"""The linked model of a project as JSON, so that the author of a rule sees what can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cached_property
from typing import Any

import msgspec

from reviewer.modules.module import Module
from reviewer.modules.source_text import source_text
from reviewer.modules.tree import Node
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    ModuleValue,
    Unknown,
)
from reviewer.project.project import Project
from reviewer.report.escaping import json_text
from reviewer.rule import Place

#: What a property of `Project` that holds several objects of the model says it gives.
SEVERAL = ("tuple[", "Iterator[")
#: The trees of whole files.
LEFT_OUT = frozenset({"modules"})
DEPTH_LIMIT = 6
MAX_INTEGER = 2**63


def dumped_parts(project: Project) -> list[str]:
    """The parts that can be dumped: the properties of a project that hold objects of the model."""
    parts: list[str] = []
    for name, attribute in vars(type(project)).items():
        getter = attribute.func if isinstance(attribute, cached_property) else getattr(attribute, "fget", None)
        gives = str(getattr(getter, "__annotations__", {}).get("return", ""))
        if gives.startswith(SEVERAL) and not name.startswith("_") and name not in LEFT_OUT:
            parts.append(name)
    return parts


def model_dump(project: Project, parts: Sequence[str]) -> str:
    """Some parts of the model as JSON."""
    return json_text({part: [_shown(item, 0) for item in getattr(project, part)] for part in parts})


def _shown(value: Any, depth: int) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= MAX_INTEGER:
        return hex(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Place):
        return f"{value.path}:{value.line}:{value.column + 1}"
    if isinstance(value, Module):
        return value.name
    if isinstance(value, Node):
        return source_text(value)
    if isinstance(value, (FunctionValue, ClassValue)):
        return value.symbol
    if isinstance(value, BoundMethod):
        return value.function.symbol
    if isinstance(value, External):
        return value.name
    if isinstance(value, Unknown):
        return {"unknown": value.reason}
    if isinstance(value, Choice):
        return {"one of": [_shown(one, depth + 1) for one in value.values]}
    if isinstance(value, Instance):
        return {"instance of": _shown(value.type, depth + 1), "names": value.names}
    if isinstance(value, InstanceAttribute):
        return {"attribute": value.name, "of": _shown(value.instance, depth + 1)}
    if isinstance(value, ModuleValue):
        return value.module.name
    if depth >= DEPTH_LIMIT:
        return "…"
    if isinstance(value, dict):
        return {str(_shown(key, depth + 1)): _shown(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_shown(one, depth + 1) for one in value), key=str)
    if isinstance(value, (list, tuple)):
        return [_shown(one, depth + 1) for one in value]
    if isinstance(value, msgspec.Struct):
        return {name: _shown(getattr(value, name), depth + 1) for name in value.__struct_fields__}
    return type(value).__name__
