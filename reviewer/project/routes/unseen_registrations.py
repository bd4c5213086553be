"""Functions that register routes in a call that has not been executed on an object that is known."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.calls import Calls

#: Registering decorators, which count where they stand on a function inside a function.
DECORATING = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "api_route", "websocket", "route", "before_request"}
)


def executed_calls(evaluator: Evaluator) -> set[int]:
    """The identities of the method calls that have been executed on objects that are known."""
    return {
        id(event.node)
        for group in (*evaluator.instances.values(), evaluator.project_instances)
        for instance in group
        for event in instance.events
    }


def unseen_registrations(evaluator: Evaluator, calls: Calls, methods: frozenset[str]) -> list[FunctionValue]:
    """The functions with a call of one of the methods, or with a decorator inside them, that was not executed."""
    executed = executed_calls(evaluator)
    found = []
    for module, declaration in calls.declarations_calling(*sorted(methods | DECORATING)):
        name = declaration.qualname.rpartition(".")[2]
        if declaration.kind != "function" or module.is_test or name in methods:
            continue  # a method that replaces the framework's is executed where that is called
        if methods.isdisjoint(declaration.calls) and not _holds_functions(module, declaration):
            continue
        function = calls.function_of(module, declaration)
        nodes = [*calls.nodes_named(function, *methods), *_decorating_calls(function)]
        if any(id(node) not in executed for node in nodes):
            found.append(function)
    return found


def _holds_functions(module: Module, declaration: Declaration) -> bool:
    """Whether a declaration has functions inside it."""
    declarations = module.index.declarations
    number = declarations.index(declaration)
    return any(one.owner == number for one in declarations)


def _decorating_calls(function: FunctionValue) -> Iterator[tree.Call]:
    """The calls of registering names that decorate functions inside a function."""
    for node in function.nodes:
        if isinstance(node, tree.Function):
            for decorator in node.decorators:
                match decorator:
                    case tree.Call(function=tree.Attribute(name=name)) as call if name in DECORATING:
                        yield call
                    case _:
                        pass
