"""How schemas are declared: options that contradict each other, fields that are not validated, names that are taken.

Takes linked schemas with their configuration, gives what is wrong with a class or a field of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.data.columns import metadata_of
from reviewer.project.data.pydantic import Schemas, own_fields
from reviewer.project.data.schema_config import SchemaConfigs
from reviewer.project.data.schema_fields import CONSTRAINTS
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope, Scope
from reviewer.project.evaluation.values import ClassValue, External, Instance, Subscripted, Value, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Schema, SchemaField
from reviewer.rule import Place

VALIDATORS = frozenset({"AfterValidator", "BeforeValidator", "PlainValidator", "WrapValidator", "InstanceOf"})
NESTING_LIMIT = 8
#: What `BaseModel` has itself.
MODEL_ATTRIBUTES = frozenset(
    {
        "construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw", "schema",
        "schema_json", "update_forward_refs", "validate", "model_computed_fields", "model_construct", "model_copy",
        "model_dump", "model_dump_json", "model_extra", "model_fields", "model_fields_set", "model_json_schema",
        "model_parametrized_name", "model_post_init", "model_rebuild", "model_validate", "model_validate_json",
        "model_validate_strings",
    }
)  # fmt: skip


class Declaration(msgspec.Struct, frozen=True, eq=False):
    """Something about the declaration of a class, with names that explain it."""

    place: Place
    symbol: str
    names: tuple[str, ...]


class SchemaDeclarations:
    """Answers what is wrong with the declarations of schemas."""

    def __init__(self, evaluator: Evaluator, calls: Calls, schemas: Schemas, configs: SchemaConfigs) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._schemas = schemas
        self._configs = configs

    def without_names(self) -> Iterator[Declaration]:
        """Configurations by which no field can be filled: neither by alias nor by name."""
        for module, declaration in self._calls.declarations_calling("ConfigDict", "SettingsConfigDict"):
            if declaration.kind == "function" or module.is_test or not module.mentions("validate_by_alias"):
                continue
            scope: Scope = self._evaluator.scope_of(module)
            body, symbol = module.tree.body, module.name
            if declaration.kind == "class":
                owner = self._calls.class_of(module, declaration)
                scope, body, symbol = ClassScope(owner, self._evaluator), owner.node.body, owner.symbol
            for node in tree.walk_scope(body):
                if isinstance(node, tree.Call) and called_name(node) in ("ConfigDict", "SettingsConfigDict"):
                    value = self._evaluator.evaluate(node, scope)
                    if isinstance(value, Instance) and _is_of_pydantic(value.type):
                        found = (value.keywords.get(name) for name in ("validate_by_alias", "validate_by_name"))
                        if all(one is False for one in found):
                            yield Declaration(place_of(module, node), symbol, (declaration.qualname or module.name,))

    def with_unvalidated_dataclasses(self) -> Iterator[Declaration]:
        """Schemas that hold objects of plain dataclasses and say nothing of checking them again."""
        for schema in self._schemas.all:
            fields = [one for one in schema.fields if one.owner is schema.value and self._holds_dataclass(one.type, 0)]
            if fields and self._configs.of(schema.value).option("revalidate_instances") is None:
                names = (schema.name, *(one.name for one in fields))
                yield Declaration(schema.place or schema.value.place, schema.value.symbol, names)

    def _holds_dataclass(self, value: Value, nesting: int) -> bool:
        if nesting > NESTING_LIMIT:
            return False
        if isinstance(value, ClassValue):
            return value.node.decorators != () and self._schemas.of_class(value) is None and self._is_dataclass(value)
        base = value.base if isinstance(value, Subscripted) else None
        if isinstance(base, External) and base.name.endswith((".Callable", ".type", ".Type")):
            return False
        inner = getattr(value, "members", None) or getattr(value, "arguments", None)
        is_type = not isinstance(value, Instance) and isinstance(inner, tuple)
        return is_type and any(self._holds_dataclass(one, nesting + 1) for one in inner or ())

    def _is_dataclass(self, value: ClassValue) -> bool:
        for decorator in value.node.decorators:
            called = decorator.function if isinstance(decorator, tree.Call) else decorator
            if last_name(called) == "dataclass":
                found = self._evaluator.evaluate(called, value.scope)
                return isinstance(found, External) and found.name == "dataclasses.dataclass"
        return False

    def with_several_configs(self) -> Iterator[Declaration]:
        """Schemas that inherit configurations from several bases and declare none."""
        for schema in self._schemas.all:
            value = schema.value
            if len(value.node.bases) < 2 or self._configs.own(value).written_in:
                continue
            sources: list[ClassValue] = []
            for base in self._evaluator.bases(value):
                source = self._source(base.base if isinstance(base, Subscripted) else base)
                if source is not None and source not in sources:
                    sources.append(source)
            apart = [one for one in sources if not any(self._is_above(one, other) for other in sources)]
            if len(apart) > 1:
                names = (schema.name, *(one.name for one in apart))
                yield Declaration(schema.place or value.place, value.symbol, names)

    def _source(self, base: Value) -> ClassValue | None:
        """The class from which a base has its configuration."""
        if not isinstance(base, ClassValue) or self._schemas.of_class(base) is None:
            return None
        for one in self._evaluator.ancestors(base):
            if isinstance(one, ClassValue) and self._configs.own(one).written_in:
                return one
        return None

    def _is_above(self, one: ClassValue, other: ClassValue) -> bool:
        return one is not other and one in self._evaluator.ancestors(other)

    def skipped_constraints(self) -> Iterator[SchemaField]:
        """Fields whose type skips validation and demands something at once."""
        for schema in self._schemas.all:
            if not schema.value.module.mentions("SkipValidation"):
                continue
            for field in self._declared_fields(schema):
                metadata = metadata_of(field.type)
                if any(_is_skipping(one) for one in metadata) and any(_is_demand(one) for one in metadata):
                    yield field

    def _declared_fields(self, schema: Schema) -> Iterator[SchemaField]:
        """The fields as the class itself declares them, those too that it declares again."""
        yield from own_fields(schema.value, partial(self._read_type, schema.value))

    def _read_type(self, owner: ClassValue, annotation: tree.Expression) -> Value:
        return self._evaluator.annotation_value(annotation, ClassScope(owner, self._evaluator))

    def shadowing_fields(self) -> Iterator[SchemaField]:
        """Fields that bear the name of something that `BaseModel` has."""
        for schema in self._schemas.with_settings:
            for field in schema.fields:
                if field.owner is schema.value and field.name in MODEL_ATTRIBUTES and not schema.is_table:
                    yield field


def _is_of_pydantic(value: Value) -> bool:
    return isinstance(value, External) and value.name.startswith("pydantic")


def _is_skipping(value: Value) -> bool:
    named = value.base if isinstance(value, Subscripted) else value.type if isinstance(value, Instance) else value
    return isinstance(named, External) and named.name.endswith(".SkipValidation")


def _is_demand(value: Value) -> bool:
    if not isinstance(value, Instance) or not isinstance(value.type, External):
        return False
    last = value.type.name.rpartition(".")[2]
    if value.type.name.startswith("annotated_types.") or last in VALIDATORS:
        return True
    return last in ("Field", "StringConstraints") and not CONSTRAINTS.isdisjoint(value.keywords)
