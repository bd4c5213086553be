"""Reads one Jinja2 template with Jinja2's own parser: the names it needs, its blocks, and the templates it builds on.

A pure function of the text; nothing is rendered. Text that is too large, too deep or broken gives a problem instead.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any

from reviewer.project.templates.template_content import (
    BLANK,
    FAILS,
    OPTIONAL,
    BlockPosition,
    NameUse,
    Reference,
    TemplateContent,
)
from reviewer.project.templates.template_expressions import Around, ExpressionReader

#: Longest template that is parsed, in characters.
TEXT_LIMIT = 500_000
#: Python frames that parsing and reading one template may take.
FRAME_LIMIT = 900
#: Tokens of one template.
TOKEN_LIMIT = 50_000

#: Extensions whose tags are known.
EXTENSIONS = ("jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.debug")
#: Tags of other extensions that have an end, with the names that they bind inside.
FOREIGN_TAGS: dict[str, tuple[str, ...]] = {
    "assets": ("ASSET_URL", "EXTRA", "ASSET_SRI"),
    "cache": (),
    "markdown": (),
    "htmlcompress": (),
    "compress": (),
    "spaceless": (),
}


def read_template(text: str) -> TemplateContent:
    """Reads a template."""
    if len(text) > TEXT_LIMIT:
        return TemplateContent(problem="The template is too large to be read.")
    import jinja2

    try:
        with _limited_recursion():
            content = TemplateContent()
            _Reader(content).read(_parser().parse(text))
            return content
    except jinja2.TemplateSyntaxError as error:
        return TemplateContent(problem=f"Line {error.lineno}: {error.message}")
    except _TooManyTokens:
        return TemplateContent(problem="The template is too large to be read.")
    except RecursionError:
        return TemplateContent(problem="The template is nested too deeply to be read.")
    except (ValueError, OverflowError, MemoryError, AssertionError, jinja2.TemplateError) as error:
        return TemplateContent(problem=f"The template cannot be read: {error.__class__.__name__}.")


class _TooManyTokens(Exception):
    pass


@lru_cache(maxsize=1)
def _parser() -> Any:
    import jinja2
    from jinja2.lexer import TokenStream

    class Parser(jinja2.Environment):
        """All tokens are taken before parsing begins, so that their number is known and nothing is left half read."""

        def _tokenize(
            self, source: str, name: str | None, filename: str | None = None, state: str | None = None
        ) -> TokenStream:
            stream = super()._tokenize(source, name, filename, state)
            tokens = list(islice(stream, TOKEN_LIMIT))
            if len(tokens) == TOKEN_LIMIT:
                raise _TooManyTokens
            return TokenStream(iter(tokens), name, filename)

    return Parser(extensions=(*EXTENSIONS, _foreign_tags()), autoescape=True)


def _foreign_tags() -> Any:
    """An extension that reads the tags of well-known extensions as what they are to names: a part with a scope."""
    from jinja2 import nodes
    from jinja2.ext import Extension
    from jinja2.parser import Parser

    class ForeignTags(Extension):
        tags = set(FOREIGN_TAGS)

        def parse(self, parser: Parser) -> nodes.Node:
            tag = next(parser.stream)
            while parser.stream.current.type != "block_end":
                next(parser.stream)
            body = parser.parse_statements((f"name:end{tag.value}",), drop_needle=True)
            names = FOREIGN_TAGS[tag.value]
            targets: list[nodes.Expr] = [nodes.Name(name, "param") for name in names]
            values: list[nodes.Expr] = [nodes.Const("") for _ in names]
            return nodes.With(targets, values, body).set_lineno(tag.lineno)

    return ForeignTags


@contextmanager
def _limited_recursion() -> Iterator[None]:
    """Few frames, so that hostile nesting ends in an error and not in a broken stack."""
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    outer = sys.getrecursionlimit()
    sys.setrecursionlimit(min(outer, depth + FRAME_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(outer)


class _Reader(ExpressionReader):
    """Walks the nodes of a template in order; `names` are those that are not the context's."""

    def __init__(self, content: TemplateContent, *, is_probing: bool = False) -> None:
        super().__init__()
        self._content = content
        self._is_probing = is_probing
        self.parts = content.parts

    def read(self, template: Any) -> None:
        names: set[str] = set()
        self._statements(template.body, names, Around())
        self._content.exported |= names

    # Statements

    def _statements(self, nodes: list[Any], names: set[str], around: Around) -> None:
        for node in nodes:
            read = getattr(self, f"_read_{node.__class__.__name__.lower()}", None)
            if read is not None:
                read(node, names, around)
            else:
                self._read_children(node, names, around)

    def _read_children(self, node: Any, names: set[str], around: Around) -> None:
        inner = set(names)
        for child in node.iter_child_nodes():
            if hasattr(child, "can_assign"):
                self.expression(child, BLANK, inner, around)
            else:
                self._statements([child], inner, around)

    def _read_output(self, node: Any, names: set[str], around: Around) -> None:
        for child in node.nodes:
            self.expression(child, BLANK, names, around.printed())

    def _read_exprstmt(self, node: Any, names: set[str], around: Around) -> None:
        self.expression(node.node, BLANK, names, around)

    def _read_if(self, node: Any, names: set[str], around: Around) -> None:
        outside, bound = set(names), set(names)
        for branch in (node, *node.elif_):
            self.expression(branch.test, OPTIONAL, outside, around)
            inner = set(outside)
            self._statements(branch.body, inner, around.guarded(branch.test, "if", outside))
            bound |= inner
            around = around.guarded(branch.test, "unless", outside)
        inner = set(outside)
        self._statements(node.else_, inner, around)
        names |= bound | inner

    def _read_for(self, node: Any, names: set[str], around: Around) -> None:
        self.expression(node.iter, BLANK, names, around)
        inner = names | _targets(node.target) | {"loop"}
        looped = around.guarded(node.iter, "loop", names)
        if node.test is not None:
            self.expression(node.test, OPTIONAL, inner, looped)
            looped = looped.guarded(node.test, "if", inner)
        self._statements(node.body, inner, looped)
        self._statements(node.else_, set(names), around.guarded(None, "if", names))

    def _read_assign(self, node: Any, names: set[str], around: Around) -> None:
        self.expression(node.node, BLANK, names, around)
        names |= _targets(node.target)

    def _read_assignblock(self, node: Any, names: set[str], around: Around) -> None:
        if node.filter is not None:
            self.expression(node.filter, BLANK, names, around)
        self._statements(node.body, set(names), around.inner())
        names |= _targets(node.target)

    def _read_with(self, node: Any, names: set[str], around: Around) -> None:
        inner = set(names)
        for target, value in zip(node.targets, node.values, strict=True):
            self.expression(value, BLANK, names, around)
            inner |= _targets(target)
        self._statements(node.body, inner, around.inner())

    def _read_filterblock(self, node: Any, names: set[str], around: Around) -> None:
        self.expression(node.filter, BLANK, names, around)
        self._statements(node.body, set(names), around.inner())

    def _read_macro(self, node: Any, names: set[str], around: Around) -> None:
        names.add(node.name)
        self.imported.pop(node.name, None)
        self._content.required[node.name] = self._required(node, names)
        inner = names | {"varargs", "kwargs", "caller"}
        for argument in node.args:
            inner |= _targets(argument)
        for default in node.defaults:
            self.expression(default, BLANK, inner, around.inner(is_certain=False))
        self._statements(node.body, inner, around.inner(is_certain=False))

    def _required(self, node: Any, names: set[str]) -> frozenset[int | str]:
        """The parameters without which a macro fails whenever it runs, by position and name."""
        if self._is_probing:  # a macro in a macro: looked at once is enough
            return frozenset()
        content = TemplateContent()
        parameters = [argument.name for argument in node.args]
        reader = _Reader(content, is_probing=True)
        reader.read_body(node.body, (names | {"varargs", "kwargs", "caller"}) - set(parameters))
        failing = {
            part.name
            for part in content.parts
            if isinstance(part, NameUse) and part.need == FAILS and part.is_certain and not part.guards
        }
        without_default = parameters[: len(parameters) - len(node.defaults)] if node.defaults else parameters
        needed = failing & set(without_default)
        return frozenset({*needed, *(number for number, name in enumerate(parameters) if name in needed)})

    def read_body(self, nodes: list[Any], names: set[str]) -> None:
        """Reads statements that are not those of a whole template."""
        self._statements(nodes, names, Around())

    def _read_callblock(self, node: Any, names: set[str], around: Around) -> None:
        self.expression(node.call, BLANK, names, around)
        inner = set(names)
        for argument in node.args:
            inner |= _targets(argument)
        self._statements(node.body, inner, around.inner(is_certain=False))

    def _read_block(self, node: Any, names: set[str], around: Around) -> None:
        visible = frozenset(names) if node.scoped else frozenset()
        self.parts.append(BlockPosition(node.name, around.guards, visible))
        outer, self.parts = self.parts, []
        try:
            self._statements(node.body, set(visible), Around(is_top_level=False, block=node.name))
        finally:
            self._content.blocks.setdefault(node.name, self.parts)
            self.parts = outer

    def _read_extends(self, node: Any, names: set[str], around: Around) -> None:
        self._refer("extends", node.template, names, around)

    def _read_include(self, node: Any, names: set[str], around: Around) -> None:
        self._refer("include", node.template, names, around, node.ignore_missing, node.with_context)

    def _read_import(self, node: Any, names: set[str], around: Around) -> None:
        self._refer("import", node.template, names, around, False, node.with_context)
        names.add(node.target)
        self._import(node, node.target, "")

    def _read_fromimport(self, node: Any, names: set[str], around: Around) -> None:
        self._refer("import", node.template, names, around, False, node.with_context)
        for name in node.names:
            macro, local = (name, name) if isinstance(name, str) else name
            names.add(local)
            self._import(node, local, macro)

    def _import(self, node: Any, local: str, macro: str) -> None:
        found = _template_names(node.template)
        self.imported[local] = (found[0] if found and len(found) == 1 else "?", macro)

    def _refer(
        self,
        tag: str,
        template: Any,
        names: set[str],
        around: Around,
        ignores_missing: bool = False,
        has_context: bool = True,
    ) -> None:
        self.expression(template, BLANK, names, around)
        reference = Reference(
            tag,
            _template_names(template),
            template.__class__.__name__ in ("List", "Tuple"),
            ignores_missing,
            has_context,
            template.lineno,
            around.guards,
            frozenset(names),
            around.is_top_level,
        )
        self._content.references.append(reference)
        self.parts.append(reference)


def _targets(target: Any) -> set[str]:
    """The names that an assignment binds."""
    kind = target.__class__.__name__
    if kind == "Name":
        return {target.name}
    if kind in ("Tuple", "List"):
        return {name for item in target.items for name in _targets(item)}
    return set()


def _template_names(node: Any) -> tuple[str, ...] | None:
    """The template names that an expression of a tag may give, None where they are not known."""
    kind = node.__class__.__name__
    if kind == "Const":
        if isinstance(node.value, str):
            return (node.value,)
        is_names = isinstance(node.value, (list, tuple)) and all(isinstance(one, str) for one in node.value)
        return tuple(node.value) if is_names else None
    if kind in ("List", "Tuple"):
        found = [_template_names(item) for item in node.items]
    elif kind == "CondExpr" and node.expr2 is not None:
        found = [_template_names(node.expr1), _template_names(node.expr2)]
    else:
        return None
    return None if None in found else tuple(name for names in found if names is not None for name in names)
