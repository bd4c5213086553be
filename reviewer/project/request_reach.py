"""Finds what runs while a request is answered: the calls that endpoints and their dependencies lead to.

Takes the routes and the resolved calls, gives each call of some names once, with a shortest chain from a route. It
follows only calls that can lead there by name, so that a few functions are looked into and not the whole program.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from reviewer.modules import tree
from reviewer.project.calls import SEARCH_DEPTH, Calls, targets
from reviewer.project.evaluation import Evaluator
from reviewer.project.model import CallSite, Route
from reviewer.project.values import ClassValue, FunctionValue, Value

#: Methods of a class-based view that answer requests.
VIEW_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "dispatch_request")


@dataclass(frozen=True, eq=False)
class Handler:
    """A function that runs for each request of a route: its endpoint, or a dependency."""

    function: FunctionValue
    route: Route  # the first one that it runs for
    is_dependency: bool


@dataclass(frozen=True, eq=False)
class ReachedCall:
    """A call that runs while a request is answered, with the calls that lead there, outermost first."""

    site: CallSite
    handler: Handler
    chain: tuple[CallSite, ...]


class RequestReach:
    """Answers which calls run in a request."""

    def __init__(self, evaluator: Evaluator, calls: Calls, routes: Iterable[Route]) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._routes = tuple(routes)

    @cached_property
    def handlers(self) -> tuple[Handler, ...]:
        """The functions that run for each request of some route, each once, endpoints first."""
        found: dict[int, Handler] = {}
        for route in self._routes:
            for function in self._functions_of(route.endpoint):
                found.setdefault(id(function), Handler(function, route, is_dependency=False))
        for route in self._routes:
            for dependency in route.all_dependencies:
                for function in targets(dependency.callable):
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

    def calls_named(
        self,
        names: frozenset[str],
        is_entered: Callable[[FunctionValue], bool] = lambda _: True,
        is_followed: Callable[[CallSite], bool] = lambda _: True,
    ) -> Iterator[ReachedCall]:
        """Calls of something with one of these last names that run in a request, breadth first.

        A function is looked into once, and not at all where `is_entered` says no; the calls that `is_followed`
        refuses are given but not followed.
        """
        wanted = names | self._calls.names_leading_to(names)
        seen: set[int] = set()
        pending: deque[tuple[FunctionValue, Handler, tuple[CallSite, ...]]] = deque()
        for handler in self.handlers:
            if is_entered(handler.function):
                seen.add(id(handler.function))
                pending.append((handler.function, handler, ()))
        while pending:
            function, handler, chain = pending.popleft()
            for site in self._calls.named(function, *wanted):
                if last_name(site.node) in names:
                    yield ReachedCall(site, handler, chain)
                if len(chain) >= SEARCH_DEPTH or not is_followed(site):
                    continue
                for target in targets(site.callee):
                    if id(target) not in seen and not target.module.is_test and is_entered(target):
                        seen.add(id(target))
                        pending.append((target, handler, (*chain, site)))


def last_name(node: tree.Call) -> str:
    """The last name of what is called: `delay` for `tasks.send.delay()`; empty where it has none."""
    called = node.function
    return called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")
