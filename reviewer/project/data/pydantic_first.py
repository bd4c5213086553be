"""Names of Pydantic 1 in code that is written for Pydantic 2: decorators, methods, options, keywords of fields.

What is imported from `pydantic.v1` is meant, and left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.pydantic import Schemas
from reviewer.project.data.pydantic_version import PydanticVersion
from reviewer.project.data.schema_config import RENAMED, SchemaConfigs
from reviewer.project.data.schema_fields import FIELD_MAKERS
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    Instance,
    InstanceAttribute,
    Value,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.model import CallSite, Schema
from reviewer.rule import Place

#: Imports from `pydantic` with what stands for them now.
IMPORTS = {
    "validator": "field_validator",
    "root_validator": "model_validator",
    "BaseSettings": "pydantic_settings.BaseSettings",
    "parse_obj_as": "TypeAdapter",
    "parse_raw_as": "TypeAdapter",
    "Extra": "the texts `allow`, `forbid` and `ignore`",
    "GenericModel": "BaseModel",
}
#: Methods of models with what stands for them now.
METHODS = {
    "dict": "model_dump",
    "parse_obj": "model_validate",
    "from_orm": "model_validate",
    "parse_raw": "model_validate_json",
    "construct": "model_construct",
    "update_forward_refs": "model_rebuild",
    "schema_json": "model_json_schema",
}
#: Keywords of `Field` with what stands for them now.
FIELD_KEYWORDS = {
    "regex": "pattern",
    "min_items": "min_length",
    "max_items": "max_length",
    "const": "Literal",
    "allow_mutation": "frozen",
    "unique_items": "set",
}


class FirstVersionUse(msgspec.Struct, frozen=True):
    """A name of Pydantic 1 that is used."""

    name: str  # as a reader knows it: `@validator`, `class Config`, `.dict()`
    instead: str
    place: Place
    symbol: str


class FirstVersionUses:
    """Answers where names of Pydantic 1 are used."""

    def __init__(
        self, evaluator: Evaluator, calls: Calls, schemas: Schemas, configs: SchemaConfigs, version: PydanticVersion
    ) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._schemas = schemas
        self._configs = configs
        self._version = version

    def find(self) -> Iterator[FirstVersionUse]:
        """The uses in modules that are written for the second version, by path; tests left out."""
        for schema in self._schemas.with_settings:
            if self._is_second(schema.value.module.path) and not self._is_first_class(schema):
                yield from self._in_schema(schema)
        for function in self._calls.functions(*METHODS):
            if not function.module.is_test and self._is_second(function.module.path):
                for site in self._calls.named(function, *METHODS):
                    use = self._of_call(site)
                    if use is not None:
                        yield use

    def _is_second(self, path: str) -> bool:
        return self._version.major(path) == 2

    def _is_first_class(self, schema: Schema) -> bool:
        """Whether a class inherits from `pydantic.v1`."""
        return any(name.startswith("pydantic.v1.") for name in self._evaluator.external_names(schema.value))

    def _in_schema(self, schema: Schema) -> Iterator[FirstVersionUse]:
        value = schema.value
        config = self._configs.own(value)
        if config.written_in == "Config" and config.place is not None:
            yield FirstVersionUse("class Config", "model_config", config.place, value.symbol)
        for statement in value.node.body:
            if isinstance(statement, tree.Function):
                for decorator in statement.decorators:
                    called = decorator.function if isinstance(decorator, tree.Call) else decorator
                    name = self._library_name(called, value)
                    if name in ("validator", "root_validator"):
                        place = place_of(value.module, decorator)
                        yield FirstVersionUse(f"@{name}", IMPORTS[name], place, f"{value.symbol}.{statement.name}")
            elif isinstance(statement, tree.AnnotatedAssign) and isinstance(statement.value, tree.Call):
                yield from self._in_field(schema, statement.value)
            elif isinstance(statement, tree.Assign) and getattr(statement.targets[0], "id", "") == "model_config":
                yield from self._in_config(schema, statement.value)

    def _in_field(self, schema: Schema, call: tree.Call) -> Iterator[FirstVersionUse]:
        if called_name(call) in FIELD_MAKERS:
            for keyword in call.keywords:
                if keyword.name in FIELD_KEYWORDS and called_name(call) == "Field":
                    place = place_of(schema.value.module, keyword)
                    name, symbol = f"Field({keyword.name}=…)", schema.value.symbol
                    yield FirstVersionUse(name, FIELD_KEYWORDS[keyword.name], place, symbol)

    def _in_config(self, schema: Schema, written: tree.Expression) -> Iterator[FirstVersionUse]:
        names: list[tuple[str, tree.Node]] = []
        if isinstance(written, tree.Call):
            names = [(one.name, one) for one in written.keywords if one.name]
        elif isinstance(written, tree.Dictionary):
            names = [(one.value, one) for one in written.keys if isinstance(one, tree.Text)]
        for name, node in names:
            if name in RENAMED and RENAMED[name] != name:
                place = place_of(schema.value.module, node)
                yield FirstVersionUse(f"the option `{name}`", RENAMED[name], place, schema.value.symbol)

    def _library_name(self, node: tree.Expression, owner: ClassValue) -> str:
        if not isinstance(node, (tree.Name, tree.Attribute)):
            return ""
        found = self._evaluator.evaluate(node, owner.scope)
        if not isinstance(found, External) or not found.name.startswith("pydantic."):
            return ""
        return "" if found.name.startswith("pydantic.v1.") else found.name.rpartition(".")[2]

    def _of_call(self, site: CallSite) -> FirstVersionUse | None:
        node = site.node
        if not isinstance(node.function, tree.Attribute):
            return None
        method = node.function.name
        receiver = self._receiver(site.callee)
        schema = self._schemas.of_class(receiver) if isinstance(receiver, ClassValue) else None
        if schema is None or self._is_first_class(schema):
            return None
        if self._evaluator.find_in_class(schema.value, method) is not None:
            return None  # a method of the project's own
        name = f"{schema.name}.{method}()"
        return FirstVersionUse(name, METHODS[method], site.place, site.caller.symbol)

    def _receiver(self, callee: Value) -> Value:
        """The class of what a library's method is called on."""
        if isinstance(callee, External):
            return callee.owner
        if isinstance(callee, InstanceAttribute) and isinstance(callee.instance, Instance):
            return callee.instance.type
        return (
            callee.receiver.type if isinstance(callee, BoundMethod) and isinstance(callee.receiver, Instance) else None
        )
