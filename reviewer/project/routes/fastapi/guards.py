"""What enforces authentication on a FastAPI route: dependencies, decorators, middleware, its own code."""

from __future__ import annotations

import re

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
)
from reviewer.project.model import Answer, Authentication, Dependency
from reviewer.project.routes.authentication import SUGGESTIVE, AuthenticationJudge
from reviewer.project.routes.fastapi.dependencies import callable_name
from reviewer.project.routes.fastapi.registrations import DECORATORS, argument

#: Starlette's decorator that demands scopes of whom its authentication middleware knows.
SCOPE_GUARD = "starlette.authentication.requires"
#: Middleware that turns requests away for something else than who calls.
OTHER_PROTECTION = re.compile(r"csrf|xsrf|cors|ratelimit|rate_limit|throttl|limiter|trustedhost|gzip|headers$", re.I)


class RouteGuards:
    """Says whether a route demands authentication, and what middleware says of it."""

    def __init__(self, evaluator: Evaluator, judge: AuthenticationJudge) -> None:
        self._evaluator = evaluator
        self._judge = judge

    def authentication(
        self,
        endpoint: Value,
        dependencies: tuple[Dependency, ...],
        middleware: Authentication,
        decorators: tuple[Value, ...] = (),
    ) -> Authentication:
        """Whether a route with an endpoint and dependencies demands authentication.

        `middleware` is what that says; `decorators` are those around the endpoint, written above it or called.
        """
        flat = [one for dependency in dependencies for one in dependency.flattened()]
        enforcing = tuple(dict.fromkeys(one.name for one in flat if one.enforces_authentication is Answer.YES))
        if enforcing:
            return Authentication(Answer.YES, enforcing)
        written = endpoint.decorators if isinstance(endpoint, FunctionValue) else ()
        called = (one for one in decorators if _is_scope_guard(one) and all(one is not other for other in written))
        for decorator in (*written, *called):
            answer = self._decorator_answer(decorator)
            if answer is Answer.YES:
                return Authentication(Answer.YES, (callable_name(decorator),))
            if answer is Answer.UNKNOWN:
                return Authentication(Answer.UNKNOWN, (), f"decorator {callable_name(decorator)}")
        unknown = [one for one in flat if one.enforces_authentication is Answer.UNKNOWN]
        if unknown:
            return Authentication(Answer.UNKNOWN, (), f"dependency {unknown[0].name}")
        if middleware.answer is not Answer.NO:
            return middleware
        endpoint = _behind_scope_guards(endpoint)
        if isinstance(endpoint, FunctionValue) and self._judge.refuses(endpoint):
            return Authentication(Answer.UNKNOWN, (), f"checks in {endpoint.name}")
        if not isinstance(endpoint, (FunctionValue, ClassValue)):
            return Authentication(Answer.UNKNOWN, (), "endpoint that is not followed")
        return Authentication(Answer.NO)

    def _decorator_answer(self, decorator: Value) -> Answer:
        """Whether a decorator other than the registering one refuses callers."""
        if isinstance(decorator, Instance) and decorator.event is not None:
            is_route = decorator.event.method in DECORATORS
            return Answer.NO if is_route or not SUGGESTIVE.search(decorator.event.method) else Answer.UNKNOWN
        if isinstance(decorator, (FunctionValue, BoundMethod, ClassValue)):
            return self._judge.enforces(decorator)
        if isinstance(decorator, External):
            return Answer.UNKNOWN if SUGGESTIVE.search(decorator.name.rpartition(".")[2]) else Answer.NO
        if isinstance(decorator, Instance) and _is_scope_guard(decorator):
            return _demands_scopes(decorator)
        if isinstance(decorator, Instance):
            return Answer.UNKNOWN if SUGGESTIVE.search(callable_name(decorator)) else Answer.NO
        return Answer.UNKNOWN if isinstance(decorator, (Unknown, Choice)) else Answer.NO

    def middleware_guard(self, instance: Instance) -> Authentication:
        """What the middleware of an application says of authentication: never a plain yes, it may let paths pass."""
        listed = instance.keywords.get("middleware")
        candidates: list[Value] = [
            item.argument(0, "cls") for item in listed if isinstance(item, Instance)
        ] if isinstance(listed, (list, tuple)) else []  # fmt: skip
        for event in instance.events:
            if event.method == "add_middleware":
                candidates.append(argument(event, 0, "middleware_class"))
            elif event.method == "middleware":
                candidates.append(event.decorated)
        for candidate in candidates:
            name = callable_name(candidate)
            if OTHER_PROTECTION.search(name):
                continue
            if SUGGESTIVE.search(name) or self._refuses(candidate):
                return Authentication(Answer.UNKNOWN, (), f"middleware {name}")
        return Authentication(Answer.NO)

    def _refuses(self, value: Value) -> bool:
        if isinstance(value, FunctionValue):
            return self._judge.refuses(value) or _answers_with_refusal(value)
        if isinstance(value, ClassValue):
            self._evaluator.run_class(value)
            return any(self._refuses(one) for one in value.attributes.values() if isinstance(one, FunctionValue))
        return False


def stronger(first: Authentication, second: Authentication) -> Authentication:
    """What the outer middleware says, else what the inner one does."""
    return first if first.answer is not Answer.NO else second


def _is_scope_guard(value: Value) -> bool:
    return isinstance(value, Instance) and isinstance(value.type, External) and value.type.name == SCOPE_GUARD


def _behind_scope_guards(endpoint: Value) -> Value:
    """What answers, where calls of `requires(…)` are around it."""
    while isinstance(endpoint, Instance) and _is_scope_guard(endpoint.maker) and endpoint.arguments:
        endpoint = endpoint.arguments[0]
    return endpoint


def _demands_scopes(guard: Instance) -> Answer:
    """Whether `requires(…)` names any scope: without one everybody passes."""
    scopes = guard.argument(0, "scopes")
    if isinstance(scopes, (list, tuple, str)):
        return Answer.YES if scopes else Answer.NO
    return Answer.UNKNOWN


def _answers_with_refusal(function: FunctionValue) -> bool:
    """Whether a function makes a response with the status 401 or 403."""
    if not isinstance(function.node, tree.Function):
        return False
    return any(
        isinstance(node, tree.Keyword) and node.name == "status_code" and _names_refusal(node.value)
        for node in function.nodes
    )


def _names_refusal(value: tree.Expression) -> bool:
    return any(code in source_text(value) for code in ("401", "403", "UNAUTHORIZED", "FORBIDDEN"))
