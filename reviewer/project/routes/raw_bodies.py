"""What endpoints do with bodies that have no model: whether they give them one, or only hand them on.

Takes a parameter, answers by the endpoint's own body: where it goes to a function that is not known, it may be checked.
"""

from __future__ import annotations

import re

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.pydantic import Schemas
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import CallSite

VALIDATING = re.compile(
    r"validat|parse|from_dict|fromdict|deserial|structure|convert|coerce|schema|load|decode|verify|check|clean|sanitize",
    re.IGNORECASE,
)
#: Keywords and calls that hand a body on to another service.
HANDED_ON = frozenset({"json", "data", "content", "body", "payload"})
CALL_DEPTH = 3
HTTP_CLIENTS = ("httpx.", "aiohttp.", "requests.")


class RawBodies:
    """Answers what becomes of bodies without a model."""

    def __init__(self, evaluator: Evaluator, calls: Calls, schemas: Schemas) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._schemas = schemas

    def is_given_shape(self, function: FunctionValue, name: str, depth: int = 0) -> bool:
        """Whether a function makes a model of a parameter, validates it, or only hands it to another service."""
        taking = [call for call in function.nodes_of(tree.Call) if _takes(call, name)]
        sites = [self._calls.site_of(function, call) for call in taking]
        if any(map(self._validates, sites)) or any(_hands_on(site, name) for site in sites):
            return True
        return depth < CALL_DEPTH and any(self._is_shaped_in(site, name, depth) for site in sites)

    def _is_shaped_in(self, site: CallSite, name: str, depth: int) -> bool:
        """Whether a function that a call hands the value to gives it a shape."""
        for target in targets(site.callee):
            bound = bound_arguments(site, target) or {}
            handed = [parameter for parameter, node in bound.items() if _holds(node, name)]
            if any(self.is_given_shape(target, one, depth + 1) for one in handed):
                return True
        return False

    def _validates(self, site: CallSite) -> bool:
        if isinstance(site.callee, ClassValue):
            return self._schemas.of_class(site.callee) is not None
        return VALIDATING.search(called_name(site.node)) is not None or self._names_model(site)

    def _names_model(self, site: CallSite) -> bool:
        """Whether a call gets a model beside the value, to make one of it."""
        scope = self._evaluator.declared(site.caller)
        return any(
            isinstance(one, (tree.Name, tree.Attribute))
            and self._schemas.of(self._evaluator.evaluate(one, scope)) is not None
            for one in site.node.arguments[1:]
        )


def _takes(call: tree.Call, name: str) -> bool:
    """Whether a call gets the value: as it is, spread, or spread into a dictionary."""
    return any(_holds(one, name) for one in (*call.arguments, *(keyword.value for keyword in call.keywords)))


def _holds(node: tree.Expression, name: str) -> bool:
    inner = node.value if isinstance(node, tree.Starred) else node
    if isinstance(inner, tree.Dictionary):
        spread = (value for key, value in zip(inner.keys, inner.values, strict=True) if key is None)
        return any(_is_name(one, name) for one in spread)
    return _is_name(inner, name)


def _is_name(node: tree.Node, name: str) -> bool:
    return isinstance(node, tree.Name) and node.id == name


def _hands_on(site: CallSite, name: str) -> bool:
    is_keyword = any(one.name in HANDED_ON and _is_name(one.value, name) for one in site.node.keywords)
    return is_keyword and (
        site.external_name.startswith(HTTP_CLIENTS) or called_name(site.node) in ("post", "put", "patch", "request")
    )
