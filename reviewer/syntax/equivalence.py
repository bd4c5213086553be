"""The proof of a rewriting: the new program is the old one with exactly the wanted edits made in its tree.

Both programs are parsed into typed trees. The edits are made in the old tree, by the places they name, and the result
has to equal the new tree in everything but positions.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any, Union, get_args

from reviewer.modules import tree
from reviewer.modules.ast_maker import make_tree
from reviewer.rule import AddImport, AddKeyword, Edit, RemoveKeyword, ReplaceText
from reviewer.syntax.source import Span, span_of

_POSITION_FIELDS = len(tree.Node.__struct_fields__)
_STATEMENTS = get_args(tree.Statement)
_EXPRESSIONS = get_args(tree.Expression)

#: A node without positions: its class and fields.
Plain = tuple[Any, ...]
_CallEdit = Union[AddKeyword, RemoveKeyword]


def is_old_with_edits(old: str, new: str, edits: Sequence[Edit]) -> bool:
    """Whether a program is another one with edits made in it, and nothing else changed.

    False also if one of them does not parse, or an edit names a place where nothing stands.
    """
    try:
        expected = _Expectation(edits)
        before = expected.plain_body(make_tree(old).body)
        after = _Expectation(()).plain_body(make_tree(new).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if expected.unused:
        return False
    modules = {edit.module for edit in edits if isinstance(edit, AddImport)}
    before_imports, before_rest = _without_imports(before, modules)
    after_imports, after_rest = _without_imports(after, modules)
    for edit in edits:
        if isinstance(edit, AddImport):
            before_imports.setdefault((edit.module, edit.name, None), 1)
    return before_rest == after_rest and before_imports == after_imports


class _Expectation:
    """Makes edits while a tree is turned into plain nodes."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._calls: dict[Span, list[_CallEdit]] = {}
        self._texts: dict[Span, str] = {}
        for edit in edits:
            if isinstance(edit, ReplaceText):
                self._texts[span_of(edit.place)] = edit.text
            elif isinstance(edit, (AddKeyword, RemoveKeyword)):
                self._calls.setdefault(span_of(edit.call), []).append(edit)
        self.unused: set[tuple[str, Span]] = {("text", span) for span in self._texts}
        self.unused |= {("call", span) for span in self._calls}

    def plain_body(self, body: Sequence[tree.Statement]) -> list[Any]:
        """Statements as plain nodes."""
        plain: list[Any] = []
        for statement in body:
            plain += self._plain_statement(statement)
        return plain

    def _plain_statement(self, node: tree.Statement) -> list[Any]:
        text = self._taken_text(node)
        if text is not None:
            return _Expectation(()).plain_body(make_tree(textwrap.dedent(text)).body)
        return [self._plain(node)]

    def _plain(self, node: Any) -> Plain:
        if isinstance(node, _EXPRESSIONS):
            text = self._taken_text(node)
            if text is not None:
                return _plain_expression(text)
        fields = tuple(self._plain_value(getattr(node, name)) for name in node.__struct_fields__[_POSITION_FIELDS:])
        if isinstance(node, tree.Call):
            span = _span(node)
            if span in self._calls:
                self.unused.discard(("call", span))
                fields = (fields[0], fields[1], _edited_keywords(fields[2], self._calls[span]))
        return (type(node).__name__, *fields)

    def _plain_value(self, value: Any) -> Any:
        if isinstance(value, tree.Node):
            return self._plain(value)
        if not isinstance(value, tuple):
            return (type(value).__name__, value)  # 1, 1.0 and True are equal, but not the same program.
        plain: list[Any] = []
        for item in value:
            plain += self._plain_statement(item) if isinstance(item, _STATEMENTS) else [self._plain_value(item)]
        return tuple(plain)

    def _taken_text(self, node: tree.Node) -> str | None:
        """The text that replaces a node: the outermost one at its place."""
        span = _span(node)
        if ("text", span) not in self.unused:
            return None
        self.unused.discard(("text", span))
        return self._texts[span]


def _edited_keywords(keywords: tuple[Any, ...], edits: list[_CallEdit]) -> tuple[Any, ...]:
    for edit in edits:
        name = ("str", edit.name)
        if isinstance(edit, RemoveKeyword):
            keywords = tuple(keyword for keyword in keywords if keyword[1] != name)
        elif all(keyword[1] != name for keyword in keywords):
            keywords = (*keywords, ("Keyword", name, _plain_expression(edit.value)))
    return keywords


def _plain_expression(text: str) -> Plain:
    body = make_tree(f"(\n{text}\n)").body
    statement = body[0]
    if len(body) != 1 or not isinstance(statement, tree.ExpressionStatement):
        raise ValueError("not an expression")
    return _Expectation(())._plain(statement.value)


def _without_imports(body: list[Any], modules: set[str]) -> tuple[dict[tuple[Any, ...], int], list[Any]]:
    """The names that top-level statements import from some modules, and all other statements."""
    names: Counter[tuple[Any, ...]] = Counter()
    rest = []
    for node in body:
        if node[0] == "ImportFrom" and node[3] == ("int", 0) and node[1][1] in modules:
            names.update((node[1][1], name[1], None if name == alias else alias[1]) for _, name, alias in node[2])
        else:
            rest.append(node)
    return dict(names), rest


def _span(node: tree.Node) -> Span:
    return node.line, node.column, node.end_line, node.end_column
