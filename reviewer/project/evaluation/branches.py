"""Statements that choose: `if` and `match`.

Of branches whose condition is not known all are executed; the names they bind become a `Choice`, and what they record
carries the condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.configuration import Configuration
from reviewer.project.evaluation.endings import FALLS_THROUGH
from reviewer.project.evaluation.patterns import fits
from reviewer.project.evaluation.scopes import Deferred, Scope
from reviewer.project.evaluation.values import External, Instance, Value, choice_of

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

SETTINGS_BASES = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings")


def run_if(evaluator: Evaluator, node: tree.If, scope: Scope) -> int:
    """Executes the branch that is taken, both where that is not known."""
    if _is_main_guard(node.test):
        return FALLS_THROUGH
    truth = evaluator.truth(evaluator.evaluate(node.test, scope))
    if truth is not None and not depends_on_settings(evaluator, node.test, scope):
        return evaluator.run_block(node.body if truth else node.otherwise, scope)
    condition = source_text(node.test)
    return run_branches(
        evaluator,
        [(condition, node.body), (f"not ({condition})", node.otherwise)],
        scope,
    )


def run_branches(evaluator: Evaluator, branches: list[tuple[str, tuple[tree.Statement, ...]]], scope: Scope) -> int:
    """Executes branches of which it is not known which one runs; joins the names that they bind."""
    before = dict(scope.values)
    outer = evaluator.conditions
    results: list[dict[str, Value]] = []
    endings: list[int] = []
    for condition, body in branches:
        scope.values.clear()
        scope.values.update(before)
        evaluator.conditions = (*outer, condition)
        try:
            endings.append(evaluator.run_block(body, scope))
        finally:
            evaluator.conditions = outer
        results.append(dict(scope.values))
    living = [result for result, ending in zip(results, endings, strict=False) if ending == FALLS_THROUGH] or results
    _join(scope, before, living)
    return FALLS_THROUGH if FALLS_THROUGH in endings else max(endings)


def _join(scope: Scope, before: dict[str, Value], branches: list[dict[str, Value]]) -> None:
    scope.values.clear()
    scope.values.update(before)
    for name in dict.fromkeys(name for branch in branches for name in branch):
        bound = [branch[name] for branch in branches if name in branch]
        if all(value is bound[0] for value in bound):
            scope.values[name] = bound[0]
        else:
            scope.values[name] = Deferred(lambda bound=bound: choice_of([_forced(value) for value in bound]))  # type: ignore[misc]


def _forced(value: Value) -> Value:
    return value.compute() if isinstance(value, Deferred) else value


def depends_on_settings(evaluator: Evaluator, test: tree.Expression, scope: Scope) -> bool:
    """Whether a condition reads settings, whose defaults the environment may replace."""
    for node in tree.walk(test):
        if isinstance(node, tree.Attribute):
            owner = evaluator.evaluate(node.value, scope)
            if isinstance(owner, Instance) and evaluator.inherits(owner, *SETTINGS_BASES):
                return True
            if isinstance(owner, Configuration):
                return True
        elif isinstance(node, tree.Subscript):
            if isinstance(evaluator.evaluate(node.value, scope), Configuration):
                return True
        elif isinstance(node, tree.Call):
            called = evaluator.evaluate(node.function, scope)
            if isinstance(called, External) and called.name in ("os.getenv", "os.environ.get"):
                return True
    return False


def _is_main_guard(test: tree.Expression) -> bool:
    match test:
        case tree.Comparison(left=tree.Name(id="__name__")):
            return True
        case _:
            return False


def run_match(evaluator: Evaluator, node: tree.Match, scope: Scope) -> int:
    """Executes the case that fits, all where that is not known."""
    text = source_text(node.subject)
    if not depends_on_settings(evaluator, node.subject, scope):
        body = _matching_body(evaluator, node, scope)
        if body is not None:
            return evaluator.run_block(body, scope)
    possible = [(f"case of {text}", case.body) for case in node.cases]
    return run_branches(evaluator, [*possible, ("", ())], scope)


def _matching_body(evaluator: Evaluator, node: tree.Match, scope: Scope) -> tuple[tree.Statement, ...] | None:
    """The body of the case that a known subject fits, an empty one for no case; None where that is not known."""
    subject = evaluator.evaluate(node.subject, scope)
    for case in node.cases:
        answer = fits(evaluator, case.pattern, subject, scope)
        if answer and case.guard is not None:
            answer = evaluator.truth(evaluator.evaluate(case.guard, scope))
        if answer is not False:
            return case.body if answer else None
    return ()
