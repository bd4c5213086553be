"""Which path parameters a route reads: in its endpoint, in dependencies at any depth, or through the request itself.

Takes the route table, gives names. Reads of `request.path_params` are found by name in the functions that endpoint,
dependencies, permission classes and middleware lead to. Where something cannot be followed, nothing counts as unread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
)
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Dependency, Route
from reviewer.project.program import Program
from reviewer.project.routes.fastapi.context import path_parameter_names
from reviewer.project.routes.fastapi.dependencies import DependencyReader
from reviewer.project.routes.fastapi.registrations import APPLICATION_CLASSES
from reviewer.project.routes.operations import UNDESCRIBED, registering_name
from reviewer.project.routes.parameter_names import is_swallowing, names_in_order, similar_parameter

PATH_PARAMETERS = "path_params"
#: Packages of which no dependency reads a parameter of the project's paths.
SILENT_PACKAGES = (
    "fastapi.", "starlette.", "sqlalchemy.", "sqlmodel.", "redis.", "fastapi_users.", "builtins.", "typing.", "abc.",
)  # fmt: skip
MIDDLEWARE_METHODS = frozenset({"add_middleware", "middleware"})
SEARCH_DEPTH = 8
#: How deep classes are looked for in the arguments that an object was made with.
ARGUMENT_NESTING = 5


class PathParameterReads(msgspec.Struct, frozen=True):
    """The parameters of a route's path, and which of them something reads."""

    names: tuple[str, ...]  # in the order of the path, prefixes included
    own_names: frozenset[str]  # those of the path as registered
    read: frozenset[str]
    is_known: bool  # False: something that cannot be followed may read any of them

    @property
    def unread(self) -> tuple[str, ...]:
        """The parameters that nothing reads for certain."""
        return tuple(name for name in self.names if name not in self.read) if self.is_known else ()


class UnreadPathParameter(msgspec.Struct, frozen=True, eq=False):
    """A parameter of a path that nothing reads."""

    name: str
    route: Route
    similar: str | None  # a parameter of the endpoint that is read from elsewhere and is probably meant
    is_of_prefix: bool  # stands in the prefix of a router or include, and no route of the router reads it


