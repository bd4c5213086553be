"""Links the SQL texts of the project: where text becomes a statement, and which unbound values stand in it.

Takes the calls that execute or hold SQL text, gives `SqlStatement`s. Three answers a value: it comes from a request, a
parameter that any caller may fill, or somewhere unknown; what is static, a number or checked is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from reviewer.modules import tree
from reviewer.project.data.queries import TEXT_MAKERS, Queries, statement_of
from reviewer.project.data.text_flow import TextFlow
from reviewer.project.data.text_pieces import SAFE, UNKNOWN, Context, Piece, Text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    alternatives,
    place_of,
)
from reviewer.project.functions.callers import Callers
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_values import RequestValues
from reviewer.project.model import CallSite, InterpolatedValue, Route, SqlStatement
from reviewer.project.program import Program
from reviewer.rule import Place

#: Calls that run a statement they are given as text.
EXECUTING_METHODS = (
    "execute", "executemany", "executescript", "execute_many", "exec", "exec_driver_sql", "scalar", "scalars",
    "stream", "fetch",
    "fetchrow", "fetchval", "fetch_all", "fetch_one", "fetch_val", "iterate", "execute_fetchall", "execute_insert",
    "copy_expert",
)  # fmt: skip
#: Calls that make a statement out of a text.
TEXT_METHODS = ("text", "TextClause")
#: What makes a statement that is no text.
CONSTRUCTORS = frozenset(
    {"select", "insert", "update", "delete", "union", "union_all", "exists", "select_from", "with_only_columns"}
)
#: SQL before a place where a value stands.
DATA_PLACE = re.compile(
    r"(?:[=<>]|\b(?:i?like|between|limit|offset|rlike|regexp)|\bin\s*\(?"
    r"|\bvalues\s*\((?:[^()]|\([^()]*\))*|\bin\s*\([^()]*,"
    r"|\bbetween\s+\S+\s+and)\s*\(?\s*[eEnN]?['\"%]*$",
    re.IGNORECASE,
)


class SqlTexts:
    """Answers which SQL texts the project makes and what is interpolated in them. Results are kept."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        calls: Calls,
        queries: Queries,
        routes: Callable[[], tuple[Route, ...]],
    ) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._queries = queries
        callers = Callers(program, calls, queries.module_body)
        self._flow = TextFlow(evaluator, callers, RequestValues(evaluator, routes), queries.module_body)

    @cached_property
    def statements(self) -> tuple[SqlStatement, ...]:
        """The SQL texts in which values are interpolated, by place; tests and migrations are left out."""
        found = [one for function, site, node in self._sinks() for one in self._statements_at(function, site, node)]
        return tuple(sorted(found, key=lambda one: (one.place, len(one.values))))

    def _sinks(self) -> Iterator[tuple[FunctionValue, CallSite, tree.Expression]]:
        """The calls that take SQL text, with that argument."""
        for function in self._queries.querying_bodies(*EXECUTING_METHODS, *TEXT_METHODS):
            for site in self._calls.named(function, *TEXT_METHODS):
                given = _text_argument(site.node)
                if given is not None and not isinstance(given, tree.Text) and self._makes_text(site):
                    yield function, site, given
            for node in self._calls.nodes_named(function, *EXECUTING_METHODS):
                statement = statement_of(node)
                if statement is None or isinstance(statement, tree.Text) or self._is_composed(statement, function):
                    continue
                query = self._queries.at(function, node)
                if query is not None and query.kind == "statement" and not self._is_construct(statement, function):
                    yield function, query.call, statement

    def _is_composed(self, node: tree.Expression, function: FunctionValue, nesting: int = 0) -> bool:
        """Whether a statement is plainly a construct of SQLAlchemy by how it is written: `select(…).where(…)`."""
        while isinstance(node, (tree.Call, tree.Attribute, tree.Await)):
            if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
                return node.function.id in CONSTRUCTORS
            if isinstance(node, tree.Attribute) and node.name in CONSTRUCTORS:
                return True
            node = node.function if isinstance(node, tree.Call) else node.value
        if not isinstance(node, tree.Name) or nesting > 3:
            return False
        bindings = self._flow.flow_of(function).bindings.get(node.id, ())
        sources = [one.source for one in bindings if not (one.kind == "value" and _root_name(one.source) == node.id)]
        return bool(sources) and all(
            one.kind == "value" and self._is_composed(one.source, function, nesting + 1)
            for one in bindings
            if one.source in sources
        )

    def _makes_text(self, site: CallSite) -> bool:
        for one in alternatives(site.callee):
            if isinstance(one, External) and one.name in TEXT_MAKERS:
                return True
            if isinstance(one, InstanceAttribute) and one.name == "text":
                return any(f"{name}.text" in TEXT_MAKERS for name in self._evaluator.external_names(one.instance))
        return False

    def _is_construct(self, statement: tree.Expression, function: FunctionValue) -> bool:
        """Whether a statement is an object and not text; `text(…)` is judged where it is made."""
        value = self._queries.value_of(statement, function)
        return all(
            isinstance(one, Instance)
            and isinstance(one.type, External)
            and one.type.name.startswith(("sqlalchemy.", "sqlmodel.", "flask_sqlalchemy."))
            for one in alternatives(value)
        )

    def _statements_at(self, function: FunctionValue, site: CallSite, node: tree.Expression) -> Iterator[SqlStatement]:
        seen: set[object] = set()
        for text in self._flow.texts(node, Context(function)):
            statement = self._statement(site, text)
            if statement is None:
                continue
            key = (statement.place, tuple((one.place, one.origin) for one in statement.values))
            if key not in seen:
                seen.add(key)
                yield statement

    def _statement(self, site: CallSite, text: Text) -> SqlStatement | None:
        values: list[InterpolatedValue] = []
        before = ""
        for piece in text:
            if piece.text is not None:
                before += piece.text
                continue
            if piece.origin != SAFE and piece.node is not None and piece.function is not None:
                place = place_of(piece.function.module, piece.node)
                values.append(
                    InterpolatedValue(
                        piece.node, piece.function, place, piece.origin, piece.name, stands_as_data(before)
                    )
                )
            before += "x"
        if not values:
            return None
        chain = _first_chain(text)
        giver = chain[0].caller if chain else site.caller
        place = chain[0].place if chain else site.place
        return SqlStatement(
            call=site,
            function=giver,
            place=place,
            chain=chain,
            built_at=_building_place(text, giver),
            values=tuple(values),
            is_known=all(one.origin != UNKNOWN for one in values),
        )


