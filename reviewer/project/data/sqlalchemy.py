"""Links the tables of the project: classes that SQLAlchemy, Flask-SQLAlchemy or SQLModel maps to a table.

Takes classes as the evaluator knows them, gives `Table`s with the columns and relationships they inherit. Declarative
bases, mixins and abstract classes are no tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.data.pydantic import is_table_model
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, External, Instance, InstanceAttribute, Value, place_of
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
COLUMN_MAKERS = frozenset({"Column", "mapped_column", "deferred", "column_property"})
RELATIONSHIP_MAKERS = frozenset({"relationship", "Relationship", "dynamic_loader"})
#: What a module with a table names one of.
TABLE_NAMES = ("__tablename__", "__table__", "Column", "mapped_column", "Mapped", "Model", "table", "relationship")


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
        columns: dict[str, None] = {}
        relationships: dict[str, None] = {}
        for ancestor in reversed(ancestors):
            for attribute, kind in _mapped_attributes(ancestor, is_model):
                (columns if kind == "column" else relationships)[attribute] = None
        name = self._table_name(value, ancestors)
        if not columns and name is None and not is_model:
            return None
        return Table(value, name, tuple(columns), tuple(relationships), _header_place(value))

    def _is_mapped(self, value: ClassValue) -> bool:
        """Whether a class stands below a declarative base and is not that base itself."""
        if is_table_model(value, self._evaluator):
            return True
        if any(_last_name(one) in MAPPING_DECORATORS for one in value.node.decorators):
            return True
        return any(self._is_base(base) for base in self._evaluator.bases(value))

    def _is_base(self, base: Value) -> bool:
        """Whether a class right below this one is a table."""
        if isinstance(base, External):
            return base.name in READY_BASES
        if isinstance(base, Instance):
            return isinstance(base.type, External) and base.type.name in BASE_MAKERS
        if isinstance(base, InstanceAttribute):  # `db.Model` of Flask-SQLAlchemy
            names = self._evaluator.external_names(base.instance)
            return base.name == "Model" and any(name.startswith("flask_sqlalchemy.") for name in names)
        if not isinstance(base, ClassValue):
            return False
        if self._evaluator.inherits(base, *BASE_CLASSES):
            return True
        if any(_last_name(one) in BASE_DECORATORS for one in base.node.decorators):
            return True
        return any(self._is_base(one) for one in self._evaluator.bases(base) if one is not base)

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


def _mapped_attributes(value: ClassValue, is_model: bool) -> Iterator[tuple[str, str]]:
    """The names that a class body maps, each with "column" or "relationship"."""
    for statement in value.node.body:
        if isinstance(statement, tree.Assign):
            kind = _kind_of(statement.value, None)
            for target in statement.targets:
                if kind and isinstance(target, tree.Name):
                    yield target.id, kind
        elif isinstance(statement, tree.AnnotatedAssign) and isinstance(statement.target, tree.Name):
            kind = _kind_of(statement.value, statement.annotation)
            if not kind and is_model and statement.target.id != "model_config":
                kind = "column"
            if kind:
                yield statement.target.id, kind
        elif isinstance(statement, tree.Function) and any(
            _last_name(one) == "declared_attr" for one in statement.decorators
        ):
            for inner in statement.body:
                kind = _kind_of(inner.value, None) if isinstance(inner, tree.Return) else ""
                if kind:
                    yield statement.name, kind


def _kind_of(value: tree.Expression | None, annotation: tree.Expression | None) -> str:
    made = _last_name(value) if isinstance(value, tree.Call) else ""
    if made in RELATIONSHIP_MAKERS:
        return "relationship"
    is_mapped = isinstance(annotation, tree.Subscript) and _last_name(annotation.value) == "Mapped"
    return "column" if made in COLUMN_MAKERS or is_mapped else ""


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
