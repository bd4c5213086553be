"""Values that are computed once, when a module is imported, although each object should get its own.

Takes a default as written, gives the call that makes it: the time, a random value, or a function of the project that
returns one. What stands in a lambda is computed later.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import BoundMethod, External, FunctionValue, Instance, InstanceAttribute, Value

#: Calls that give another value each time, by last name, with the objects and modules that have them.
CHANGING = {
    "now": ("datetime.datetime", "pendulum", "arrow", "django.utils.timezone", "pandas.Timestamp"),
    "utcnow": ("datetime.datetime", "arrow", "pendulum"),
    "today": ("datetime.datetime", "datetime.date", "pendulum"),
    "time": ("time",),
    "time_ns": ("time",),
    "monotonic": ("time",),
    "uuid1": ("uuid",),
    "uuid4": ("uuid",),
    "uuid6": ("uuid", "uuid6"),
    "uuid7": ("uuid", "uuid6", "uuid_utils"),
    "token_hex": ("secrets",),
    "token_urlsafe": ("secrets",),
    "token_bytes": ("secrets",),
    "urandom": ("os",),
    "random": ("random",),
    "randint": ("random",),
    "getrandbits": ("random",),
    "ULID": ("ulid",),
    "localtime": ("time", "django.utils.timezone"),
}
FOLLOWED_DEPTH = 3


class EagerValues:
    """Answers which part of a default is computed at import and changes."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._gives: dict[int, bool] = {}

    def in_default(self, default: tree.Expression, scope: Scope) -> tree.Call | None:
        """The call in a default that gives another value each time, None where there is none."""
        for call in _calls_now(default):
            if self._changes(self._evaluator.evaluate(call.function, scope), 0):
                return call
        return None

    def _changes(self, callee: Value, depth: int) -> bool:
        if isinstance(callee, BoundMethod):
            callee = callee.function
        if isinstance(callee, FunctionValue):
            return depth < FOLLOWED_DEPTH and self._gives_changing(callee, depth)
        return is_changing(self._evaluator, callee)

    def _gives_changing(self, function: FunctionValue, depth: int) -> bool:
        """Whether a function of the project is a short one that returns such a value."""
        if id(function) not in self._gives:
            self._gives[id(function)] = False
            self._gives[id(function)] = self._reads_changing(function, depth)
        return self._gives[id(function)]

    def _reads_changing(self, function: FunctionValue, depth: int) -> bool:
        node = function.node
        if isinstance(node, tree.Lambda) or len(node.body) > 3 or node.is_async:
            return False
        scope = self._evaluator.declared(function)
        returned = [one.value for one in node.body if isinstance(one, tree.Return) and one.value is not None]
        calls = (call for value in returned for call in _calls_now(value))
        return any(self._changes(self._evaluator.evaluate(call.function, scope), depth + 1) for call in calls)


def is_changing(evaluator: Evaluator, callee: Value) -> bool:
    """Whether a library's function gives another value each time."""
    if isinstance(callee, External):
        names: tuple[str, ...] = (callee.name,)
    elif isinstance(callee, InstanceAttribute):
        names = tuple(f"{one}.{callee.name}" for one in evaluator.external_names(callee.instance))
    elif isinstance(callee, Instance):
        return False
    else:
        return False
    return any(_is_changing_name(name) for name in names)


def _is_changing_name(name: str) -> bool:
    around, _, last = name.rpartition(".")
    return around in CHANGING.get(last, ())


def _calls_now(node: tree.Expression) -> Iterator[tree.Call]:
    """The calls that run when an expression is evaluated, those in lambdas left out."""
    for one in tree.walk_scope((node,)):
        if isinstance(one, tree.Call):
            yield one


def may_be_eager(node: tree.Expression) -> bool:
    """Whether an expression calls anything at all: cheap."""
    return any(called_name(one) for one in _calls_now(node))
