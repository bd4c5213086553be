"""Defaults of columns: those computed at import, and naive times.

Takes every `Column(…)` and `mapped_column(…)` outside of tests and migrations, in tables, mixins and `Table(…)` alike,
and the fields of SQLModel tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Union

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name, last_name
from reviewer.project.data.columns import Column, ReadType, declared_attributes
from reviewer.project.data.eager_values import EagerValues
from reviewer.project.data.naive_times import NaiveTimes
from reviewer.project.data.schema_fields import plain_type
from reviewer.project.data.sqlalchemy import Tables, is_migration
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope, Scope
from reviewer.project.evaluation.values import (
    ClassValue,
    External,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.rule import Place

MAKERS = ("Column", "mapped_column")
#: Keywords whose value is put into rows.
DEFAULTS = ("default", "onupdate", "insert_default", "default_factory")
#: SQL types that hold a time with or without its zone.
TIME_TYPES = frozenset({"DateTime", "TIMESTAMP", "DATETIME"})
#: Calls that make a new value, where the value itself is meant as an example.
EMPTY_MAKERS = frozenset({"dict", "list", "set"})


class ColumnDefault(msgspec.Struct, frozen=True, eq=False):
    """A default or `onupdate` of a column."""

    column_name: str  # as a reader knows it: `User.created_at`, or the name in `Table(…)`
    keyword: str
    value: tree.Expression
    scope: Scope
    symbol: str
    module: Module

    @property
    def place(self) -> Place:
        """The value."""
        return place_of(self.module, self.value)


class NaiveColumn(msgspec.Struct, frozen=True, eq=False):
    """A column that is filled with naive times."""

    column: Column
    filled_by: str  # `datetime.utcnow`
    has_time_zone: bool  # the column itself holds the time zone


class ColumnDefaults:
    """Answers what columns are filled with."""

    def __init__(self, modules: tuple[Module, ...], evaluator: Evaluator, calls: Calls, tables: Tables) -> None:
        self._modules = modules
        self._evaluator = evaluator
        self._calls = calls
        self._tables = tables

    @cached_property
    def all(self) -> tuple[ColumnDefault, ...]:
        """The defaults of all columns that are made by a call, in order."""
        return tuple(self._find())

    def eager(self) -> Iterator[tuple[ColumnDefault, tree.Call]]:
        """The defaults that are computed at import and change, each with the call."""
        eager_values = EagerValues(self._evaluator)
        for default in self.all:
            if not isinstance(default.value, tree.Lambda):
                call = eager_values.in_default(default.value, default.scope)
                if call is not None:
                    yield default, call

    def shared(self) -> Iterator[ColumnDefault]:
        """The defaults that are one list or dictionary for all rows."""
        for default in self.all:
            value = default.value
            is_display = isinstance(value, (tree.List, tree.Dictionary, tree.Set))
            if is_display or (isinstance(value, tree.Call) and dotted_name(value.function) in EMPTY_MAKERS):
                yield default

    def _find(self) -> Iterator[ColumnDefault]:
        for module, declaration in self._calls.declarations_calling(*MAKERS):
            if module.is_test or is_migration(module):
                continue
            body, scope, symbol = self._around(module, declaration)
            for statement in body:
                for node in tree.walk_scope((statement,)):
                    if isinstance(node, tree.Call) and called_name(node) in MAKERS:
                        for keyword in node.keywords:
                            if keyword.name in DEFAULTS and self._is_column(node, scope):
                                name = _column_name(statement, node, declaration)
                                yield ColumnDefault(name, keyword.name or "", keyword.value, scope, symbol, module)

    def _around(self, module: Module, declaration: Declaration) -> tuple[tuple[tree.Statement, ...], Scope, str]:
        if declaration.kind == "module":
            return module.tree.body, self._evaluator.scope_of(module), module.name
        if declaration.kind == "class":
            owner = self._calls.class_of(module, declaration)
            return owner.node.body, ClassScope(owner, self._evaluator), owner.symbol
        function = self._calls.function_of(module, declaration)
        body = function.node.body if isinstance(function.node, tree.Function) else ()
        return body, self._evaluator.declared(function), function.symbol

    def _is_column(self, node: tree.Call, scope: Scope) -> bool:
        """Whether a call makes a column, as far as its name and origin tell."""
        called = self._evaluator.evaluate(node.function, scope)
        if isinstance(called, External):
            return called.name.startswith(("sqlalchemy", "sqlmodel", "flask_sqlalchemy"))
        return isinstance(called, (InstanceAttribute, Unknown))

    def naive(self) -> Iterator[NaiveColumn]:
        """The columns of tables, mixins and bases that are filled with naive times."""
        times = NaiveTimes(self._evaluator)
        for column in self._time_columns():
            has_time_zone = self._has_time_zone(column)
            if has_time_zone is None:
                continue
            for keyword in DEFAULTS:
                written = column.option(keyword)
                filled_by = None if written is None else times.made_by(written, self._scope_of(column))
                if filled_by is not None:
                    yield NaiveColumn(column, filled_by, has_time_zone)
                    break

    def _scope_of(self, column: Column) -> Scope:
        return ClassScope(column.owner, self._evaluator)

    def _time_columns(self) -> Iterator[Column]:
        """The columns that each class declares itself, of modules that fill columns with times."""
        for module in self._modules:
            if module.is_test or not module.mentions(*MAKERS, "Field") or not module.mentions(*DEFAULTS):
                continue
            if is_migration(module):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    owner = self._calls.class_of(module, declaration)
                    table = self._tables.of_class(owner)
                    is_model = table is not None and table.library == "sqlmodel"
                    for attribute in declared_attributes(owner, is_model, _reader(owner, self._evaluator)):
                        if isinstance(attribute, Column) and attribute.option(*DEFAULTS) is not None:
                            yield attribute

    def _has_time_zone(self, column: Column) -> bool | None:
        """Whether the SQL type of a column is for times with a zone; None where it is no time, or not known."""
        written = column.sql_type
        if written is None:
            return self._mapped_time(column)
        value = self._evaluator.evaluate(written, self._scope_of(column))
        made = value if isinstance(value, Instance) else None
        kind = made.type if made is not None else value
        name = kind.name if isinstance(kind, (External, InstanceAttribute)) else ""
        if name.rpartition(".")[2] not in TIME_TYPES or last_name(_named(written)) not in TIME_TYPES:
            return None
        if isinstance(kind, External) and not kind.name.startswith(("sqlalchemy", "flask_sqlalchemy", "sqlmodel")):
            return None
        return False if made is None else _is_true(made.argument(0, "timezone", False))

    def _mapped_time(self, column: Column) -> bool | None:
        """The same by `Mapped[datetime]` alone, unless the base says how such a type is mapped."""
        kind = plain_type(column.python_type) if column.annotation is not None else None
        if kind != External("datetime.datetime"):
            return None
        for ancestor in self._evaluator.ancestors(column.owner):
            if not isinstance(ancestor, (ClassValue, External)):
                return None
            if isinstance(ancestor, ClassValue) and ancestor.module.mentions("type_annotation_map"):
                return None
        is_mixin = self._tables.of_class(column.owner) is None
        return None if is_mixin and self._has_type_map else False

    @cached_property
    def _has_type_map(self) -> bool:
        return any(module.mentions("type_annotation_map") for module in self._modules)


def _named(written: tree.Expression) -> tree.Expression:
    return written.function if isinstance(written, tree.Call) else written


def _is_true(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _reader(owner: ClassValue, evaluator: Evaluator) -> ReadType:
    return lambda annotation: evaluator.annotation_value(annotation, ClassScope(owner, evaluator))


def _column_name(statement: tree.Statement, node: tree.Call, declaration: Declaration) -> str:
    """How a reader calls a column: by the class and attribute that hold it, or by its own first argument."""
    target: Union[tree.Node, None] = None
    if isinstance(statement, tree.Assign):
        target = statement.targets[0]
    elif isinstance(statement, tree.AnnotatedAssign):
        target = statement.target
    if declaration.kind == "class" and isinstance(target, tree.Name):
        return f"{declaration.qualname}.{target.id}"
    first = node.arguments[0] if node.arguments else None
    if isinstance(first, tree.Text):
        return first.value
    return declaration.qualname or "a column"
