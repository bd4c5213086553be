"""Links the conditions of queries: operators of Python where SQL was meant.

Takes the calls that take conditions (`filter`, `where`, `or_`), gives the expressions in them that Python computes at
once: `Post.deleted is None`, `Post.a == 1 and Post.b == 2`, `not Post.public`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.queries import Queries
from reviewer.project.data.sqlalchemy import Tables, is_migration
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Instance, Unknown, place_of
from reviewer.project.functions.calls import Calls
from reviewer.rule import Place

#: Calls whose arguments are conditions.
CONDITIONAL_CALLS = ("filter", "where", "having", "and_", "or_", "not_", "any", "has", "join", "outerjoin")
#: Calls that join conditions, in which more are looked for.
JOINING = frozenset({"and_", "or_", "not_"})
IDENTITY = frozenset({"is", "is not"})
MEMBERSHIP = frozenset({"in", "not in"})
NESTING_LIMIT = 30


class PythonOperator(msgspec.Struct, frozen=True, eq=False):
    """An operator of Python in the condition of a query."""

    operator: str  # "is", "is not", "in", "not in", "and", "or" or "not"
    node: tree.Expression
    function: FunctionValue

    @property
    def place(self) -> Place:
        """The expression."""
        return place_of(self.function.module, self.node)


class _Condition(NamedTuple):
    """Where a condition stands."""

    function: FunctionValue
    call: tree.Call
    queried: frozenset[str]  # what the query is made of, by name: `Post` in `Post.query` and `select(Post)`


class QueryConditions:
    """Answers where Python's operators stand in conditions."""

    def __init__(self, calls: Calls, tables: Tables, queries: Queries) -> None:
        self._calls = calls
        self._tables = tables
        self._queries = queries

    def python_operators(self) -> Iterator[PythonOperator]:
        """The operators of Python in conditions of queries, in order; tests and migrations are left out."""
        for module, declaration in self._calls.declarations_calling(*CONDITIONAL_CALLS):
            if module.is_test or declaration.kind == "class" or is_migration(module):
                continue
            is_function = declaration.kind == "function"
            function = (
                self._calls.function_of(module, declaration) if is_function else self._queries.module_body(module)
            )
            for call in self._calls.nodes_named(function, *CONDITIONAL_CALLS):
                condition = _Condition(function, call, frozenset(_queried_names(call)))
                for argument in call.arguments:
                    yield from self._in_condition(argument, condition)

    def _in_condition(self, node: tree.Expression, condition: _Condition, nesting: int = 0) -> Iterator[PythonOperator]:
        if nesting > NESTING_LIMIT:
            return
        if isinstance(node, tree.Comparison) and len(node.operators) == 1:
            if self._is_misread(node, condition):
                yield PythonOperator(node.operators[0], node, condition.function)
        elif isinstance(node, tree.BooleanOperation):
            if any(self._is_sql(one, condition) for one in node.values[:-1]):
                yield PythonOperator(node.operator, node, condition.function)
        elif isinstance(node, tree.UnaryOperation):
            if node.operator == "not" and self._is_sql(node.operand, condition):
                yield PythonOperator("not", node, condition.function)
            elif node.operator == "~":
                yield from self._in_condition(node.operand, condition, nesting + 1)
        elif isinstance(node, tree.BinaryOperation) and node.operator in ("&", "|"):
            yield from self._in_condition(node.left, condition, nesting + 1)
            yield from self._in_condition(node.right, condition, nesting + 1)

    def _is_misread(self, node: tree.Comparison, condition: _Condition) -> bool:
        """Whether `is` or `in` is asked of a column: `Post.deleted is None`."""
        operator, other = node.operators[0], node.comparators[0]
        if operator in MEMBERSHIP:
            return self._is_column(node.left, condition)
        if operator not in IDENTITY or not isinstance(other, (tree.Constant, tree.Number, tree.Text)):
            return False
        return self._is_column(node.left, condition) or (
            isinstance(node.left, tree.Attribute)
            and isinstance(node.left.value, tree.Subscript)  # `tables[name].value is True`
            and called_name(condition.call) == "filter"
            and _goes_on_from_query(condition.call)
        )

    def _is_sql(self, node: tree.Expression, condition: _Condition) -> bool:
        """Whether an expression is a column, or a comparison of one."""
        if isinstance(node, tree.Comparison):
            return self._is_column(node.left, condition) or any(
                self._is_column(one, condition) for one in node.comparators
            )
        if isinstance(node, tree.UnaryOperation):
            return self._is_sql(node.operand, condition)
        if isinstance(node, tree.BooleanOperation):
            return any(self._is_sql(one, condition) for one in node.values)
        if isinstance(node, tree.Call) and isinstance(node.function, tree.Attribute):
            return self._is_column(node.function.value, condition)  # `Post.title.like(…)`
        return self._is_column(node, condition)

    def _is_column(self, node: tree.Expression, condition: _Condition) -> bool:
        """Whether an expression is `Post.title`, a mapped attribute of a table class."""
        if not isinstance(node, tree.Attribute):
            return False
        owner = self._queries.value_of(node.value, condition.function)
        if isinstance(owner, (Unknown, External)):  # a class of another package, which the query asks for by name
            return isinstance(node.value, tree.Name) and node.value.id in condition.queried
        if isinstance(owner, Instance) and owner.arguments and not owner.is_typed_only:  # `aliased(Post)`
            owner = owner.arguments[0] if called_by(owner) == "aliased" else None
        table = self._tables.of_class(owner) if isinstance(owner, ClassValue) else None
        return table is not None and (node.name in table.column_names or node.name in table.relationship_names)


def called_by(made: Instance) -> str:
    """The last name of what made an object."""
    return called_name(made.node) if isinstance(made.node, tree.Call) else ""


def _queried_names(call: tree.Call) -> Iterator[str]:
    """The names of the classes that the query which a call goes on from asks for."""
    node: tree.Expression = call.function
    while isinstance(node, (tree.Attribute, tree.Call)):
        if isinstance(node, tree.Call) and called_name(node) in ("query", "select"):
            yield from (one.id for one in node.arguments if isinstance(one, tree.Name))
        if isinstance(node, tree.Attribute) and node.name == "query" and isinstance(node.value, tree.Name):
            yield node.value.id
        node = node.function if isinstance(node, tree.Call) else node.value


def _goes_on_from_query(call: tree.Call) -> bool:
    """Whether a call goes on from `session.query(…)`."""
    node: tree.Expression = call.function
    while isinstance(node, (tree.Attribute, tree.Call)):
        if isinstance(node, tree.Call) and called_name(node) == "query":
            return True
        node = node.function if isinstance(node, tree.Call) else node.value
    return False
