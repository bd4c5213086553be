"""Makes the statements of the typed tree from libcst nodes, in the shape and with the positions that `ast` gives.

One function a node class; each takes the node and the positions of its module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Union

import libcst as cst

from reviewer.modules import tree
from reviewer.modules.libcst_expressions import (
    arguments,
    between,
    elements,
    expression,
    identifier,
    optional,
    parameters,
)
from reviewer.modules.libcst_patterns import pattern
from reviewer.modules.libcst_positions import Place, Positions

Block = tuple[Any, ...]


def statements(nodes: Sequence[cst.CSTNode], at: Positions) -> Block:
    """The statements of a module or block, those that share a line one after the other."""
    found: list[Any] = []
    for node in nodes:
        if isinstance(node, cst.SimpleStatementLine):
            found.extend([MAKERS[small.__class__](small, at) for small in node.body])
        else:
            found.append(MAKERS[node.__class__](node, at))
    return tuple(found)


def _block(suite: cst.BaseSuite, at: Positions) -> Block:
    if isinstance(suite, cst.SimpleStatementSuite):
        return tuple([MAKERS[small.__class__](small, at) for small in suite.body])
    return statements(suite.body, at)


def _clause(node: cst.Else | cst.Finally | None, at: Positions) -> Block:
    return _block(node.body, at) if node else ()


def _line(n: Any, at: Positions) -> Place:
    """The position of a statement within a line, its semicolon left out."""
    return at.place(at.first(n), at.last(n) - isinstance(n.semicolon, cst.Semicolon))


# Statements within a line


def _expression_statement(n: cst.Expr, at: Positions) -> tree.ExpressionStatement:
    return tree.ExpressionStatement(*_line(n, at), expression(n.value, at))


def _pass(n: cst.Pass, at: Positions) -> tree.Pass:
    return tree.Pass(*_line(n, at))


def _break(n: cst.Break, at: Positions) -> tree.Break:
    return tree.Break(*_line(n, at))


def _continue(n: cst.Continue, at: Positions) -> tree.Continue:
    return tree.Continue(*_line(n, at))


def _return(n: cst.Return, at: Positions) -> tree.Return:
    return tree.Return(*_line(n, at), optional(n.value, at))


def _delete(n: cst.Del, at: Positions) -> tree.Delete:
    if isinstance(n.target, cst.Tuple) and not n.target.lpar:
        return tree.Delete(*_line(n, at), elements(n.target.elements, at))
    return tree.Delete(*_line(n, at), (expression(n.target, at),))


def _assign(n: cst.Assign, at: Positions) -> tree.Assign:
    targets = tuple([expression(target.target, at) for target in n.targets])
    return tree.Assign(*_line(n, at), targets, expression(n.value, at))


def _augmented_assign(n: cst.AugAssign, at: Positions) -> tree.AugmentedAssign:
    operator = at.words(n.operator)[:-1]
    return tree.AugmentedAssign(*_line(n, at), expression(n.target, at), operator, expression(n.value, at))


def _annotated_assign(n: cst.AnnAssign, at: Positions) -> tree.AnnotatedAssign:
    annotation = expression(n.annotation.annotation, at)
    return tree.AnnotatedAssign(*_line(n, at), expression(n.target, at), annotation, optional(n.value, at))


def _type_alias(n: cst.TypeAlias, at: Positions) -> tree.TypeAlias:
    type_parameters = _type_parameters(n.type_parameters, at)
    return tree.TypeAlias(*_line(n, at), identifier(n.name), type_parameters, expression(n.value, at))


def _raise(n: cst.Raise, at: Positions) -> tree.Raise:
    return tree.Raise(*_line(n, at), optional(n.exc, at), expression(n.cause.item, at) if n.cause else None)


def _assert(n: cst.Assert, at: Positions) -> tree.Assert:
    return tree.Assert(*_line(n, at), expression(n.test, at), optional(n.msg, at))


def _import(n: Any, at: Positions) -> tree.Import:
    return tree.Import(*_line(n, at), tuple([_imported_name(name, at) for name in n.names]))


def _import_from(n: Any, at: Positions) -> tree.ImportFrom:
    if isinstance(n.names, cst.ImportStar):
        names: tuple[tree.ImportedName, ...] = (tree.ImportedName(*at.whole(n.names), "*", None),)
    else:
        names = tuple([_imported_name(name, at) for name in n.names])
    module = _dotted_name(n.module) if n.module else ""
    return tree.ImportFrom(*_line(n, at), module, names, len(n.relative))


def _imported_name(n: cst.ImportAlias, at: Positions) -> tree.ImportedName:
    place = at.place(at.first(n), at.last(n.asname or n.name))
    return tree.ImportedName(*place, _dotted_name(n.name), _alias(n.asname))


def _alias(n: cst.AsName | None) -> str | None:
    return identifier(n.name) if n and isinstance(n.name, cst.Name) else None


def _dotted_name(n: cst.BaseExpression) -> str:
    names: list[str] = []
    while isinstance(n, cst.Attribute):
        names.append(identifier(n.attr))
        n = n.value
    if isinstance(n, cst.Name):
        names.append(identifier(n))
    return ".".join(reversed(names))


def _global(n: cst.Global, at: Positions) -> tree.Global:
    return tree.Global(*_line(n, at), tuple([identifier(item.name) for item in n.names]))


def _nonlocal(n: cst.Nonlocal, at: Positions) -> tree.Nonlocal:
    return tree.Nonlocal(*_line(n, at), tuple([identifier(item.name) for item in n.names]))


# Statements with blocks


def _after_decorators(n: cst.FunctionDef | cst.ClassDef, at: Positions) -> Place:
    first = at.last(n.decorators[-1]) if n.decorators else at.first(n)
    return at.place(first, at.last(n))


def _decorators(n: cst.FunctionDef | cst.ClassDef, at: Positions) -> tuple[Any, ...]:
    return tuple([expression(decorator.decorator, at) for decorator in n.decorators])


def _function(n: cst.FunctionDef, at: Positions) -> tree.Function:
    return tree.Function(
        *_after_decorators(n, at),
        identifier(n.name),
        parameters(n.params, at),
        expression(n.returns.annotation, at) if n.returns else None,
        _block(n.body, at),
        _decorators(n, at),
        n.asynchronous is not None,
        _type_parameters(n.type_parameters, at),
    )


def _class(n: cst.ClassDef, at: Positions) -> tree.Class:
    return tree.Class(
        *_after_decorators(n, at),
        identifier(n.name),
        *arguments([*n.bases, *n.keywords], at),
        _block(n.body, at),
        _decorators(n, at),
        _type_parameters(n.type_parameters, at),
    )


def _type_parameters(n: cst.TypeParameters | None, at: Positions) -> tuple[tree.TypeParameter, ...]:
    return tuple([_type_parameter(node, at) for node in n.params]) if n else ()


def _type_parameter(n: cst.TypeParam, at: Positions) -> tree.TypeParameter:
    place = at.place(at.first(n), at.last(n.default or n.param))
    bound = optional(n.param.bound, at) if isinstance(n.param, cst.TypeVar) else None
    default = optional(n.default, at)
    if n.default and n.star == "*":
        default = tree.Starred(*at.place(at.first(n.default) - 1, at.last(n.default)), default)
    return tree.TypeParameter(*place, identifier(n.param.name), TYPE_PARAMETERS[n.param.__class__], bound, default)


def _if(n: cst.If, at: Positions) -> tree.If:
    otherwise = (_if(n.orelse, at),) if isinstance(n.orelse, cst.If) else _clause(n.orelse, at)
    return tree.If(*at.whole(n), expression(n.test, at), _block(n.body, at), otherwise)


def _while(n: cst.While, at: Positions) -> tree.While:
    return tree.While(*at.whole(n), expression(n.test, at), _block(n.body, at), _clause(n.orelse, at))


def _for(n: cst.For, at: Positions) -> tree.For:
    target, iterable = expression(n.target, at), expression(n.iter, at)
    is_async = n.asynchronous is not None
    return tree.For(*at.whole(n), target, iterable, _block(n.body, at), _clause(n.orelse, at), is_async)


def _with(n: cst.With, at: Positions) -> tree.With:
    items = tuple([_with_item(item, at) for item in n.items])
    return tree.With(*at.whole(n), items, _block(n.body, at), n.asynchronous is not None)


def _with_item(n: cst.WithItem, at: Positions) -> tree.WithItem:
    context = expression(n.item, at)
    target = expression(n.asname.name, at) if n.asname else None
    return tree.WithItem(*between(context, target or context), context, target)


def _try(n: cst.Try | cst.TryStar, at: Positions) -> tree.Try:
    handlers = tuple([_except_handler(handler, at) for handler in n.handlers])
    clauses = _clause(n.orelse, at), _clause(n.finalbody, at)
    return tree.Try(*at.whole(n), _block(n.body, at), handlers, *clauses, isinstance(n, cst.TryStar))


def _except_handler(n: Union[cst.ExceptHandler, cst.ExceptStarHandler], at: Positions) -> tree.ExceptHandler:
    return tree.ExceptHandler(*at.whole(n), optional(n.type, at), _alias(n.name), _block(n.body, at))


def _match(n: cst.Match, at: Positions) -> tree.Match:
    return tree.Match(*at.whole(n), expression(n.subject, at), tuple([_case(case, at) for case in n.cases]))


def _case(n: cst.MatchCase, at: Positions) -> tree.Case:
    matched, body = pattern(n.pattern, at), _block(n.body, at)
    return tree.Case(*between(matched, body[-1]), matched, optional(n.guard, at), body)


MAKERS: dict[type[cst.CSTNode], Callable[[Any, Positions], Any]] = {
    cst.Expr: _expression_statement,
    cst.Pass: _pass,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Return: _return,
    cst.Del: _delete,
    cst.Assign: _assign,
    cst.AugAssign: _augmented_assign,
    cst.AnnAssign: _annotated_assign,
    cst.TypeAlias: _type_alias,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.Global: _global,
    cst.Nonlocal: _nonlocal,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.If: _if,
    cst.While: _while,
    cst.For: _for,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
}

TYPE_PARAMETERS: dict[type[cst.CSTNode], str] = {
    cst.TypeVar: "type",
    cst.TypeVarTuple: "variadic",
    cst.ParamSpec: "parameters",
}

#: Node classes that only newer versions of libcst have, by name.
_NEWER_MAKERS: dict[str, Callable[[Any, Positions], Any]] = {"LazyImport": _import, "LazyImportFrom": _import_from}
MAKERS.update({getattr(cst, name): make for name, make in _NEWER_MAKERS.items() if hasattr(cst, name)})
