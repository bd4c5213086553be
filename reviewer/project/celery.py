"""Links Celery: the tasks of the project, and the calls that queue them or run them on the spot.

Reads decorators and registering calls, and the calls on task functions. A task is known by its application's type;
where that is not known, a function decorated with `….task` is a task only if something queues it with `.delay()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.request_reach import RequestReach
from reviewer.project.model import CallSite, Route, Task
from reviewer.project.program import Program
from reviewer.project.routes.path_text import known_text

APPLICATION_CLASSES = ("celery.Celery", "celery.app.base.Celery", "celery.app.Celery")
TASK_CLASSES = ("celery.Task", "celery.app.task.Task", "celery.task.Task", "celery.task.base.Task")
DECORATOR_NAMES = ("task", "shared_task", "periodic_task")
#: Methods of a task that put a message on the broker.
QUEUEING_METHODS = frozenset({"delay", "apply_async", "apply_async_on_commit", "delay_on_commit"})
SIGNATURE_METHODS = frozenset({"s", "si", "signature", "subtask"})
METHODS = QUEUEING_METHODS | SIGNATURE_METHODS | {"apply", "send_task"}


class TaskCall(msgspec.Struct, frozen=True, eq=False):
    """A call of a task: it queues the task, makes a signature of it, or runs it where the call stands."""

    task: Task
    site: CallSite
    kind: str  # "queue" (`.delay`, `.apply_async`, `send_task`), "signature" (`.s`, `.si`), "direct" or "apply"

    @property
    def task_name(self) -> str:
        """The task as the program calls it: its function, or its class."""
        return _called_name(self.task)


class TaskRunInRequest(msgspec.Struct, frozen=True, eq=False):
    """A call that runs a task's body while a request is answered."""

    call: TaskCall
    route: Route
    chain: tuple[CallSite, ...]  # the calls that lead there, outermost first


