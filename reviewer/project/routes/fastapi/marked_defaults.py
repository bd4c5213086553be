"""Parameters that name `Depends(…)`, `Query(…)` and the like as default values, by the function that FastAPI calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, External, FunctionValue, Instance, Value
from reviewer.project.model import Route
from reviewer.project.routes.fastapi.dependencies import DEPENDS, PARAMETER_KINDS

MARKERS = DEPENDS | PARAMETER_KINDS.keys()


def marked_defaults(
    routes: Iterable[Route], evaluator: Evaluator
) -> Iterator[tuple[FunctionValue, tuple[tree.Parameter, ...]]]:
    """The functions with such parameters, each once, in the order of the routes; tests left out."""
    seen: set[int] = set()
    for route in routes:
        if route.framework != "fastapi" or route.module.is_test:
            continue
        for value in (route.endpoint, *(one.callable for one in route.all_dependencies)):
            function = value.function if isinstance(value, BoundMethod) else value
            if isinstance(function, FunctionValue) and id(function) not in seen:
                seen.add(id(function))
                marked = tuple(one for one in function.node.parameters if _is_marked(one, function, evaluator))
                if marked:
                    yield function, marked


def _is_marked(parameter: tree.Parameter, function: FunctionValue, evaluator: Evaluator) -> bool:
    if not isinstance(parameter.default, (tree.Call, tree.Name, tree.Attribute)):
        return False
    value: Value = evaluator.evaluate(parameter.default, function.scope)
    return isinstance(value, Instance) and isinstance(value.type, External) and value.type.name in MARKERS
