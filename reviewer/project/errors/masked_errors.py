"""HTTP errors that a broad `except` around them turns into another one.

Takes broad `except` blocks that raise an HTTP error, and what is raised in their `try`, by it or by what it calls.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.errors.caught_exceptions import BROAD, CaughtException, CaughtExceptions, catches_http_errors
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.functions.errors import Errors
from reviewer.project.model import RaisedError
from reviewer.rule import Place

SEARCH_DEPTH = 3


class MaskedError(msgspec.Struct, frozen=True, eq=False):
    """An HTTP error that does not reach the client as it was raised."""

    function: FunctionValue
    place: Place  # of the `except`, first line
    error: RaisedError  # that is raised in the `try`, or below it
    status: int  # that the client gets


class MaskedErrors:
    """Finds HTTP errors that a broad `except` turns into another one."""

    def __init__(self, caught: CaughtExceptions, errors: Errors, calls: Calls) -> None:
        self._caught = caught
        self._errors = errors
        self._calls = calls

    def find(self) -> Iterator[MaskedError]:
        """The `except` blocks that mask an error, in order, each with the first error that it masks."""
        for block in self._caught.all:
            status = _status(block)
            if status is None or self._is_foreseen(block):
                continue
            for error in self._raised_in(block):
                if len(error.chain) and _is_context_manager(error.function):
                    continue  # a check of what opens something far below: no answer to this client
                if isinstance(error.status, int) and 400 <= error.status < 500 and error.status != status:
                    where = place_of(block.function.module, block.handler)
                    line = Place(where.path, where.line, where.column, where.line, where.column + len("except"))
                    yield MaskedError(block.function, line, error, status)
                    break

    def _is_foreseen(self, block: CaughtException) -> bool:
        """Whether HTTP errors are raised again, by this block or one before it."""
        if any(_is_raised_again(node, block.handler.name) for node in tree.walk_scope(block.handler.body)):
            return True
        own = self._errors.project_exceptions
        for earlier in self._caught.all_of(block.statement):
            if earlier.handler is block.handler:
                return False
            if catches_http_errors(earlier.names) or not own.isdisjoint(earlier.names):
                return True
        return False

    def _raised_in(self, block: CaughtException) -> Iterator[RaisedError]:
        """The HTTP errors that leave the statements of a `try`."""
        function = block.function
        inside = {id(node) for node in tree.walk_scope(block.statement.body)}
        inner = {
            id(node)
            for one in tree.walk_scope(block.statement.body)
            if isinstance(one, tree.Try)
            for node in tree.walk_scope(one.body)
        }
        for node, error in self._errors.written_in(function):
            if id(node) in inside and id(node) not in inner:
                yield error
        for site in self._calls.named_in(function, self._errors.leading_names):
            if id(site.node) in inside and id(site.node) not in inner:
                for target in targets(site.callee):
                    yield from self._errors.raised_by(target, SEARCH_DEPTH)


def _status(block: CaughtException) -> int | None:
    """The status that a broad block answers with, None where it answers with none or several."""
    if not any(name in BROAD for name in block.names):
        return None
    statuses = {error.status for _, error in block.raised}
    return next((one for one in statuses if isinstance(one, int)), None) if len(statuses) == 1 else None


def _is_context_manager(function: FunctionValue) -> bool:
    """Whether a generator is made a context manager by a decorator."""
    decorators = function.node.decorators if isinstance(function.node, tree.Function) else ()
    return any(last_name(one) in ("contextmanager", "asynccontextmanager") for one in decorators)


def _is_raised_again(node: tree.Node, name: str | None) -> bool:
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name) and node.function.id == "isinstance":
        return True  # the block asks what it has caught
    if not isinstance(node, tree.Raise):
        return False
    return node.exception is None or (isinstance(node.exception, tree.Name) and node.exception.id == name)
