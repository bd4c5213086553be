"""Links schemas to the tables whose objects fill them.

A schema stands for a table where a route returns the table's objects as that response model, where the program
validates such an object as the schema, or where a schema that reads attributes bears the table's name and fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Union

import msgspec

from reviewer.modules import tree
from reviewer.project.data.pydantic import Schemas
from reviewer.project.data.relations import Relations
from reviewer.project.data.schema_config import SchemaConfigs
from reviewer.project.data.schema_fields import plain_type
from reviewer.project.data.sqlalchemy import Tables
from reviewer.project.data.table_objects import TableObjects
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    External,
    FunctionValue,
    Subscripted,
    Value,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Route, Schema, SchemaField, Table
from reviewer.rule import Place

#: What names of schemas add to the name of the thing.
AFFIXES = re.compile(
    r"^(?:Read|Get|Show|Base)(?=[A-Z])|(?:Read|Out|Output|Response|Public|Schema|InDB|InDb|InDBBase|Details?|DTO|Dto|"
    r"View|Get|Show|Display|Return|Result|Nested|Basic|Full|Pydantic|Minimal|Summary|Item|Info)+$"
)
#: What names of tables add.
TABLE_AFFIXES = re.compile(r"^(?:DB|Db)(?=[A-Z])|(?:Model|Table|ORM|Orm|DB|Db|Entity|Record)$")
#: Libraries whose columns are known.
COMPARED_LIBRARIES = ("sqlalchemy", "sqlmodel")
#: Annotations that name no schema.
SCALAR_NAMES = frozenset(
    {"str", "int", "float", "bool", "bytes", "datetime", "date", "UUID", "Decimal", "Any", "dict", "list"}
)
VALIDATING = frozenset({"model_validate", "from_orm", "parse_obj"})
COLLECTIONS = frozenset(
    {"list", "List", "set", "Set", "Sequence", "tuple", "Tuple", "Iterable", "Collection", "frozenset"}
)
#: Share of a schema's fields that a table of the same name must have.
SHARED_MINIMUM = 0.6
UNWRAPPING_LIMIT = 6


class SchemaTable(msgspec.Struct, frozen=True, eq=False):
    """A schema that objects of a table fill."""

    schema: Schema
    table: Table
    evidence: str  # "returned", "validated" or "named"
    place: Place  # of the evidence
    explanation: str  # `GET /users returns it`
    call: Union[tree.Call, None] = None  # that makes the schema of the object


class SchemaTables:
    """Answers which schemas stand for which tables."""

    def __init__(
        self,
        evaluator: Evaluator,
        calls: Calls,
        schemas: Schemas,
        configs: SchemaConfigs,
        tables: Tables,
        relations: Relations,
        objects: TableObjects,
        routes: Callable[[], tuple[Route, ...]],
    ) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._schemas = schemas
        self._configs = configs
        self._tables = tables
        self._relations = relations
        self._objects = objects
        self._routes = routes

    @cached_property
    def all(self) -> tuple[SchemaTable, ...]:
        """The links, each pair once with its best evidence, in order."""
        found: dict[tuple[int, int], SchemaTable] = {}
        if self._tables.all:
            for links in (self.returned(), self.validated(), self._named()):
                pending = [link for link in links if link.table.library in COMPARED_LIBRARIES]
                while pending:
                    link = pending.pop(0)
                    key = (id(link.schema.value), id(link.table.value))
                    if key not in found:
                        found[key] = link
                        pending.extend(self._related(link))
        return tuple(found.values())

    def _related(self, link: SchemaTable) -> Iterator[SchemaTable]:
        """The schemas that a schema's fields hold, for the tables that the relations of those names lead to."""
        for name, relation in self._relations.of(link.table).items():
            field = link.schema.field(name)
            schema = None if field is None or field.details.is_aliased else self.item_schema(field.type)
            if schema is not None and not schema.is_table:
                explanation = f"`{link.schema.name}.{name}` holds it."
                yield SchemaTable(schema, relation.target, link.evidence, link.place, explanation)

    def returned(self) -> Iterator[SchemaTable]:
        """The schemas of routes that return objects of a table."""
        for route in self._routes():
            schema = self.item_schema(route.response_model_value)
            function = route.endpoint
            if schema is None or schema.is_table or not isinstance(function, FunctionValue):
                continue
            for node in function.nodes_of(tree.Return):
                found = None if node.value is None else self._objects.of(node.value, function)
                if found is not None and found.is_collection == is_collection_type(route.response_model_value):
                    explanation = f"`{route}` returns it as `{schema.name}`."
                    place = place_of(function.module, node)
                    yield SchemaTable(schema, found.table, "returned", place, explanation)
                    break

    def validated(self) -> Iterator[SchemaTable]:
        """The schemas that the program makes of an object of a table."""
        for function in self._calls.functions(*VALIDATING):
            if function.module.is_test:
                continue
            for call in self._calls.nodes_named(function, *VALIDATING):
                if not call.arguments or not isinstance(call.function, tree.Attribute):
                    continue
                target = self._evaluator.evaluate(call.function.value, self._evaluator.declared(function))
                schema = self._schemas.of(target)
                found = None if schema is None else self._objects.of(call.arguments[0], function)
                if schema is not None and found is not None and not found.is_collection:
                    place = place_of(function.module, call)
                    explanation = f"`{function.name}` reads it as such."
                    yield SchemaTable(schema, found.table, "validated", place, explanation, call)

    def _named(self) -> Iterator[SchemaTable]:
        """The schemas that read attributes and bear the name and the fields of a table."""
        by_name: dict[str, list[Table]] = {}
        for table in self._tables.all:
            by_name.setdefault(TABLE_AFFIXES.sub("", table.name), []).append(table)
        used = self._response_schemas
        for schema in self._schemas.all:
            tables = by_name.get(AFFIXES.sub("", schema.name), ())
            if len(tables) != 1 or id(schema.value) not in used or schema.is_table or self._is_put_together(schema):
                continue
            if self._configs.of(schema.value).option("from_attributes") is not True:
                continue
            names = {*tables[0].column_names, *self._relations.of(tables[0])}
            shared = sum(field.name in names for field in schema.fields)
            if schema.fields and shared >= max(2, SHARED_MINIMUM * len(schema.fields)):
                explanation = f"`{schema.name}` reads its attributes."
                yield SchemaTable(schema, tables[0], "named", tables[0].place, explanation)

    def _is_put_together(self, schema: Schema) -> bool:
        """Whether the program makes a schema by its constructor, field by field, and reads it from no object."""
        for function in self._calls.functions(schema.value.name):
            if not function.module.is_test and any(
                any(one.name is not None for one in call.keywords)
                for call in self._calls.nodes_named(function, schema.value.name)
            ):
                return True
        return False

    @cached_property
    def _response_schemas(self) -> set[int]:
        """The schemas that responses hold, those inside of others included."""
        found: set[int] = set()
        pending = [one for route in self._routes() for one in self.schemas_in(route.response_model_value)]
        while pending:
            schema = pending.pop()
            if id(schema.value) not in found:
                found.add(id(schema.value))
                pending.extend(
                    inner
                    for field in schema.fields
                    if not self.is_scalar(field)
                    for inner in self.schemas_in(field.type)
                )
        return found

    @staticmethod
    def is_scalar(field: SchemaField) -> bool:
        """Whether a field holds no schema for certain, by its annotation alone; cheap."""
        return isinstance(field.annotation, tree.Name) and field.annotation.id in SCALAR_NAMES

    def item_schema(self, value: Value) -> Schema | None:
        """The schema of a response model: of one object, or of the items of a list."""
        for _ in range(UNWRAPPING_LIMIT):
            value = plain_type(value)
            if isinstance(value, Subscripted) and isinstance(value.base, External) and value.arguments:
                if value.base.name.rpartition(".")[2] not in COLLECTIONS:
                    return None
                value = value.arguments[0]
            else:
                break
        return self._schemas.of_class(value) if isinstance(value, ClassValue) else None

    def schemas_in(self, value: Value, nesting: int = 0) -> Iterator[Schema]:
        """All schemas that a type mentions: `Page[UserRead]`, `dict[str, Item] | None`."""
        if nesting > UNWRAPPING_LIMIT:
            return
        if isinstance(value, ClassValue):
            schema = self._schemas.of_class(value)
            if schema is not None:
                yield schema
            return
        inner = getattr(value, "members", None) or getattr(value, "arguments", None)
        if isinstance(value, Subscripted):
            yield from self.schemas_in(value.base, nesting + 1)
        for one in inner if isinstance(inner, tuple) else ():
            yield from self.schemas_in(one, nesting + 1)


