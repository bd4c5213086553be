"""Answers of endpoints that tell of an error in their body and have status 200.

Takes endpoints, gives the `return`s of dictionaries and JSON responses that say that something failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.model import Route
from reviewer.rule import Place

ERROR_KEYS = frozenset({"error", "errors", "err", "error_message", "errormsg"})
STATUS_KEYS = frozenset({"status", "result"})
SUCCESS_KEYS = frozenset({"success", "ok", "succeeded"})
TEXT_KEYS = frozenset({"message", "detail", "msg"})
FAILED = re.compile(r"^(?:error|fail)$", re.IGNORECASE)
FAILURE_TEXT = re.compile(
    r"\bnot found\b|\bdo(?:es)?(?: not|n't) exist\b|\balready exists\b|\bnot authori[sz]ed\b|\bunauthori[sz]ed\b"
    r"|\bpermission denied\b|\binvalid (?:username|password|credentials|token|request|id)\b",
    re.IGNORECASE,
)
#: Names of endpoints that report the state of something, so that a failure is what they were asked for.
REPORTING = re.compile(
    r"health|status|ready|live|ping|check|test|valid|verif|probe|diagnos|monitor|webhook|callback|preview|debug|callbk|lookup"
    r"|graphql|oauth|token",
    re.IGNORECASE,
)
JSON_RESPONSES = frozenset({"JSONResponse", "ORJSONResponse", "UJSONResponse"})


class ErrorBody(msgspec.Struct, frozen=True, eq=False):
    """An answer with status 200 that tells of an error."""

    function: FunctionValue
    route: Route
    place: Place


def error_bodies(endpoints: Mapping[FunctionValue, Route]) -> Iterator[ErrorBody]:
    """The answers with status 200 that tell of an error, in order."""
    for function, route in endpoints.items():
        if not isinstance(function.node, tree.Function) or REPORTING.search(function.name):
            continue
        if route.status_code not in (None, 200) or REPORTING.search(route.path.rpartition("/")[2]):
            continue
        answers = function.nodes_of(tree.Return)
        telling = [one for one in answers if one.value is not None and _tells_error(one.value)]
        others = len(answers) > len(telling) or _falls_through(function.node)
        if not telling or not others or _sets_status(function):
            continue
        for one in telling:
            if _is_conditional(one, function):
                yield ErrorBody(function, route, place_of(function.module, one))


def _tells_error(node: tree.Expression) -> bool:
    entries = _entries(node)
    return any(_is_error(key, value) for key, value in entries) if entries is not None else False


def _entries(node: tree.Expression) -> list[tuple[str, tree.Expression]] | None:
    """The entries of the body that an answer has, if it has no status; None where it is no such body."""
    if isinstance(node, tree.Dictionary):
        return [
            (key.value.lower(), value)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, tree.Text)
        ]
    if not isinstance(node, tree.Call):
        return None
    name = called_name(node)
    if name == "jsonify":
        if len(node.arguments) == 1 and not node.keywords:
            return _entries(node.arguments[0])
        return [(one.name.lower(), one.value) for one in node.keywords if one.name is not None]
    if name in JSON_RESPONSES:
        content = node.arguments[0] if node.arguments else None
        for one in node.keywords:
            if one.name in ("status_code", None):
                return None
            if one.name == "content":
                content = one.value
        is_body = len(node.arguments) <= 1 and isinstance(content, tree.Dictionary)
        return _entries(content) if is_body and content is not None else None
    return None


def _is_error(key: str, value: tree.Expression) -> bool:
    """Whether an entry of a body says that something failed."""
    if key in ERROR_KEYS:
        is_empty = isinstance(value, tree.Constant) and value.value in ("None", "False")
        is_empty = is_empty or (isinstance(value, tree.Text) and not value.value)
        return isinstance(value, (tree.Text, tree.FormattedText)) or (
            not is_empty and isinstance(value, tree.Call) and called_name(value) in ("str", "_", "gettext", "repr")
        )
    if key in SUCCESS_KEYS:
        return isinstance(value, tree.Constant) and value.value == "False"
    if key in STATUS_KEYS:
        return isinstance(value, tree.Text) and bool(FAILED.match(value.value))
    return key in TEXT_KEYS and bool(FAILURE_TEXT.search(_text(value)))


def _text(node: tree.Expression) -> str:
    if isinstance(node, tree.FormattedText):
        return "".join(one.value for one in node.parts if isinstance(one, tree.Text))
    return node.value if isinstance(node, tree.Text) else ""


def _falls_through(node: tree.Function) -> bool:
    return not isinstance(node.body[-1], (tree.Return, tree.Raise, tree.If, tree.Try))


def _sets_status(function: FunctionValue) -> bool:
    """Whether a function sets the status of its response by itself."""
    return any(
        isinstance(target, tree.Attribute) and target.name in ("status_code", "status")
        for statement in function.nodes_of(tree.Assign)
        for target in statement.targets
    )


def _is_conditional(answer: tree.Return, function: FunctionValue) -> bool:
    """Whether an answer is one of several: under a condition, in an `except`, or after a branch that answered."""
    return any(
        node.line <= answer.line and node.line < answer.end_line + 1
        for node in function.nodes_of(tree.If, tree.ExceptHandler, tree.Try)
    )
