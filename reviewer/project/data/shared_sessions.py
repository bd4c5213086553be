"""Links sessions to work that outlives the request: background tasks, threads and tasks of the event loop.

Takes the calls that start such work, gives the sessions of the caller that they hand over: as an argument, inside a
closure, or held by the object whose method is started.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.data.database_roles import SESSION
from reviewer.project.data.queries import Queries
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    alternatives,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Answer, CallSite
from reviewer.rule import Place

#: Calls that start work, with what a reader calls it.
STARTING = {
    "add_task": "background task",
    "BackgroundTask": "background task",
    "create_task": "task of the event loop",
    "ensure_future": "task of the event loop",
    "run_coroutine_threadsafe": "task of the event loop",
    "run_in_executor": "thread",
    "submit": "thread",
    "Thread": "thread",
    "start_new_thread": "thread",
}
#: Calls whose first argument is the call of a coroutine function.
TAKING_COROUTINES = ("create_task", "ensure_future", "run_coroutine_threadsafe")
#: Calls that wait for what was started.
WAITING = frozenset({"gather", "wait", "as_completed", "wait_for", "TaskGroup", "create_task_group", "join", "result"})
LIBRARIES = {
    "add_task": ("fastapi.", "starlette."),
    "BackgroundTask": ("fastapi.", "starlette."),
    "create_task": ("asyncio.",),
    "ensure_future": ("asyncio.",),
    "run_coroutine_threadsafe": ("asyncio.",),
    "run_in_executor": ("asyncio.",),
    "submit": ("concurrent.futures.",),
    "Thread": ("threading.",),
    "start_new_thread": ("_thread.", "threading."),
}
#: By these names objects are known that the evaluator does not know.
NAMED = {"add_task": "background", "create_task": "loop", "run_in_executor": "loop", "submit": "executor"}


class SharedSession(msgspec.Struct, frozen=True, eq=False):
    """A session that is handed to work which goes on after its owner has closed it."""

    call: CallSite  # that starts the work
    work: str  # as a reader calls it: "background task", "thread"
    worker: str  # what is started, as written: `send_mail`
    session: str  # the session, as written: `db_session`; of an object that holds it, `service.session`
    is_async: Answer
    place: Place  # the session in the call, or what holds it


class SharedSessions:
    """Answers which sessions are shared with background work."""

    def __init__(self, evaluator: Evaluator, calls: Calls, queries: Queries) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._queries = queries

    def find(self) -> Iterator[SharedSession]:
        """The sessions that calls hand to background work, in order; tests are left out."""
        for module, declaration in self._calls.declarations_calling(*STARTING):
            if module.is_test or declaration.kind != "function":
                continue
            function = self._calls.function_of(module, declaration)
            for node in self._calls.nodes_named(function, *STARTING):
                site = self._calls.site_of(function, node)
                if self._starts_work(site, called_name(node)):
                    yield from self._in_call(site)

    def _starts_work(self, site: CallSite, name: str) -> bool:
        known = [one for one in alternatives(site.callee) if not isinstance(one, Unknown)]
        if any(self._dotted(one).startswith(LIBRARIES[name]) for one in known):
            return not self._is_waited_for(site)
        if known or name not in NAMED or not isinstance(site.node.function, tree.Attribute):
            return False
        receiver = (dotted_name(site.node.function.value) or "").rpartition(".")[2]
        return NAMED[name] in receiver.lower() and not self._is_waited_for(site)

    def _dotted(self, callee: object) -> str:
        if isinstance(callee, External):
            return callee.name
        if isinstance(callee, InstanceAttribute):
            return f"{self._evaluator.external_names(callee.instance)[0]}." if callee.instance else ""
        return ""

    def _is_waited_for(self, site: CallSite) -> bool:
        """Whether the function itself waits for the work, so that the session is not closed before it ends."""
        if called_name(site.node) in ("add_task", "BackgroundTask"):
            return False
        if any(True for _ in self._calls.nodes_named(site.caller, *WAITING)):
            return True
        waited = {id(node) for one in site.caller.nodes_of(tree.Await) for node in tree.walk(one)}
        if id(site.node) in waited:
            return True
        names = {
            target.id
            for one in site.caller.nodes_of(tree.Assign)
            if one.value is site.node
            for target in one.targets
            if isinstance(target, tree.Name)
        }
        return any(
            isinstance(node, tree.Name) and node.id in names
            for one in site.caller.nodes_of(tree.Await)
            for node in tree.walk(one)
        )

    def _in_call(self, site: CallSite) -> Iterator[SharedSession]:
        node, name = site.node, called_name(site.node)
        worker: tree.Expression | None = None
        arguments = [*node.arguments, *(one.value for one in node.keywords if one.name not in ("target", "func"))]
        if name in TAKING_COROUTINES:
            started = node.arguments[0] if node.arguments else None
            if not isinstance(started, tree.Call):
                return
            worker = started.function
            arguments = [*started.arguments, *(one.value for one in started.keywords)]
        elif name == "Thread":
            worker = next((one.value for one in node.keywords if one.name == "target"), None)
        elif name == "run_in_executor":
            worker = node.arguments[1] if len(node.arguments) > 1 else None
        elif node.arguments:
            worker = node.arguments[0]
        written = dotted_name(worker) or "<lambda>" if worker is not None else ""
        found = next(self._sessions_in(arguments, site.caller), None)
        if found is None and worker is not None:
            found = self._closed_over(worker, site.caller) or self._held(worker, site.caller)
        if found is not None:
            session, place, is_async = found
            yield SharedSession(site, STARTING[name], written, session, is_async, place_of(site.caller.module, place))

    def _sessions_in(
        self, arguments: list[tree.Expression], function: FunctionValue
    ) -> Iterator[tuple[str, tree.Expression, Answer]]:
        """The sessions of the caller among the arguments, inside of `args=(…)` and `partial(…)` too."""
        for argument in arguments:
            inner: tuple[tree.Expression, ...] = (argument,)
            if isinstance(argument, (tree.Tuple, tree.List)):
                inner = argument.items
            elif isinstance(argument, tree.Dictionary):
                inner = argument.values
            elif isinstance(argument, tree.Call) and called_name(argument) == "partial":
                inner = (*argument.arguments[1:], *(one.value for one in argument.keywords))
            for one in inner:
                if isinstance(one, (tree.Name, tree.Attribute)) and self._belongs_to_caller(one, function):
                    found = self._queries.object_of(one, function)
                    if found is not None and found.role == SESSION and not self._is_registry(one, function):
                        yield dotted_name(one) or "", one, found.is_async

    def _belongs_to_caller(self, node: tree.Expression, function: FunctionValue) -> bool:
        """Whether an expression reads a parameter, or an attribute of one: `session`, `self.session`."""
        base = node
        while isinstance(base, tree.Attribute):
            base = base.value
        if not isinstance(base, tree.Name):
            return False
        bindings = self._evaluator.declared(function).bindings.get(base.id, ())
        return bool(bindings) and all(kind == "parameter" for kind, _ in bindings)

    def _is_registry(self, node: tree.Expression, function: FunctionValue) -> bool:
        """Whether it is a scoped session, which gives each thread its own."""
        value = self._queries.value_of(node, function)
        return any("scoped_session" in name for one in alternatives(value) for name in self._names(one))

    def _names(self, value: object) -> tuple[str, ...]:
        return self._evaluator.external_names(value) if isinstance(value, (Instance, External)) else ()

    def _closed_over(
        self, worker: tree.Expression, function: FunctionValue
    ) -> tuple[str, tree.Expression, Answer] | None:
        """A session that a lambda or an inner function reads from around it."""
        body: tuple[tree.Node, ...] = ()
        own: set[str] = set()
        if isinstance(worker, tree.Lambda):
            body, own = (worker.body,), {one.name for one in worker.parameters}
        elif isinstance(worker, tree.Name):
            inner = next((one for one in function.nodes_of(tree.Function) if one.name == worker.id), None)
            if inner is not None:
                body, own = inner.body, {one.name for one in inner.parameters}
        for statement in body:
            for node in tree.walk(statement):
                if isinstance(node, tree.Name) and node.id not in own and self._belongs_to_caller(node, function):
                    found = self._queries.object_of(node, function)
                    if found is not None and found.role == SESSION:
                        return node.id, node, found.is_async
        return None

    def _held(self, worker: tree.Expression, function: FunctionValue) -> tuple[str, tree.Expression, Answer] | None:
        """A session that the object holds whose method is started, and that the method reads."""
        if not isinstance(worker, tree.Attribute) or not self._belongs_to_caller(worker, function):
            return None
        method = self._queries.value_of(worker, function)
        if not isinstance(method, BoundMethod) or not isinstance(method.receiver, Instance):
            return None
        receiver = method.receiver
        if not isinstance(receiver.type, ClassValue):
            return None
        self._evaluator.initialise(receiver)
        for node in method.function.nodes_of(tree.Attribute):
            if isinstance(node.value, tree.Name) and node.value.id == "self" and node.name in receiver.attributes:
                found = self._queries.object_of(node, method.function)
                if found is not None and found.role == SESSION and not self._is_registry(node, method.function):
                    return f"{dotted_name(worker.value)}.{node.name}", worker, found.is_async
        return None
