"""Finds functions that are meant as dependencies of FastAPI and are none: without `Depends`, or called inside of it.

Takes routes, routers and the functions that requests run, gives the expressions. What is not known is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, last_name, source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import BoundMethod, ClassValue, FunctionValue, Instance, Value, place_of
from reviewer.project.functions.request_reach import Handler
from reviewer.project.model import Route, Router
from reviewer.rule import Place

DEPENDS = frozenset({"Depends", "Security"})


class UnwrappedDependency(msgspec.Struct, frozen=True, eq=False):
    """An expression that FastAPI does not call."""

    kind: str  # "list" (of `dependencies=`), "default", "annotation" or "called"
    text: str  # as written
    place: Place
    symbol: str


class UnwrappedDependencies:
    """Answers where dependencies are not declared as such."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def find(
        self, routes: Iterable[Route], routers: Iterable[Router], handlers: Iterable[Handler]
    ) -> Iterator[UnwrappedDependency]:
        """All of them, each once."""
        seen: set[Place] = set()
        for one in self._all(routes, routers, handlers):
            if one.place not in seen:
                seen.add(one.place)
                yield one

    def _all(
        self, routes: Iterable[Route], routers: Iterable[Router], handlers: Iterable[Handler]
    ) -> Iterator[UnwrappedDependency]:
        for route in routes:
            if route.framework == "fastapi" and isinstance(route.node, tree.Call):
                yield from self._of_list(route.module, route.node)
        for router in routers:
            if router.framework != "fastapi":
                continue
            instance = router.instance
            if instance.module is not None and isinstance(instance.node, tree.Call):
                yield from self._of_list(instance.module, instance.node)
            for event in instance.events:
                if event.method == "include_router" and isinstance(event.node, tree.Call):
                    yield from self._of_list(event.module, event.node)
        for handler in handlers:
            if handler.route.framework == "fastapi":
                yield from self._of_signature(handler.function, is_endpoint=not handler.is_dependency)

    def _of_list(self, module: Module, call: tree.Call) -> Iterator[UnwrappedDependency]:
        """Functions in `dependencies=[…]` of a call."""
        for keyword in call.keywords:
            if keyword.name != "dependencies" or not isinstance(keyword.value, (tree.List, tree.Tuple)):
                continue
            scope = self._evaluator.scope_of(module)
            for item in keyword.value.items:
                if self._is_function(item, scope):
                    yield self._found("list", item, module, "")
                elif isinstance(item, tree.Call) and called_name(item) in DEPENDS:
                    yield from self._of_marker(item, module, scope, "")

    def _of_signature(self, function: FunctionValue, *, is_endpoint: bool) -> Iterator[UnwrappedDependency]:
        for parameter in function.node.parameters:
            for marker in _markers(parameter):
                yield from self._of_marker(marker, function.module, function.scope, function.symbol)
            default = parameter.default
            if is_endpoint and default is not None and self._is_function(default, function.scope):
                yield self._found("default", default, function.module, function.symbol)
            for metadata in _metadata(parameter.annotation):
                if self._is_function(metadata, function.scope):
                    yield self._found("annotation", metadata, function.module, function.symbol)

    def _of_marker(self, marker: tree.Call, module: Module, scope: Scope, symbol: str) -> Iterator[UnwrappedDependency]:
        """`Depends(get_db())`: a function whose result cannot be called."""
        given = marker.arguments[0] if marker.arguments else None
        given = next((one.value for one in marker.keywords if one.name == "dependency"), given)
        if isinstance(given, tree.Call) and self._gives_no_callable(given, scope):
            yield self._found("called", given, module, symbol)

    def _gives_no_callable(self, call: tree.Call, scope: Scope) -> bool:
        called = self._evaluator.evaluate(call.function, scope)
        function = called.function if isinstance(called, BoundMethod) else called
        if not isinstance(function, FunctionValue) or not isinstance(function.node, tree.Function):
            return False
        if function.node.decorators:
            return False
        if function.node.is_async or function.nodes_of(tree.Yield, tree.YieldFrom):
            return True
        return self._is_no_callable(self._evaluator.evaluate(call, scope))

    def _is_no_callable(self, value: Value) -> bool:
        if not isinstance(value, Instance):
            return isinstance(value, (str, int, dict, list))
        if not isinstance(value.type, ClassValue) or self._evaluator.external_names(value):
            return False
        return self._evaluator.find_in_class(value.type, "__call__") is None

    def _is_function(self, node: tree.Expression, scope: Scope) -> bool:
        """Whether an expression is the name of a function of the project."""
        if not isinstance(node, (tree.Name, tree.Attribute)):
            return False
        value = self._evaluator.evaluate(node, scope)
        return isinstance(value, FunctionValue) and isinstance(value.node, tree.Function)

    def _found(self, kind: str, node: tree.Expression, module: Module, symbol: str) -> UnwrappedDependency:
        return UnwrappedDependency(kind, source_text(node), place_of(module, node), symbol)


def _metadata(annotation: tree.Expression | None) -> tuple[tree.Expression, ...]:
    """What follows the type in `Annotated[type, …]`."""
    if isinstance(annotation, tree.Subscript) and last_name(annotation.value) == "Annotated":
        index = annotation.index
        return index.items[1:] if isinstance(index, tree.Tuple) else ()
    return ()


def _markers(parameter: tree.Parameter) -> Iterator[tree.Call]:
    """The `Depends(…)` of a parameter."""
    for node in (parameter.default, *_metadata(parameter.annotation)):
        if isinstance(node, tree.Call) and called_name(node) in DEPENDS:
            yield node