class CeleryLinker:
    """Finds tasks and their calls. Test files are left out."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls

    # Tasks

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks of the project, by module and line."""
        found: dict[int, Task] = {}
        for module in self._program.modules:
            if module.is_test or not module.mentions(*DECORATOR_NAMES, "register_task", "Task"):
                continue
            for task in (*self._decorated(module), *self._registered(module), *self._classes(module)):
                found.setdefault(id(task.function), task)
        return tuple(sorted(found.values(), key=lambda task: (task.place.path, task.place.line)))

    @cached_property
    def by_function(self) -> dict[int, Task]:
        """The task of each task function, by its identity."""
        return {id(task.function): task for task in self.tasks}

    @cached_property
    def by_name(self) -> dict[str, Task]:
        """Tasks by the name that they are registered under."""
        return {task.name: task for task in self.tasks}

    def _decorated(self, module: Module) -> Iterator[Task]:
        if not module.mentions(*DECORATOR_NAMES):
            return
        for declaration in module.index.declarations:
            if declaration.kind != "function":
                continue
            node = module.node_of(declaration)
            for decorator in node.decorators:
                if _decorator_name(decorator) in DECORATOR_NAMES:
                    task = self._decorated_task(module, declaration, decorator)
                    if task is not None:
                        yield task
                    break

    def _decorated_task(self, module: Module, declaration: Declaration, decorator: tree.Expression) -> Task | None:
        function = self._calls.function_of(module, declaration)
        maker = decorator.function if isinstance(decorator, tree.Call) else decorator
        if not self._makes_tasks(maker, function):
            return None
        options: dict[str, Value] = {}
        if isinstance(decorator, tree.Call):
            options = self._evaluator.evaluate_arguments(decorator, function.scope)[1]
        return _task(function, options)

    def _makes_tasks(self, maker: tree.Expression, function: FunctionValue) -> bool:
        """Whether a decorator without its arguments is Celery's."""
        value = self._evaluator.evaluate(maker, function.scope)
        if isinstance(value, External):
            return value.name.startswith("celery.") or _is_celery_name(value.name.rpartition(".")[0])
        if isinstance(value, InstanceAttribute):
            names = self._evaluator.external_names(value.instance)
            return any(name in APPLICATION_CLASSES or _is_celery_name(name) for name in names)
        if isinstance(value, BoundMethod):  # a decorator that the project's own application class has
            return self._evaluator.inherits(value.receiver, *APPLICATION_CLASSES)
        return isinstance(value, Unknown) and function.name in self._queued_names

    @cached_property
    def _queued_names(self) -> frozenset[str]:
        """Names on which something calls `.delay()` or `.apply_async()`."""
        names: set[str] = set()
        for function in self._calls.functions(*QUEUEING_METHODS):
            for node in _calls_in(function):
                called = node.function
                if isinstance(called, tree.Attribute) and called.name in QUEUEING_METHODS:
                    receiver = called.value
                    names.add(receiver.name if isinstance(receiver, tree.Attribute) else getattr(receiver, "id", ""))
        return frozenset(names)

    def _registered(self, module: Module) -> Iterator[Task]:
        """Tasks that a call makes of a function: `send = app.task(send_mail, name="send")`."""
        top = module.index.declarations[0]
        if not set(DECORATOR_NAMES) & set(top.calls):
            return
        scope = self._evaluator.scope_of(module)
        for node in tree.walk_scope(module.tree.body):
            if isinstance(node, tree.Call) and called_name(node) in DECORATOR_NAMES and node.arguments:
                function = self._evaluator.evaluate(node.arguments[0], scope)
                if isinstance(function, FunctionValue) and self._makes_tasks(node.function, function):
                    yield _task(function, self._evaluator.evaluate_arguments(node, scope)[1])

    def _classes(self, module: Module) -> Iterator[Task]:
        """Task classes with a body of their own to run."""
        if not module.mentions("run"):
            return
        for declaration in module.index.declarations:
            if declaration.kind != "class":
                continue
            value = self._calls.class_of(module, declaration)
            if value.node.bases and self._is_task_class(value):
                self._evaluator.run_class(value)
                run = value.attributes.get("run")
                if isinstance(run, FunctionValue):
                    name = known_text(value.attributes.get("name")) or f"{module.name}.{value.name}"
                    yield Task(name, run, value.place, {}, is_bound=False)

    def _is_task_class(self, value: ClassValue) -> bool:
        for one in self._evaluator.ancestors(value):
            if isinstance(one, External) and one.name in TASK_CLASSES:
                return True
            if isinstance(one, InstanceAttribute) and one.name == "Task":
                return self._evaluator.inherits(one.instance, *APPLICATION_CLASSES)
        return False

    # Calls of tasks

    @cached_property
    def calls(self) -> tuple[TaskCall, ...]:
        """The calls of all tasks in functions of the project, in the order of the modules."""
        if not self.tasks:
            return ()
        found: list[TaskCall] = []
        for module in self._program.modules:
            if module.is_test:
                continue
            names = self._names_in(module)
            declarations = [
                one for one in module.index.declarations if one.kind == "function" and not names.isdisjoint(one.calls)
            ]
            for declaration in declarations:
                for site in self._calls.named_in(self._calls.function_of(module, declaration), names):
                    if _may_be_on_task(site.node, names):
                        call = self.call_of(site)
                        if call is not None:
                            found.append(call)
        return tuple(found)

    def run_in_requests(self, reach: RequestReach) -> Iterator[TaskRunInRequest]:
        """Direct and `.apply()` calls that requests lead to.

        Left out are those below other tasks, and those in a function that also queues the same task.
        """
        queueing = {(id(one.site.caller), one.task.name) for one in self.calls if one.kind == "queue"}
        for call in self.calls:
            if call.kind not in ("direct", "apply") or (id(call.site.caller), call.task.name) in queueing:
                continue
            reached = reach.reaching(call.site, lambda function: id(function) not in self.by_function)
            if reached is not None:
                yield TaskRunInRequest(call, reached.handler.route, reached.chain)

    @cached_property
    def _calling_names(self) -> frozenset[str]:
        return self.function_names | METHODS

    @cached_property
    def function_names(self) -> frozenset[str]:
        """The names of all task functions, and of task classes."""
        return frozenset(_called_name(task) for task in self.tasks)

    def _names_in(self, module: Module) -> frozenset[str]:
        """The names by which a module calls tasks: methods, task functions, and its import aliases of these."""
        aliases = [
            one.local for one in module.index.imports if one.local != one.name and one.name in self.function_names
        ]
        return self._calling_names.union(aliases) if aliases else self._calling_names

    def call_of(self, site: CallSite) -> TaskCall | None:
        """The call as one of a task, None where it is none."""
        callee = site.callee
        if isinstance(callee, FunctionValue):
            task = self.by_function.get(id(callee))
            return None if task is None else TaskCall(task, site, "direct")
        if isinstance(callee, InstanceAttribute):
            if callee.name == "send_task":
                return self._sent_by_name(site)
            task = self._task_behind(callee.instance)
            kind = _kind_of(callee.name)
            return None if task is None or kind is None else TaskCall(task, site, kind)
        if isinstance(callee, Instance):
            task = self._task_behind(callee)
            return None if task is None else TaskCall(task, site, "direct")
        return None

    def _sent_by_name(self, site: CallSite) -> TaskCall | None:
        scope = self._evaluator.declared(site.caller)
        arguments, keywords, _ = self._evaluator.evaluate_arguments(site.node, scope)
        name = known_text(keywords.get("name", arguments[0] if arguments else None))
        task = self.by_name.get(name or "")
        return None if task is None else TaskCall(task, site, "queue")

    def _task_behind(self, instance: Instance) -> Task | None:
        """The task that an object is, or is a signature of: `task`, `task.s(1)`, `app.task(function)`, `SendTask()`."""
        for _ in range(5):
            if isinstance(instance.type, ClassValue):
                found = self._evaluator.find_in_class(instance.type, "run")
                return self.by_function.get(id(found[1])) if found is not None else None
            if instance.type.name == "builtins.function" or instance.type.name.rpartition(".")[2] in DECORATOR_NAMES:
                first = instance.arguments[0] if instance.arguments else None
                return self.by_function.get(id(first))
            event = instance.event
            if event is None or event.method not in SIGNATURE_METHODS | {"set"}:
                return None
            instance = event.receiver
        return None


