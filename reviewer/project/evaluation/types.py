"""What annotations, signatures and return statements tell of values that are not computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.evaluation.annotations import parse_annotation
from reviewer.project.evaluation.limits import SIZE_LIMIT
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Subscripted,
    TypeUnion,
    Unknown,
    Value,
    choice_of,
    decorator_names,
    place_of,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator


class TypeReader:
    """What annotations, signatures and return statements tell of values that are not computed."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._returned: dict[int, Value] = {}

    def parameter_value(self, function: FunctionValue, parameter: tree.Parameter) -> Value:
        """What is known of a parameter: an object of its annotated type, `self`, or Unknown."""
        node = function.node
        if function.owner is not None and node.parameters and node.parameters[0] is parameter:
            names = decorator_names(function)
            if "classmethod" in names:
                return function.owner
            if "staticmethod" not in names:
                return Instance(function.owner, is_typed_only=True)
        if parameter.annotation is not None and parameter.kind not in ("variadic", "variadic-keyword"):
            return self.typed_value(parameter.annotation, function.scope)
        return Unknown(f"parameter {parameter.name}", place_of(function.module, parameter))

    def typed_value(self, annotation: tree.Expression, scope: Scope) -> Value:
        """An object of which only the annotated type is known."""
        return self._of_type(self.annotation_value(annotation, scope))

    def _of_type(self, annotated: Value) -> Value:
        if isinstance(annotated, Subscripted):
            if isinstance(annotated.base, External):
                last = annotated.base.name.rpartition(".")[2]
                if last in ("Annotated", "Optional", "Final", "ClassVar", "Required", "NotRequired"):
                    return self._of_type(annotated.arguments[0]) if annotated.arguments else Unknown("annotation")
                if last == "Union":
                    return self._of_type(TypeUnion(annotated.arguments))
            return self._of_type(annotated.base)
        if isinstance(annotated, TypeUnion):
            members = [one for one in annotated.members if one is not None and one != External("builtins.None")]
            return choice_of([self._of_type(one) for one in members])
        if isinstance(annotated, (ClassValue, External)):
            return Instance(annotated, is_typed_only=True)
        if isinstance(annotated, Choice):
            return choice_of([self._of_type(one) for one in annotated.values])
        return annotated if isinstance(annotated, Unknown) else Unknown("annotation is not a class")

    def annotation_value(self, annotation: tree.Expression, scope: Scope) -> Value:
        """The type that an annotation names; strings in it are read as expressions."""
        parsed = parse_annotation(annotation)
        return Unknown("annotation that cannot be read") if parsed is None else self._evaluator.evaluate(parsed, scope)

    def annotation_part(self, node: tree.Expression, scope: Scope) -> Value:
        """An argument of a generic type: a string in it is a forward reference, or the string itself."""
        if isinstance(node, tree.Text):
            parsed = parse_annotation(node)
            value = node.value if parsed is None else self._evaluator.evaluate(parsed, scope)
            return node.value if isinstance(value, Unknown) else value
        return self._evaluator.evaluate(node, scope)

    def entered_value(self, context: tree.Expression, scope: Scope) -> Value:
        """What `with context as target` binds: for most libraries the object itself."""
        value = self._evaluator.evaluate(context, scope)
        if isinstance(value, Instance) and isinstance(value.type, ClassValue):
            for name in ("__enter__", "__aenter__"):
                found = self._evaluator.find_in_class(value.type, name)
                if found is not None and isinstance(found[1], FunctionValue):
                    return self.returned_value(BoundMethod(found[1], value))
        return value

    def item_value(self, iterable: tree.Expression, scope: Scope) -> Value:
        """What a loop over an iterable binds."""
        value = self._evaluator.evaluate(iterable, scope)
        if isinstance(value, (list, tuple)) and 0 < len(value) <= SIZE_LIMIT:
            return choice_of(list(value))
        return Unknown("an item of something unknown")

    def returned_value(self, callee: FunctionValue | BoundMethod) -> Value:
        """What a call of a function gives as far as its return annotation or its only return statement tells."""
        function = callee.function if isinstance(callee, BoundMethod) else callee
        if id(function) in self._returned:
            return self._returned[id(function)]
        self._returned[id(function)] = Unknown("recursive function")
        value = self._returned[id(function)] = self._returned_value(function)
        return value

    def _returned_value(self, function: FunctionValue) -> Value:
        node = function.node
        if isinstance(node, tree.Lambda):
            return self._evaluator.evaluate(node.body, self._evaluator.declared(function))
        scope = self._evaluator.declared(function)
        if node.returns is not None:
            returned = self.annotation_value(node.returns, function.scope)
            if isinstance(returned, Subscripted) and isinstance(returned.base, External):
                last = returned.base.name.rpartition(".")[2]
                if last in ("Generator", "AsyncGenerator", "Iterator", "AsyncIterator", "Iterable", "Awaitable"):
                    returned = returned.arguments[0] if returned.arguments else returned
            typed = self._of_type(returned)
            if not isinstance(typed, Unknown):
                return typed
        results: list[Value] = []
        for inner in function.nodes_of(tree.Return, tree.Yield):
            if isinstance(inner, (tree.Return, tree.Yield)) and inner.value is not None:
                results.append(self._evaluator.evaluate(inner.value, scope))
        return choice_of(results) if results else None
