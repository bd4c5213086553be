"""The ids of operations as OpenAPI documents have them, where the project decides on them, and which are there twice.

FastAPI's own ids are unique. Ids come from `operation_id=`, a `generate_unique_id_function` that can be read, or a loop
that gives each route its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import dotted_name
from reviewer.project.evaluation.values import FunctionValue, Instance
from reviewer.project.model import Route
from reviewer.project.routes.operations import Operation, application_of

GENERATOR = "generate_unique_id_function"


class DuplicateOperationId(msgspec.Struct, frozen=True, eq=False):
    """An operation whose id another one of the same document has before it."""

    text: str
    operation: Operation
    route: Route
    earlier: Route
    is_made: bool  # of the route's name, not written down


def duplicate_operation_ids(
    operations: Iterable[Operation], modules: Iterable[Module]
) -> Iterator[DuplicateOperationId]:
    """The operations that share an id with an earlier one of their document, one answer an operation."""
    by_name = _gives_names_as_ids(modules)
    seen: dict[tuple[int, str], Route] = {}
    for operation in operations:
        for route in operation.routes:
            made = None if by_name else _written(route)
            text = route.name if by_name else made or _generated(route)
            if not text or (made is None and not _has_known_name(route)):
                continue
            earlier = seen.setdefault((id(application_of(route)), text), route)
            if (earlier.path, earlier.method) != (route.path, route.method) and not _is_of_one_call(earlier, route):
                yield DuplicateOperationId(text, operation, route, earlier, is_made=made is None)
                break


def _is_of_one_call(first: Route, second: Route) -> bool:
    """Whether two routes are one registration for several methods."""
    return first.node is second.node and first.path == second.path


def _has_known_name(route: Route) -> bool:
    """Whether the name is that of the endpoint, or stands in the registration as it is."""
    keywords = route.node.keywords if isinstance(route.node, tree.Call) else ()
    return all(isinstance(one.value, tree.Text) for one in keywords if one.name in ("name", None))


def _written(route: Route) -> str | None:
    node = route.node
    keywords = node.keywords if isinstance(node, tree.Call) else ()
    given = next((one.value for one in keywords if one.name == "operation_id"), None)
    return given.value if isinstance(given, tree.Text) else None


def _gives_names_as_ids(modules: Iterable[Module]) -> bool:
    """Whether a function sets `route.operation_id = route.name`, as FastAPI's documentation shows."""
    for module in modules:
        if module.is_test or not module.mentions("operation_id") or not module.mentions("routes"):
            continue
        for node in (one for statement in module.tree.body for one in tree.walk(statement)):
            if isinstance(node, tree.Assign) and (dotted_name(node.value) or "").endswith(".name"):
                owner = (dotted_name(node.value) or "").rpartition(".")[0]
                if any(dotted_name(target) == f"{owner}.operation_id" for target in node.targets):
                    return True
    return False


def _generated(route: Route) -> str | None:
    """The id that the project's own function makes of a route, None where there is none or it cannot be read."""
    if isinstance(route.node, tree.Call) and any(
        one.name in (GENERATOR, "operation_id", None) for one in route.node.keywords
    ):
        return None
    function = _generator_of(route.router) or _generator_of(application_of(route))
    if not isinstance(function, FunctionValue) or len(function.node.parameters) != 1:
        return None
    body = function.node.body
    if isinstance(body, tuple):
        returns = function.nodes_of(tree.Return)
        statements = [one for one in body if not isinstance(one, tree.ExpressionStatement)]
        if len(returns) != 1 or len(statements) != 1 or returns[0].value is None:
            return None
        body = returns[0].value
    return _text(body, function.node.parameters[0].name, route)


def _generator_of(instance: Instance) -> object:
    return instance.keywords.get(GENERATOR)


def _text(node: tree.Node, parameter: str, route: Route) -> str | None:
    """What an expression about a route gives: its name, its first tag, its path, and texts around them."""
    if isinstance(node, tree.Text):
        return node.value
    if isinstance(node, tree.FormattedText):
        pieces = [_piece(one, parameter, route) for one in node.parts]
        return None if None in pieces else "".join(one or "" for one in pieces)
    known = FACTS.get((dotted_name(node) or "").removeprefix(f"{parameter}."))
    if known is not None:
        return known(route)
    if isinstance(node, tree.Subscript) and dotted_name(node.value) == f"{parameter}.tags":
        is_first = isinstance(node.index, tree.Number) and node.index.value == 0
        return str(route.tags[0]) if is_first and isinstance(route.tags, tuple) and route.tags else None
    return None


def _piece(piece: object, parameter: str, route: Route) -> str | None:
    if isinstance(piece, tree.Replacement):
        is_plain = not piece.conversion and not piece.format
        return _text(piece.value, parameter, route) if is_plain else None
    return piece.value if isinstance(piece, tree.Text) else None


FACTS: dict[str, Callable[[Route], str]] = {"name": lambda route: route.name, "path": lambda route: route.path}
