"""Coroutines that a worker of a job queue runs: RQ's `queue.enqueue(scan, …)`, and what only they call.

A worker does one job after the other in a loop of its own, which nobody else waits for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, FunctionValue, alternatives
from reviewer.project.functions.callers import Callers
from reviewer.project.functions.calls import Calls
from reviewer.project.program import Program

#: Methods of queues that take a function; `enqueue_in` and `enqueue_at` take the time before it.
ENQUEUEING = {"enqueue": 0, "enqueue_call": 0, "enqueue_in": 1, "enqueue_at": 1}
#: What a program with such queues mentions.
LIBRARIES = ("rq", "rq_scheduler", "django_rq", "flask_rq2", "flask_rq")
#: Callers of callers that are asked.
DEPTH_LIMIT = 6


class QueuedWork:
    """Answers which functions run in a worker of a queue. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, callers: Callers) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._callers = callers
        self._known: dict[int, bool] = {}

    def runs(self, function: FunctionValue) -> bool:
        """Whether a worker runs a function: a queue is given it, or all that is known to call it."""
        return bool(self._given) and self._runs(function, 0, frozenset())

    def _runs(self, function: FunctionValue, depth: int, open_: frozenset[int]) -> bool:
        if id(function) in self._given:
            return True
        known = self._known.get(id(function))
        if known is None:
            if depth > DEPTH_LIMIT or id(function) in open_:
                return False
            calling = self._callers.of(function)
            known = calling.is_complete and bool(calling.sites)
            known = known and all(
                self._runs(site.caller, depth + 1, open_ | {id(function)})
                for site in calling.sites
                if site.caller is not function
            )
            self._known[id(function)] = known
        return known

    @cached_property
    def _given(self) -> frozenset[int]:
        """The functions that queues are given."""
        if not any(module.mentions(*LIBRARIES) for module in self._program.modules if not module.is_test):
            return frozenset()
        return frozenset(id(one) for one in self._find())

    def _find(self) -> Iterator[FunctionValue]:
        for module, declaration in self._calls.declarations_calling(*ENQUEUEING):
            if module.is_test or declaration.kind != "function":
                continue
            function = self._calls.function_of(module, declaration)
            for call in self._calls.nodes_named(function, *ENQUEUEING):
                position = ENQUEUEING[called_name(call)]
                if len(call.arguments) > position:
                    value = self._evaluator.evaluate(call.arguments[position], self._evaluator.declared(function))
                    for one in alternatives(value):
                        target = one.function if isinstance(one, BoundMethod) else one
                        if isinstance(target, FunctionValue):
                            yield target
