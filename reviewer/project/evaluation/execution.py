"""Executes statements of the reviewed program symbolically: the statement half of the evaluator.

A block binds names in its scope and records effects. Where a condition is not known both branches are executed, the
names they bind become a `Choice`, and what they record carries the condition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reviewer.modules import tree
from reviewer.project.evaluation.assignments import iterated, run_annotated_assign, run_assign, run_augmented_assign
from reviewer.project.evaluation.branches import run_if, run_match
from reviewer.project.evaluation.contexts import GENERATOR_MANAGERS, run_with
from reviewer.project.evaluation.decorating import apply_decorators
from reviewer.project.evaluation.endings import BREAKS, CONTINUES, FALLS_THROUGH, RAISES, RETURNS
from reviewer.project.evaluation.limits import StepLimitReached
from reviewer.project.evaluation.loops import LOOP_LIMIT, run_for, run_while
from reviewer.project.evaluation.scopes import ClassScope, Deferred, Frame, ModuleScope, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    External,
    FunctionValue,
    Instance,
    ModuleValue,
    Unknown,
    Value,
    choice_of,
    decorator_names,
    place_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator


def run_block(evaluator: Evaluator, statements: tuple[tree.Statement, ...], scope: Scope) -> int:
    """Executes statements in order; says how the block ended."""
    for statement in statements:
        evaluator.steps += 1
        if evaluator.steps > evaluator.step_limit:
            raise StepLimitReached
        run = _STATEMENTS.get(statement.__class__)
        if run is not None:
            ended = run(evaluator, statement, scope)
            if ended:
                return ended
    return FALLS_THROUGH


def run_function_body(evaluator: Evaluator, node: tree.Function, frame: Frame) -> Value:
    """Executes the body of a function in its frame and gives what it returns, or the items it yields."""
    frame.returned = []
    run_block(evaluator, node.body, frame)
    if is_generator(frame.function):
        return list(frame.returned)
    if not frame.returned:
        return None
    return choice_of(frame.returned)


#: Decorators whose function yields once, and gives that to who enters it.
YIELDING_ONCE = GENERATOR_MANAGERS | {"fixture"}


def is_generator(function: FunctionValue | None) -> bool:
    """Whether a call of a function gives an iterator of what it yields."""
    if function is None or YIELDING_ONCE.intersection(decorator_names(function)):
        return False
    return any(isinstance(node, (tree.Yield, tree.YieldFrom)) for node in function.nodes)


def bind_parameters(
    evaluator: Evaluator,
    function: FunctionValue,
    arguments: tuple[Value, ...],
    keywords: dict[str, Value],
    frame: Frame,
) -> None:
    """Binds the parameters of a function to the arguments of a call, to defaults, or to what annotations tell."""
    remaining = list(arguments)
    named = dict(keywords)
    for parameter in function.node.parameters:
        kind = parameter.kind
        if kind == "variadic":
            frame.values[parameter.name] = tuple(remaining)
            remaining = []
        elif kind == "variadic-keyword":
            frame.values[parameter.name] = named
            named = {}
        elif remaining and kind != "keyword-only":
            frame.values[parameter.name] = remaining.pop(0)
        elif parameter.name in named and kind != "positional-only":
            frame.values[parameter.name] = named.pop(parameter.name)
        elif parameter.default is not None:
            frame.values[parameter.name] = evaluator.evaluate(parameter.default, function.scope)
        else:
            frame.values[parameter.name] = evaluator.parameter_value(function, parameter)


def _expression(evaluator: Evaluator, node: tree.ExpressionStatement, scope: Scope) -> int:
    value = node.value
    if isinstance(value, (tree.Yield, tree.YieldFrom)):
        frame = _frame_of(scope)
        if frame is not None and frame.at_yield is not None:
            frame.at_yield(None if value.value is None else evaluator.evaluate(value.value, scope))
        elif frame is not None and value.value is not None and len(frame.returned) < LOOP_LIMIT:
            _yield(evaluator, value, frame, scope)
    elif not isinstance(value, (tree.Text, tree.Constant)) and not _is_beside_the_point(evaluator, value, scope):
        evaluator.evaluate(value, scope)
    return FALLS_THROUGH


def _yield(evaluator: Evaluator, node: tree.Yield | tree.YieldFrom, frame: Frame, scope: Scope) -> None:
    assert node.value is not None
    value = evaluator.evaluate(node.value, scope)
    items = iterated(evaluator, value) if isinstance(node, tree.YieldFrom) else [value]
    place = place_of(scope.module, node)
    frame.returned += [Unknown("yielded from something unknown", place)] if items is None else items


def _is_beside_the_point(evaluator: Evaluator, value: tree.Expression, scope: Scope) -> bool:
    """Whether a statement calls a function of the project whose effects nobody asks for, and passes it no object."""
    if evaluator.effect_names is None or not scope.is_executing:
        return False
    call = value.value if isinstance(value, tree.Await) else value
    if not isinstance(call, tree.Call):
        return False
    callee = evaluator.evaluate(call.function, scope)
    function = callee.function if isinstance(callee, BoundMethod) else callee
    if not isinstance(function, FunctionValue) or function.name in evaluator.effect_names:
        return False
    arguments, keywords, _ = evaluator.evaluate_arguments(call, scope)
    return not any(isinstance(one, (*_EFFECTIVE, Choice)) for one in (*arguments, *keywords.values()))


#: What a function may call or change.
_EFFECTIVE = (FunctionValue, BoundMethod, Instance, list, dict)


def _function(evaluator: Evaluator, node: tree.Function, scope: Scope) -> int:
    owner = scope.owner if isinstance(scope, ClassScope) else None
    function = evaluator.define_function(node, scope, owner)
    scope.bind(node.name, function)
    if node.decorators and (isinstance(scope, Frame) or evaluator.is_followed(scope.module)):
        value = apply_decorators(evaluator, node.decorators, function, scope)
        function.decorators = value[1]
        scope.bind(node.name, value[0])
    return FALLS_THROUGH


def _class(evaluator: Evaluator, node: tree.Class, scope: Scope) -> int:
    value = evaluator.define_class(node, scope)
    scope.bind(node.name, value)
    if evaluator.is_followed(scope.module):
        evaluator.run_class(value)
        if node.decorators:
            value.decorators = apply_decorators(evaluator, node.decorators, value, scope)[1]
    return FALLS_THROUGH


def _import(evaluator: Evaluator, node: tree.Import, scope: Scope) -> int:
    for imported in node.names:
        _run_if_followed(evaluator, evaluator.program.find(scope.module.path, imported.name))
        local = imported.alias or imported.name.partition(".")[0]
        scope.bind(local, Deferred(_importer(evaluator, node, imported, scope)))
    return FALLS_THROUGH


def _import_from(evaluator: Evaluator, node: tree.ImportFrom, scope: Scope) -> int:
    source = evaluator.import_source(node, scope.module)
    _run_if_followed(evaluator, source)
    for imported in node.names:
        if imported.name == "*":
            module = scope
            while not isinstance(module, ModuleScope) and module.parent is not None:
                module = module.parent
            if isinstance(module, ModuleScope):
                module.star_sources.append(source)
            continue
        if not isinstance(source, (External, Unknown)):
            _run_if_followed(evaluator, evaluator.program.member(source, imported.name))
        scope.bind(imported.alias or imported.name, Deferred(_importer(evaluator, node, imported, scope)))
    return FALLS_THROUGH


def _importer(
    evaluator: Evaluator, node: tree.Import | tree.ImportFrom, imported: tree.ImportedName, scope: Scope
) -> Callable[[], Value]:
    return lambda: evaluator.imported_value(node, imported, scope)


def _run_if_followed(evaluator: Evaluator, source: Value) -> None:
    """Importing a module executes it; only where that can have effects that count, so that they come in order."""
    if isinstance(source, ModuleValue) and evaluator.is_followed(source.module):
        evaluator.run_module(evaluator.scope_of(source.module))


def _try(evaluator: Evaluator, node: tree.Try, scope: Scope) -> int:
    ended = run_block(evaluator, node.body, scope)
    before = set(scope.values)
    for handler in node.handlers:
        # What a handler binds counts only where the body did not bind it: the fallback of an optional import.
        shadow = Frame(scope.module, scope, evaluator)
        outer, evaluator.conditions = evaluator.conditions, (*evaluator.conditions, "an exception is raised")
        try:
            run_block(evaluator, handler.body, shadow)
        finally:
            evaluator.conditions = outer
        for name, value in shadow.values.items():
            if name not in before:
                scope.bind(name, value)
    if not ended:
        ended = run_block(evaluator, node.otherwise, scope)
    final = run_block(evaluator, node.final, scope)
    return final or (ended if ended != RAISES else FALLS_THROUGH)


def _return(evaluator: Evaluator, node: tree.Return, scope: Scope) -> int:
    value = None if node.value is None else evaluator.evaluate(node.value, scope)
    frame = _frame_of(scope)
    is_empty = value is None and frame is not None and (frame.returned or is_generator(frame.function))
    if frame is not None and not is_empty:
        frame.returned.append(value)
    return RETURNS


def _frame_of(scope: Scope) -> Frame | None:
    around: Scope | None = scope
    while around is not None and not (isinstance(around, Frame) and around.function is not None):
        around = around.parent
    return around if isinstance(around, Frame) else None


def _global(evaluator: Evaluator, node: tree.Global | tree.Nonlocal, scope: Scope) -> int:
    if isinstance(scope, Frame):
        scope.outer_names = scope.outer_names | frozenset(node.names)
    return FALLS_THROUGH


def _type_alias(evaluator: Evaluator, node: tree.TypeAlias, scope: Scope) -> int:
    scope.bind(node.name, Deferred(lambda: evaluator.evaluate(node.value, scope)))
    return FALLS_THROUGH


_STATEMENTS: dict[type[tree.Node], Callable[[Evaluator, Any, Scope], int]] = {
    tree.Assign: run_assign,
    tree.AnnotatedAssign: run_annotated_assign,
    tree.AugmentedAssign: run_augmented_assign,
    tree.ExpressionStatement: _expression,
    tree.Function: _function,
    tree.Class: _class,
    tree.Import: _import,
    tree.ImportFrom: _import_from,
    tree.If: run_if,
    tree.For: run_for,
    tree.While: run_while,
    tree.With: run_with,
    tree.Try: _try,
    tree.Return: _return,
    tree.Raise: lambda *_: RAISES,
    tree.Break: lambda *_: BREAKS,
    tree.Continue: lambda *_: CONTINUES,
    tree.Match: run_match,
    tree.Global: _global,
    tree.Nonlocal: _global,
    tree.TypeAlias: _type_alias,
}
