"""The configuration of schemas: `model_config`, `class Config` and keywords of the class, with what bases add.

Gives options by the names of Pydantic 2, whichever way and version they are written for.
"""

from __future__ import annotations

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope
from reviewer.project.evaluation.values import (
    ClassValue,
    EnumMember,
    External,
    Instance,
    Unknown,
    Value,
    is_known,
    place_of,
)
from reviewer.rule import Place

#: Options by their old name.
RENAMED = {
    "orm_mode": "from_attributes",
    "allow_population_by_field_name": "populate_by_name",
    "anystr_strip_whitespace": "str_strip_whitespace",
    "min_anystr_length": "str_min_length",
    "max_anystr_length": "str_max_length",
    "schema_extra": "json_schema_extra",
    "validate_all": "validate_default",
    "copy_on_model_validation": "revalidate_instances",
}
#: Keywords of a class header that configure nothing.
HEADER_KEYWORDS = frozenset({"metaclass", "table"})


class SchemaConfig(msgspec.Struct, frozen=True, eq=False):
    """What a class, or a class with its bases, configures."""

    options: dict[str, Value]
    is_complete: bool  # nothing that may set more options is unknown
    place: Place | None = None  # where the class itself configures, if it does
    written_in: str = ""  # "model_config", "Config", "header", or empty

    def option(self, name: str) -> Value:
        """The value of an option, None where it is not set; Unknown where that is not known."""
        if name in self.options:
            return self.options[name]
        return None if self.is_complete else Unknown("configuration that is not known")


NO_CONFIG = SchemaConfig({}, True)


class SchemaConfigs:
    """Answers how schemas are configured. Results are kept."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._own: dict[int, SchemaConfig] = {}
        self._joined: dict[int, SchemaConfig] = {}

    def of(self, value: ClassValue) -> SchemaConfig:
        """The configuration that holds for a class: its own one over those of its bases."""
        found = self._joined.get(id(value))
        if found is None:
            found = self._joined[id(value)] = self._join(value)
        return found

    def _join(self, value: ClassValue) -> SchemaConfig:
        options: dict[str, Value] = {}
        is_complete = True
        for ancestor in reversed(self._evaluator.ancestors(value)):
            if isinstance(ancestor, ClassValue):
                own = self.own(ancestor)
                options.update(own.options)
                is_complete = is_complete and own.is_complete
            elif not isinstance(ancestor, External) or not _is_plain(ancestor.name):
                is_complete = False
        own = self.own(value)
        return SchemaConfig(options, is_complete, own.place, own.written_in)

    def own(self, value: ClassValue) -> SchemaConfig:
        """What the class itself configures."""
        found = self._own.get(id(value))
        if found is None:
            found = self._own[id(value)] = self._read(value)
        return found

    def _read(self, value: ClassValue) -> SchemaConfig:
        scope = ClassScope(value, self._evaluator)
        found = NO_CONFIG
        keywords = [one for one in value.node.keywords if one.name not in HEADER_KEYWORDS]
        if keywords:
            options = {one.name: self._evaluator.evaluate(one.value, scope) for one in keywords if one.name}
            found = SchemaConfig(_renamed(options), all(one.name for one in keywords), None, "header")
        for statement in value.node.body:
            target, written = _assignment(statement)
            if target == "model_config" and written is not None:
                return self._from_value(self._evaluator.evaluate(written, scope), place_of(value.module, statement))
            if isinstance(statement, tree.Class) and statement.name in ("Config", "ConfigDict"):
                return self._from_class(value, statement, scope)
        return found

    def _from_value(self, value: Value, place: Place) -> SchemaConfig:
        if isinstance(value, dict):
            options = {key: one for key, one in value.items() if isinstance(key, str)}
            return SchemaConfig(_renamed(options), len(options) == len(value), place, "model_config")
        if isinstance(value, Instance) and isinstance(value.type, External) and value.type.name.endswith("ConfigDict"):
            is_complete = not value.has_unknown_keywords and not value.arguments
            return SchemaConfig(_renamed(value.keywords), is_complete, place, "model_config")
        return SchemaConfig({}, False, place, "model_config")

    def _from_class(self, owner: ClassValue, node: tree.Class, scope: ClassScope) -> SchemaConfig:
        inner = self._evaluator.define_class(node, scope)
        options: dict[str, Value] = {}
        is_complete = True
        for ancestor in reversed(self._evaluator.ancestors(inner)):
            if isinstance(ancestor, ClassValue):
                around = ClassScope(ancestor, self._evaluator)
                for statement in ancestor.node.body:
                    target, written = _assignment(statement)
                    if target and written is not None:
                        options[target] = self._evaluator.evaluate(written, around)
            elif not isinstance(ancestor, External):
                is_complete = False
        place = place_of(owner.module, node)
        header = Place(place.path, place.line, place.column, place.line, place.column + len("class ") + len(node.name))
        return SchemaConfig(_renamed(options), is_complete, header, "Config")


def _assignment(statement: tree.Statement) -> tuple[str, tree.Expression | None]:
    if isinstance(statement, tree.Assign) and len(statement.targets) == 1:
        return last_name(statement.targets[0]), statement.value
    if isinstance(statement, tree.AnnotatedAssign):
        return last_name(statement.target), statement.value
    return "", None


def _renamed(options: dict[str, Value]) -> dict[str, Value]:
    found = {RENAMED.get(name, name): value for name, value in options.items()}
    extra = found.get("extra")
    if isinstance(extra, (EnumMember, External)):  # `Extra.forbid`
        found["extra"] = extra.name.rpartition(".")[2]
    elif extra is not None and not is_known(extra):
        found["extra"] = Unknown("an option that is not known")
    return found


def _is_plain(name: str) -> bool:
    """Whether a library's class configures nothing: those of Pydantic, of the standard library and of SQLModel."""
    return name.startswith(("pydantic", "typing", "abc.", "builtins.", "enum.", "sqlmodel."))
