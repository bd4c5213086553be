"""Executes statements of the reviewed program symbolically: the statement half of the evaluator.

A block binds names in its scope and records effects. Where a condition is not known both branches are executed, the
names they bind become a `Choice`, and what they record carries the condition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.bounds import as_key
from reviewer.project.evaluation.builtin_calls import WRAPS, binary_operation, wrapped
from reviewer.project.evaluation.configuration import Configuration
from reviewer.project.evaluation.iteration import items_of
from reviewer.project.evaluation.limits import SIZE_LIMIT, StepLimitReached
from reviewer.project.evaluation.patterns import fits
from reviewer.project.evaluation.records import items_of_object
from reviewer.project.evaluation.scopes import ClassScope, Deferred, Frame, ModuleScope, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    ModuleValue,
    Unknown,
    Value,
    choice_of,
    decorator_names,
    innermost,
    place_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

#: Iterations of one loop that are followed.
LOOP_LIMIT = 2_000
#: Iterations of one `while` loop: those that register routes are short, and others may need as many steps as there are.
WHILE_LIMIT = 200
#: Iterations of `while True`, which mostly waits for something.
ENDLESS_LIMIT = 20

SETTINGS_BASES = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings")

#: What `inspect.signature(function)` gives is an instance of this.
SIGNATURE = External("inspect.signature")
#: Decorators that make a context manager of a generator function.
GENERATOR_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})

#: How a block ended: fell through, or by one of these statements.
FALLS_THROUGH, RETURNS, RAISES, BREAKS, CONTINUES = range(5)


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
YIELDING_ONCE = frozenset({"contextmanager", "asynccontextmanager", "fixture"})


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


def run_comprehension(evaluator: Evaluator, node: tree.Comprehension, scope: Scope) -> Value:
    """The list, set or dictionary of a comprehension over known items; Unknown otherwise. Generators give lists."""
    results: list[Value] = []
    if not _comprehension_items(evaluator, node, node.loops, Frame(scope.module, scope, evaluator), results):
        return Unknown("comprehension over something unknown", place_of(scope.module, node))
    try:
        if node.kind == "set":
            return set(map(as_key, results))
        if node.kind == "dictionary":
            return {as_key(key): value for key, value in results}
    except TypeError:
        return Unknown("comprehension with unknown keys", place_of(scope.module, node))
    return results


def _comprehension_items(
    evaluator: Evaluator,
    node: tree.Comprehension,
    loops: tuple[tree.ComprehensionLoop, ...],
    frame: Frame,
    results: list[Value],
) -> bool:
    if not loops:
        element = evaluator.evaluate(node.element, frame)
        if node.kind == "dictionary":
            value = None if node.value is None else evaluator.evaluate(node.value, frame)
            results.append((element, value))
        else:
            results.append(element)
        return len(results) <= LOOP_LIMIT
    loop = loops[0]
    items = iterated(evaluator, evaluator.evaluate(loop.iterable, frame))
    if items is None or len(items) > LOOP_LIMIT:
        return False
    for item in items:
        bind_target(evaluator, loop.target, item, frame)
        truths = [evaluator.truth(evaluator.evaluate(condition, frame)) for condition in loop.conditions]
        if None in truths:
            return False
        if all(truths) and not _comprehension_items(evaluator, node, loops[1:], frame, results):
            return False
    return True


def iterated(evaluator: Evaluator, value: Value) -> list[Value] | None:
    """The items of a known collection, enumeration class or iterable object in order, None where they are not known."""
    if isinstance(value, ClassValue):
        return evaluator.enumeration_members(value)
    return items_of_object(evaluator, value) if isinstance(value, Instance) else items_of(value)


def bind_target(evaluator: Evaluator, target: tree.Expression, value: Value, scope: Scope) -> None:
    """Assigns a value to a target: a name, an attribute of a known object, an item, or several by unpacking."""
    if isinstance(target, tree.Name):
        scope.bind(target.id, value)
        if isinstance(value, Instance) and isinstance(scope, ModuleScope):
            value.names.append(f"{scope.module.name}:{target.id}")
    elif isinstance(target, (tree.Tuple, tree.List)):
        _unpack(evaluator, target.items, iterated(evaluator, value), scope)
    elif isinstance(target, tree.Attribute):
        receiver = evaluator.evaluate(target.value, scope)
        if isinstance(receiver, (Instance, ClassValue)):
            receiver.attributes[target.name] = value
        elif isinstance(receiver, InstanceAttribute):  # `app.state.routers = […]`
            receiver.instance.attributes[f"{receiver.name}.{target.name}"] = value
        elif isinstance(receiver, FunctionValue):
            _set_function_attribute(receiver, target.name, value)
        elif isinstance(receiver, ModuleValue):
            evaluator.scope_of(receiver.module).bind(target.name, value)
    elif isinstance(target, tree.Subscript):
        receiver = evaluator.evaluate(target.value, scope)
        key = None if isinstance(target.index, tree.Slice) else evaluator.evaluate(target.index, scope)
        if isinstance(receiver, dict) and isinstance(key, (str, int, External)):
            receiver[key] = value
        elif isinstance(receiver, Configuration) and isinstance(key, str):
            receiver.put(key, value)


def _set_function_attribute(function: FunctionValue, name: str, value: Value) -> None:
    """Marks a function; to set `__wrapped__` or `__signature__ = signature(function)` does what `wraps` does."""
    function.attributes[name] = value
    if name == "__signature__":
        is_of_one = isinstance(value, Instance) and value.type == SIGNATURE and len(value.arguments) == 1
        value = value.arguments[0] if is_of_one else None
    elif name == "__doc__":
        function.documentation = value
        return
    elif name != "__wrapped__":
        return
    if isinstance(value, FunctionValue) and value is not function:
        function.wraps = value


def _unpack(
    evaluator: Evaluator, targets: tuple[tree.Expression, ...], items: list[Value] | None, scope: Scope
) -> None:
    """Binds targets to the items of a collection; `*rest` gets the list of those that are left over."""
    starred = next((number for number, one in enumerate(targets) if isinstance(one, tree.Starred)), None)
    known = items
    if items is not None and starred is not None and len(items) >= len(targets) - 1:
        after = len(targets) - starred - 1
        end = len(items) - after
        known = [*items[:starred], items[starred:end], *items[end:]]
    for number, target in enumerate(targets):
        is_known = known is not None and len(known) == len(targets)
        inner = known[number] if is_known and known is not None else Unknown("unpacked from something unknown")
        bind_target(evaluator, target.value if isinstance(target, tree.Starred) else target, inner, scope)


def _assign(evaluator: Evaluator, node: tree.Assign, scope: Scope) -> int:
    value = _assigned_value(evaluator, node.value, scope)
    for target in node.targets:
        if isinstance(target, tree.Name):
            scope.bind(target.id, value)
            if isinstance(value, Instance) and isinstance(scope, ModuleScope):
                value.names.append(f"{scope.module.name}:{target.id}")
        else:
            bind_target(evaluator, target, value.compute() if isinstance(value, Deferred) else value, scope)
    return FALLS_THROUGH


def _assigned_value(evaluator: Evaluator, node: tree.Expression, scope: Scope) -> Value:
    """The value of an assignment; in modules without effects that count, computed when first asked for."""
    if isinstance(scope, (ModuleScope, ClassScope)) and not evaluator.is_followed(scope.module):
        if isinstance(node, (tree.Text, tree.Number, tree.Constant)):
            return evaluator.evaluate(node, scope)
        return Deferred(lambda: evaluator.evaluate(node, scope))
    return evaluator.evaluate(node, scope)


def _annotated_assign(evaluator: Evaluator, node: tree.AnnotatedAssign, scope: Scope) -> int:
    if node.value is not None:
        if isinstance(node.target, tree.Name):
            value = _assigned_value(evaluator, node.value, scope)
            scope.bind(node.target.id, value)
            if isinstance(value, Instance) and isinstance(scope, ModuleScope):
                value.names.append(f"{scope.module.name}:{node.target.id}")
        else:
            bind_target(evaluator, node.target, evaluator.evaluate(node.value, scope), scope)
    return FALLS_THROUGH


def _augmented_assign(evaluator: Evaluator, node: tree.AugmentedAssign, scope: Scope) -> int:
    if isinstance(node.target, (tree.Name, tree.Attribute)):
        old = evaluator.evaluate(node.target, scope)
        added = evaluator.evaluate(node.value, scope)
        if isinstance(old, list) and isinstance(added, (list, tuple)) and node.operator == "+":
            if len(old) + len(added) <= SIZE_LIMIT:
                old.extend(added)
                evaluator.conditional_items.note(old, added, evaluator.conditions)
            else:
                bind_target(evaluator, node.target, Unknown("collection that is too long"), scope)
        else:
            new = binary_operation(old, node.operator, added, place_of(scope.module, node))
            bind_target(evaluator, node.target, new, scope)
    return FALLS_THROUGH


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


def apply_decorators(
    evaluator: Evaluator, decorators: tuple[tree.Expression, ...], decorated: Any, scope: Scope
) -> tuple[Value, tuple[Value, ...]]:
    """Evaluates and applies decorators from the inside; gives the decorated value and the decorators' values.

    What a decorator of the project makes of a function is what the decorators above it get. The name is still bound to
    the function itself, which is what calls of it run, and knows what it was made into (`FunctionValue.decorated`).
    """
    values: list[Value] = []
    result = decorated
    origin = evaluator.origin
    try:
        for expression in reversed(decorators):
            evaluator.origin = origin or (scope.module, expression)
            decorator = evaluator.evaluate(expression, scope)
            values.append(decorator)
            result = _decorated(evaluator, decorator, result, expression, scope)
    finally:
        evaluator.origin = origin
    values.reverse()
    if result is not decorated and isinstance(decorated, FunctionValue):
        decorated.decorated = result
    return decorated, tuple(values)


def _decorated(
    evaluator: Evaluator, decorator: Value, decorated: Value, expression: tree.Expression, scope: Scope
) -> Value:
    """What one decorator makes of a function or class."""
    if isinstance(decorator, Instance):
        if decorator.type == WRAPS:
            return wrapped(decorator, decorated)
        if decorator.event is not None:
            evaluator.decorate(decorator.event, decorated, scope)
        elif isinstance(decorator.type, ClassValue):
            evaluator.initialise(decorator)
            evaluator.apply(decorator, (decorated,), {}, expression, scope)
        else:
            evaluator.library_classes.decorate(evaluator, decorator, "__call__", decorated)
    elif isinstance(decorator, (FunctionValue, BoundMethod)):
        return _project_decorated(evaluator, decorator, decorated, expression, scope)
    elif not isinstance(decorator, (Unknown, Choice)):
        made = evaluator.apply(decorator, (decorated,), {}, expression, scope)
        if isinstance(made, Instance) and made.event is not None:
            made.event.decorated = decorated
        elif isinstance(made, Instance) and evaluator.is_followed(scope.module):
            evaluator.initialise(made)
    return decorated


def _project_decorated(
    evaluator: Evaluator, decorator: FunctionValue | BoundMethod, decorated: Value, node: tree.Node, scope: Scope
) -> Value:
    """What a decorator of the project makes of a function: the function that it returns, else the function itself."""
    made = evaluator.apply(decorator, (decorated,), {}, node, scope)
    if isinstance(made, Choice) and innermost(made) is innermost(decorated):
        made = made.values[0]
    if not isinstance(made, FunctionValue) or not isinstance(decorated, FunctionValue) or made is decorated:
        return decorated
    if innermost(made) is not innermost(decorated):
        if made.wraps is not None or not isinstance(made.scope, Frame):
            return decorated  # another function, which no decorator made for this one
        made.replaces = decorated
    return made


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


def _if(evaluator: Evaluator, node: tree.If, scope: Scope) -> int:
    if _is_main_guard(node.test):
        return FALLS_THROUGH
    truth = evaluator.truth(evaluator.evaluate(node.test, scope))
    if truth is not None and not depends_on_settings(evaluator, node.test, scope):
        return run_block(evaluator, node.body if truth else node.otherwise, scope)
    condition = source_text(node.test)
    return run_branches(
        evaluator,
        [(condition, node.body), (f"not ({condition})", node.otherwise)],
        scope,
    )


def run_branches(evaluator: Evaluator, branches: list[tuple[str, tuple[tree.Statement, ...]]], scope: Scope) -> int:
    """Executes branches of which it is not known which one runs; joins the names that they bind."""
    before = dict(scope.values)
    outer = evaluator.conditions
    results: list[dict[str, Value]] = []
    endings: list[int] = []
    for condition, body in branches:
        scope.values.clear()
        scope.values.update(before)
        evaluator.conditions = (*outer, condition)
        try:
            endings.append(run_block(evaluator, body, scope))
        finally:
            evaluator.conditions = outer
        results.append(dict(scope.values))
    living = [result for result, ending in zip(results, endings, strict=False) if ending == FALLS_THROUGH] or results
    _join(scope, before, living)
    return FALLS_THROUGH if FALLS_THROUGH in endings else max(endings)


def _join(scope: Scope, before: dict[str, Value], branches: list[dict[str, Value]]) -> None:
    scope.values.clear()
    scope.values.update(before)
    for name in dict.fromkeys(name for branch in branches for name in branch):
        bound = [branch[name] for branch in branches if name in branch]
        if all(value is bound[0] for value in bound):
            scope.values[name] = bound[0]
        else:
            scope.values[name] = Deferred(lambda bound=bound: choice_of([_forced(value) for value in bound]))  # type: ignore[misc]


def _forced(value: Value) -> Value:
    return value.compute() if isinstance(value, Deferred) else value


def depends_on_settings(evaluator: Evaluator, test: tree.Expression, scope: Scope) -> bool:
    """Whether a condition reads settings, whose defaults the environment may replace."""
    for node in tree.walk(test):
        if isinstance(node, tree.Attribute):
            owner = evaluator.evaluate(node.value, scope)
            if isinstance(owner, Instance) and evaluator.inherits(owner, *SETTINGS_BASES):
                return True
            if isinstance(owner, Configuration):
                return True
        elif isinstance(node, tree.Subscript):
            if isinstance(evaluator.evaluate(node.value, scope), Configuration):
                return True
        elif isinstance(node, tree.Call):
            called = evaluator.evaluate(node.function, scope)
            if isinstance(called, External) and called.name in ("os.getenv", "os.environ.get"):
                return True
    return False


def _is_main_guard(test: tree.Expression) -> bool:
    match test:
        case tree.Comparison(left=tree.Name(id="__name__")):
            return True
        case _:
            return False


def _for(evaluator: Evaluator, node: tree.For, scope: Scope) -> int:
    iterable = evaluator.evaluate(node.iterable, scope)
    items = iterated(evaluator, iterable)
    if items is None or len(items) > LOOP_LIMIT:
        what = iterable.reason if isinstance(iterable, Unknown) else "something unknown"
        reason = "too many iterations" if items else f"loop over {what}"
        unknown = Unknown(reason, place_of(scope.module, node.iterable))
        bind_target(evaluator, node.target, unknown, scope)
        run_branches(evaluator, [(f"for each of {source_text(node.iterable)}", node.body), ("", ())], scope)
        return FALLS_THROUGH
    outer = evaluator.conditions
    for item in items:
        bind_target(evaluator, node.target, item, scope)
        needed = evaluator.conditional_items.of(iterable, item)
        evaluator.conditions = (*outer, *(one for one in needed if one not in outer)) if needed else outer
        try:
            ended = run_block(evaluator, node.body, scope)
        finally:
            evaluator.conditions = outer
        if ended == BREAKS:
            return FALLS_THROUGH
        if ended in (RETURNS, RAISES):
            return ended
    return run_block(evaluator, node.otherwise, scope)


def _while(evaluator: Evaluator, node: tree.While, scope: Scope) -> int:
    """Executes a loop as long as its condition is known; what may come after that, once."""
    is_endless = isinstance(node.test, (tree.Constant, tree.Number))  # but for a `break`
    for _ in range(ENDLESS_LIMIT if is_endless else WHILE_LIMIT):
        truth = evaluator.truth(evaluator.evaluate(node.test, scope))
        if truth is None or depends_on_settings(evaluator, node.test, scope):
            break
        if not truth:
            return run_block(evaluator, node.otherwise, scope)
        ended = run_block(evaluator, node.body, scope)
        if ended == BREAKS:
            return FALLS_THROUGH
        if ended in (RETURNS, RAISES):
            return ended
    else:
        if not is_endless:
            evaluator.unknowns.append(Unknown("too many iterations", place_of(scope.module, node.test)))
        return FALLS_THROUGH
    run_branches(evaluator, [(source_text(node.test), node.body), ("", ())], scope)
    return FALLS_THROUGH


def _with(evaluator: Evaluator, node: tree.With, scope: Scope) -> int:
    return _run_entered(evaluator, node.items, node.body, scope)


def _run_entered(
    evaluator: Evaluator, items: tuple[tree.WithItem, ...], body: tuple[tree.Statement, ...], scope: Scope
) -> int:
    """Executes a body inside context managers, the first of them outermost."""
    if not items:
        return run_block(evaluator, body, scope)
    item, *others = items
    rest = tuple(others)
    call = item.context
    if isinstance(call, tree.Call):
        callee = evaluator.evaluate(call.function, scope)
        if _is_generator_manager(evaluator, callee):
            return _run_in_generator(evaluator, item, callee, lambda: _run_entered(evaluator, rest, body, scope), scope)
        if isinstance(callee, InstanceAttribute) and callee.name in ("app_context", "test_request_context"):
            evaluator.application_contexts.append(callee.instance)
            try:
                return _run_entered(evaluator, rest, body, scope)
            finally:
                evaluator.application_contexts.pop()
    entered = _entered(evaluator, item.context, scope)
    if item.target is not None:
        bind_target(evaluator, item.target, entered, scope)
    return _run_entered(evaluator, rest, body, scope)


def _is_generator_manager(evaluator: Evaluator, callee: Value) -> bool:
    """Whether a function of the project is a context manager whose effects count: `@contextmanager`."""
    function = callee.function if isinstance(callee, BoundMethod) else callee
    return (
        isinstance(function, FunctionValue)
        and not GENERATOR_MANAGERS.isdisjoint(decorator_names(function))
        and evaluator.is_followed(function.module)
    )


def _run_in_generator(
    evaluator: Evaluator, item: tree.WithItem, callee: Value, run_inside: Callable[[], int], scope: Scope
) -> int:
    """Executes a generator function, and what stands inside its context where it yields."""
    assert isinstance(item.context, tree.Call)
    function = callee.function if isinstance(callee, BoundMethod) else callee
    arguments, keywords, _ = evaluator.evaluate_arguments(item.context, scope)
    if isinstance(callee, BoundMethod):
        arguments = (callee.receiver, *arguments)
    endings: list[int] = []

    def enter(value: Value) -> None:
        if not endings:
            endings.append(FALLS_THROUGH)
            if item.target is not None:
                bind_target(evaluator, item.target, value, scope)
            endings[0] = run_inside()

    evaluator.call_function(function, arguments, keywords, enter)
    if not endings:
        enter(Unknown("yielded by a function that is not followed", place_of(scope.module, item.context)))
    return endings[0]


def _entered(evaluator: Evaluator, context: tree.Expression, scope: Scope) -> Value:
    """What a context manager gives: one of the project is entered, with the effects that it has."""
    value = evaluator.evaluate(context, scope)
    if isinstance(value, Instance) and isinstance(value.type, ClassValue):
        for name in ("__aenter__", "__enter__"):
            found = evaluator.find_in_class(value.type, name)
            if found is not None and isinstance(found[1], FunctionValue):
                return evaluator.apply(BoundMethod(found[1], value), (), {}, context, scope)
    return value


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


def _match(evaluator: Evaluator, node: tree.Match, scope: Scope) -> int:
    text = source_text(node.subject)
    if not depends_on_settings(evaluator, node.subject, scope):
        body = _matching_body(evaluator, node, scope)
        if body is not None:
            return run_block(evaluator, body, scope)
    possible = [(f"case of {text}", case.body) for case in node.cases]
    return run_branches(evaluator, [*possible, ("", ())], scope)


def _matching_body(evaluator: Evaluator, node: tree.Match, scope: Scope) -> tuple[tree.Statement, ...] | None:
    """The body of the case that a known subject fits, an empty one for no case; None where that is not known."""
    subject = evaluator.evaluate(node.subject, scope)
    for case in node.cases:
        answer = fits(evaluator, case.pattern, subject, scope)
        if answer and case.guard is not None:
            answer = evaluator.truth(evaluator.evaluate(case.guard, scope))
        if answer is not False:
            return case.body if answer else None
    return ()


def _global(evaluator: Evaluator, node: tree.Global | tree.Nonlocal, scope: Scope) -> int:
    if isinstance(scope, Frame):
        scope.outer_names = scope.outer_names | frozenset(node.names)
    return FALLS_THROUGH


def _type_alias(evaluator: Evaluator, node: tree.TypeAlias, scope: Scope) -> int:
    scope.bind(node.name, Deferred(lambda: evaluator.evaluate(node.value, scope)))
    return FALLS_THROUGH


_STATEMENTS: dict[type[tree.Node], Callable[[Evaluator, Any, Scope], int]] = {
    tree.Assign: _assign,
    tree.AnnotatedAssign: _annotated_assign,
    tree.AugmentedAssign: _augmented_assign,
    tree.ExpressionStatement: _expression,
    tree.Function: _function,
    tree.Class: _class,
    tree.Import: _import,
    tree.ImportFrom: _import_from,
    tree.If: _if,
    tree.For: _for,
    tree.While: _while,
    tree.With: _with,
    tree.Try: _try,
    tree.Return: _return,
    tree.Raise: lambda *_: RAISES,
    tree.Break: lambda *_: BREAKS,
    tree.Continue: lambda *_: CONTINUES,
    tree.Match: _match,
    tree.Global: _global,
    tree.Nonlocal: _global,
    tree.TypeAlias: _type_alias,
}
