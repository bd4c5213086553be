"""Defaults of schema fields: those computed at import, and those that break the field's own type or constraints."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.data.columns import NONE_TYPES, allows_none
from reviewer.project.data.eager_values import EagerValues
from reviewer.project.data.schema_fields import plain_type
from reviewer.project.evaluation.classes import ENUM_BASES
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope
from reviewer.project.evaluation.values import (
    ClassValue,
    EnumMember,
    External,
    Subscripted,
    Value,
)
from reviewer.project.model import Answer, SchemaField

if TYPE_CHECKING:
    from reviewer.project.data.schema_config import SchemaConfigs
    from reviewer.project.data.validators import Validator
    from reviewer.project.model import Schema

#: What values of a plain type are, where a default is compared with it.
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "builtins.str": (str,),
    "builtins.int": (int,),
    "builtins.float": (int, float),
    "builtins.bool": (bool,),
    "builtins.bytes": (bytes,),
}
#: Libraries' types that are known to be without None.
MEANINGFUL_TYPES = (
    "builtins.", "datetime.", "uuid.", "decimal.", "typing.List", "typing.Dict", "typing.Literal", "enum.", "pydantic.",
)  # fmt: skip
#: Defaults that are what they look like.
LITERALS = (
    tree.Text,
    tree.Number,
    tree.Constant,
    tree.Bytes,
    tree.List,
    tree.Dictionary,
    tree.UnaryOperation,
    tree.Name,
)
PATTERN_LIMIT = 200
TEXT_LIMIT = 1_000


class BrokenDefault(msgspec.Struct, frozen=True):
    """A default that the field itself would not take."""

    field: SchemaField
    default: str  # as written
    kind: str  # "none", "type", "constraint" or "literal"
    reason: str  # follows the default: "is not above 0"


def own_fields_of(schema: Schema) -> Iterator[SchemaField]:
    """The fields that the class of a schema declares itself."""
    return (field for field in schema.fields if field.owner is schema.value)


class FieldDefaults:
    """Answers which defaults of schema fields are not what they should be."""

    def __init__(self, evaluator: Evaluator, configs: SchemaConfigs, validators: tuple[Validator, ...]) -> None:
        self._evaluator = evaluator
        self._configs = configs
        self._validators = validators

    def eager(self, schemas: tuple[Schema, ...]) -> Iterator[tuple[SchemaField, tree.Call]]:
        """The fields whose default is computed at import and should not be, each with the call."""
        eager_values = EagerValues(self._evaluator)
        settings = {
            id(ancestor)
            for schema in schemas
            if schema.is_settings
            for ancestor in self._evaluator.ancestors(schema.value)
        }
        for schema in schemas:
            if id(schema.value) in settings:
                continue
            for field in own_fields_of(schema):
                if not isinstance(field.default, (tree.Call, tree.BinaryOperation, tree.FormattedText, tree.Subscript)):
                    continue
                default = field.details.default
                if default is not None:
                    call = eager_values.in_default(default, ClassScope(field.owner, self._evaluator))
                    if call is not None:
                        yield field, call

    def broken(self, schemas: tuple[Schema, ...]) -> Iterator[BrokenDefault]:
        """The defaults that do not fit the type or the constraints of their field."""
        for schema in schemas:
            for field in own_fields_of(schema):
                if field.default is not None:
                    yield from self._broken(schema, field)

    def _broken(self, schema: Schema, field: SchemaField) -> Iterator[BrokenDefault]:
        written = field.details.default
        if not isinstance(written, LITERALS) or self._is_validated(schema, field):
            return
        value = self._evaluator.evaluate(written, ClassScope(field.owner, self._evaluator))
        found = self._reason(field, value)
        if found is not None:
            yield BrokenDefault(field, source_text(written), *found)

    def _is_validated(self, schema: Schema, field: SchemaField) -> bool:
        """Whether defaults are validated, so that the class could not be used if this one were wrong."""
        if any(
            field.name in one.fields or "*" in one.fields
            for one in self._validators
            if one.schema.value is schema.value and one.kind == "field" and one.mode != "after"
        ):
            return True
        config = self._configs.of(schema.value)
        return config.option("validate_default") is not None or "validate_default" in field.details.options

    def _reason(self, field: SchemaField, value: Value) -> tuple[str, str] | None:
        if value is None:
            if allows_none(field.type) is Answer.NO and not _is_without_meaning(field.type):
                return "none", f"is no `{source_text(field.annotation)}`"
            return None
        kind = plain_type(field.type)
        if not isinstance(value, (str, int, float, bytes, list, tuple, dict, set)) or isinstance(value, EnumMember):
            return None
        if isinstance(kind, Subscripted) and isinstance(kind.base, External) and kind.base.name.endswith(".Literal"):
            members = [one for one in kind.arguments if isinstance(one, (str, int, bool, bytes)) or one in NONE_TYPES]
            if len(members) == len(kind.arguments) and value not in members:
                return "literal", "is none of the values of its `Literal`"
            return None
        wrong = self._wrong_type(kind, value)
        if wrong:
            return "type", wrong
        return self._broken_constraint(field, value)

    def _wrong_type(self, kind: Value, value: Value) -> str:
        if isinstance(kind, ClassValue) and self._evaluator.inherits(kind, *ENUM_BASES):
            members = self._evaluator.enumeration_members(kind) or []
            values = [one.value for one in members if isinstance(one, EnumMember)]
            is_plain = values and all(isinstance(one, (str, int)) for one in values)
            if is_plain and isinstance(value, (str, int)) and value not in values:
                return f"is none of the values of `{kind.name}`"
            return ""
        if not isinstance(kind, External) or kind.name not in PYTHON_TYPES:
            return ""
        if isinstance(value, bool) and kind.name in ("builtins.int", "builtins.float"):
            return ""
        if isinstance(value, PYTHON_TYPES[kind.name]):
            return ""
        return f"is no `{kind.name.rpartition('.')[2]}`"

    def _broken_constraint(self, field: SchemaField, value: Value) -> tuple[str, str] | None:
        if _has_size(value) and not value:
            return None  # an empty default says that nothing was given, which a client says by leaving it out
        options = field.details.constraints
        scope = ClassScope(field.owner, self._evaluator)
        for name, (is_kept, text) in _CHECKS.items():
            if name not in options:
                continue
            bound = self._evaluator.evaluate(options[name], scope)
            if is_kept(value, bound) is False:
                return "constraint", f"is not {text} {bound!r}" if text else f"does not match {bound!r}"
        return None


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _has_size(value: Value) -> bool:
    return isinstance(value, (str, bytes, list, tuple, dict, set))


def _matches(value: Value, pattern: Value) -> bool | None:
    """Whether a short text matches a plain pattern; None where that is not asked."""
    if not isinstance(value, str) or not isinstance(pattern, str):
        return None
    is_plain = len(value) <= TEXT_LIMIT and len(pattern) <= PATTERN_LIMIT
    if not is_plain or re.search(r"[)\]}*+?][*+?{]|\(\?|\\\d", pattern) or pattern.count("*") + pattern.count("+") > 2:
        return None
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return None


Check = Callable[[Value, Value], "bool | None"]


def _ordered(compare: Callable[[Value, Value], bool]) -> Check:
    """A comparison of numbers; what is no number is not compared."""
    return lambda value, bound: compare(value, bound) if _is_number(value) and _is_number(bound) else None


def _sized(compare: Callable[[int, int], bool]) -> Check:
    """A comparison of a length with a bound."""
    return lambda value, bound: compare(len(value), bound) if isinstance(bound, int) and _has_size(value) else None


#: What keeps a constraint, and how it reads.
_CHECKS: dict[str, tuple[Check, str]] = {
    "gt": (_ordered(operator.gt), "above"),
    "ge": (_ordered(operator.ge), "at least"),
    "lt": (_ordered(operator.lt), "below"),
    "le": (_ordered(operator.le), "at most"),
    "min_length": (_sized(operator.ge), "as long as"),
    "max_length": (_sized(operator.le), "as short as"),
    "pattern": (_matches, ""),
    "regex": (_matches, ""),
}


def _is_without_meaning(value: Value) -> bool:
    """Whether nothing is known of a type that could speak against None: type variables and classes of libraries."""
    plain = plain_type(value)
    if isinstance(plain, Subscripted):
        plain = plain.base
    return isinstance(plain, External) and not plain.name.startswith(
        (
            "builtins.",
            "datetime.",
            "uuid.",
            "decimal.",
            "typing.List",
            "typing.Dict",
            "typing.Literal",
            "enum.",
            "pydantic.",
        )
    )
