"""Whether what a route does depends on who calls: whether anything reads the caller whom its guards let in.

No where the endpoint and all that it calls never read the caller; unknown counts as yes, since one use may compare.
"""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.modules import tree
from reviewer.project.access.function_words import FunctionWords
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.model import Answer, Dependency, Route
from reviewer.project.routes.endpoint_functions import function_answering

#: Words by which code reads the caller without a parameter.
CALLER = re.compile(
    r"current_?(?:\w+_)?(?:user|identity|account|member|principal)|^get_current\w*|jwt_identity|^get_jwt|"
    r"is_authenticated|^logged_?in|^current_\w*org\w*|request_user|^me$|^whoami",
    re.IGNORECASE,
)
#: Objects of Flask that hold the caller as well.
FLASK_CALLER = frozenset({"session", "g"})
#: Names of dependencies that give who calls, where nothing shows that they refuse somebody.
CALLER_DEPENDENCY = re.compile(
    r"user|auth|principal|identity|token|session_info|caller|viewer|actor|tenant|context", re.IGNORECASE
)
#: Parts of a request that do not say who calls.
PLAIN_PARTS = frozenset(
    {"headers", "stream", "url", "base_url", "method", "client", "query_params", "path_params", "json", "form", "body",
     "app", "url_for", "is_disconnected", "scope"}
)  # fmt: skip
#: Parameters that hold the whole request.
REQUEST_TYPES = ("Request", "HTTPConnection")


@lru_cache(maxsize=100_000)
def names_caller(word: str) -> bool:
    """Whether a word is one by which code reads the caller."""
    return CALLER.search(word) is not None


class CallerUse:
    """Answers whether the caller makes a difference to a route. Results are kept."""

    def __init__(self, evaluator: Evaluator, words: FunctionWords) -> None:
        self._evaluator = evaluator
        self._words = words
        self._own: dict[int, bool] = {}
        self._reached: dict[int, bool] = {}

    def in_endpoint(self, route: Route) -> bool:
        """Whether the endpoint itself reads the caller, as far as that cannot be excluded."""
        found = self._own.get(id(route))
        if found is None:
            found = self._own[id(route)] = self._reads_caller(route)
        return found

    def anywhere(self, route: Route) -> bool:
        """Whether the endpoint, or what it calls in the project, reads the caller."""
        found = self._reached.get(id(route))
        if found is None:
            function = function_answering(self._evaluator, route)
            found = self._reached[id(route)] = (
                function is None
                or self.in_endpoint(route)
                or any(map(names_caller, self._words.reached(function)))
                or (route.framework == "flask" and any(map(_reads_session, self._words.functions(function))))
            )
        return found

    def only_with_field(self, route: Route) -> bool:
        """Whether an endpoint reads the caller only where a body has some field: `if update.role: …`.

        What else it does is for everybody, as long as nothing that it calls asks who they are.
        """
        function = function_answering(self._evaluator, route)
        if function is None or not isinstance(function.node, tree.Function):
            return False
        bodies = frozenset(one.own_name for one in route.parameters if one.kind == "body")
        callers = frozenset(
            one.parameter
            for one in route.dependencies
            if one.parameter is not None and any(map(_may_give_caller, one.flattened()))
        )
        given = [one for one in function.node.body if not _asks_for_field(one, bodies, callers)]
        if len(given) == len(function.node.body):
            return False
        for node in tree.walk_scope(tuple(given)):
            if isinstance(node, tree.Name) and (node.id in callers or names_caller(node.id)):
                return False
            if isinstance(node, tree.Attribute) and names_caller(node.name):
                return False
            if isinstance(node, tree.Call) and any(map(names_caller, self._words.reached_by_call(function, node))):
                return False
        return True

    def _reads_caller(self, route: Route) -> bool:
        function = function_answering(self._evaluator, route)
        if function is None or not isinstance(function.node, tree.Function):
            return True
        read = {node.id for node in function.nodes_of(tree.Name)}
        for dependency in route.dependencies:
            if dependency.parameter is None or (dependency.parameter not in read and dependency.parameter != "self"):
                continue
            if any(map(_may_give_caller, dependency.flattened())):
                return True
        requests = _request_parameters(function.node)
        if not read.isdisjoint(requests) and _asks_request(function, requests):
            return True
        if route.framework == "flask" and _reads_session(function):
            return True
        return any(map(names_caller, self._words.own(function)))


def _may_give_caller(dependency: Dependency) -> bool:
    return dependency.enforces_authentication is not Answer.NO or CALLER_DEPENDENCY.search(dependency.name) is not None


def _asks_for_field(statement: tree.Statement, bodies: frozenset[str], callers: frozenset[str]) -> bool:
    """Whether a statement is a branch for a field of the body, in which the caller is asked about."""
    if not isinstance(statement, tree.If) or statement.otherwise:
        return False
    tested = [node for node in tree.walk(statement.test) if isinstance(node, tree.Name)]
    if not any(one.id in bodies for one in tested) or any(one.id in callers for one in tested):
        return False
    return any(isinstance(node, tree.Name) and node.id in callers for node in tree.walk_scope(statement.body))


def _reads_session(function: FunctionValue) -> bool:
    """Whether a function of Flask reads the session, or what was put beside it for this request."""
    return any(node.id in FLASK_CALLER for node in function.nodes_of(tree.Name))


def _asks_request(function: FunctionValue, requests: frozenset[str]) -> bool:
    """Whether a request is handed on, or asked for what may say who calls."""
    plain = {
        id(node.value)
        for node in function.nodes_of(tree.Attribute)
        if node.name in PLAIN_PARTS and isinstance(node.value, tree.Name)
    }
    return any(node.id in requests and id(node) not in plain for node in function.nodes_of(tree.Name))


def _request_parameters(node: tree.Function) -> frozenset[str]:
    """The parameters that hold the request of FastAPI, from which anything may be read."""
    return frozenset(
        parameter.name
        for parameter in node.parameters
        if getattr(parameter.annotation, "id", getattr(parameter.annotation, "name", "")) in REQUEST_TYPES
    )
