"""Links the queries of the project: which calls of a function reach the database, and which it leads to.

Takes the calls of a function, gives `Query`s. An object counts as a session, connection or cursor where its type or
origin says so; where that is not known, a call counts only if what it is given can be nothing but a statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.calls import Calls
from reviewer.project.database_objects import LEGACY_QUERY, METHOD_NAMES, STEPS, kind_of_method, role_of
from reviewer.project.evaluation import Evaluator
from reviewer.project.model import Answer, CallSite, Query, ReachedQuery
from reviewer.project.sqlalchemy import Tables
from reviewer.project.values import (
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
    alternatives,
)

#: How the name of a parameter's default says that a dependency feeds it.
DEPENDENCY_MARKERS = ("Depends", "Security", "Inject")
#: Packages whose constructs are statements, wherever they are given to.
STATEMENT_PACKAGES = ("sqlalchemy.", "sqlmodel.", "psycopg2.sql.", "psycopg.sql.")
#: Constructs that hold SQL text.
TEXT_MAKERS = frozenset(
    {
        f"{place}.{name}"
        for place in ("sqlalchemy", "sqlalchemy.sql", "sqlalchemy.sql.expression", "sqlalchemy.sql.elements", "sqlmodel")
        for name in ("text", "TextClause")
    }
    | {"flask_sqlalchemy.SQLAlchemy.text", "sqlalchemy.DDL", "sqlalchemy.schema.DDL", "sqlalchemy.sql.ddl.DDL"}
)
#: What the text of an SQL statement begins with.
SQL_START = re.compile(
    r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*|\(\s*)*(?:"
    r"select\b(?:\s|$)|insert\s+(?:into|or|ignore|overwrite)\b|update\s+\S+\s+set\b|delete\s+from\b|replace\s+into\b|merge\s+into\b"
    r"|with\s+(?:recursive\s+)?\S+\s*(?:\([^)]*\)\s*)?as\b|truncate\s+(?:table\s+)?\S+"
    r"|(?:create|alter|drop)\s+(?:or\s+replace\s+|temp\w*\s+|unique\s+|materialized\s+|unlogged\s+)*"
    r"(?:table|index|view|schema|database|sequence|type|extension|trigger|function|role|user|policy)\b"
    r"|pragma\s+\w+|set\s+(?:local\s+|session\s+)?\w+\s*(?:=|to\b)|explain\s+|vacuum\b|analyze\b|call\s+\w+|grant\s+|revoke\s+)",
    re.IGNORECASE | re.DOTALL,
)
RETURNED_RESULTS = ("execute", "exec", "scalars", "stream")


class Queries:
    """Answers which queries a function makes and reaches. Results are kept."""

    def __init__(self, evaluator: Evaluator, calls: Calls, tables: Tables) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._tables = tables
        self._of: dict[int, tuple[Query, ...]] = {}

    def of(self, function: FunctionValue) -> tuple[Query, ...]:
        """The calls in a function's own body that reach the database, in source order."""
        found = self._of.get(id(function))
        if found is None:
            found = self._of[id(function)] = tuple(self._find(function))
        return found

    def reached_from(self, function: FunctionValue) -> Iterator[ReachedQuery]:
        """The queries of a function and of all functions of the project that it leads to, each with a shortest chain."""
        for query in self.of(function):
            yield ReachedQuery(query, ())
        seen = {id(function)}
        for site, chain in self._calls.reachable(function):
            if id(site.caller) not in seen:
                seen.add(id(site.caller))
                for query in self.of(site.caller):
                    yield ReachedQuery(query, chain)

    def _find(self, function: FunctionValue) -> Iterator[Query]:
        if not _may_query(function.module):
            return
        for site in self._calls.named(function, *METHOD_NAMES):
            if isinstance(site.node.function, tree.Attribute):
                query = self._query(site, site.node.function)
                if query is not None:
                    yield query

    def _query(self, site: CallSite, called: tree.Attribute) -> Query | None:
        method = called.name
        statement = _statement_of(site.node)
        value = self.value_of(statement, site.caller) if statement is not None else None
        kind = self._kind(site, called)
        if kind is None:
            is_statement = method in RETURNED_RESULTS + ("executemany", "executescript", "scalar", "fetch", "fetchrow")
            if not is_statement or not _is_receiver_open(site.callee) or not self._is_statement(value, statement):
                return None
            kind = "statement"
        if kind != "statement":
            return Query(site, method, kind, None, Answer.NO)
        return Query(site, method, kind, statement, self._is_text(value, statement))

    def _kind(self, site: CallSite, called: tree.Attribute) -> str | None:
        """The kind of query by the object whose method is called."""
        for callee in alternatives(site.callee):
            role = self._role_of_receiver(callee)
            kind = kind_of_method(role, called.name) if role else None
            if kind is not None:
                return kind
        if _is_receiver_open(site.callee):
            role = self._role_of_expression(called.value, site.caller)
            return kind_of_method(role, called.name) if role else None
        return None

    def _role_of_receiver(self, callee: Value) -> str | None:
        """The role of the object whose method a callee is."""
        if isinstance(callee, InstanceAttribute):
            before = callee.name.rpartition(".")[0]
            for name in self._evaluator.external_names(callee.instance):
                role = role_of(f"{name}.{before}" if before else name)
                if role is not None:
                    return role
        if isinstance(callee, External):
            return role_of(callee.name.rpartition(".")[0])
        return None

    def role_of_value(self, value: Value) -> str | None:
        """The role of an object: session, connection, cursor and so on; None where it is none or that is not known."""
        for one in alternatives(value):
            if isinstance(one, InstanceAttribute):
                names = [f"{name}.{one.name}" for name in self._evaluator.external_names(one.instance)]
            else:
                names = list(self._evaluator.external_names(one))
            for name in names:
                role = role_of(name)
                if role is not None:
                    return role
        return None

    def _role_of_expression(self, node: tree.Expression, function: FunctionValue) -> str | None:
        """The role of an object that the evaluator does not know: a parameter fed by a dependency, `Model.query`."""
        if isinstance(node, tree.Await):
            return self._role_of_expression(node.value, function)
        if isinstance(node, tree.Name):
            return self.role_of_value(self._dependency_result(node.id, function))
        if isinstance(node, tree.Attribute):
            if node.name == "query" and self._is_table(self.value_of(node.value, function)):
                return LEGACY_QUERY
            role = self._role_of_expression(node.value, function)
            return role if role == LEGACY_QUERY else _step(role, node.name)
        if isinstance(node, tree.Call) and isinstance(node.function, tree.Attribute):
            return self._role_of_expression(node.function, function)
        return None

    def _dependency_result(self, name: str, function: FunctionValue) -> Value:
        """What the dependency gives that an unannotated parameter names as its default."""
        for parameter in function.node.parameters:
            default = parameter.default
            if parameter.name == name and isinstance(default, tree.Call) and default.arguments:
                marker = default.function
                last = marker.name if isinstance(marker, tree.Attribute) else getattr(marker, "id", "")
                if last in DEPENDENCY_MARKERS:
                    dependency = self._evaluator.evaluate(default.arguments[0], function.scope)
                    if isinstance(dependency, FunctionValue):
                        return self._evaluator.returned_value(dependency)
                    if isinstance(dependency, (ClassValue, External)):
                        return Instance(dependency, is_typed_only=True)
        return Unknown("no dependency")

    def value_of(self, node: tree.Expression, function: FunctionValue) -> Value:
        """The value of an expression in the body of a function."""
        return self._evaluator.evaluate(node, self._evaluator.declared(function))

    def _is_table(self, value: Value) -> bool:
        return isinstance(value, ClassValue) and self._tables.of_class(value) is not None

    def _is_statement(self, value: Value, node: tree.Expression | None) -> bool:
        """Whether a value can be nothing but an SQL statement."""
        if isinstance(node, tree.FormattedText) and node.parts and isinstance(node.parts[0], tree.Text):
            value = node.parts[0].value
        return any(
            self._evaluator.external_names(one)[0].startswith(STATEMENT_PACKAGES)
            if isinstance(one, Instance) and isinstance(one.type, External)
            else isinstance(first := _first_text(one), str) and SQL_START.match(first) is not None
            for one in alternatives(value)
        )

    def _is_text(self, value: Value, node: tree.Expression | None) -> Answer:
        """Whether a statement is SQL text: a string, or `text(…)`."""
        answers = {self._is_one_text(one) for one in alternatives(value)}
        if Answer.YES in answers:
            return Answer.YES
        if isinstance(node, (tree.FormattedText, tree.Text)):
            return Answer.YES
        if isinstance(node, tree.BinaryOperation) and node.operator in ("+", "%") and _holds_text(node):
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


def _may_query(module: Module) -> bool:
    return module.mentions(*METHOD_NAMES)


def _statement_of(call: tree.Call) -> tree.Expression | None:
    """The statement that a call is given: its first argument."""
    if call.arguments:
        return None if isinstance(call.arguments[0], tree.Starred) else call.arguments[0]
    for keyword in call.keywords:
        if keyword.name in ("statement", "query", "sql", "operation", "clause", "command"):
            return keyword.value
    return None


def _is_receiver_open(callee: Value) -> bool:
    """Whether it is not known what is called."""
    return any(isinstance(one, Unknown) for one in alternatives(callee))


def _step(role: str | None, name: str) -> str | None:
    return STEPS.get((role, name)) if role else None


def _first_text(value: Value) -> str | None:
    """What a text begins with, as far as that is known."""
    from reviewer.project.builtin_calls import PartlyKnownText

    if isinstance(value, PartlyKnownText):
        return value[0] if value and isinstance(value[0], str) else ""
    return value if isinstance(value, str) else None


def _holds_text(node: tree.Expression) -> bool:
    return any(isinstance(one, (tree.Text, tree.FormattedText)) for one in tree.walk(node))
