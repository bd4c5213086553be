"""Finds the checks that several endpoints repeat word for word: a lookup with its 404, an ownership test with its 403.

Takes the endpoints, gives the equal blocks. A block is an `if` that only refuses, with the assignment before it that it
tests; the words of the message may differ, names and order may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.local_flow import names_in, shape
from reviewer.project.model import Route
from reviewer.rule import Place

#: What refuses a request.
REFUSALS = frozenset({"HTTPException", "abort", "NotFound", "Forbidden"})
#: Endpoints that repeat a lookup, and a test of the caller's rights, from which on it is a finding.
LOOKUP_MINIMUM = 4
RIGHTS_MINIMUM = 2


class GuardBlock(msgspec.Struct, frozen=True, eq=False):
    """A check in the body of an endpoint."""

    function: FunctionValue
    route: Route
    place: Place


class RepeatedGuard(msgspec.Struct, frozen=True, eq=False):
    """A check that several endpoints repeat."""

    kind: str  # "lookup" or "rights"
    blocks: tuple[GuardBlock, ...]


def repeated_guards(endpoints: Iterable[tuple[FunctionValue, Route]]) -> Iterator[RepeatedGuard]:
    """The checks that several endpoints repeat, in order of their first place."""
    found: dict[tuple[Any, ...], list[GuardBlock]] = {}
    for function, route in endpoints:
        own: set[tuple[Any, ...]] = set()
        for kind, first, last, key in _guards(function):
            if key not in own:
                own.add(key)
                whole = place_of(function.module, first)
                end = place_of(function.module, last)
                place = Place(whole.path, whole.line, whole.column, end.end_line, end.end_column)
                found.setdefault((kind, *key), []).append(GuardBlock(function, route, place))
    repeated = [
        RepeatedGuard(str(key[0]), tuple(blocks))
        for key, blocks in found.items()
        if len(blocks) >= (RIGHTS_MINIMUM if key[0] == "rights" else LOOKUP_MINIMUM)
    ]
    yield from sorted(repeated, key=lambda one: one.blocks[0].place)


def _guards(function: FunctionValue) -> Iterator[tuple[str, tree.Node, tree.Node, tuple[Any, ...]]]:
    """The checks of a body, each with its kind, its first and last statement and what makes two of them equal."""
    if not isinstance(function.node, tree.Function):
        return
    parameters = {one.name for one in function.node.parameters}
    before: tree.Statement | None = None
    for statement in function.node.body:
        if isinstance(statement, tree.If) and not statement.otherwise and _refuses(statement.body):
            tested = names_in(statement.test)
            refusal = _refusal(statement.body[0])
            if _is_about_rights(statement.test, parameters):
                yield "rights", statement, statement, (shape(statement.test), refusal)
            elif isinstance(before, tree.Assign) and tested & _names(before) and _calls(before.value):
                yield "lookup", before, statement, (shape(before), shape(statement.test), refusal)
        before = statement


def _is_about_rights(test: tree.Expression, parameters: set[str]) -> bool:
    """Whether a condition compares something with the caller: `item.owner_id != current_user.id`."""
    compared = [
        one for one in tree.walk(test) if isinstance(one, tree.Comparison) and one.operators[0] in ("!=", "not in")
    ]
    return any(
        len({_root(side) for side in (one.left, *one.comparators)} - {""}) > 1
        and any(
            isinstance(side, tree.Attribute) and _root(side) in parameters and "user" in _root(side).lower()
            for side in (one.left, *one.comparators)
        )
        for one in compared
    )


def _root(node: tree.Expression) -> str:
    while isinstance(node, (tree.Attribute, tree.Subscript)):
        node = node.value
    return node.id if isinstance(node, tree.Name) else ""


def _refuses(body: tuple[tree.Statement, ...]) -> bool:
    return len(body) == 1 and _refusal(body[0]) is not None


def _refusal(statement: tree.Statement) -> tuple[Any, ...] | None:
    """What a statement refuses a request with, without the words of the message."""
    value = statement.exception if isinstance(statement, tree.Raise) else getattr(statement, "value", None)
    if not isinstance(value, tree.Call) or called_name(value) not in REFUSALS:
        return None
    status = next((one.value for one in value.keywords if one.name == "status_code"), None)
    return called_name(value), shape(status or (value.arguments[0] if value.arguments else None))


def _names(assignment: tree.Assign) -> set[str]:
    return {name for target in assignment.targets for name in names_in(target)}


def _calls(value: tree.Expression) -> bool:
    return isinstance(value, tree.Call) or (isinstance(value, tree.Await) and isinstance(value.value, tree.Call))
