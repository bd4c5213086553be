"""How a text is put together: the pieces of an expression's text, followed through variables, helpers and callers.

Takes an expression of a function body, gives the alternatives of its text: runs of pieces that are known, harmless, or
come from a request, a parameter, or somewhere unknown. Knows string building; what the text is used for it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec.structs import replace

from reviewer.modules import tree
from reviewer.modules.source_text import source_text
from reviewer.project.data import text_calls, text_mappings, text_operators
from reviewer.project.data.text_methods import LIST_METHODS, LOOKUP_WORDS, TABLE_ATTRIBUTES
from reviewer.project.data.text_pieces import (
    ALTERNATIVE_LIMIT,
    CALL_LIMIT,
    HARMLESS,
    PARAMETER,
    PIECE_LIMIT,
    RANK,
    REQUEST,
    SAFE,
    UNKNOWN,
    Context,
    Piece,
    Text,
    joined,
)
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import DeclaredScope
from reviewer.project.evaluation.values import (
    ClassValue,
    EnumMember,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
    decorator_names,
)
from reviewer.project.functions.callers import Callers, bound_arguments
from reviewer.project.functions.local_flow import END, Binding, LocalFlow, known_name, passed, shape
from reviewer.project.functions.request_values import RequestValues

NESTING_LIMIT = 40
#: Expressions that are read for one text; what comes after is not known.
STEP_LIMIT = 500


class TextFlow:
    """Answers how texts are built."""

    def __init__(
        self,
        evaluator: Evaluator,
        callers: Callers,
        requests: RequestValues,
        module_body: Callable[..., FunctionValue],
    ) -> None:
        self.evaluator = evaluator
        self.callers = callers
        self.requests = requests
        self._module_body = module_body
        self._flows: dict[int, LocalFlow] = {}
        self._assigned: dict[tuple[int, str], list[tuple[FunctionValue, tree.Expression]]] = {}
        self._nesting = 0
        self._steps = 0
        self._open: set[tuple[int, int]] = set()
        self._readers: dict[type[tree.Node], Callable[[Any, Context], list[Text]]] = {
            tree.Text: partial(text_operators.read_text, self),
            tree.Number: partial(text_operators.read_harmless, self),
            tree.Constant: partial(text_operators.read_harmless, self),
            tree.Bytes: partial(text_operators.read_harmless, self),
            tree.Comparison: partial(text_operators.read_harmless, self),
            tree.FormattedText: partial(text_operators.read_formatted, self),
            tree.BinaryOperation: partial(text_operators.read_binary, self),
            tree.UnaryOperation: partial(text_operators.read_harmless, self),
            tree.BooleanOperation: partial(text_operators.read_boolean, self),
            tree.Conditional: partial(text_operators.read_conditional, self),
            tree.NamedExpression: lambda node, context: self.texts(node.value, context),
            tree.Await: lambda node, context: self.texts(node.value, context),
            tree.Starred: lambda node, context: self.texts(node.value, context),
            tree.Name: self._read_name,
            tree.Attribute: self._read_attribute,
            tree.Subscript: self._read_subscript,
            tree.Call: partial(text_calls.read_call, self),
            tree.List: partial(text_operators.read_display, self),
            tree.Tuple: partial(text_operators.read_display, self),
            tree.Set: partial(text_operators.read_display, self),
            tree.Dictionary: partial(text_operators.read_dictionary, self),
            tree.Comprehension: partial(text_operators.read_comprehension, self),
        }

    def texts(self, node: tree.Expression, context: Context) -> list[Text]:
        """The alternatives of an expression's text; at least one."""
        key = (id(context.function), id(node))
        reader = self._readers.get(node.__class__)
        self._steps += 1
        if self._nesting == 0:
            self._steps = 0
        if reader is None or self._nesting >= NESTING_LIMIT or self._steps > STEP_LIMIT or key in self._open:
            return [(self.hole(UNKNOWN, node, context),)]
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
            key=lambda one: RANK[one.origin],
            default=HARMLESS,
        )
        return worst.origin, worst.name

    def flow_of(self, function: FunctionValue) -> LocalFlow:
        """The flow inside a function's body."""
        flow = self._flows.get(id(function))
        if flow is None:
            flow = self._flows[id(function)] = LocalFlow(function.node)
        return flow

    def value(self, node: tree.Expression, context: Context) -> Value:
        """The value of an expression in its function body."""
        return self.evaluator.evaluate(node, self.evaluator.declared(context.function))

    def hole(self, origin: str, node: tree.Expression, context: Context, name: str = "") -> Piece:
        """A piece that is not known, and where it comes from."""
        return Piece(None, origin, name or source_text(node), node, context.function, context.chain)

    def _holds_several(self, node: tree.Expression, context: Context) -> bool:
        """Whether an expression is put together of several values."""
        return len({(piece.origin, piece.name) for text in self.texts(node, context) for piece in text}) > 1

    def leaf(self, node: tree.Expression, base: tree.Expression, context: Context) -> list[Text]:
        """A part of something: of the same origin, but that what an object of a caller holds is not known.

        Nor is it known which of several values an item is.
        """
        origin, name = self.origin(base, context)
        if origin == PARAMETER and (not isinstance(node, tree.Subscript) or self._holds_several(base, context)):
            origin = UNKNOWN
        return [(HARMLESS,)] if origin == SAFE else [(self.hole(origin, node, context, name),)]

    def is_checked(self, node: tree.Expression, context: Context) -> bool:
        """Whether an expression was compared with what the program lists before it is used here."""
        wanted = shape(node)
        if wanted in context.checked:
            return True
        flow = self.flow_of(context.function)
        return flow.is_settled(node) or any(
            wanted in passed(test, truth) or self._was_found(wanted, test, truth, flow)
            for test, truth in flow.checks(node)
        )

    def _was_found(self, wanted: object, test: tree.Expression, truth: bool, flow: LocalFlow) -> bool:
        """Whether a condition says that a look-up found a value: `row = session.get(…, value)`, `if not row: raise`."""
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

    def _read_name(self, node: tree.Name, context: Context) -> list[Text]:
        if node.id in context.loops:
            iterable, outer = context.loops[node.id]
            return [(HARMLESS,)] if shape(node) in context.checked else self._items(iterable, outer, node)
        if self.is_checked(node, context):
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
                found = joined([found or [()], added])
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
        if binding.kind == "counter":
            return [(HARMLESS,)]
        if binding.kind == "key":
            keys = text_mappings.keys_of_items(self, binding.source, context)
            return self.leaf(node, binding.source, context) if keys is None else self._each(keys, node, context)
        if binding.kind == "unpacked":
            return self.leaf(node, binding.source, context)
        if binding.kind == "other" and isinstance(
            binding.source, (tree.Import, tree.ImportFrom, tree.Function, tree.Class)
        ):
            return self.of_value(self.value(node, context), node, context)
        return [(self.hole(UNKNOWN, node, context),)]

    def _items(self, iterable: tree.Expression, context: Context, node: tree.Expression) -> list[Text]:
        """The texts that a loop over an iterable goes through."""
        if self.is_checked(iterable, context):
            return [(HARMLESS,)]
        return self._each(text_mappings.iterated(self, iterable, context), node, context)

    def _each(self, texts: list[Text], node: tree.Expression, context: Context) -> list[Text]:
        """One of several texts, the worst of them."""
        pieces = [piece for text in texts for piece in text]
        if all(piece.origin == SAFE for piece in pieces):
            return [(HARMLESS,)]
        worst = max(pieces, key=lambda one: RANK[one.origin])
        return [(self.hole(worst.origin, node, context, worst.name),)]

    def _outer_name(self, node: tree.Name, context: Context) -> list[Text]:
        """A name from around the function."""
        scope = context.function.scope
        while isinstance(scope, DeclaredScope):
            outer = scope.function
            bindings = self.flow_of(outer).reaching(node.id, END)
            if bindings:
                return self._bound(node, bindings, Context(outer, depth=context.depth + 1))
            scope = outer.scope
        value = self.value(node, context)
        body = self._module_body(context.function.module)
        if isinstance(value, (str, EnumMember)) or body is context.function:
            return self.of_value(value, node, context)
        bindings = self.flow_of(body).reaching(node.id, END)
        if bindings and all(one.kind in ("value", "added") for one in bindings):
            return self._bound(node, bindings, Context(body, depth=context.depth + 1))
        return self.of_value(value, node, context)

    def of_value(self, value: Value, node: tree.Expression, context: Context) -> list[Text]:
        """The texts of a value that the evaluator knows."""
        found: list[Text] = []
        for one in alternatives(value):
            if isinstance(one, str):
                found.append((Piece(one, chain=context.chain, function=context.function, node=node),))
            elif self.requests.is_from_request(one):
                found.append((self.hole(REQUEST, node, context),))
            elif self.requests.is_harmless_value(one) or _is_list_of_texts(one):
                found.append((HARMLESS,))
            else:
                is_free = isinstance(one, Unknown) and one.reason.startswith(f"{source_text(node)} is not defined")
                found.append((self.hole(PARAMETER if is_free else UNKNOWN, node, context),))
        return found

    # Parameters

    def _parameter(self, parameter: tree.Parameter, node: tree.Expression, context: Context) -> list[Text]:
        if context.arguments is not None:
            if parameter.name in context.arguments:
                argument, outer = context.arguments[parameter.name]
                return self.texts(argument, outer)
            if parameter.default is not None:
                return self.texts(parameter.default, context)
            return [(self.hole(UNKNOWN, node, context),)]
        function = context.function
        if self._is_harmless_parameter(parameter, function):
            return [(HARMLESS,)]
        if context.is_request_fed or self.requests.is_endpoint(function):
            return self._request_parameter(parameter, node, context)
        is_method = function.owner is not None and "staticmethod" not in decorator_names(function)
        if is_method and function.node.parameters[:1] == (parameter,):
            return [(self.hole(UNKNOWN, node, context),)]
        return self._from_callers(parameter, node, context)

    def _is_harmless_parameter(self, parameter: tree.Parameter, function: FunctionValue) -> bool:
        if parameter.annotation is not None:
            return self.requests.is_harmless_annotation(parameter.annotation, function)
        is_number = isinstance(parameter.default, tree.Number)
        is_truth = isinstance(parameter.default, tree.Constant) and parameter.default.value in ("True", "False")
        return is_number or is_truth

    def _request_parameter(self, parameter: tree.Parameter, node: tree.Expression, context: Context) -> list[Text]:
        """A parameter that the request fills, or the dependency that it names."""
        function = context.function
        if parameter.name in self.requests.converted_parameters(function):
            return [(HARMLESS,)]
        dependency = self.requests.dependency_of(parameter, function)
        if dependency is not None:
            if isinstance(dependency, FunctionValue) and context.depth < CALL_LIMIT:
                return text_calls.returned(
                    self, dependency, Context(dependency, is_request_fed=True, depth=context.depth + 1), node, context
                )
            return [(self.hole(UNKNOWN, node, context),)]
        if self.requests.is_special(parameter, function):
            return [(self.hole(UNKNOWN, node, context),)]
        return [(self.hole(REQUEST, node, context, parameter.name),)]

    def _from_callers(self, parameter: tree.Parameter, node: tree.Expression, context: Context) -> list[Text]:
        """A parameter of a function that the project calls, or leaves to others to call."""
        function = context.function
        calling = self.callers.of(function)
        open_hole = self.hole(PARAMETER, node, context, parameter.name)
        if context.depth >= CALL_LIMIT or self.requests.is_command(function):
            return [(self.hole(UNKNOWN, node, context, parameter.name),)]
        found: list[Text] = []
        for site in calling.sites:
            arguments = bound_arguments(site, function)
            outer = Context(site.caller, chain=(site, *context.chain), depth=context.depth + 1)
            if arguments is None:
                found.append((self.hole(UNKNOWN, node, context, parameter.name),))
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
        if node.name in TABLE_ATTRIBUTES or self.is_checked(node, context):
            return [(HARMLESS,)]
        value = self.value(node, context)
        if not isinstance(value, Unknown):
            texts = self.of_value(value, node, context)
            if all(piece.origin in (SAFE, REQUEST) for text in texts for piece in text):
                return texts
        if (
            isinstance(node.value, tree.Name)
            and node.value.id in ("self", "cls")
            and context.function.owner is not None
        ):
            return self._own_attribute(node, context.function.owner, context)
        owner = self.value(node.value, context)
        if self._is_harmless_field(owner, node.name):
            return [(HARMLESS,)]
        return self.leaf(node, node.value, context)

    def _is_harmless_field(self, owner: Value, name: str) -> bool:
        """Whether the class of an object declares an attribute with a type that holds no free text."""
        for one in alternatives(owner):
            if not isinstance(one, Instance) or not isinstance(one.type, ClassValue):
                return False
            found = self.evaluator.declared_annotation(one.type, name)
            annotation = found[1] if found else self.requests.field_annotation(one.type, name)
            scope = found[0].scope if found else one.type.scope
            if annotation is None or not self.requests.is_harmless_type(
                self.evaluator.annotation_value(annotation, scope)
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
            return self.of_value(self.value(node, context), node, context)
        hole = self.hole(UNKNOWN, node, context)
        return [self._seen_from(text, hole) for text in found]

    def _assignments(self, owner: ClassValue, name: str) -> list[tuple[FunctionValue, tree.Expression]]:
        key = (id(owner), name)
        if key not in self._assigned:
            self._assigned[key] = list(self._find_assignments(owner, name))
        return self._assigned[key]

    def _find_assignments(self, owner: ClassValue, name: str) -> Iterator[tuple[FunctionValue, tree.Expression]]:
        for ancestor in self.evaluator.ancestors(owner):
            if not isinstance(ancestor, ClassValue):
                continue
            self.evaluator.run_class(ancestor)
            for method in ancestor.attributes.values():
                if isinstance(method, FunctionValue) and isinstance(method.node, tree.Function):
                    for inner in tree.walk_scope(method.node.body):
                        match inner:
                            case tree.Assign(targets=targets, value=value):
                                if any(_is_own(one, name) for one in targets):
                                    yield method, value
                            case tree.AnnotatedAssign(target=target, value=value) if value is not None:
                                if _is_own(target, name):
                                    yield method, value
                            case _:
                                pass

    def _read_subscript(self, node: tree.Subscript, context: Context) -> list[Text]:
        value = self.value(node, context)
        if isinstance(value, str) or self.is_checked(node, context):
            return self.of_value(value, node, context) if isinstance(value, str) else [(HARMLESS,)]
        if isinstance(node.index, tree.Slice):
            return self.texts(node.value, context)
        item = text_mappings.item_of(self, node, context)
        if item is not None:
            return item
        return self.leaf(node, node.value, context)


def _is_own(target: tree.Expression, name: str) -> bool:
    return (
        isinstance(target, tree.Attribute)
        and target.name == name
        and isinstance(target.value, tree.Name)
        and target.value.id in ("self", "cls")
    )


def _is_list_of_texts(value: Value) -> bool:
    """Whether a value is a collection of nothing but plain values."""
    if isinstance(value, dict):
        return all(_is_list_of_texts(one) for one in value.values())
    if isinstance(value, (list, tuple, set)):
        return all(_is_list_of_texts(one) for one in value)
    return isinstance(value, (str, int, float, bool, type(None), EnumMember))
