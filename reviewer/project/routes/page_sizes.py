"""Parameters by which a client says how many items it wants, and whether anything keeps it from wanting all of them.

Takes the parameters of requests, gives those that nothing bounds: neither their declaration nor a comparison, `min(…)`
or a model in the functions that they are handed to. Where a value cannot be followed, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.pydantic import Schemas
from reviewer.project.evaluation.annotation_parts import plain_type
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Choice, ClassValue, External, FunctionValue, Unknown
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Answer, CallSite
from reviewer.project.routes.request_parameters import RequestParameter

PAGE_SIZE = re.compile(
    r"limit|(?:page|items|results|records)_?(?:size|limit|count)|(?:items_|results_)?per_?page|max_?(?:results|items|rows)"
)
#: Names that mean a page size where another parameter says which page.
PERHAPS_PAGE_SIZE = frozenset({"size", "count", "take", "first", "top", "rows", "num", "number", "amount"})
PAGE_POSITION = re.compile(r"page(?:_?(?:number|no|num|index))?|offset|skip|cursor|start|after")
UPPER_BOUNDS = ("le", "lt", "interval", "literal")
#: Numbers up to which a comparison asks whether there is a size at all, not whether it is too big.
SMALL = 5
CALL_DEPTH = 4
#: Methods that hand the size to the database as it is.
QUERY_METHODS = frozenset({"limit", "slice", "fetch", "fetchmany", "to_list", "range"})
_ORDERINGS = frozenset({"<", "<=", ">", ">="})


class PageSizes:
    """Answers which page sizes nothing bounds."""

    def __init__(self, evaluator: Evaluator, calls: Calls, schemas: Schemas) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._schemas = schemas

    def all(self, parameters: Iterable[RequestParameter]) -> Iterator[RequestParameter]:
        """The parameters that say how many items are wanted, as whole numbers from the query."""
        taken = [one for one in parameters if one.kind == "query"]
        paged = {one.symbol for one in taken if PAGE_POSITION.fullmatch(snake_case(one.name))}
        for one in taken:
            name = snake_case(one.name)
            is_named = PAGE_SIZE.fullmatch(name) or (name in PERHAPS_PAGE_SIZE and one.symbol in paged)
            if is_named and self._is_number(one):
                yield one

    def _is_number(self, one: RequestParameter) -> bool:
        value = one.parameter.type
        if isinstance(value, Unknown) and one.is_of_class:
            value = plain_type(one.parameter.annotated)
        return isinstance(value, External) and value.name == "builtins.int"

    def is_bounded(self, one: RequestParameter) -> Answer:
        """Whether anything keeps a client from asking for any number."""
        if one.constraint(*UPPER_BOUNDS):
            return Answer.YES
        name = one.parameter.own_name
        if isinstance(one.declared_by, ClassValue):
            return self._in_class(one.declared_by, name)
        function = one.function
        return Answer.UNKNOWN if function is None else self._in_function(function, name, set(), 0)

    def _in_class(self, value: ClassValue, name: str) -> Answer:
        """Whether the methods of a class bound what its constructor takes; who uses its objects is not followed."""
        for ancestor in self._evaluator.ancestors(value):
            if isinstance(ancestor, ClassValue):
                nodes = list(tree.walk(ancestor.node))
                if any(_bounds(node, name) for node in nodes):
                    return Answer.YES
                if any(isinstance(node, tree.Function) and _is_validator(node, name) for node in nodes):
                    return Answer.UNKNOWN
        return Answer.NO

    def _in_function(self, function: FunctionValue, name: str, seen: set[tuple[int, str]], depth: int) -> Answer:
        if (id(function), name) in seen or depth > CALL_DEPTH:
            return Answer.NO
        seen.add((id(function), name))
        if _is_left_to_others(function):
            return Answer.UNKNOWN
        if any(_bounds(node, name) for node in function.nodes):
            return Answer.YES
        answers = {
            self._in_call(self._calls.site_of(function, call), name, seen, depth)
            for call in function.nodes_of(tree.Call)
            if any(_is_name(one, name) for one in _arguments(call))
        }
        return next((one for one in (Answer.YES, Answer.UNKNOWN) if one in answers), Answer.NO)

    def _in_call(self, site: CallSite, name: str, seen: set[tuple[int, str]], depth: int) -> Answer:
        """Whether what a call hands the size to bounds it."""
        if isinstance(site.callee, ClassValue):
            return self._by_model(site.callee, site.node, name)
        if isinstance(site.callee, (Unknown, Choice)) and called_name(site.node) not in QUERY_METHODS:
            return Answer.UNKNOWN
        answers = set()
        for target in targets(site.callee):
            bound = bound_arguments(site, target)
            if bound is None:
                return Answer.UNKNOWN
            handed = [parameter for parameter, node in bound.items() if _is_name(node, name)]
            answers |= {self._in_function(target, one, seen, depth + 1) for one in handed}
        return next((one for one in (Answer.YES, Answer.UNKNOWN) if one in answers), Answer.NO)

    def _by_model(self, model: ClassValue, call: tree.Call, name: str) -> Answer:
        """Whether the model that takes it bounds it; another class may, which is not followed."""
        schema = self._schemas.of_class(model)
        if schema is None:
            return Answer.UNKNOWN
        given = {one.name for one in call.keywords if _is_name(one.value, name)}
        for field in schema.fields:
            nodes = [*tree.walk(field.annotation), *(tree.walk(field.default) if field.default is not None else ())]
            if field.name in given and any(isinstance(one, tree.Keyword) and one.name in UPPER_BOUNDS for one in nodes):
                return Answer.YES
        return Answer.UNKNOWN


def snake_case(name: str) -> str:
    """`pageSize` as `page_size`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")


