"""HTTP errors that functions raise, themselves and through the project's functions they call."""

from __future__ import annotations

import builtins
from collections import deque
from collections.abc import Iterator
from functools import cached_property

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Instance, Unknown, Value, place_of
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import CallSite, RaisedError
from reviewer.project.program import Program
from reviewer.project.routes.path_text import status_of

HTTP_EXCEPTIONS = frozenset(
    {
        "fastapi.HTTPException",
        "fastapi.exceptions.HTTPException",
        "starlette.exceptions.HTTPException",
        "fastapi.exceptions.WebSocketException",
        "werkzeug.exceptions.HTTPException",
    }
)
ABORTS = frozenset({"flask.abort", "werkzeug.exceptions.abort", "flask_restful.abort", "flask_restx.abort"})
#: Names of which a function that raises an HTTP error calls one; names of the project's own errors are added.
RAISING_NAMES = frozenset({"HTTPException", "abort"})
BUILT_IN_EXCEPTIONS = frozenset(name for name in dir(builtins) if name.endswith(("Error", "Exception")))
#: Names of exceptions, none for all, whose handlers catch HTTP errors.
CATCHING_NAMES = frozenset({"", "Exception", "BaseException", "HTTPException", "StarletteHTTPException"})
SEARCH_DEPTH = 6

Handlers = tuple[tree.ExceptHandler, ...]


class Errors:
    """Answers which HTTP errors a function raises. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._direct: dict[int, tuple[RaisedError, ...]] = {}
        self._written: dict[int, tuple[tuple[tree.Raise | tree.Call, RaisedError], ...]] = {}
        self._led: dict[int, tuple[tuple[CallSite, FunctionValue], ...]] = {}
        self._guards: dict[int, dict[int, tuple[Handlers, ...]]] = {}
        self._leading: frozenset[str] | None = None

    def raised_by(self, function: FunctionValue, depth: int = SEARCH_DEPTH) -> tuple[RaisedError, ...]:
        """The errors that leave a function: raised by itself or by what it calls, those it catches left out."""
        found: dict[tuple[object, object], RaisedError] = {}
        seen = {id(function)}
        pending: deque[tuple[FunctionValue, tuple[CallSite, ...]]] = deque([(function, ())])
        while pending:
            current, chain = pending.popleft()
            for error in self.direct(current):
                key = (error.place, error.status if isinstance(error.status, int) else None)
                if key not in found:
                    found[key] = RaisedError(error.status, error.exception, error.place, current, chain)
            if len(chain) >= depth:
                continue
            for site, target in self._leading_calls(current):
                if id(target) not in seen:
                    seen.add(id(target))
                    pending.append((target, (*chain, site)))
        return tuple(found.values())

    def passes_on(self, function: FunctionValue, call: tree.Call) -> bool:
        """Whether HTTP errors of what a function calls leave the function: no `try` around the call keeps them."""
        return not self._is_guarded(function, call)

    def _leading_calls(self, function: FunctionValue) -> tuple[tuple[CallSite, FunctionValue], ...]:
        """The calls of a function whose errors it does not catch, each with a function that it may run."""
        found = self._led.get(id(function))
        if found is None:
            found = self._led[id(function)] = tuple(
                (site, target)
                for site in self._calls.named_in(function, self.leading_names)
                if not self._is_guarded(function, site.node)
                for target in targets(site.callee)
            )
        return found

    @property
    def leading_names(self) -> frozenset[str]:
        """Names of functions of the project whose call may lead to an HTTP error; more than really do."""
        if self._leading is None:
            self._leading = self._calls.names_leading_to(RAISING_NAMES | self.project_exceptions)
        return self._leading

    @cached_property
    def project_exceptions(self) -> frozenset[str]:
        """Names of the project's classes that look like errors with a status: their bases say so, transitively."""
        names = set(RAISING_NAMES)
        classes = [
            (statement.name, {(dotted_name(base) or "").rpartition(".")[2] for base in statement.bases})
            for module in self._program.modules
            if module.mentions(*HTTP_BASE_NAMES)
            for statement in module.tree.body
            if isinstance(statement, tree.Class)
        ]
        while True:
            added = {name for name, bases in classes if name not in names and not names.isdisjoint(bases)}
            if not added:
                return frozenset(names - RAISING_NAMES)
            names |= added

    @cached_property
    def _error_names(self) -> frozenset[str]:
        """Names of which a module that raises HTTP errors mentions one."""
        return RAISING_NAMES | self.project_exceptions | WERKZEUG_STATUSES.keys()

    def direct(self, function: FunctionValue) -> tuple[RaisedError, ...]:
        """The errors that a function raises itself and does not catch."""
        found = self._direct.get(id(function))
        if found is None:
            found = self._direct[id(function)] = tuple(
                error for node, error in self.written_in(function) if not self._is_guarded(function, node)
            )
        return found

    def raised_in_project(self) -> Iterator[tuple[tree.Raise | tree.Call, RaisedError]]:
        """All errors that functions raise, caught or not, with the statement or call that does; tests left out."""
        for module in self._program.modules:
            if module.is_test or not module.mentions(*self._error_names):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "function" and not self._error_names.isdisjoint(declaration.calls):
                    yield from self.written_in(self._calls.function_of(module, declaration))

    def written_in(self, function: FunctionValue) -> tuple[tuple[tree.Raise | tree.Call, RaisedError], ...]:
        """The errors that a function raises itself, caught or not, with the statement or call that does."""
        found = self._written.get(id(function))
        if found is None:
            found = self._written[id(function)] = tuple(self._find(function))
        return found

    def _find(self, function: FunctionValue) -> Iterator[tuple[tree.Raise | tree.Call, RaisedError]]:
        if not isinstance(function.node, tree.Function) or not function.module.mentions(*self._error_names):
            return
        for node in function.nodes_of(tree.Raise, tree.Call):
            if isinstance(node, tree.Raise) and node.exception is not None and not _is_built_in(node.exception):
                value = self._evaluator.evaluate(node.exception, self._evaluator.declared(function))
                status = self.status_of_exception(value)
                if status is not None:
                    named = node.exception.function if isinstance(node.exception, tree.Call) else node.exception
                    name = (dotted_name(named) or "").rpartition(".")[2]
                    yield node, RaisedError(status, name, place_of(function.module, node), function, ())
            elif isinstance(node, tree.Call) and called_name(node) == "abort":
                site = self._calls.site_of(function, node)
                if site.external_name in ABORTS and node.arguments:
                    scope = self._evaluator.declared(function)
                    status = status_of(self._evaluator.evaluate(node.arguments[0], scope))
                    if status is not None:
                        yield node, RaisedError(status, "abort", place_of(function.module, node), function, ())

    def status_of_exception(self, value: Value) -> int | Unknown | None:
        """The status of an exception value, Unknown where it cannot be known, None where it is no HTTP error."""
        if isinstance(value, Instance):
            if isinstance(value.type, External):
                return self._library_status(value)
            if self._evaluator.inherits(value.type, *HTTP_EXCEPTIONS):
                return self._project_status(value)
        if isinstance(value, ClassValue) and self._evaluator.inherits(value, *HTTP_EXCEPTIONS):
            return self._project_status(Instance(value))
        if isinstance(value, External) and value.name.startswith("werkzeug.exceptions."):
            return self._library_status(Instance(value))
        return None

    def _library_status(self, value: Instance) -> int | Unknown | None:
        assert isinstance(value.type, External)
        if value.type.name in HTTP_EXCEPTIONS:
            status = status_of(value.argument(0, "status_code", Unknown("status that is not given")))
            return Unknown("status that is not given") if status is None else status
        module, _, name = value.type.name.rpartition(".")
        return WERKZEUG_STATUSES.get(name) if module == "werkzeug.exceptions" else None

    def _project_status(self, value: Instance) -> int | Unknown:
        """The status of a project's own error: passed to the base's constructor, a class attribute, or an argument."""
        assert isinstance(value.type, ClassValue)
        self._evaluator.initialise(value)
        for event in value.events:
            if event.method == "__init__":
                status = status_of(event.keywords.get("status_code", event.arguments[0] if event.arguments else None))
                if isinstance(status, int):
                    return status
        for name in ("status_code", "code"):
            given = value.attributes.get(name, value.keywords.get(name))
            found = self._evaluator.find_in_class(value.type, name)
            status = status_of(given if given is not None else (found[1] if found else None))
            if isinstance(status, int):
                return status
        if self._evaluator.find_in_class(value.type, "__init__") is None:
            status = status_of(value.argument(0, "status_code"))
            if isinstance(status, int):
                return status
        return Unknown("status of the project's own error")

    def _is_guarded(self, function: FunctionValue, node: tree.Node) -> bool:
        """Whether a `try` of the function catches HTTP errors around a node and does not let them pass."""
        guards = self._guards.get(id(function))
        if guards is None:
            guards = self._guards[id(function)] = _guarding_handlers(function)
        return any(_swallow(handlers) for handlers in guards.get(id(node), ()))


