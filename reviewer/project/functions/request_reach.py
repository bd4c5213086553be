"""Finds what runs while a request is answered: the calls that endpoints and their dependencies lead to.

Takes the routes and the resolved calls, gives for a call a shortest chain from a request to it. It goes backwards,
through the callers of callers, so that a few functions are looked into and not the whole program.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import msgspec

from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue, Value
from reviewer.project.functions.calls import SEARCH_DEPTH, Calls, targets
from reviewer.project.model import CallSite, Route
from reviewer.project.program import Program

#: Most functions that call something of a name: more mean a name that tells nothing, such as `get`.
CALLER_LIMIT = 400
#: Methods of a class-based view that answer requests.
VIEW_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "dispatch_request")


class Handler(msgspec.Struct, frozen=True, eq=False):
    """A function that runs for each request of a route: its endpoint, or a dependency."""

    function: FunctionValue
    route: Route  # the first one that it runs for
    is_dependency: bool


class ReachedCall(msgspec.Struct, frozen=True, eq=False):
    """A call that runs while a request is answered, with the calls that lead there, outermost first."""

    site: CallSite
    handler: Handler
    chain: tuple[CallSite, ...]


class RequestReach:
    """Answers which calls run in a request."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, routes: Iterable[Route]) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._routes = tuple(routes)
        self._callers: dict[int, tuple[CallSite, ...]] = {}
        self._leading: dict[int, Handler | None] = {}
        self._runs: dict[int, bool] = {}
        self._sites: dict[str, dict[int, list[CallSite]]] = {}

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes that requests come by."""
        return self._routes

    @cached_property
    def handlers(self) -> tuple[Handler, ...]:
        """The functions that run for each request of some route, each once, endpoints first, web sockets last."""
        found: dict[int, Handler] = {}
        routes = sorted(self._routes, key=lambda route: route.method == "WEBSOCKET")
        for route in routes:
            for function in self._functions_of(route.endpoint):
                found.setdefault(id(function), Handler(function, route, is_dependency=False))
        for route in routes:
            for dependency in route.all_dependencies:
                for function in self._targets(dependency.callable):
                    found.setdefault(id(function), Handler(function, route, is_dependency=True))
        return tuple(found.values())

    def _functions_of(self, endpoint: Value) -> Iterator[FunctionValue]:
        if isinstance(endpoint, FunctionValue):
            yield endpoint
        elif isinstance(endpoint, ClassValue):
            for name in VIEW_METHODS:
                found = self._evaluator.find_in_class(endpoint, name)
                if found is not None and isinstance(found[1], FunctionValue):
                    yield found[1]

    @cached_property
    def _handlers_by_node(self) -> dict[int, Handler]:
        """By definition: a function in a factory is one object where it is executed, and another elsewhere."""
        return {id(handler.function.node): handler for handler in reversed(self.handlers)}

    def handler_of(self, function: FunctionValue) -> Handler | None:
        """The handler that a function is, None where it is none."""
        return self._handlers_by_node.get(id(function.node))

    def reaching(
        self,
        site: CallSite,
        is_entered: Callable[[FunctionValue], bool] = lambda _: True,
        is_followed: Callable[[CallSite], bool] = lambda _: True,
    ) -> ReachedCall | None:
        """A call with a shortest chain from a request to it, None where no request leads there as far as is known.

        The chain enters no function that `is_entered` refuses, and goes through no call that `is_followed` refuses.
        """
        found = self._search(site.caller, is_entered, is_followed)
        return None if found is None else ReachedCall(site, *found)

    def handler_leading_to(self, function: FunctionValue) -> Handler | None:
        """The handler of a request that leads to a function, itself first; None where none does as far as is known."""
        if id(function) not in self._leading:
            found = self._search(function, lambda _: True, lambda _: True)
            self._leading[id(function)] = None if found is None else found[0]
        return self._leading[id(function)]

    def _search(
        self,
        start: FunctionValue,
        is_entered: Callable[[FunctionValue], bool],
        is_followed: Callable[[CallSite], bool],
    ) -> tuple[Handler, tuple[CallSite, ...]] | None:
        seen = {id(start)}
        pending: deque[tuple[FunctionValue, tuple[CallSite, ...]]] = deque([(start, ())])
        while pending:
            function, chain = pending.popleft()
            if not is_entered(function):
                continue
            handler = self._handlers_by_node.get(id(function.node))
            if handler is not None:
                return handler, chain
            if len(chain) >= SEARCH_DEPTH:
                continue
            for calling in self.callers_of(function):
                if id(calling.caller) not in seen and is_followed(calling):
                    seen.add(id(calling.caller))
                    pending.append((calling.caller, (calling, *chain)))
        return None

    def runs_in_requests(self, site: CallSite) -> bool:
        """Whether some request leads to a call, as far as is known."""
        key = id(site.caller)
        if key not in self._runs:
            self._runs[key] = self.reaching(site) is not None
        return self._runs[key]

    def callers_of(self, function: FunctionValue) -> tuple[CallSite, ...]:
        """The calls of a function, or of its class for a constructor, in functions of the project; tests left out."""
        found = self._callers.get(id(function))
        if found is None:
            found = self._callers[id(function)] = tuple(self._find_callers(function))
        return found

    def _find_callers(self, function: FunctionValue) -> Iterator[CallSite]:
        name = function.name
        if function.owner is not None and name in ("__init__", "__new__", "__call__"):
            name = function.owner.name
        for known_as in (name, *self._aliases.get(name, ())):
            yield from self._sites_of(known_as).get(id(function), ())

    def _sites_of(self, name: str) -> dict[int, list[CallSite]]:
        """The calls of something of a name, by the identity of the function that each may run."""
        found = self._sites.get(name)
        if found is None:
            found = self._sites[name] = {}
            calling = self._calling.get(name, ())
            for module, declaration in calling if len(calling) <= CALLER_LIMIT else ():
                for site in self._calls.named(self._calls.function_of(module, declaration), name):
                    for target in {id(one): one for one in self._targets(site.callee)}:
                        found.setdefault(target, []).append(site)
        return found

    def _targets(self, callee: Value) -> tuple[FunctionValue, ...]:
        """The functions that a call runs, inherited constructors too."""
        if isinstance(callee, ClassValue):
            found = self._evaluator.find_in_class(callee, "__init__")
            return (found[1],) if found is not None and isinstance(found[1], FunctionValue) else ()
        return targets(callee)

    @cached_property
    def _calling(self) -> dict[str, list[tuple[Module, Declaration]]]:
        """The functions that call something of a name, tests left out."""
        calling: dict[str, list[tuple[Module, Declaration]]] = {}
        for module in self._program.modules:
            if not module.is_test:
                for declaration in module.index.declarations:
                    if declaration.kind == "function":
                        for name in declaration.calls:
                            calling.setdefault(name, []).append((module, declaration))
        return calling

    @cached_property
    def _aliases(self) -> dict[str, set[str]]:
        """Under which other names functions and classes are imported."""
        aliases: dict[str, set[str]] = {}
        for module in self._program.modules:
            for one in module.index.imports:
                if one.name is not None and one.local != one.name:
                    aliases.setdefault(one.name, set()).add(one.local)
        return aliases
