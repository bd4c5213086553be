"""Links the validators of schemas: which methods check which fields, when, and what their parameters are.

Knows the decorators of both major versions of Pydantic. What a validator returns is judged on its own body.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Union

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, last_name
from reviewer.project.data.pydantic import Schemas
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Schema
from reviewer.project.program import Program
from reviewer.rule import Place

#: Decorators by last name: what they validate, and since which major version.
DECORATORS = {
    "field_validator": ("field", 2),
    "model_validator": ("model", 2),
    "validator": ("field", 1),
    "root_validator": ("model", 1),
}


class Validator(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A validating method of a schema."""

    schema: Schema
    function: FunctionValue
    kind: str  # "field" or "model"
    version: int  # the major version that its decorator belongs to
    mode: str  # "after", "before", "wrap", "plain"; empty where it is not known
    fields: tuple[str, ...]  # that it is for; `*` for all
    decorators: tuple[str, ...]  # the last names of all decorators, outermost first
    place: Place  # `def name`

    @property
    def name(self) -> str:
        """The class and the method: `User.check_name`."""
        return f"{self.schema.name}.{self.function.name}"

    @property
    def node(self) -> tree.Function:
        """The method."""
        assert isinstance(self.function.node, tree.Function)
        return self.function.node

    @property
    def is_static(self) -> bool:
        """Whether it gets neither class nor object."""
        return "staticmethod" in self.decorators

    @property
    def is_plain_function(self) -> bool:
        """Whether Pydantic 2 calls it as it stands: only a first parameter `cls` makes it a class method."""
        names = [one.name for one in self.node.parameters]
        return self.version == 2 and "classmethod" not in self.decorators and names[:1] not in (["cls"], ["self"])

    @property
    def takes_object(self) -> bool:
        """Whether its first parameter is the object that was made: `mode="after"` of a whole model."""
        return (self.version, self.kind, self.mode) == (2, "model", "after") and "classmethod" not in self.decorators

    @cached_property
    def value_parameter(self) -> str:
        """The parameter that takes the value, empty where there is none."""
        parameters = [one for one in self.node.parameters if one.kind in ("positional-only", "positional-or-keyword")]
        is_plain = self.is_static or self.takes_object or self.is_plain_function
        position = 0 if is_plain else 1
        return parameters[position].name if len(parameters) > position else ""


