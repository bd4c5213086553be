"""FastAPI's dependencies and parameters: what the signature of an endpoint or dependency asks of the request.

Source: https://fastapi.tiangolo.com/tutorial/dependencies/ and /reference/parameters/.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation.annotation_parts import annotation_metadata, plain_type, union_members
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.limits import DEPENDENCY_DEPTH_LIMIT
from reviewer.project.evaluation.scopes import ClassScope, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Subscripted,
    TypeUnion,
    Unknown,
    Value,
    decorated_by_library,
    decorator_names,
    place_of,
    signature_of,
)
from reviewer.project.model import Answer, Dependency, RouteParameter
from reviewer.project.routes.authentication import AuthenticationJudge
from reviewer.project.routes.path_text import known_text, known_texts
from reviewer.rule import Place

DEPENDS = frozenset(
    f"{module}.{name}"
    for module in ("fastapi", "fastapi.params", "fastapi.param_functions")
    for name in ("Depends", "Security")
)
PARAMETER_KINDS = {
    f"{module}.{name}": kind
    for module in ("fastapi", "fastapi.params", "fastapi.param_functions")
    for name, kind in (
        ("Path", "path"),
        ("Query", "query"),
        ("Header", "header"),
        ("Cookie", "cookie"),
        ("Body", "body"),
        ("Form", "form"),
        ("File", "file"),
    )
}
SPECIAL_TYPES = frozenset(
    {"Request", "WebSocket", "HTTPConnection", "Response", "BackgroundTasks", "SecurityScopes", "StreamingResponse"}
)
SCALAR_TYPES = frozenset({"builtins.str", "builtins.int", "builtins.float", "builtins.bool", "uuid.UUID"})
#: Types of which no query parameter is made unless `Query(…)` says so.
BODY_TYPES = frozenset(
    f"{module}.{name}"
    for module in ("builtins", "typing", "collections.abc")
    for name in (
        "dict", "list", "set", "frozenset", "tuple", "Dict", "List", "Set", "FrozenSet", "Tuple", "Mapping",
        "MutableMapping", "Sequence", "MutableSequence",
    )
)  # fmt: skip
MODEL_BASES = ("pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel", "sqlmodel.SQLModel")


class DependencyReader:
    """Reads dependencies and parameters out of signatures. Results are kept by callable."""

    def __init__(self, evaluator: Evaluator, judge: AuthenticationJudge) -> None:
        self._evaluator = evaluator
        self._judge = judge
        self._below: dict[int, tuple[Dependency, ...]] = {}
        self._parameters: dict[int, tuple[RouteParameter, ...]] = {}
        self._kept: list[Value] = []
        self._depth = 0

    def of_list(self, value: Value, level: str, place: Place) -> tuple[Dependency, ...] | Unknown:
        """The dependencies of a `dependencies=[Depends(…), …]` argument."""
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            return value if isinstance(value, Unknown) else Unknown("dependencies that are not a list", place)
        found: list[Dependency] = []
        for item in value:
            if isinstance(item, Instance) and self._is_depends(item):
                dependency = self._dependency(item, None, level, item.place or place, None)
                is_sure = not self._evaluator.conditional_items.of(value, item)
                found.append(dependency if is_sure else _perhaps(dependency))
            else:
                found.append(_unknown_dependency(item, level, place))
        return tuple(found)

    def of_callable(self, value: Value) -> tuple[Dependency, ...]:
        """The dependencies that a callable's own signature declares."""
        cached = self._below.get(id(value))
        if cached is None:
            if self._depth >= DEPENDENCY_DEPTH_LIMIT:
                return self._too_deep(value)
            self._below[id(value)] = ()
            self._kept.append(value)
            self._depth += 1
            try:
                cached = self._below[id(value)] = tuple(self._read_dependencies(value))
            finally:
                self._depth -= 1
        return cached

    def _too_deep(self, value: Value) -> tuple[Dependency, ...]:
        """What stands for dependencies that are not read any more."""
        function = value.function if isinstance(value, BoundMethod) else value
        if not isinstance(function, (FunctionValue, ClassValue)):
            return ()
        unread = Unknown("dependencies nest too deeply", function.place)
        return (_unknown_dependency(unread, "parameter", function.place),)

    def parameters_of(self, value: Value, path_names: frozenset[str] = frozenset()) -> tuple[RouteParameter, ...]:
        """The parameters that a callable's own signature takes from the request, dependencies left out."""
        cached = self._parameters.get(id(value))
        if cached is None:
            self._kept.append(value)
            cached = self._parameters[id(value)] = tuple(self._read_parameters(value))
        return tuple(
            replace(one, kind="path") if one.name in path_names and one.kind in ("query", "body", "unknown") else one
            for one in cached
        )

    def _signature(self, value: Value) -> tuple[FunctionValue, tuple[tree.Parameter, ...]] | None:
        """The function whose signature a callable shows, and its parameters without `self`."""
        value = signature_of(value)
        if isinstance(value, Instance):
            if isinstance(value.type, External):
                if value.type.name == "functools.partial" and value.arguments:
                    inner = self._signature(value.arguments[0])
                    if inner is None:
                        return None
                    rest = inner[1][len(value.arguments) - 1 :]
                    return inner[0], tuple(one for one in rest if one.name not in value.keywords)
                decorated = decorated_by_library(value)
                return None if decorated is None else self._signature(decorated)
            found = self._evaluator.find_in_class(value.type, "__call__")
        elif isinstance(value, ClassValue):
            found = self._evaluator.find_in_class(value, "__init__")
        elif isinstance(value, BoundMethod):
            shown = signature_of(value.function)
            return (shown, shown.node.parameters[1:]) if isinstance(shown, FunctionValue) else None
        elif isinstance(value, FunctionValue):
            is_method = value.owner is not None and "staticmethod" not in decorator_names(value)
            return value, value.node.parameters[1:] if is_method else value.node.parameters
        else:
            return None
        if found is None or not isinstance(found[1], FunctionValue):
            return None
        return found[1], found[1].node.parameters[1:]

    def _read_dependencies(self, value: Value) -> Iterator[Dependency]:
        value = signature_of(value)
        if isinstance(value, FunctionValue) and value.owner is not None:
            yield from self._class_view(value)
        signature = self._signature(value)
        if signature is None:
            return
        function, parameters = signature
        for parameter in parameters:
            marker = self._marker(parameter, function.scope, DEPENDS)
            if marker is not None:
                place = place_of(function.module, parameter)
                yield self._dependency(marker, parameter, "parameter", place, function.scope)

    def _class_view(self, method: FunctionValue) -> Iterator[Dependency]:
        """The class-based view that a method belongs to, as the dependency that `self` is."""
        assert method.owner is not None
        if "staticmethod" in decorator_names(method):
            return
        below = tuple(self._class_dependencies(method.owner))
        answers = {one.enforces_authentication for one in below}
        answer = next((one for one in (Answer.YES, Answer.UNKNOWN) if one in answers), Answer.NO)
        place = place_of(method.owner.module, method.owner.node)
        yield Dependency(method.owner.name, method.owner, place, "parameter", "self", (), below, answer)

    def _class_dependencies(self, owner: ClassValue) -> Iterator[Dependency]:
        """The dependencies of a class-based view: attributes declared with `Depends`, and its constructor's."""
        seen: set[str] = set()
        for one in self._evaluator.ancestors(owner):
            if not isinstance(one, ClassValue):
                continue
            scope = ClassScope(one, self._evaluator)
            for statement in one.node.body:
                if not isinstance(statement, tree.AnnotatedAssign) or not isinstance(statement.target, tree.Name):
                    continue
                if statement.target.id in seen:
                    continue
                seen.add(statement.target.id)
                where = statement.target
                attribute = tree.Parameter(
                    where.line, where.column, statement.end_line, statement.end_column,
                    where.id, "keyword-only", statement.annotation, statement.value,
                )  # fmt: skip
                marker = self._marker(attribute, scope, DEPENDS)
                if marker is not None:
                    place = place_of(one.module, statement)
                    yield self._dependency(marker, attribute, "parameter", place, scope)
        yield from self.of_callable(owner)

    def _read_parameters(self, value: Value) -> Iterator[RouteParameter]:
        signature = self._signature(value)
        if signature is None:
            if isinstance(value, ClassValue) and self._evaluator.inherits(value, *MODEL_BASES):
                yield from self._model_parameters(value)
            return
        function, parameters = signature
        for parameter in parameters:
            if parameter.kind.startswith("variadic") or self._marker(parameter, function.scope, DEPENDS) is not None:
                continue
            yield self._parameter(parameter, function.module, function.scope)

    def _model_parameters(self, value: ClassValue) -> Iterator[RouteParameter]:
        """A Pydantic model as a dependency takes its fields from the request."""
        for owner in self._evaluator.ancestors(value):
            if isinstance(owner, ClassValue):
                for statement in owner.node.body:
                    if isinstance(statement, tree.AnnotatedAssign) and isinstance(statement.target, tree.Name):
                        place = place_of(owner.module, statement)
                        has_default = statement.value is not None
                        unread = Unknown("field of a model")
                        name = statement.target.id
                        yield RouteParameter(
                            name,
                            "query",
                            statement.annotation,
                            unread,
                            has_default,
                            place,
                            name,
                            self._evaluator.annotation_value(statement.annotation, ClassScope(owner, self._evaluator)),
                            None,
                            statement.value,
                        )

    def _parameter(self, parameter: tree.Parameter, module: Module, scope: Scope) -> RouteParameter:
        marker = self._marker(parameter, scope, PARAMETER_KINDS)
        annotated = (
            Unknown("no annotation")
            if parameter.annotation is None
            else self._evaluator.annotation_value(parameter.annotation, scope)
        )
        plain = plain_type(annotated)
        name, kind = parameter.name, self._kind(annotated)
        if marker is not None:
            kind = PARAMETER_KINDS[_type_name(marker)]
            name = known_text(marker.keywords.get("alias")) or name
        has_default = parameter.default is not None and not (
            marker is not None
            and marker.argument(0, "default", ...) is ...
            and "default_factory" not in marker.keywords
        )
        return RouteParameter(
            name,
            kind,
            parameter.annotation,
            plain,
            has_default,
            place_of(module, parameter),
            parameter.name,
            annotated,
            marker,
            parameter.default,
            parameter.kind == "positional-only",
        )

    def _kind(self, annotated: Value) -> str:
        """Where FastAPI takes a parameter from that has no marker: scalars from the query, all else from the body."""
        plain = plain_type(annotated)
        if isinstance(plain, External):
            name = plain.name.rpartition(".")[2]
            if name in SPECIAL_TYPES:
                return "special"
            return "file" if name == "UploadFile" else "body" if plain.name in BODY_TYPES else "query"
        if isinstance(plain, ClassValue):
            return "body" if self._evaluator.inherits(plain, *MODEL_BASES) else "query"
        if isinstance(annotated, TypeUnion) and any(self._kind(one) == "body" for one in union_members(annotated)):
            return "body"
        return "unknown" if isinstance(plain, Unknown) else "query"

    def _marker(self, parameter: tree.Parameter, scope: Scope, names: object) -> Instance | None:
        """The `Depends(…)`, `Query(…)` … of a parameter: its default, or in its `Annotated` annotation."""
        if isinstance(parameter.default, (tree.Call, tree.Name, tree.Attribute)):
            default = self._evaluator.evaluate(parameter.default, scope)
            if isinstance(default, Instance) and _type_name(default) in names:  # type: ignore[operator]
                return default
        if parameter.annotation is not None:
            metadata = annotation_metadata(self._evaluator.annotation_value(parameter.annotation, scope))
            for one in reversed(metadata):  # of several, FastAPI takes the last
                if isinstance(one, Instance) and _type_name(one) in names:  # type: ignore[operator]
                    return one
        return None

    def _is_depends(self, value: Instance) -> bool:
        return _type_name(value) in DEPENDS

    def _dependency(
        self,
        marker: Instance,
        parameter: tree.Parameter | None,
        level: str,
        place: Place,
        scope: Scope | None,
    ) -> Dependency:
        target = marker.argument(0, "dependency")
        if target is None and parameter is not None and parameter.annotation is not None and scope is not None:
            target = plain_type(self._evaluator.annotation_value(parameter.annotation, scope))
        if target is None:
            target = Unknown("dependency that is not given", place)
        below = self.of_callable(target)
        enforces = self._judge.enforces(target)
        if enforces is not Answer.YES and any(one.enforces_authentication is Answer.YES for one in below):
            enforces = Answer.YES
        elif enforces is Answer.NO and any(one.enforces_authentication is Answer.UNKNOWN for one in below):
            enforces = Answer.UNKNOWN
        scopes = known_texts(marker.keywords.get("scopes"))
        return Dependency(
            name=callable_name(target),
            callable=target,
            place=place,
            level=level,
            parameter=None if parameter is None else parameter.name,
            scopes=scopes if isinstance(scopes, tuple) else (),
            dependencies=tuple(replace(one, level="dependency") for one in below),
            enforces_authentication=enforces,
        )


