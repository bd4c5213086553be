"""Reads which names a mapping has: the context of a rendering, the result of a context processor.

Takes expressions with the scope they stand in, gives the names with their literal values. A mapping that is built in a
function is followed through its assignments, updates and items; what is not known makes the context incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import last_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import DeclaredScope, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
)

DEPTH_LIMIT = 8
KEEPING_METHODS = frozenset({"get", "keys", "items", "values", "copy", "pop"})
#: Functions that take a mapping and leave it as it is.
HARMLESS_CALLS = frozenset(
    {
        "render_template", "stream_template", "TemplateResponse", "render", "render_async", "print", "len",
        "str", "repr", "dict", "list", "sorted", "json", "dumps", "jsonify", "copy", "deepcopy", "debug",
        "info", "warning", "error", "exception", "log", "isinstance", "bool", "any", "all",
    }
)  # fmt: skip


class Passed(msgspec.Struct, frozen=True):
    """A name that is passed: its literal value where it has one."""

    is_literal: bool = False
    value: Value = None


class Context(msgspec.Struct):
    """The names of a mapping; incomplete where it may have others."""

    names: dict[str, Passed] = msgspec.field(default_factory=dict)
    is_complete: bool = True

    def add(self, other: Context) -> None:
        """Joins another mapping in."""
        self.names.update(other.names)
        self.is_complete = self.is_complete and other.is_complete


class BoundScope(DeclaredScope):
    """The body of a function as one call of it sees it: parameters stand for the arguments of that call."""

    def __init__(
        self, function: FunctionValue, evaluator: Evaluator, call: tree.Call, around: Scope, skips: int
    ) -> None:
        super().__init__(function, evaluator)
        self.arguments: dict[str, tuple[tree.Expression, Scope]] = {}
        self.spread: tuple[tuple[tree.Expression, ...], tuple[tree.Keyword, ...]] = ((), ())
        self.around = around
        self.is_complete = True
        self._bind(call, skips)
        self._evaluate_arguments()

    def _bind(self, call: tree.Call, skips: int) -> None:
        positional = list(call.arguments)
        if any(isinstance(one, tree.Starred) for one in positional):
            self.is_complete = False
            return
        keywords = {one.name: one for one in call.keywords if one.name is not None}
        spread = tuple(one for one in call.keywords if one.name is None)
        rest: tuple[tree.Keyword, ...] = ()
        for parameter in self.function.node.parameters[skips:]:
            if parameter.kind == "variadic":
                self.spread = (tuple(positional), self.spread[1])
                positional = []
            elif parameter.kind == "variadic-keyword":
                rest = (*keywords.values(), *spread)
            elif positional and parameter.kind != "keyword-only":
                self.arguments[parameter.name] = (positional.pop(0), self.around)
            elif parameter.name in keywords:
                self.arguments[parameter.name] = (keywords.pop(parameter.name).value, self.around)
                rest = tuple(one for one in rest if one.name != parameter.name)
            elif not spread and parameter.default is not None:
                self.arguments[parameter.name] = (parameter.default, self.function.scope)
        self.spread = (self.spread[0], rest)

    def _evaluate_arguments(self) -> None:
        for name, (node, scope) in self.arguments.items():
            if len(self.bindings.get(name, ())) == 1:
                self.values[name] = self.evaluator.evaluate(node, scope)


class ContextReader:
    """Reads mappings."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def arguments(
        self,
        positional: Iterable[tree.Expression],
        keywords: Iterable[tree.Keyword],
        scope: Scope,
        depth: int = 0,
    ) -> Context:
        """The context of arguments as `dict(…)` and `render(…)` take them: mappings, then keywords."""
        context = Context()
        for argument in positional:
            if isinstance(argument, tree.Starred):
                context.is_complete = False
            else:
                context.add(self.mapping(argument, scope, depth + 1))
        for keyword in keywords:
            if keyword.name is None:
                context.add(self.mapping(keyword.value, scope, depth + 1))
            else:
                context.names[keyword.name] = _passed(keyword.value)
        return context

    def mapping(self, node: tree.Expression, scope: Scope, depth: int = 0) -> Context:
        """The context of an expression that stands for a mapping."""
        if depth > DEPTH_LIMIT:
            return Context(is_complete=False)
        match node:
            case tree.Dictionary():
                return self._dictionary(node, scope, depth)
            case tree.Constant(value="None"):
                return Context()
            case tree.Name():
                return self._named(node, scope, depth)
            case tree.Call():
                return self._called(node, scope, depth)
            case tree.Conditional():
                return self._joined((node.then, node.otherwise), scope, depth)
            case tree.BooleanOperation(operator="or"):
                return self._joined(node.values, scope, depth)
            case tree.BinaryOperation(operator="|"):
                return self._joined((node.left, node.right), scope, depth)
            case tree.Await():
                return self.mapping(node.value, scope, depth + 1)
            case _:
                return Context(is_complete=False)

    def _joined(self, nodes: Iterable[tree.Expression], scope: Scope, depth: int) -> Context:
        context = Context()
        for node in nodes:
            context.add(self.mapping(node, scope, depth + 1))
        return context

    def _dictionary(self, node: tree.Dictionary, scope: Scope, depth: int) -> Context:
        context = Context()
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            if key_node is None:
                context.add(self.mapping(value_node, scope, depth + 1))
                continue
            key = self._evaluator.evaluate(key_node, scope)
            if isinstance(key, str):
                context.names[key] = _passed(value_node)
            else:
                context.is_complete = False
        return context

    def _called(self, node: tree.Call, scope: Scope, depth: int) -> Context:
        callee = self._evaluator.evaluate(node.function, scope)
        name = getattr(callee, "name", "")
        if name == "builtins.dict":
            return self.arguments(node.arguments, node.keywords, scope, depth)
        if isinstance(node.function, tree.Attribute) and node.function.name == "copy" and not node.arguments:
            return self.mapping(node.function.value, scope, depth + 1)
        function = callee.function if isinstance(callee, BoundMethod) else callee
        if isinstance(function, FunctionValue):
            return self.returned(function, depth + 1)
        if isinstance(callee, ClassValue):
            return self._typed(Instance(callee), depth)
        return Context(is_complete=False)

    def returned(self, function: FunctionValue, depth: int = 0) -> Context:
        """The names of the mappings that a function returns."""
        scope = self._evaluator.declared(function)
        if isinstance(function.node, tree.Lambda):
            return self.mapping(function.node.body, scope, depth + 1)
        context = Context()
        for node in function.nodes:
            if isinstance(node, tree.Return) and node.value is not None:
                context.add(self.mapping(node.value, scope, depth + 1))
            elif isinstance(node, (tree.Yield, tree.YieldFrom)):
                context.is_complete = False
        if function.node.decorators and not _are_plain(function.node.decorators):
            context.is_complete = False
        return context

    # Names

    def _named(self, node: tree.Name, scope: Scope, depth: int) -> Context:
        if not isinstance(scope, DeclaredScope):
            return self._global(scope.lookup(node.id), depth)
        bindings = scope.bindings.get(node.id)
        if not bindings:
            parent = scope.parent
            if isinstance(parent, DeclaredScope):
                return self._named(node, parent, depth + 1)
            return self._global(scope.lookup(node.id), depth)
        context = Context()
        for kind, source in bindings:
            if kind == "value":
                context.add(self.mapping(source, scope, depth + 1))
            elif kind == "parameter":
                context.add(self._parameter(source, scope, depth))
            else:
                context.is_complete = False
        if isinstance(scope.function.node, tree.Function):
            self._add_changes(node.id, scope.function.node, scope, context, depth)
        return context

    def _parameter(self, parameter: tree.Parameter, scope: DeclaredScope, depth: int) -> Context:
        if isinstance(scope, BoundScope) and scope.is_complete:
            if parameter.kind == "variadic-keyword":
                return self.arguments((), scope.spread[1], scope.around, depth + 1)
            given = scope.arguments.get(parameter.name)
            if given is not None:
                return self.mapping(given[0], given[1], depth + 1)
        if parameter.annotation is not None and parameter.kind not in ("variadic", "variadic-keyword"):
            return self._typed(self._evaluator.typed_value(parameter.annotation, scope.function.scope), depth)
        return Context(is_complete=False)

    def _typed(self, value: Value, depth: int) -> Context:
        """The keys that a `TypedDict` class declares."""
        context = Context()
        for one in alternatives(value):
            owner = one.type if isinstance(one, Instance) else None
            if not isinstance(owner, ClassValue) or depth > DEPTH_LIMIT:
                return Context(is_complete=False)
            ancestors = self._evaluator.ancestors(owner)
            if not self._evaluator.inherits(owner, "typing.TypedDict", "typing_extensions.TypedDict"):
                return Context(is_complete=False)
            for ancestor in ancestors:
                for statement in ancestor.node.body if isinstance(ancestor, ClassValue) else ():
                    match statement:
                        case tree.AnnotatedAssign(target=tree.Name(id=name)):
                            context.names[name] = Passed()
                        case _:
                            pass
        return context

    def _global(self, value: Value, depth: int) -> Context:
        """A module-level dictionary."""
        if isinstance(value, dict):
            known = {key: Passed() for key in value if isinstance(key, str)}
            return Context(known, is_complete=len(known) == len(value))
        if isinstance(value, (Choice, Unknown)):
            return Context(is_complete=False)
        return self._typed(value, depth)

    def _add_changes(
        self, name: str, function: tree.Function, scope: DeclaredScope, context: Context, depth: int
    ) -> None:
        """What a function does to a mapping after making it."""
        for node in tree.walk_scope(function.body):
            match node:
                case tree.Assign(targets=targets):
                    for target in targets:
                        self._add_item(name, target, scope, context)
                case tree.AugmentedAssign(target=tree.Name(id=found), value=value) if found == name:
                    context.add(self.mapping(value, scope, depth + 1))
                case tree.Call(function=tree.Attribute(value=tree.Name(id=found), name=method)) if found == name:
                    self._add_method(method, node, scope, context, depth)
                case tree.Call(function=called):
                    is_given = any(_is_name(one, name) for one in node.arguments) or any(
                        one.name is not None and _is_name(one.value, name) for one in node.keywords
                    )
                    if is_given and last_name(called) not in HARMLESS_CALLS:
                        context.is_complete = False
                case _:
                    pass

    def _add_item(self, name: str, target: tree.Expression, scope: Scope, context: Context) -> None:
        match target:
            case tree.Subscript(value=tree.Name(id=found), index=index) if found == name:
                key = self._evaluator.evaluate(index, scope) if not isinstance(index, tree.Slice) else None
                if isinstance(key, str):
                    context.names[key] = Passed()
                else:
                    context.is_complete = False
            case _:
                pass

    def _add_method(self, method: str, call: tree.Call, scope: Scope, context: Context, depth: int) -> None:
        if method == "update":
            context.add(self.arguments(call.arguments, call.keywords, scope, depth + 1))
        elif method == "setdefault" and call.arguments:
            key = self._evaluator.evaluate(call.arguments[0], scope)
            if isinstance(key, str):
                context.names[key] = Passed()
            else:
                context.is_complete = False
        elif method not in KEEPING_METHODS:
            context.is_complete = False


def _passed(node: tree.Expression) -> Passed:
    match node:
        case tree.Text(value=value) | tree.Number(value=value):
            return Passed(True, value)
        case tree.Constant(value="None"):
            return Passed(True, None)
        case tree.Constant(value="True" | "False" as word):
            return Passed(True, word == "True")
        case tree.List(items=()) | tree.Dictionary(keys=()) | tree.Tuple(items=()):
            return Passed(True, ())
        case _:
            return Passed()


def _are_plain(decorators: tuple[tree.Expression, ...]) -> bool:
    """Whether decorators leave what a function returns as it is."""
    plain = {"staticmethod", "classmethod", "property", "context_processor", "app_context_processor", "cache", "cached"}
    plain |= {"lru_cache", "memoize", "wraps", "pass_context"}
    return all(last_name(one.function if isinstance(one, tree.Call) else one) in plain for one in decorators)


def _is_name(node: tree.Expression, name: str) -> bool:
    return isinstance(node, tree.Name) and node.id == name
