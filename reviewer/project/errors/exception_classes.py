"""What kind of exception a class is: an HTTP error of a framework, another exception, or none for certain."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Choice, ClassValue, External, FunctionValue, Value
from reviewer.project.functions.errors import HTTP_EXCEPTIONS, Errors
from reviewer.project.model import RaisedError

if TYPE_CHECKING:
    from reviewer.project.errors.exception_handlers import ExceptionHandlers

BUILT_IN_EXCEPTIONS = frozenset(
    f"builtins.{name}"
    for name in dir(builtins)
    if isinstance(one := getattr(builtins, name), type) and issubclass(one, BaseException)
)
#: Last names of classes that are exceptions wherever a library defines them.
EXCEPTION_NAME = re.compile(r"^[A-Z]\w*(?:Error|Exception)$")
#: Names of exceptions of which the called classes of a project are asked for.
LIKELY_NAME = re.compile(
    r"^[A-Z]\w*(?:Error|Exception|NotFound|Exists|Forbidden|Denied|Unauthorized|Conflict|Invalid|Failed|Fault|BadRequest)$"
)
WARNINGS = re.compile(r"Warning$")


class ExceptionClasses:
    """Answers what kind of exception a class is."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def is_http(self, value: Value) -> bool:
        """Whether a class is an HTTP error of FastAPI or Starlette, or of the project on top of one."""
        return self._evaluator.inherits(value, *(HTTP_EXCEPTIONS - {"werkzeug.exceptions.HTTPException"}))

    def is_exception(self, value: Value) -> bool:
        """Whether a class is an exception for certain."""
        if isinstance(value, External):
            return self._is_library_exception(value.name)
        return isinstance(value, ClassValue) and any(
            self._is_library_exception(name) for name in self._evaluator.external_names(value)
        )

    def _is_library_exception(self, dotted: str) -> bool:
        if dotted.startswith("builtins."):
            return dotted in BUILT_IN_EXCEPTIONS and not WARNINGS.search(dotted)
        return dotted.startswith("werkzeug.exceptions.") or bool(EXCEPTION_NAME.match(dotted.rpartition(".")[2]))

    def class_of(self, call: tree.Call, function: FunctionValue) -> Value:
        """The exception class that a call makes an object of, None where it makes none for certain."""
        value = self._evaluator.evaluate(call.function, self._evaluator.declared(function))
        if isinstance(value, Choice):
            value = value.values[0] if all(self.is_exception(one) for one in value.values) else None
        return value if self.is_exception(value) else None

    def raises_itself(self, value: Value) -> bool:
        """Whether making an object of a class raises: the constructor holds a `raise`."""
        if not isinstance(value, ClassValue):
            return False
        found = self._evaluator.find_in_class(value, "__init__")
        constructor = found[1] if found is not None else None
        return isinstance(constructor, FunctionValue) and bool(constructor.nodes_of(tree.Raise))


def may_name_exception(call: tree.Call) -> bool:
    """Whether what a call calls is named like an exception."""
    return bool(LIKELY_NAME.match(last_name(call.function)))


def errors_without(
    errors: Errors, handlers: ExceptionHandlers, status: int, keyword: str, position: int
) -> Iterator[RaisedError]:
    """The errors of FastAPI with a status that are raised without an argument, given by keyword or position.

    None where a handler of the project answers for HTTP errors, since it may add what they lack.
    """
    if any("HTTPException" in one.handled_name for one in handlers.all):
        return
    for node, error in errors.raised_in_project():
        call = node.exception if isinstance(node, tree.Raise) else None
        if error.status != status or error.exception != "HTTPException" or not isinstance(call, tree.Call):
            continue
        is_given = len(call.arguments) > position or any(one.name in (keyword, None) for one in call.keywords)
        if not is_given and not any(isinstance(one, tree.Starred) for one in call.arguments):
            yield error
