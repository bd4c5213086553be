"""Which answers and errors of Flask turn a caller away: 401, 403, errors named after that, redirects to a login."""

from __future__ import annotations

import re
from collections.abc import Callable

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name, source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue
from reviewer.project.routes.authentication import REFUSING_ERRORS, REFUSING_STATUSES
from reviewer.project.routes.path_text import status_of

LOGIN_PLACE = re.compile(r"log_?in|sign_?in|log_?on|auth|register", re.IGNORECASE)
#: Calls of the project's functions that are followed from an answer.
DEPTH = 4


class Refusals:
    """Says what turns a caller away; `ends_refused` whether a function, at a depth, always does."""

    def __init__(self, evaluator: Evaluator, ends_refused: Callable[[FunctionValue, int], bool]) -> None:
        self._evaluator = evaluator
        self._ends_refused = ends_refused

    def raises(self, statement: tree.Raise, function: FunctionValue) -> bool:
        """Whether an error turns the caller away."""
        raised = statement.exception
        if raised is None:
            return False
        called = raised.function if isinstance(raised, tree.Call) else raised
        name = (dotted_name(called) or "").rpartition(".")[2]
        if REFUSING_ERRORS.search(name):
            return True
        return isinstance(raised, tree.Call) and (
            self._has_refusing_status(raised, function) or self._redirects_to_login(raised, name, function)
        )

    def _redirects_to_login(self, raised: tree.Call, name: str, function: FunctionValue) -> bool:
        """Whether a raised redirect, Werkzeug's or one of the project's own, leads to where one logs in."""
        if not raised.arguments or not LOGIN_PLACE.search(source_text(raised.arguments[0])):
            return False
        if "redirect" in name.lower():
            return True
        error = self._evaluator.evaluate(raised.function, self._evaluator.declared(function))
        found = self._evaluator.find_in_class(error, "code") if isinstance(error, ClassValue) else None
        return found is not None and isinstance(found[1], int) and 300 <= found[1] < 400

    def answers(self, value: tree.Expression, function: FunctionValue, depth: int) -> bool:
        """Whether an answer is one of 401 or 403, or a redirect to where one logs in."""
        if isinstance(value, tree.Tuple) and len(value.items) > 1:
            return self._is_refusing_status(value.items[1], function) or self.answers(value.items[0], function, depth)
        if not isinstance(value, tree.Call):
            return False
        last = called_name(value)
        if last == "redirect":
            return bool(value.arguments) and bool(LOGIN_PLACE.search(source_text(value.arguments[0])))
        if last in ("unauthorized", "forbidden", "needs_refresh") or self._has_refusing_status(value, function):
            return True
        callee = self._evaluator.evaluate(value.function, self._evaluator.declared(function))
        if isinstance(callee, FunctionValue) and depth < DEPTH and isinstance(callee.node, tree.Function):
            return self._ends_refused(callee, depth + 1)
        return False

    def _has_refusing_status(self, call: tree.Call, function: FunctionValue) -> bool:
        named = [one.value for one in call.keywords if one.name in ("status", "status_code", "code")]
        return any(self._is_refusing_status(one, function) for one in (*call.arguments[:2], *named)) or any(
            self._has_refusing_status(one, function) for one in call.arguments[:1] if isinstance(one, tree.Call)
        )

    def _is_refusing_status(self, value: tree.Expression, function: FunctionValue) -> bool:
        if isinstance(value, (tree.Number, tree.Attribute, tree.Name)):
            known = status_of(self._evaluator.evaluate(value, self._evaluator.declared(function)))
            return isinstance(known, int) and known in REFUSING_STATUSES
        return False
