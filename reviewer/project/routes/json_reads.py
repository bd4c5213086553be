"""JSON that endpoints take from the request by hand and read without checking it.

Takes endpoints, gives those that read keys of it where nothing validates it: no model, no schema, no condition about it
or what was read of it. What is handed to something else may be checked there, so that nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import External, FunctionValue, InstanceAttribute, place_of
from reviewer.project.functions.local_flow import names_in
from reviewer.project.model import Route
from reviewer.rule import Place

JSON_NAMES = ("json", "get_json")
#: Calls that neither check what they get nor keep it.
READING = frozenset({"print", "debug", "info", "warning", "error", "dumps", "get", "items", "keys", "values", "len"})


class UncheckedJson(msgspec.Struct, frozen=True, eq=False):
    """JSON of a request whose keys an endpoint reads unchecked."""

    route: Route
    function: FunctionValue
    name: str  # the variable that holds it
    keys: tuple[str, ...]  # that are read
    place: Place  # where it is taken


class JsonReads:
    """Answers what endpoints do with JSON that they take themselves."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def unchecked(self, endpoints: Iterable[tuple[FunctionValue, Route]]) -> Iterator[UncheckedJson]:
        """The endpoints that read keys of JSON which nothing checks."""
        for function, route in endpoints:
            if route.module.is_test or not function.module.mentions(*JSON_NAMES) or function.decorated is not None:
                continue
            for statement in function.nodes_of(tree.Assign):
                target = statement.targets[0]
                if not isinstance(target, tree.Name) or not self._is_json(statement.value, function):
                    continue
                found = _keys_read(function, target.id)
                if found and not _is_checked(function, target.id):
                    place = place_of(function.module, statement)
                    yield UncheckedJson(route, function, target.id, found, place)

    def _is_json(self, node: tree.Expression, function: FunctionValue) -> bool:
        """Whether an expression is the JSON of the request: `request.get_json()`, `await request.json()`."""
        node = node.value if isinstance(node, tree.Await) else node
        called = node.function if isinstance(node, tree.Call) else node
        if not isinstance(called, tree.Attribute) or called.name not in JSON_NAMES:
            return False
        value = self._evaluator.evaluate(called, self._evaluator.declared(function))
        if isinstance(value, External):
            return value.name in ("flask.request.json", "flask.request.get_json")
        if not isinstance(value, InstanceAttribute):
            return False
        names = self._evaluator.external_names(value.instance)
        return any(name.rpartition(".")[2] in ("Request", "request") for name in names)


def _keys_read(function: FunctionValue, name: str) -> tuple[str, ...]:
    """The keys that are taken by subscript, so that a missing one is an error."""
    return tuple(
        dict.fromkeys(
            node.index.value
            for node in function.nodes_of(tree.Subscript)
            if isinstance(node.value, tree.Name) and node.value.id == name and isinstance(node.index, tree.Text)
        )
    )


def _is_checked(function: FunctionValue, name: str) -> bool:
    """Whether a condition or handler asks for the value or what was read of it, or a call gets it whole."""
    related = {name}
    for statement in function.nodes_of(tree.Assign):
        if not related.isdisjoint(names_in(statement.value)):
            related.update(target.id for target in statement.targets if isinstance(target, tree.Name))
    if function.nodes_of(tree.Try):
        return True
    tests = [one.test for one in function.nodes_of(tree.If)]
    tests += [one.test for one in function.nodes_of(tree.Conditional)]
    tests += [one.test for one in function.nodes_of(tree.Assert)]
    if any(not related.isdisjoint(names_in(test)) for test in tests):
        return True
    return any(
        isinstance(given.value if isinstance(given, tree.Starred) else given, tree.Name)
        and not {name}.isdisjoint(names_in(given))
        and called_name(call) not in READING
        for call in function.nodes_of(tree.Call)
        for given in (*call.arguments, *(keyword.value for keyword in call.keywords))
    )
