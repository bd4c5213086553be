"""Where endpoints and paths disagree about path parameters: what is expected in vain, or handed over in vain.

FastAPI looks for `Path()` in the path alone; Starlette's `path_params` holds what the path has; Flask calls the view
with exactly the variables of the rule. What decorators or preprocessors may change is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.model import Route
from reviewer.project.routes.fastapi.context import path_parameter_names
from reviewer.project.routes.path_parameters import UnreadPathParameter
from reviewer.project.routes.request_parameters import RequestParameter
from reviewer.project.routes.route_order import RULE_VARIABLE
from reviewer.rule import Place

#: What may add variables to those of a rule or take them away.
PREPROCESSORS = ("url_value_preprocessor", "url_value_preprocessors", "view_args")


class UndeclaredPathParameter(msgspec.Struct, frozen=True, eq=False):
    """A parameter that something expects in the path of a route that does not have it."""

    name: str
    route: Route
    place: Place
    kind: str  # "declared" with `Path()`, "read" of `path_params`, or "argument" of a Flask view
    expected_by: str  # the function, as a reader knows it


def undeclared(
    parameters: Iterable[RequestParameter], routes: Iterable[Route], modules: Iterable[Module]
) -> Iterator[UndeclaredPathParameter]:
    """What is expected of paths in vain."""
    by_endpoint = _by_endpoint(routes)
    for one in parameters:
        if one.kind == "path":
            yield from _undeclared(one)
    for function, own in by_endpoint:
        if own[0].framework != "flask" and function.module.mentions("path_params"):
            yield from _read_in_vain(function, own)
    for function, route in _plain_views(by_endpoint, modules):
        variables = _variables(route)
        for parameter in function.node.parameters:
            is_filled = parameter.name in variables or parameter.default is not None
            if not is_filled and not parameter.kind.startswith("variadic"):
                yield UndeclaredPathParameter(parameter.name, route, route.path_place, "argument", function.name)


def untaken(routes: Iterable[Route], modules: Iterable[Module]) -> Iterator[UnreadPathParameter]:
    """The variables of Flask's rules that the view does not take, so that each call of it fails."""
    for function, route in _plain_views(_by_endpoint(routes), modules):
        parameters = function.node.parameters
        if any(one.kind == "variadic-keyword" for one in parameters):
            continue
        taken = {one.name for one in parameters if one.kind in ("positional-or-keyword", "keyword-only")}
        for name in _variables(route):
            if name not in taken:
                yield UnreadPathParameter(name, route, None, is_of_prefix=False)


def _by_endpoint(routes: Iterable[Route]) -> list[tuple[FunctionValue, list[Route]]]:
    found: dict[int, tuple[FunctionValue, list[Route]]] = {}
    for route in routes:
        if isinstance(route.endpoint, FunctionValue) and not route.module.is_test:
            found.setdefault(id(route.endpoint), (route.endpoint, []))[1].append(route)
    return list(found.values())


def _undeclared(one: RequestParameter) -> Iterator[UndeclaredPathParameter]:
    if one.parameter.marker is None:
        return
    lacking = [route for route in one.routes if one.name not in path_parameter_names(route.path)]
    if any(route.has_unknown_path for route in lacking):
        return
    if one.dependency is None:
        if len(lacking) == len(one.routes):
            yield UndeclaredPathParameter(one.name, lacking[0], one.place, "declared", lacking[0].function_name)
        return
    seen = set()
    for route in lacking:
        if route.path_place not in seen:
            seen.add(route.path_place)
            yield UndeclaredPathParameter(one.name, route, route.path_place, "declared", one.dependency.name)


def _read_in_vain(function: FunctionValue, routes: list[Route]) -> Iterator[UndeclaredPathParameter]:
    if any(route.has_unknown_path for route in routes):
        return
    names = {name for route in routes for name in path_parameter_names(route.path)}
    for node in function.nodes_of(tree.Subscript):
        is_read = isinstance(node.value, tree.Attribute) and node.value.name == "path_params"
        if is_read and isinstance(node.index, tree.Text) and node.index.value not in names:
            place = place_of(function.module, node)
            yield UndeclaredPathParameter(node.index.value, routes[0], place, "read", function.name)


def _plain_views(
    by_endpoint: list[tuple[FunctionValue, list[Route]]], modules: Iterable[Module]
) -> Iterator[tuple[FunctionValue, Route]]:
    """Flask's views that are called with the variables of the rule alone, with each registration."""
    views = [one for one in by_endpoint if one[1][0].framework == "flask" and one[0].owner is None]
    if not views or any(module.mentions(*PREPROCESSORS) for module in modules if not module.is_test):
        return
    for function, routes in views:
        if function.decorated is not None or any(route.decorators or route.conditions for route in routes):
            continue
        seen = set()
        for route in routes:
            if route.place in seen or route.has_unknown_path or not _names_its_rule(route):
                continue
            seen.add(route.place)
            yield function, route


def _names_its_rule(route: Route) -> bool:
    """Whether the registering call gives the variables no defaults, and hands on nothing that is spread."""
    node = route.node
    return isinstance(node, tree.Call) and all(one.name not in ("defaults", None, "view_func") for one in node.keywords)


def _variables(route: Route) -> tuple[str, ...]:
    return tuple(found[2].strip() for found in RULE_VARIABLE.finditer(route.path))
