"""Finds routes that let users in whom the program has switched off, where a guard exists that looks.

A guard is strict if it refuses by a test of whether the user is active, and depends on a laxer one that makes no such
test. Routes that change data are judged; what a guard calls in the project counts as its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.access.function_words import FunctionWords
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.model import Answer, Dependency, Route
from reviewer.project.routes.open_routes import CHANGING, EXAMPLE_FOLDERS

#: Words of a user that is switched off, or not.
ACTIVE = re.compile(
    r"^(?:is_)?(?:active|disabled|inactive|enabled|blocked|banned|suspended|deactivated|locked|deleted)$"
)
DEPTH = 2


class InactiveUsers(msgspec.Struct, frozen=True, eq=False):
    """A laxer guard, and the routes that change data behind it."""

    lax: Dependency
    strict: Dependency
    lax_function: FunctionValue
    strict_function: FunctionValue
    routes: tuple[Route, ...]
    strict_routes: int  # routes that the strict guard stands before


class InactiveUserSearch:
    """Answers which routes let inactive users in."""

    def __init__(self, words: FunctionWords, routes: Iterable[Route]) -> None:
        self._words = words
        self._routes = tuple(
            route
            for route in routes
            if not route.module.is_test and EXAMPLE_FOLDERS.isdisjoint(route.module.path.split("/")[:-1])
        )

    def find(self) -> Iterator[InactiveUsers]:
        """Each laxer guard with its routes."""
        pairs = self._pairs()
        for lax, strict in pairs.values():
            lax_function, strict_function = lax.callable, strict.callable
            looking = [route for route in self._routes if self._looks(route)]
            behind = [
                route
                for route in self._routes
                if route.method in CHANGING
                and any(one.callable is lax_function for one in route.all_dependencies)
                and not self._looks(route)
            ]
            found = list({route.place: route for route in behind}.values())
            if found:
                yield InactiveUsers(lax, strict, lax_function, strict_function, tuple(found), len(looking))

    def _pairs(self) -> dict[int, tuple[Dependency, Dependency]]:
        """The laxer guards that strict ones depend on, each with the first of these."""
        found: dict[int, tuple[Dependency, Dependency]] = {}
        seen: set[int] = set()
        for route in self._routes:
            for strict in route.all_dependencies:
                if id(strict.callable) in seen or not isinstance(strict.callable, FunctionValue):
                    continue
                seen.add(id(strict.callable))
                if not self._refuses_inactive(strict.callable):
                    continue
                for lax in strict.dependencies:
                    if self._is_lax(lax):
                        found.setdefault(id(lax.callable), (lax, strict))
        return found

    def _is_lax(self, dependency: Dependency) -> bool:
        function = dependency.callable
        return (
            isinstance(function, FunctionValue)
            and dependency.enforces_authentication is Answer.YES
            and not any(map(ACTIVE.search, self._words.reached(function, DEPTH)))
        )

    def _refuses_inactive(self, function: FunctionValue) -> bool:
        """Whether a guard raises by a test of whether the user is active, and tests nothing else."""
        return any(
            any(isinstance(inner, tree.Raise) for inner in node.body)
            and any(isinstance(one, tree.Attribute) and ACTIVE.search(one.name) for one in tree.walk(node.test))
            for node in function.nodes_of(tree.If)
        )

    def _looks(self, route: Route) -> bool:
        """Whether a dependency, the endpoint or what it calls looks at whether the user is active."""
        functions = [one.callable for one in route.all_dependencies if isinstance(one.callable, FunctionValue)]
        if any(any(map(ACTIVE.search, self._words.reached(one, DEPTH))) for one in functions):
            return True
        endpoint = route.endpoint
        return isinstance(endpoint, FunctionValue) and any(
            isinstance(one, tree.Attribute) and ACTIVE.search(one.name)
            for node in endpoint.nodes_of(tree.If)
            for one in tree.walk(node.test)
        )
