"""Times without a time zone: which calls and functions make them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import dotted_name, last_name, source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope, Scope
from reviewer.project.evaluation.values import External, FunctionValue, Value, place_of
from reviewer.project.functions.calls import Calls
from reviewer.rule import Place

#: Methods of `datetime` that give a naive time whatever they get, and those that take a time zone at a position.
ALWAYS_NAIVE = frozenset({"utcnow", "today", "utcfromtimestamp"})
ZONE_POSITION = {"now": 0, "fromtimestamp": 1}
#: What the class is called; the last where a module imports both `datetime` and the class, at different places.
CLASS_NAMES = ("datetime.datetime", "datetime", "datetime.datetime.datetime")
METHODS = (*ALWAYS_NAIVE, *ZONE_POSITION)
#: Keywords of them that give the zone.
ZONE_KEYWORDS = ("tz", "tzinfo")
#: Methods that keep a time naive, after which a zone may still be given.
KEEPING = frozenset({"replace"})
ZONED = frozenset({"astimezone", "localize", "make_aware", "UTC"})
FOLLOWED_DEPTH = 3


class NaiveTimes:
    """Answers whether what fills a column makes naive times."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def made_by(self, written: tree.Expression, scope: Scope) -> str | None:
        """What makes naive times in a default: `datetime.utcnow`, given or called; None where nothing does."""
        if isinstance(written, tree.Lambda):
            return self._called(written.body, scope, 0)
        value = self._evaluator.evaluate(written, scope)
        if self._is_method(value):
            return dotted_name(written)
        if isinstance(value, FunctionValue):
            return source_text(written) if self._returns_naive(value, 0) else None
        return self._called(written, scope, 0)

    def _is_method(self, value: Value) -> bool:
        return isinstance(value, External) and _method(value.name) in METHODS

    def _called(self, written: tree.Expression, scope: Scope, depth: int) -> str | None:
        if not isinstance(written, tree.Call) or depth > FOLLOWED_DEPTH:
            return None
        value = self._evaluator.evaluate(written.function, scope)
        if isinstance(value, External) and is_naive_call(written, _method(value.name)):
            return source_text(written)
        if isinstance(value, FunctionValue) and self._returns_naive(value, depth + 1):
            return source_text(written)
        return None

    def _returns_naive(self, function: FunctionValue, depth: int) -> bool:
        node = function.node
        if isinstance(node, tree.Lambda):
            return self._called(node.body, function.scope, depth) is not None
        returned = [one.value for one in node.body if isinstance(one, tree.Return) and one.value is not None]
        if len(returned) != 1 or len(node.body) > 3:
            return False
        return self._called(returned[0], self._evaluator.declared(function), depth) is not None


def _method(name: str) -> str:
    """The method of `datetime` that a dotted name means, empty for another one."""
    around, _, last = name.rpartition(".")
    return last if around in CLASS_NAMES and last in METHODS else ""


def is_naive_call(call: tree.Call, method: str) -> bool:
    """Whether a call of a method of `datetime` gives a naive time for certain."""
    if method in ALWAYS_NAIVE:
        return True
    if method not in ZONE_POSITION or any(isinstance(one, tree.Starred) for one in call.arguments):
        return False
    given = [one.value for one in call.keywords if one.name in ZONE_KEYWORDS]
    if any(one.name is None for one in call.keywords):
        return False
    given += call.arguments[ZONE_POSITION[method] : ZONE_POSITION[method] + 1]
    return all(isinstance(one, tree.Constant) and one.value == "None" for one in given)


class NaiveTimeCall(msgspec.Struct, frozen=True):
    """A call that makes a naive time."""

    method: str  # `utcnow`
    text: str  # as written
    place: Place
    symbol: str


class NaiveTimeCalls:
    """Answers which calls of the program make naive times that stay naive."""

    def __init__(self, evaluator: Evaluator, calls: Calls) -> None:
        self._evaluator = evaluator
        self._calls = calls

    def find(self) -> Iterator[NaiveTimeCall]:
        """The calls in order, tests left out."""
        for module, declaration in self._calls.declarations_calling(*METHODS):
            if module.is_test or not module.mentions("datetime"):
                continue
            body, scope = self._body(module, declaration)
            zoned = _zoned_calls(body)
            for node in tree.walk_scope(body):
                if not isinstance(node, tree.Call) or id(node) in zoned:
                    continue
                if not isinstance(node.function, tree.Attribute) or node.function.name not in METHODS:
                    continue
                value = self._evaluator.evaluate(node.function, scope)
                method = _method(value.name) if isinstance(value, External) else ""
                if method and is_naive_call(node, method):
                    symbol = f"{module.name}:{declaration.qualname}" if declaration.qualname else module.name
                    yield NaiveTimeCall(method, source_text(node), place_of(module, node), symbol)

    def _body(self, module: Module, declaration: Declaration) -> tuple[tuple[tree.Node, ...], Scope]:
        if declaration.kind == "module":
            return module.tree.body, self._evaluator.scope_of(module)
        if declaration.kind == "class":
            owner = self._calls.class_of(module, declaration)
            return owner.node.body, ClassScope(owner, self._evaluator)
        function = self._calls.function_of(module, declaration)
        body = function.node.body
        return body if isinstance(body, tuple) else (body,), self._evaluator.declared(function)


def _zoned_calls(body: tuple[tree.Node, ...]) -> set[int]:
    """The calls whose result gets its zone on the spot: `datetime.now().replace(microsecond=0).astimezone()`."""
    found: set[int] = set()
    for node in tree.walk_scope(body):
        if isinstance(node, tree.Attribute) and node.name in ZONED:
            _add_chain(node.value, found)
        elif isinstance(node, tree.Call):
            called = node.function
            has_zone = any(one.name == "tzinfo" for one in node.keywords)
            if isinstance(called, tree.Attribute) and called.name == "replace" and has_zone:
                _add_chain(called.value, found)
            elif last_name(called) in ZONED:
                for argument in node.arguments:
                    _add_chain(argument, found)
    return found


def _add_chain(node: tree.Expression, found: set[int]) -> None:
    for _ in range(20):
        if not isinstance(node, tree.Call):
            return
        found.add(id(node))
        if not isinstance(node.function, tree.Attribute) or node.function.name not in KEEPING:
            return
        node = node.function.value
