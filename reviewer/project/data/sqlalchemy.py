"""Links the tables of the project: classes that SQLAlchemy, Flask-SQLAlchemy or SQLModel maps to a table.

Takes classes as the evaluator knows them, gives `Table`s with the columns and relationships they inherit. Declarative
bases, mixins and abstract classes are no tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, partial

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.data.columns import Column, Relationship, declared_attributes
from reviewer.project.data.pydantic import is_table_model
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope
from reviewer.project.evaluation.values import (
    Choice,
    ClassValue,
    External,
    Instance,
    InstanceAttribute,
    Subscripted,
    Unknown,
    Value,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Table
from reviewer.project.program import Program
from reviewer.rule import Place

#: Classes of SQLAlchemy that a declarative base inherits from.
BASE_CLASSES = frozenset(
    {
        "sqlalchemy.orm.DeclarativeBase",
        "sqlalchemy.orm.DeclarativeBaseNoMeta",
        "sqlalchemy.orm.decl_api.DeclarativeBase",
        "advanced_alchemy.base.DefaultBase",
        "advanced_alchemy.base.UUIDBase",
        "advanced_alchemy.base.UUIDAuditBase",
        "advanced_alchemy.base.BigIntBase",
        "advanced_alchemy.base.BigIntAuditBase",
    }
)
#: Those of them that are themselves a base: a class right below is a table.
READY_BASES = frozenset(name for name in BASE_CLASSES if name.startswith("advanced_alchemy."))
#: Functions that make a declarative base.
BASE_MAKERS = frozenset(
    {
        "sqlalchemy.orm.declarative_base",
        "sqlalchemy.ext.declarative.declarative_base",
        "sqlalchemy.ext.declarative.api.declarative_base",
        "sqlalchemy.ext.automap.automap_base",
        "sqlalchemy.orm.registry.generate_base",
    }
)
BASE_DECORATORS = frozenset({"as_declarative", "as_declarative_base"})
MAPPING_DECORATORS = frozenset({"mapped", "mapped_as_dataclass"})
#: Classes of other libraries whose subclasses are tables or documents, by library.
MODEL_CLASSES = {
    "tortoise.models.Model": "tortoise",
    "tortoise.Model": "tortoise",
    "beanie.Document": "beanie",
    "beanie.odm.documents.Document": "beanie",
    "odmantic.Model": "odmantic",
    "ormar.Model": "ormar",
    "peewee.Model": "peewee",
    "mongoengine.Document": "mongoengine",
    "mongoengine.DynamicDocument": "mongoengine",
}
#: What a module with a table names one of.
TABLE_NAMES = (
    "__tablename__", "__table__", "Column", "mapped_column", "Mapped", "Model", "table", "relationship", "Document",
)  # fmt: skip


class Tables:
    """Answers which tables there are. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._of: dict[int, Table | None] = {}

    @cached_property
    def all(self) -> tuple[Table, ...]:
        """The tables of the project in order; those of tests and migrations are left out."""
        return tuple(self._find())

    def _find(self) -> Iterator[Table]:
        for module in self._program.modules:
            if module.is_test or not module.mentions(*TABLE_NAMES) or is_migration(module):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    table = self.of_class(self._calls.class_of(module, declaration))
                    if table is not None:
                        yield table

    def of_class(self, value: ClassValue) -> Table | None:
        """The table that a class maps, None where it maps none or that is not known."""
        if id(value) not in self._of:
            self._of[id(value)] = self._link(value)
        return self._of[id(value)]

    def _link(self, value: ClassValue) -> Table | None:
        ancestors = [one for one in self._evaluator.ancestors(value) if isinstance(one, ClassValue)]
        if "__abstract__" in _assigned(value) or not self._is_mapped(value):
            return None
        is_model = is_table_model(value, self._evaluator)
        columns: dict[str, Column] = {}
        relationships: dict[str, Relationship] = {}
        for ancestor in reversed(ancestors):
            read_type = partial(self._read_type, ancestor)
            for attribute in declared_attributes(ancestor, is_model, read_type):
                if isinstance(attribute, Column):
                    columns[attribute.name] = attribute
                else:
                    relationships[attribute.name] = attribute
        name = self._table_name(value, ancestors)
        library = self._other_library(value)
        if not columns and name is None and not is_model and not library:
            return None
        return Table(
            value,
            name,
            tuple(columns.values()),
            tuple(relationships.values()),
            _header_place(value),
            library or ("sqlmodel" if is_model else "sqlalchemy"),
            has_unknown_columns=self._has_unknown_columns(value, ancestors),
        )

    def _read_type(self, owner: ClassValue, annotation: tree.Expression) -> Value:
        return self._evaluator.annotation_value(annotation, ClassScope(owner, self._evaluator))

    def _has_unknown_columns(self, value: ClassValue, ancestors: list[ClassValue]) -> bool:
        """Whether the classes may have columns that are not seen: of unknown bases, `__table__`, other libraries."""
        if any("__table__" in _assigned(one) for one in ancestors) or self._other_library(value):
            return True
        return any(isinstance(one, (Unknown, Choice)) for one in self._evaluator.ancestors(value))

    def _other_library(self, value: ClassValue) -> str:
        """The library besides SQLAlchemy whose model a class is; empty where it is none."""
        names = self._evaluator.external_names(value) if value.node.bases else ()
        return next((MODEL_CLASSES[name] for name in names if name in MODEL_CLASSES), "")

    def _is_mapped(self, value: ClassValue) -> bool:
        """Whether a class stands below a declarative base and is not that base itself."""
        if is_table_model(value, self._evaluator):
            return True
        if self._other_library(value):
            return not _is_abstract_model(value)
        if any(_last_name(one) in MAPPING_DECORATORS for one in value.node.decorators):
            return True
        parents = (one.base if isinstance(one, Subscripted) else one for one in self._evaluator.bases(value))
        if any(isinstance(one, ClassValue) and self._evaluator.inherits(one, *BASE_CLASSES) for one in parents):
            return True
        return any(self._is_base(one) for one in self._evaluator.ancestors(value) if one is not value)

    def _is_base(self, base: Value) -> bool:
        """Whether classes below this one are tables because of it, and not of what stands above it."""
        if isinstance(base, External):
            return base.name in READY_BASES
        if isinstance(base, Instance):
            return isinstance(base.type, External) and base.type.name in BASE_MAKERS
        if isinstance(base, InstanceAttribute):  # `db.Model` of Flask-SQLAlchemy
            names = self._evaluator.external_names(base.instance)
            return base.name == "Model" and any(name.startswith("flask_sqlalchemy.") for name in names)
        if not isinstance(base, ClassValue):
            return False
        return any(_last_name(one) in BASE_DECORATORS for one in base.node.decorators)

    def _table_name(self, value: ClassValue, ancestors: list[ClassValue]) -> str | None:
        for ancestor in ancestors:
            assigned = _assigned(ancestor).get("__tablename__")
            if assigned is not None:
                name = self._evaluator.evaluate(assigned, ancestor.scope)
                return name if isinstance(name, str) else None
            if any(isinstance(one, tree.Function) and one.name == "__tablename__" for one in ancestor.node.body):
                return None
        if any(isinstance(base, InstanceAttribute) for one in ancestors for base in self._evaluator.bases(one)):
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", value.name).lower()
        return value.name.lower() if is_table_model(value, self._evaluator) else None


