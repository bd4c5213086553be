"""Compares schemas with the tables whose objects fill them: attributes that are not there, NULL, one and several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.data.columns import Column, allows_none, metadata_of
from reviewer.project.data.relations import Relation, Relations
from reviewer.project.data.schema_fields import ALIASES, plain_type
from reviewer.project.data.schema_tables import TABLE_AFFIXES, SchemaTable, is_collection_type
from reviewer.project.data.sqlalchemy import Tables
from reviewer.project.evaluation.classes import ENUM_BASES
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, External, Instance
from reviewer.project.model import Answer, Schema, SchemaField, Table

#: The same for schemas of what is sent in to make the thing.
CREATING_AFFIXES = re.compile(r"^(?:Create|Add|New)(?=[A-Z])|(?:Create|In|Insert|Add|New|Base)(?:Schema|Request|DTO)?$")
#: Bases whose objects have no attributes besides their columns.
PLAIN_BASES = ("sqlalchemy.", "sqlmodel.", "builtins.", "abc.")
#: Calls that give objects an attribute by name.
SETTERS = frozenset({"setattr", "label", "query_expression", "with_expression"})
#: Names of columns that say to whom a row belongs.
SCOPE = re.compile(r"^(?:organi[sz]ation|org|workspace|tenant|account|team|project|user|owner|group|customer)_id$")
#: Methods of columns that take no row with NULL.
DEMANDING = frozenset({"in_", "is_not", "isnot"})
#: Modules that are searched for assignments of one attribute.
MODULE_LIMIT = 40


class OutOfSync(msgspec.Struct, frozen=True, eq=False):
    """A field that does not fit the column or relationship that fills it."""

    link: SchemaTable
    field: SchemaField
    kind: str  # "missing", "null", "several", "single" or "type"
    attribute: Column | Relation | None
    detail: str = ""


class SchemaComparison:
    """Compares the fields of schemas with what fills them."""

    def __init__(
        self,
        evaluator: Evaluator,
        tables: Tables,
        relations: Relations,
        schemas: tuple[Schema, ...],
        validated_fields: dict[int, frozenset[str]],
    ) -> None:
        self._evaluator = evaluator
        self._tables = tables
        self._relations = relations
        self._schemas = schemas
        #: For each class the fields whose value a validator may change before it is checked; `*` for all.
        self._validated = validated_fields
        self._added: dict[str, bool] = {}
        self._asked: dict[tuple[int, str], bool] = {}

    def differences(self, link: SchemaTable) -> Iterator[OutOfSync]:
        """The fields that do not fit, in order."""
        changed = self._changed_fields(link.schema)
        if "*" in changed:
            return
        for field in link.schema.fields:
            if field.name not in changed:
                found = self._compare(link, field)
                if found is not None:
                    yield found

    def _changed_fields(self, schema: Schema) -> frozenset[str]:
        found: set[str] = set()
        for ancestor in self._evaluator.ancestors(schema.value):
            found |= self._validated.get(id(ancestor), frozenset())
        return frozenset(found)

    def _compare(self, link: SchemaTable, field: SchemaField) -> OutOfSync | None:
        if any(name in field.details.options for name in ALIASES) or _is_transformed(field):
            return None
        column, relation = link.table.column(field.name), self._relations.of(link.table).get(field.name)
        if relation is not None:
            return self._compare_relation(link, field, relation)
        if column is not None:
            return self._compare_column(link, field, column)
        if link.evidence != "returned" or field.details.is_required is not Answer.YES:
            return None
        key = link.table.column(f"{field.name}_id")
        if key is not None and key.foreign_key is not None and field.details.allows_none is Answer.NO:
            is_null = key.is_nullable is Answer.YES and self._may_be_left_out(link.table, field, key)
            return OutOfSync(link, field, "null", key, key.name) if is_null else None
        is_missing = self._has_attribute(link.table, field.name) is Answer.NO
        return OutOfSync(link, field, "missing", None) if is_missing else None

    def _compare_column(self, link: SchemaTable, field: SchemaField, column: Column) -> OutOfSync | None:
        if field.details.allows_none is not Answer.NO or column.is_nullable is not Answer.YES or _is_filled(column):
            return None
        if self._is_part_of_another(link.table):
            return None
        if _is_null_by_default(column):
            is_meant = link.evidence != "named" and self._may_be_left_out(link.table, field, column)
        else:
            is_meant = column.annotation is None or allows_none(column.python_type) is not Answer.NO
        is_read = is_meant and not self._is_asked_for(link.table, column)
        return OutOfSync(link, field, "null", column) if is_read else None

    def _is_asked_for(self, table: Table, column: Column) -> bool:
        """Whether queries take the rows by a key in this column: those with NULL are of another kind, and not read."""
        if column.foreign_key is None and not SCOPE.search(column.name):
            return False
        key = (id(table.value), column.name)
        if key not in self._asked:
            modules = (one for one in self._evaluator.program.modules if one.mentions(column.name) and not one.is_test)
            self._asked[key] = any(
                one.mentions(table.value.name) and _asks_for(one, table.value.name, column.name) for one in modules
            )
        return self._asked[key]

    def _is_part_of_another(self, table: Table) -> bool:
        """Whether a table shares the rows of a parent class, so that its columns are nullable for others' sake."""
        parents = [one for one in self._evaluator.ancestors(table.value)[1:] if isinstance(one, ClassValue)]
        return any(self._tables.of_class(one) is not None for one in parents)

    def _may_be_left_out(self, table: Table, field: SchemaField, column: Column) -> bool:
        """Whether a schema that rows are made of lets a value be None, or does not have it."""
        creating = self._creating.get(TABLE_AFFIXES.sub("", table.name), ())
        for schema in creating:
            given = schema.field(field.name) or schema.field(column.name)
            if given is not None and given.details.allows_none is Answer.YES:
                return True
            if given is None and column.name != field.name and schema.name.endswith("Create"):
                return True
        return False

    @cached_property
    def _creating(self) -> dict[str, list[Schema]]:
        """The schemas that new rows are made of, by the name of the thing."""
        found: dict[str, list[Schema]] = {}
        for schema in self._schemas:
            if CREATING_AFFIXES.search(schema.name):
                found.setdefault(CREATING_AFFIXES.sub("", schema.name), []).append(schema)
        return found

    def _compare_relation(self, link: SchemaTable, field: SchemaField, relation: Relation) -> OutOfSync | None:
        kind = plain_type(field.type)
        is_object = isinstance(kind, ClassValue) and not self._evaluator.inherits(kind, *ENUM_BASES)
        if relation.is_collection is Answer.YES and is_object and not _has_root(kind, self._evaluator):
            return OutOfSync(link, field, "several", relation)
        if relation.is_collection is not Answer.NO:
            return None
        if is_collection_type(field.type):
            return OutOfSync(link, field, "single", relation)
        if self._is_part_of_another(link.table):
            return None
        if is_object and field.details.allows_none is Answer.NO and relation.is_optional is Answer.YES:
            key = relation.foreign_key
            if key is not None and _is_null_by_default(key) and not self._may_be_left_out(link.table, field, key):
                return None
            return OutOfSync(link, field, "null", relation, "" if key is None else key.name)
        return None

    def _has_attribute(self, table: Table, name: str) -> Answer:
        """Whether objects of a table have an attribute: columns, relationships, properties, what others add."""
        if table.has_unknown_columns:
            return Answer.UNKNOWN
        for ancestor in self._evaluator.ancestors(table.value):
            if isinstance(ancestor, ClassValue):
                names = _names_in(ancestor)
                if name in names or "__getattr__" in names or "__mapper_args__" in names or ancestor.node.decorators:
                    return Answer.UNKNOWN
            elif isinstance(ancestor, External) and not ancestor.name.startswith(
                ("sqlalchemy", "sqlmodel", "builtins", "abc")
            ):
                return Answer.UNKNOWN
        return Answer.UNKNOWN if self._is_added(name) else Answer.NO

    def _is_added(self, name: str) -> bool:
        """Whether a back reference has the name, or something assigns an attribute of it."""
        if name not in self._added:
            modules = [one for one in self._evaluator.program.modules if one.mentions(name)]
            self._added[name] = len(modules) > MODULE_LIMIT or any(name in _assigned_in(one) for one in modules)
        return self._added[name]


