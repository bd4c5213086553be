"""What is known of a request before it is handled: which route it goes to.

Hooks that run before every request let some through by asking for it: `if request.endpoint in PUBLIC: return`.
"""

from __future__ import annotations

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import External, FunctionValue, Instance

REQUEST = "request"
ASKED = frozenset({"endpoint", "path", "method", "blueprint", "url_rule"})


class RequestFacts(msgspec.Struct, frozen=True):
    """A route as its requests know it."""

    endpoint: str
    method: str
    path: str


class _RequestScope(Scope):
    """A function's scope in which the request is known."""

    is_executing = False


def asks_for_route(function: FunctionValue) -> bool:
    """Whether what a function does may depend on the route that a request goes to."""
    return any(
        isinstance(node, tree.Attribute)
        and node.name in ASKED
        and isinstance(node.value, tree.Name)
        and node.value.id == REQUEST
        for node in function.nodes
    )


def truth_of(evaluator: Evaluator, test: tree.Expression, function: FunctionValue, facts: RequestFacts) -> bool | None:
    """Whether a test in a hook holds for the requests of a route, None where that does not follow."""
    if not any(isinstance(node, tree.Name) and node.id == REQUEST for node in tree.walk(test)):
        return None
    declared = evaluator.declared(function)
    imported = declared.lookup(REQUEST)
    if not isinstance(imported, External) or not imported.name.startswith("flask."):
        return None
    scope = _RequestScope(function.module, declared, evaluator)
    request = Instance(External("flask.request"), is_typed_only=True)
    blueprint = facts.endpoint.rpartition(".")[0]
    request.attributes.update(endpoint=facts.endpoint, method=facts.method, blueprint=blueprint or None)
    rule = Instance(External("werkzeug.routing.Rule"), is_typed_only=True)
    rule.attributes.update(rule=facts.path, endpoint=facts.endpoint)
    request.attributes["url_rule"] = rule
    if "<" not in facts.path and "{?}" not in facts.path:
        request.attributes["path"] = facts.path
    scope.values[REQUEST] = request
    return evaluator.truth(evaluator.evaluate(test, scope))
