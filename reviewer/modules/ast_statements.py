"""Makes the statements and patterns of the typed tree from `ast` nodes, one function a node class."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from reviewer.modules import tree
from reviewer.modules.ast_expressions import MAKERS, OPERATORS, many, one, optional, parameters, span


def statements(module: ast.Module) -> tuple[Any, ...]:
    """The statements of a program."""
    return many(module.body)


def _class(n: Any) -> tree.Class:
    return tree.Class(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        n.name,
        many(n.bases),
        many(n.keywords),
        many(n.body),
        many(n.decorator_list),
        many(getattr(n, "type_params", [])),
    )


def _return(n: Any) -> tree.Return:
    return tree.Return(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, optional(n.value))


def _delete(n: Any) -> tree.Delete:
    return tree.Delete(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.targets))


def _assign(n: Any) -> tree.Assign:
    return tree.Assign(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.targets), MAKERS[n.value.__class__](n.value)
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
        optional(n.value),
    )


def _type_alias(n: Any) -> tree.TypeAlias:
    return tree.TypeAlias(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        n.name.id,
        many(n.type_params),
        MAKERS[n.value.__class__](n.value),
    )


def _while(n: Any) -> tree.While:
    return tree.While(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.test.__class__](n.test),
        many(n.body),
        many(n.orelse),
    )


def _if(n: Any) -> tree.If:
    return tree.If(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.test.__class__](n.test),
        many(n.body),
        many(n.orelse),
    )


def _raise(n: Any) -> tree.Raise:
    return tree.Raise(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, optional(n.exc), optional(n.cause))


def _except_handler(n: Any) -> tree.ExceptHandler:
    return tree.ExceptHandler(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, optional(n.type), n.name, many(n.body)
    )


def _assert(n: Any) -> tree.Assert:
    return tree.Assert(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.test.__class__](n.test), optional(n.msg)
    )


def _import(n: Any) -> tree.Import:
    return tree.Import(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.names))


def _import_from(n: Any) -> tree.ImportFrom:
    return tree.ImportFrom(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.module or "", many(n.names), n.level
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
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.subject.__class__](n.subject), many(n.cases)
    )


def _function(n: Any) -> tree.Function:
    return tree.Function(
        *span(n, n),
        n.name,
        parameters(n.args),
        optional(n.returns),
        many(n.body),
        many(n.decorator_list),
        n.__class__ is ast.AsyncFunctionDef,
        many(getattr(n, "type_params", [])),
    )


def _for(n: Any) -> tree.For:
    return tree.For(*span(n, n), one(n.target), one(n.iter), many(n.body), many(n.orelse), n.__class__ is ast.AsyncFor)


def _with(n: Any) -> tree.With:
    items = tuple([_with_item(item) for item in n.items])
    return tree.With(*span(n, n), items, many(n.body), n.__class__ is ast.AsyncWith)


def _with_item(item: ast.withitem) -> tree.WithItem:
    last = item.optional_vars or item.context_expr
    return tree.WithItem(*span(item.context_expr, last), one(item.context_expr), optional(item.optional_vars))


def _try(n: Any) -> tree.Try:
    return tree.Try(
        *span(n, n),
        many(n.body),
        many(n.handlers),
        many(n.orelse),
        many(n.finalbody),
        n.__class__.__name__ == "TryStar",
    )


def _case(n: ast.match_case) -> tree.Case:
    return tree.Case(*span(n.pattern, n.body[-1]), one(n.pattern), optional(n.guard), many(n.body))


def _type_parameter(kind: str) -> Callable[[Any], tree.TypeParameter]:
    def make(n: Any) -> tree.TypeParameter:
        bound = optional(getattr(n, "bound", None))
        return tree.TypeParameter(*span(n, n), n.name, kind, bound, optional(getattr(n, "default_value", None)))

    return make


# Patterns


def _value_pattern(n: Any) -> tree.ValuePattern:
    return tree.ValuePattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, MAKERS[n.value.__class__](n.value))


def _singleton_pattern(n: ast.MatchSingleton) -> tree.ValuePattern:
    place = span(n, n)
    return tree.ValuePattern(*place, tree.Constant(*place, repr(n.value)))


def _sequence_pattern(n: Any) -> tree.SequencePattern:
    return tree.SequencePattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.patterns))


def _mapping_pattern(n: Any) -> tree.MappingPattern:
    return tree.MappingPattern(
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.keys), many(n.patterns), n.rest
    )


def _class_pattern(n: Any) -> tree.ClassPattern:
    return tree.ClassPattern(
        n.lineno,
        n.col_offset,
        n.end_lineno,
        n.end_col_offset,
        MAKERS[n.cls.__class__](n.cls),
        many(n.patterns),
        tuple(n.kwd_attrs),
        many(n.kwd_patterns),
    )


def _star_pattern(n: Any) -> tree.StarPattern:
    return tree.StarPattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.name)


def _as_pattern(n: Any) -> tree.AsPattern:
    return tree.AsPattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, optional(n.pattern), n.name)


def _or_pattern(n: Any) -> tree.OrPattern:
    return tree.OrPattern(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, many(n.patterns))


MAKERS.update(
    {
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
)

#: Node classes that only newer Pythons have, by name.
_NEWER_MAKERS: dict[str, Callable[[Any], Any]] = {
    "TryStar": _try,
    "TypeAlias": _type_alias,
    "TypeVar": _type_parameter("type"),
    "TypeVarTuple": _type_parameter("variadic"),
    "ParamSpec": _type_parameter("parameters"),
}
MAKERS.update({getattr(ast, name): make for name, make in _NEWER_MAKERS.items() if hasattr(ast, name)})
