"""Patterns of `match` statements: whether a value fits, which names it binds; None where that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation.operators import PLAIN
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import EnumMember, Value

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator


def fits(evaluator: Evaluator, pattern: tree.Pattern, value: Value, scope: Scope) -> bool | None:
    """Whether a value fits a pattern; binds the names of a pattern that it fits."""
    if isinstance(pattern, tree.AsPattern):
        answer = True if pattern.pattern is None else fits(evaluator, pattern.pattern, value, scope)
        if answer and pattern.name is not None:
            scope.bind(pattern.name, value)
        return answer
    if isinstance(pattern, tree.OrPattern):
        for one in pattern.patterns:
            answer = fits(evaluator, one, value, scope)
            if answer is not False:
                return answer
        return False
    if isinstance(pattern, tree.ValuePattern):
        return _equal(evaluator.evaluate(pattern.value, scope), value)
    if isinstance(pattern, tree.SequencePattern):
        return _sequence_fits(evaluator, pattern, value, scope)
    return None


def _equal(first: Value, second: Value) -> bool | None:
    if isinstance(first, (*PLAIN, EnumMember)) and isinstance(second, (*PLAIN, EnumMember)):
        return bool(first == second)
    return None


def _sequence_fits(evaluator: Evaluator, pattern: tree.SequencePattern, value: Value, scope: Scope) -> bool | None:
    if isinstance(value, (*PLAIN, dict, set, EnumMember)):
        return False
    if not isinstance(value, (list, tuple)) or any(isinstance(one, tree.StarPattern) for one in pattern.patterns):
        return None
    if len(value) != len(pattern.patterns):
        return False
    answers = [fits(evaluator, one, item, scope) for one, item in zip(pattern.patterns, value, strict=True)]
    if False in answers:
        return False
    return None if None in answers else True
