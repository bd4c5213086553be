"""What endpoints return: nothing, a response object that is sent as it is, or data that the framework makes one of.

Takes endpoints, gives a result for each `return`. What an unknown call returns is unknown, not data.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Subscripted,
    TypeUnion,
    Unknown,
    Value,
    place_of,
)
from reviewer.project.model import Answer, Route
from reviewer.rule import Place

RESPONSE_MODULES = ("starlette.responses.", "fastapi.responses.", "fastapi.Response", "sse_starlette.")
#: Statuses whose responses have no content (RFC 9110, 15.3.5, 15.3.6 and 15.4.5).
WITHOUT_CONTENT = frozenset({204, 205, 304})
#: Response classes whose content is JSON of some shape.
JSON_RESPONSES = ("JSONResponse", "ORJSONResponse", "UJSONResponse")
#: Last names of library calls whose result is, or may be, a response.
RESPONSE_NAME = re.compile(
    r"respon|template|render|redirect|stream|html|page|proxy|forward|call_next|file|send", re.IGNORECASE
)
#: Libraries whose objects are never responses of a web framework.
DATA_MODULES = (
    "builtins.", "sqlalchemy.", "sqlmodel.", "json.", "datetime.", "uuid.", "decimal.", "collections.", "redis.",
    "pydantic.", "motor.", "pymongo.", "beanie.", "tortoise.", "os.", "time.", "typing.", "fastapi.encoders.",
)  # fmt: skip
#: Modules whose types are those of the language.
TYPE_MODULES = ("builtins.", "typing.", "typing_extensions.", "collections.abc.")
#: Types that add nothing to the shape of their first argument.
WRAPPERS = frozenset({"Annotated", "Optional"})
NESTING_LIMIT = 12
#: Entries of a dictionary of constants up to which it only says that something was done.
ACKNOWLEDGEMENT_LIMIT = 3

_LITERALS = (
    tree.Dictionary, tree.List, tree.Set, tree.Tuple, tree.Comprehension, tree.Text, tree.FormattedText, tree.Number,
    tree.Bytes, tree.Comparison,
)  # fmt: skip


class EndpointResult(msgspec.Struct, frozen=True, eq=False):
    """What one `return` of an endpoint gives."""

    kind: str  # "nothing", "response", "data" or "unknown"
    place: Place  # the returned expression, or the statement
    expression: tree.Expression | None
    value: Value


class EndpointResults:
    """Answers what endpoints return. Results are kept."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._results: dict[int, tuple[EndpointResult, ...]] = {}

    def of(self, function: FunctionValue) -> tuple[EndpointResult, ...]:
        """A result for each `return` in a function's own body; for generators none."""
        found = self._results.get(id(function))
        if found is None:
            found = self._results[id(function)] = tuple(self._read(function))
        return found

    def answers_with_data(self, route: Route) -> Answer:
        """Whether a route answers with data of some shape, and not with nothing, a page, a file or a redirect."""
        function = route.endpoint
        if not isinstance(function, FunctionValue) or not isinstance(function.node, tree.Function):
            return Answer.UNKNOWN
        by_class = self._class_sends_data(route)
        if by_class is not Answer.YES:
            return by_class
        if is_generator(function):
            return Answer.UNKNOWN
        if self.is_response_class(self._annotated(function)):
            return Answer.NO
        kinds = {one.kind for one in self.of(function)}
        if "data" in kinds:
            return Answer.YES
        return Answer.UNKNOWN if "unknown" in kinds else Answer.NO

    def only_acknowledges(self, route: Route) -> bool:
        """Whether a route answers with constants, such as `{"status": "ok"}`, and with nothing else that is known.

        There is no shape to declare then.
        """
        function = route.endpoint
        results = self.of(function) if isinstance(function, FunctionValue) else ()
        data = [one for one in results if one.kind == "data"]
        own = {one.own_name for one in route.parameters if one.kind in ("path", "query")}
        return bool(data) and all(_is_acknowledgement(one, own) for one in data)

    def has_content(self, result: EndpointResult) -> bool:
        """Whether a result is, on some way at least, a response that is given content and a status without."""
        values = result.value.values if isinstance(result.value, Choice) else (result.value,)
        return any(self._is_filled(one) for one in values if isinstance(one, Instance))

    def _is_filled(self, response: Instance) -> bool:
        if not any(name.startswith(RESPONSE_MODULES) for name in self._names(response)):
            return False
        content = response.arguments[0] if response.arguments else response.keywords.get("content")
        return content not in (None, "", b"") and response.keywords.get("status_code") in WITHOUT_CONTENT

    def is_page(self, route: Route) -> bool:
        """Whether a route answers with response objects only, none of them JSON: pages, files, redirects."""
        if self._class_sends_data(route) is Answer.NO:
            return True
        function = route.endpoint
        results = self.of(function) if isinstance(function, FunctionValue) else ()
        return (
            bool(results)
            and all(one.kind == "response" and not self._is_json(one.value) for one in results)
            and route.status_code not in WITHOUT_CONTENT
        )

    def is_redirect(self, route: Route) -> bool:
        """Whether a route does nothing but redirect."""
        function = route.endpoint
        results = self.of(function) if isinstance(function, FunctionValue) else ()
        return bool(results) and all(
            any(name.endswith("RedirectResponse") for name in self._names(one.value)) for one in results
        )

    def _annotated(self, function: FunctionValue) -> Value:
        node = function.node
        if not isinstance(node, tree.Function) or node.returns is None:
            return None
        return self._evaluator.annotation_value(node.returns, function.scope)

    def has_shapeless_model(self, route: Route, shapeless: Collection[str]) -> bool:
        """Whether a route has a response model, written or annotated, that says nothing about the shape of data."""
        return route.response_model is not None and says_nothing(route.response_model_value, shapeless)

    def _class_sends_data(self, route: Route) -> Answer:
        """Whether the response class of a route, its router or its application is for data."""
        given = route.response_class
        for instance in (route.router, route.application.instance):
            if given is None:
                given = instance.keywords.get("default_response_class")
        if given is None:
            return Answer.YES
        names = self._names(given)
        if self._is_json(given):
            return Answer.YES
        return Answer.NO if any(name.startswith(RESPONSE_MODULES) for name in names) else Answer.UNKNOWN

    def _is_json(self, value: Value) -> bool:
        """Whether a response, or a class of responses, has JSON for its content."""
        return any(name.rpartition(".")[2] in JSON_RESPONSES for name in self._names(value))

    def is_response_class(self, value: Value) -> bool:
        """Whether a type is a response class of a framework, or one of the project's that inherits from one."""
        if isinstance(value, Subscripted):
            return self.is_response_class(value.base)
        if isinstance(value, TypeUnion):
            return any(self.is_response_class(one) for one in value.members)
        return any(name.startswith(RESPONSE_MODULES) for name in self._names(value))

    def _names(self, value: Value) -> tuple[str, ...]:
        if isinstance(value, External):
            return (value.name,)
        return self._evaluator.external_names(value) if isinstance(value, (ClassValue, Instance)) else ()

    def _read(self, function: FunctionValue) -> list[EndpointResult]:
        if not isinstance(function.node, tree.Function) or is_generator(function):
            return []
        found = []
        for node in function.nodes_of(tree.Return):
            where = node if node.value is None else node.value
            kind, value = self._kind_of_expression(node.value, function)
            found.append(EndpointResult(kind, place_of(function.module, where), node.value, value))
        return found

    def _kind_of_expression(
        self, node: tree.Expression | None, function: FunctionValue, nesting: int = 0
    ) -> tuple[str, Value]:
        if node is None:
            return "nothing", None
        if isinstance(node, tree.Conditional) and nesting < NESTING_LIMIT:
            kinds = {self._kind_of_expression(one, function, nesting + 1)[0] for one in (node.then, node.otherwise)}
            kind = next(one for one in ("data", "unknown", "response", "nothing") if one in kinds)
            return kind, Unknown("one of several values")
        value = self._evaluator.evaluate(node, self._evaluator.declared(function))
        if isinstance(node, _LITERALS):
            return "data", value
        found = self._kind_of_value(value)
        if found == "nothing" and not isinstance(node, tree.Constant):
            return "unknown", value  # a function without a return statement that is seen may be abstract
        if found == "unknown" and isinstance(node, tree.Name) and _is_put_together(node.id, function):
            return "data", value
        return found, value

    def _kind_of_value(self, value: Value, nesting: int = 0) -> str:
        if value is None:
            return "nothing"
        if isinstance(value, Choice) and nesting < NESTING_LIMIT:
            kinds = {self._kind_of_value(one, nesting + 1) for one in value.values}
            return next(one for one in ("unknown", "response", "data", "nothing") if one in kinds)
        if isinstance(value, (str, int, float, bytes, list, tuple, dict, set)):
            return "data"
        if isinstance(value, Instance):
            return self._kind_of_instance(value)
        if isinstance(value, InstanceAttribute):
            names = self._names(value.instance)
            return "data" if names and names[0].startswith(DATA_MODULES) else "unknown"
        return "unknown"

    def _kind_of_instance(self, value: Instance) -> str:
        names = self._names(value)
        if any(name.startswith(RESPONSE_MODULES) for name in names):
            return "response"
        if isinstance(value.type, ClassValue):
            is_plain = all(name.startswith(DATA_MODULES) for name in names)
            return "data" if is_plain or not RESPONSE_NAME.search(value.type.name) else "unknown"
        name = value.type.name
        if name.endswith(("TemplateResponse", "RedirectResponse")):
            return "response"
        return "data" if name.startswith(DATA_MODULES) and not RESPONSE_NAME.search(name) else "unknown"