def _is_built_in(node: tree.Expression) -> bool:
    """Whether an exception is one of the language, such as `ValueError(…)`, which has no status."""
    named = node.function if isinstance(node, tree.Call) else node
    return isinstance(named, tree.Name) and named.id in BUILT_IN_EXCEPTIONS


def _guarding_handlers(function: FunctionValue) -> dict[int, tuple[Handlers, ...]]:
    """The handlers of each `try` around the calls and raises of a function."""
    found: dict[int, tuple[Handlers, ...]] = {}
    if not isinstance(function.node, tree.Function):
        return found
    for node in function.nodes_of(tree.Try):
        if node.handlers:
            for inner in tree.walk_scope(node.body):
                if isinstance(inner, (tree.Raise, tree.Call)):
                    found[id(inner)] = (*found.get(id(inner), ()), node.handlers)
    return found


def _swallow(handlers: Handlers) -> bool:
    """Whether the first handler that catches HTTP errors keeps them or turns them into another error."""
    for handler in handlers:
        named = handler.exception.items if isinstance(handler.exception, tree.Tuple) else (handler.exception,)
        caught = {"" if one is None else (dotted_name(one) or "").rpartition(".")[2] for one in named}
        if not caught.isdisjoint(CATCHING_NAMES):
            return not any(_raises_again(node, handler.name) for node in tree.walk_scope(handler.body))
    return False


def _raises_again(node: tree.Node, name: str | None) -> bool:
    """Whether a node raises the error that a handler caught as some name."""
    if not isinstance(node, tree.Raise):
        return False
    return node.exception is None or (isinstance(node.exception, tree.Name) and node.exception.id == name)


HTTP_BASE_NAMES = ("HTTPException", "StarletteHTTPException", "APIException", "BaseHTTPException")

#: RFC 9110 statuses of the error classes of Werkzeug (https://werkzeug.palletsprojects.com/exceptions/).
WERKZEUG_STATUSES = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "NotAcceptable": 406,
    "RequestTimeout": 408,
    "Conflict": 409,
    "Gone": 410,
    "RequestEntityTooLarge": 413,
    "UnsupportedMediaType": 415,
    "UnprocessableEntity": 422,
    "TooManyRequests": 429,
    "InternalServerError": 500,
    "NotImplemented": 501,
    "BadGateway": 502,
    "ServiceUnavailable": 503,
}
