"""Dependencies with `yield` that keep an exception of the endpoint for themselves.

FastAPI throws the exception into the generator where it yields. What is caught there and not raised again is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.request_reach import Handler
from reviewer.rule import Place


class SwallowingDependency(msgspec.Struct, frozen=True, eq=False):
    """A handler around the `yield` of a dependency that does not raise what it catches."""

    function: FunctionValue
    caught: str  # as written: `Exception`, or empty for all
    place: Place  # the handler, first line


def swallowing_dependencies(handlers: Iterable[Handler]) -> Iterator[SwallowingDependency]:
    """The handlers of exceptions around the `yield` of dependencies that raise nothing, in order."""
    for handler in handlers:
        function = handler.function
        if not handler.is_dependency or not isinstance(function.node, tree.Function):
            continue
        for statement in function.nodes_of(tree.Try):
            if not any(isinstance(node, tree.Yield) for node in tree.walk_scope(statement.body)):
                continue
            for caught in statement.handlers:
                if not _may_raise(caught.body):
                    where = place_of(function.module, caught)
                    line = Place(where.path, where.line, where.column, where.line, where.column + len("except"))
                    yield SwallowingDependency(function, source_text(caught.exception), line)


def _may_raise(body: tuple[tree.Statement, ...]) -> bool:
    """Whether a handler raises, or calls something that is named so: `reraise(…)`, `abort(…)`."""
    for node in tree.walk_scope(body):
        if isinstance(node, tree.Raise):
            return True
        if isinstance(node, tree.Call):
            name = source_text(node.function).rpartition(".")[2].lower()
            if "raise" in name or name in ("abort", "exit", "throw", "athrow"):
                return True
    return False
