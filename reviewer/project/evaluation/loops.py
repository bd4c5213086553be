"""Loops and comprehensions over known items, within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.assignments import bind_target, iterated
from reviewer.project.evaluation.bounds import as_key
from reviewer.project.evaluation.branches import depends_on_settings, run_branches
from reviewer.project.evaluation.endings import BREAKS, FALLS_THROUGH, RAISES, RETURNS
from reviewer.project.evaluation.scopes import Frame, Scope
from reviewer.project.evaluation.values import Unknown, Value, place_of

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

#: Iterations of one loop that are followed.
LOOP_LIMIT = 2_000

#: Iterations of one `while` loop: those that register routes are short, and others may need as many steps as there are.
WHILE_LIMIT = 200

#: Iterations of `while True`, which mostly waits for something.
ENDLESS_LIMIT = 20


def run_for(evaluator: Evaluator, node: tree.For, scope: Scope) -> int:
    """Executes the body for each known item; once, under a condition, where the items are not known."""
    iterable = evaluator.evaluate(node.iterable, scope)
    items = iterated(evaluator, iterable)
    if items is None or len(items) > LOOP_LIMIT:
        what = iterable.reason if isinstance(iterable, Unknown) else "something unknown"
        reason = "too many iterations" if items else f"loop over {what}"
        unknown = Unknown(reason, place_of(scope.module, node.iterable))
        bind_target(evaluator, node.target, unknown, scope)
        run_branches(evaluator, [(f"for each of {source_text(node.iterable)}", node.body), ("", ())], scope)
        return FALLS_THROUGH
    outer = evaluator.conditions
    for item in items:
        bind_target(evaluator, node.target, item, scope)
        needed = evaluator.conditional_items.of(iterable, item)
        evaluator.conditions = (*outer, *(one for one in needed if one not in outer)) if needed else outer
        try:
            ended = evaluator.run_block(node.body, scope)
        finally:
            evaluator.conditions = outer
        if ended == BREAKS:
            return FALLS_THROUGH
        if ended in (RETURNS, RAISES):
            return ended
    return evaluator.run_block(node.otherwise, scope)


def run_while(evaluator: Evaluator, node: tree.While, scope: Scope) -> int:
    """Executes a loop as long as its condition is known; what may come after that, once."""
    is_endless = isinstance(node.test, (tree.Constant, tree.Number))  # but for a `break`
    for _ in range(ENDLESS_LIMIT if is_endless else WHILE_LIMIT):
        truth = evaluator.truth(evaluator.evaluate(node.test, scope))
        if truth is None or depends_on_settings(evaluator, node.test, scope):
            break
        if not truth:
            return evaluator.run_block(node.otherwise, scope)
        ended = evaluator.run_block(node.body, scope)
        if ended == BREAKS:
            return FALLS_THROUGH
        if ended in (RETURNS, RAISES):
            return ended
    else:
        if not is_endless:
            evaluator.unknowns.append(Unknown("too many iterations", place_of(scope.module, node.test)))
        return FALLS_THROUGH
    run_branches(evaluator, [(source_text(node.test), node.body), ("", ())], scope)
    return FALLS_THROUGH


def run_comprehension(evaluator: Evaluator, node: tree.Comprehension, scope: Scope) -> Value:
    """The list, set or dictionary of a comprehension over known items; Unknown otherwise. Generators give lists."""
    results: list[Value] = []
    if not _comprehension_items(evaluator, node, node.loops, Frame(scope.module, scope, evaluator), results):
        return Unknown("comprehension over something unknown", place_of(scope.module, node))
    try:
        if node.kind == "set":
            return set(map(as_key, results))
        if node.kind == "dictionary":
            return {as_key(key): value for key, value in results}
    except TypeError:
        return Unknown("comprehension with unknown keys", place_of(scope.module, node))
    return results


def _comprehension_items(
    evaluator: Evaluator,
    node: tree.Comprehension,
    loops: tuple[tree.ComprehensionLoop, ...],
    frame: Frame,
    results: list[Value],
) -> bool:
    if not loops:
        element = evaluator.evaluate(node.element, frame)
        if node.kind == "dictionary":
            value = None if node.value is None else evaluator.evaluate(node.value, frame)
            results.append((element, value))
        else:
            results.append(element)
        return len(results) <= LOOP_LIMIT
    loop = loops[0]
    items = iterated(evaluator, evaluator.evaluate(loop.iterable, frame))
    if items is None or len(items) > LOOP_LIMIT:
        return False
    for item in items:
        bind_target(evaluator, loop.target, item, frame)
        truths = [evaluator.truth(evaluator.evaluate(condition, frame)) for condition in loop.conditions]
        if None in truths:
            return False
        if all(truths) and not _comprehension_items(evaluator, node, loops[1:], frame, results):
            return False
    return True
