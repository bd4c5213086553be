"""Links queries that run once for each item of a loop, themselves or through functions that look something up.

Takes the calls in loops while a request is answered, gives those that read from the database with what belongs to the
item. Batches, retries, searches that end with the first hit, and lookups that are kept are no such loops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.data.database_roles import METHOD_NAMES
from reviewer.project.data.queries import Queries
from reviewer.project.data.query_building import QueryBuilding
from reviewer.project.data.sessions import is_script
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.values import ClassValue, FunctionValue, decorator_names, place_of
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.functions.local_flow import names_in
from reviewer.project.functions.loops import Loop, looped_calls
from reviewer.project.functions.request_reach import ReachedCall, RequestReach
from reviewer.project.model import Answer, CallSite, Query
from reviewer.project.routes.side_effects import is_write
from reviewer.rule import Place

#: Names of functions that look something up and do little else.
LOOKUP = re.compile(
    r"_?(?:get|find|fetch|load|lookup|look_up|read|query|count|exists|is|has|list|search|select)(?:_|$)"
)
#: Names that create what is not there, or keep what they have found.
NO_LOOKUP = re.compile(r"or_create|or_add|or_insert|cache|upsert|and_(?:set|update|delete|create)|lock")
#: Loops over parts of a whole, each of which may well be a query.
BATCH = re.compile(r"chunk|batch|page|range|partition|islice|retr|attempt|window|shard|tenant|bucket")
KEEPING_DECORATORS = ("cache", "lru_cache", "cached", "cachedmethod", "alru_cache", "memoize", "cached_property")
#: Methods that fetch, of objects that run text.
READING_METHODS = frozenset({"fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "fetch_val", "iterate"})
LEGACY_READING = frozenset(
    {"all", "first", "first_or_404", "one", "one_or_none", "one_or_404", "scalar", "count", "get", "get_or_404"}
)
CHAIN_LIMIT = 3


class LoopedQuery(msgspec.Struct, frozen=True, eq=False):
    """A query that runs for each item of a loop."""

    site: CallSite  # in the loop: the query, or a call that leads to it
    loop: Loop
    query: Query
    reached: ReachedCall  # the request that runs the loop
    written: str  # the call in the loop, as a reader knows it

    @property
    def place(self) -> Place:
        """The call in the loop."""
        return self.site.place

    @property
    def loop_place(self) -> Place:
        """What the loop goes over."""
        return place_of(self.site.caller.module, self.loop.iterable)


class LoopedQueries:
    """Answers which queries run for each item."""

    def __init__(
        self,
        modules: Iterable[Module],
        calls: Calls,
        queries: Queries,
        building: QueryBuilding,
        reach: RequestReach,
    ) -> None:
        self._building = building
        self._modules = [
            one
            for one in modules
            if not (one.is_test or is_script(one) or is_migration(one) or "migration" in one.name)
        ]
        self._calls = calls
        self._queries = queries
        self._reach = reach
        self._read_by: dict[int, Query | None] = {}

    def find(self) -> Iterator[LoopedQuery]:
        """The queries in loops that requests run, the first of each function; tests and migrations are left out."""
        for function in self._functions():
            found = next(self._in_function(function), None)
            if found is not None:
                yield found

    def _functions(self) -> Iterator[FunctionValue]:
        """The functions with a loop that call something which may read."""
        for module in self._modules:
            for declaration in module.index.declarations:
                if declaration.has_loop and declaration.kind == "function" and any(map(_may_read, declaration.calls)):
                    yield self._calls.function_of(module, declaration)

    def _in_function(self, function: FunctionValue) -> Iterator[LoopedQuery]:
        for call, loops in looped_calls(function):
            if not _may_read(called_name(call)):
                continue
            loop = loops[-1]
            if not _depends(call, loop) or any(_is_in_parts(one) or one.ends_early for one in loops):
                continue
            if self._goes_over_literals(function, loop):
                continue
            site = self._calls.site_of(function, call)
            query = self._read_at(site)
            if query is None or _is_kept(function, call, loop):
                continue
            reached = self._reach.reaching(site)
            if reached is not None:
                written = dotted_name(call.function) or called_name(call)
                yield LoopedQuery(site, loop, query, reached, written)

    def _goes_over_literals(self, function: FunctionValue, loop: Loop) -> bool:
        """Whether a loop goes over what the function itself lists: `tables = [Order, Item]`."""
        if not isinstance(loop.iterable, tree.Name):
            return False
        return any(
            isinstance(one.value, (tree.List, tree.Tuple, tree.Set))
            and bool(one.value.items)
            and any(isinstance(target, tree.Name) and target.id == loop.iterable.id for target in one.targets)
            for one in function.nodes_of(tree.Assign)
        )

    def _read_at(self, site: CallSite) -> Query | None:
        """The query that a call runs, itself or through functions that look something up."""
        query = self._queries.at(site.caller, site.node)
        if query is not None:
            return query if is_reading(query) and not self._writes_by_variable(query) else None
        if isinstance(site.callee, ClassValue):
            return None
        return next((one for target in targets(site.callee) if (one := self._read_in(target)) is not None), None)

    def _writes_by_variable(self, query: Query) -> bool:
        """Whether the statement is a variable that is bound to a write: `statement = update(User)`."""
        if not isinstance(query.statement, tree.Name):
            return False
        built = self._building.of(query.statement, query.call.caller)
        return built.has("update", "delete", "insert")

    def lookup_of(self, function: FunctionValue) -> Query | None:
        """The query that a function runs, itself or through functions that look something up."""
        return self._own_or_called(function, 0)

    def _read_in(self, function: FunctionValue, depth: int = 0) -> Query | None:
        if id(function) in self._read_by:
            return self._read_by[id(function)]
        self._read_by[id(function)] = None
        if _looks_up(function):
            self._read_by[id(function)] = self._own_or_called(function, depth)
        return self._read_by[id(function)]

    def _own_or_called(self, function: FunctionValue, depth: int) -> Query | None:
        own = next((one for one in self._queries.of(function) if is_reading(one)), None)
        if own is not None or depth >= CHAIN_LIMIT:
            return own
        for node in function.nodes_of(tree.Call):
            if _may_read(called_name(node)):
                for target in targets(self._calls.site_of(function, node).callee):
                    found = self._read_in(target, depth + 1)
                    if found is not None:
                        return found
        return None


def is_reading(query: Query) -> bool:
    """Whether a query reads rows: it is sent when the call is made, and gives something."""
    if query.kind == "query":
        return query.method in LEGACY_READING
    if query.kind == "object":
        return query.method in ("get", "get_one", "get_or_404")
    if query.kind != "statement" or is_write(query):
        return False
    if query.method in READING_METHODS:
        return True
    if query.is_text is Answer.YES:
        return query.text.lstrip(" \n\t(").lower().startswith(("select", "with"))
    return query.role == "session" and query.statement is not None


def _is_aside(module: Module) -> bool:
    return (
        module.is_test
        or is_script(module)
        or is_migration(module)
        or "migration" in module.name
        or "_tests" in module.name
    )


@lru_cache(maxsize=4096)
def _may_read(name: str) -> bool:
    """Whether a call of something of this name may read: a method of a session or query, or a lookup."""
    return name in METHOD_NAMES or (LOOKUP.match(name) is not None and NO_LOOKUP.search(name) is None)


def _looks_up(function: FunctionValue) -> bool:
    name = function.name
    if LOOKUP.match(name) is None or NO_LOOKUP.search(name) is not None:
        return False
    return not any(one in KEEPING_DECORATORS or "cache" in one for one in decorator_names(function))


def _is_in_parts(loop: Loop) -> bool:
    """Whether a loop goes over batches, attempts, or what the program lists."""
    iterable = loop.iterable
    if isinstance(iterable, (tree.Tuple, tree.List, tree.Set, tree.Dictionary)):
        return True
    words = " ".join(
        one.name if isinstance(one, tree.Attribute) else getattr(one, "id", "") for one in tree.walk(iterable)
    )
    if BATCH.search(words.lower()) is not None or BATCH.search(" ".join(names_in(loop.target)).lower()) is not None:
        return True
    return isinstance(iterable, tree.Name) and (iterable.id.isupper() or iterable.id[:1].isupper())


def _depends(call: tree.Call, loop: Loop) -> bool:
    """Whether a call is given something of the item, and not the item as a list of keys."""
    given = {name for one in (*call.arguments, *(each.value for each in call.keywords)) for name in names_in(one)}
    node: tree.Expression = call.function
    while isinstance(node, (tree.Attribute, tree.Call, tree.Await)):  # `session.query(…).filter(… == item.id).first()`
        if isinstance(node, tree.Call):
            given |= {
                name for one in (*node.arguments, *(each.value for each in node.keywords)) for name in names_in(one)
            }
            node = node.function
        else:
            node = node.value
    return not given.isdisjoint(loop.names) and not any(
        isinstance(one, tree.Call) and called_name(one) in ("in_", "any_") for one in tree.walk(call)
    )


def _is_kept(function: FunctionValue, call: tree.Call, loop: Loop) -> bool:
    """Whether a lookup is made for those items alone that are not known yet: under `if key not in found`.

    Also for the first item alone: under `if not event`, where nothing else in the loop sets `event`.
    """
    position = (call.line, call.column)
    for branch in function.nodes_of(tree.If):
        if not any((one.line, one.column) <= position <= (one.end_line, one.end_column) for one in branch.body):
            continue
        if any(
            isinstance(one, tree.Comparison) and one.operators[0] in ("in", "not in") for one in tree.walk(branch.test)
        ):
            return True
        if not _bound_in(branch.body, call).isdisjoint(_missing(branch.test) - _bound_elsewhere(branch, loop)):
            return True
    return any(
        isinstance(one, (tree.BooleanOperation, tree.Conditional)) and any(two is call for two in tree.walk(one))
        for statement in loop.body
        for one in tree.walk_scope((statement,))
    )


def _missing(test: tree.Expression) -> set[str]:
    """The names that a test finds without a value: `not event`, `event is None`."""
    match test:
        case tree.UnaryOperation(operator="not", operand=tree.Name(id=name)):
            return {name}
        case tree.Comparison(operators=("is",), left=tree.Name(id=name), comparators=(tree.Constant(value="None"),)):
            return {name}
    return set()


def _bound_in(body: Iterable[tree.Statement], call: tree.Call) -> set[str]:
    """The names that an assignment of a call's result binds."""
    found: set[str] = set()
    for one in tree.walk_scope(tuple(body)):
        if isinstance(one, tree.Assign) and any(inner is call for inner in tree.walk(one.value)):
            for target in one.targets:
                found.update(names_in(target))
    return found


def _bound_elsewhere(branch: tree.If, loop: Loop) -> set[str]:
    """The names that a loop sets for each item, outside of a branch."""
    found = set(names_in(loop.target))
    inside = {id(one) for one in tree.walk_scope(branch.body)}
    for one in tree.walk_scope(loop.body):
        if isinstance(one, tree.Assign) and id(one) not in inside:
            for target in one.targets:
                found.update(names_in(target))
    return found
