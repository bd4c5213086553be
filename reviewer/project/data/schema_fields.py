"""What a field of a schema says besides its type: default, aliases, constraints, whether it is left out of output.

Reads the default of the field, `Field(…)` as default and in `Annotated`, and `constr(…)` and the like as types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.columns import allows_none, metadata_of
from reviewer.project.evaluation.values import External, Instance, Unknown, Value
from reviewer.project.model import Answer

if TYPE_CHECKING:
    from reviewer.project.model import Schema, SchemaField

FIELD_MAKERS = frozenset({"Field", "FieldInfo", "PrivateAttr", "Query", "Body", "Form", "Path", "Header", "Cookie"})
CONSTRAINTS = frozenset(
    {
        "gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "regex", "max_digits",
        "decimal_places", "min_items", "max_items", "const", "strip_whitespace", "to_lower", "to_upper",
    }
)  # fmt: skip
ALIASES = ("alias", "validation_alias", "serialization_alias")
_MISSING = object()


class FieldDetails(msgspec.Struct, frozen=True, eq=False):
    """What a field says besides its type."""

    has_default: Answer
    default: Union[tree.Expression, None]  # the value itself, None where there is none or a factory makes it
    factory: Union[tree.Expression, None]
    options: dict[str, tree.Expression]  # of all `Field(…)` calls by name
    allows_none: Answer
    calls: tuple[tree.Call, ...]  # the `Field(…)` and `StringConstraints(…)` calls

    @property
    def is_required(self) -> Answer:
        """Whether whoever makes an object has to give it."""
        return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(self.has_default, Answer.UNKNOWN)

    @property
    def is_aliased(self) -> bool:
        """Whether it is known outside under another name."""
        return any(name in self.options for name in ALIASES)

    @property
    def is_excluded(self) -> bool:
        """Whether it is never a part of what is sent: `exclude=True`."""
        return getattr(self.options.get("exclude"), "value", "") == "True"

    @property
    def constraints(self) -> dict[str, tree.Expression]:
        """The options that bound its values."""
        return {name: value for name, value in self.options.items() if name in CONSTRAINTS}


def details_of(field: SchemaField) -> FieldDetails:
    """Reads the default and the annotation of a field."""
    written = field.default
    calls: list[tree.Call] = []
    options: dict[str, tree.Expression] = {}
    default: tree.Expression | object | None = _MISSING
    is_unknown = False
    if isinstance(written, tree.Call) and called_name(written) in FIELD_MAKERS:
        calls.append(written)
    elif written is not None:
        default = written
    calls += _carried_calls(field.type)
    for call in calls:
        for keyword in call.keywords:
            if keyword.name is None:
                is_unknown = True
            else:
                options.setdefault(keyword.name, keyword.value)
        if called_name(call) in FIELD_MAKERS and call.arguments and default is _MISSING and call is written:
            default = call.arguments[0]
    if default is _MISSING and "default" in options:
        default = options["default"]
    factory = options.get("default_factory")
    if default is _MISSING or is_ellipsis(default):
        found = None
        answer = Answer.YES if factory is not None else Answer.UNKNOWN if is_unknown else Answer.NO
    else:
        assert isinstance(default, tree.Node)
        found, answer = default, Answer.YES
    return FieldDetails(answer, found, factory, options, allows_none(field.type), tuple(calls))  # type: ignore[arg-type]


def is_ellipsis(node: object) -> bool:
    """Whether an expression is `...` or Pydantic's `Required`, which stands for no default."""
    return (isinstance(node, tree.Constant) and node.value == "...") or (
        isinstance(node, tree.Name) and node.id in ("Required", "PydanticUndefined", "Undefined")
    )


def _carried_calls(value: Value) -> list[tree.Call]:
    """The calls in `Annotated[int, Field(gt=0)]`, and `constr(…)` as a type."""
    found = [one.node for one in metadata_of(value) if isinstance(one, Instance)]
    if isinstance(value, Instance) and isinstance(value.type, External) and value.type.name.startswith("pydantic"):
        found.append(value.node)
    return [node for node in found if isinstance(node, tree.Call)]


def plain_type(value: Value) -> Value:
    """The type without `Annotated`, `Optional` and `None`: `int` of `Annotated[int, …] | None`."""
    from reviewer.project.data.columns import NONE_TYPES
    from reviewer.project.evaluation.values import Subscripted, TypeUnion

    for _ in range(8):
        if isinstance(value, Subscripted) and isinstance(value.base, External) and value.arguments:
            last = value.base.name.rpartition(".")[2]
            if last in ("Annotated", "Optional", "Final"):
                value = value.arguments[0]
                continue
            if last == "Union":
                value = TypeUnion(value.arguments)
        if isinstance(value, TypeUnion):
            members = [one for one in value.members if one not in NONE_TYPES]
            if len(members) != 1:
                return Unknown("one of several types")
            value = members[0]
            continue
        return value
    return Unknown("a type that nests too deeply")


def is_anything(value: Value) -> bool:
    """Whether a type holds just anything: `Any`, `object`."""
    return isinstance(value, External) and value.name.rpartition(".")[2] in ("Any", "object")


def is_plain_text(field: SchemaField) -> bool:
    """Whether a field takes any text."""
    plain = plain_type(field.type)
    return isinstance(plain, External) and plain.name == "builtins.str"


def plain_members(schema: Schema) -> int:
    """How many statements of a schema's class declare fields; -1 where one does something else."""
    count = 0
    for statement in schema.value.node.body:
        if isinstance(statement, tree.AnnotatedAssign):
            count += 1
        elif not isinstance(statement, (tree.Pass, tree.ExpressionStatement)):
            return -1
    return count