class PathParameters:
    """Answers which path parameters routes read. Results are kept by callable."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, reader: DependencyReader) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._reader = reader
        self._read_by: dict[int, frozenset[str] | None] = {}
        self._by_root: dict[int, frozenset[str] | None] = {}
        self._led: dict[int, tuple[FunctionValue, ...]] = {}
        self._kept: list[Value] = []

    def reads(self, route: Route) -> PathParameterReads:
        """The path parameters of a route with what reads them."""
        ordered = names_in_order(route.path)
        own = path_parameter_names(route.own_path)
        read: set[str] = {parameter.name for parameter in route.parameters if not parameter.is_positional_only}
        is_known = self._add_endpoint(route, read) and not any(map(self._is_opaque, route.decorators))
        for dependency in route.all_dependencies:
            is_known = self._add_dependency(dependency, read) and is_known
        roots = [route.endpoint, *(one.callable for one in route.all_dependencies), *route.decorators]
        roots.append(route.router.keywords.get("route_class"))
        for root in roots:
            is_known = _add(read, self._read_from(root)) and is_known
        is_known = _add(read, self._read_by_middleware) and is_known
        return PathParameterReads(ordered, own, frozenset(read), is_known)

    def unread(self, routes: Collection[Route]) -> Iterator[UnreadPathParameter]:
        """The parameters that nothing reads: those of a path once a registration, those of a prefix once a router."""
        by_router: dict[int, list[tuple[Route, PathParameterReads]]] = {}
        seen: set[tuple[object, str]] = set()
        paged = _served_without(routes)
        for route in routes:
            if route.framework != "fastapi" or route.module.is_test or registering_name(route) in UNDESCRIBED:
                continue
            reads = self.reads(route)
            by_router.setdefault(id(route.router), []).append((route, reads))
            for name in reads.unread:
                is_new = (route.place, name) not in seen and (id(route.endpoint), name) not in paged
                if name in reads.own_names and is_new and not is_swallowing(route.path, name):
                    seen.add((route.place, name))
                    yield UnreadPathParameter(name, route, similar_parameter(route, name), is_of_prefix=False)
        for members in by_router.values():
            yield from _unread_in_prefix(members)

    # Signatures

    def _add_endpoint(self, route: Route, read: set[str]) -> bool:
        """Adds the names that the endpoint takes; one without decorators gets them by its signature alone."""
        endpoint = route.endpoint
        if isinstance(endpoint, FunctionValue) and not route.decorators and endpoint.owner is None:
            read.update(_parameter_texts(endpoint))
            return True  # `**kwargs` takes a query parameter of that name, not what is in the path
        return self._add_taken(endpoint, read)

    def _add_dependency(self, dependency: Dependency, read: set[str]) -> bool:
        """Adds the names that a dependency takes from the request; False where it cannot be followed."""
        value = dependency.callable
        if isinstance(value, Instance) and isinstance(value.type, External):
            if value.type.name == "functools.partial" and value.arguments:
                read.update(one.name for one in self._reader.parameters_of(value))
                return self._add_taken(value.arguments[0], read)
            return value.type.name.startswith(SILENT_PACKAGES)
        return self._add_taken(value, read)

    def _add_taken(self, value: Value, read: set[str]) -> bool:
        if isinstance(value, External):
            return value.name.startswith(SILENT_PACKAGES)
        if value is None or isinstance(value, (Unknown, Choice)):
            return False
        read.update(one.name for one in self._reader.parameters_of(value))
        if isinstance(value, BoundMethod):
            value = value.function
        if isinstance(value, ClassValue):
            return self._add_fields(value, read)
        if isinstance(value, Instance):
            called = isinstance(value.type, ClassValue) and self._evaluator.find_in_class(value.type, "__call__")
            value = called[1] if called else None
        if not isinstance(value, FunctionValue):
            return False
        read.update(_parameter_texts(value))
        return not any(parameter.kind == "variadic-keyword" for parameter in value.node.parameters)

    def _add_fields(self, value: ClassValue, read: set[str]) -> bool:
        """Adds the fields of a model, a dataclass or a class-based view, which the request fills."""
        for one in self._evaluator.ancestors(value):
            if isinstance(one, ClassValue):
                for statement in one.node.body:
                    if isinstance(statement, tree.AnnotatedAssign) and isinstance(statement.target, tree.Name):
                        read.add(statement.target.id)
                        read.update(_texts(statement))
            elif not isinstance(one, External) or not one.name.startswith(("pydantic.", *SILENT_PACKAGES)):
                return False
        constructor = self._evaluator.find_in_class(value, "__init__")
        if constructor is not None and isinstance(constructor[1], FunctionValue) and constructor[1].owner is not None:
            return not any(one.kind == "variadic-keyword" for one in constructor[1].node.parameters)
        return True

    def _is_opaque(self, decorator: Value) -> bool:
        """Whether a decorator may read parameters or change the signature in a way that cannot be followed."""
        if isinstance(decorator, (Unknown, Choice)):
            return True
        function = decorator.function if isinstance(decorator, BoundMethod) else decorator
        return isinstance(function, FunctionValue) and function.module.mentions("__signature__")

    # Reads through the request

    @cached_property
    def _readers(self) -> dict[str, list[FunctionValue]]:
        """The functions that mention `path_params`, by name."""
        found: dict[str, list[FunctionValue]] = {}
        for module in self._program.modules:
            if module.is_test or not module.mentions(PATH_PARAMETERS):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "function":
                    function = self._calls.function_of(module, declaration)
                    if any(map(_mentions_path_parameters, function.nodes)):
                        found.setdefault(function.name, []).append(function)
        return found

    @cached_property
    def _leading_names(self) -> frozenset[str]:
        """Names whose call may lead to such a function."""
        names = frozenset(self._readers)
        owners = {
            one.owner.name
            for functions in self._readers.values()
            for one in functions
            if one.owner is not None and one.name in ("__init__", "__call__")
        }
        return names | owners | self._calls.names_leading_to(names | owners)

    def _read_from(self, root: Value) -> frozenset[str] | None:
        """The parameters that a callable reads through the request, itself or in what it calls; None: any of them."""
        if not self._readers or root is None:
            return frozenset()
        if id(root) not in self._by_root:
            self._kept.append(root)
            self._by_root[id(root)] = self._search(list(self._functions_of(root)))
        return self._by_root[id(root)]

    def _search(self, functions: list[FunctionValue]) -> frozenset[str] | None:
        read: set[str] = set()
        seen = {id(one) for one in functions}
        pending = [(one, 0) for one in functions]
        while pending:
            function, depth = pending.pop()
            if function in self._readers.get(function.name, ()) and not _add(read, self._read_in(function)):
                return None
            if depth >= SEARCH_DEPTH:
                continue
            for target in self._led_to(function):
                if id(target) not in seen:
                    seen.add(id(target))
                    pending.append((target, depth + 1))
        return frozenset(read)

    def _led_to(self, function: FunctionValue) -> tuple[FunctionValue, ...]:
        """The functions that a function calls and that may lead to a reading one."""
        found = self._led.get(id(function))
        if found is None:
            called: list[FunctionValue] = []
            for site in self._calls.named(function, *self._leading_names):
                followed = targets(site.callee)
                if not followed and isinstance(site.callee, (Unknown, Choice)):
                    followed = tuple(self._readers.get(called_name(site.node), ()))
                called.extend(followed)
            found = self._led[id(function)] = tuple(called)
            self._kept.append(function)
        return found

    def _read_in(self, function: FunctionValue) -> frozenset[str] | None:
        """The keys that a function reads of `path_params`; None where it takes more than single known ones."""
        if id(function) not in self._read_by:
            self._kept.append(function)
            self._read_by[id(function)] = self._find_read_in(function)
        return self._read_by[id(function)]

    def _find_read_in(self, function: FunctionValue) -> frozenset[str] | None:
        keys: set[str] = set()
        followed: set[int] = set()
        nodes = list(function.nodes)
        for node in nodes:
            key: tree.Expression | None = None
            if isinstance(node, tree.Subscript) and _mentions_path_parameters(node.value):
                followed.add(id(node.value))
                key = node.index
            elif (
                isinstance(node, tree.Call)
                and isinstance(node.function, tree.Attribute)
                and node.function.name in ("get", "pop")
                and _mentions_path_parameters(node.function.value)
            ):
                followed.add(id(node.function.value))
                key = node.arguments[0] if node.arguments else None
            elif isinstance(node, tree.Comparison) and any(map(_mentions_path_parameters, node.comparators)):
                followed.update(id(one) for one in node.comparators)
                key = node.left
            if key is not None:
                value = self._evaluator.evaluate(key, self._evaluator.declared(function))
                if not isinstance(value, str):
                    return None
                keys.add(value)
        if any(_mentions_path_parameters(node) and id(node) not in followed for node in nodes):
            keys.update(_texts(*_body(function)))  # handed on or bound to a name: any key that the function spells
            if not keys:
                return None
        return frozenset(keys)

    def _functions_of(self, value: Value, nesting: int = 0) -> Iterator[FunctionValue]:
        """The functions that run where a callable is called: also the methods of classes that it was made with."""
        if isinstance(value, FunctionValue):
            yield value
            if value.owner is not None and nesting == 0:
                yield from self._functions_of(value.owner, nesting + 1)
        elif isinstance(value, ClassValue):
            for one in self._evaluator.ancestors(value):
                if isinstance(one, ClassValue):
                    self._evaluator.run_class(one)
                    yield from (member for member in one.attributes.values() if isinstance(member, FunctionValue))
        elif nesting < ARGUMENT_NESTING:
            for part in _parts(value):
                yield from self._functions_of(part, nesting + 1)

    @cached_property
    def _read_by_middleware(self) -> frozenset[str] | None:
        """The parameters that middleware of any application reads; there, each name that it spells counts."""
        applications = [one for name in APPLICATION_CLASSES for one in self._evaluator.instances.get(name, ())]
        functions = [
            function
            for application in (*applications, *self._evaluator.project_instances)
            for value in _middleware(application)
            for function in self._functions_of(value)
        ]
        read = {text for function in functions for text in _texts(*_body(function))}
        is_known = _add(read, self._search(functions) if functions and self._readers else frozenset())
        return frozenset(read) if is_known else None


def _served_without(routes: Iterable[Route]) -> set[tuple[int, str]]:
    """Endpoints, by identity, with parameters that other paths of theirs lack: pages that a client reads."""
    found: dict[int, list[frozenset[str]]] = {}
    for route in (one for one in routes if one.endpoint is not None):
        found.setdefault(id(route.endpoint), []).append(path_parameter_names(route.path))
    return {(one, name) for one, sets in found.items() for name in frozenset.union(*sets) - sets[0].intersection(*sets)}


def _unread_in_prefix(members: list[tuple[Route, PathParameterReads]]) -> Iterator[UnreadPathParameter]:
    """The parameters of prefixes that none of the routes of a router reads."""
    for name in dict.fromkeys(name for _, reads in members for name in reads.names if name not in reads.own_names):
        concerned = [(route, reads) for route, reads in members if name in reads.names]
        if all(name in reads.unread for _, reads in concerned):
            yield UnreadPathParameter(name, concerned[0][0], None, is_of_prefix=True)


def _parts(value: Value) -> tuple[Value, ...]:
    """What an object was made of: its class and the arguments of its constructor, the items of a collection."""
    if isinstance(value, BoundMethod):
        return (value.function,)
    if isinstance(value, Instance):
        return (value.type, *value.arguments, *value.keywords.values())
    if isinstance(value, dict):
        return tuple(value.values())
    return tuple(value) if isinstance(value, (list, tuple, set)) else alternatives(value)[1:] and alternatives(value)


def _middleware(application: Instance) -> Iterator[Value]:
    listed = application.keywords.get("middleware")
    if isinstance(listed, (list, tuple)):
        yield from listed
    for event in application.events:
        if event.method in MIDDLEWARE_METHODS:
            yield from event.arguments
            yield event.decorated


def _add(read: set[str], names: frozenset[str] | None) -> bool:
    """Adds names that are read; False where it is not known which they are."""
    read.update(names or ())
    return names is not None


def _body(function: FunctionValue) -> tuple[tree.Node, ...]:
    return function.node.body if isinstance(function.node, tree.Function) else (function.node.body,)


def _mentions_path_parameters(node: tree.Node) -> bool:
    """Whether a node is `request.path_params` or `scope["path_params"]`."""
    if isinstance(node, tree.Attribute):
        return node.name == PATH_PARAMETERS
    if isinstance(node, tree.Subscript):
        return isinstance(node.index, tree.Text) and node.index.value == PATH_PARAMETERS
    return isinstance(node, tree.Text) and node.value == PATH_PARAMETERS


def _texts(*nodes: tree.Node) -> set[str]:
    return {one.value for node in nodes for one in tree.walk(node) if isinstance(one, tree.Text)}


def _parameter_texts(function: FunctionValue) -> set[str]:
    """Texts in the defaults and annotations of a signature: an alias may be given in a way that is not followed."""
    found: set[str] = set()
    for parameter in function.node.parameters:
        for node in (parameter.default, parameter.annotation):
            if node is not None:
                found |= {
                    keyword.value.value
                    for keyword in tree.walk(node)
                    if isinstance(keyword, tree.Keyword)
                    and keyword.name == "alias"
                    and isinstance(keyword.value, tree.Text)
                }
    return found