def stands_as_data(before: str) -> bool:
    """Whether what follows some SQL is a value in it: in quotes, compared, listed in `IN (` or `VALUES (`."""
    return before.count("'") % 2 == 1 or DATA_PLACE.search(before[-400:]) is not None


def _root_name(node: tree.Expression) -> str | None:
    """The variable that a chain of attributes and calls starts from."""
    while isinstance(node, (tree.Call, tree.Attribute, tree.Await)):
        node = node.function if isinstance(node, tree.Call) else node.value
    return node.id if isinstance(node, tree.Name) else None


def _text_argument(call: tree.Call) -> tree.Expression | None:
    if call.arguments:
        return call.arguments[0]
    return next((one.value for one in call.keywords if one.name == "text"), None)


def _first_chain(text: Text) -> tuple[CallSite, ...]:
    """The calls through which the beginning of the text comes."""
    first = _first_known(text)
    return first.chain if first is not None else ()


def _building_place(text: Text, giver: FunctionValue) -> Place | None:
    """Where the text stands, if not in the function that gives it."""
    first = _first_known(text)
    if first is None or first.function is None or first.node is None or first.function is giver:
        return None
    return place_of(first.function.module, first.node)


def _first_known(text: Text) -> Piece | None:
    known = [piece for piece in text if piece.text is not None and piece.node is not None]
    return next((piece for piece in known if (piece.text or "").strip()), text[0] if text else None)
