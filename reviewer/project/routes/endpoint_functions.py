"""Which functions answer routes: endpoints, and the methods of class-based views."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, ClassValue, FunctionValue, Value
from reviewer.project.model import Route


def endpoint_functions(evaluator: Evaluator, routes: Iterable[Route]) -> dict[FunctionValue, Route]:
    """Each function that answers a route with the first route it answers, in order."""
    found: dict[FunctionValue, Route] = {}
    for route in routes:
        function = function_answering(evaluator, route)
        if function is not None:
            found.setdefault(function, route)
    return found


def function_answering(evaluator: Evaluator, route: Route) -> FunctionValue | None:
    """The function that answers a route, None where it is not known."""
    endpoint: Value = route.endpoint
    if isinstance(endpoint, ClassValue):
        member = evaluator.find_in_class(endpoint, route.method.lower())
        endpoint = member[1] if member is not None else None
    if isinstance(endpoint, BoundMethod):
        endpoint = endpoint.function
    return endpoint if isinstance(endpoint, FunctionValue) else None
