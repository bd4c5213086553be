"""Links pages of queries: what skips rows by an offset, and whether the rows are in an order.

Takes the queries that functions run, gives those whose pages are not stable: an offset and nowhere an `ORDER BY`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.data.queries import Queries, outermost
from reviewer.project.data.query_building import BuiltQuery, QueryBuilding, QueryStep
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue
from reviewer.project.functions.callers import Callers
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Answer, Query

#: Steps that skip rows, and that bound how many there are.
SKIPPING = ("offset", "paginate", "slice")
#: Steps that put rows in an order, or leave at most one.
ORDERING = frozenset({"order_by", "order_by_clause", "sort", "apply_ordering", "from_statement", "tablesample"})
SINGLE = frozenset(
    {"one", "one_or_none", "scalar_one", "scalar_one_or_none", "first", "count", "exists", "scalar", "get"}
)


class UnorderedPage(msgspec.Struct, frozen=True, eq=False):
    """A query that skips rows and puts them in no order."""

    step: QueryStep  # that skips
    query: Query  # that runs it
    entity: ClassValue | None

    @property
    def is_run_elsewhere(self) -> bool:
        """Whether another function runs the query."""
        return self.query.call.caller is not self.step.function


class Pages:
    """Answers which pages of queries are in no order."""

    def __init__(
        self, evaluator: Evaluator, calls: Calls, queries: Queries, building: QueryBuilding, callers: Callers
    ) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._queries = queries
        self._building = building
        self._callers = callers

    def unordered(self) -> Iterator[UnorderedPage]:
        """The queries with an offset and no order, each place once; tests and migrations are left out."""
        seen: set[int] = set()
        for function in self._functions():
            for query in outermost(self._queries.of(function)):
                if query.kind not in ("statement", "query"):
                    continue
                built = self._building.executed(query)
                for step in self._skipping(built):
                    if id(step.node) not in seen and self._is_unordered(built):
                        seen.add(id(step.node))
                        yield UnorderedPage(step, query, self._entity(built))

    def _functions(self) -> Iterator[FunctionValue]:
        """The functions that skip rows, and those that run what such a function gives them."""
        found: dict[int, FunctionValue] = {}
        for module, declaration in self._calls.declarations_calling(*SKIPPING):
            if declaration.kind == "function" and not _is_aside(module):
                function = self._calls.function_of(module, declaration)
                found[id(function)] = function
                for site in self._callers.of(function).sites:
                    if not _is_aside(site.caller.module):
                        found.setdefault(id(site.caller), site.caller)
        yield from found.values()

    def _skipping(self, built: BuiltQuery) -> Iterator[QueryStep]:
        for step in built.named(*SKIPPING):
            if step.name == "slice" and not isinstance(step.node, tree.Call):
                continue  # a slice of the list that was fetched
            if (step.arguments and not _is_zero(step.arguments[0])) or step.name == "paginate":
                yield step

    def _is_unordered(self, built: BuiltQuery) -> bool:
        if not built.is_complete or any(one.name in ORDERING or one.name in SINGLE for one in built.steps):
            return False
        if any(one.name == "limit" and one.arguments and _is_one(one.arguments[0]) for one in built.steps):
            return False  # picks one row
        entity = self._entity(built)
        return entity is None or self._is_ordered_by_class(entity) is Answer.NO

    def _entity(self, built: BuiltQuery) -> ClassValue | None:
        return next((one for root in built.roots if (one := self._building.entity_of(root)) is not None), None)

    def _is_ordered_by_class(self, entity: ClassValue) -> Answer:
        """Whether the class says in which order its rows come: `__mapper_args__`, `class Meta: ordering`."""
        for owner in self._evaluator.ancestors(entity):
            if isinstance(owner, ClassValue):
                for statement in owner.node.body:
                    if isinstance(statement, tree.Class) and statement.name == "Meta":
                        return Answer.UNKNOWN
                    if isinstance(statement, tree.Assign) and any(
                        isinstance(one, tree.Name) and one.id == "__mapper_args__" for one in statement.targets
                    ):
                        return Answer.UNKNOWN if _mentions(statement.value, "order_by") else Answer.NO
        return Answer.NO


def _is_aside(module: Module) -> bool:
    return module.is_test or is_migration(module)


def _is_zero(node: tree.Expression) -> bool:
    return isinstance(node, tree.Number) and node.value == 0


def _is_one(node: tree.Expression) -> bool:
    return isinstance(node, tree.Number) and node.value == 1


def _mentions(node: tree.Expression, text: str) -> bool:
    return any(isinstance(one, tree.Text) and one.value == text for one in tree.walk(node))
