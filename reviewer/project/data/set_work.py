"""Links rows that are fetched to be counted alone, and commits that each item of a loop makes.

Takes calls of `len` and loops with a commit, gives those that one statement would do.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.data.queries import Queries
from reviewer.project.data.query_building import QueryBuilding
from reviewer.project.data.sessions import is_script
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.loops import Loop, looped_calls
from reviewer.project.functions.request_reach import Handler, RequestReach
from reviewer.project.model import Query
from reviewer.rule import Place

FETCHING = ("all", "scalars", "fetchall")
BOUNDING = frozenset({"limit", "first", "one", "one_or_none", "slice", "item", "count", "scalar"})
#: What a count cannot do: lock the rows, or write them and tell which they were.
NEEDING_ROWS = frozenset({"with_for_update", "returning", "delete", "update", "insert"})
WRITING = ("add", "add_all", "delete", "merge", "execute", "exec")


class CountedRows(msgspec.Struct, frozen=True, eq=False):
    """Rows that are fetched for their number alone."""

    function: FunctionValue
    place: Place  # the call of `len`


class LoopedCommit(msgspec.Struct, frozen=True, eq=False):
    """A commit that each item of a loop makes."""

    query: Query
    loop: Loop
    handler: Handler  # of the request that runs the loop

    @property
    def place(self) -> Place:
        """The commit."""
        return self.query.place


class SetWork:
    """Answers what is done row by row and could be done at once."""

    def __init__(self, calls: Calls, queries: Queries, building: QueryBuilding, reach: RequestReach) -> None:
        self._calls = calls
        self._queries = queries
        self._building = building
        self._reach = reach

    def counted_rows(self) -> Iterator[CountedRows]:
        """The calls of `len` on all rows of a query that nothing else uses, in order; tests are left out."""
        for module, declaration in self._calls.declarations_calling("len"):
            if declaration.kind != "function" or _is_aside(module) or not set(FETCHING) & set(declaration.calls):
                continue
            function = self._calls.function_of(module, declaration)
            for call in self._calls.nodes_named(function, "len"):
                if len(call.arguments) == 1 and self._is_fetched_for(call.arguments[0], function):
                    yield CountedRows(function, place_of(module, call))

    def _is_fetched_for(self, node: tree.Expression, function: FunctionValue) -> bool:
        """Whether an expression fetches all rows, and is used nowhere else."""
        if isinstance(node, tree.Name):
            uses = [one for one in function.nodes_of(tree.Name) if one.id == node.id]
            if len(uses) != 2:  # where it is bound, and here
                return False
        elif not isinstance(node, (tree.Call, tree.Await)):
            return False
        built = self._building.of(node, function)
        return built.is_complete and built.has(*FETCHING) and not built.has(*BOUNDING, *NEEDING_ROWS)

    def looped_commits(self) -> Iterator[LoopedCommit]:
        """The commits in loops that requests run and that write for each item, the first of each function."""
        for module, declaration in self._calls.declarations_calling("commit"):
            if declaration.kind != "function" or not declaration.has_loop or _is_aside(module):
                continue
            function = self._calls.function_of(module, declaration)
            found = next(self._commits_in(function), None)
            if found is not None:
                yield found

    def _commits_in(self, function: FunctionValue) -> Iterator[LoopedCommit]:
        for call, loops in looped_calls(function):
            loop = loops[-1]
            if called_name(call) != "commit" or not isinstance(loop.node, tree.For) or loop.ends_early:
                continue
            query = self._queries.at(function, call)
            if query is None or any(map(loop.holds, function.nodes_of(tree.Try))) or not self._writes(loop):
                continue
            handler = self._reach.handler_leading_to(function)
            if handler is not None:
                yield LoopedCommit(query, loop, handler)

    def _writes(self, loop: Loop) -> bool:
        return any(
            called_name(call) in WRITING and self._queries.at(loop.function, call) is not None
            for call in loop.function.nodes_of(tree.Call)
            if loop.holds(call)
        )


def _is_aside(module: Module) -> bool:
    return module.is_test or is_script(module) or is_migration(module)