@lru_cache(maxsize=MODULE_LIMIT)
def _assigned_in(module: Module) -> frozenset[str]:
    """The names of the attributes that a module assigns, or sets by name."""
    found: set[str] = set()
    for node in (one for statement in module.tree.body for one in tree.walk(statement)):
        if isinstance(node, (tree.Assign, tree.AnnotatedAssign)):
            targets = node.targets if isinstance(node, tree.Assign) else (node.target,)
            found.update(one.name for one in targets if isinstance(one, tree.Attribute))
        elif isinstance(node, tree.Call) and called_name(node) in SETTERS:
            found.update(one.value for one in node.arguments if isinstance(one, tree.Text))
    return frozenset(found)


def _asks_for(module: Module, table: str, column: str) -> bool:
    """Whether a module compares a column with a value that is not NULL: `T.c == x`, `T.c.in_(x)`, `filter_by(c=x)`."""
    for node in (one for statement in module.tree.body for one in tree.walk(statement)):
        match node:
            case tree.Comparison(left=tree.Attribute(value=owner, name=name), operators=("==",)):
                if name == column and last_name(owner) == table:
                    return True
            case tree.Call(function=tree.Attribute(value=tree.Attribute(value=owner, name=name), name=asked)):
                if name == column and asked in DEMANDING and last_name(owner) == table:
                    return True
            case tree.Call(keywords=keywords) if called_name(node) == "filter_by":
                if any(one.name == column for one in keywords):
                    return True
            case _:
                pass
    return False


@lru_cache(maxsize=8)  # the fields of a schema are looked at one after the other
def _names_in(value: ClassValue) -> frozenset[str]:
    found: set[str] = set()
    for statement in value.node.body:
        if isinstance(statement, (tree.Function, tree.Class)):
            found.add(statement.name)
        elif isinstance(statement, tree.Assign):
            found.update(one.id for one in statement.targets if isinstance(one, tree.Name))
        elif isinstance(statement, tree.AnnotatedAssign):
            found.add(last_name(statement.target))
        elif not isinstance(statement, (tree.Pass, tree.ExpressionStatement)):
            found.add("__getattr__")  # something that is not read
    return frozenset(found)


def _has_root(value: ClassValue, evaluator: Evaluator) -> bool:
    """Whether a schema is itself a list: a root model."""
    names = evaluator.external_names(value)
    return any(name.endswith("RootModel") for name in names) or "__root__" in _names_in(value)


def _is_null_by_default(column: Column) -> bool:
    """Whether a column may be NULL only since nothing is said, which is maybe not meant."""
    return column.option("nullable") is None and column.annotation is None


def _is_filled(column: Column) -> bool:
    """Whether a column that may be NULL gets a value in each row that the program makes."""
    return column.option("default", "server_default", "insert_default", "default_factory") is not None


def _is_transformed(field: SchemaField) -> bool:
    """Whether the value is changed before it is validated: `BeforeValidator` and the like in the type."""
    return any(
        isinstance(one, Instance) and isinstance(one.type, External) and "Validator" in one.type.name
        for one in metadata_of(field.type)
    )
