"""Exceptions that are made and not raised: as a statement of their own, or returned as if that raised them.

Takes the calls of exception classes and the callers of what returns one. A function that returns an exception for its
callers to raise is no defect, so what is returned counts only where it becomes the answer or is thrown away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.errors.exception_classes import LIKELY_NAME, ExceptionClasses, may_name_exception
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.errors import Errors
from reviewer.project.functions.request_reach import RequestReach
from reviewer.rule import Place


class ForgottenRaise(msgspec.Struct, frozen=True, eq=False):
    """An exception that is made where it should have been raised."""

    exception: str  # as written: `HTTPException`
    function: FunctionValue
    place: Place  # the statement
    is_http: bool
    text: str  # the call as source text
    made_at: Place | None = None  # where a called function makes it, if another does


class ForgottenRaises:
    """Finds exceptions that are made and not raised; tests are left out."""

    def __init__(self, calls: Calls, classes: ExceptionClasses, errors: Errors, reach: RequestReach) -> None:
        self._calls = calls
        self._classes = classes
        self._errors = errors
        self._reach = reach

    @cached_property
    def discarded(self) -> tuple[ForgottenRaise, ...]:
        """The exceptions that are made by a statement of their own, in order."""
        return tuple(one for function in self._making() for one in self._discarded_by(function))

    @cached_property
    def returned(self) -> tuple[ForgottenRaise, ...]:
        """The HTTP errors of FastAPI that a handler of requests returns, or that a caller throws away, in order."""
        return tuple(one for function in self._making() for one in self._returned_by(function))

    def _making(self) -> Iterator[FunctionValue]:
        """The functions that call something named like an exception."""
        own = self._errors.project_exceptions
        names = [name for name in self._calls.called_names if LIKELY_NAME.match(name) or name in own]
        for module, declaration in self._calls.declarations_calling(*names):
            if declaration.kind == "function" and not module.is_test:
                yield self._calls.function_of(module, declaration)

    def _discarded_by(self, function: FunctionValue) -> Iterator[ForgottenRaise]:
        for statement in function.nodes_of(tree.ExpressionStatement):
            call = statement.value
            if isinstance(call, tree.Call) and self._is_named_exception(call):
                made = self._classes.class_of(call, function)
                if made is not None and not self._classes.raises_itself(made):
                    yield self._forgotten(call, function, statement)

    def _returned_by(self, function: FunctionValue) -> Iterator[ForgottenRaise]:
        for statement in function.nodes_of(tree.Return):
            for call in _returned_calls(statement.value):
                if self._is_named_exception(call) and self._classes.is_http(self._classes.class_of(call, function)):
                    if self._answers(function):
                        yield self._forgotten(call, function, statement)
                    else:
                        yield from self._thrown_away(call, function)

    def _thrown_away(self, made: tree.Call, function: FunctionValue) -> Iterator[ForgottenRaise]:
        """The calls of a function that returns an error, where the error is thrown away or becomes the answer."""
        for site in self._reach.callers_of(function):
            caller = site.caller
            statements: Collection[tree.Node] = caller.nodes_of(tree.ExpressionStatement)
            if self._answers(caller):
                statements = (*statements, *caller.nodes_of(tree.Return))
            for statement in statements:
                value = getattr(statement, "value", None)
                if (value.value if isinstance(value, tree.Await) else value) is site.node:
                    text = source_text(made)
                    place, made_at = place_of(caller.module, statement), place_of(function.module, made)
                    yield ForgottenRaise(_name(made), caller, place, True, text, made_at)

    def _answers(self, function: FunctionValue) -> bool:
        """Whether a function of a FastAPI application answers requests, or runs as a dependency of such a one."""
        handler = self._reach.handler_of(function)
        return handler is not None and handler.route.framework in ("fastapi", "starlette")

    def _is_named_exception(self, call: tree.Call) -> bool:
        return may_name_exception(call) or _name(call) in self._errors.project_exceptions

    def _forgotten(self, call: tree.Call, function: FunctionValue, statement: tree.Node) -> ForgottenRaise:
        is_http = self._classes.is_http(self._classes.class_of(call, function))
        return ForgottenRaise(_name(call), function, place_of(function.module, statement), is_http, source_text(call))


def _name(call: tree.Call) -> str:
    return source_text(call.function).rpartition(".")[2]


def _returned_calls(node: tree.Expression | None) -> Iterator[tree.Call]:
    """The calls that a returned expression may be."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, tree.Call):
            yield current
        elif isinstance(current, tree.Conditional):
            pending += (current.otherwise, current.then)
