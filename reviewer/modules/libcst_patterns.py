"""Makes the patterns of `match` statements from libcst nodes, in the shape and with the positions that `ast` gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from reviewer.modules import tree
from reviewer.modules.libcst_expressions import expression, identifier
from reviewer.modules.libcst_positions import Positions


def pattern(node: cst.CSTNode, at: Positions) -> Any:
    """The pattern that a libcst node stands for."""
    return MAKERS[node.__class__](node, at)


def _value(n: cst.MatchValue | cst.MatchSingleton, at: Positions) -> tree.ValuePattern:
    value = expression(n.value, at)
    return tree.ValuePattern(value.line, value.column, value.end_line, value.end_column, value)


def _bracketed_sequence(n: cst.MatchTuple, at: Positions) -> tree.SequencePattern:
    return tree.SequencePattern(*at.innermost(n), _items(n.patterns, at))


def _sequence(n: cst.MatchList, at: Positions) -> tree.SequencePattern:
    return tree.SequencePattern(*at.inside(n), _items(n.patterns, at))


def _items(nodes: Sequence[cst.MatchSequenceElement | cst.MatchStar], at: Positions) -> tuple[Any, ...]:
    return tuple([pattern(node if isinstance(node, cst.MatchStar) else node.value, at) for node in nodes])


def _star(n: cst.MatchStar, at: Positions) -> tree.StarPattern:
    first = at.first(n)
    return tree.StarPattern(*at.place(first, first + 2), identifier(n.name) if n.name else None)


def _mapping(n: cst.MatchMapping, at: Positions) -> tree.MappingPattern:
    keys = tuple([expression(element.key, at) for element in n.elements])
    patterns = tuple([pattern(element.pattern, at) for element in n.elements])
    return tree.MappingPattern(*at.inside(n), keys, patterns, identifier(n.rest) if n.rest else None)


def _class(n: cst.MatchClass, at: Positions) -> tree.ClassPattern:
    attributes = tuple([identifier(element.key) for element in n.kwds])
    attribute_patterns = tuple([pattern(element.pattern, at) for element in n.kwds])
    reference = expression(n.cls, at)
    return tree.ClassPattern(*at.inside(n), reference, _items(n.patterns, at), attributes, attribute_patterns)


def _as(n: cst.MatchAs, at: Positions) -> tree.AsPattern:
    inner = pattern(n.pattern, at) if n.pattern else None
    return tree.AsPattern(*at.inside(n), inner, identifier(n.name) if n.name else None)


def _or(n: cst.MatchOr, at: Positions) -> tree.OrPattern:
    return tree.OrPattern(*at.inside(n), tuple([pattern(element.pattern, at) for element in n.patterns]))


MAKERS: dict[type[cst.CSTNode], Callable[[Any, Positions], Any]] = {
    cst.MatchValue: _value,
    cst.MatchSingleton: _value,
    cst.MatchTuple: _bracketed_sequence,
    cst.MatchList: _sequence,
    cst.MatchStar: _star,
    cst.MatchMapping: _mapping,
    cst.MatchClass: _class,
    cst.MatchAs: _as,
    cst.MatchOr: _or,
}
