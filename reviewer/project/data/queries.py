"""Links the queries of the project: which calls of a function reach the database, and which it leads to.

Takes the calls of a function, gives `Query`s. An object counts as a session, connection or cursor where its type or
origin says so; where that is not known, a call counts only if what it is given can be nothing but a statement.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.data.database_objects import DatabaseObject, DatabaseObjects
from reviewer.project.data.database_roles import METHOD_NAMES, kind_of_method
from reviewer.project.data.sqlalchemy import Tables, is_migration
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    Choice,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
    alternatives,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Answer, CallSite, Query, ReachedQuery
from reviewer.project.program import Program

#: Packages whose constructs are statements, wherever they are given to.
STATEMENT_PACKAGES = ("sqlalchemy.", "sqlmodel.", "psycopg2.sql.", "psycopg.sql.")
#: Constructs that hold SQL text.
TEXT_MAKERS = frozenset(
    {
        f"{place}.{name}"
        for place in (
            "sqlalchemy",
            "sqlalchemy.sql",
            "sqlalchemy.sql.expression",
            "sqlalchemy.sql.elements",
            "sqlmodel",
        )
        for name in ("text", "TextClause")
    }
    | {"flask_sqlalchemy.SQLAlchemy.text", "sqlalchemy.DDL", "sqlalchemy.schema.DDL", "sqlalchemy.sql.ddl.DDL"}
)
#: What the text of an SQL statement begins with.
SQL_START = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*(?:(?!\*/).)*\*/\s*|\(\s*)*(?:"
    r"select\b(?:\s|$)|insert\s+(?:into|or|ignore|overwrite)\b|update\s+(?:\S+\s+){1,6}set\b|delete\s+from\b"
    r"|replace\s+into\b|merge\s+into\b"
    r"|with\s+(?:recursive\s+)?\S+\s*(?:\([^)]*\)\s*)?as\b|truncate\s+(?:table\s+)?\S+"
    r"|(?:create|alter|drop)\s+(?:or\s+replace\s+|temp\w*\s+|unique\s+|materialized\s+|unlogged\s+)*"
    r"(?:table|index|view|schema|database|sequence|type|extension|trigger|function|role|user|policy)\b"
    r"|pragma\s+\w+|set\s+(?:local\s+|session\s+)?\w+\s*(?:=|to\b)|explain\s+|vacuum\b|analyze\b|call\s+\w+"
    r"|grant\s+|revoke\s+)",
    re.IGNORECASE | re.DOTALL,
)
#: The name of a module's top level where it stands for a function.
MODULE_BODY = "<module>"
#: Methods of objects that are not known, which run what can be nothing but a statement.
STATEMENT_METHODS = (
    "execute",
    "exec",
    "scalars",
    "stream",
    "executemany",
    "executescript",
    "scalar",
    "fetch",
    "fetchrow",
)


class Queries:
    """Answers which queries a function makes and reaches. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, tables: Tables) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._objects = DatabaseObjects(program, evaluator, calls, tables)
        self._of: dict[int, tuple[Query, ...]] = {}
        self._bodies: dict[str, FunctionValue] = {}
        self._querying: dict[str, bool] = {}
        self._queries: dict[tuple[int, int], Query | None] = {}

    def querying_bodies(self, *methods: str) -> Iterator[FunctionValue]:
        """Functions, and top levels of modules, that call something named as one of some methods (default: of any).

        Test files and migrations are left out. A top level is given as a function named `<module>`.
        """
        wanted = set(methods or METHOD_NAMES)
        for module, declaration in self._calls.declarations_calling(*wanted):
            if module.is_test or is_migration(module):
                continue
            if declaration.kind == "function":
                yield self._calls.function_of(module, declaration)
            elif declaration.kind == "module":
                yield self.module_body(module)

    def module_body(self, module: Module) -> FunctionValue:
        """The top level of a module as a function without parameters; the same object each time."""
        body = self._bodies.get(module.path)
        if body is None:
            statements = module.tree.body
            last = statements[-1] if statements else None
            end = (last.end_line, last.end_column) if last else (1, 0)
            node = tree.Function(1, 0, *end, MODULE_BODY, (), None, statements, (), False, ())
            scope = self._evaluator.scope_of(module)
            body = self._bodies[module.path] = FunctionValue(module, node, MODULE_BODY, scope)
        return body

    def of(self, function: FunctionValue) -> tuple[Query, ...]:
        """The calls in a function's own body that reach the database, in source order."""
        found = self._of.get(id(function))
        if found is None:
            found = self._of[id(function)] = tuple(self._find(function))
        return found

    def named_of(self, function: FunctionValue, *methods: str) -> tuple[Query, ...]:
        """Those of a function's queries that are calls of some methods; cheaper than all."""
        found = self._of.get(id(function))
        if found is not None:
            return tuple(query for query in found if query.method in methods)
        return tuple(self._find(function, methods))

    def reached_from(self, function: FunctionValue) -> Iterator[ReachedQuery]:
        """The queries of a function and of those that it leads to, each with a shortest chain."""
        for query in self.of(function):
            yield ReachedQuery(query, ())
        seen = {id(function)}
        for site, chain in self._calls.reachable(function):
            if id(site.caller) not in seen:
                seen.add(id(site.caller))
                for query in self.of(site.caller):
                    yield ReachedQuery(query, chain)

    def _find(self, function: FunctionValue, methods: Collection[str] = METHOD_NAMES) -> Iterator[Query]:
        if not self._may_query(function.module):
            return
        for node in self._calls.nodes_named(function, *methods):
            query = self.at(function, node) if _may_be_query(node) else None
            if query is not None:
                yield query

    def at(self, function: FunctionValue, node: tree.Call) -> Query | None:
        """The query that a call in a function's own body is, None where it is none."""
        if not isinstance(node.function, tree.Attribute):
            return None
        key = (id(function), id(node))
        if key not in self._queries:
            self._queries[key] = self._query(self._calls.site_of(function, node), node.function)
        return self._queries[key]

    def _may_query(self, module: Module) -> bool:
        found = self._querying.get(module.path)
        if found is None:
            found = self._querying[module.path] = module.mentions(*METHOD_NAMES)
        return found

    def _query(self, site: CallSite, called: tree.Attribute) -> Query | None:
        method = called.name
        statement = statement_of(site.node)
        value = self.value_of(statement, site.caller) if statement is not None else None
        found = self._receiver(site, called)
        kind = kind_of_method(found.role, method) if found is not None else None
        if kind is None:
            is_statement = method in STATEMENT_METHODS
            if not is_statement or not _is_receiver_open(site.callee) or not self._is_statement(value, statement, site):
                return None
            kind = "statement"
        is_async = found.is_async if found is not None else Answer.UNKNOWN
        role = found.role if found is not None else ""
        if kind != "statement":
            return Query(site, method, kind, None, Answer.NO, is_async=is_async, role=role)
        text = _text_of(value, statement)
        return Query(site, method, kind, statement, self._is_text(value, statement), text, is_async, role)

    def _receiver(self, site: CallSite, called: tree.Attribute) -> DatabaseObject | None:
        """The object whose method is called, if such a call reaches the database."""
        for callee in alternatives(site.callee):
            found = self._object_of_method(callee)
            if found is not None and kind_of_method(found.role, called.name) is not None:
                return found
        if _is_receiver_open(site.callee) or _names_query(called.value):
            return self._objects.of_expression(called.value, site.caller)
        return None

    def _object_of_method(self, callee: Value) -> DatabaseObject | None:
        """The object whose method a callee is."""
        if isinstance(callee, InstanceAttribute):
            return self._objects.of_value(_without_last(callee))
        if isinstance(callee, External):
            return self._objects.of_value(External(callee.name.rpartition(".")[0]))
        return None

    def object_of(self, node: tree.Expression, function: FunctionValue) -> DatabaseObject | None:
        """What an expression in the body of a function gives: a session, an engine and so on; None where it is none."""
        found = self._objects.of_value(self.value_of(node, function))
        return found if found is not None else self._objects.of_expression(node, function)

    def value_of(self, node: tree.Expression, function: FunctionValue) -> Value:
        """The value of an expression in the body of a function."""
        return self._evaluator.evaluate(node, self._evaluator.declared(function))

    def _is_statement(self, value: Value, node: tree.Expression | None, site: CallSite) -> bool:
        """Whether a value can be nothing but an SQL statement."""
        if node is not None and any(SQL_START.match(skeleton(one)) for one in self._sources(node, site.caller)):
            return True
        return any(
            self._evaluator.external_names(one)[0].startswith(STATEMENT_PACKAGES)
            if isinstance(one, Instance) and isinstance(one.type, External)
            else isinstance(first := _first_text(one), str) and SQL_START.match(first) is not None
            for one in alternatives(value)
        )

    def _sources(self, node: tree.Expression, function: FunctionValue) -> list[tree.Expression]:
        """An expression, or what is assigned to the variable that it is."""
        if not isinstance(node, tree.Name):
            return [node]
        bindings = self._evaluator.declared(function).bindings.get(node.id, ())
        return [source for kind, source in bindings if kind == "value"]

    def _is_text(self, value: Value, node: tree.Expression | None) -> Answer:
        """Whether a statement is SQL text: a string, or `text(…)`."""
        answers = {self._is_one_text(one) for one in alternatives(value)}
        if Answer.YES in answers:
            return Answer.YES
        if node is not None and skeleton(node) != "x":
            return Answer.YES
        return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.NO

    def _is_one_text(self, value: Value) -> Answer:
        if _first_text(value) is not None:
            return Answer.YES
        if isinstance(value, Instance):
            names = self._evaluator.external_names(value)
            is_text = any(name.startswith(maker) for name in names for maker in TEXT_MAKERS)
            is_foreign = isinstance(value.type, External) and not names[0].startswith(STATEMENT_PACKAGES)
            return Answer.YES if is_text else Answer.UNKNOWN if is_foreign else Answer.NO
        return Answer.UNKNOWN if isinstance(value, (Unknown, Choice)) else Answer.NO


