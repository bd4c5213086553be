"""Links the schemas of the project: Pydantic models of both major versions, SQLModel classes, Pydantic dataclasses.

Takes classes as the evaluator knows them, gives `Schema`s with the fields they inherit. Reads annotations only: what a
validator does or a model factory makes at run time is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope
from reviewer.project.evaluation.values import ClassValue, External, Subscripted, Unknown, Value, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Schema, SchemaField
from reviewer.project.program import Program
from reviewer.rule import Place

if TYPE_CHECKING:
    from reviewer.modules.module import Module

MODEL_BASES = frozenset(
    {
        "pydantic.BaseModel",
        "pydantic.main.BaseModel",
        "pydantic.v1.BaseModel",
        "pydantic.v1.main.BaseModel",
        "pydantic.generics.GenericModel",
        "pydantic.v1.generics.GenericModel",
        "pydantic.RootModel",
        "pydantic.root_model.RootModel",
        "sqlmodel.SQLModel",
        "sqlmodel.main.SQLModel",
        "fastapi_camelcase.CamelModel",
        "beanie.Document",
        "odmantic.Model",
    }
)
#: Those of them whose objects are stored as they are.
DOCUMENT_BASES = frozenset({"beanie.Document", "odmantic.Model"})
SETTINGS_BASES = frozenset(
    {
        "pydantic_settings.BaseSettings",
        "pydantic.BaseSettings",
        "pydantic.v1.BaseSettings",
        "pydantic.env_settings.BaseSettings",
    }
)
DATACLASS_DECORATORS = frozenset(
    {"pydantic.dataclasses.dataclass", "pydantic.v1.dataclasses.dataclass", "pydantic.dataclass"}
)
#: Bases of the standard library and of Pydantic that add no fields.
FIELDLESS_BASES = ("abc.", "typing.", "typing_extensions.", "builtins.object", "enum.", "pydantic", "sqlmodel.")
#: What makes a module one that declares schemas or their dataclasses directly.
DECLARING_NAMES = ("dataclass", "dataclasses")


class Schemas:
    """Answers which schemas there are and what fields each has. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._of: dict[int, Schema | None] = {}

    @cached_property
    def all(self) -> tuple[Schema, ...]:
        """The schemas of the project in order, settings classes and tests left out."""
        return tuple(schema for schema in self.with_settings if not schema.is_settings)

    @cached_property
    def with_settings(self) -> tuple[Schema, ...]:
        """The same with settings classes."""
        return tuple(self._find())

    def _find(self) -> Iterator[Schema]:
        for module in self._program.modules:
            if module.is_test:
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    schema = self.of_class(self._calls.class_of(module, declaration))
                    if schema is not None:
                        yield schema

    def of(self, value: Value) -> Schema | None:
        """The schema that a type is: a class, a parametrised generic one, or `Annotated` with one; None otherwise."""
        if isinstance(value, Subscripted):
            if isinstance(value.base, External) and value.base.name.endswith(".Annotated") and value.arguments:
                return self.of(value.arguments[0])
            value = value.base
        return self.of_class(value) if isinstance(value, ClassValue) else None

    def of_class(self, value: ClassValue) -> Schema | None:
        """The schema that a class is, None where it is none or that is not known."""
        if id(value) not in self._of:
            self._of[id(value)] = self._link(value)
        return self._of[id(value)]

    def _link(self, value: ClassValue) -> Schema | None:
        names = self._evaluator.external_names(value) if value.node.bases else ()
        is_settings = any(name in SETTINGS_BASES for name in names)
        if not is_settings and MODEL_BASES.isdisjoint(names) and not self._is_dataclass(value):
            return None
        ancestors = self._evaluator.ancestors(value)
        fields: dict[str, SchemaField] = {}
        for ancestor in reversed(ancestors):
            if isinstance(ancestor, ClassValue):
                for field in own_fields(ancestor, partial(self._read_type, ancestor)):
                    fields[field.name] = field
        return Schema(
            value,
            tuple(fields.values()),
            has_unknown_bases=any(_may_add_fields(one) for one in ancestors),
            is_table=is_table_model(value, self._evaluator) or not DOCUMENT_BASES.isdisjoint(names),
            place=_header_place(value.module, value.node),
            is_settings=is_settings,
        )

    def _read_type(self, owner: ClassValue, annotation: tree.Expression) -> Value:
        return self._evaluator.annotation_value(annotation, ClassScope(owner, self._evaluator))

    def _is_dataclass(self, value: ClassValue) -> bool:
        """Whether the class or an ancestor of it is decorated by Pydantic's `dataclass`."""
        for ancestor in self._evaluator.ancestors(value) if value.node.bases else (value,):
            if not isinstance(ancestor, ClassValue) or not ancestor.node.decorators:
                continue
            for decorator in ancestor.node.decorators:
                called = decorator.function if isinstance(decorator, tree.Call) else decorator
                if not (isinstance(called, (tree.Name, tree.Attribute)) and ancestor.module.mentions(*DECLARING_NAMES)):
                    continue
                found = self._evaluator.evaluate(called, ancestor.scope)
                if isinstance(found, External) and found.name in DATACLASS_DECORATORS:
                    return True
        return False


def own_fields(value: ClassValue, read_type: Callable[[tree.Expression], Value]) -> Iterator[SchemaField]:
    """The fields that the body of a class itself declares, in order."""
    for statement in value.node.body:
        if not isinstance(statement, tree.AnnotatedAssign) or not isinstance(statement.target, tree.Name):
            continue
        name = statement.target.id
        if name.startswith("_") or name == "model_config" or _is_class_variable(statement.annotation):
            continue
        yield SchemaField(
            name, statement.annotation, value, statement.value, place_of(value.module, statement), read_type
        )


def is_table_model(value: ClassValue, evaluator: Evaluator) -> bool:
    """Whether a class is an SQLModel class with `table=True`."""
    return any(
        keyword.name == "table" and isinstance(keyword.value, tree.Constant) and keyword.value.value == "True"
        for keyword in value.node.keywords
    ) and evaluator.inherits(value, "sqlmodel.SQLModel", "sqlmodel.main.SQLModel")


def _is_class_variable(annotation: tree.Expression) -> bool:
    if isinstance(annotation, tree.Text):
        return annotation.value.lstrip().startswith(("ClassVar", "typing.ClassVar"))
    named = annotation.value if isinstance(annotation, tree.Subscript) else annotation
    return getattr(named, "id", getattr(named, "name", "")) == "ClassVar"


def _may_add_fields(ancestor: Value) -> bool:
    if isinstance(ancestor, External):
        return not ancestor.name.startswith(FIELDLESS_BASES)
    return not isinstance(ancestor, ClassValue) or isinstance(ancestor, Unknown)


def _header_place(module: Module, node: tree.Class) -> Place:
    """`class Name`, not the body."""
    place = place_of(module, node)
    end = node.column + len("class ") + len(node.name)
    return Place(place.path, node.line, node.column, node.line, end)
