"""Makes the expressions of the typed tree from `ast` nodes, and holds the table that finds the maker of any node.

One function a node class, recursive and written out, because that is fastest. Must not know of statements.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Union

from reviewer.modules import tree
from reviewer.modules.normal_form import merged_parts, number_value, plain_text

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.MatMult: "@", ast.Div: "/", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&", ast.FloorDiv: "//",
    ast.And: "and", ast.Or: "or", ast.Invert: "~", ast.Not: "not", ast.UAdd: "+", ast.USub: "-",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


def one(node: ast.AST) -> Any:
    """The tree node, of any class, that a node stands for."""
    return MAKERS[node.__class__](node)


def optional(node: ast.AST | None) -> Any:
    """The same, or None for nothing."""
    return None if node is None else MAKERS[node.__class__](node)


def many(nodes: list[Any]) -> tuple[Any, ...]:
    """The same for each of some nodes."""
    return tuple([MAKERS[node.__class__](node) for node in nodes])


def span(first: ast.AST, last: ast.AST) -> tuple[int, int, int, int]:
    """The position from the start of one node to the end of another."""
    return first.lineno, first.col_offset, last.end_lineno, last.end_col_offset  # type: ignore[attr-defined]


def _name(n: ast.Name) -> tree.Name:
    return tree.Name(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.id)  # type: ignore[arg-type]


def _attribute(n: Any) -> tree.Attribute:
    return tree.Attribute(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value), n.attr
    )


def _call(n: Any) -> tree.Call:
    return tree.Call(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.func.__class__](n.func),
        many(n.args),
        many(n.keywords),
    )


def _keyword(n: Any) -> tree.Keyword:
    return tree.Keyword(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.arg, MAKERS[n.value.__class__](n.value)
    )


def _starred(n: Any) -> tree.Starred:
    return tree.Starred(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value))


def _tuple(n: Any) -> tree.Tuple:
    return tree.Tuple(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.elts))


def _list(n: Any) -> tree.List:
    return tree.List(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.elts))


def _set(n: Any) -> tree.Set:
    return tree.Set(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.elts))


def _dictionary(n: ast.Dict) -> tree.Dictionary:
    return tree.Dictionary(*span(n, n), tuple([optional(key) for key in n.keys]), many(n.values))


def _subscript(n: Any) -> tree.Subscript:
    return tree.Subscript(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.value.__class__](n.value),
        MAKERS[n.slice.__class__](n.slice),
    )


def _slice(n: Any) -> tree.Slice:
    return tree.Slice(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        optional(n.lower),
        optional(n.upper),
        optional(n.step),
    )


def _boolean_operation(n: Any) -> tree.BooleanOperation:
    return tree.BooleanOperation(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, OPERATORS[n.op.__class__], many(n.values)
    )


def _binary_operation(n: Any) -> tree.BinaryOperation:
    return tree.BinaryOperation(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.left.__class__](n.left),
        OPERATORS[n.op.__class__],
        MAKERS[n.right.__class__](n.right),
    )


def _unary_operation(n: Any) -> tree.UnaryOperation:
    return tree.UnaryOperation(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        OPERATORS[n.op.__class__],
        MAKERS[n.operand.__class__](n.operand),
    )


def _comparison(n: Any) -> tree.Comparison:
    return tree.Comparison(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.left.__class__](n.left),
        tuple([OPERATORS[operator.__class__] for operator in n.ops]),
        many(n.comparators),
    )


def _conditional(n: Any) -> tree.Conditional:
    return tree.Conditional(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.test.__class__](n.test),
        MAKERS[n.body.__class__](n.body),
        MAKERS[n.orelse.__class__](n.orelse),
    )


def _lambda(n: Any) -> tree.Lambda:
    return tree.Lambda(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, parameters(n.args), MAKERS[n.body.__class__](n.body)
    )


def parameters(arguments: ast.arguments) -> tuple[tree.Parameter, ...]:
    """The parameters of a function or lambda, in source order."""
    positional = arguments.posonlyargs + arguments.args
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults
    parameters = []
    for number, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
        kind = "positional-only" if number < len(arguments.posonlyargs) else "positional-or-keyword"
        parameters.append(_parameter(argument, kind, default))
    if arguments.vararg:
        parameters.append(_parameter(arguments.vararg, "variadic", None))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(_parameter(argument, "keyword-only", default))
    if arguments.kwarg:
        parameters.append(_parameter(arguments.kwarg, "variadic-keyword", None))
    return tuple(parameters)


def _parameter(argument: ast.arg, kind: str, default: ast.expr | None) -> tree.Parameter:
    return tree.Parameter(
        *span(argument, argument), argument.arg, kind, optional(argument.annotation), optional(default)
    )


def _named_expression(n: Any) -> tree.NamedExpression:
    return tree.NamedExpression(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.target.__class__](n.target),
        MAKERS[n.value.__class__](n.value),
    )


def _await(n: Any) -> tree.Await:
    return tree.Await(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value))


def _yield(n: Any) -> tree.Yield:
    return tree.Yield(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, optional(n.value))


def _yield_from(n: Any) -> tree.YieldFrom:
    return tree.YieldFrom(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value))


def _comprehension(kind: str) -> Callable[[Any], tree.Comprehension]:
    def make(n: Any) -> tree.Comprehension:
        return tree.Comprehension(*span(n, n), kind, one(n.elt), None, many(n.generators))

    return make


def _dictionary_comprehension(n: Any) -> tree.Comprehension:
    # Python 3.15 allows `{**mapping for …}`: then there is no value.
    return tree.Comprehension(*span(n, n), "dictionary", one(n.key), optional(n.value), many(n.generators))


def _comprehension_loop(n: ast.comprehension) -> tree.ComprehensionLoop:
    last = n.ifs[-1] if n.ifs else n.iter
    return tree.ComprehensionLoop(*span(n.target, last), one(n.target), one(n.iter), many(n.ifs), bool(n.is_async))


def _constant(n: ast.Constant) -> tree.Expression:
    place = (n.lineno, n.col_offset, n.end_lineno, n.end_col_offset)
    value = n.value
    kind = value.__class__
    if kind is str:
        return tree.Text(*place, plain_text(value))  # type: ignore[arg-type]
    if kind is int or kind is float or kind is complex:
        return tree.Number(*place, number_value(value))  # type: ignore[arg-type]
    if kind is bytes:
        return tree.Bytes(*place, value)  # type: ignore[arg-type]
    return tree.Constant(*place, "..." if value is ... else repr(value))  # type: ignore[arg-type]


def _formatted_text(n: Any) -> tree.FormattedText:
    place = span(n, n)
    below: Any
    for below in ast.walk(n):
        if hasattr(below, "lineno"):
            below.lineno, below.col_offset, below.end_lineno, below.end_col_offset = place
    return tree.FormattedText(*place, _parts(n), n.__class__.__name__ == "TemplateStr")


def _parts(n: Any) -> tuple[Union[tree.Text, tree.Replacement], ...]:
    return merged_parts(MAKERS[value.__class__](value) for value in n.values)


def _replacement(n: Any) -> tree.Replacement:
    conversion = chr(n.conversion) if n.conversion > 0 else ""
    format_parts = _parts(n.format_spec) if n.format_spec else ()
    return tree.Replacement(*span(n, n), one(n.value), conversion, format_parts)


#: The maker of each node class; statements and patterns are added by their module.
MAKERS: dict[type[ast.AST], Callable[[Any], Any]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.keyword: _keyword,
    ast.Starred: _starred,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _set,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.BoolOp: _boolean_operation,
    ast.BinOp: _binary_operation,
    ast.UnaryOp: _unary_operation,
    ast.Compare: _comparison,
    ast.IfExp: _conditional,
    ast.Lambda: _lambda,
    ast.NamedExpr: _named_expression,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Constant: _constant,
    ast.JoinedStr: _formatted_text,
    ast.FormattedValue: _replacement,
    ast.Dict: _dictionary,
    ast.ListComp: _comprehension("list"),
    ast.SetComp: _comprehension("set"),
    ast.GeneratorExp: _comprehension("generator"),
    ast.DictComp: _dictionary_comprehension,
    ast.comprehension: _comprehension_loop,
}

#: Node classes that only newer Pythons have, by name.
_NEWER_MAKERS: dict[str, Callable[[Any], Any]] = {
    "TemplateStr": _formatted_text,
    "Interpolation": _replacement,
}
MAKERS.update({getattr(ast, name): make for name, make in _NEWER_MAKERS.items() if hasattr(ast, name)})
