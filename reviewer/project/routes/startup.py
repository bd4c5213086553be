"""What applications run when they start: lifespans and startup handlers, which may include routers.

Source: https://www.starlette.io/lifespan/, https://fastapi.tiangolo.com/advanced/events/. Handlers are executed only
where some registering call of a function has not been seen to run yet, so most programs cost nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.limits import STARTUP_STEP_LIMIT
from reviewer.project.evaluation.scopes import local_bindings
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    Value,
    alternatives,
    argument_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.routes.unseen_registrations import unseen_registrations

REGISTERING = frozenset(
    {
        "include_router",
        "add_api_route",
        "add_api_websocket_route",
        "add_route",
        "add_websocket_route",
        "api_route",
        "mount",
        "host",
    }
)
ENTERING = ("__aenter__", "__enter__")
HANDLER_LIMIT = 200


class Handler(msgspec.Struct, frozen=True, eq=False):
    """A callable that runs when an application starts."""

    callable: Value
    application: Instance
    takes_application: bool  # a lifespan gets the application, a startup handler nothing
    conditions: tuple[str, ...] = ()


class Startup:
    """Executes the startup handlers of applications, each once."""

    def __init__(self, evaluator: Evaluator, calls: Calls) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._executed: set[tuple[int, int]] = set()
        self._kept: list[Value] = []  # so that identities stay unique

    def run(self, instances: Iterable[Instance]) -> None:
        """Executes the handlers of some applications and routers, where they may register routes."""
        handlers = [handler for instance in instances for handler in handlers_of(instance)][:HANDLER_LIMIT]
        registering = self._unseen_registrations() if handlers else frozenset()
        names = registering and registering | self._calls.names_leading_to(registering)
        self._evaluator.effect_names = names
        try:
            for handler in handlers:
                functions = list(_functions_in(handler.callable))
                if not functions or (names and any(_may_lead_to(function, names) for function in functions)):
                    self._run(handler)
        finally:
            self._evaluator.effect_names = None

    def _unseen_registrations(self) -> frozenset[str]:
        """The names of the functions that register routes in a call that has not been executed."""
        return frozenset(one.name for one in unseen_registrations(self._evaluator, self._calls, REGISTERING))

    def _run(self, handler: Handler) -> None:
        for value in alternatives(handler.callable):
            key = (id(value.function) if isinstance(value, BoundMethod) else id(value), id(handler.application))
            if key in self._executed:
                continue
            self._executed.add(key)
            self._kept.append(value)
            made = value if isinstance(value, Instance) and value.node is not None else handler.application
            outer, self._evaluator.conditions = self._evaluator.conditions, handler.conditions
            if made.module is not None and made.node is not None:
                self._evaluator.calling = (made.module, made.node)
            limit = self._evaluator.step_limit
            self._evaluator.step_limit = min(limit, self._evaluator.steps + STARTUP_STEP_LIMIT)
            try:
                self._call(value, (handler.application,) if handler.takes_application else ())
            finally:
                self._evaluator.conditions, self._evaluator.calling = outer, None
                self._evaluator.step_limit = limit

    def _call(self, value: Value, arguments: tuple[Value, ...]) -> None:
        if isinstance(value, Instance) and isinstance(value.type, External) and value.type.name != "functools.partial":
            for function in _functions_given_to(value):  # a library's object that runs what it was given
                self._apply(function, arguments)
        elif not isinstance(value, External):
            self._enter(self._apply(value, arguments))

    def _apply(self, value: Value, arguments: tuple[Value, ...]) -> Value:
        module = arguments[0].module if arguments and isinstance(arguments[0], Instance) else None
        module = module or next(iter(self._evaluator.program.modules))
        return self._evaluator.apply(value, arguments, {}, None, self._evaluator.scope_of(module))

    def _enter(self, value: Value) -> None:
        """Runs the first half of a context manager of the project."""
        if isinstance(value, Instance) and isinstance(value.type, ClassValue):
            for name in ENTERING:
                found = self._evaluator.find_in_class(value.type, name)
                if found is not None and isinstance(found[1], FunctionValue):
                    self._apply(BoundMethod(found[1], value), ())
                    return


def handlers_of(instance: Instance) -> Iterator[Handler]:
    """The lifespan and startup handlers of an application or router, in the order in which they are given."""
    keywords = dict(instance.keywords)
    for event in instance.events:
        if event.method == "__init__":
            keywords.update(event.keywords)
    assigned = [instance.attributes.get(name) for name in ("router.lifespan_context", "lifespan_context")]
    for lifespan in (keywords.get("lifespan"), *assigned):
        if lifespan is not None:
            yield Handler(lifespan, instance, True)
    for one in _listed(keywords.get("on_startup")):
        yield Handler(one, instance, False)
    for event in instance.events:
        yield from _event_handlers(event, instance)


def _event_handlers(event: Event, instance: Instance) -> Iterator[Handler]:
    method = event.method.removeprefix("router.")
    if method in ("on_event", "add_event_handler"):
        if argument_of(event.arguments, event.keywords, 0, "event_type") == "startup":
            given = argument_of(event.arguments, event.keywords, 1, "func")
            handler = event.decorated if method == "on_event" else given
            if handler is not None:
                yield Handler(handler, instance, False, event.conditions)
    elif method in ("on_startup.append", "on_startup.extend", "on_startup.insert"):
        for argument in event.arguments[-1:]:
            for one in _listed(argument) if method.endswith("extend") else (argument,):
                yield Handler(one, instance, False, event.conditions)


def _listed(value: Value) -> tuple[Value, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else ()


def _functions_given_to(instance: Instance) -> Iterator[Value]:
    """The functions of the project among the arguments of an object, and those its methods decorated or were given."""
    given: list[Value] = [*instance.arguments, *instance.keywords.values()]
    for event in instance.events:
        given += [event.decorated, *event.arguments]
    seen: set[int] = set()
    for value in given:
        for one in _listed(value) or (value,):
            if isinstance(one, (FunctionValue, BoundMethod, Choice)) and id(one) not in seen:
                seen.add(id(one))
                yield one


def _functions_in(value: Value) -> Iterator[FunctionValue]:
    """The functions of the project that a call of a handler may run first."""
    for one in alternatives(value):
        if isinstance(one, FunctionValue):
            yield one
        elif isinstance(one, BoundMethod):
            yield one.function
        elif isinstance(one, (ClassValue, Instance)):
            owner = one if isinstance(one, ClassValue) else one.type
            if isinstance(owner, ClassValue):
                methods = (owner.attributes.get(name) for name in ("__call__", "__init__", *ENTERING))
                yield from (method for method in methods if isinstance(method, FunctionValue))
            elif isinstance(one, Instance):
                for given in _functions_given_to(one):
                    yield from _functions_in(given)


def _may_lead_to(function: FunctionValue, names: frozenset[str]) -> bool:
    """Whether a function may, by the names of what it calls, register routes; it may call what it was given."""
    if function.name in names:
        return True
    if any(isinstance(node, tree.Call) and called_name(node) in names | REGISTERING for node in function.nodes):
        return True
    local = local_bindings(function)
    return any(
        isinstance(node, tree.Call)
        and isinstance(node.function, tree.Name)
        and any(kind in ("parameter", "item", "value") for kind, _ in local.get(node.function.id, ()))
        for node in function.nodes
    )