def callable_name(value: Value) -> str:
    """The name of a callable as a reader knows it: of the function, or of the class of an object."""
    if isinstance(value, (FunctionValue, ClassValue)):
        return value.name
    if isinstance(value, BoundMethod):
        return value.function.name
    if isinstance(value, Instance):
        if isinstance(value.type, ClassValue):
            return value.type.name
        if value.type.name == "functools.partial" and value.arguments:
            return callable_name(value.arguments[0])
        return value.type.name.rpartition(".")[2]
    if isinstance(value, Subscripted):
        return callable_name(value.base)
    if isinstance(value, External):
        return value.name.rpartition(".")[2]
    return getattr(value, "name", "{?}").rpartition(".")[2]


def _type_name(value: Instance) -> str:
    return value.type.name if isinstance(value.type, External) else ""


def _unknown_dependency(value: Value, level: str, place: Place) -> Dependency:
    reason = value if isinstance(value, Unknown) else Unknown("dependency that is not `Depends(…)`", place)
    return Dependency("{?}", reason, place, level, None, (), (), Answer.UNKNOWN)


def _perhaps(dependency: Dependency) -> Dependency:
    """A dependency that a condition decides on: whether it enforces anything is not known."""
    return _perhaps_once(dependency, {})


def _perhaps_once(dependency: Dependency, made: dict[int, Dependency]) -> Dependency:
    found = made.get(id(dependency))
    if found is None:
        answer = Answer.NO if dependency.enforces_authentication is Answer.NO else Answer.UNKNOWN
        below = tuple(_perhaps_once(one, made) for one in dependency.dependencies)
        found = made[id(dependency)] = replace(dependency, enforces_authentication=answer, dependencies=below)
    return found
