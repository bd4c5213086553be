"""Exception handlers of applications: which exceptions or statuses they are registered for, and what they answer with.

Takes the events of applications, routers and blueprints, gives handlers. An application whose middleware may catch
errors, or whose registrations are not all known, is said to handle what nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    place_of,
)
from reviewer.project.model import Router
from reviewer.project.routes.path_text import status_of
from reviewer.rule import Place

REGISTERING = (
    "exception_handler",
    "add_exception_handler",
    "errorhandler",
    "app_errorhandler",
    "register_error_handler",
)
#: Methods and keywords that put something around requests which may catch errors.
WRAPPING = ("add_middleware", "middleware")
#: Middleware of libraries that catches no errors of the application to answer them.
HARMLESS_MIDDLEWARE = (
    "CORSMiddleware", "GZipMiddleware", "TrustedHostMiddleware", "HTTPSRedirectMiddleware", "SessionMiddleware",
    "ProxyHeadersMiddleware", "AuthenticationMiddleware", "CorrelationIdMiddleware", "SlowAPIMiddleware",
)  # fmt: skip
STATUS_ATTRIBUTES = frozenset({"status_code", "status"})
#: Functions of Flask whose results have no status of their own.
FLASK_ANSWERS = frozenset({"flask.render_template", "flask.render_template_string", "flask.jsonify"})
#: Responses whose first positional argument after the content is the status.
RESPONSES = ("starlette.responses.", "fastapi.responses.", "fastapi.Response", "flask.Response", "flask.wrappers.")


class ExceptionHandler(msgspec.Struct, frozen=True, eq=False):
    """A function that answers for an exception class or a status."""

    handled: Value  # the class, a status, or Unknown
    function: FunctionValue | None
    router: Router  # the application, or the blueprint
    place: Place  # of the registration

    @property
    def handled_name(self) -> str:
        """What it handles as a reader knows it."""
        if isinstance(self.handled, (External, ClassValue)):
            return self.handled.name.rpartition(".")[2]
        return str(self.handled) if isinstance(self.handled, int) else "errors"


class ExceptionHandlers:
    """Answers which exception handlers there are. Results are kept."""

    def __init__(self, evaluator: Evaluator, routers: tuple[Router, ...]) -> None:
        self._evaluator = evaluator
        self._routers = routers

    @cached_property
    def all(self) -> tuple[ExceptionHandler, ...]:
        """The handlers of all applications, routers and blueprints, in order; one for each class that it handles."""
        return tuple(one for router in self._routers for one in self._of(router))

    def of(self, instance: Instance) -> tuple[ExceptionHandler, ...]:
        """The handlers of an application or blueprint."""
        return tuple(one for one in self.all if one.router.instance is instance)

    def may_catch_more(self, instance: Instance) -> bool:
        """Whether middleware of an application may catch errors, or a registration is not known."""
        if any(isinstance(one.handled, (Unknown, Choice)) for one in self.of(instance)):
            return True
        if any(event.method in WRAPPING and not _is_harmless(event) for event in instance.events):
            return True
        given = instance.keywords.get("middleware")
        return bool(given) or instance.has_unknown_keywords

    def handles(self, instance: Instance, exception: Value) -> bool:
        """Whether an application has a handler for an exception class or one of its ancestors."""
        names = {one.name for one in self._ancestors(exception) if isinstance(one, External)}
        classes = {id(one) for one in self._ancestors(exception) if isinstance(one, ClassValue)}
        return any(
            (isinstance(one.handled, External) and one.handled.name in names | {"builtins.Exception"})
            or (isinstance(one.handled, ClassValue) and id(one.handled) in classes)
            or one.handled == 500
            for one in self.of(instance)
        )

    def _ancestors(self, exception: Value) -> tuple[Value, ...]:
        return self._evaluator.ancestors(exception) if isinstance(exception, ClassValue) else (exception,)

    def _of(self, router: Router) -> Iterator[ExceptionHandler]:
        given = router.instance.keywords.get("exception_handlers")
        if isinstance(given, dict):
            place = router.place
            for handled, function in given.items():
                yield ExceptionHandler(handled, _function_of(function), router, place)
        elif given is not None:
            yield ExceptionHandler(Unknown("handlers that are not known"), None, router, router.place)
        for event in router.instance.events:
            if event.method in REGISTERING:
                yield from self._registered(event, router)

    def _registered(self, event: Event, router: Router) -> Iterator[ExceptionHandler]:
        handled = event.arguments[0] if event.arguments else _handled_keyword(event)
        function = event.decorated
        if event.method in ("add_exception_handler", "register_error_handler"):
            function = event.arguments[1] if len(event.arguments) > 1 else _handler_keyword(event)
        for one in handled if isinstance(handled, (list, tuple)) else (handled,):
            yield ExceptionHandler(one, _function_of(function), router, event.place)

    def answers_without_status(self, handler: ExceptionHandler) -> Iterator[Place]:
        """The answers of a handler that are given no status for certain, so have 200."""
        function = handler.function
        if function is None or not isinstance(function.node, tree.Function) or handler.handled is function:
            return
        if any(isinstance(one, tree.Attribute) and one.name in STATUS_ATTRIBUTES for one in _assigned(function)):
            return
        is_flask = handler.router.framework == "flask"
        for returned in function.nodes_of(tree.Return):
            if returned.value is not None and self._lacks_status(returned.value, function, is_flask):
                yield place_of(function.module, returned)

    def answers_nothing(self, handler: ExceptionHandler) -> Iterator[Place]:
        """The statements with which a handler returns nothing, so that the framework fails."""
        function = handler.function
        if function is None or not isinstance(function.node, tree.Function) or handler.handled is function:
            return
        for returned in function.nodes_of(tree.Return):
            if returned.value is None or (isinstance(returned.value, tree.Constant) and returned.value.value == "None"):
                yield place_of(function.module, returned)

    def _lacks_status(self, node: tree.Expression, function: FunctionValue, is_flask: bool) -> bool:
        if isinstance(node, tree.Conditional):
            return any(self._lacks_status(one, function, is_flask) for one in (node.then, node.otherwise))
        if isinstance(node, tree.Name):
            made = _assigned_once(node.id, function)
            return isinstance(made, tree.Call) and self._lacks_status(made, function, is_flask)
        if is_flask and isinstance(node, (tree.Text, tree.FormattedText, tree.Dictionary)):
            return True
        if not isinstance(node, tree.Call):
            return False
        callee = self._evaluator.evaluate(node.function, self._evaluator.declared(function))
        if is_flask and isinstance(callee, External) and callee.name in FLASK_ANSWERS:
            return True
        if not isinstance(callee, External) or not callee.name.startswith(RESPONSES):
            return False
        if callee.name.rpartition(".")[2] in ("RedirectResponse", "FileResponse", "StreamingResponse", "HTMLResponse"):
            return False
        if any(isinstance(one, tree.Starred) for one in node.arguments) or len(node.arguments) > 1:
            return False
        return all(one.name not in (None, "status_code", "status", "code") for one in node.keywords)

    def status_of(self, handler: ExceptionHandler) -> int | None:
        """The one status that a handler answers with, None where there are several or it is not known."""
        function = handler.function
        if function is None:
            return None
        statuses: set[int] = set()
        scope = self._evaluator.declared(function)
        for returned in function.nodes_of(tree.Return):
            if not isinstance(returned.value, tree.Call):
                return None
            given = next((one.value for one in returned.value.keywords if one.name == "status_code"), None)
            if given is None and returned.value.arguments and last_name(returned.value.function) != "JSONResponse":
                given = returned.value.arguments[0]
            status = None if given is None else status_of(self._evaluator.evaluate(given, scope))
            if not isinstance(status, int):
                return None
            statuses.add(status)
        return statuses.pop() if len(statuses) == 1 else None


def _assigned(function: FunctionValue) -> Iterator[tree.Expression]:
    return (target for statement in function.nodes_of(tree.Assign) for target in statement.targets)


def _assigned_once(name: str, function: FunctionValue) -> tree.Expression | None:
    """What a function assigns to a name, where it does so in one place alone and hands the name to nobody."""
    bound = [
        statement.value
        for statement in function.nodes_of(tree.Assign)
        if any(isinstance(part, tree.Name) and part.id == name for one in statement.targets for part in tree.walk(one))
    ]
    uses = sum(node.id == name for node in function.nodes_of(tree.Name))
    handed = sum(
        isinstance(one, tree.Name) and one.id == name for call in function.nodes_of(tree.Call) for one in call.arguments
    )
    return bound[0] if len(bound) == 1 and uses > 1 and not handed else None


def _handled_keyword(event: Event) -> Value:
    for name in ("exc_class_or_status_code", "code_or_exception", "code"):
        if name in event.keywords:
            return event.keywords[name]
    return Unknown("handler of something unknown")


def _handler_keyword(event: Event) -> Value:
    return event.keywords.get("handler", event.keywords.get("f"))


def _function_of(value: Value) -> FunctionValue | None:
    if isinstance(value, BoundMethod):
        return value.function
    return value if isinstance(value, FunctionValue) else None


def _is_harmless(event: Event) -> bool:
    """Whether added middleware is one of those that answer no errors, or a function that catches none."""
    added = event.decorated if event.method == "middleware" else (event.arguments[0] if event.arguments else None)
    if isinstance(added, FunctionValue):
        return not added.nodes_of(tree.Try)
    if isinstance(added, External):
        return added.name.rpartition(".")[2] in HARMLESS_MIDDLEWARE
    if isinstance(added, ClassValue):
        return not any(isinstance(node, tree.Try) for one in added.node.body for node in tree.walk(one))
    return False
