"""Texts of unexpected exceptions that are sent to clients.

Takes `except` blocks and exception handlers, gives the answers that tell what the exception says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.errors.caught_exceptions import CaughtException, CaughtExceptions, told_text
from reviewer.project.errors.exception_handlers import ExceptionHandlers
from reviewer.project.evaluation.values import External, FunctionValue, Unknown, place_of
from reviewer.project.functions.request_reach import RequestReach
from reviewer.rule import Place

#: Classes whose handlers answer for what nobody expected.
GENERAL = (External("builtins.Exception"), External("werkzeug.exceptions.InternalServerError"))

#: Functions that are to tell a caller what is wrong: with what he wrote, with a connection of his.
MEANT = re.compile(r"debug|(?:^|_)(?:validate|test)(?:_|$)")


class DetailLeak(msgspec.Struct, frozen=True, eq=False):
    """An answer that holds the text of an exception."""

    function: FunctionValue
    place: Place  # of the answer
    told_at: Place
    caught: str  # as written: "`Exception`", "every exception"


class DetailLeaks:
    """Finds answers that hold the text of exceptions."""

    def __init__(self, caught: CaughtExceptions, handlers: ExceptionHandlers, reach: RequestReach) -> None:
        self._caught = caught
        self._handlers = handlers
        self._reach = reach

    def find(self) -> Iterator[DetailLeak]:
        """The answers that tell what an unexpected exception says, in order."""
        for block in self._caught.all:
            if block.is_internal and not MEANT.search(block.function.name):
                yield from self._in_block(block)
        seen: set[int] = set()
        for handler in self._handlers.all:
            function = handler.function
            is_general = handler.handled in (*GENERAL, 500) if not isinstance(handler.handled, Unknown) else False
            if function is not None and is_general and id(function) not in seen:
                seen.add(id(function))
                is_wrapped = handler.router.framework == "flask" and handler.handled != GENERAL[0]
                if is_wrapped and not _asks_for_cause(function):
                    continue
                yield from self._in_function(function)

    def _in_block(self, block: CaughtException) -> Iterator[DetailLeak]:
        caught = " or ".join(f"`{name}`" for name in block.names if name) or "every exception"
        answers: list[tree.Node] = [node for node, _ in block.raised]
        if self._reach.handler_of(block.function) is not None:
            answers += [one for one in tree.walk_scope(block.handler.body) if isinstance(one, tree.Return)]
        for answer in answers:
            if _is_narrowed(answer, block):
                continue
            given = answer.exception if isinstance(answer, tree.Raise) else answer
            told = told_text(given, block.handler.name) if given is not None else None
            if told is not None and isinstance(answer, (tree.Raise, tree.Call, tree.Return)):
                module = block.function.module
                yield DetailLeak(block.function, place_of(module, answer), place_of(module, told), caught)

    def _in_function(self, function: FunctionValue) -> Iterator[DetailLeak]:
        if not isinstance(function.node, tree.Function) or not function.node.parameters:
            return
        name = function.node.parameters[-1].name
        for answer in function.nodes_of(tree.Return):
            told = told_text(answer, name)
            if told is not None and not _is_conditional(answer, function):
                module = function.module
                yield DetailLeak(function, place_of(module, answer), place_of(module, told), "every exception")


def _asks_for_cause(function: FunctionValue) -> bool:
    """Whether a handler of failures reads the exception that Flask has put into an error of its own."""
    return any(one.name == "original_exception" for one in function.nodes_of(tree.Attribute))


def _is_narrowed(answer: tree.Node, block: CaughtException) -> bool:
    """Whether a condition in the block asks what was caught, or for debugging, before it answers."""
    return any(isinstance(node, tree.If) and _holds(node, answer) for node in tree.walk_scope(block.handler.body))


def _is_conditional(answer: tree.Node, function: FunctionValue) -> bool:
    return any(_holds(node, answer) for node in function.nodes_of(tree.If))


def _holds(outer: tree.Node, inner: tree.Node) -> bool:
    return outer.line <= inner.line and inner.end_line <= outer.end_line
