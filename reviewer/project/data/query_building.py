"""How queries are put together: the steps of `select(…).where(…).limit(…)`, over several statements and functions.

Takes an expression of a function body, gives its steps from what the query begins with to what fetches its rows. Steps
of all branches are joined: a step that is not there is on no branch, if the query is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from reviewer.modules import tree
from reviewer.project.data.database_roles import SESSION
from reviewer.project.data.queries import Queries
from reviewer.project.data.sqlalchemy import Tables
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    alternatives,
    place_of,
)
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.functions.local_flow import Binding, LocalFlow
from reviewer.project.model import CallSite, Query
from reviewer.rule import Place

#: Functions of SQLAlchemy and SQLModel that a statement begins with.
CONSTRUCTS = frozenset({"select", "insert", "update", "delete", "exists", "union", "union_all", "values"})
CONSTRUCT_PACKAGES = ("sqlalchemy.", "sqlmodel.")
#: Classes whose class methods begin a query: Tortoise's models and Beanie's documents.
MODEL_METHODS = ("tortoise.models.Model.", "tortoise.Model.", "beanie.Document.", "beanie.odm.documents.Document.")
#: Calls that give the rows that they are given.
KEEPING_CALLS = frozenset({"list", "sorted", "tuple", "set", "reversed", "iter"})
#: Clauses that mean nothing where they are given None.
OPTIONAL_STEPS = ("limit", "offset")
#: How many functions deep a query is followed, and how many expressions are read for one.
CALL_LIMIT = 4
STEP_LIMIT = 250
NESTING_LIMIT = 60


class QueryStep(msgspec.Struct, frozen=True, eq=False):
    """A step of a query: what it begins with (`select`, `query`), a clause (`where`), or what fetches (`all`)."""

    name: str
    node: tree.Expression
    function: FunctionValue  # in whose body it stands
    is_root: bool = False

    @property
    def place(self) -> Place:
        """The query up to this step."""
        return place_of(self.function.module, self.node)

    @property
    def is_conditional(self) -> bool:
        """Whether it stands in a branch of its function, so that the query may be without it."""
        end = (self.node.end_line, self.node.end_column)
        return any(
            (one.line, one.column) <= end <= (one.end_line, one.end_column)
            for branch in self.function.nodes_of(tree.If)
            for one in (*branch.body, *branch.otherwise)
        )

    @property
    def arguments(self) -> tuple[tree.Expression, ...]:
        """The arguments by position."""
        return self.node.arguments if isinstance(self.node, tree.Call) else ()


class BuiltQuery(msgspec.Struct, frozen=True, eq=False):
    """A query with the steps of all branches that build it."""

    steps: tuple[QueryStep, ...]
    is_complete: bool  # whether each branch begins with something known, so that no step is missing

    def has(self, *names: str) -> bool:
        """Whether a step has one of some names."""
        return any(step.name in names for step in self.steps)

    def named(self, *names: str) -> Iterator[QueryStep]:
        """The steps of some names, in order."""
        return (step for step in self.steps if step.name in names)

    @property
    def roots(self) -> tuple[QueryStep, ...]:
        """What the query begins with."""
        return tuple(step for step in self.steps if step.is_root)


NOTHING_KNOWN = BuiltQuery((), is_complete=False)


class _Context(msgspec.Struct, frozen=True, eq=False):
    """A function that is read, and what its parameters are given."""

    function: FunctionValue
    given: Mapping[str, tuple[tree.Expression, _Context]]
    depth: int


class QueryBuilding:
    """Answers how queries are built. Results are kept."""

    def __init__(self, evaluator: Evaluator, calls: Calls, tables: Tables, queries: Queries) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._tables = tables
        self._queries = queries
        self._flows: dict[int, LocalFlow] = {}
        self._built: dict[tuple[int, int], BuiltQuery] = {}
        self._open: set[tuple[int, int]] = set()
        self._steps = 0
        self._readers: dict[type[tree.Node], Callable[..., BuiltQuery]] = {
            tree.Await: lambda node, context: self._read(node.value, context),
            tree.NamedExpression: lambda node, context: self._read(node.value, context),
            tree.Conditional: lambda node, context: self._joined((node.then, node.otherwise), context),
            tree.BooleanOperation: lambda node, context: self._joined(node.values, context),
            tree.Subscript: self._read_subscript,
            tree.Attribute: self._read_attribute,
            tree.Name: self._read_name,
            tree.Call: self._read_call,
            tree.Comprehension: lambda node, context: self._read(node.loops[0].iterable, context),
        }

    def flow_of(self, function: FunctionValue) -> LocalFlow:
        """The flow inside a function body."""
        flow = self._flows.get(id(function))
        if flow is None:
            flow = self._flows[id(function)] = LocalFlow(function.node)
        return flow

    def of(self, node: tree.Expression, function: FunctionValue) -> BuiltQuery:
        """How the query is built that an expression of a function body is, or the rows of which it holds."""
        key = (id(function), id(node))
        if key not in self._built:
            self._steps = 0
            self._built[key] = self._read(node, _Context(function, {}, 0))
        return self._built[key]

    def executed(self, query: Query) -> BuiltQuery:
        """How the query is built that a call runs."""
        node: tree.Expression = query.call.node
        if query.kind == "statement" and query.statement is not None and query.role != "extension":
            node = query.statement
        return self.of(node, query.call.caller)

    def entity_of(self, root: QueryStep) -> ClassValue | None:
        """The class that a query selects whole: the only argument of `select`, or the owner of `query`."""
        node = root.node
        owner: tree.Expression | None = None
        if isinstance(node, tree.Attribute):
            owner = node.value  # `Order.query`
        elif isinstance(node, tree.Call) and len(node.arguments) == 1:
            value = self._class_at(node.arguments[0], root.function)
            if value is not None:
                return value
        if isinstance(node, tree.Call) and isinstance(node.function, tree.Attribute) and len(node.arguments) < 2:
            owner = node.function.value  # `Order.all()`
        return None if owner is None else self._class_at(owner, root.function)

    def _class_at(self, node: tree.Expression, function: FunctionValue) -> ClassValue | None:
        value = self._queries.value_of(node, function)
        return value if isinstance(value, ClassValue) else None

    def _read(self, node: tree.Expression, context: _Context) -> BuiltQuery:
        reader = self._readers.get(node.__class__)
        key = (id(context.function), id(node))
        self._steps += 1
        if reader is None or self._steps > STEP_LIMIT or len(self._open) > NESTING_LIMIT or key in self._open:
            return NOTHING_KNOWN
        self._open.add(key)
        try:
            return reader(node, context)
        finally:
            self._open.discard(key)

    def _joined(self, nodes: tuple[tree.Expression, ...], context: _Context) -> BuiltQuery:
        return joined([self._read(node, context) for node in nodes if not _is_none(node)])

    def _read_subscript(self, node: tree.Subscript, context: _Context) -> BuiltQuery:
        name = "slice" if isinstance(node.index, tree.Slice) else "item"
        return self._with(self._read(node.value, context), QueryStep(name, node, context.function))

    def _read_attribute(self, node: tree.Attribute, context: _Context) -> BuiltQuery:
        if node.name == "query" and self._is_table(node.value, context.function):
            return BuiltQuery((QueryStep("query", node, context.function, is_root=True),), is_complete=True)
        return NOTHING_KNOWN

    def _is_table(self, node: tree.Expression, function: FunctionValue) -> bool:
        value = self._queries.value_of(node, function)
        if isinstance(value, Instance) and isinstance(value.type, ClassValue):
            value = value.type
        return isinstance(value, ClassValue) and self._tables.of_class(value) is not None

    def _read_name(self, node: tree.Name, context: _Context) -> BuiltQuery:
        bindings = self.flow_of(context.function).reaching(node.id, (node.line, node.column))
        found = [self._read_binding(binding, context) for binding in bindings]
        found = [one for one in found if one is not None]
        return joined([one for one in found if one is not None]) if found else NOTHING_KNOWN

    def _read_binding(self, binding: Binding, context: _Context) -> BuiltQuery | None:
        if binding.kind in ("value", "entered"):
            return None if _is_none(binding.source) else self._read(binding.source, context)
        if binding.kind == "parameter":
            given = context.given.get(binding.source.name)
            return NOTHING_KNOWN if given is None else self._read(*given)
        return NOTHING_KNOWN

    def _read_call(self, node: tree.Call, context: _Context) -> BuiltQuery:
        called = node.function
        name = called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")
        site = self._calls.site_of(context.function, node)
        step = QueryStep(name, node, context.function)
        if self._begins(site, name):
            return BuiltQuery((QueryStep(name, node, context.function, is_root=True),), is_complete=True)
        followed = targets(site.callee)
        if followed and not isinstance(site.callee, ClassValue):
            return joined([self._followed(function, site, context) for function in followed])
        if not isinstance(called, tree.Attribute):
            if name in KEEPING_CALLS and len(node.arguments) == 1:
                return self._read(node.arguments[0], context)
            return NOTHING_KNOWN
        query = self._queries.at(context.function, node)
        if query is not None and query.kind == "statement" and query.statement is not None:
            return self._with(self._read(query.statement, context), step)
        if name in OPTIONAL_STEPS and self._is_left_out(node, context):
            return self._read(called.value, context)
        return self._with(self._read(called.value, context), step)

    def _is_left_out(self, node: tree.Call, context: _Context) -> bool:
        """Whether a clause is given a parameter that the caller leaves at None or 0: `limit(limit)` bounds nothing."""
        first = node.arguments[0] if node.arguments else None
        if context.depth == 0 or not isinstance(first, tree.Name) or first.id in context.given:
            return False
        bindings = self.flow_of(context.function).bindings.get(first.id, [])
        if len(bindings) != 1 or bindings[0].kind != "parameter":
            return False
        default = bindings[0].source.default
        return _is_none(default) or (isinstance(default, tree.Number) and default.value == 0)

    def _begins(self, site: CallSite, name: str) -> bool:
        """Whether a call begins a query: `select(…)`, `session.query(…)`, `Model.filter(…)`."""
        for callee in alternatives(site.callee):
            dotted = callee.name if isinstance(callee, External) else ""
            if name in CONSTRUCTS and dotted.startswith(CONSTRUCT_PACKAGES):
                return True
            if dotted.startswith(MODEL_METHODS):
                return True
        if name == "query" and isinstance(site.node.function, tree.Attribute):
            found = self._queries.object_of(site.node.function.value, site.caller)
            return found is not None and found.role == SESSION
        return False

    def _followed(self, function: FunctionValue, site: CallSite, context: _Context) -> BuiltQuery:
        """What a function of the project returns."""
        if context.depth >= CALL_LIMIT or not isinstance(function.node, tree.Function):
            return NOTHING_KNOWN
        arguments = bound_arguments(site, function) or {}
        given = {name: (node, context) for name, node in arguments.items()}
        inner = _Context(function, given, context.depth + 1)
        returned = [one.value for one in function.nodes_of(tree.Return) if one.value is not None]
        return joined([self._read(one, inner) for one in returned if not _is_none(one)])

    def _with(self, built: BuiltQuery, step: QueryStep) -> BuiltQuery:
        if not built.steps and not built.is_complete:
            return NOTHING_KNOWN
        return BuiltQuery((*built.steps, step), built.is_complete)


def joined(queries: list[BuiltQuery]) -> BuiltQuery:
    """One query with the steps of several branches, each step once."""
    if len(queries) == 1:
        return queries[0]
    steps: dict[int, QueryStep] = {}
    for query in queries:
        for step in query.steps:
            steps.setdefault(id(step.node), step)
    return BuiltQuery(tuple(steps.values()), bool(queries) and all(query.is_complete for query in queries))


def _is_none(node: tree.Expression | None) -> bool:
    return isinstance(node, tree.Constant) and node.value == "None"
