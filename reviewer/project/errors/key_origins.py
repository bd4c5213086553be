"""Where a value comes from that something is looked up by: from the client, from a caller, or from stored data.

What a client names may not exist. What a stored object refers to does, as far as a reviewer is concerned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, Instance, Subscripted, TypeUnion, Value
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.request_reach import RequestReach
from reviewer.project.functions.request_values import RequestValues
from reviewer.project.model import CallSite

CLIENT = "client"
STORED = "stored"
CONSTANT = "constant"
UNKNOWN = "unknown"
QUERIED = "queried"  # of an object that the function itself has got from somewhere
#: What a function is given by its callers: `parameter:name`.
PARAMETER = "parameter:"

#: Attributes of a request that hold what its sender chose.
CLIENT_PARTS = frozenset(
    {
        "args",
        "form",
        "json",
        "values",
        "get_json",
        "view_args",
        "query_params",
        "path_params",
        "headers",
        "data",
        "body",
    }
)
#: Names that stand for who is signed in, or for the server's own state.
TRUSTED_NAMES = frozenset({"session", "current_user", "g", "settings", "config", "current_app", "app", "self", "cls"})
#: Plain types of values that a request carries.
TRACE_DEPTH = 4
CALLER_DEPTH = 2


#: Names of calls that look for something or check it.
LOOKING_NAME = re.compile(
    r"^_*(?:get|find|fetch|load|lookup|read|resolve|retrieve|check|ensure|require|valid|verify|assert|exist|is_|has_|first|"
    r"filter|where|dao_)|_(?:get|exists?|by_id)(?:_|$)|_or_404$"
)


class Supplier(msgspec.Struct, frozen=True, eq=False):
    """The endpoint whose client sends something, and the calls that hand it on."""

    endpoint: FunctionValue
    chain: tuple[CallSite, ...]


class KeyOrigins:
    """Answers where expressions come from."""

    def __init__(self, evaluator: Evaluator, reach: RequestReach, request_values: RequestValues) -> None:
        self._evaluator = evaluator
        self._reach = reach
        self._request_values = request_values
        self._suppliers: dict[tuple[int, str], Supplier | None] = {}

    def of(self, node: tree.Expression, function: FunctionValue, depth: int = 0) -> frozenset[str]:
        """The origins of the parts of an expression; empty where it is made of constants and columns."""
        found: set[str] = set()
        for leaf in leaves(node):
            found |= self._of_leaf(leaf, function, depth)
        return frozenset(found)

    def _of_leaf(self, leaf: tree.Expression, function: FunctionValue, depth: int) -> frozenset[str]:
        root, parts = _root(leaf)
        if root is None or depth > TRACE_DEPTH:
            return frozenset({UNKNOWN})
        if root == "request":
            return frozenset({CLIENT if CLIENT_PARTS.intersection(parts) else STORED})
        parameter = next((one for one in function.node.parameters if one.name == root), None)
        if parameter is not None:
            return frozenset({self._of_parameter(parameter, parts, function)})
        if root in TRUSTED_NAMES:
            return frozenset({STORED})
        bindings = self._evaluator.declared(function).bindings.get(root)
        if not bindings:
            return frozenset()  # a name of the module: a class, a column or a constant
        found: set[str] = set()
        for kind, source in bindings:
            if kind in ("value", "item", "entered") and isinstance(source, tree.Node):
                origins = self.of(source, function, depth + 1)  # type: ignore[arg-type]
                if kind == "item" and CLIENT not in origins:
                    origins = frozenset({QUERIED})
                is_made = parts and isinstance(_unwrapped(source), tree.Call) and not _is_transparent(source)
                if is_made and not (CLIENT in origins and _reads_request(source)):
                    origins = frozenset({QUERIED})
                found |= origins
            elif kind == "import":
                continue
            else:
                found.add(UNKNOWN)
        return frozenset(found)

    def _of_parameter(self, parameter: tree.Parameter, parts: tuple[str, ...], function: FunctionValue) -> str:
        if self._reach.handler_of(function) is None and not self._request_values.is_endpoint(function):
            return (
                f"{PARAMETER}{parameter.name}" if not parts or self._is_request_model(parameter, function) else STORED
            )
        if self._request_values.dependency_of(parameter, function) is not None:
            return STORED
        if self._request_values.is_special(parameter, function):
            return CLIENT if CLIENT_PARTS.intersection(parts) else STORED
        return CLIENT

    def _is_request_model(self, parameter: tree.Parameter, function: FunctionValue) -> bool:
        """Whether a parameter holds a Pydantic model, so that its fields are what a client sent."""
        if parameter.annotation is None:
            return False
        value = self._evaluator.annotation_value(parameter.annotation, function.scope)
        return any("pydantic" in name for one in _types(value) for name in self._evaluator.external_names(one))

    def supplier(self, node: tree.Expression, function: FunctionValue, depth: int = 0) -> Supplier | None:
        """The endpoint whose client sends a part of an expression, None where no client is known to.

        Where the endpoint, or a function between, has looked for the same thing before, nothing is missing any more.
        """
        origins = self.of(node, function)
        if QUERIED in origins or UNKNOWN in origins:
            return None
        if CLIENT in origins:
            return Supplier(function, ())
        for origin in sorted(origins):
            if origin.startswith(PARAMETER):
                found = self._supplier_of(function, origin[len(PARAMETER) :], depth)
                if found is not None:
                    return found
        return None

    def _supplier_of(self, function: FunctionValue, name: str, depth: int) -> Supplier | None:
        key = (id(function), name)
        if key not in self._suppliers:
            self._suppliers[key] = None
            self._suppliers[key] = self._find_supplier(function, name, depth) if depth < CALLER_DEPTH else None
        return self._suppliers[key]

    def _find_supplier(self, function: FunctionValue, name: str, depth: int) -> Supplier | None:
        for site in self._reach.callers_of(function):
            arguments = bound_arguments(site, function)
            given = arguments.get(name) if arguments is not None else None
            if given is None or self.is_vouched(given, site.caller, site.node):
                continue
            found = self.supplier(given, site.caller, depth + 1)
            if found is not None:
                return Supplier(found.endpoint, (*found.chain, site))
        return None

    def is_vouched(self, key: tree.Expression, function: FunctionValue, call: tree.Call) -> bool:
        """Whether a function has looked for what a key names before a call, or a dependency of its route has."""
        looked_for = _first_looks(function).get(source_text(key))
        if looked_for is not None and looked_for < (call.line, call.column):
            return True
        handler = self._reach.handler_of(function)
        names = {root for leaf in leaves(key) if (root := _root(leaf)[0]) is not None}
        if handler is None or handler.is_dependency:
            return False
        return any(
            getattr(one, "value", getattr(one, "name", None)) in names
            for dependency in handler.route.all_dependencies
            if isinstance(dependency.callable, FunctionValue)
            for one in (*dependency.callable.node.parameters, *dependency.callable.nodes_of(tree.Text))
        )


@lru_cache(maxsize=8)  # the calls of a function are looked at one after the other
def _first_looks(function: FunctionValue) -> dict[str, tuple[int, int]]:
    """Where a function first looks for what an expression names, by its text."""
    found: dict[str, tuple[int, int]] = {}
    for node in function.nodes_of(tree.Call):
        if LOOKING_NAME.search(called_name(node)):
            position = (node.line, node.column)
            for one in (*node.arguments, *(keyword.value for keyword in node.keywords)):
                for part in _compared(one):
                    text = source_text(part)
                    found[text] = min(found.get(text, position), position)
    return found


def is_constant(node: tree.Expression) -> bool:
    """Whether an expression reads no variable."""
    return next(leaves(node), None) is None


def leaves(node: tree.Expression) -> Iterator[tree.Expression]:
    """The names and chains of attributes that an expression reads, outermost chains only."""
    pending: list[tree.Node] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, (tree.Name, tree.Attribute, tree.Subscript)) and _root(current)[0] is not None:
            yield current
        elif isinstance(current, tree.Call):
            pending.extend(current.arguments)
            pending.extend(one.value for one in current.keywords)
            if isinstance(current.function, tree.Attribute):
                pending.append(current.function)
        elif not isinstance(current, tree.Lambda):
            pending.extend(tree.children(current))


def _root(node: tree.Node) -> tuple[str | None, tuple[str, ...]]:
    """The first name of a chain of attributes, items and calls, and the names after it."""
    parts: list[str] = []
    while True:
        if isinstance(node, tree.Attribute):
            parts.append(node.name)
            node = node.value
        elif isinstance(node, (tree.Subscript, tree.Await)):
            parts.append("[]")
            node = node.value
        elif isinstance(node, tree.Call) and isinstance(node.function, tree.Attribute):
            node = node.function
        else:
            break
    return (node.id, tuple(reversed(parts))) if isinstance(node, tree.Name) else (None, ())


def _compared(node: tree.Expression) -> tuple[tree.Expression, ...]:
    """An argument, and what it compares: `Item.id == item_id`."""
    if isinstance(node, tree.Comparison):
        return (node.left, *node.comparators)
    return (node, *node.items) if isinstance(node, tree.Tuple) else (node,)


def _unwrapped(node: tree.Node) -> tree.Node:
    return node.value if isinstance(node, tree.Await) else node


def _is_transparent(node: tree.Node) -> bool:
    """Whether a call gives another form of what it gets: `int(x)`, `data.strip()`, `payload.model_dump()`."""
    call = _unwrapped(node)
    return isinstance(call, tree.Call) and (
        isinstance(call.function, tree.Name) and call.function.id in ("int", "str", "UUID", "dict", "list", "ObjectId")
    )


def _reads_request(node: tree.Node) -> bool:
    return any(isinstance(one, tree.Name) and one.id == "request" for one in tree.walk(node))


def _types(value: Value) -> Iterator[Value]:
    pending = [value]
    for _ in range(20):
        if not pending:
            return
        one = pending.pop()
        if isinstance(one, Subscripted):
            pending.extend(one.arguments[:1])
        elif isinstance(one, TypeUnion):
            pending.extend(one.members)
        else:
            yield one.type if isinstance(one, Instance) else one
