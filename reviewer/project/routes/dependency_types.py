"""What parameters say of their dependencies, compared with what the dependencies give.

Takes routes with their dependencies, gives the parameters whose annotation is another class than what is given, or
that leave out that nothing may be given.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.data.columns import allows_none
from reviewer.project.data.schema_fields import plain_type
from reviewer.project.data.table_objects import GENERATORS, TableObjects
from reviewer.project.errors.certain_results import never_gives_none
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Subscripted,
    Value,
    signature_of,
)
from reviewer.project.model import Answer, Dependency, Route
from reviewer.rule import Place

#: Security classes of FastAPI, and what they give.
SECURITY_RESULTS = {
    "OAuth2PasswordBearer": "str",
    "OAuth2AuthorizationCodeBearer": "str",
    "OAuth2": "str",
    "APIKeyHeader": "str",
    "APIKeyCookie": "str",
    "APIKeyQuery": "str",
    "OpenIdConnect": "str",
    "HTTPBearer": "HTTPAuthorizationCredentials",
    "HTTPBasic": "HTTPBasicCredentials",
    "HTTPDigest": "HTTPAuthorizationCredentials",
}
#: Sessions that are often taken for each other.
SESSIONS = {
    "sqlalchemy.orm.Session": "Session",
    "sqlalchemy.orm.session.Session": "Session",
    "sqlmodel.Session": "Session",
    "sqlalchemy.ext.asyncio.AsyncSession": "AsyncSession",
    "sqlalchemy.ext.asyncio.session.AsyncSession": "AsyncSession",
    "sqlmodel.ext.asyncio.session.AsyncSession": "AsyncSession",
}
UNWRAPPED = frozenset({*GENERATORS, "Iterator", "Iterable", "Awaitable"})


class Given(msgspec.Struct, frozen=True, eq=False):
    """What a dependency gives."""

    type: Value
    may_be_none: bool


class MistypedDependency(msgspec.Struct, frozen=True, eq=False):
    """A parameter whose annotation does not fit what its dependency gives."""

    dependency: Dependency
    function: FunctionValue  # that has the parameter
    parameter: str
    annotated: str
    given: str
    kind: str  # "class", "session" or "none"
    place: Place
    route: Route


class DependencyTypes:
    """Answers which parameters say something else than their dependencies."""

    def __init__(self, evaluator: Evaluator, objects: TableObjects) -> None:
        self._evaluator = evaluator
        self._objects = objects
        self._given: dict[int, Given | None] = {}

    def mistyped(self, routes: tuple[Route, ...]) -> Iterator[MistypedDependency]:
        """The parameters of endpoints and dependencies, each once, in the order of routes."""
        seen: set[tuple[int, str]] = set()
        for route in routes:
            if isinstance(route.endpoint, FunctionValue):
                yield from self._of(route.endpoint, route.dependencies, route, seen)

    def _of(
        self, owner: Value, dependencies: tuple[Dependency, ...], route: Route, seen: set[tuple[int, str]]
    ) -> Iterator[MistypedDependency]:
        pending: list[tuple[Value, tuple[Dependency, ...]]] = [(owner, dependencies)]
        while pending:
            current, below = pending.pop()
            shown = signature_of(current.function if isinstance(current, BoundMethod) else current)
            for one in below:
                if isinstance(shown, FunctionValue) and one.parameter and (id(shown), one.parameter) not in seen:
                    seen.add((id(shown), one.parameter))
                    found = self._compare(shown, one, route)
                    if found is not None:
                        yield found
                if (id(one.callable), "") not in seen:
                    seen.add((id(one.callable), ""))
                    pending.append((one.callable, one.dependencies))

    def _compare(self, function: FunctionValue, one: Dependency, route: Route) -> MistypedDependency | None:
        parameter = next((each for each in function.node.parameters if each.name == one.parameter), None)
        if parameter is None or parameter.annotation is None:
            return None
        annotated = self._evaluator.annotation_value(parameter.annotation, function.scope)
        given = self._given_by(one.callable)
        if given is None:
            return None
        kind, here, there = self._difference(annotated, given)
        if not kind or (kind == "none" and (_asks_for(function, parameter.name) or _is_made(one.callable))):
            return None
        return MistypedDependency(one, function, parameter.name, here, there, kind, one.place, route)

    def _difference(self, annotated: Value, given: Given) -> tuple[str, str, str]:
        here, there = plain_type(annotated), plain_type(given.type)
        if isinstance(here, ClassValue) and isinstance(there, ClassValue):
            if not self._are_related(here, there):
                return "class", _qualified(here, there), _qualified(there, here)
        elif isinstance(here, External) and isinstance(there, External):
            names = SESSIONS.get(here.name, ""), SESSIONS.get(there.name, "")
            if all(names) and names[0] != names[1]:
                return "session", *names
        if given.may_be_none and allows_none(annotated) is Answer.NO:
            return "none", _name(here), _name(there)
        return "", "", ""

    def _are_related(self, one: ClassValue, other: ClassValue) -> bool:
        if one in self._evaluator.ancestors(other) or other in self._evaluator.ancestors(one):
            return True
        names = (*self._evaluator.external_names(one), *self._evaluator.external_names(other))
        return any(name.endswith((".Protocol", ".ABC", ".TypedDict")) for name in names) or any(
            not isinstance(base, (ClassValue, External, Subscripted, Instance, InstanceAttribute))
            for each in (one, other)
            for base in self._evaluator.ancestors(each)
        )

    def _given_by(self, value: Value) -> Given | None:
        if id(value) not in self._given:
            self._given[id(value)] = self._read_given(value)
        return self._given[id(value)]

    def _read_given(self, value: Value) -> Given | None:
        if isinstance(value, ClassValue):
            return Given(value, False)
        if isinstance(value, Instance):
            return self._given_by_instance(value)
        function = value.function if isinstance(value, BoundMethod) else value
        if not isinstance(function, FunctionValue) or not isinstance(function.node, tree.Function):
            return None
        if function.decorated is not None or function.replaces is not None:
            return None
        if function.node.returns is not None:
            returned = self._evaluator.annotation_value(function.node.returns, function.scope)
            if isinstance(returned, Subscripted) and isinstance(returned.base, External):
                is_wrapped = returned.base.name.rpartition(".")[2] in UNWRAPPED and returned.arguments
                returned = returned.arguments[0] if is_wrapped else returned
            may_be_none = allows_none(returned) is Answer.YES and not _is_anything(returned)
            return Given(returned, may_be_none and not never_gives_none(function))
        found = self._objects.returned_by(function)
        if found is not None and not found.is_collection:
            return Given(found.table.value, False)
        return None

    def _given_by_instance(self, value: Instance) -> Given | None:
        if isinstance(value.type, External):
            result = SECURITY_RESULTS.get(value.type.name.rpartition(".")[2])
            if result is None or not value.type.name.startswith("fastapi.security"):
                return None
            name = f"builtins.{result}" if result == "str" else f"fastapi.security.{result}"
            return Given(External(name), value.keywords.get("auto_error") is False)
        found = self._evaluator.find_in_class(value.type, "__call__")
        given = self._read_given(found[1]) if found is not None and isinstance(found[1], FunctionValue) else None
        if given is None or not given.may_be_none:
            return given
        # A scheme that refuses by itself gives None only where it was told not to refuse.
        bases = self._evaluator.external_names(value.type)
        is_scheme = any(name.startswith("fastapi.security") for name in bases)
        return Given(given.type, not is_scheme or value.keywords.get("auto_error") is False)


def _asks_for(function: FunctionValue, name: str) -> bool:
    """Whether a body asks first whether there is a value: `if not token`, `token or …`, or only hands it on."""
    for node in function.nodes:
        if isinstance(node, (tree.If, tree.Conditional)) and _is_question(node.test, name):
            return True
        if isinstance(node, tree.BooleanOperation) and node.operator == "or" and _is_question(node.values[0], name):
            return True
    return False


def _is_question(node: tree.Expression, name: str) -> bool:
    if isinstance(node, tree.UnaryOperation) and node.operator == "not":
        return _is_question(node.operand, name)
    if isinstance(node, tree.BooleanOperation) and node.operator == "or":
        return any(_is_question(one, name) for one in node.values)
    if isinstance(node, tree.Comparison):
        is_none = isinstance(node.comparators[0], tree.Constant) and node.comparators[0].value == "None"
        return is_none and _is_question(node.left, name)
    return isinstance(node, tree.Name) and node.id == name


def _is_made(value: Value) -> bool:
    """Whether a function made the dependency, so that what it gives depends on how it was made."""
    function = value.function if isinstance(value, BoundMethod) else value
    return isinstance(function, FunctionValue) and "<locals>" in function.qualname


def _is_anything(value: Value) -> bool:
    return isinstance(value, External) and value.name.rpartition(".")[2] in ("Any", "object")


def _name(value: Value) -> str:
    if isinstance(value, Subscripted):
        value = value.base
    return value.name.rpartition(".")[2] if isinstance(value, (External, ClassValue)) else "a value"


def _qualified(one: ClassValue, other: ClassValue) -> str:
    return f"{one.module.name}.{one.qualname}" if one.qualname == other.qualname else one.qualname
