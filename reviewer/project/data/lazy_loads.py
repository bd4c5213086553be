"""Links relationships to where they are loaded late: read from rows whose query did not load them.

Takes what functions read from the rows of a query, gives the reads that send a query of their own: for each row of a
list, or on an asynchronous session, where they fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.data.queries import Queries
from reviewer.project.data.query_building import BuiltQuery, QueryBuilding, QueryStep
from reviewer.project.data.sessions import is_script
from reviewer.project.data.sqlalchemy import Tables, is_migration
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.local_flow import names_in
from reviewer.project.functions.request_reach import RequestReach
from reviewer.project.model import Answer, Table
from reviewer.rule import Place

#: Steps that fetch rows, and those after which there are no whole objects.
FETCHING = frozenset({"all", "scalars"})
NOT_WHOLE = frozenset(
    {
        "with_entities", "add_columns", "mappings", "values", "group_by", "from_statement", "count", "exists",
        "returning", "with_only_columns", "union", "add_entity", "one", "one_or_none", "first", "get", "item",
        "first_or_404", "get_or_404",
    }
)  # fmt: skip
#: Calls that load what was not loaded, and names that stand for it.
LOADING = frozenset({"refresh", "run_sync", "awaitable_attrs", "object_session", "set_committed_value"})


class LazyLoad(msgspec.Struct, frozen=True, eq=False):
    """A relationship that is read from rows whose query did not load it."""

    table: Table
    relationship: str
    function: FunctionValue  # that goes through the rows
    read_at: Place  # where the relationship is read: in that function, or in a method of the table
    query: QueryStep  # what the query begins with
    is_async: bool  # on an asynchronous session, where the read fails

    @property
    def place(self) -> Place:
        """The query that should load it; the read where the caller says what to load."""
        takes_options = any("option" in one.name or "load" in one.name for one in self.query.function.node.parameters)
        return self.read_at if takes_options else self.query.place


class LazyLoads:
    """Answers which relationships are loaded late."""

    def __init__(
        self,
        modules: Iterable[Module],
        evaluator: Evaluator,
        calls: Calls,
        tables: Tables,
        queries: Queries,
        building: QueryBuilding,
        reach: RequestReach,
    ) -> None:
        self._modules = [one for one in modules if not (one.is_test or is_script(one) or is_migration(one))]
        self._evaluator = evaluator
        self._calls = calls
        self._tables = tables
        self._queries = queries
        self._building = building
        self._reach = reach

    def find(self) -> Iterator[LazyLoad]:
        """The late loads of functions that requests run, one for each query and relationship, in order."""
        seen: set[tuple[int, str]] = set()
        yield from self._past_awaited()
        for function in self._functions():
            for load in self._in_function(function):
                key = (id(load.query.node), load.relationship)
                if key not in seen:
                    seen.add(key)
                    yield load

    def _past_awaited(self) -> Iterator[LazyLoad]:
        """Reads of a relationship in methods that await it too: `self.posts` beside `awaitable_attrs.posts`."""
        for table in self._tables.all:
            if not table.value.module.mentions("awaitable_attrs"):
                continue
            for statement in table.value.node.body:
                if not isinstance(statement, tree.Function) or not statement.is_async:
                    continue
                reads = [one for one in tree.walk_scope(statement.body) if isinstance(one, tree.Attribute)]
                awaited = {one.name for one in reads if _last_of(one.value) == "awaitable_attrs"}
                found = self._evaluator.find_in_class(table.value, statement.name)
                for read in reads:
                    is_own = isinstance(read.value, tree.Name) and read.value.id == "self" and read.name in awaited
                    if is_own and table.relationship(read.name) is not None and found is not None:
                        function = found[1]
                        if isinstance(function, FunctionValue):
                            step = QueryStep(read.name, read, function)
                            place = place_of(function.module, read)
                            yield LazyLoad(table, read.name, function, place, step, True)

    @cached_property
    def _lazy_names(self) -> frozenset[str]:
        """The names of relationships that are loaded when they are read."""
        return frozenset(one.name for table in self._tables.all for one in table.relationships if one.lazy == "select")

    def _functions(self) -> Iterator[FunctionValue]:
        """The functions that may read such a relationship of what they go through."""
        names = tuple(self._lazy_names)
        if not names:
            return
        methods = self._reading_methods
        for module in self._modules:
            is_mentioned = module.mentions(*names)
            for declaration in module.index.declarations:
                if declaration.kind != "function" or not declaration.has_loop:
                    continue
                if is_mentioned or not methods.isdisjoint(declaration.calls):
                    yield self._calls.function_of(module, declaration)

    @cached_property
    def _reading_methods(self) -> frozenset[str]:
        """The names of methods of tables that read such a relationship of the object itself."""
        return frozenset(
            statement.name
            for table in self._tables.all
            for statement in table.value.node.body
            if isinstance(statement, tree.Function) and self._reads_of_self(statement, table)
        )

    def _reads_of_self(self, method: tree.Function, table: Table) -> list[tree.Attribute]:
        """The reads of late relationships in a method of a table, where they are made for certain."""
        return [
            node
            for statement in method.body
            if not isinstance(statement, (tree.If, tree.For, tree.While, tree.Try))
            for node in tree.walk_scope((statement,))
            if isinstance(node, tree.Attribute)
            and isinstance(node.value, tree.Name)
            and node.value.id == "self"
            and (found := table.relationship(node.name)) is not None
            and found.lazy == "select"
        ]

    def _in_function(self, function: FunctionValue) -> Iterator[LazyLoad]:
        items = _item_names(function)
        reads = [
            node
            for node in function.nodes_of(tree.Attribute)
            if isinstance(node.value, tree.Name)
            and node.value.id in items
            and (node.name in self._lazy_names or node.name in self._reading_methods)
        ]
        if not reads or self._loads_by_hand(function):
            return
        assigned = {
            (target.value.id, target.name)
            for statement in function.nodes_of(tree.Assign)
            for target in statement.targets
            if isinstance(target, tree.Attribute) and isinstance(target.value, tree.Name)
        }
        for node in reads:
            assert isinstance(node.value, tree.Name)
            source = self._source_of(node.value, function)
            if source is None or (node.value.id, node.name) in assigned:
                continue
            if self._may_be_fetched(source, function):
                yield from self._loads(node, source, function)

    def _loads_by_hand(self, function: FunctionValue) -> bool:
        return any(node.name in LOADING for node in function.nodes_of(tree.Attribute))

    def _source_of(self, name: tree.Name, function: FunctionValue) -> tree.Expression | None:
        """What the loop goes through that a variable belongs to."""
        position = (name.line, name.column)
        for node in function.nodes_of(tree.Comprehension):
            if (node.line, node.column) <= position <= (node.end_line, node.end_column):
                for loop in node.loops:
                    if isinstance(loop.target, tree.Name) and loop.target.id == name.id:
                        return loop.iterable
        bindings = self._evaluator.declared(function).bindings.get(name.id, [])
        if len(bindings) != 1 or bindings[0][0] != "item":
            return None
        source: tree.Expression = bindings[0][1]
        return source

    def _may_be_fetched(self, source: tree.Expression, function: FunctionValue) -> bool:
        """Whether what a loop goes through may be rows of a query: no attribute, and no parameter."""
        if isinstance(source, tree.Name):
            bindings = self._evaluator.declared(function).bindings.get(source.id, [])
            return any(kind in ("value", "entered") for kind, _ in bindings)
        return isinstance(source, (tree.Call, tree.Await))

    def _loads(self, node: tree.Attribute, source: tree.Expression, function: FunctionValue) -> Iterator[LazyLoad]:
        built = self._building.of(source, function)
        found = self._whole_entity(built)
        if found is None:
            return
        table, root = found
        is_async = self._is_async(built)
        for read, owner in self._reads(node, table, function):
            relationship = table.relationship(read.name)
            if relationship is None or relationship.lazy != "select" or is_loaded(built, read.name):
                continue
            if not is_async and (_is_of_one_parent(built, read.name) or not self._is_read_only(function)):
                continue
            yield LazyLoad(table, read.name, function, place_of(owner.module, read), root, is_async)

    def _reads(
        self, node: tree.Attribute, table: Table, function: FunctionValue
    ) -> Iterator[tuple[tree.Attribute, FunctionValue]]:
        """The relationships that an attribute of a row is, or that a method of it reads."""
        if table.relationship(node.name) is not None:
            yield node, function
            return
        found = self._evaluator.find_in_class(table.value, node.name)
        if found is not None and isinstance(found[1], FunctionValue) and isinstance(found[1].node, tree.Function):
            for read in self._reads_of_self(found[1].node, table):
                yield read, found[1]

    def _whole_entity(self, built: BuiltQuery) -> tuple[Table, QueryStep] | None:
        """The table whose objects a query fetches, if it fetches whole objects of one table."""
        if not built.is_complete or built.has(*NOT_WHOLE) or len(built.roots) != 1:
            return None
        root = built.roots[0]
        if root.name != "query" and not built.has(*FETCHING):
            return None
        entity = self._building.entity_of(root)
        table = self._tables.of_class(entity) if isinstance(entity, ClassValue) else None
        return None if table is None or table.library not in ("sqlalchemy", "sqlmodel") else (table, root)

    def _is_async(self, built: BuiltQuery) -> bool:
        for step in built.steps:
            if isinstance(step.node, tree.Call):
                query = self._queries.at(step.function, step.node)
                if query is not None and query.kind == "statement":
                    return query.is_async is Answer.YES
        return False

    def _is_read_only(self, function: FunctionValue) -> bool:
        """Whether a GET request runs a function."""
        handler = self._reach.handler_leading_to(function)
        return handler is not None and handler.route.method == "GET" and id(handler.function) not in self._changing

    @cached_property
    def _changing(self) -> frozenset[int]:
        """The functions that answer requests which change something, forms that are shown by GET among them."""
        return frozenset(
            id(route.endpoint) for route in self._reach.routes if route.method not in ("GET", "HEAD", "OPTIONS")
        )


def _is_of_one_parent(built: BuiltQuery, relationship: str) -> bool:
    """Whether all rows have the same related object, since a condition names its key: `filter_by(owner_id=…)`."""
    key = f"{relationship}_id"
    for step in built.named("where", "filter", "filter_by"):
        if isinstance(step.node, tree.Call):
            if any(one.name in (key, relationship) for one in step.node.keywords):
                return True
            for argument in step.node.arguments:
                names = {one.name for one in tree.walk(argument) if isinstance(one, tree.Attribute)}
                if key in names or relationship in names:
                    return True
    return False


def _last_of(node: tree.Expression) -> str:
    return node.name if isinstance(node, tree.Attribute) else ""


def _item_names(function: FunctionValue) -> set[str]:
    """The variables that loops and comprehensions of a function bind to items."""
    targets = [one.target for one in function.nodes_of(tree.For)]
    targets += [loop.target for one in function.nodes_of(tree.Comprehension) for loop in one.loops]
    return {one.id for one in targets if isinstance(one, tree.Name)}


def is_loaded(built: BuiltQuery, name: str) -> bool:
    """Whether the options of a query may load a relationship."""
    for step in built.named("options", "execution_options", "join_from", "outerjoin", "join"):
        if not isinstance(step.node, tree.Call):
            continue
        if step.name in ("join", "outerjoin", "join_from"):
            continue
        arguments = (*step.node.arguments, *(one.value for one in step.node.keywords))
        for argument in arguments:
            if isinstance(argument, (tree.Starred, tree.Name)) or not _is_loader(argument):
                return True
            if any(isinstance(one, tree.Attribute) and one.name == name for one in tree.walk(argument)):
                return True
            if any(isinstance(one, tree.Text) and one.value in (name, "*") for one in tree.walk(argument)):
                return True
    return False


def _is_loader(node: tree.Expression) -> bool:
    """Whether an option says what it loads: `selectinload(User.posts)`."""
    return isinstance(node, tree.Call) and bool(called_name(node)) and bool(names_in(node))