class Validators:
    """Answers which validators there are."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, schemas: Schemas) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._schemas = schemas

    @cached_property
    def all(self) -> tuple[Validator, ...]:
        """The validators of all schemas and settings classes in order, tests left out."""
        return tuple(self._find())

    def _find(self) -> Iterator[Validator]:
        for module in self._program.modules:
            if module.is_test or not module.mentions("pydantic", "sqlmodel", *DECORATORS):
                continue
            if not module.mentions(*DECORATORS) and not _imports_functional(module):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    yield from self._of_class(self._calls.class_of(module, declaration))

    def _of_class(self, value: ClassValue) -> Iterator[Validator]:
        methods = [one for one in value.node.body if isinstance(one, tree.Function) and one.decorators]
        schema: Union[Schema, None] = None
        for method in methods:
            for decorator in method.decorators:
                name = self._decorator_name(decorator, value)
                if name not in DECORATORS:
                    continue
                schema = schema or self._schemas.of_class(value)
                if schema is None:
                    return
                yield self._validator(schema, method, decorator, name)

    def _decorator_name(self, decorator: tree.Expression, value: ClassValue) -> str:
        """The last name of a decorator of Pydantic; empty for other decorators."""
        called = decorator.function if isinstance(decorator, tree.Call) else decorator
        if last_name(called) in ("classmethod", "staticmethod", "property", "computed_field", ""):
            return ""
        found = self._evaluator.evaluate(called, ClassScope(value, self._evaluator))
        is_library = isinstance(found, External) and found.name.startswith("pydantic.")
        return found.name.rpartition(".")[2] if is_library else ""

    def _validator(self, schema: Schema, method: tree.Function, decorator: tree.Expression, name: str) -> Validator:
        kind, version = DECORATORS[name]
        owner = schema.value
        function = self._evaluator.define_function(method, ClassScope(owner, self._evaluator), owner)
        call = decorator if isinstance(decorator, tree.Call) else None
        fields = [one.value for one in call.arguments if isinstance(one, tree.Text)] if call and kind == "field" else []
        path, line, column = owner.module.path, method.line, method.column
        width = len("async def " if method.is_async else "def ") + len(method.name)
        return Validator(
            schema,
            function,
            kind,
            version,
            _mode(call, kind, version),
            tuple(fields),
            tuple(last_name(one.function if isinstance(one, tree.Call) else one) for one in method.decorators),
            Place(path, line, column, line, column + width),
        )


def fields_changed_before(validators: tuple[Validator, ...]) -> dict[int, frozenset[str]]:
    """For each class the fields that its validators may change before the type is checked; `*` for all."""
    found: dict[int, frozenset[str]] = {}
    for one in validators:
        if one.mode != "after":
            names = frozenset(one.fields) if one.kind == "field" and one.fields else frozenset({"*"})
            key = id(one.schema.value)
            found[key] = found.get(key, frozenset()) | names
    return found


def _mode(call: tree.Call | None, kind: str, version: int) -> str:
    keywords = {one.name: one.value for one in call.keywords} if call is not None else {}
    if version == 1:
        is_before = getattr(keywords.get("pre"), "value", "") == "True"
        return "before" if is_before else "after"
    written = keywords.get("mode")
    if written is None:
        return "after" if kind == "field" else ""
    return written.value if isinstance(written, tree.Text) else ""


def _imports_functional(module: Module) -> bool:
    """Whether decorators are imported under another name."""
    return any(one.name in DECORATORS for one in module.index.imports)


def returned_values(function: tree.Function) -> tuple[tree.Expression, ...]:
    """What the `return` statements of a body give, `return None` and a bare `return` left out."""
    found = (one for one in tree.walk_scope(function.body) if isinstance(one, tree.Return))
    return tuple(
        one.value
        for one in found
        if one.value is not None and not (isinstance(one.value, tree.Constant) and one.value.value == "None")
    )


def gives_nothing(function: tree.Function) -> bool:
    """Whether a body comes to its end and never gives a value; stubs and generators count as giving one."""
    if returned_values(function) or _is_stub(function.body):
        return False
    if any(isinstance(one, (tree.Yield, tree.YieldFrom)) for one in tree.walk_scope(function.body)):
        return False
    return any(isinstance(one, tree.Return) for one in tree.walk_scope(function.body)) or comes_to_end(function.body)


def _is_stub(body: tuple[tree.Statement, ...]) -> bool:
    return all(
        isinstance(one, tree.Pass)
        or (isinstance(one, tree.ExpressionStatement) and isinstance(one.value, (tree.Text, tree.Constant)))
        for one in body
    )


def comes_to_end(body: tuple[tree.Statement, ...]) -> bool:
    """Whether a block may be left at its end, without `return`, `raise`, `break` or `continue`."""
    for statement in body:
        if isinstance(statement, (tree.Return, tree.Raise, tree.Continue, tree.Break)):
            return False
        if isinstance(statement, tree.If) and statement.otherwise:
            if not comes_to_end(statement.body) and not comes_to_end(statement.otherwise):
                return False
        elif isinstance(statement, tree.With):
            if not comes_to_end(statement.body):
                return False
        elif isinstance(statement, tree.Try):
            blocks = [(*statement.body, *statement.otherwise), *(one.body for one in statement.handlers)]
            if (statement.final and not comes_to_end(statement.final)) or not any(map(comes_to_end, blocks)):
                return False
        elif isinstance(statement, tree.While):
            is_endless = isinstance(statement.test, tree.Constant) and statement.test.value == "True"
            if is_endless and not any(isinstance(one, tree.Break) for one in tree.walk_scope(statement.body)):
                return False
        elif isinstance(statement, tree.Match):
            is_exhaustive = any(_is_wildcard(one) for one in statement.cases)
            if is_exhaustive and not any(comes_to_end(one.body) for one in statement.cases):
                return False
        elif (
            isinstance(statement, tree.ExpressionStatement)
            and isinstance(statement.value, tree.Call)
            and called_name(statement.value) in ("exit", "abort", "_exit", "fail")
        ):
            return False
    return True


def _is_wildcard(case: tree.Case) -> bool:
    return case.guard is None and isinstance(case.pattern, tree.AsPattern) and case.pattern.pattern is None
