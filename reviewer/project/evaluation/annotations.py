"""Annotations as expressions: strings in them are parsed, so that a forward reference is what it names."""

from __future__ import annotations

from functools import lru_cache

from reviewer.modules import tree
from reviewer.modules.ast_maker import make_tree
from reviewer.modules.normal_form import SourceTooDeep

#: Longest annotation in a string that is read.
LENGTH_LIMIT = 2_000


def parse_annotation(annotation: tree.Expression) -> tree.Expression | None:
    """The expression of an annotation: the string's content where it is a string; None where that cannot be read."""
    if not isinstance(annotation, tree.Text):
        return annotation
    return _parse_text(annotation.value)


@lru_cache(maxsize=4096)
def _parse_text(text: str) -> tree.Expression | None:
    if len(text) > LENGTH_LIMIT:
        return None
    try:
        body = make_tree(f"({text.strip()})").body
    except (SyntaxError, ValueError, SourceTooDeep):
        return None
    if len(body) == 1 and isinstance(body[0], tree.ExpressionStatement):
        return body[0].value
    return None
