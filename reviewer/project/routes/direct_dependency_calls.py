"""Finds plain calls of endpoints and dependencies that leave out what only FastAPI fills in.

Takes the functions with `Depends(…)`, `Query(…)` and the like as defaults, gives the calls that do not pass those.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import External, FunctionValue
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_reach import RequestReach
from reviewer.project.model import CallSite
from reviewer.project.program import Program

#: What marks a default that FastAPI replaces, and which nobody else does.
MARKERS = frozenset({"Depends", "Security", "Query", "Path", "Header", "Cookie", "Body", "Form", "File"})
MODULES = ("fastapi.", "fastapi.params.", "fastapi.param_functions.")


class DirectDependencyCall(msgspec.Struct, frozen=True, eq=False):
    """A call that leaves a parameter to its default, which is the mark and not the value."""

    site: CallSite
    function: FunctionValue
    parameter: str
    marker: str


def direct_dependency_calls(
    program: Program, evaluator: Evaluator, calls: Calls, reach: RequestReach
) -> Iterator[DirectDependencyCall]:
    """The calls that leave out what FastAPI fills in, one for each call; tests left out."""
    for module in program.modules:
        if module.is_test or not module.mentions(*MARKERS) or not module.mentions("fastapi", "fastapi.params"):
            continue
        for declaration in module.index.declarations:
            node = module.node_of(declaration) if declaration.kind == "function" else None
            if not isinstance(node, tree.Function) or not any(map(_marker, node.parameters)):
                continue
            function = calls.function_of(module, declaration)
            for site in reach.callers_of(function):
                given = bound_arguments(site, function)
                missing = None if given is None else _missing(function, given, evaluator)
                if missing is not None:
                    yield DirectDependencyCall(site, function, *missing)


def _missing(
    function: FunctionValue, given: dict[str, tree.Expression], evaluator: Evaluator
) -> tuple[str, str] | None:
    """The first parameter that is read and left to a mark."""
    read = {one.id for one in function.nodes_of(tree.Name)}
    for parameter in function.node.parameters:
        marker = _marker(parameter)
        if (
            marker
            and parameter.name not in given
            and parameter.name in read
            and isinstance(parameter.default, tree.Call)
        ):
            value = evaluator.evaluate(parameter.default.function, function.scope)
            if isinstance(value, External) and value.name.startswith(MODULES):
                return parameter.name, marker
    return None


def _marker(parameter: tree.Parameter) -> str:
    """The mark that a parameter has as its default; empty where it has none."""
    name = called_name(parameter.default) if isinstance(parameter.default, tree.Call) else ""
    return name if name in MARKERS else ""
