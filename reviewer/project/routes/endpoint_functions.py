"""Which functions answer routes: endpoints, and the methods of class-based views."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue
from reviewer.project.model import Route


def endpoint_functions(evaluator: Evaluator, routes: Iterable[Route]) -> dict[FunctionValue, Route]:
    """Each function that answers a route with the first route it answers, in order."""
    found: dict[FunctionValue, Route] = {}
    for route in routes:
        function = route.endpoint
        if isinstance(function, ClassValue):
            member = evaluator.find_in_class(function, route.method.lower())
            function = member[1] if member is not None and isinstance(member[1], FunctionValue) else None
        if isinstance(function, FunctionValue):
            found.setdefault(function, route)
    return found
