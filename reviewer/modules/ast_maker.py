"""Makes the typed tree from the standard library's `ast`: the usual way, for syntax the running Python knows.

Takes decoded text, gives a `Tree`. One function a node class, recursive because that is fastest; whoever calls it has
raised the recursion limit, and the index measures the depth.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import Any, Union

from reviewer.modules import tree
from reviewer.modules.normal_form import SourceTooDeep, merged_parts, number_value, one_newline, plain_text

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.MatMult: "@", ast.Div: "/", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^", ast.BitAnd: "&", ast.FloorDiv: "//",
    ast.And: "and", ast.Or: "or", ast.Invert: "~", ast.Not: "not", ast.UAdd: "+", ast.USub: "-",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


def make_tree(source: str) -> tree.Tree:
    """The typed tree of a program.

    Raises SyntaxError where the running Python does not accept the program, SourceTooDeep where it nests too deep.
    """
    source = one_newline(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = _parsed(source)
        if not source.isascii():
            _count_columns_in_characters(module, source)
        return tree.Tree(_many(module.body))
    except KeyError as error:
        raise SyntaxError(f"syntax that is not known yet: {error.args[0].__name__}") from error
    except (RecursionError, MemoryError) as error:
        raise SourceTooDeep("nested too deeply") from error


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except ValueError as error:
        # Null characters up to Python 3.11, and lone surrogates.
        raise SyntaxError(str(error)) from error


def _count_columns_in_characters(module: ast.Module, source: str) -> None:
    """Turns the UTF-8 byte offsets of `ast` into character offsets, in place."""
    lines = {
        number: line.encode("utf-8", "surrogatepass")
        for number, line in enumerate(source.split("\n"), 1)
        if not line.isascii()
    }
    for node in ast.walk(module):
        line: int | None = getattr(node, "lineno", None)
        if line is None:
            continue
        if line in lines:
            node.col_offset = _characters(lines[line], node.col_offset)  # type: ignore[attr-defined]
        end: int = node.end_lineno  # type: ignore[attr-defined]
        if end in lines:
            node.end_col_offset = _characters(lines[end], node.end_col_offset)  # type: ignore[attr-defined]


def _characters(line: bytes, offset: int) -> int:
    return len(line[:offset].decode("utf-8", "replace"))


def _one(node: ast.AST) -> Any:
    return MAKERS[node.__class__](node)


def _optional(node: ast.AST | None) -> Any:
    return None if node is None else MAKERS[node.__class__](node)


def _many(nodes: list[Any]) -> tuple[Any, ...]:
    return tuple([MAKERS[node.__class__](node) for node in nodes])


def _span(first: ast.AST, last: ast.AST) -> tuple[int, int, int, int]:
    """The position from the start of one node to the end of another."""
    return first.lineno, first.col_offset, last.end_lineno, last.end_col_offset  # type: ignore[attr-defined]


# Expressions


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
        _many(n.args),
        _many(n.keywords),
    )


def _keyword(n: Any) -> tree.Keyword:
    return tree.Keyword(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.arg, MAKERS[n.value.__class__](n.value)
    )


def _starred(n: Any) -> tree.Starred:
    return tree.Starred(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value))


def _tuple(n: Any) -> tree.Tuple:
    return tree.Tuple(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.elts))


def _list(n: Any) -> tree.List:
    return tree.List(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.elts))


def _set(n: Any) -> tree.Set:
    return tree.Set(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.elts))


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
        _optional(n.lower),
        _optional(n.upper),
        _optional(n.step),
    )


def _boolean_operation(n: Any) -> tree.BooleanOperation:
    return tree.BooleanOperation(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, OPERATORS[n.op.__class__], _many(n.values)
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
        _many(n.comparators),
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
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _parameters(n.args), MAKERS[n.body.__class__](n.body)
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
    return tree.Yield(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _optional(n.value))


def _yield_from(n: Any) -> tree.YieldFrom:
    return tree.YieldFrom(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value))


def _class(n: Any) -> tree.Class:
    return tree.Class(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        n.name,
        _many(n.bases),
        _many(n.keywords),
        _many(n.body),
        _many(n.decorator_list),
        _many(getattr(n, "type_params", [])),
    )


def _return(n: Any) -> tree.Return:
    return tree.Return(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _optional(n.value))


def _delete(n: Any) -> tree.Delete:
    return tree.Delete(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.targets))


def _assign(n: Any) -> tree.Assign:
    return tree.Assign(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.targets), MAKERS[n.value.__class__](n.value)
    )


def _augmented_assign(n: Any) -> tree.AugmentedAssign:
    return tree.AugmentedAssign(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.target.__class__](n.target),
        OPERATORS[n.op.__class__],
        MAKERS[n.value.__class__](n.value),
    )


def _annotated_assign(n: Any) -> tree.AnnotatedAssign:
    return tree.AnnotatedAssign(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.target.__class__](n.target),
        MAKERS[n.annotation.__class__](n.annotation),
        _optional(n.value),
    )


def _type_alias(n: Any) -> tree.TypeAlias:
    return tree.TypeAlias(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        n.name.id,
        _many(n.type_params),
        MAKERS[n.value.__class__](n.value),
    )


def _while(n: Any) -> tree.While:
    return tree.While(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.test.__class__](n.test),
        _many(n.body),
        _many(n.orelse),
    )


def _if(n: Any) -> tree.If:
    return tree.If(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.test.__class__](n.test),
        _many(n.body),
        _many(n.orelse),
    )


def _raise(n: Any) -> tree.Raise:
    return tree.Raise(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _optional(n.exc), _optional(n.cause))


def _except_handler(n: Any) -> tree.ExceptHandler:
    return tree.ExceptHandler(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _optional(n.type), n.name, _many(n.body)
    )


def _assert(n: Any) -> tree.Assert:
    return tree.Assert(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.test.__class__](n.test), _optional(n.msg)
    )


def _import(n: Any) -> tree.Import:
    return tree.Import(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.names))


def _import_from(n: Any) -> tree.ImportFrom:
    return tree.ImportFrom(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.module or "", _many(n.names), n.level
    )


def _imported_name(n: Any) -> tree.ImportedName:
    return tree.ImportedName(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.name, n.asname)


def _global(n: Any) -> tree.Global:
    return tree.Global(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, tuple(n.names))


def _nonlocal(n: Any) -> tree.Nonlocal:
    return tree.Nonlocal(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, tuple(n.names))


def _expression_statement(n: Any) -> tree.ExpressionStatement:
    return tree.ExpressionStatement(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value)
    )


def _pass(n: Any) -> tree.Pass:
    return tree.Pass(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset)


def _break(n: Any) -> tree.Break:
    return tree.Break(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset)


def _continue(n: Any) -> tree.Continue:
    return tree.Continue(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset)


def _match(n: Any) -> tree.Match:
    return tree.Match(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.subject.__class__](n.subject), _many(n.cases)
    )


def _value_pattern(n: Any) -> tree.ValuePattern:
    return tree.ValuePattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value))


def _sequence_pattern(n: Any) -> tree.SequencePattern:
    return tree.SequencePattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.patterns))


def _mapping_pattern(n: Any) -> tree.MappingPattern:
    return tree.MappingPattern(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.keys), _many(n.patterns), n.rest
    )


def _class_pattern(n: Any) -> tree.ClassPattern:
    return tree.ClassPattern(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.cls.__class__](n.cls),
        _many(n.patterns),
        tuple(n.kwd_attrs),
        _many(n.kwd_patterns),
    )


def _star_pattern(n: Any) -> tree.StarPattern:
    return tree.StarPattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.name)


def _as_pattern(n: Any) -> tree.AsPattern:
    return tree.AsPattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _optional(n.pattern), n.name)


def _or_pattern(n: Any) -> tree.OrPattern:
    return tree.OrPattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, _many(n.patterns))


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
    place = _span(n, n)
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
    return tree.Replacement(*_span(n, n), _one(n.value), conversion, format_parts)


def _dictionary(n: ast.Dict) -> tree.Dictionary:
    return tree.Dictionary(*_span(n, n), tuple([_optional(key) for key in n.keys]), _many(n.values))


def _comprehension(kind: str) -> Callable[[Any], tree.Comprehension]:
    def make(n: Any) -> tree.Comprehension:
        return tree.Comprehension(*_span(n, n), kind, _one(n.elt), None, _many(n.generators))

    return make


def _dictionary_comprehension(n: Any) -> tree.Comprehension:
    # Python 3.15 allows `{**mapping for …}`: then there is no value.
    return tree.Comprehension(*_span(n, n), "dictionary", _one(n.key), _optional(n.value), _many(n.generators))


def _comprehension_loop(n: ast.comprehension) -> tree.ComprehensionLoop:
    last = n.ifs[-1] if n.ifs else n.iter
    return tree.ComprehensionLoop(*_span(n.target, last), _one(n.target), _one(n.iter), _many(n.ifs), bool(n.is_async))


def _parameters(arguments: ast.arguments) -> tuple[tree.Parameter, ...]:
    positional = arguments.posonlyargs + arguments.args
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults
    parameters = []
    for number, (argument, default) in enumerate(zip(positional, defaults)):
        kind = "positional-only" if number < len(arguments.posonlyargs) else "positional-or-keyword"
        parameters.append(_parameter(argument, kind, default))
    if arguments.vararg:
        parameters.append(_parameter(arguments.vararg, "variadic", None))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        parameters.append(_parameter(argument, "keyword-only", default))
    if arguments.kwarg:
        parameters.append(_parameter(arguments.kwarg, "variadic-keyword", None))
    return tuple(parameters)


def _parameter(argument: ast.arg, kind: str, default: ast.expr | None) -> tree.Parameter:
    return tree.Parameter(
        *_span(argument, argument), argument.arg, kind, _optional(argument.annotation), _optional(default)
    )


# Statements


def _function(n: Any) -> tree.Function:
    return tree.Function(
        *_span(n, n),
        n.name,
        _parameters(n.args),
        _optional(n.returns),
        _many(n.body),
        _many(n.decorator_list),
        n.__class__ is ast.AsyncFunctionDef,
        _many(getattr(n, "type_params", [])),
    )


def _for(n: Any) -> tree.For:
    return tree.For(
        *_span(n, n), _one(n.target), _one(n.iter), _many(n.body), _many(n.orelse), n.__class__ is ast.AsyncFor
    )


def _with(n: Any) -> tree.With:
    items = tuple([_with_item(item) for item in n.items])
    return tree.With(*_span(n, n), items, _many(n.body), n.__class__ is ast.AsyncWith)


def _with_item(item: ast.withitem) -> tree.WithItem:
    last = item.optional_vars or item.context_expr
    return tree.WithItem(*_span(item.context_expr, last), _one(item.context_expr), _optional(item.optional_vars))


def _try(n: Any) -> tree.Try:
    return tree.Try(
        *_span(n, n),
        _many(n.body),
        _many(n.handlers),
        _many(n.orelse),
        _many(n.finalbody),
        n.__class__.__name__ == "TryStar",
    )


def _case(n: ast.match_case) -> tree.Case:
    return tree.Case(*_span(n.pattern, n.body[-1]), _one(n.pattern), _optional(n.guard), _many(n.body))


def _singleton_pattern(n: ast.MatchSingleton) -> tree.ValuePattern:
    place = _span(n, n)
    return tree.ValuePattern(*place, tree.Constant(*place, repr(n.value)))


def _type_parameter(kind: str) -> Callable[[Any], tree.TypeParameter]:
    def make(n: Any) -> tree.TypeParameter:
        bound = _optional(getattr(n, "bound", None))
        return tree.TypeParameter(*_span(n, n), n.name, kind, bound, _optional(getattr(n, "default_value", None)))

    return make


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
    ast.ClassDef: _class,
    ast.Return: _return,
    ast.Delete: _delete,
    ast.Assign: _assign,
    ast.AugAssign: _augmented_assign,
    ast.AnnAssign: _annotated_assign,
    ast.While: _while,
    ast.If: _if,
    ast.Raise: _raise,
    ast.ExceptHandler: _except_handler,
    ast.Assert: _assert,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.alias: _imported_name,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.Expr: _expression_statement,
    ast.Pass: _pass,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Match: _match,
    ast.MatchValue: _value_pattern,
    ast.MatchSequence: _sequence_pattern,
    ast.MatchMapping: _mapping_pattern,
    ast.MatchClass: _class_pattern,
    ast.MatchStar: _star_pattern,
    ast.MatchAs: _as_pattern,
    ast.MatchOr: _or_pattern,
    ast.Constant: _constant,
    ast.JoinedStr: _formatted_text,
    ast.FormattedValue: _replacement,
    ast.Dict: _dictionary,
    ast.ListComp: _comprehension("list"),
    ast.SetComp: _comprehension("set"),
    ast.GeneratorExp: _comprehension("generator"),
    ast.DictComp: _dictionary_comprehension,
    ast.comprehension: _comprehension_loop,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.match_case: _case,
    ast.MatchSingleton: _singleton_pattern,
}

#: Node classes that only newer Pythons have, by name.
_NEWER_MAKERS: dict[str, Callable[[Any], Any]] = {
    "TryStar": _try,
    "TypeAlias": _type_alias,
    "TypeVar": _type_parameter("type"),
    "TypeVarTuple": _type_parameter("variadic"),
    "ParamSpec": _type_parameter("parameters"),
    "TemplateStr": _formatted_text,
    "Interpolation": _replacement,
}
MAKERS.update({getattr(ast, name): make for name, make in _NEWER_MAKERS.items() if hasattr(ast, name)})
