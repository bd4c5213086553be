"""Which routes demand more than a known caller: a role, a permission, a scope, the ownership of something.

Yes where a dependency or decorator says so by its name or body, no where nothing that runs for the route speaks of
such a thing, unknown otherwise: what a body says of roles may be a demand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.access.function_words import FunctionWords
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
from reviewer.project.model import Answer, Dependency, Route
from reviewer.project.routes.endpoint_functions import function_answering

#: Words that speak of more than being known.
ELEVATED = re.compile(
    r"admin|super_?user|staff|(?:^|_)root|(?:^|_|[a-z])[Rr]oles?(?:$|_|[A-Z])|(?<!un)permi(?:ssion|tted)|(?:^|_)perms?(?:$|_)|privileg|"
    r"moderat|owner|(?:^|_)acl|polic(?:y|ies)|(?:^|_)can_|(?:^|_)may_|allowed|forbid|authori[sz](?!ation_?header)|is_self|"
    r"enforce|access_level|has_access|FORBIDDEN|Scope\b|(?:^|_)scopes(?:$|_)|visible|Oso|casbin|capabilit",
    re.IGNORECASE,
)
#: Those of them that bodies of plain authentication hold as well.
PLAIN_WORDS = re.compile(
    r"security_?scopes|scopes?$|scope_str|authorization|authorized|unauthorized|403|forbidden", re.IGNORECASE
)
#: Names of guards that demand nothing but a known caller.
PLAIN_GUARD = re.compile(
    r"^(?:fresh_)?(?:user_)?(?:log(?:ged_)?in|auth|authenticated|token|jwt|session)_?(?:required|only)?$|"
    r"^get_current_(?:active_)?user$|^(?:jwt|login|auth|token)_required$|^authed_only$|^requires?_(?:auth|login|user|token)$",
    re.IGNORECASE,
)
DEPENDENCY_DEPTH = 2


@lru_cache(maxsize=100_000)
def is_elevated(word: str) -> bool:
    """Whether a word speaks of more than being known."""
    return ELEVATED.search(word) is not None


class RoleDemand(msgspec.Struct, frozen=True):
    """Whether a route demands more than a known caller, and what says so."""

    answer: Answer
    guard: str = ""  # the dependency or decorator that demands it


class RoleDemands:
    """Answers what routes demand. Results are kept."""

    def __init__(self, evaluator: Evaluator, words: FunctionWords) -> None:
        self._evaluator = evaluator
        self._words = words
        self._callables: dict[int, RoleDemand] = {}
        self._kept: list[Value] = []
        self._guards: dict[int, RoleDemand] = {}
        self._routes: dict[int, RoleDemand] = {}

    def of(self, route: Route) -> RoleDemand:
        """What a route demands: its guards, then what its endpoint and what that calls speak of."""
        found = self._routes.get(id(route))
        if found is None:
            found = self._routes[id(route)] = self._judge(route)
        return found

    def _judge(self, route: Route) -> RoleDemand:
        guard = self.guard_of(route)
        if guard.answer is not Answer.NO:
            return guard
        function = function_answering(self._evaluator, route)
        if function is None:
            return RoleDemand(Answer.UNKNOWN)
        if any(map(is_elevated, self._words.reached(function))):
            return RoleDemand(Answer.UNKNOWN)
        return guard

    def speaks_of_roles(self, function: FunctionValue) -> bool:
        """Whether a function, or what it calls directly, speaks of more than being known."""
        return any(is_elevated(word) and not PLAIN_WORDS.search(word) for word in self._words.reached(function, 1))

    def guard_of(self, route: Route) -> RoleDemand:
        """What the dependencies, decorators and hooks of a route demand."""
        found = self._guards.get(id(route))
        if found is None:
            found = self._guards[id(route)] = self._judge_guards(route)
        return found

    def _judge_guards(self, route: Route) -> RoleDemand:
        is_unknown = route.authentication.reason.startswith(("hook", "view", "check"))
        for demand in self._demands(route):
            if demand.answer is Answer.YES:
                return demand
            is_unknown = is_unknown or demand.answer is Answer.UNKNOWN
        return RoleDemand(Answer.UNKNOWN if is_unknown else Answer.NO)

    def _demands(self, route: Route) -> Iterator[RoleDemand]:
        for dependency in route.all_dependencies:
            yield self._dependency(dependency)
        for name in route.authentication.names:
            if ELEVATED.search(name) and not PLAIN_GUARD.search(name):
                yield RoleDemand(Answer.YES, name)
        function = function_answering(self._evaluator, route)
        if function is None:
            yield RoleDemand(Answer.UNKNOWN)
            return
        known = {one.name for one in route.all_dependencies}
        if isinstance(function.node, tree.Function):
            for decorator in function.node.decorators:
                known.add(last_name(decorator.function if isinstance(decorator, tree.Call) else decorator))
                yield self._decorator(decorator, function, route)
        for name in route.authentication.names:
            if name not in known and name != function.name:
                yield RoleDemand(Answer.UNKNOWN)  # a hook or wrapper

    def _dependency(self, dependency: Dependency) -> RoleDemand:
        if dependency.scopes:
            return RoleDemand(Answer.YES, dependency.name)
        if PLAIN_GUARD.search(dependency.name):
            return RoleDemand(Answer.NO)
        if ELEVATED.search(dependency.name):
            return RoleDemand(Answer.YES, dependency.name)
        return self._callable(dependency.callable, dependency.name)

    def _callable(self, value: Value, name: str) -> RoleDemand:
        found = self._callables.get(id(value))
        if found is None:
            found = self._callables[id(value)] = self._judge_callable(value, name)
            self._kept.append(value)
        return found

    def _judge_callable(self, value: Value, name: str) -> RoleDemand:
        if isinstance(value, BoundMethod):
            value = value.function
        if isinstance(value, FunctionValue):
            outer = value.qualname.partition(".<locals>")[0].rpartition(".")[2]
            if ELEVATED.search(outer) and not PLAIN_GUARD.search(outer):
                return RoleDemand(Answer.YES, outer)
            words = self._words.reached(value, DEPENDENCY_DEPTH)
            speaks = any(is_elevated(word) and not PLAIN_WORDS.search(word) for word in words)
            return RoleDemand(Answer.UNKNOWN if speaks else Answer.NO)
        if isinstance(value, Instance):
            if value.keywords.get("superuser") is True:
                return RoleDemand(Answer.YES, name)
            if isinstance(value.type, ClassValue):
                return RoleDemand(Answer.UNKNOWN if value.arguments or value.keywords else Answer.NO)
            return RoleDemand(Answer.NO)
        if isinstance(value, ClassValue):
            called = self._evaluator.find_in_class(value, "__init__")
            return self._callable(called[1], name) if called is not None else RoleDemand(Answer.NO)
        return RoleDemand(Answer.UNKNOWN if isinstance(value, (Unknown, External, InstanceAttribute)) else Answer.NO)

    def _decorator(self, decorator: tree.Expression, function: FunctionValue, route: Route) -> RoleDemand:
        called = decorator.function if isinstance(decorator, tree.Call) else decorator
        name = last_name(called)
        if (decorator.line, decorator.column) == (route.node.line, route.node.column):
            speaks = any(
                isinstance(node, (tree.Name, tree.Attribute)) and ELEVATED.search(last_name(node))
                for node in tree.walk(decorator)
            )
            return RoleDemand(Answer.YES, name) if speaks else RoleDemand(Answer.NO)
        if PLAIN_GUARD.search(name):
            return RoleDemand(Answer.NO)
        if ELEVATED.search(name):
            return RoleDemand(Answer.YES, name)
        value = self._evaluator.evaluate(called, function.scope)
        if isinstance(value, FunctionValue):
            inner = [node for node in tree.walk(value.node) if isinstance(node, (tree.Name, tree.Attribute))]
            speaks = any(ELEVATED.search(last_name(node)) and not PLAIN_WORDS.search(last_name(node)) for node in inner)
            return RoleDemand(Answer.UNKNOWN if speaks else Answer.NO)
        return RoleDemand(Answer.NO)
