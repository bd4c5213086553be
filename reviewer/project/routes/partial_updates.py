"""How PUT and PATCH routes read their bodies: as a whole resource, or only what the client has sent.

Takes operations, follows the body into the functions that it is handed to, and gives the calls that turn it into a
dictionary, with whether they leave out what was not sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.pydantic import Schemas
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Route, RouteParameter, Schema, SchemaField
from reviewer.project.routes.operations import Operation
from reviewer.rule import Place

DUMPING_METHODS = frozenset({"dict", "model_dump"})
DUMPING_FUNCTIONS = frozenset({"jsonable_encoder", "dict", "vars", "asdict"})
LEAVING_OUT = frozenset({"exclude_unset", "exclude_none", "exclude_defaults", "skip_defaults"})
SENT_FIELDS = frozenset({"model_fields_set", "__fields_set__", "model_fields_unset"})
#: Calls that write a dump down and store nothing.
WRITING_DOWN = frozenset({"debug", "info", "warning", "error", "log", "print", "exception", "critical"})
CALL_DEPTH = 4


class Dump(msgspec.Struct, frozen=True, eq=False):
    """A call that makes a dictionary of a body."""

    function: FunctionValue
    place: Place
    call: str  # as a reader knows it: `changes.model_dump`
    leaves_out: bool  # what the client has not sent, or what is None


class PartialUpdate(msgspec.Struct, frozen=True, eq=False):
    """The body of a PUT or PATCH operation, and what is done with it."""

    operation: Operation
    method: str
    parameter: RouteParameter
    schema: Schema
    dumps: tuple[Dump, ...]
    knows_sent_fields: bool  # something asks which fields were sent, or whether a value is None

    @property
    def optional_fields(self) -> tuple[SchemaField, ...]:
        """The fields whose default is None: those that a client may leave out without meaning a value."""
        return tuple(field for field in self.schema.fields if _is_none_by_default(field))

    @property
    def is_all_optional(self) -> bool:
        """Whether the client may leave out every field."""
        fields = self.schema.fields
        return bool(fields) and not self.schema.has_unknown_bases and len(self.optional_fields) == len(fields)


class PartialUpdates:
    """Answers how bodies of PUT and PATCH are read."""

    def __init__(self, evaluator: Evaluator, calls: Calls, schemas: Schemas) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._schemas = schemas

    def all(self, operations: Iterable[Operation]) -> Iterator[PartialUpdate]:
        """One answer for each body that is a schema."""
        for operation in operations:
            route = operation.route
            if route.method not in ("PUT", "PATCH") or not isinstance(route.endpoint, FunctionValue):
                continue
            for parameter, schema in self._bodies(route):
                dumps: list[Dump] = []
                knows = self._read(route.endpoint, parameter.own_name, dumps, set(), 0)
                yield PartialUpdate(operation, route.method, parameter, schema, tuple(dumps), knows)

    def _bodies(self, route: Route) -> Iterator[tuple[RouteParameter, Schema]]:
        for parameter in route.parameters:
            if parameter.kind == "body":
                schema = self._schemas.of(parameter.annotated)
                if schema is not None:
                    yield parameter, schema

    def _read(
        self, function: FunctionValue, name: str, dumps: list[Dump], seen: set[tuple[int, str]], depth: int
    ) -> bool:
        """Gathers the dumps of a parameter in a function and those it is handed to; whether one asks what was sent."""
        if (id(function), name) in seen or depth > CALL_DEPTH:
            return False
        seen.add((id(function), name))
        knows = any(_asks(node) for node in function.nodes)
        written_down = {
            id(argument)
            for call in function.nodes_of(tree.Call)
            if called_name(call) in WRITING_DOWN
            for argument in tree.walk(call)
        }
        for call in function.nodes_of(tree.Call):
            if _dumps(call, name):
                if id(call) not in written_down:
                    place = place_of(function.module, call)
                    called = called_name(call)
                    text = f"{name}.{called}()" if called in DUMPING_METHODS else f"{called}({name})"
                    dumps.append(Dump(function, place, text, _leaves_out(call)))
                continue
            if not _is_handed(call, name):
                continue
            site = self._calls.site_of(function, call)
            for target in targets(site.callee):
                for parameter, node in (bound_arguments(site, target) or {}).items():
                    if isinstance(node, tree.Name) and node.id == name:
                        knows = self._read(target, parameter, dumps, seen, depth + 1) or knows
        return knows


def _is_none_by_default(field: SchemaField) -> bool:
    default = field.details.default
    return isinstance(default, tree.Constant) and default.value == "None"


def _is_handed(call: tree.Call, name: str) -> bool:
    given = (*call.arguments, *(keyword.value for keyword in call.keywords))
    return any(isinstance(one, tree.Name) and one.id == name for one in given)


def _dumps(call: tree.Call, name: str) -> bool:
    """Whether a call makes a dictionary of a name."""
    called = call.function
    if isinstance(called, tree.Attribute) and called.name in DUMPING_METHODS:
        return isinstance(called.value, tree.Name) and called.value.id == name
    if isinstance(called, tree.Name) and called.id in DUMPING_FUNCTIONS:
        return len(call.arguments) == 1 and isinstance(call.arguments[0], tree.Name) and call.arguments[0].id == name
    return False


def _leaves_out(call: tree.Call) -> bool:
    """Whether a dump leaves out what was not sent; also where that is not known, or single fields are chosen."""
    return any(one.name is None or one.name in LEAVING_OUT or one.name == "include" for one in call.keywords)


def _asks(node: tree.Node) -> bool:
    """Whether a node asks which fields were sent, or compares something with None."""
    if isinstance(node, tree.Attribute):
        return node.name in SENT_FIELDS
    if not isinstance(node, tree.Comparison):
        return False
    is_none = any(isinstance(one, tree.Constant) and one.value == "None" for one in node.comparators)
    return is_none and any(operator in ("is not", "!=") for operator in node.operators)
