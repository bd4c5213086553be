"""Middleware that stands outside of the one for CORS, since it was added later: what it answers has no CORS headers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, Event, External, FunctionValue, Value, alternatives
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Application
from reviewer.project.routes.endpoint_results import RESPONSE_MODULES
from reviewer.project.routes.fastapi.dependencies import callable_name
from reviewer.project.routes.fastapi.registrations import argument
from reviewer.rule import Place

CORS = "CORSMiddleware"
#: Middleware of libraries that answers requests itself, with errors or redirects.
ANSWERING = frozenset(
    {
        "TrustedHostMiddleware",
        "HTTPSRedirectMiddleware",
        "SlowAPIMiddleware",
        "SlowAPIASGIMiddleware",
    }
)
#: Middleware that answers where what it is given raises an error of this name, and lets all others pass.
AUTHENTICATING, AUTHENTICATION_ERROR = "AuthenticationMiddleware", "AuthenticationError"
#: What an application of ASGI is called with.
ASGI_ARGUMENTS = ["scope", "receive", "send"]


class OuterMiddleware(msgspec.Struct, frozen=True, eq=False):
    """Middleware of an application that is added behind the one for CORS, and so runs before it."""

    application: Application
    name: str
    place: Place  # where it is added
    cors_place: Place
    answers_itself: bool  # it sends responses of its own, which then have no CORS headers


def outer_middleware(
    applications: Iterable[Application], evaluator: Evaluator, calls: Calls
) -> Iterator[OuterMiddleware]:
    """The middleware outside of the one for CORS, by application in order."""
    for application in applications:
        if application.framework == "flask":
            continue
        added = [
            (one, _middleware(one))
            for one in application.instance.events
            if one.method in ("add_middleware", "middleware")
        ]
        cors = next((event for event, value in added if callable_name(value) == CORS), None)
        if cors is None or cors.module.is_test:
            continue
        for event, value in added:
            if event.number > cors.number and callable_name(value) != CORS and not cors.conditions:
                answers = _answers(value, evaluator, calls)
                yield OuterMiddleware(application, callable_name(value), event.place, cors.place, answers)


def _middleware(event: Event) -> Value:
    return event.decorated if event.method == "middleware" else argument(event, 0, "middleware_class")


def _answers(value: Value, evaluator: Evaluator, calls: Calls) -> bool:
    """Whether middleware sends responses of its own for certain."""
    if isinstance(value, External):
        name = value.name.rpartition(".")[2]
        modules = evaluator.program.modules if name == AUTHENTICATING else ()
        refuses = any(module.mentions(AUTHENTICATION_ERROR) for module in modules if not module.is_test)
        return refuses or name in ANSWERING
    functions: list[FunctionValue] = [value] if isinstance(value, FunctionValue) else []
    if isinstance(value, ClassValue):
        found = [evaluator.find_in_class(value, name) for name in ("dispatch", "__call__")]
        functions = [one[1] for one in found if one is not None and isinstance(one[1], FunctionValue)]
    return any(_returns_response(one, calls) or _sends_response(one, evaluator) for one in functions)


def _returns_response(function: FunctionValue, calls: Calls) -> bool:
    returned = {id(one.value) for one in function.nodes_of(tree.Return)}
    sites = [site for site in calls.of(function) if id(site.node) in returned]
    return any(calls.external_name(site.callee).startswith(RESPONSE_MODULES) for site in sites)


def _sends_response(function: FunctionValue, evaluator: Evaluator) -> bool:
    """Whether a function calls a response as what it is, an application: `await response(scope, receive, send)`."""
    for call in function.nodes_of(tree.Call):
        given = [getattr(one, "id", "") for one in call.arguments]
        if given == ASGI_ARGUMENTS and isinstance(call.function, (tree.Name, tree.Call)):
            value = evaluator.evaluate(call.function, evaluator.declared(function))
            names = (name for one in alternatives(value) for name in evaluator.external_names(one))
            if any(name.startswith(RESPONSE_MODULES) for name in names):
                return True
    return False