def _is_put_together(name: str, function: FunctionValue) -> bool:
    """Whether all that a function binds to a name is written there as data: `rows = [… for … in …]`."""
    assigned = [
        node.value
        for node in function.nodes_of(tree.Assign)
        if any(isinstance(target, tree.Name) and target.id == name for target in node.targets)
    ]
    declared = [
        node.value
        for node in function.nodes_of(tree.AnnotatedAssign)
        if isinstance(node.target, tree.Name) and node.target.id == name and node.value is not None
    ]
    elsewhere = (
        *(node.target for node in function.nodes_of(tree.For)),
        *(node.target for node in function.nodes_of(tree.NamedExpression)),
        *(item.target for node in function.nodes_of(tree.With) for item in node.items if item.target is not None),
    )
    if any(isinstance(part, tree.Name) and part.id == name for target in elsewhere for part in tree.walk(target)):
        return False
    values = (*assigned, *declared)
    return bool(values) and all(isinstance(one, _LITERALS) for one in values)


def says_nothing(value: Value, shapeless: Collection[str]) -> bool:
    """Whether a type says nothing about the shape of data: one of some names, alone or with arguments like it."""
    if isinstance(value, External):
        return value.name.startswith(TYPE_MODULES) and value.name.rpartition(".")[2] in shapeless
    if isinstance(value, Subscripted):
        if isinstance(value.base, External) and value.base.name.rpartition(".")[2] in WRAPPERS:
            return bool(value.arguments) and says_nothing(value.arguments[0], shapeless)
        return says_nothing(value.base, shapeless) and says_nothing(value.arguments[-1], shapeless)
    if isinstance(value, TypeUnion):
        members = [one for one in value.members if one is not None and one != External("builtins.None")]
        return bool(members) and all(says_nothing(one, shapeless) for one in members)
    return False


def _is_acknowledgement(result: EndpointResult, parameters: Collection[str]) -> bool:
    """Whether a result is a text, a truth value, `{}` or a small dictionary of them and of what the caller has sent."""
    node = result.expression
    if isinstance(node, tree.Dictionary):
        if not node.keys and not node.values:
            return True
        is_small = len(node.keys) <= ACKNOWLEDGEMENT_LIMIT
        is_echo = (isinstance(one, tree.Name) and one.id in parameters for one in node.values)
        values = (isinstance(one, (tree.Text, tree.Constant)) for one in node.values)
        has_answer = any(isinstance(one, (tree.Text, tree.Constant)) for one in node.values)
        is_plain = all(either for either in map(max, is_echo, values))
        return is_small and has_answer and is_plain and all(isinstance(one, tree.Text) for one in node.keys)
    return isinstance(node, (tree.Text, tree.Constant))


def is_generator(function: FunctionValue) -> bool:
    """Whether the function yields."""
    return isinstance(function.node, tree.Function) and bool(function.nodes_of(tree.Yield, tree.YieldFrom))
