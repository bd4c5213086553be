"""Which functions of requests fetch all rows of a table to pick, page, sort or go through them in Python.

Takes the loops, comprehensions, slices and calls that consume rows, follows what they consume to the query, gives
those that fetch a whole table. What a route merely answers with is left to `routes.unpaged_lists`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.query_building import QueryBuilding, QueryStep
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_reach import Handler, RequestReach
from reviewer.project.model import Table
from reviewer.project.routes.unpaged_lists import FETCHING, UnpagedLists
from reviewer.rule import Place

#: Steps that leave rows out, so that those that are left may be few.
CONDITIONS = (
    "where",
    "filter",
    "filter_by",
    "join",
    "outerjoin",
    "select_from",
    "with_parent",
    "intersect",
    "distinct",
)
#: Functions that take rows to one value, with what they do.
REDUCING = {
    "next": "picked", "filter": "picked", "any": "picked", "sorted": "sorted", "max": "picked", "min": "picked",
    "sum": "added up",
}  # fmt: skip
FUNCTION_DEPTH = 2


class UnboundedQuery(msgspec.Struct, frozen=True, eq=False):
    """A query for a whole table in a request, and what Python does with the rows."""

    table: Table
    query: QueryStep  # that fetches
    use: str  # "picked", "paged", "sorted", "added up" or "gone through"
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
                found = self._whole_table(rows, function)
                if found is None or found[1].place in seen:
                    continue
                handler = self._reach.handler_leading_to(function)
                if handler is None:
                    break
                seen.add(found[1].place)
                place = Place(function.module.path, node.line, node.column, node.end_line, node.end_column)
                yield UnboundedQuery(*found, use, place, function, handler)

    def _functions(self) -> Iterator[FunctionValue]:
        """The functions that fetch rows, and those that call one that gives them all."""
        giving = {
            declaration.qualname.rpartition(".")[2]
            for module, declaration in self._calls.declarations_calling(*FETCHING)
            if declaration.kind == "function" and not module.is_test
        }
        for module, declaration in self._calls.declarations_calling(*FETCHING, *giving):
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
        if loop.conditions and _depends_on(loop.conditions, loop.target):
            yield comprehension, loop.iterable, "picked"
    for statement in function.nodes_of(tree.For):
        if not _gathers(statement):
            picks = any(isinstance(one, (tree.Return, tree.Break)) for one in tree.walk_scope(statement.body))
            yield statement.iterable, statement.iterable, "picked" if picks else "gone through"
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


def _depends_on(conditions: tuple[tree.Expression, ...], target: tree.Expression) -> bool:
    """Whether a condition asks the row itself."""
    names = {one.id for one in tree.walk(target) if isinstance(one, tree.Name)}
    return any(isinstance(one, tree.Name) and one.id in names for node in conditions for one in tree.walk(node))


def _gathers(loop: tree.For) -> bool:
    """Whether a loop makes a list or mapping of all rows, as a route does that answers with them."""
    for node in tree.walk_scope(loop.body):
        if isinstance(node, tree.Call) and called_name(node) in ("append", "add", "extend", "update", "setdefault"):
            return True
        if isinstance(node, (tree.Yield, tree.AugmentedAssign)):
            return True
        if isinstance(node, tree.Assign) and isinstance(node.targets[0], tree.Subscript):
            return True
    return False
