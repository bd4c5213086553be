"""Finds exceptions of the project that leave a route as 500: nothing on the way turns them into a response.

Starts from where a class that tells of the caller's request is raised and goes back through the calls that lead there.
What may catch the exception ends the way: a `try`, a context manager or decorator of the project, a handler or
middleware of an application, and whatever of these is not known.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.errors.caught_exceptions import BROAD, CaughtExceptions, caught_names
from reviewer.project.errors.exception_classes import ExceptionClasses
from reviewer.project.errors.exception_handlers import ExceptionHandlers
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, ClassValue, External, FunctionValue, Value, place_of
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.functions.request_reach import Handler, RequestReach
from reviewer.project.model import CallSite
from reviewer.project.program import Program
from reviewer.rule import Place

#: Names of exceptions that tell of the caller's request: a client can do something about them.
CALLERS_FAULT = re.compile(
    r"NotFound|DoesNotExist|NotExist|AlreadyExist|Exists(?:Error|Exception)?$|Duplicate|Conflict|Forbidden|Unauthori[sz]ed"
    r"|Unauthenticated|NotAuthenticated|InvalidCredential|InvalidToken|InvalidPassword|Permission|AccessDenied|NotAllowed"
    r"|BadRequest|Insufficient|TooMany|QuotaExceeded|LimitExceeded|Unprocessable|TokenExpired|ExpiredToken|NotPermitted"
)
#: Names of what fails inside, whatever else the name says.
OWN_FAULT = re.compile(
    r"Config|Settings|Plugin|Internal|Template|Driver|Engine|Connection|Client|Provider|File|Module|Command|Task|Job"
    r"|Worker|Upstream|Setup|Import|Schema|Parse|Migration"
)
SEARCH_DEPTH = 6
#: Functions looked at for one class: a bound for programs whose every function calls every other.
FUNCTION_LIMIT = 300
#: Decorators of libraries that let exceptions pass.
PASSING_DECORATORS = re.compile(
    r"^(?:staticmethod|classmethod|property|abstractmethod|override|overload|wraps|lru_cache|cache|cached_property|final|"
    r"contextmanager|asynccontextmanager|dataclass|deprecated|cached|validate_call|provide_session|inject)$"
)
LIBRARY_PASSING = ("fastapi.", "starlette.", "flask.", "flask_login.", "functools.", "abc.", "typing.", "builtins.")


class UnhandledException(msgspec.Struct, frozen=True, eq=False):
    """An exception that leaves a route."""

    exception: ClassValue
    handler: Handler
    place: Place  # what is to be mended: the raise, or the call in a route where other routes catch the exception
    raised_at: Place
    function: FunctionValue  # that `place` lies in
    is_caught_elsewhere: bool


class _Way(msgspec.Struct, frozen=True):
    """How an exception got to a function: from where it was raised, last through which call in the function."""

    function: FunctionValue
    last: tree.Node
    raised: tree.Raise
    raised_in: FunctionValue
    depth: int


class UnhandledExceptions:
    """Finds them; tests are left out."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        calls: Calls,
        reach: RequestReach,
        classes: ExceptionClasses,
        handlers: ExceptionHandlers,
        caught: CaughtExceptions,
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._reach = reach
        self._classes = classes
        self._handlers = handlers
        self._caught = caught
        self._tries: dict[int, dict[int, tuple[tree.Try | tree.With, ...]]] = {}
        self._wrapped: dict[int, bool] = {}

    def find(self) -> Iterator[UnhandledException]:
        """All, by class and place."""
        if not self._reach.routes or self._may_catch_all:
            return
        for exception in self._domain_exceptions():
            if not self._is_handled(exception):
                yield from self._escaping(exception)

    @cached_property
    def _may_catch_all(self) -> bool:
        """Whether an application has middleware or a registration that may answer for any exception."""
        instances = {id(route.application.instance): route.application.instance for route in self._reach.routes}
        return any(self._handlers.may_catch_more(one) for one in instances.values())

    def _domain_exceptions(self) -> Iterator[ClassValue]:
        """The project's own exceptions that stand on the language's alone and concern the caller."""
        for module in self._program.modules:
            if module.is_test:
                continue
            for declaration in module.index.declarations:
                name = declaration.qualname.rpartition(".")[2]
                if declaration.kind != "class" or not (name in self._translated or tells_of_caller(name)):
                    continue
                value = self._calls.class_of(module, declaration)
                if self._is_own(value):
                    yield value

    def _is_own(self, value: ClassValue) -> bool:
        """Whether a class is an exception, and no library's that a framework may know."""
        externals = [one for one in self._evaluator.ancestors(value) if not isinstance(one, ClassValue)]
        is_plain = all(isinstance(one, External) and one.name.startswith("builtins.") for one in externals)
        names = self._evaluator.external_names(value)
        return is_plain and self._classes.is_exception(value) and "builtins.ValueError" not in names

    def _is_translated(self, value: ClassValue) -> bool:
        """Whether some route answers for the class with an HTTP error of the client."""
        return value.name in self._translated

    @cached_property
    def _translated(self) -> frozenset[str]:
        """The names of exceptions that an `except` of a route turns into an HTTP error below 500."""
        return (
            frozenset(
                name
                for block in self._caught.all
                if any(isinstance(error.status, int) and error.status < 500 for _, error in block.raised)
                for name in block.names
            )
            - BROAD
        )

    def _is_handled(self, exception: ClassValue) -> bool:
        """Whether an application or blueprint has a handler for the class, or for one that is not known."""
        ancestors = self._evaluator.ancestors(exception)
        classes = {id(one) for one in ancestors if isinstance(one, ClassValue)}
        names = {one.name for one in ancestors if isinstance(one, External)}
        for one in self._handlers.all:
            match one.handled:
                case ClassValue() as handled if id(handled) in classes:
                    return True
                case External(name=name) if name in names:
                    return True
                case int() as status if status == 500:
                    return True
                case ClassValue() | External() | int():
                    pass
                case _:
                    return True
        return False

    def _escaping(self, exception: ClassValue) -> Iterator[UnhandledException]:
        is_translated = self._is_translated(exception)
        found: dict[Place, UnhandledException] = {}
        for function, statement in self._raises(exception):
            for handler, way in self._ways(exception, function, statement):
                if is_translated and not self._is_caught_for_others(exception, way):
                    continue
                raised_at = place_of(function.module, statement)
                node, where = (way.last, way.function) if is_translated else (statement, function)
                place = place_of(where.module, node)
                if place not in found:
                    found[place] = UnhandledException(exception, handler, place, raised_at, where, is_translated)
                if not is_translated:
                    break
        yield from (found[place] for place in sorted(found, key=lambda one: (one.path, one.line, one.column)))

    def _is_caught_for_others(self, exception: ClassValue, way: _Way) -> bool:
        """Whether another caller of what a route calls catches the exception: then it can happen on this way too."""
        if not isinstance(way.last, tree.Call):
            return True  # the route raises it itself
        if _is_about_something_loaded(way.last, way.function):
            return False
        names = self._names_catching(exception)
        callee = self._calls.site_of(way.function, way.last).callee
        others = (site for target in targets(callee) for site in self._reach.callers_of(target))
        return any(
            site.caller is not way.function and self._is_caught(site.caller, site.node, names) for site in others
        )

    def _raises(self, exception: ClassValue) -> Iterator[tuple[FunctionValue, tree.Raise]]:
        """The statements that raise a class, with their functions."""
        for module, declaration in self._calls.declarations_calling(exception.name):
            if declaration.kind != "function" or module.is_test:
                continue
            function = self._calls.function_of(module, declaration)
            for statement in function.nodes_of(tree.Raise):
                raised = statement.exception
                if isinstance(raised, tree.Call) and last_name(raised.function) == exception.name:
                    scope = self._evaluator.declared(function)
                    if self._evaluator.evaluate(raised.function, scope) is exception:
                        yield function, statement

    def _ways(
        self, exception: ClassValue, function: FunctionValue, statement: tree.Raise
    ) -> Iterator[tuple[Handler, _Way]]:
        """The handlers of requests that an exception leaves, nearest first."""
        names = self._names_catching(exception)
        seen = {id(function)}
        pending = deque([_Way(function, statement, statement, function, 0)])
        while pending:
            way = pending.popleft()
            if self._is_caught(way.function, way.last, names) or self._is_wrapped(way.function):
                continue
            handler = self._reach.handler_of(way.function)
            if handler is not None:
                if handler.route.method != "WEBSOCKET":
                    yield handler, way
                continue
            if way.depth >= SEARCH_DEPTH or len(seen) > FUNCTION_LIMIT:
                continue
            for site in self._callers(way.function):
                if id(site.caller) not in seen:
                    seen.add(id(site.caller))
                    pending.append(_Way(site.caller, site.node, statement, function, way.depth + 1))

    def _callers(self, function: FunctionValue) -> tuple[CallSite, ...]:
        return () if function.name.startswith("__") else self._reach.callers_of(function)

    def _names_catching(self, exception: ClassValue) -> frozenset[str]:
        """The last names of the classes that an `except` for this exception may name."""
        ancestors = self._evaluator.ancestors(exception)
        names = {one.name.rpartition(".")[2] for one in ancestors if isinstance(one, (ClassValue, External))}
        return BROAD | names

    def _is_caught(self, function: FunctionValue, node: tree.Node, names: frozenset[str]) -> bool:
        """Whether a `try` or `with` of a function may keep the exception at a node from leaving it."""
        around = self._tries.get(id(function))
        if around is None:
            around = self._tries[id(function)] = _around(function)
        for one in around.get(id(node), ()):
            if isinstance(one, tree.With):
                if any(self._may_catch(item.context, function) for item in one.items):
                    return True
            elif _keeps(one, names):
                return True
        return False

    def _may_catch(self, node: tree.Expression, function: FunctionValue) -> bool:
        """Whether a context manager may swallow or turn exceptions: one of the project, or `suppress`."""
        called = node.function if isinstance(node, tree.Call) else node
        if last_name(called) in ("suppress", "raises"):
            return True
        value = self._evaluator.evaluate(called, self._evaluator.declared(function))
        if isinstance(value, BoundMethod):
            value = value.function
        if isinstance(value, FunctionValue):
            return any(one.handlers for one in value.nodes_of(tree.Try))
        if isinstance(value, ClassValue):
            return any(
                isinstance(one, tree.Function) and one.name in ("__exit__", "__aexit__") for one in value.node.body
            )
        return False

    def _is_wrapped(self, function: FunctionValue) -> bool:
        """Whether a decorator may catch what a function raises."""
        found = self._wrapped.get(id(function))
        if found is None:
            decorators = function.node.decorators if isinstance(function.node, tree.Function) else ()
            found = self._wrapped[id(function)] = any(self._may_wrap(one, function) for one in decorators)
        return found

    def _may_wrap(self, decorator: tree.Expression, function: FunctionValue) -> bool:
        called = decorator.function if isinstance(decorator, tree.Call) else decorator
        name = last_name(called)
        if PASSING_DECORATORS.match(name):
            return False
        value: Value = self._evaluator.evaluate(called, self._evaluator.scope_of(function.module))
        if isinstance(value, BoundMethod):
            value = value.function
        if isinstance(value, FunctionValue):
            inner = (one for node in tree.walk(value.node) if isinstance(node, tree.Try) for one in node.handlers)
            return next(inner, None) is not None
        if isinstance(value, External):
            return not value.name.startswith(LIBRARY_PASSING)
        return self._reach.handler_of(function) is None  # what registers a route lets exceptions pass


