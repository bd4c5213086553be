"""How a text is put together: the pieces of an expression's text, followed through variables, helpers and callers.

Takes an expression of a function body, gives the alternatives of its text: runs of pieces that are known, harmless, or
come from a request, a parameter, or somewhere unknown. Knows string building; what the text is used for it does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from re import Pattern
from typing import Any

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.callers import Callers, bound_arguments
from reviewer.project.calls import Calls, targets
from reviewer.project.evaluation import Evaluator
from reviewer.project.local_flow import END, Binding, LocalFlow, known_name, passed, shape
from reviewer.project.model import CallSite
from reviewer.project.request_values import RequestValues
from reviewer.project.scopes import DeclaredScope
from reviewer.project.text_methods import (
    ESCAPING_WORDS,
    HARMLESS_CALLS,
    KEEPING_CALLS,
    KEEPING_METHODS,
    LIST_METHODS,
    LOOKUP_WORDS,
    SQL_COMPOSITION,
    TABLE_ATTRIBUTES,
)
from reviewer.project.values import (
    ClassValue,
    EnumMember,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
    decorator_names,
)

ALTERNATIVE_LIMIT = 16
PIECE_LIMIT = 80
NESTING_LIMIT = 40
CALL_LIMIT = 4
#: Expressions that are read for one text; what comes after is not known.
STEP_LIMIT = 500

SAFE = "safe"
REQUEST = "request"
PARAMETER = "parameter"
UNKNOWN = "unknown"
_RANK = {SAFE: 0, UNKNOWN: 1, PARAMETER: 2, REQUEST: 3}


@dataclass(frozen=True)
class Piece:
    """A piece of a text: known (`text`), or a value of some origin."""

    text: str | None
    origin: str = SAFE
    name: str = ""  # what a value comes from, as a reader knows it
    node: tree.Expression | None = None  # the interpolated expression
    function: FunctionValue | None = None  # in whose body the piece stands
    chain: tuple[CallSite, ...] = ()  # calls from the body that gives the piece to the one that uses it


Text = tuple[Piece, ...]
#: Stands for a harmless value of unknown spelling.
HARMLESS = Piece("x")


@dataclass(frozen=True)
class Context:
    """A function body in which expressions are read, and what is known of how it is called."""

    function: FunctionValue
    arguments: dict[str, tuple[tree.Expression, Context]] | None = None  # None: not by one known call
    chain: tuple[CallSite, ...] = ()
    is_request_fed: bool = False  # a dependency: requests fill its parameters
    loops: dict[str, tuple[tree.Expression, Context]] = field(default_factory=dict)  # variables of comprehensions
    checked: frozenset[object] = frozenset()  # expressions that passed a check on the way
    depth: int = 0


class TextFlow:
    """Answers how texts are built."""

    def __init__(
        self,
        evaluator: Evaluator,
        calls: Calls,
        callers: Callers,
        requests: RequestValues,
        module_body: Callable[..., FunctionValue],
    ) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._callers = callers
        self._requests = requests
        self._module_body = module_body
        self._flows: dict[int, LocalFlow] = {}
        self._nesting = 0
        self._steps = 0
        self._open: set[tuple[int, int, int, str]] = set()
        self._readers: dict[type[tree.Node], Callable[[Any, Context], list[Text]]] = {
            tree.Text: self._read_text,
            tree.Number: self._read_harmless,
            tree.Constant: self._read_harmless,
            tree.Bytes: self._read_harmless,
            tree.Comparison: self._read_harmless,
            tree.FormattedText: self._read_formatted,
            tree.BinaryOperation: self._read_binary,
            tree.UnaryOperation: self._read_harmless,
            tree.BooleanOperation: self._read_boolean,
            tree.Conditional: self._read_conditional,
            tree.NamedExpression: lambda node, context: self.texts(node.value, context),
            tree.Await: lambda node, context: self.texts(node.value, context),
            tree.Starred: lambda node, context: self.texts(node.value, context),
            tree.Name: self._read_name,
            tree.Attribute: self._read_attribute,
            tree.Subscript: self._read_subscript,
            tree.Call: self._read_call,
            tree.List: self._read_display,
            tree.Tuple: self._read_display,
            tree.Set: self._read_display,
            tree.Dictionary: self._read_dictionary,
            tree.Comprehension: self._read_comprehension,
        }

    def texts(self, node: tree.Expression, context: Context) -> list[Text]:
        """The alternatives of an expression's text; at least one."""
        key = (id(context.function), node.line, node.column, node.__class__.__name__ + str(node.end_column))
        reader = self._readers.get(node.__class__)
        self._steps += 1
        if self._nesting == 0:
            self._steps = 0
        if reader is None or self._nesting >= NESTING_LIMIT or self._steps > STEP_LIMIT or key in self._open:
            return [(self._hole(UNKNOWN, node, context),)]
        is_leaf = node.__class__ in (tree.Text, tree.Number)
        self._nesting += 1
        if not is_leaf:
            self._open.add(key)
        try:
            found = reader(node, context)
        finally:
            self._nesting -= 1
            self._open.discard(key)
        unique = list(dict.fromkeys(one[:PIECE_LIMIT] for one in found))
        return unique[:ALTERNATIVE_LIMIT] or [(HARMLESS,)]

    def origin(self, node: tree.Expression, context: Context) -> tuple[str, str]:
        """Where a value comes from: the worst of its pieces, and its name."""
        worst = max(
            (piece for text in self.texts(node, context) for piece in text),
            key=lambda one: _RANK[one.origin],
            default=HARMLESS,
        )
        return worst.origin, worst.name

    def flow_of(self, function: FunctionValue) -> LocalFlow:
        """The flow inside a function's body."""
        flow = self._flows.get(id(function))
        if flow is None:
            flow = self._flows[id(function)] = LocalFlow(function.node)
        return flow

    def _value(self, node: tree.Expression, context: Context) -> Value:
        return self._evaluator.evaluate(node, self._evaluator.declared(context.function))

    def _hole(self, origin: str, node: tree.Expression, context: Context, name: str = "") -> Piece:
        return Piece(None, origin, name or source_text(node), node, context.function, context.chain)

    def _leaf(self, node: tree.Expression, base: tree.Expression, context: Context) -> list[Text]:
        """A part of something: of the same origin, but that what an object of a caller holds is not known."""
        origin, name = self.origin(base, context)
        if origin == PARAMETER and not isinstance(node, tree.Subscript):
            origin = UNKNOWN
        return [(HARMLESS,)] if origin == SAFE else [(self._hole(origin, node, context, name),)]

    def _is_checked(self, node: tree.Expression, context: Context) -> bool:
        """Whether an expression was compared with what the program lists before it is used here."""
        wanted = shape(node)
        if wanted in context.checked:
            return True
        position = (node.line, node.column)
        flow = self.flow_of(context.function)
        return flow.is_settled(wanted, position) or any(
            wanted in passed(test, truth) or self._was_found(wanted, test, truth, flow)
            for test, truth in flow.checks(position)
        )

    def _was_found(self, wanted: object, test: tree.Expression, truth: bool, flow: LocalFlow) -> bool:
        """Whether a condition says that the database knows a value: `row = session.get(Model, value)`, `if row is None: raise`."""
        name = known_name(test, truth)
        if name is None:
            return False
        for binding in flow.reaching(name, (test.line, test.column)):
            if binding.kind == "value" and isinstance(binding.source, (tree.Await, tree.Call)):
                parts = list(tree.walk_scope((binding.source,)))
                is_query = any(isinstance(one, tree.Attribute) and one.name.startswith(LOOKUP_WORDS) for one in parts)
                if is_query and any(
                    isinstance(one, (tree.Name, tree.Attribute)) and shape(one) == wanted for one in parts
                ):
                    return True
        return False

    # Literals and operators

    def _read_text(self, node: tree.Text, context: Context) -> list[Text]:
        return [(Piece(node.value, chain=context.chain, function=context.function, node=node),)]

    def _read_harmless(self, node: tree.Expression, context: Context) -> list[Text]:
        return [(HARMLESS,)]

    def _read_formatted(self, node: tree.FormattedText, context: Context) -> list[Text]:
        if node.is_template:
            return [(HARMLESS,)]
        parts: list[list[Text]] = []
        for part in node.parts:
            if isinstance(part, tree.Text):
                parts.append([(Piece(part.value, chain=context.chain, function=context.function, node=node),)])
            elif (
                part.format and isinstance(part.format[-1], tree.Text) and part.format[-1].value[-1:] in "bcdeEfFgGnxX%"
            ):
                parts.append([(HARMLESS,)])
            else:
                parts.append(self.texts(part.value, context))
        return _joined(parts)

    def _read_binary(self, node: tree.BinaryOperation, context: Context) -> list[Text]:
        if node.operator == "+":
            return _joined([self.texts(node.left, context), self.texts(node.right, context)])
        if node.operator == "%":
            right = node.right
            values = (
                right.items
                if isinstance(right, tree.Tuple)
                else right.values
                if isinstance(right, tree.Dictionary)
                else (right,)
            )
            return self._filled(self.texts(node.left, context), _percent_places, values, context)
        if node.operator == "*":
            return self.texts(node.right if isinstance(node.left, tree.Number) else node.left, context)
        if node.operator == "|":
            return [*self.texts(node.left, context), *self.texts(node.right, context)]
        return [(HARMLESS,)]

    def _filled(
        self,
        templates: list[Text],
        places: Callable[[str], list[str]],
        values: tuple[tree.Expression, ...],
        context: Context,
    ) -> list[Text]:
        """Texts with their places filled by values: in order where the numbers agree, else all values in each place."""
        found: list[Text] = []
        for template in templates:
            filled: list[list[Text]] = []
            number = 0
            total = sum(len(places(piece.text)) - 1 for piece in template if piece.text is not None)
            for piece in template:
                if piece.text is None:
                    filled.append([(piece,)])
                    continue
                for index, run in enumerate(places(piece.text)):
                    if index:
                        chosen = (values[number],) if total == len(values) else values
                        number += 1
                        filled.append([text for value in chosen for text in self.texts(value, context)])
                    filled.append([(replace(piece, text=run),)])
            if total == 0 and any(piece.text is None for piece in template):  # the template itself is not known
                filled.append([text for value in values for text in self.texts(value, context)])
            found += _joined(filled)
        return found

    def _read_boolean(self, node: tree.BooleanOperation, context: Context) -> list[Text]:
        return [text for value in node.values for text in self.texts(value, context)]

    def _read_conditional(self, node: tree.Conditional, context: Context) -> list[Text]:
        then = replace(context, checked=context.checked | passed(node.test, True))
        otherwise = replace(context, checked=context.checked | passed(node.test, False))
        return [*self.texts(node.then, then), *self.texts(node.otherwise, otherwise)]

    # Names

    def _read_name(self, node: tree.Name, context: Context) -> list[Text]:
        if node.id in context.loops:
            iterable, outer = context.loops[node.id]
            return [(HARMLESS,)] if shape(node) in context.checked else self._items(iterable, outer, node)
        if self._is_checked(node, context):
            return [(HARMLESS,)]
        bindings = self.flow_of(context.function).reaching(node.id, (node.line, node.column))
        if bindings:
            return self._bound(node, bindings, context)
        return self._outer_name(node, context)

    def _bound(self, node: tree.Name, bindings: list[Binding], context: Context) -> list[Text]:
        found: list[Text] = []
        for binding in bindings:
            if binding.kind == "added":
                added = self.texts(binding.source, context)
                found = _joined([found or [()], added])
            else:
                found += self._of_binding(node, binding, context)
        return found + self._appended(node, context)

    def _appended(self, node: tree.Name, context: Context) -> list[Text]:
        """What `name.append(…)` and the like put into a list, each as an alternative item."""
        calls = self.flow_of(context.function).calls_on(node.id, LIST_METHODS, (node.line, node.column))
        return [text for call in calls for argument in call.arguments[-1:] for text in self.texts(argument, context)]

    def _of_binding(self, node: tree.Name, binding: Binding, context: Context) -> list[Text]:
        if binding.kind == "parameter":
            return self._parameter(binding.source, node, context)
        if binding.kind == "value":
            return self.texts(binding.source, context)
        if binding.kind == "item":
            return self._items(binding.source, context, node)
        if binding.kind == "unpacked":
            return self._leaf(node, binding.source, context)
        if binding.kind == "other" and isinstance(
            binding.source, (tree.Import, tree.ImportFrom, tree.Function, tree.Class)
        ):
            return self._of_value(self._value(node, context), node, context)
        return [(self._hole(UNKNOWN, node, context),)]

    def _items(self, iterable: tree.Expression, context: Context, node: tree.Expression) -> list[Text]:
        """The texts that a loop over an iterable goes through."""
        if self._is_checked(iterable, context):
            return [(HARMLESS,)]
        texts = self.texts(iterable, context)
        pieces = [piece for text in texts for piece in text]
        if all(piece.origin == SAFE for piece in pieces):
            return [(HARMLESS,)]
        worst = max(pieces, key=lambda one: _RANK[one.origin])
        return [(self._hole(worst.origin, node, context, worst.name),)]

    def _outer_name(self, node: tree.Name, context: Context) -> list[Text]:
        """A name from around the function."""
        scope = context.function.scope
        while isinstance(scope, DeclaredScope):
            outer = scope.function
            bindings = self.flow_of(outer).reaching(node.id, END)
            if bindings:
                return self._bound(node, bindings, Context(outer, depth=context.depth + 1))
            scope = outer.scope
        value = self._value(node, context)
        body = self._module_body(context.function.module)
        if isinstance(value, (str, EnumMember)) or body is context.function:
            return self._of_value(value, node, context)
        bindings = self.flow_of(body).reaching(node.id, END)
        if bindings and all(one.kind in ("value", "added") for one in bindings):
            return self._bound(node, bindings, Context(body, depth=context.depth + 1))
        return self._of_value(value, node, context)

    def _of_value(self, value: Value, node: tree.Expression, context: Context) -> list[Text]:
        found: list[Text] = []
        for one in alternatives(value):
            if isinstance(one, str):
                found.append((Piece(one, chain=context.chain, function=context.function, node=node),))
            elif self._requests.is_from_request(one):
                found.append((self._hole(REQUEST, node, context),))
            elif self._requests.is_harmless_value(one) or _is_list_of_texts(one):
                found.append((HARMLESS,))
            else:
                is_free = isinstance(one, Unknown) and one.reason.startswith(f"{source_text(node)} is not defined")
                found.append((self._hole(PARAMETER if is_free else UNKNOWN, node, context),))
        return found

    # Parameters

    def _parameter(self, parameter: tree.Parameter, node: tree.Expression, context: Context) -> list[Text]:
        if context.arguments is not None:
            if parameter.name in context.arguments:
                argument, outer = context.arguments[parameter.name]
                return self.texts(argument, outer)
            if parameter.default is not None:
                return self.texts(parameter.default, context)
            return [(self._hole(UNKNOWN, node, context),)]
        function = context.function
        if self._is_harmless_parameter(parameter, function):
            return [(HARMLESS,)]
        if context.is_request_fed or self._requests.is_endpoint(function):
            return self._request_parameter(parameter, node, context)
        is_method = function.owner is not None and "staticmethod" not in decorator_names(function)
        if is_method and function.node.parameters[:1] == (parameter,):
            return [(self._hole(UNKNOWN, node, context),)]
        return self._from_callers(parameter, node, context)

    def _is_harmless_parameter(self, parameter: tree.Parameter, function: FunctionValue) -> bool:
        if parameter.annotation is not None:
            return self._requests.is_harmless_annotation(parameter.annotation, function)
        is_number = isinstance(parameter.default, tree.Number)
        is_truth = isinstance(parameter.default, tree.Constant) and parameter.default.value in ("True", "False")
        return is_number or is_truth

    def _request_parameter(self, parameter: tree.Parameter, node: tree.Expression, context: Context) -> list[Text]:
        """A parameter that the request fills, or the dependency that it names."""
        function = context.function
        if parameter.name in self._requests.converted_parameters(function):
            return [(HARMLESS,)]
        dependency = self._requests.dependency_of(parameter, function)
        if dependency is not None:
            if isinstance(dependency, FunctionValue) and context.depth < CALL_LIMIT:
                return self._returned(
                    dependency, Context(dependency, is_request_fed=True, depth=context.depth + 1), node, context
                )
            return [(self._hole(UNKNOWN, node, context),)]
        if self._requests.is_special(parameter, function):
            return [(self._hole(UNKNOWN, node, context),)]
        return [(self._hole(REQUEST, node, context, parameter.name),)]

    def _from_callers(self, parameter: tree.Parameter, node: tree.Expression, context: Context) -> list[Text]:
        """A parameter of a function that the project calls, or leaves to others to call."""
        function = context.function
        calling = self._callers.of(function)
        open_hole = self._hole(PARAMETER, node, context, parameter.name)
        if context.depth >= CALL_LIMIT:
            return [(self._hole(UNKNOWN, node, context, parameter.name),)]
        found: list[Text] = []
        for site in calling.sites:
            arguments = bound_arguments(site, function)
            outer = Context(site.caller, chain=(site, *context.chain), depth=context.depth + 1)
            if arguments is None:
                found.append((self._hole(UNKNOWN, node, context, parameter.name),))
            elif parameter.name in arguments:
                found += self.texts(arguments[parameter.name], outer)
            elif parameter.default is not None:
                found += self.texts(parameter.default, context)
        if not calling.is_complete or not calling.sites:
            found.append((open_hole,))
        return [self._seen_from(text, open_hole) for text in found]

    def _seen_from(self, text: Text, hole: Piece) -> Text:
        """A text that a caller passes: a value alone is shown where it is interpolated."""
        if len(text) == 1 and text[0].text is None:
            return (replace(hole, origin=text[0].origin, name=text[0].name),)
        return text

    # Parts

    def _read_attribute(self, node: tree.Attribute, context: Context) -> list[Text]:
        if node.name in TABLE_ATTRIBUTES or self._is_checked(node, context):
            return [(HARMLESS,)]
        value = self._value(node, context)
        if not isinstance(value, Unknown):
            texts = self._of_value(value, node, context)
            if all(piece.origin in (SAFE, REQUEST) for text in texts for piece in text):
                return texts
        if (
            isinstance(node.value, tree.Name)
            and node.value.id in ("self", "cls")
            and context.function.owner is not None
        ):
            return self._own_attribute(node, context.function.owner, context)
        owner = self._value(node.value, context)
        if self._is_harmless_field(owner, node.name):
            return [(HARMLESS,)]
        return self._leaf(node, node.value, context)

    def _is_harmless_field(self, owner: Value, name: str) -> bool:
        """Whether the class of an object declares an attribute with a type that holds no free text."""
        for one in alternatives(owner):
            if not isinstance(one, Instance) or not isinstance(one.type, ClassValue):
                return False
            found = self._evaluator.declared_annotation(one.type, name)
            annotation = found[1] if found else self._requests.field_annotation(one.type, name)
            scope = found[0].scope if found else one.type.scope
            if annotation is None or not self._requests.is_harmless_type(
                self._evaluator.annotation_value(annotation, scope)
            ):
                return False
        return True

    def _own_attribute(self, node: tree.Attribute, owner: ClassValue, context: Context) -> list[Text]:
        """`self.name`: what the methods of the class assign to it."""
        found: list[Text] = []
        for method, assigned in self._assignments(owner, node.name):
            outer = Context(method, depth=context.depth + 1)
            if outer.depth <= CALL_LIMIT:
                found += self.texts(assigned, outer)
        if not found:
            return self._of_value(self._value(node, context), node, context)
        hole = self._hole(UNKNOWN, node, context)
        return [self._seen_from(text, hole) for text in found]

    @lru_cache(maxsize=256)
    def _assignments(self, owner: ClassValue, name: str) -> tuple[tuple[FunctionValue, tree.Expression], ...]:
        found: list[tuple[FunctionValue, tree.Expression]] = []
        for ancestor in self._evaluator.ancestors(owner):
            if not isinstance(ancestor, ClassValue):
                continue
            self._evaluator.run_class(ancestor)
            for method in ancestor.attributes.values():
                if not isinstance(method, FunctionValue) or not isinstance(method.node, tree.Function):
                    continue
                for inner in tree.walk_scope(method.node.body):
                    match inner:
                        case tree.Assign(targets=targets, value=value):
                            if any(_is_own(one, name) for one in targets):
                                found.append((method, value))
                        case tree.AnnotatedAssign(target=target, value=value):
                            if value is not None and _is_own(target, name):
                                found.append((method, value))
                        case _:
                            pass
        return tuple(found)

    def _read_subscript(self, node: tree.Subscript, context: Context) -> list[Text]:
        value = self._value(node, context)
        if isinstance(value, str) or self._is_checked(node, context):
            return self._of_value(value, node, context) if isinstance(value, str) else [(HARMLESS,)]
        if isinstance(node.index, tree.Slice):
            return self.texts(node.value, context)
        return self._leaf(node, node.value, context)

    def _read_display(self, node: tree.List | tree.Tuple | tree.Set, context: Context) -> list[Text]:
        """The items of a collection, one after the other."""
        return _joined([self.texts(one, context) for one in node.items]) if node.items else [()]

    def _read_dictionary(self, node: tree.Dictionary, context: Context) -> list[Text]:
        return [text for one in node.values for text in self.texts(one, context)] or [()]

    def _read_comprehension(self, node: tree.Comprehension, context: Context) -> list[Text]:
        loops = dict(context.loops)
        checked = set(context.checked)
        inner = context
        for loop in node.loops:
            for name in _target_names(loop.target):
                loops[name] = (loop.iterable, inner)
            for condition in loop.conditions:
                checked |= passed(condition, True)
            inner = replace(context, loops=dict(loops), checked=frozenset(checked))
        return self.texts(node.element, inner)

    # Calls

    def _read_call(self, node: tree.Call, context: Context) -> list[Text]:
        called = node.function
        name = called.name if isinstance(called, tree.Attribute) else called.id if isinstance(called, tree.Name) else ""
        if self._is_checked(node, context) or any(word in name.lower() for word in ESCAPING_WORDS):
            return [(HARMLESS,)]
        if isinstance(called, tree.Attribute):
            built = self._read_method(node, called, context)
            if built is not None:
                return built
        callee = self._value(called, context)
        if isinstance(callee, External):
            return self._read_library_call(node, callee.name, context)
        value = self._value(node, context)
        if self._requests.is_from_request(value):
            is_converted = any(
                one.name == "type" and getattr(one.value, "id", "") in ("int", "float", "bool") for one in node.keywords
            )
            return [(HARMLESS,)] if is_converted else [(self._hole(REQUEST, node, context),)]
        functions = targets(callee) if not isinstance(callee, ClassValue) else ()
        if functions and context.depth < CALL_LIMIT:
            return self._read_project_call(node, callee, functions, context)
        if isinstance(called, tree.Attribute):
            return self._leaf(node, called.value, context)
        return [(self._hole(UNKNOWN, node, context),)]

    def _read_method(self, node: tree.Call, called: tree.Attribute, context: Context) -> list[Text] | None:
        """A method that builds a text out of its object and arguments; None for any other."""
        name = called.name
        given = (*node.arguments, *(one.value for one in node.keywords))
        if name == "format" and given:
            return self._filled(self.texts(called.value, context), _brace_places, given, context)
        if name == "join" and len(node.arguments) == 1:
            return _joined([self.texts(called.value, context), self.texts(node.arguments[0], context)])
        if name == "replace" and len(node.arguments) >= 2:
            replaced = node.arguments[0].value if isinstance(node.arguments[0], tree.Text) else ""
            places = partial(str.split, sep=replaced) if replaced else _no_places
            return self._filled(self.texts(called.value, context), places, node.arguments[1:2], context)
        if name in KEEPING_METHODS:
            return self.texts(called.value, context)
        if name == "get" and node.arguments and isinstance(self._value(called.value, context), dict):
            return self._leaf(node, called.value, context)
        return None

    def _read_library_call(self, node: tree.Call, name: str, context: Context) -> list[Text]:
        if self._requests.is_from_request(External(f"{name}")) or self._requests.is_from_request(External(f"{name}.")):
            is_converted = any(one.name == "type" for one in node.keywords)
            return [(HARMLESS,)] if is_converted else [(self._hole(REQUEST, node, context),)]
        first = node.arguments[0] if node.arguments else None
        if name in HARMLESS_CALLS:
            return [(HARMLESS,)]
        if name in KEEPING_CALLS and first is not None:
            return self.texts(node.arguments[-1] if name == "builtins.map" else first, context)
        if name.startswith(SQL_COMPOSITION):
            if name.endswith((".SQL", ".Composed")) and first is not None:
                return self.texts(first, context)
            return [(HARMLESS,)]
        if name.startswith(("sqlalchemy.", "sqlmodel.", "flask_sqlalchemy.", "datetime.", "time.", "math.", "uuid.")):
            return [(HARMLESS,)]
        return [(self._hole(UNKNOWN, node, context),)]

    def _read_project_call(
        self, node: tree.Call, callee: Value, functions: tuple[FunctionValue, ...], context: Context
    ) -> list[Text]:
        """What helpers of the project return for these arguments."""
        found: list[Text] = []
        for function in functions:
            returns = function.node.returns if isinstance(function.node, tree.Function) else None
            if returns is not None and self._requests.is_harmless_annotation(returns, function):
                found.append((HARMLESS,))
                continue
            site = CallSite(context.function, node, callee, "", self._callers.place_of(context.function, node))
            arguments = bound_arguments(site, function)
            bound = None if arguments is None else {name: (one, context) for name, one in arguments.items()}
            inner = Context(function, bound if bound is not None else {}, context.chain, depth=context.depth + 1)
            found += self._returned(function, inner, node, context)
        return found

    def _returned(self, function: FunctionValue, inner: Context, node: tree.Expression, context: Context) -> list[Text]:
        """The texts that a function returns."""
        body = function.node
        if isinstance(body, tree.Lambda):
            return self.texts(body.body, inner)
        returned = [
            one.value for one in tree.walk_scope(body.body) if isinstance(one, tree.Return) and one.value is not None
        ]
        texts = [text for value in returned for text in self.texts(value, inner)]
        return texts or [(self._hole(UNKNOWN, node, context),)]


