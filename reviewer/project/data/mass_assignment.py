"""Where a request decides which columns are written: its keys are spread over a table or set one by one.

Takes endpoints, follows what the client sent without a schema, or through a schema that takes everything, to the
constructor of a table, `setattr` in a loop, and statements that write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, source_text
from reviewer.project.data.pydantic import Schemas
from reviewer.project.data.schema_config import SchemaConfigs
from reviewer.project.data.table_objects import TableObjects
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Subscripted, place_of
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.functions.request_values import RequestValues
from reviewer.project.model import Route, Table
from reviewer.rule import Place

DUMPING = frozenset({"dict", "model_dump"})
COPYING = frozenset({"copy", "to_dict", "items", "get_json", "json", "deepcopy", "loads"})
#: Calls that may refuse keys that nobody expects.
VALIDATING = re.compile(
    r"valid|check|clean|sanit|load|parse|schema|verify|allow|filter|only|pick|require", re.IGNORECASE
)
WRITING = frozenset({"values", "update"})
#: Names of what is handed on, where it may come from the request.
LIKELY_NAMES = frozenset({"request", "data", "payload", "body", "params", "json_data"})
DEPTH = 3
MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "Any"})


class MassAssignment(msgspec.Struct, frozen=True, eq=False):
    """A place where a client decides which columns are written."""

    route: Route
    function: FunctionValue  # in whose body it stands
    table: Table | None
    source: str  # what the client sent, as written
    schema_name: str  # the schema that takes everything; empty where there is none
    place: Place
    schema_place: Place | None = None


class MassAssignments:
    """Answers where clients decide which columns are written."""

    def __init__(
        self,
        evaluator: Evaluator,
        calls: Calls,
        objects: TableObjects,
        schemas: Schemas,
        configs: SchemaConfigs,
        request_values: RequestValues,
    ) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._objects = objects
        self._schemas = schemas
        self._configs = configs
        self._values = request_values

    def find(self, endpoints: dict[FunctionValue, Route]) -> Iterator[MassAssignment]:
        """The places in endpoints and in the functions that they hand the data to."""
        seen: set[Place] = set()
        for function, route in endpoints.items():
            given = self._parameters(route)
            for found in self._in(function, route, given, 0):
                if found.place not in seen:
                    seen.add(found.place)
                    yield found

    def _parameters(self, route: Route) -> dict[str, str]:
        """The parameters of an endpoint that hold whatever a client sends, with the name of their schema."""
        found: dict[str, str] = {}
        for parameter in route.parameters:
            if parameter.kind not in ("body", "query", "unknown") or parameter.annotation is None:
                continue
            value = parameter.type
            if isinstance(value, ClassValue):
                schema = self._schemas.of_class(value)
                if schema is not None and self._configs.of(value).option("extra") == "allow" and not schema.is_table:
                    found[parameter.name] = schema.name
            else:
                base = value.base if isinstance(value, Subscripted) else value
                if isinstance(base, External) and base.name.rpartition(".")[2] in MAPPINGS and parameter.kind == "body":
                    found[parameter.name] = ""
        return found

    def _in(self, function: FunctionValue, route: Route, given: dict[str, str], depth: int) -> Iterator[MassAssignment]:
        for loop in function.nodes_of(tree.For):
            yield from self._in_loop(loop, function, route, given)
        for call in function.nodes_of(tree.Call):
            yield from self._in_call(call, function, route, given)
            if depth < DEPTH:
                yield from self._in_callee(call, function, route, given, depth)

    def _in_call(
        self, node: tree.Call, function: FunctionValue, route: Route, given: dict[str, str]
    ) -> Iterator[MassAssignment]:
        spread = [one.value for one in node.keywords if one.name is None]
        name = called_name(node)
        written = [*spread, *(node.arguments[:1] if name in WRITING else ())]
        if not written:
            return
        sources = [found for one in written for found in [self._source(one, function, given)] if found is not None]
        if not sources:
            return
        table = self._written_table(node, function)
        if table is not None:
            yield self._found(route, function, table, sources[0], node)

    def _written_table(self, node: tree.Call, function: FunctionValue) -> Table | None:
        """The table that a call makes a row of, or writes to."""
        value = self._evaluator.evaluate(node.function, self._evaluator.declared(function))
        if isinstance(value, ClassValue):
            made = self._objects.of_type(value)
            return None if made is None else made.table
        if called_name(node) not in WRITING or not isinstance(node.function, tree.Attribute):
            return None
        around = self._objects.of(node.function.value, function)
        if around is not None:
            return around.table
        return self._objects.selected(node.function.value, function)

    def _in_loop(
        self, node: tree.For, function: FunctionValue, route: Route, given: dict[str, str]
    ) -> Iterator[MassAssignment]:
        """`for name, value in data.items(): setattr(user, name, value)` without a condition on the name."""
        source = self._source(node.iterable, function, given)
        if source is None or not isinstance(node.target, tree.Tuple) or not isinstance(node.target.items[0], tree.Name):
            return
        key = node.target.items[0].id
        for statement in node.body:
            call = statement.value if isinstance(statement, tree.ExpressionStatement) else None
            is_setter = isinstance(call, tree.Call) and called_name(call) == "setattr" and len(call.arguments) == 3
            if is_setter and isinstance(call, tree.Call) and getattr(call.arguments[1], "id", "") == key:
                written = self._objects.of(call.arguments[0], function)
                if written is not None:
                    yield self._found(route, function, written.table, source, call)

    def _in_callee(
        self, node: tree.Call, function: FunctionValue, route: Route, given: dict[str, str], depth: int
    ) -> Iterator[MassAssignment]:
        if not node.arguments and not node.keywords:
            return
        handed = (*node.arguments, *(keyword.value for keyword in node.keywords))
        if not any(self._may_hold(one, given) for one in handed):
            return
        site = self._calls.site_of(function, node)
        for target in targets(site.callee):
            bound = bound_arguments(site, target)
            inner: dict[str, str] = {}
            for name, argument in (bound or {}).items():
                source = self._source(argument, function, given)
                if source is not None:
                    inner[name] = source[1]
                elif isinstance(argument, tree.Name) and argument.id in given:
                    inner[name] = given[argument.id]
            if inner and target is not function:
                yield from self._in(target, route, inner, depth + 1)

    def _may_hold(self, node: tree.Expression, given: dict[str, str]) -> bool:
        names = {one.id for one in tree.walk(node) if isinstance(one, tree.Name)}
        return not names.isdisjoint(given) or bool(
            names & {"request", "data", "payload", "body", "params", "json_data"}
        )

    def _source(
        self, node: tree.Expression, function: FunctionValue, given: dict[str, str], depth: int = 0
    ) -> tuple[str, str] | None:
        """What the client sent, as written, and the schema that takes everything; None for anything else."""
        if depth > DEPTH:
            return None
        if isinstance(node, tree.Await):
            return self._source(node.value, function, given, depth)
        if isinstance(node, tree.Name):
            if node.id in _checked_names(function):
                return None
            if given.get(node.id) == "":
                return node.id, ""
            bindings = self._evaluator.declared(function).bindings.get(node.id, ())
            if len(bindings) == 1 and bindings[0][0] == "value":
                return self._source(bindings[0][1], function, given, depth + 1)
            return None
        if isinstance(node, tree.Call):
            name = called_name(node)
            if name == "dict" and len(node.arguments) == 1 and isinstance(node.function, tree.Name):
                return self._source(node.arguments[0], function, given, depth + 1)
            if isinstance(node.function, tree.Attribute):
                receiver = node.function.value
                if name in DUMPING and isinstance(receiver, tree.Name) and given.get(receiver.id):
                    is_narrowed = any(one.name == "include" for one in node.keywords)
                    return None if is_narrowed else (source_text(node), given[receiver.id])
                if name in COPYING:
                    found = self._source(receiver, function, given, depth + 1)
                    if found is not None:
                        return found
        if isinstance(node, (tree.Call, tree.Attribute)):
            value = self._evaluator.evaluate(node, self._evaluator.declared(function))
            if self._values.is_from_request(value) and _is_whole(node):
                return source_text(node), ""
        return None

    def _found(
        self, route: Route, function: FunctionValue, table: Table, source: tuple[str, str], node: tree.Node
    ) -> MassAssignment:
        return MassAssignment(route, function, table, source[0], source[1], place_of(function.module, node))


@lru_cache(maxsize=8)  # what a function makes is looked at one after the other
def _checked_names(function: FunctionValue) -> frozenset[str]:
    """The variables that a function gives to something that validates them."""
    return frozenset(
        argument.id
        for node in function.nodes_of(tree.Call)
        if VALIDATING.search(called_name(node))
        for argument in node.arguments
        if isinstance(argument, tree.Name)
    )


def _is_whole(node: tree.Expression) -> bool:
    """Whether an expression is the whole of a body or form, and not one value of it."""
    name = called_name(node) if isinstance(node, tree.Call) else getattr(node, "name", "")
    return name in ("get_json", "json", "form", "to_dict", "values", "args", "query_params")
