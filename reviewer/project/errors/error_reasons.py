"""Why an HTTP error is answered, as its text and its condition say, and whether its status says the same.

Takes raised errors and, in Flask, returned pairs of a body and a status; gives those whose status tells something else.
Only reasons that are written down count: a text, a caught exception, a comparison with the caller.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Union

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import dotted_name, last_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.errors import Errors
from reviewer.project.functions.request_reach import RequestReach
from reviewer.project.functions.request_values import RequestValues
from reviewer.project.model import Route
from reviewer.project.routes.path_text import status_of
from reviewer.rule import Place

MISSING = re.compile(
    r"\bnot found\b|\bdo(?:es)?(?: not|n't) exist\b|\bno such\b|\b(?:could|can) ?not (?:find|locate|be found)\b"
    r"|\b(?:unable|failed) to find\b",
    re.IGNORECASE,
)
DUPLICATE = re.compile(
    r"\balready (?:exists?|registered|taken|in use|used by|been taken)\b"
    r"|\bduplicate (?:key|entry|name|email|record|user)\b"
    r"|\b(?:must be|is not) unique\b",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"\b(?:no|not|n't|enough|insufficient|lacks?|without|missing)\b[^.]{0,30}\b(?:permissions?|privileges?)\b"
    r"|\bpermission denied\b|\baccess (?:is )?denied\b|\bforbidden\b|\bnot allowed to\b|\bnot authori[sz]ed to\b"
    r"|\bunauthori[sz]ed to\b|\bnot (?:the |an? )?(?:owner|admin|administrator|superuser)\b"
    r"|\bonly (?:the |an? )?(?:\w+ )?(?:owners?|admins?|administrators?|captains?|superusers?|moderators?) "
    r"(?:can|may)\b"
    r"|\bnot your \w+",
    re.IGNORECASE,
)
#: Texts of missing things that the server itself lacks, so that its own error is right.
OF_THE_SERVER = re.compile(
    r"config|setting|environment|variable|template|module|plugin|secret|credential|default|superuser", re.IGNORECASE
)
#: Texts about signing in, where a status that tells less is meant.
OF_SIGNING_IN = re.compile(
    r"password|credential|token|log ?in|sign ?in|otp|invitation|api.?key|authentica", re.IGNORECASE
)
DUPLICATE_EXCEPTION = re.compile(r"Unique|AlreadyExists|Duplicate|(?<!Not)Exists(?:Error|Exception)?$")
MISSING_EXCEPTION = re.compile(r"NoResultFound|NotFound|DoesNotExist")
#: Names of variables that hold the text of an error.
MESSAGE_NAME = re.compile(r"message|detail|msg|error|reason")
USER_PARAMETER = re.compile(r"user|actor|account|principal|member|identity", re.IGNORECASE)
NOT_FOUND, CONFLICT, NO_RIGHT = 404, 409, 403


class MistakenStatus(msgspec.Struct, frozen=True, eq=False):
    """An error whose status does not tell what its reason is."""

    function: FunctionValue
    place: Place
    status: int
    better: int
    reason: str  # "what is asked for does not exist", …
    exception: str  # as written; empty for a returned pair


class ErrorReasons:
    """Finds errors whose status does not tell what their reason is."""

    def __init__(
        self,
        evaluator: Evaluator,
        errors: Errors,
        reach: RequestReach,
        request_values: RequestValues,
        endpoints: dict[FunctionValue, Route],
    ) -> None:
        self._evaluator = evaluator
        self._errors = errors
        self._reach = reach
        self._request_values = request_values
        self._endpoints = endpoints

    def find(self) -> Iterator[MistakenStatus]:
        """The errors with a mistaken status: raised ones in order, then returned ones."""
        for node, error in self._errors.raised_in_project():
            if isinstance(error.status, int) and 400 <= error.status < 600:
                better = self._better(node, error.status, error.function)
                if better is not None:
                    yield MistakenStatus(error.function, error.place, error.status, *better, error.exception)
        for function, route in self._endpoints.items():
            if route.framework == "flask":
                yield from self._returned(function)

    def _returned(self, function: FunctionValue) -> Iterator[MistakenStatus]:
        for node in function.nodes_of(tree.Return):
            if isinstance(node.value, tree.Tuple) and len(node.value.items) > 1:
                given = node.value.items[1]
                if isinstance(given, (tree.Number, tree.Attribute)):
                    status = status_of(self._evaluator.evaluate(given, self._evaluator.declared(function)))
                    if isinstance(status, int) and 400 <= status < 600:
                        better = self._better(node, status, function)
                        if better is not None:
                            yield MistakenStatus(function, place_of(function.module, node), status, *better, "")

    def _better(self, node: tree.Node, status: int, function: FunctionValue) -> tuple[int, str] | None:
        """The status that the reason of an error asks for, and the reason; None where its own is right or unclear."""
        if status not in (400, 401, 403, 404, 500):
            return None
        text = _text_of(node, function)
        around = _Around.of(node, function)
        is_about_signing_in = bool(OF_SIGNING_IN.search(text))
        is_duplicate = DUPLICATE.search(text) or (_is_caught(around, DUPLICATE_EXCEPTION) and not MISSING.search(text))
        if status in (400, 500) and is_duplicate and not is_about_signing_in:
            return CONFLICT, "what is to be created exists already"
        if status in (400, 500) and FORBIDDEN.search(text) and not around.caught:
            return NO_RIGHT, "the caller lacks the right"
        if status == 401 and self._lacks_right(text, around, function):
            return NO_RIGHT, "the caller is known and lacks the right"
        if status == 500 and self._is_missing(text, around, function):
            return NOT_FOUND, "what is asked for does not exist"
        if status == 400 and MISSING.search(text) and not is_about_signing_in and self._is_about_path(around, function):
            return NOT_FOUND, "what the path names does not exist"
        return None

    def _is_missing(self, text: str, around: _Around, function: FunctionValue) -> bool:
        """Whether an error says that something is not found that the function was asked for."""
        if not MISSING.search(text) or OF_THE_SERVER.search(text):
            return False
        if _is_caught(around, MISSING_EXCEPTION) or MISSING_EXCEPTION.search(function.qualname):
            return True
        own = {one.name for one in function.node.parameters if one.name not in ("self", "cls")}
        return bool(around.absent) and not own.isdisjoint(self._read_for(around.absent, function))

    def _read_for(self, variable: str, function: FunctionValue) -> set[str]:
        """The names that the values of a variable are made from."""
        bindings = self._evaluator.declared(function).bindings.get(variable, ())
        sources = (source for kind, source in bindings if kind == "value" and isinstance(source, tree.Node))
        return {one.id for source in sources for one in tree.walk(source) if isinstance(one, tree.Name)}

    def _lacks_right(self, text: str, around: _Around, function: FunctionValue) -> bool:
        """Whether an error refuses a caller who is signed in."""
        users = self._users(function)
        if not users:
            return False
        if FORBIDDEN.search(text):
            return True
        if text and OF_SIGNING_IN.search(text):
            return False
        return any(_compares(test, users) for test in around.tests[:1])

    def _users(self, function: FunctionValue) -> frozenset[str]:
        """The parameters of a handler that hold the signed-in caller."""
        return frozenset(
            one.name
            for one in function.node.parameters
            if USER_PARAMETER.search(one.name)
            and not one.name.endswith("_id")
            and self._request_values.dependency_of(one, function) is not None
        )

    def _is_about_path(self, around: _Around, function: FunctionValue) -> bool:
        """Whether what is missing was looked up by a path parameter of the endpoint alone."""
        route = self._endpoints.get(function)
        if route is None or not around.absent:
            return False
        read = self._read_for(around.absent, function)
        in_path = {
            one for one in read if f"{{{one}}}" in route.path or f"{{{one}:" in route.path or f":{one}>" in route.path
        }
        in_body = {one.name for one in route.parameters if one.kind in ("body", "form", "query")} & read
        return bool(in_path) and not in_body


_Block = Union[tree.If, tree.ExceptHandler]


class _Around(msgspec.Struct, frozen=True):
    """What stands around an error: the conditions, innermost first, and the caught exceptions."""

    tests: tuple[tree.Expression, ...]
    caught: tuple[str, ...]
    absent: str  # the variable that the innermost condition finds to be None; empty for none

    @classmethod
    def of(cls, node: tree.Node, function: FunctionValue) -> _Around:
        """What stands around a statement of a function."""
        tests: list[tree.Expression] = []
        caught: tuple[str, ...] = ()
        innermost: tree.If | None = None
        for one in _nesting(function).around(node):
            if isinstance(one, tree.If):
                innermost = innermost or one
                tests.append(one.test)
            else:
                caught = caught or _caught_names(one)
        is_negated = innermost is not None and any(_holds(statement, node) for statement in innermost.otherwise)
        absent = _absent(tests[0], is_negated) if tests else ""
        return cls(tuple(tests), caught, absent)


def _holds(outer: tree.Node, inner: tree.Node) -> bool:
    after_start = (outer.line, outer.column) <= (inner.line, inner.column)
    return after_start and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


class _Nesting:
    """The branches and handlers of a function, and what each of them stands in."""

    def __init__(self, function: FunctionValue) -> None:
        nodes: list[_Block] = [*function.nodes_of(tree.If), *function.nodes_of(tree.ExceptHandler)]
        self._nodes = sorted(nodes, key=lambda one: (one.line, one.column))
        self._starts = [(one.line, one.column) for one in self._nodes]
        self._outer: list[int] = []  # the number of the node around each; -1 for none
        for number, node in enumerate(self._nodes):
            outer = number - 1
            while outer >= 0 and not _holds(self._nodes[outer], node):
                outer = self._outer[outer]
            self._outer.append(outer)

    def around(self, node: tree.Node) -> Iterator[_Block]:
        """Those that hold a node, innermost first."""
        number = bisect_right(self._starts, (node.line, node.column)) - 1
        while number >= 0:
            if _holds(self._nodes[number], node):
                yield self._nodes[number]
            number = self._outer[number]


@lru_cache(maxsize=8)  # all errors of a function are asked about one after the other
def _nesting(function: FunctionValue) -> _Nesting:
    return _Nesting(function)


def _absent(test: tree.Expression, is_negated: bool) -> str:
    """The variable that a condition, or its opposite, finds to be missing; empty for none."""
    if is_negated:
        return test.id if isinstance(test, tree.Name) else ""
    if isinstance(test, tree.UnaryOperation) and test.operator == "not" and isinstance(test.operand, tree.Name):
        return test.operand.id
    if isinstance(test, tree.Comparison) and test.operators in (("is",), ("==",)) and isinstance(test.left, tree.Name):
        right = test.comparators[0]
        return test.left.id if isinstance(right, tree.Constant) and right.value == "None" else ""
    return ""


def _caught_names(handler: tree.ExceptHandler) -> tuple[str, ...]:
    if handler.exception is None:
        return ("Exception",)
    items = handler.exception.items if isinstance(handler.exception, tree.Tuple) else (handler.exception,)
    return tuple(last_name(one) for one in items)


def _is_caught(around: _Around, named: re.Pattern[str]) -> bool:
    return bool(around.caught) and all(named.search(one) for one in around.caught)


def _compares(test: tree.Expression, users: frozenset[str]) -> bool:
    """Whether a condition compares something of the caller: `current_user.id != comment.user_id`."""
    for node in tree.walk(test):
        if isinstance(node, tree.Comparison):
            for side in (node.left, *node.comparators):
                dotted = dotted_name(side)
                if dotted is not None and "." in dotted and dotted.split(".")[0] in users:
                    return True
    return False


def _text_of(node: tree.Node, function: FunctionValue) -> str:
    """The words of an error: its literals, and those of the variable or attribute that holds its message."""
    texts = []
    for one in tree.walk(node):
        if isinstance(one, tree.Text):
            texts.append(one.value)
        elif isinstance(one, (tree.Name, tree.Attribute)):
            texts.extend(_assigned_texts(one, node, function))
    return " ".join(texts)[:1000]


def _assigned_texts(node: tree.Expression, error: tree.Node, function: FunctionValue) -> list[str]:
    """The words of what was last assigned to a variable or attribute before an error."""
    dotted = dotted_name(node)
    if dotted is None or not MESSAGE_NAME.search(dotted):
        return []
    before = [value for line, value in _assignments(function).get(dotted, ()) if line < error.line]
    return [one.value for one in tree.walk(before[-1]) if isinstance(one, tree.Text)] if before else []


@lru_cache(maxsize=8)
def _assignments(function: FunctionValue) -> dict[str, list[tuple[int, tree.Expression]]]:
    """What is assigned to each variable or attribute, by line."""
    found: dict[str, list[tuple[int, tree.Expression]]] = {}
    for statement in function.nodes_of(tree.Assign):
        for target in statement.targets:
            found.setdefault(dotted_name(target) or "", []).append((statement.line, statement.value))
    return found