def outermost(queries: Collection[Query]) -> tuple[Query, ...]:
    """Queries without those that another one goes on from: `session.query(User)` of `session.query(User).first()`."""
    inner: set[int] = set()
    for query in queries:
        node: tree.Expression = query.call.node
        while isinstance(node, (tree.Attribute, tree.Call, tree.Await, tree.Subscript)):
            node = node.function if isinstance(node, tree.Call) else node.value
            inner.add(id(node))
    return tuple(query for query in queries if id(query.call.node) not in inner)


def statement_of(call: tree.Call) -> tree.Expression | None:
    """The statement that a call is given: its first argument."""
    if call.arguments:
        return None if isinstance(call.arguments[0], tree.Starred) else call.arguments[0]
    for keyword in call.keywords:
        if keyword.name in ("statement", "query", "sql", "operation", "clause", "command"):
            return keyword.value
    return None


def _may_be_query(node: tree.Call) -> bool:
    """Whether a call may be one by its arguments: `options.get("name")` and `names.count(name)` are none."""
    name = called_name(node)
    if name == "get" and len(node.arguments) + len(node.keywords) == 1:
        return not isinstance(node.arguments[0] if node.arguments else None, (tree.Text, tree.FormattedText))
    if name in ("count", "all", "first", "exists", "one", "one_or_none"):
        return not node.arguments
    return True


