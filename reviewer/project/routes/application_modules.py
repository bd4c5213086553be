"""Executes what makes applications: the top level of the modules that register routes, and application factories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, Instance
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Application
from reviewer.project.program import Program
from reviewer.project.routes.unseen_registrations import unseen_registrations

#: How many calls lie between what makes an application and what registers routes on it, and how many are followed.
CALLER_DEPTH = 4
CALLER_LIMIT = 100


def run_application_modules(program: Program, evaluator: Evaluator) -> None:
    """Executes the top level of all modules that register routes, tests left out."""
    for module in program.modules:
        if not module.is_test and evaluator.is_followed(module):
            evaluator.run_module(evaluator.scope_of(module))
            _force_calls(evaluator, module)


def _force_calls(evaluator: Evaluator, module: Module, called: frozenset[str] = frozenset()) -> None:
    """Computes module-level names that wait to be asked for, since making them can register routes.

    With `called`, only those that are made by a call of something of such a name.
    """
    scope = evaluator.scope_of(module)
    for name, call in _assigned_calls(module):
        if name in scope.values and (not called or called_name(call) in called):
            scope.own(name)


def _assigned_calls(module: Module) -> Iterator[tuple[str, tree.Call]]:
    for statement in module.tree.body:
        match statement:
            case tree.Assign(targets=(tree.Name(id=name), *_), value=tree.Call() as call):
                yield name, call
            case _:
                pass


def subclass_names(program: Program, names: set[str]) -> frozenset[str]:
    """Some class names and those of the project's top-level classes that inherit from one of them by name."""
    found = set(names)
    pending = set(names)
    while pending:
        added = {
            statement.name
            for module in program.modules
            if module.mentions(*pending)
            for statement in module.tree.body
            if isinstance(statement, tree.Class)
            and any((dotted_name(base) or "").rpartition(".")[2] in pending for base in statement.bases)
        }
        pending = added - found
        found |= added
    return frozenset(found)


def one_of_each_call(instances: Iterable[Instance]) -> list[Instance]:
    """Of the instances that one call made, since its function ran several times, the one with most events.

    Where they are alike, a later one wins over one without a name: its function got more of its arguments.
    """
    chosen: dict[int, Instance] = {}
    for instance in instances:
        best = chosen.setdefault(id(instance.node), instance)
        if (len(instance.events), not best.names) > (len(best.events), False):
            chosen[id(instance.node)] = instance
    return list(chosen.values())


def run_factories(
    program: Program, evaluator: Evaluator, calls: Calls, class_names: frozenset[str], made: Iterable[Instance]
) -> dict[int, FunctionValue]:
    """Executes the functions that make an application and were not called yet, with unknown arguments.

    Gives the function that made each instance, by the instance's identity; `made` are the instances known before.
    """
    factories: dict[int, FunctionValue] = {}
    executed = {id(instance.node) for instance in made}
    for module in program.modules:
        if module.is_test or not module.mentions(*class_names):
            continue
        for declaration in module.index.declarations:
            if declaration.kind == "function" and not class_names.isdisjoint(declaration.calls):
                _run_factory(evaluator, calls, module, declaration, class_names, executed, factories)
    return factories


def _run_factory(
    evaluator: Evaluator,
    calls: Calls,
    module: Module,
    declaration: Declaration,
    class_names: frozenset[str],
    executed: set[int],
    factories: dict[int, FunctionValue],
) -> None:
    function = calls.function_of(module, declaration)
    making = [node for node in function.nodes if isinstance(node, tree.Call) and called_name(node) in class_names]
    if not making or any(id(node) in executed for node in making):
        _name_factory(evaluator, function, {id(node) for node in making}, factories)
        return
    evaluator.call_function(function, _receiver(function), {})
    executed.update(id(node) for node in making)
    _name_factory(evaluator, function, {id(node) for node in making}, factories)


def _receiver(function: FunctionValue) -> tuple[Instance, ...]:
    """The object that a method is executed on, of which only the class is known; a constructor makes its attributes."""
    if function.owner is None:
        return ()
    return (Instance(function.owner, is_typed_only=True, is_initialised=function.name == "__init__"),)


def _name_factory(
    evaluator: Evaluator, function: FunctionValue, nodes: set[int], factories: dict[int, FunctionValue]
) -> None:
    for group in (*evaluator.instances.values(), evaluator.project_instances):
        for instance in group:
            if id(instance.node) in nodes:
                factories.setdefault(id(instance), function)


