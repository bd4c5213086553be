"""What FastAPI's endpoints and their dependencies take from a request, each declaration once.

Takes operations, gives the parameters as their signatures declare them, with the routes that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.annotation_parts import annotation_metadata
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Subscripted,
    TypeUnion,
    Value,
)
from reviewer.project.model import Dependency, Route, RouteParameter
from reviewer.project.routes.fastapi.context import path_parameter_names
from reviewer.project.routes.fastapi.dependencies import DependencyReader
from reviewer.project.routes.operations import UNDESCRIBED, registering_name
from reviewer.rule import Place


class RequestParameter(msgspec.Struct, frozen=True, eq=False):
    """A parameter of an endpoint or of a dependency, with the routes whose requests fill it."""

    parameter: RouteParameter
    routes: tuple[Route, ...]
    declared_by: Value  # the endpoint, or what the dependency names
    dependency: Dependency | None  # the first that declares it; None for an endpoint

    @property
    def route(self) -> Route:
        """The first of its routes."""
        return self.routes[0]

    @property
    def name(self) -> str:
        """As the request names it."""
        return self.parameter.name

    @property
    def kind(self) -> str:
        """Where it is taken from: "path", "query", "body" …."""
        return self.parameter.kind

    @property
    def place(self) -> Place:
        """Its declaration."""
        return self.parameter.place

    @property
    def symbol(self) -> str:
        """What declares it."""
        return getattr(self.declared_by, "symbol", self.route.symbol)

    @property
    def function(self) -> FunctionValue | None:
        """The function whose signature declares it; None for the fields of a class."""
        value = self.declared_by.function if isinstance(self.declared_by, BoundMethod) else self.declared_by
        return value if isinstance(value, FunctionValue) else None

    @property
    def is_of_class(self) -> bool:
        """Whether a class declares it: as a field, or in its constructor."""
        return isinstance(self.declared_by, ClassValue)

    def constraint(self, *names: str) -> bool:
        """Whether `Query(…)`, `Field(…)` or a type beside it restricts the values by one of these keywords."""
        return any(_restricts(one, names) for one in self._constraining())

    def _constraining(self) -> Iterator[Value]:
        yield self.parameter.marker
        yield self.parameter.default
        yield from _annotations(self.parameter.annotated)


def request_parameters(routes: Iterable[Route], reader: DependencyReader) -> tuple[RequestParameter, ...]:
    """The parameters of all routes of FastAPI, those of their dependencies too, in order; tests left out."""
    found: dict[tuple[Place, str], tuple[RouteParameter, list[Route], Value, Dependency | None]] = {}
    for route in routes:
        if route.framework != "fastapi" or route.module.is_test or registering_name(route) in UNDESCRIBED:
            continue
        for parameter, declared_by, dependency in _of_route(route, reader):
            entry = found.setdefault((parameter.place, parameter.kind), (parameter, [], declared_by, dependency))
            entry[1].append(route)
    return tuple(RequestParameter(one, tuple(of), by, dependency) for one, of, by, dependency in found.values())


def _of_route(route: Route, reader: DependencyReader) -> Iterator[tuple[RouteParameter, Value, Dependency | None]]:
    for parameter in route.parameters:
        yield parameter, route.endpoint, None
    path_names = path_parameter_names(route.path)
    for dependency in route.all_dependencies:
        if dependency.parameter == "self":
            continue  # the class of a view, whose own dependencies follow
        for parameter in reader.parameters_of(dependency.callable, path_names):
            yield parameter, dependency.callable, dependency


def _annotations(annotated: Value) -> Iterator[Value]:
    """The metadata of an annotation and, of `conint(…)` and the like, the call."""
    yield from annotation_metadata(annotated)
    if isinstance(annotated, Instance):
        yield annotated
    elif isinstance(annotated, TypeUnion):
        yield from (one for one in annotated.members if isinstance(one, Instance))
    elif isinstance(annotated, Subscripted):
        yield from (one for one in annotated.arguments[:1] if isinstance(one, Instance))


def _restricts(value: Value, names: tuple[str, ...]) -> bool:
    if isinstance(value, tree.Call):
        return any(keyword.name in names for keyword in value.keywords)
    if not isinstance(value, Instance):
        return False
    made = value.type.name.rpartition(".")[2].lower() if isinstance(value.type, External) else ""
    return value.has_unknown_keywords or made in names or not set(names).isdisjoint(value.keywords)
