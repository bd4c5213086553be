"""Which expressions of a function are objects of a table: results of queries, annotated names, what functions return.

Takes an expression and the function around it, gives the table and whether it is one object or several. A row of
columns is no object of a table. What is not certain is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.data.columns import NONE_TYPES
from reviewer.project.data.sqlalchemy import Tables
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Subscripted,
    TypeUnion,
    Value,
    alternatives,
)
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Answer, Table

#: Methods that end a query with one object, or with several.
SINGLE = frozenset(
    {
        "first", "one", "one_or_none", "scalar_one", "scalar_one_or_none", "scalar", "get", "get_one", "first_or_404",
        "get_or_404", "one_or_404", "one_or_none_or_404",
    }
)  # fmt: skip
SEVERAL = frozenset({"all", "scalars", "unique", "fetchall"})
#: Methods that give the first column of each row: the object.
SCALAR = frozenset({"scalar", "scalars", "scalar_one", "scalar_one_or_none", "exec"})
#: Functions and methods that name the table they select.
SELECTING = frozenset({"select", "query"})
#: Calls that take the table as their first argument.
GETTING = frozenset({"get", "get_one", "get_or_404"})
#: Methods after which a query gives columns, and no objects.
NARROWING = frozenset({"with_only_columns", "with_entities", "add_columns", "values", "from_self"})
COLLECTIONS = frozenset(
    {"list", "List", "Sequence", "Iterable", "Iterator", "set", "Set", "tuple", "Tuple", "ScalarResult", "Collection"}
)
GENERATORS = frozenset({"Generator", "AsyncGenerator", "AsyncIterator"})
DEPTH_LIMIT = 6
#: Functions that are looked into one inside the other.
NESTING_LIMIT = 12
CHAIN_LIMIT = 40
BINDING_LIMIT = 8


class TableObject(msgspec.Struct, frozen=True, eq=False):
    """One object of a table, or several."""

    table: Table
    is_collection: bool


class TableObjects:
    """Answers which expressions are objects of tables. Results of functions are kept."""

    def __init__(self, evaluator: Evaluator, calls: Calls, tables: Tables) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._tables = tables
        self._returned: dict[int, TableObject | None] = {}
        self._nesting = 0

    def of(self, node: tree.Expression, function: FunctionValue, depth: int = 0) -> TableObject | None:
        """The table whose object, or objects, an expression of a function's body is; None where that is not certain."""
        if depth > DEPTH_LIMIT:
            return None
        if isinstance(node, tree.Await):
            return self.of(node.value, function, depth)
        if isinstance(node, tree.Name):
            return self._of_name(node, function, depth)
        if isinstance(node, tree.Call):
            return self._of_call(node, function, depth)
        if isinstance(node, tree.Attribute):
            return self._of_attribute(node, function, depth)
        if isinstance(node, tree.Comprehension) and node.kind in ("list", "set") and len(node.loops) == 1:
            loop = node.loops[0]
            if isinstance(node.element, tree.Name) and node.element.id == getattr(loop.target, "id", ""):
                return self.of(loop.iterable, function, depth + 1)
        if isinstance(node, tree.BooleanOperation) and node.operator == "or":
            return self.of(node.values[0], function, depth + 1)
        return None

    def of_type(self, value: Value, depth: int = 0) -> TableObject | None:
        """The table that a type stands for: `User`, `User | None`, `list[User]`."""
        if depth > DEPTH_LIMIT:
            return None
        if isinstance(value, ClassValue):
            table = self._tables.of_class(value)
            return None if table is None else TableObject(table, False)
        if isinstance(value, TypeUnion):
            members = [one for one in value.members if one not in NONE_TYPES]
            return self.of_type(members[0], depth + 1) if len(members) == 1 else None
        if isinstance(value, Subscripted) and isinstance(value.base, External) and value.arguments:
            last = value.base.name.rpartition(".")[2]
            if last in ("Annotated", "Optional", "Awaitable", "Coroutine", *GENERATORS):
                return self.of_type(value.arguments[-1 if last == "Coroutine" else 0], depth + 1)
            if last == "Union":
                return self.of_type(TypeUnion(value.arguments), depth + 1)
            if last in COLLECTIONS:
                found = self.of_type(value.arguments[0], depth + 1)
                return None if found is None or found.is_collection else TableObject(found.table, True)
        return None

    def returned_by(self, function: FunctionValue) -> TableObject | None:
        """The table whose objects a function returns, by its annotation or by all that it returns."""
        if id(function) not in self._returned and self._nesting < NESTING_LIMIT:
            self._returned[id(function)] = None
            self._nesting += 1
            try:
                self._returned[id(function)] = self._read_returned(function)
            finally:
                self._nesting -= 1
        return self._returned.get(id(function))

    def _read_returned(self, function: FunctionValue) -> TableObject | None:
        node = function.node
        if isinstance(node, tree.Lambda):
            return None
        if node.returns is not None:
            annotated = self._evaluator.annotation_value(node.returns, function.scope)
            return self.of_type(annotated)
        values = [
            one.value for one in function.nodes if isinstance(one, (tree.Return, tree.Yield)) and one.value is not None
        ]
        found = [
            self.of(one, function)
            for one in values[:BINDING_LIMIT]
            if not (isinstance(one, tree.Constant) and one.value == "None")
        ]
        return _agreed(found)

    def _of_name(self, node: tree.Name, function: FunctionValue, depth: int) -> TableObject | None:
        bindings = [
            (kind, source)
            for kind, source in self._evaluator.declared(function).bindings.get(node.id, ())
            if not (isinstance(source, tree.Constant) and source.value == "None")
        ]
        if not bindings:
            return self._of_item(node, function, depth)
        return _agreed([self._of_binding(kind, source, function, depth) for kind, source in bindings[:BINDING_LIMIT]])

    def _of_item(self, node: tree.Name, function: FunctionValue, depth: int) -> TableObject | None:
        """What the loop of a comprehension around a name gives."""
        position = (node.line, node.column)
        for one in function.nodes_of(tree.Comprehension):
            is_inside = (one.line, one.column) <= position < (one.end_line, one.end_column)
            for loop in one.loops if is_inside else ():
                if isinstance(loop.target, tree.Name) and loop.target.id == node.id:
                    found = self.of(loop.iterable, function, depth + 1)
                    return TableObject(found.table, False) if found is not None and found.is_collection else None
        return None

    def _of_binding(self, kind: str, source: object, function: FunctionValue, depth: int) -> TableObject | None:
        if kind == "value" and isinstance(source, tree.Node):
            return self.of(source, function, depth + 1)  # type: ignore[arg-type]
        if kind == "annotated" and isinstance(source, tree.Node):
            return self.of_type(self._evaluator.annotation_value(source, function.scope))  # type: ignore[arg-type]
        if kind == "item" and isinstance(source, tree.Node):
            found = self.of(source, function, depth + 1)  # type: ignore[arg-type]
            return TableObject(found.table, False) if found is not None and found.is_collection else None
        if kind == "parameter" and isinstance(source, tree.Parameter) and source.annotation is not None:
            return self.of_type(self._evaluator.annotation_value(source.annotation, function.scope))
        return None

    def _of_call(self, node: tree.Call, function: FunctionValue, depth: int) -> TableObject | None:
        name = called_name(node)
        if name in ("list", "tuple", "sorted") and node.arguments:
            return self.of(node.arguments[0], function, depth + 1)
        if name in SINGLE or name in SEVERAL:
            found = self._of_query(node, function, depth)
            if found is not None:
                return found
        callee = self._evaluator.evaluate(node.function, self._evaluator.declared(function))
        if isinstance(callee, ClassValue):
            return self.of_type(callee)
        if isinstance(callee, Instance):
            return None
        return _agreed([self.returned_by(one) for one in targets(callee)])

    def _of_query(self, node: tree.Call, function: FunctionValue, depth: int) -> TableObject | None:
        """What the end of a chain gives: `session.query(User).filter(…).first()`."""
        calls = self._whole_chain(node, function)
        names = [called_name(one) for one in calls]
        table = None
        for call in calls:
            name = called_name(call)
            if name in ("execute", "scalars", "scalar", "exec", "first_or_404", "one_or_404") and call.arguments:
                table = table or self._selected(call.arguments[0], function, depth)
            elif name in GETTING and call.arguments and table is None:
                table = self._table(call.arguments[0], function)
        if table is None:
            table = self._selected(node, function, depth)
        if table is None or ("execute" in names and SCALAR.isdisjoint(names)):
            return None
        is_collection = names[0] in SEVERAL
        return TableObject(table, is_collection)

    def selected(self, node: tree.Expression, function: FunctionValue) -> Table | None:
        """The table that a query or statement is about: `session.query(User)…`, `update(User)…`."""
        for call in _chain(node):
            if called_name(call) in ("update", "insert") and call.arguments and isinstance(call.function, tree.Name):
                return self._table(call.arguments[0], function)
        return self._selected(node, function, 0)

    def _whole_chain(self, node: tree.Expression, function: FunctionValue) -> list[tree.Call]:
        """The calls of a chain of methods and, where it begins with a name, of the call that the name is bound to."""
        calls = list(_chain(node))
        root = calls[-1].function if calls else node
        for _ in range(CHAIN_LIMIT):
            if isinstance(root, (tree.Attribute, tree.Await)):
                root = root.value
        if isinstance(root, tree.Name):
            bindings = self._evaluator.declared(function).bindings.get(root.id, ())
            if len(bindings) == 1 and bindings[0][0] == "value":
                calls += _chain(bindings[0][1])
        return calls

    def _selected(self, node: tree.Expression, function: FunctionValue, depth: int) -> Table | None:
        """The one table that `select(User)…`, `session.query(User)…`, `User.query…` or a name for one selects."""
        for _ in range(CHAIN_LIMIT):
            if isinstance(node, tree.Await):
                node = node.value
            elif isinstance(node, tree.Call):
                if called_name(node) in SELECTING and node.arguments:
                    is_single = len(node.arguments) == 1 and not isinstance(node.arguments[0], tree.Starred)
                    return self._table(node.arguments[0], function) if is_single else None
                if last_name(node.function) in (
                    "with_only_columns",
                    "with_entities",
                    "add_columns",
                    "values",
                    "from_self",
                ):
                    return None
                node = node.function
            elif isinstance(node, tree.Attribute):
                if node.name == "query":
                    return self._table(node.value, function)
                node = node.value
            elif isinstance(node, tree.Name) and depth < DEPTH_LIMIT:
                bindings = self._evaluator.declared(function).bindings.get(node.id, ())
                name = node.id
                sources = [
                    source
                    for kind, source in bindings[:BINDING_LIMIT]
                    if kind == "value" and isinstance(source, tree.Node) and not _starts_with(source, name)
                ]
                found = {id(one): one for source in sources for one in [self._selected(source, function, depth + 1)]}  # type: ignore[arg-type]
                return next(iter(found.values())) if len(found) == 1 else None
            else:
                return None
        return None

    def _table(self, node: tree.Expression, function: FunctionValue) -> Table | None:
        value = self._evaluator.evaluate(node, self._evaluator.declared(function))
        found = [one for one in alternatives(value) if isinstance(one, ClassValue)]
        return self._tables.of_class(found[0]) if len(found) == 1 == len(alternatives(value)) else None

    def _of_attribute(self, node: tree.Attribute, function: FunctionValue, depth: int) -> TableObject | None:
        """The related objects of an object."""
        if not isinstance(node.value, (tree.Name, tree.Attribute)):
            return None
        around = self.of(node.value, function, depth + 1)
        relationship = around.table.relationship(node.name) if around is not None and not around.is_collection else None
        if relationship is None:
            return None
        related = self._by_name.get(relationship.target_name, ())
        is_collection = relationship.is_collection
        if len(related) != 1 or is_collection is Answer.UNKNOWN:
            return None
        return TableObject(related[0], is_collection is Answer.YES)

    @cached_property
    def _by_name(self) -> dict[str, list[Table]]:
        found: dict[str, list[Table]] = {}
        for table in self._tables.all:
            found.setdefault(table.name, []).append(table)
        return found


def _agreed(found: list[TableObject | None]) -> TableObject | None:
    """The one answer of several, None where they differ or one is missing."""
    known = [one for one in found if one is not None]
    if not known or len(known) != len(found):
        return None
    first = known[0]
    is_one = all(one.table is first.table and one.is_collection == first.is_collection for one in known)
    return first if is_one else None


def _chain(node: tree.Expression) -> Iterator[tree.Call]:
    """The calls of a chain of methods, outermost first."""
    for _ in range(CHAIN_LIMIT):
        if isinstance(node, tree.Await):
            node = node.value
        elif isinstance(node, tree.Call):
            yield node
            node = node.function
        elif isinstance(node, tree.Attribute):
            node = node.value
        else:
            return


def _starts_with(node: tree.Node, name: str) -> bool:
    """Whether a chain begins with a name: `query = query.where(…)`."""
    for _ in range(CHAIN_LIMIT):
        if isinstance(node, (tree.Await, tree.Attribute)):
            node = node.value
        elif isinstance(node, tree.Call):
            node = node.function
        else:
            break
    return isinstance(node, tree.Name) and node.id == name