def is_migration(module: Module) -> bool:
    """Whether a module is a schema migration or the environment that runs them."""
    folders = module.path.split("/")[:-1]
    return "migrations" in folders or "alembic" in folders or module.mentions("down_revision")


def _is_abstract_model(value: ClassValue) -> bool:
    """Whether the inner `class Meta` says `abstract = True`."""
    return any(
        isinstance(one, tree.Class)
        and one.name == "Meta"
        and any(
            isinstance(inner, tree.Assign)
            and getattr(inner.targets[0], "id", "") == "abstract"
            and getattr(inner.value, "value", "") == "True"
            for inner in one.body
        )
        for one in value.node.body
    )


def _assigned(value: ClassValue) -> dict[str, tree.Expression]:
    found: dict[str, tree.Expression] = {}
    for statement in value.node.body:
        if isinstance(statement, tree.Assign):
            found.update((one.id, statement.value) for one in statement.targets if isinstance(one, tree.Name))
        elif (
            isinstance(statement, tree.AnnotatedAssign) and isinstance(statement.target, tree.Name) and statement.value
        ):
            found[statement.target.id] = statement.value
    if found.get("__abstract__") is not None and getattr(found["__abstract__"], "value", "") != "True":
        del found["__abstract__"]
    return found


def _last_name(node: tree.Node) -> str:
    if isinstance(node, tree.Call):
        node = node.function
    if isinstance(node, tree.Attribute):
        return node.name
    return node.id if isinstance(node, tree.Name) else ""


def _header_place(value: ClassValue) -> Place:
    """`class Name`, not the body."""
    place = place_of(value.module, value.node)
    return Place(place.path, place.line, place.column, place.line, place.column + len("class ") + len(value.name))
