"""Which GET routes answer with all rows of a table, however many there are.

Takes routes, follows what their endpoints return to the query, gives those that nothing bounds: no limit, no page, no
single row, no parent that the path names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.data.query_building import BuiltQuery, QueryBuilding, QueryStep
from reviewer.project.data.sqlalchemy import Tables
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Subscripted, TypeUnion
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Route, Table
from reviewer.project.routes.creations import words_of
from reviewer.project.routes.operations import Operation

#: Steps that bound the rows, or make few of them.
BOUNDING = frozenset(
    {
        "limit", "offset", "slice", "paginate", "fetch", "fetchmany", "top", "first", "one", "one_or_none", "scalar",
        "scalar_one", "scalar_one_or_none", "count", "exists", "get", "item", "group_by", "first_or_none", "get_or_404",
        "get_or_none", "first_or_404", "update", "delete", "insert", "fetchone", "one_or_404", "next", "yield_per",
        "partitions", "tablesample", "having",
    }
)  # fmt: skip
#: Steps that fetch all rows.
FETCHING = frozenset({"all", "scalars", "fetchall", "to_list", "execute", "exec", "find_all", "mappings", "unique"})
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
#: Parameters of a route by which callers ask for a part.
PAGE_PARAMETERS = re.compile(
    r"limit|offset|page|per_page|size|skip|cursor|after|before|start|top|count|take|max|pagin|params|last_id|since|until",
    re.IGNORECASE,
)
#: Words in the names of tables that hold few rows by their nature.
SMALL = frozenset(
    {
        "role", "permission", "setting", "settings", "config", "configuration", "preference", "plan", "language",
        "locale", "country", "currency", "feature", "flag", "status", "type", "kind", "level", "version", "migration",
        "provider", "theme", "scope", "category", "unit", "template", "tier", "quota", "policy", "connector",
        "integration", "plugin", "credential", "key", "token", "webhook", "connection", "secret", "environment",
        "region", "priority", "severity", "organization", "organisation", "workspace", "team", "stage", "state",
        "option", "definition", "source", "channel", "server", "device", "model", "label",
    }
)  # fmt: skip
#: How many functions deep what is returned is followed.
CALL_LIMIT = 3
KEYS = frozenset({"id", "name", "email", "slug", "key", "token", "uuid", "username", "code", "external_id"})
OWNER = re.compile(r"user|owner|author|creator|created_by|group|tenant|org|account|household|workspace|project|company")
LIST_TYPES = frozenset({"list", "sequence", "iterable", "set", "tuple", "page"})
PRIMITIVES = frozenset({External("builtins.int"), External("builtins.str"), External("uuid.UUID")})
#: Last words of paths that name one thing.
NO_LISTS = frozenset({"status", "stats", "statistics", "settings", "metrics", "options", "ids", "access", "progress"})
WRAPPING_LIMIT = 3


class UnpagedList(msgspec.Struct, frozen=True, eq=False):
    """A GET operation that answers with all rows of a table."""

    operation: Operation
    table: Table | None  # None where a repository serves several tables
    query: QueryStep  # the last step of the query

    @property
    def rows(self) -> str:
        """What it answers with, as a reader calls it."""
        return "all rows" if self.table is None else f"all rows of `{self.table.name}`"


class UnpagedLists:
    """Answers which operations answer with all rows."""

    def __init__(self, calls: Calls, building: QueryBuilding, tables: Tables, operations: Iterable[Operation]) -> None:
        self._calls = calls
        self._building = building
        self._tables = tables
        self._operations = tuple(operations)

    def find(self) -> Iterator[UnpagedList]:
        """The GET operations on collections that nothing bounds, in order."""
        for operation in self._operations:
            route = operation.route
            if route.method != "GET" or not isinstance(route.endpoint, FunctionValue) or _is_asked_for_a_part(route):
                continue
            if not _answers_with_list(route):
                continue
            found = self.returned_by(route.endpoint)
            if found is not None:
                yield UnpagedList(operation, *found)

    def returned_by(
        self, function: FunctionValue, depth: int = 0, *, is_without_conditions: bool = False
    ) -> tuple[Table | None, QueryStep] | None:
        """The table all rows of which a function returns, and where they are fetched."""
        for returned in function.nodes_of(tree.Return):
            if returned.value is None:
                continue
            for node in self._rows_in(returned.value, function):
                built = self._building.of(node, function)
                found = None if is_without_conditions and built.has(*CONDITIONS) else self.whole_table(built)
                if found is not None:
                    return found
            value = returned.value.value if isinstance(returned.value, tree.Await) else returned.value
            if isinstance(value, tree.Call) and depth < CALL_LIMIT:
                for target in targets(self._calls.site_of(function, value).callee):
                    found = self.returned_by(target, depth + 1, is_without_conditions=is_without_conditions)
                    if found is not None:
                        return found
        return None

    def _rows_in(self, node: tree.Expression, function: FunctionValue, depth: int = 0) -> Iterator[tree.Expression]:
        """An expression and what it wraps: `Items(data=items)`, `[Item.of(row) for row in rows]`, a filled list."""
        yield node
        if depth >= WRAPPING_LIMIT:
            return
        if isinstance(node, tree.Await):
            yield from self._rows_in(node.value, function, depth)
        elif isinstance(node, tree.Call):
            for argument in (*node.arguments, *(one.value for one in node.keywords)):
                yield from self._rows_in(argument, function, depth + 1)
        elif isinstance(node, tree.Dictionary):
            for value in node.values:
                yield from self._rows_in(value, function, depth + 1)
        elif isinstance(node, tree.Comprehension):
            yield from self._rows_in(node.loops[0].iterable, function, depth + 1)
        elif isinstance(node, tree.Name):
            yield from self._filled_from(node.id, function)
            for binding in self._building.flow_of(function).reaching(node.id, (node.line, node.column)):
                if binding.kind == "value" and isinstance(binding.source, (tree.Comprehension, tree.Call)):
                    yield from self._rows_in(binding.source, function, depth + 1)

    def _filled_from(self, name: str, function: FunctionValue) -> Iterator[tree.Expression]:
        """What the loops go through that append to a list."""
        for loop in function.nodes_of(tree.For):
            if any(
                isinstance(one, tree.Call)
                and called_name(one) == "append"
                and isinstance(one.function, tree.Attribute)
                and isinstance(one.function.value, tree.Name)
                and one.function.value.id == name
                for statement in loop.body
                for one in tree.walk(statement)
            ):
                yield loop.iterable

    def whole_table(self, built: BuiltQuery) -> tuple[Table | None, QueryStep] | None:
        """The table all rows of which a query fetches, as far as nothing bounds it."""
        if not built.is_complete or not built.steps or built.has(*BOUNDING) or not built.has(*FETCHING):
            return None
        if any(_is_narrow(step) and not step.is_conditional for step in built.named("where", "filter", "filter_by")):
            return None
        for root in built.roots:
            entity = self._building.entity_of(root)
            table = self._tables.of_class(entity) if isinstance(entity, ClassValue) else None
            if table is not None:
                return None if _is_small(table) else (table, built.steps[-1])
            if _is_of_repository(root):
                return None, built.steps[-1]
        return None


def _is_narrow(step: QueryStep) -> bool:
    """Whether a condition leaves few rows: those of one parent, of a list that the caller gives, or of a span."""
    call = step.node
    if not isinstance(call, tree.Call):
        return False
    if any(keyword.name is not None and _is_key(keyword.name) for keyword in call.keywords):
        return True
    for argument in call.arguments:
        for node in tree.walk(argument):
            if isinstance(node, tree.Call) and called_name(node) in ("in_", "between", "any", "contains", "match"):
                return True
            if not isinstance(node, tree.Comparison) or len(node.operators) != 1:
                continue
            if node.operators[0] in ("<", ">", "<=", ">=") or any(
                _is_key(last_name(one)) for one in (node.left, node.comparators[0])
            ):
                return True
    return False


def _is_key(name: str) -> bool:
    """Whether equal values of a column are few: a key, or the parent of a row, but not its owner."""
    return name in KEYS or (name.endswith("_id") and OWNER.search(name) is None)


def _is_small(table: Table) -> bool:
    words = words_of(table.name)
    return not SMALL.isdisjoint((*words, *(word.removesuffix("s") for word in words)))


def _is_of_repository(root: QueryStep) -> bool:
    """Whether a repository queries the model that it is made for: `select(self.model)`."""
    match root.arguments:
        case (tree.Attribute(value=tree.Name(id=("self" | "cls"))),):
            return True
        case _:
            return False


def _answers_with_list(route: Route) -> bool:
    """Whether the answer is a list of things: declared so, or the path names several."""
    value = route.response_model_value
    if isinstance(value, Subscripted) and isinstance(value.base, External):
        last = value.base.name.rpartition(".")[2].lower()
        return last in LIST_TYPES and not any(one in PRIMITIVES for one in value.arguments)
    if isinstance(value, (TypeUnion, External)):
        return False
    return names_list(route)


def names_list(route: Route) -> bool:
    """Whether the path of a route ends in what several things are called."""
    words = words_of([part for part in route.path.split("/") if part][-1]) if route.path.strip("/") else []
    return bool(words) and words[-1].endswith("s") and NO_LISTS.isdisjoint(words)


def _is_asked_for_a_part(route: Route) -> bool:
    """Whether the path names a parent, or a parameter asks for a page."""
    if "{" in route.path.replace("{?}", "") or "{" in route.own_path:
        return True
    if any(PAGE_PARAMETERS.search(one.name) for one in route.parameters):
        return True
    return any(PAGE_PARAMETERS.search(one.name) for one in route.all_dependencies)
