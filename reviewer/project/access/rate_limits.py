"""Finds routes that take passwords or codes, as often as a caller likes: nothing around them counts requests.

Takes the routes, gives those that sign in, sign up or reset a password without a limiter of their own, their router's
or their application's. Where a limiter is set for all routes, nothing is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.access.function_words import FunctionWords
from reviewer.project.access.unguarded_objects import header_of
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.model import Answer, Route
from reviewer.project.routes.endpoint_functions import function_answering
from reviewer.project.routes.open_routes import EXAMPLE_FOLDERS, is_named
from reviewer.rule import Place

#: Segments of paths and names of endpoints, in kebab case, of what takes secrets that can be guessed, or sends mail.
GUESSED = (
    "login", "log-in", "*-login", "login-*", "signin", "sign-in", "signup", "sign-up", "register", "forgot*",
    "*forgot-password*", "reset-password*", "*password-reset*", "*-reset-password", "password-recovery*",
    "recover-password*", "otp", "verify-otp", "verify-code",
)  # fmt: skip
#: Functions that compare a secret with the stored one.
COMPARING = frozenset({"verify_password", "check_password", "check_password_hash"})
#: Names of what counts requests or asks for proof of a person.
LIMITER = re.compile(
    r"rate_?limit|limiter|throttl|slow_?down|too_?many|brute|captcha|lockout|failed_(?:login|attempt)|login_attempt|"
    r"turnstile|429|max_attempts|max_tries",
    re.IGNORECASE,
)
#: What the redirect to another server or a page needs no limit for.
FOREIGN = re.compile(r"oauth|oidc|saml|sso|callback|google|github|ldap_test|logout|openid", re.IGNORECASE)
DEFAULT_LIMITS = frozenset({"default_limits", "application_limits"})


class UnlimitedRoute(msgspec.Struct, frozen=True, eq=False):
    """A route by which secrets can be guessed without end."""

    route: Route
    place: Place
    has_limiter_elsewhere: bool  # other routes of the project have one


class RateLimits:
    """Answers which routes no limiter stands before."""

    def __init__(
        self, modules: Iterable[Module], evaluator: Evaluator, words: FunctionWords, routes: Iterable[Route]
    ) -> None:
        self._modules = tuple(module for module in modules if not module.is_test)
        self._evaluator = evaluator
        self._words = words
        self._routes = tuple(route for route in routes if _is_judged(route))

    def find(self) -> Iterator[UnlimitedRoute]:
        """All of them, each function once."""
        asked = [route for route in self._routes if self._takes_secrets(route)]
        if not asked or self._limits_everything():
            return
        limited = any(self._has_limiter(route) for route in self._routes)
        seen: set[int] = set()
        for route in asked:
            function = function_answering(self._evaluator, route)
            if function is not None and id(function) not in seen and not self._is_limited(route):
                seen.add(id(function))
                yield UnlimitedRoute(route, header_of(function), limited)

    def _takes_secrets(self, route: Route) -> bool:
        if (
            route.method != "POST"
            or route.authentication.answer is Answer.YES
            or FOREIGN.search(route.path)
            or FOREIGN.search(route.function_name)
        ):
            return False
        function = function_answering(self._evaluator, route)
        if function is None:
            return False
        if any(called_name(node) in COMPARING for node in function.nodes_of(tree.Call)):
            return True
        if any(one.name.startswith("OAuth2PasswordRequestForm") for one in route.all_dependencies):
            return True
        return is_named(route, GUESSED) and bool(route.path.strip("/"))

    def _is_limited(self, route: Route) -> bool:
        """Whether anything around a route, or in it, counts requests."""
        function = function_answering(self._evaluator, route)
        return (
            function is None or self._has_limiter(route) or any(map(LIMITER.search, self._words.reached(function, 2)))
        )

    def _has_limiter(self, route: Route) -> bool:
        """Whether a dependency or decorator of a route, or of its class, counts requests."""
        if any(LIMITER.search(one.name) for one in route.all_dependencies):
            return True
        function = function_answering(self._evaluator, route)
        if function is None:
            return False
        if isinstance(function.node, tree.Function):
            around = [one for decorator in function.node.decorators for one in tree.walk(decorator)]
            if any(LIMITER.search(last_name(node)) for node in around):
                return True
        owner = function.owner
        body = owner.node.body if owner is not None else ()
        # `decorators = [limiter.limit("50/hour")]` of a class-based view.
        return any(isinstance(one, tree.Assign) and _speaks_of_limit(one) for one in body)

    def _limits_everything(self) -> bool:
        """Whether a limiter stands before all routes: middleware, or limits that hold by default."""
        for route in self._routes:
            for event in route.application.instance.events:
                if event.method in ("add_middleware", "middleware") and LIMITER.search(repr(event.arguments)):
                    return True
        return any(module.mentions("Limiter") and module.mentions(*DEFAULT_LIMITS) for module in self._modules)


def _speaks_of_limit(statement: tree.Assign) -> bool:
    return any(LIMITER.search(last_name(node)) for node in tree.walk(statement))


def _is_judged(route: Route) -> bool:
    return not route.module.is_test and EXAMPLE_FOLDERS.isdisjoint(route.module.path.split("/")[:-1])