def _joined(parts: list[list[Text]]) -> list[Text]:
    """All texts that parts in a row can give, as many as are looked at."""
    found: list[Text] = [()]
    for part in parts:
        found = [(*before, *after)[:PIECE_LIMIT] for before in found for after in part][:ALTERNATIVE_LIMIT]
    return found


def _percent_places(text: str) -> list[str]:
    return _percent_pattern().split(text.replace("%%", "\x00"))


@lru_cache(maxsize=1)
def _percent_pattern() -> Pattern[str]:
    return re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]")


def _no_places(text: str) -> list[str]:
    return [text]


def _brace_places(text: str) -> list[str]:
    return re.split(r"\{[^{}]*\}", text)


def _is_own(target: tree.Expression, name: str) -> bool:
    return (
        isinstance(target, tree.Attribute)
        and target.name == name
        and isinstance(target.value, tree.Name)
        and target.value.id in ("self", "cls")
    )


def _target_names(target: tree.Expression) -> Iterator[str]:
    for node in tree.walk(target):
        if isinstance(node, tree.Name):
            yield node.id


def _is_list_of_texts(value: Value) -> bool:
    """Whether a value is a collection of nothing but plain values."""
    if isinstance(value, dict):
        return all(_is_list_of_texts(one) for one in value.values())
    if isinstance(value, (list, tuple, set)):
        return all(_is_list_of_texts(one) for one in value)
    return isinstance(value, (str, int, float, bool, type(None), EnumMember))