def _is_left_to_others(function: FunctionValue) -> bool:
    """Whether a method is only declared, for those who implement it."""
    body = function.node.body
    if not isinstance(body, tuple) or function.owner is None:
        return False
    return all(
        isinstance(one, (tree.Pass, tree.Raise))
        or (isinstance(one, tree.ExpressionStatement) and isinstance(one.value, (tree.Text, tree.Constant)))
        for one in body
    )


def _is_name(node: tree.Node, name: str) -> bool:
    return isinstance(node, tree.Name) and node.id == name


def _is_size(node: tree.Node, name: str) -> bool:
    """Whether an expression is the size: `limit`, `self.limit`, `int(limit)`, `limit or 20`."""
    if isinstance(node, tree.Attribute):
        return node.name == name
    if isinstance(node, tree.Call):
        return called_name(node) in ("int", "abs", "max") and any(_is_size(one, name) for one in node.arguments)
    if isinstance(node, tree.BooleanOperation):
        return any(_is_size(one, name) for one in node.values)
    return _is_name(node, name)


def _arguments(call: tree.Call) -> tuple[tree.Expression, ...]:
    return (*call.arguments, *(one.value for one in call.keywords))


def _bounds(node: tree.Node, name: str) -> bool:
    """Whether a node compares the size with something big, takes the lesser of two, or looks it up in a list."""
    if isinstance(node, tree.Call):
        return called_name(node) in ("min", "clamp", "clip") and any(_is_size(one, name) for one in node.arguments)
    if not isinstance(node, tree.Comparison):
        return False
    operands = (node.left, *node.comparators)
    if not any(_is_size(one, name) for one in operands):
        return False
    if any(operator in ("in", "not in") for operator in node.operators):
        return True
    others = [one for one in operands if not _is_size(one, name)]
    return not _ORDERINGS.isdisjoint(node.operators) and any(not _is_small(one) for one in others)


def _is_small(node: tree.Expression) -> bool:
    if isinstance(node, tree.UnaryOperation):
        return True
    return isinstance(node, tree.Number) and isinstance(node.value, (int, float)) and node.value <= SMALL


def _is_validator(function: tree.Function, name: str) -> bool:
    """Whether a method is a validator of the field."""
    return any(
        isinstance(decorator, tree.Call)
        and "validator" in called_name(decorator)
        and (not decorator.arguments or any(getattr(one, "value", "") in (name, "*") for one in decorator.arguments))
        for decorator in function.decorators
    )
