"""Failures that nobody hears of: server errors that no log knows, and failed changes that are answered with success.

Takes `except` blocks that catch every exception, gives those that forget it.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.queries import Queries
from reviewer.project.errors.caught_exceptions import LOGGING, CaughtException, CaughtExceptions, told_text
from reviewer.project.errors.exception_handlers import ExceptionHandlers
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.request_reach import RequestReach

#: Methods that write to the database.
CHANGING = ("add", "add_all", "delete", "commit", "flush", "merge")
CHANGING_REQUESTS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: What a block may call besides logging and still have forgotten the exception.
UNDOING = frozenset({"rollback", "close", "expunge_all", "str", "repr", "type", "format", "format_exc"})


class ForgottenFailures:
    """Finds blocks that forget an exception."""

    def __init__(
        self, caught: CaughtExceptions, handlers: ExceptionHandlers, queries: Queries, reach: RequestReach
    ) -> None:
        self._caught = caught
        self._handlers = handlers
        self._queries = queries
        self._reach = reach

    def unlogged(self) -> Iterator[CaughtException]:
        """The blocks that turn every exception into a server error and log nothing, in order."""
        if any(
            one.function is not None and _logs(one.function)
            for one in self._handlers.all
            if _is_for_http(one.handled_name)
        ):
            return
        for block in self._caught.all:
            if not block.is_broad or block.logs or not block.raised:
                continue
            is_server_error = all(isinstance(one.status, int) and one.status >= 500 for _, one in block.raised)
            errors = [node.exception if isinstance(node, tree.Raise) else node for node, _ in block.raised]
            is_told = any(one is not None and told_text(one, block.handler.name) is not None for one in errors)
            if is_server_error and not is_told and not _calls_else(block):
                yield block

    def swallowed_changes(self) -> Iterator[CaughtException]:
        """The blocks of endpoints around a change of the database that let the endpoint go on, in order."""
        for block in self._caught.all:
            handler = self._reach.handler_of(block.function)
            if handler is None or handler.is_dependency or handler.route.method not in CHANGING_REQUESTS:
                continue
            if block.is_broad and _only_forgets(block) and self._changes(block) and _goes_on(block):
                yield block

    def _changes(self, block: CaughtException) -> bool:
        """Whether the statements of a `try` write to the database."""
        inside = {id(node) for node in tree.walk_scope(block.statement.body) if isinstance(node, tree.Call)}
        return any(id(one.call.node) in inside for one in self._queries.named_of(block.function, *CHANGING))


def _logs(function: FunctionValue) -> bool:
    return any(LOGGING.match(called_name(node)) for node in function.nodes_of(tree.Call))


def _is_for_http(name: str) -> bool:
    return "HTTPException" in name or name == "500"


def _calls_else(block: CaughtException) -> bool:
    """Whether a block calls something besides the error that it raises, which may log."""
    raising = {id(inner) for node, _ in block.raised for inner in tree.walk(node)}
    return any(
        isinstance(node, tree.Call) and id(node) not in raising and called_name(node) not in UNDOING
        for node in tree.walk_scope(block.handler.body)
    )


def _only_forgets(block: CaughtException) -> bool:
    """Whether a block only passes, logs or rolls back."""
    for statement in block.handler.body:
        if isinstance(statement, tree.Pass):
            continue
        if not isinstance(statement, tree.ExpressionStatement):
            return False
        value = statement.value.value if isinstance(statement.value, tree.Await) else statement.value
        if isinstance(value, tree.Constant):
            continue
        if not isinstance(value, tree.Call):
            return False
        name = called_name(value)
        if not LOGGING.match(name) and name not in UNDOING:
            return False
    return True


def _goes_on(block: CaughtException) -> bool:
    """Whether a `try` stands in the body of the endpoint itself, and the endpoint answers after it."""
    body = block.function.node.body
    if not isinstance(body, tuple) or block.statement not in body:
        return False
    after = body[body.index(block.statement) + 1 :]
    answers = [one for one in after if isinstance(one, tree.Return)]
    is_checked = any(isinstance(one, (tree.If, tree.Raise)) for one in after)
    return bool(answers) and not is_checked
