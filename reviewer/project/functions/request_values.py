"""Which values of a program a client of its web API decides, and which types cannot carry any text.

Takes values, annotations and parameters as the evaluator knows them. Says nothing of how values flow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation.classes import ENUM_BASES
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    Choice,
    ClassValue,
    EnumMember,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Subscripted,
    TypeUnion,
    Unknown,
    Value,
    alternatives,
    decorator_names,
)

if TYPE_CHECKING:
    from reviewer.project.model import Route

#: Objects that hold what a client sent.
REQUEST_OBJECTS = (
    "flask.request.",
    "quart.request.",
    "flask.globals.request.",
    "fastapi.Request.",
    "starlette.requests.Request.",
    "fastapi.WebSocket.",
    "starlette.websockets.WebSocket.",
    "fastapi.requests.Request.",
    "aiohttp.web.Request.",
    "aiohttp.web_request.Request.",
    "connexion.request.",
    "bottle.request.",
    "litestar.Request.",
    "sanic.Request.",
    "sanic.request.Request.",
    "builtins.input",
)
#: Their parts that a client cannot put a text into.
OWN_PARTS = frozenset(
    {
        "method",
        "endpoint",
        "blueprint",
        "app",
        "state",
        "is_json",
        "content_length",
        "remote_addr",
        "url_rule",
        "client",
        "session",
    }
)
#: Types that hold no free text.
HARMLESS_TYPES = frozenset(
    {f"builtins.{name}" for name in ("int", "float", "bool", "complex", "None")}
    | {"uuid.UUID", "decimal.Decimal"}
    | {f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")}
    | {f"ipaddress.IPv{version}{kind}" for version in "46" for kind in ("Address", "Network")}
    | {
        f"pydantic.{name}"
        for name in (
            "PositiveInt", "NegativeInt", "NonNegativeInt", "NonPositiveInt", "StrictInt", "StrictBool",
            "StrictFloat", "PositiveFloat",
            "NonNegativeFloat", "FiniteFloat", "conint", "confloat", "condecimal", "UUID1", "UUID3", "UUID4",
            "UUID5", "PastDate",
            "FutureDate", "AwareDatetime", "NaiveDatetime",
        )
    }
)  # fmt: skip
#: Packages whose types are constructs that bind their values.
CONSTRUCT_PACKAGES = ("sqlalchemy.", "sqlmodel.")
#: Generic types whose values are harmless where their items are.
COLLECTIONS = (
    "list",
    "List",
    "tuple",
    "Tuple",
    "set",
    "Set",
    "frozenset",
    "Sequence",
    "Iterable",
    "Optional",
    "Mapped",
    "Final",
)
DEPENDENCY_MARKERS = frozenset(
    {
        f"{place}.{name}"
        for place in ("fastapi", "fastapi.params", "fastapi.param_functions")
        for name in ("Depends", "Security")
    }
)
ROUTE_DECORATORS = frozenset(
    {"route", "get", "post", "put", "patch", "delete", "api_route", "websocket", "head", "options"}
)
#: The value of a field of a form that takes any text.
FORM_VALUE = re.compile(
    r"(?:flask_)?wtforms(?:\.fields)?(?:\.\w+)?\.(?:String|TextArea|Password|Hidden|Search|Email|URL|Tel)Field\.data\b"
)
#: A path parameter of Flask with a converter that lets no free text through.
CONVERTED_PARAMETER = re.compile(r"<(?:int|float|uuid|any)(?:\([^)]*\))?:(\w+)>")


class RequestValues:
    """Answers which functions and values a request feeds. Results are kept."""

    def __init__(self, evaluator: Evaluator, routes: Callable[[], tuple[Route, ...]]) -> None:
        self._evaluator = evaluator
        self._routes = routes

    @cached_property
    def _endpoints(self) -> dict[int, list[str]]:
        """The paths that each endpoint answers."""
        found: dict[int, list[str]] = {}
        for route in self._routes():
            if isinstance(route.endpoint, FunctionValue):
                found.setdefault(id(route.endpoint), []).append(route.path)
            elif isinstance(route.endpoint, ClassValue):
                for name in ("get", "post", "put", "patch", "delete", "dispatch_request"):
                    method = self._evaluator.find_in_class(route.endpoint, name)
                    if method is not None and isinstance(method[1], FunctionValue):
                        found.setdefault(id(method[1]), []).append(route.path)
        return found

    def is_endpoint(self, function: FunctionValue) -> bool:
        """Whether requests are answered by a function, so that they fill its parameters."""
        return id(function) in self._endpoints or bool(self._decorator_paths(function))

    def converted_parameters(self, function: FunctionValue) -> frozenset[str]:
        """The path parameters of an endpoint that are numbers or the like by the path's own syntax."""
        paths = [*self._endpoints.get(id(function), ()), *self._decorator_paths(function)]
        found = [frozenset(CONVERTED_PARAMETER.findall(path)) for path in paths]
        return frozenset.intersection(*found) if found else frozenset()

    def _decorator_paths(self, function: FunctionValue) -> list[str]:
        """The paths that decorators such as `@router.get("/path")` name."""
        paths: list[str] = []
        for decorator in function.node.decorators if isinstance(function.node, tree.Function) else ():
            match decorator:
                case tree.Call(function=tree.Attribute(name=name), arguments=(tree.Text(value=path), *_)):
                    if name in ROUTE_DECORATORS and path.startswith("/"):
                        paths.append(path)
                case _:
                    pass
        return paths

    def is_from_request(self, value: Value) -> bool:
        """Whether a value is a part of a request that a client can put any text into."""
        return any(self._is_part(one) for one in alternatives(value))

    def _is_part(self, value: Value) -> bool:
        if isinstance(value, Subscripted):
            return self._is_part(value.base)
        if isinstance(value, InstanceAttribute):
            names = tuple(f"{name}.{value.name}" for name in self._evaluator.external_names(value.instance))
        elif isinstance(value, (External, Instance)):
            names = self._evaluator.external_names(value)
        else:
            return False
        for name in names:
            if FORM_VALUE.match(name):
                return True
            for prefix in REQUEST_OBJECTS:
                if name.startswith(prefix):
                    return not OWN_PARTS.intersection(name[len(prefix) :].split("."))
        return False

    def is_harmless_annotation(self, annotation: tree.Expression, function: FunctionValue) -> bool:
        """Whether a parameter so annotated holds no free text."""
        return self.is_harmless_type(self._evaluator.annotation_value(annotation, function.scope))

    def is_harmless_type(self, value: Value) -> bool:
        """Whether values of a type hold no free text: numbers, dates, identifiers, enumerations, literals."""
        if value is None:
            return True
        if isinstance(value, External):
            return value.name in HARMLESS_TYPES or value.name.startswith(CONSTRUCT_PACKAGES)
        if isinstance(value, ClassValue):
            return self._evaluator.inherits(value, *ENUM_BASES) or any(
                name in HARMLESS_TYPES for name in self._evaluator.external_names(value)
            )
        if isinstance(value, (TypeUnion, Choice)):
            members = value.members if isinstance(value, TypeUnion) else value.values
            return all(self.is_harmless_type(one) for one in members)
        if isinstance(value, Subscripted) and isinstance(value.base, External) and value.arguments:
            last = value.base.name.rpartition(".")[2]
            if last == "Literal" or value.base.name.startswith(CONSTRUCT_PACKAGES):
                return True
            if last == "Annotated":
                return self.is_harmless_type(value.arguments[0])
            if last == "Union" or last in COLLECTIONS:
                return all(one is ... or self.is_harmless_type(one) for one in value.arguments)
        if isinstance(value, Instance):  # `conint(gt=0)`
            return isinstance(value.type, External) and value.type.name in HARMLESS_TYPES
        return False

    def is_harmless_value(self, value: Value) -> bool:
        """Whether a value is known to hold no text that a client chose."""
        return all(
            one is None
            or isinstance(one, (str, int, float, bool, bytes, EnumMember))
            or (isinstance(one, Instance) and self.is_harmless_type(one.type))
            for one in alternatives(value)
        )

    def dependency_of(self, parameter: tree.Parameter, function: FunctionValue) -> Value:
        """What a parameter names with `Depends` or `Security`, as default or in `Annotated`; None for nothing."""
        marked: list[Value] = []
        if parameter.annotation is not None:
            annotated = self._evaluator.annotation_value(parameter.annotation, function.scope)
            if isinstance(annotated, Subscripted):
                marked += annotated.arguments[1:]
        if parameter.default is not None:
            marked.append(self._evaluator.evaluate(parameter.default, function.scope))
        for one in marked:
            if isinstance(one, Instance) and isinstance(one.type, External) and one.type.name in DEPENDENCY_MARKERS:
                dependency = one.argument(0, "dependency")
                return Unknown("dependency on the annotated class") if dependency is None else dependency
        return None

    def is_command(self, function: FunctionValue) -> bool:
        """Whether the person who runs the program fills the parameters of a function: a command of its command line."""
        decorators = {"command", "argument", "option", "callback"}
        return not decorators.isdisjoint(decorator_names(function)) or function.module.mentions("ArgumentParser")

    def is_special(self, parameter: tree.Parameter, function: FunctionValue) -> bool:
        """Whether a framework gives the parameter an object of its own: a request, a response, background tasks."""
        if parameter.annotation is None:
            return parameter.name in ("self", "cls", "request", "response")
        annotated = self._evaluator.annotation_value(parameter.annotation, function.scope)
        while isinstance(annotated, Subscripted) and annotated.arguments:
            annotated = annotated.arguments[0]
        return isinstance(annotated, External) and annotated.name.startswith(
            ("fastapi.", "starlette.", "sqlalchemy.", "sqlmodel.")
        )

    def field_annotation(self, value: ClassValue, name: str) -> tree.Expression | None:
        """The annotation of the constructor's parameter of a name."""
        found = self._evaluator.find_in_class(value, "__init__")
        if found is not None and isinstance(found[1], FunctionValue):
            for parameter in found[1].node.parameters:
                if parameter.name == name:
                    return parameter.annotation
        return None