def _is_receiver_open(callee: Value) -> bool:
    """Whether it is not known what is called."""
    return any(isinstance(one, Unknown) for one in alternatives(callee))


def _text_of(value: Value, node: tree.Expression | None) -> str:
    """The SQL text of a statement as far as it is known; empty where it is none."""
    if node is not None and skeleton(node) != "x":
        return skeleton(node)
    for one in alternatives(value):
        held = one
        while isinstance(held, Instance) and held.arguments:  # `text("…")`
            held = held.arguments[0]
        first = _first_text(held)
        if first:
            return first
    return ""


def _names_query(node: tree.Expression) -> bool:
    """Whether a chain of attributes and calls goes through `.query`."""
    while isinstance(node, (tree.Attribute, tree.Call, tree.Await)):
        if isinstance(node, tree.Attribute) and node.name == "query":
            return True
        node = node.function if isinstance(node, tree.Call) else node.value
    return False


def _without_last(callee: InstanceAttribute) -> Value:
    """The object of which a callee is the method."""
    before = callee.name.rpartition(".")[0]
    return InstanceAttribute(callee.instance, before) if before else callee.instance


def _first_text(value: Value) -> str | None:
    """What a text begins with, as far as that is known."""
    from reviewer.project.evaluation.builtin_calls import PartlyKnownText

    if isinstance(value, PartlyKnownText):
        return value[0] if value and isinstance(value[0], str) else ""
    return value if isinstance(value, str) else None


def skeleton(node: tree.Expression) -> str:
    """The text that an expression builds, as far as it stands in it; `x` for what does not."""
    if isinstance(node, tree.Text):
        return node.value
    if isinstance(node, tree.FormattedText):
        return "".join(part.value if isinstance(part, tree.Text) else "x" for part in node.parts)
    if isinstance(node, tree.BinaryOperation) and node.operator in ("+", "%"):
        return skeleton(node.left) + (skeleton(node.right) if node.operator == "+" else "")
    if isinstance(node, tree.Call) and called_name(node) in ("text", "TextClause") and node.arguments:
        return skeleton(node.arguments[0])
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Attribute):
        is_text = node.function.name in ("format", "replace", "strip", "format_map")
        return skeleton(node.function.value) if is_text else "x"
    return "x"