def run_callers(
    program: Program, evaluator: Evaluator, calls: Calls, factories: Iterable[FunctionValue], including: frozenset[str]
) -> None:
    """Executes what completes applications and was not executed yet.

    That is functions that call a factory with arguments of their own, and functions that include routers (`including`
    names the methods) in a call that nothing has executed, as the `main` of a script does.
    """
    targets = list({id(factory): factory for factory in factories}.values())
    names = frozenset(factory.name for factory in targets)
    for module in program.modules if names else ():
        if not module.is_test and not names.isdisjoint(module.index.declarations[0].calls):
            evaluator.run_module(evaluator.scope_of(module))
            _force_calls(evaluator, module, names)
    for function in list(calls.functions(*sorted(names | including))):
        if function.module.is_test:
            continue
        is_called = id(function.node) in evaluator.called
        passes = any(
            (site.node.arguments or site.node.keywords) and site.callee in targets
            for site in calls.named(function, *names)
        )
        includes = not is_called and any(
            not is_executed(evaluator, site.node) for site in calls.named(function, *including)
        )
        if passes or includes:
            evaluator.call_function(function, _receiver(function), {})


def run_outer_callers(evaluator: Evaluator, calls: Calls, including: frozenset[str]) -> None:
    """Executes what passes an application on to the functions that register routes on a parameter.

    From those that have not been executed on a known application outwards: `run()` calls `configure_routes(app)`.
    """
    if not any(True for _ in calls.declarations_calling(*sorted(including))):
        return
    tried: set[int] = set()
    for _ in range(CALLER_DEPTH):
        inner = [one for one in unseen_registrations(evaluator, calls, including) if one.node.parameters]
        callers = [one for function in inner for one in _callers_of(calls, function, CALLER_DEPTH)]
        untried = [one for one in callers if id(one) not in tried][:CALLER_LIMIT]
        if not untried:
            return
        for function in untried:
            tried.add(id(function))
            evaluator.call_function(function, _receiver(function), {})


def _callers_of(calls: Calls, function: FunctionValue, depth: int) -> Iterator[FunctionValue]:
    """The functions that call a function, nearest first, each once; tests left out."""
    seen = {id(function)}
    pending = [function]
    for _ in range(depth):
        around = []
        for called in pending:
            for one in calls.functions(called.name):
                if id(one) in seen or one.module.is_test:
                    continue
                if any(called in targets(site.callee) for site in calls.named(one, called.name)):
                    seen.add(id(one))
                    around.append(one)
                    yield one
        pending = around


def is_executed(evaluator: Evaluator, node: tree.Call) -> bool:
    """Whether a method call has been executed on an object that is known."""
    return any(
        event.node is node
        for group in (*evaluator.instances.values(), evaluator.project_instances)
        for instance in group
        for event in instance.events
    )


def instances_of(evaluator: Evaluator, names: tuple[str, ...]) -> list[Instance]:
    """All instances of some library classes and of the project's classes that inherit from them, as made."""
    found = [one for name in names for one in evaluator.instances.get(name, ())]
    found += [one for one in evaluator.project_instances if evaluator.inherits(one, *names)]
    return [one for one in found if one.place is not None and one.module is not None and not one.module.is_test]


def find_applications(
    program: Program,
    evaluator: Evaluator,
    calls: Calls,
    classes: tuple[str, ...],
    including: frozenset[str],
    framework_of: Callable[[Instance], str],
    start: Callable[[list[Instance]], None] = lambda _: None,
) -> list[Application]:
    """The applications of some library classes: those that modules make, and those of factories, which are executed.

    `start` executes what they run when they start.
    """
    class_names = subclass_names(program, {name.rpartition(".")[2] for name in classes})
    factories = run_factories(program, evaluator, calls, class_names, instances_of(evaluator, classes))
    start(one_of_each_call(instances_of(evaluator, classes)))
    run_callers(program, evaluator, calls, factories.values(), including)
    run_outer_callers(evaluator, calls, including)
    start(one_of_each_call(instances_of(evaluator, classes)))
    instances = instances_of(evaluator, classes)
    factory_of = {id(one.node): factories[id(one)] for one in instances if id(one) in factories}
    applications = []
    for instance in one_of_each_call(instances):
        if instance.is_typed_only or instance.place is None or instance.module is None:
            continue
        factory = factory_of.get(id(instance.node))
        name = instance.names[0] if instance.names else (factory.symbol if factory else f"{instance.module.name}:")
        applications.append(Application(name, framework_of(instance), instance, instance.place))
    return applications