def _task(function: FunctionValue, options: dict[str, Value]) -> Task:
    name = known_text(options.get("name")) or f"{function.module.name}.{function.name}"
    return Task(name, function, function.place, options, is_bound=options.get("bind") is True)


def _called_name(task: Task) -> str:
    owner = task.function.owner
    return owner.name if owner is not None and task.function.name == "run" else task.function.name


def _kind_of(method: str) -> str | None:
    if method in QUEUEING_METHODS:
        return "queue"
    if method in SIGNATURE_METHODS:
        return "signature"
    return "apply" if method == "apply" else None


def _is_celery_name(dotted: str) -> bool:
    """Whether the name of a library's object says that it is a Celery application: `company.celery.OurCelery`."""
    return "celery" in dotted.lower()


def _may_be_on_task(node: tree.Call, names: frozenset[str]) -> bool:
    """Whether a call of a method that other objects have too (`.apply()`, `.s()`) names a task before the method."""
    method = called_name(node)
    if method not in METHODS or method in QUEUEING_METHODS or method == "send_task":
        return True
    return any(
        getattr(one, "id", getattr(one, "name", "")) in names - METHODS
        for one in tree.walk_scope((node.function,))
        if isinstance(one, (tree.Name, tree.Attribute))
    )


def _decorator_name(decorator: tree.Expression) -> str:
    called = decorator.function if isinstance(decorator, tree.Call) else decorator
    return called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")


def _calls_in(function: FunctionValue) -> Iterator[tree.Call]:
    body = function.node.body if isinstance(function.node, tree.Function) else (function.node.body,)
    return (node for node in tree.walk_scope(body) if isinstance(node, tree.Call))
