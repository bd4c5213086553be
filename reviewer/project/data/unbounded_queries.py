"""Which functions of requests fetch all rows of a table to pick, page, sort or add them up in Python.

Takes the loops, comprehensions, slices and calls that consume rows, follows what they consume to the query, gives
those that fetch a whole table; and the views of Flask that answer with one. What routes of FastAPI merely answer with
is left to `routes.unpaged_lists`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.query_building import QueryBuilding, QueryStep
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_reach import Handler, RequestReach
from reviewer.project.model import Table
from reviewer.project.routes.unpaged_lists import CONDITIONS, PAGE_PARAMETERS, UnpagedLists, names_list
from reviewer.rule import Place

#: What gives rows at the end of a query.
ROWS = ("all", "scalars", "fetchall", "to_list", "mappings", "find_all")
#: Functions that take rows to one value, with what they do.
REDUCING = {
    "next": "picked", "filter": "picked", "any": "picked", "sorted": "sorted", "max": "picked", "min": "picked",
    "sum": "added up",
}  # fmt: skip
#: How often the name of rows stands in a function that uses them once: where they are bound, and used.
USES = 2


class UnboundedQuery(msgspec.Struct, frozen=True, eq=False):
    """A query for a whole table in a request, and what Python does with the rows."""

    table: Table
    query: QueryStep  # that fetches
    use: str  # "picked", "paged", "sorted", "added up" or "answered"
    place: Place  # of the use
    function: FunctionValue
    handler: Handler


class UnboundedQueries:
    """Finds them; tests and migrations are left out."""

    def __init__(self, calls: Calls, building: QueryBuilding, lists: UnpagedLists, reach: RequestReach) -> None:
        self._calls = calls
        self._building = building
        self._lists = lists
        self._reach = reach

    def find(self) -> Iterator[UnboundedQuery]:
        """All, in order, each query once in a function."""
        for function in self._functions():
            seen: set[Place] = set()
            for node, rows, use in _consumed(function):
                found = self._whole_table(rows, function) if _is_used_once(rows, function) else None
                if found is None or found[1].place in seen:
                    continue
                handler = self._reach.handler_leading_to(function)
                if handler is None:
                    break
                seen.add(found[1].place)
                yield UnboundedQuery(*found, use, place_of(function.module, node), function, handler)
        yield from self._answered()

    def _answered(self) -> Iterator[UnboundedQuery]:
        """What views of Flask answer with, that are asked for no page and no part."""
        for handler in self._reach.handlers:
            function, route = handler.function, handler.route
            if route.framework != "flask" or route.method != "GET" or handler.is_dependency or "<" in route.path:
                continue
            if any(PAGE_PARAMETERS.search(one.value) for one in function.nodes_of(tree.Text) if len(one.value) < 20):
                continue
            found = self._lists.returned_by(function, is_without_conditions=True) if names_list(route) else None
            if found is not None and found[0] is not None:
                yield UnboundedQuery(found[0], found[1], "answered", found[1].place, function, handler)

    def _functions(self) -> Iterator[FunctionValue]:
        """The functions that fetch rows."""
        for module, declaration in self._calls.declarations_calling(*ROWS):
            if declaration.kind == "function" and not module.is_test and not is_migration(module):
                yield self._calls.function_of(module, declaration)

    def _whole_table(self, node: tree.Expression, function: FunctionValue) -> tuple[Table, QueryStep] | None:
        """The table all rows of which an expression is, none of them left out."""
        built = self._building.of(node, function)
        found = None if built.has(*CONDITIONS) else self._lists.whole_table(built)
        if found is None or found[0] is None:
            return None
        return found[0], found[1]


def _consumed(function: FunctionValue) -> Iterator[tuple[tree.Node, tree.Expression, str]]:
    """What a function consumes rows by: the node, the rows, and what becomes of them."""
    for comprehension in function.nodes_of(tree.Comprehension):
        loop = comprehension.loops[0]
        if loop.conditions and _compares(loop.conditions, loop.target):
            yield comprehension, loop.iterable, "picked"
    for statement in function.nodes_of(tree.For):
        if _looks_for_one(statement):
            yield statement.iterable, statement.iterable, "picked"
    for part in function.nodes_of(tree.Subscript):
        if isinstance(part.index, tree.Slice):
            yield part, part.value, "paged"
    for call in function.nodes_of(tree.Call):
        use = REDUCING.get(called_name(call)) if isinstance(call.function, tree.Name) else None
        if use is not None and call.arguments:
            rows = call.arguments[-1] if called_name(call) == "filter" else call.arguments[0]
            if isinstance(rows, tree.Comprehension):
                rows = rows.loops[0].iterable
            yield call, rows, use


def _is_used_once(rows: tree.Expression, function: FunctionValue) -> bool:
    """Whether rows are used for nothing else."""
    if not isinstance(rows, tree.Name):
        return True
    return sum(one.id == rows.id for one in function.nodes_of(tree.Name)) <= USES


def _compares(conditions: tuple[tree.Expression, ...], target: tree.Expression) -> bool:
    """Whether a condition compares something of the row, not only asks whether it is there."""
    comparisons = tuple(one for node in conditions for one in tree.walk(node) if isinstance(one, tree.Comparison))
    return _depends_on(comparisons, target)


def _depends_on(conditions: tuple[tree.Expression, ...], target: tree.Expression) -> bool:
    """Whether a condition asks the row itself."""
    names = {one.id for one in tree.walk(target) if isinstance(one, tree.Name)}
    return any(isinstance(one, tree.Name) and one.id in names for node in conditions for one in tree.walk(node))


def _looks_for_one(loop: tree.For) -> bool:
    """Whether a loop is nothing but a test of the row that ends it: it looks for one row."""
    match loop.body:
        case (tree.If(test=test, body=body, otherwise=()),) if _depends_on((test,), loop.target):
            return isinstance(body[-1], (tree.Return, tree.Break))
        case _:
            return False
