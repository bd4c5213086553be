"""Endpoints of FastAPI and Starlette: what answers, its name, documentation and response model."""

from __future__ import annotations

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    Subscripted,
    Unknown,
    Value,
    decorated_by_library,
    innermost,
    signature_of,
)
from reviewer.project.model import UNKNOWN_PART
from reviewer.project.routes.fastapi.registrations import argument, given_keywords, keyword_expression
from reviewer.project.routes.path_text import status_of

RESPONSE_CLASSES = ("starlette.responses.Response", "fastapi.Response", "fastapi.responses.Response")
RESPONSE_MODULES = ("starlette.responses.", "fastapi.responses.", "fastapi.Response", "sse_starlette.")
#: The status of a `RedirectResponse` that is given none.
REDIRECT_STATUS = 307
#: How the result of a library's decorator is named that was made with arguments and called with a function.
DECORATOR_CALL = ".__call__"
#: What a generator says to return.
STREAMED = frozenset(
    f"{asynchronous}{kind}" for asynchronous in ("", "Async") for kind in ("Iterable", "Iterator", "Generator")
)


class ResponseModels:
    """Says which response model a registration declares, as `fastapi.routing` decides it."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def of(
        self, event: Event, function: FunctionValue | ClassValue | None
    ) -> tuple[tree.Expression | None, str, Value]:
        """The response model as written, whence it comes, and its value; as `fastapi.routing` decides it."""
        if event.method in ("route", "add_route", "websocket", "websocket_route", "add_api_websocket_route"):
            return None, "", None
        keywords = given_keywords(event)
        if "response_model" in keywords:
            value = keywords["response_model"]
            return (
                (keyword_expression(event, "response_model"), "response_model", value)
                if value is not None
                else (None, "response_model", None)
            )
        if (
            not isinstance(function, FunctionValue)
            or not isinstance(function.node, tree.Function)
            or function.node.returns is None
        ):
            return None, "", None
        returned = self._evaluator.annotation_value(function.node.returns, function.scope)
        if self._is_response(returned) or returned is None or _is_stream(function, returned):
            return None, "", None
        return function.node.returns, "annotation", returned

    def _is_response(self, value: Value) -> bool:
        if isinstance(value, External):
            return value.name.startswith(RESPONSE_MODULES)
        if isinstance(value, Subscripted):
            return self._is_response(value.base)
        return isinstance(value, ClassValue) and any(
            name.startswith(RESPONSE_MODULES) for name in self._evaluator.external_names(value)
        )


def _is_stream(function: FunctionValue, returned: Value) -> bool:
    """Whether a function yields what it says to return items of: FastAPI streams them, without a response model."""
    base = returned.base if isinstance(returned, Subscripted) else returned
    return (
        isinstance(base, External)
        and base.name.rpartition(".")[2] in STREAMED
        and any(isinstance(node, (tree.Yield, tree.YieldFrom)) for node in function.nodes)
    )


def declared_status(keywords: dict[str, Value]) -> int | Unknown | None:
    """The success status that a registration declares, by itself or by its response class."""
    status = status_of(keywords.get("status_code"))
    response_class = keywords.get("response_class")
    if status is None and isinstance(response_class, External) and response_class.name.endswith(".RedirectResponse"):
        return REDIRECT_STATUS
    return status


def endpoint_of(event: Event) -> Value:
    """What a registration serves: what it decorates, or its `endpoint` argument as that one's decorators left it."""
    if event.decorated is not None:
        return event.decorated
    given = argument(event, 1, "endpoint")
    return given.decorated or given if isinstance(given, FunctionValue) else given


def function_of(endpoint: Value) -> FunctionValue | ClassValue | None:
    """The function or class of the project that answers: behind decorators, partials, bound methods and objects."""
    endpoint = innermost(endpoint)
    if isinstance(endpoint, (FunctionValue, ClassValue)):
        return endpoint
    if isinstance(endpoint, BoundMethod):
        return function_of(endpoint.function)
    if isinstance(endpoint, Instance):
        if isinstance(endpoint.type, ClassValue):
            return endpoint.type
        if endpoint.type.name == "functools.partial" and endpoint.arguments:
            return function_of(endpoint.arguments[0])
        return function_of(decorated_by_library(endpoint))
    return None


def shown_function(endpoint: Value) -> FunctionValue | ClassValue | None:
    """The function or class whose signature and docstring the framework reads."""
    if isinstance(endpoint, FunctionValue):
        shown = signature_of(endpoint)
        return shown if isinstance(shown, FunctionValue) else function_of(shown)
    if isinstance(endpoint, BoundMethod):
        return shown_function(endpoint.function)
    return function_of(endpoint)


def answering(evaluator: Evaluator, endpoint: Value) -> FunctionValue | ClassValue | None:
    """The function that answers, or the class: of an object its `__call__`."""
    found = function_of(endpoint)
    if isinstance(endpoint, Instance) and isinstance(found, ClassValue):
        called = evaluator.find_in_class(found, "__call__")
        if called is not None and isinstance(called[1], FunctionValue):
            return called[1]
    return found


def endpoint_symbol(endpoint: Value) -> str:
    """`module:qualname` of what answers."""
    function = function_of(endpoint)
    if function is not None:
        return function.symbol
    if isinstance(endpoint, External):
        module, _, name = endpoint.name.rpartition(".")
        return f"{module}:{name}"
    return UNKNOWN_PART


def other_decorators(function: FunctionValue | ClassValue | None, event: Event) -> tuple[Value, ...]:
    """The decorators of an endpoint besides the registering one."""
    if function is None:
        return ()
    written = tuple(one for one in function.decorators if not (isinstance(one, Instance) and one.event is event))
    endpoint = endpoint_of(event)
    if decorated_by_library(endpoint) is not None:
        return (endpoint.maker or Instance(External(endpoint.type.name[: -len(DECORATOR_CALL)])), *written)
    return written
