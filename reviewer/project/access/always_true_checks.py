"""Finds checks of permissions that are always true: an object or a method stands where its answer is meant.

A method without its call, or an object of a class that defines no truth of its own, counts as true in a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import last_name, source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, ClassValue, FunctionValue, Instance, place_of
from reviewer.project.functions.calls import Calls
from reviewer.rule import Place

#: Names of what answers whether a caller may do something.
CHECK = re.compile(
    r"^_?(?:is|has|can|may|check|verify|validate|allow|require|ensure)_?\w*(?:admin|owner|permi|auth|access|role|user|"
    r"allowed|active|staff|moderat|edit|delete|view|member|logged|valid|token|superuser)\w*$|permission|"
    r"^is_(?:admin|active|staff|owner)\w*$",
    re.IGNORECASE,
)
#: Methods by which a class says whether its objects are true.
TRUTH = ("__bool__", "__len__")


class AlwaysTrueCheck(msgspec.Struct, frozen=True, eq=False):
    """An expression that is meant as the answer of a check and is always true."""

    kind: str  # "object": of a class; "function": a function or method without its call
    name: str
    function: FunctionValue  # in which it stands
    place: Place


class AlwaysTrueChecks:
    """Answers which checks are always true."""

    def __init__(self, modules: Iterable[Module], evaluator: Evaluator, calls: Calls) -> None:
        self._modules = tuple(module for module in modules if not module.is_test)
        self._evaluator = evaluator
        self._calls = calls

    def find(self) -> Iterator[AlwaysTrueCheck]:
        """All of them, in order."""
        wanted = self._check_names() | self._permission_classes()
        for module in self._modules if wanted else ():
            if not module.mentions(*wanted):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "function":
                    yield from self._in_function(module, declaration, wanted)

    def _check_names(self) -> frozenset[str]:
        """Names of functions and methods of the project that answer a check and are called to do so."""
        return frozenset(
            name
            for module in self._modules
            for one in module.index.declarations
            if one.kind == "function" and CHECK.search(name := one.qualname.rpartition(".")[2])
        )

    def _permission_classes(self) -> frozenset[str]:
        return frozenset(
            name
            for module in self._modules
            for one in module.index.declarations
            if one.kind == "class"
            and (name := one.qualname.rpartition(".")[2]).endswith(("Permission", "Policy", "Check"))
        )

    def _in_function(
        self, module: Module, declaration: Declaration, wanted: frozenset[str]
    ) -> Iterator[AlwaysTrueCheck]:
        function = self._calls.function_of(module, declaration)
        for condition in _conditions(function):
            name = last_name(condition.function if isinstance(condition, tree.Call) else condition)
            if name not in wanted:
                continue
            kind = self._kind(condition, function)
            if kind:
                yield AlwaysTrueCheck(kind, source_text(condition), function, place_of(module, condition))

    def _kind(self, condition: tree.Expression, function: FunctionValue) -> str:
        value = self._evaluator.evaluate(condition, self._evaluator.declared(function))
        if isinstance(condition, tree.Call):
            is_object = isinstance(value, Instance) and isinstance(value.type, ClassValue)
            return "object" if is_object and not self._has_truth(value.type) else ""
        if isinstance(value, BoundMethod):
            value = value.function
        is_function = isinstance(value, FunctionValue) and isinstance(value.node, tree.Function)
        return "function" if is_function and not value.node.decorators else ""

    def _has_truth(self, owner: ClassValue) -> bool:
        """Whether a class defines a truth, or inherits from something that may."""
        if any(self._evaluator.find_in_class(owner, name) is not None for name in TRUTH):
            return True
        return any(name not in ("abc.ABC", "builtins.object") for name in self._evaluator.external_names(owner))


def _conditions(function: FunctionValue) -> Iterator[tree.Expression]:
    """The expressions of a function whose truth alone counts; what a `bool` function returns among them."""
    for one in function.nodes_of(tree.If, tree.While, tree.Conditional, tree.Assert):
        yield from _parts(one.test)  # type: ignore[attr-defined]
    returned = function.node.returns if isinstance(function.node, tree.Function) else None
    if isinstance(returned, tree.Name) and returned.id == "bool":
        for one in function.nodes_of(tree.Return):
            if one.value is not None:
                yield from _parts(one.value)


def _parts(test: tree.Expression) -> Iterator[tree.Expression]:
    if isinstance(test, tree.BooleanOperation):
        for value in test.values:
            yield from _parts(value)
    elif isinstance(test, tree.UnaryOperation) and test.operator == "not":
        yield from _parts(test.operand)
    elif isinstance(test, (tree.Name, tree.Attribute, tree.Call)):
        yield test