def _is_about_something_loaded(call: tree.Call, function: FunctionValue) -> bool:
    """Whether what a call is given first comes of something that the function got from another call: it is there."""
    given = call.arguments[0] if call.arguments else None
    while isinstance(given, tree.Attribute):
        given = given.value
    if not isinstance(given, tree.Name):
        return False
    return any(
        isinstance(target, tree.Name) and target.id == given.id
        for one in function.nodes_of(tree.Assign)
        if any(isinstance(node, tree.Call) for node in tree.walk(one.value))
        for target in one.targets
    )


def tells_of_caller(name: str) -> bool:
    """Whether a class is named like an exception that tells of the caller's request."""
    return CALLERS_FAULT.search(name) is not None and OWN_FAULT.search(name) is None


def _around(function: FunctionValue) -> dict[int, tuple[tree.Try | tree.With, ...]]:
    """The `try` and `with` statements around the calls and raises of a function."""
    found: dict[int, tuple[tree.Try | tree.With, ...]] = {}
    statements: tuple[tree.Try | tree.With, ...] = (*function.nodes_of(tree.Try), *function.nodes_of(tree.With))
    for statement in statements:
        for inner in tree.walk_scope(statement.body):
            if isinstance(inner, (tree.Raise, tree.Call)):
                found[id(inner)] = (*found.get(id(inner), ()), statement)
    return found


def _keeps(statement: tree.Try, names: frozenset[str]) -> bool:
    """Whether the first block that catches an exception does not raise it again."""
    for handler in statement.handlers:
        caught = caught_names(handler)
        if names.isdisjoint(caught) and not any(name.isupper() or not name[:1].isupper() for name in caught):
            continue
        return not any(_raises_again(node, handler.name) for node in tree.walk_scope(handler.body))
    return False


def _raises_again(node: tree.Node, name: str | None) -> bool:
    if not isinstance(node, tree.Raise):
        return False
    return node.exception is None or (isinstance(node.exception, tree.Name) and node.exception.id == name)
