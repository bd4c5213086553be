"""What functions that answer requests do with the exceptions they catch: answer, tell, log, raise again or forget.

Takes the functions that requests run or that raise HTTP errors, gives their `except` blocks with what happens in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name, last_name
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.errors import CATCHING_NAMES, Errors
from reviewer.project.functions.request_reach import RequestReach
from reviewer.project.model import RaisedError
from reviewer.rule import Place

BROAD = frozenset({"", "Exception", "BaseException"})
#: Exceptions of libraries whose text is written for the people who run the server.
INTERNAL = re.compile(
    r"^(?:SQLAlchemyError|IntegrityError|OperationalError|DatabaseError|ProgrammingError|DataError|DBAPIError|JWTError"
    r"|JWKError|JOSEError|InvalidTokenError|PyJWTError|PyMongoError|RedisError|OSError|IOError|CalledProcessError)$"
)
LOGGING = re.compile(
    r"^(?:debug|info|warn|warning|error|exception|critical|log|capture_exception|print_exc|notify|print)$"
)
#: Names of attributes of exceptions that tell nothing of the server.
HARMLESS_ATTRIBUTES = frozenset({"status_code", "code", "status", "errno", "detail", "__class__"})


#: Calls whose result holds what they are given, and methods of texts that hold the text.
TELLING_CALLS = frozenset(
    {
        "str", "repr", "format", "format_exception", "dict", "dumps", "join", "jsonify", "make_response",
        "jsonable_encoder", "render_template",
    }
)  # fmt: skip
TEXT_METHODS = frozenset({"split", "splitlines", "strip", "format", "join", "replace"})


class CaughtException(msgspec.Struct, frozen=True, eq=False):
    """An `except` block of a function."""

    function: FunctionValue
    statement: tree.Try
    handler: tree.ExceptHandler
    names: tuple[str, ...]  # of the caught classes, last parts; an empty one for all
    raised: tuple[tuple[tree.Raise | tree.Call, RaisedError], ...]  # the HTTP errors that are raised in it

    @property
    def place(self) -> Place:
        """The `except`, without what it catches."""
        where = place_of(self.function.module, self.handler)
        return Place(where.path, where.line, where.column, where.line, where.column + len("except"))

    @property
    def is_broad(self) -> bool:
        """Whether it catches every exception."""
        return any(name in BROAD for name in self.names)

    @property
    def is_internal(self) -> bool:
        """Whether what it catches has a text that is not for clients."""
        return self.is_broad or all(INTERNAL.match(name) for name in self.names)

    @property
    def logs(self) -> bool:
        """Whether something in it is logged, printed or reported."""
        return any(
            LOGGING.match(called_name(node)) or "log" in (dotted_name(node.function) or "").lower()
            for node in tree.walk_scope(self.handler.body)
            if isinstance(node, tree.Call)
        )

    @property
    def raises_on(self) -> bool:
        """Whether it raises what it caught, or anything else."""
        return any(isinstance(node, tree.Raise) for node in tree.walk_scope(self.handler.body))


class CaughtExceptions:
    """Answers which `except` blocks the functions of a project have that answer requests or raise HTTP errors."""

    def __init__(self, errors: Errors, reach: RequestReach) -> None:
        self._errors = errors
        self._reach = reach

    @cached_property
    def all(self) -> tuple[CaughtException, ...]:
        """All of them, in order of the functions."""
        functions = {id(handler.function): handler.function for handler in self._reach.handlers}
        functions.update((id(error.function), error.function) for _, error in self._errors.raised_in_project())
        found = (one for function in functions.values() for one in self._in(function))
        return tuple(sorted(found, key=lambda one: (one.function.module.path, one.handler.line, one.handler.column)))

    def all_of(self, statement: tree.Try) -> tuple[CaughtException, ...]:
        """The blocks of one `try`, in order."""
        return self._by_statement.get(id(statement), ())

    @cached_property
    def _by_statement(self) -> dict[int, tuple[CaughtException, ...]]:
        found: dict[int, tuple[CaughtException, ...]] = {}
        for one in self.all:
            found[id(one.statement)] = (*found.get(id(one.statement), ()), one)
        return found

    def _in(self, function: FunctionValue) -> Iterator[CaughtException]:
        if not isinstance(function.node, tree.Function) or function.module.is_test:
            return
        statements = function.nodes_of(tree.Try)
        if not statements:
            return
        written = self._errors.written_in(function)
        numbers: dict[int, list[int]] = {}
        for number, (node, _) in enumerate(written):
            numbers.setdefault(id(node), []).append(number)
        for statement in statements:
            for handler in statement.handlers:
                inside = (number for node in tree.walk_scope(handler.body) for number in numbers.get(id(node), ()))
                raised = tuple(written[number] for number in sorted(inside))
                yield CaughtException(function, statement, handler, caught_names(handler), raised)


def caught_names(handler: tree.ExceptHandler) -> tuple[str, ...]:
    """The last names of the classes that a handler catches; an empty one for all."""
    if handler.exception is None:
        return ("",)
    items = handler.exception.items if isinstance(handler.exception, tree.Tuple) else (handler.exception,)
    return tuple(last_name(one) for one in items)


def catches_http_errors(names: tuple[str, ...]) -> bool:
    """Whether classes of these names catch HTTP errors."""
    return not CATCHING_NAMES.isdisjoint(names)


def told_text(node: tree.Node, name: str | None) -> tree.Node | None:
    """Where a node holds the text of an exception that is bound to a name, or the trace of the stack."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, tree.Name):
            if name is not None and current.id == name:
                return current
        elif isinstance(current, tree.Attribute):
            if current.name not in HARMLESS_ATTRIBUTES:
                pending.append(current.value)
        elif isinstance(current, tree.Call):
            called = called_name(current)
            if called == "format_exc":
                return current
            if called in TELLING_CALLS or called[:1].isupper():
                pending.extend(current.arguments)
                pending.extend(one.value for one in current.keywords)
            if isinstance(current.function, tree.Attribute) and called in TEXT_METHODS:
                pending.append(current.function.value)
        elif isinstance(current, tree.Conditional):
            pending.extend((current.then, current.otherwise))
        elif not isinstance(current, (tree.Lambda, tree.Comparison)):
            pending.extend(tree.children(current))
    return None