def is_collection_type(value: Value) -> bool:
    """Whether a type is a list or the like."""
    plain = plain_type(value)
    if isinstance(plain, Subscripted):
        plain = plain.base
    return isinstance(plain, External) and plain.name.rpartition(".")[2] in COLLECTIONS


def unreadable(
    links: Iterable[SchemaTable], configs: SchemaConfigs, evaluator: Evaluator, changed: dict[int, frozenset[str]]
) -> Iterator[SchemaTable]:
    """The calls that make a schema of an object although it reads no attributes."""
    for link in links:
        value = link.schema.value
        is_own = link.schema.is_table or evaluator.inherits(value, "sqlmodel.SQLModel", "sqlmodel.main.SQLModel")
        given = {one.name for one in link.call.keywords} if link.call is not None else set()
        is_reading = configs.of(value).option("from_attributes") is not None or bool(given & {"from_attributes", None})
        is_converted = any("*" in changed.get(id(one), ()) for one in evaluator.ancestors(value))
        if not is_own and not is_reading and not is_converted and link.table.library == "sqlalchemy":
            yield link


def body_schemas(routes: tuple[Route, ...], links: SchemaTables) -> tuple[Schema, ...]:
    """The schemas that are the body of a route, each once; those of tables left out."""
    found: dict[int, Schema] = {}
    for route in routes:
        for parameter in route.parameters:
            schema = links.item_schema(parameter.type) if parameter.kind == "body" else None
            if schema is not None and not schema.is_table:
                found.setdefault(id(schema.value), schema)
    return tuple(found.values())
