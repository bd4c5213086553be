"""Reads the expressions of a Jinja2 template: which names each needs, and under which conditions it is evaluated."""

from __future__ import annotations

from typing import Any

import msgspec

from reviewer.project.templates.template_content import (
    BLANK,
    FAILS,
    OPTIONAL,
    BlockPosition,
    Guard,
    MacroParameter,
    NameUse,
    Part,
)

#: Filters of Jinja2 that raise on an undefined value; most give something empty.
STRICT_FILTERS = frozenset({"tojson", "dictsort", "round", "filesizeformat", "abs"})
LENIENT_COMPARISONS = frozenset({"eq", "ne", "in", "notin"})


class Around(msgspec.Struct, frozen=True):
    """What is around a node: conditions, and whether it surely runs."""

    guards: tuple[Guard, ...] = ()
    is_certain: bool = True
    is_printed: bool = False
    is_top_level: bool = True
    block: str | None = None

    def guarded(self, test: Any, kind: str, names: set[str]) -> Around:
        """Under one more condition."""
        guard = Guard(test, kind, frozenset(names))
        return Around((*self.guards, guard), self.is_certain, self.is_printed, False, self.block)

    def inner(self, *, is_certain: bool | None = None) -> Around:
        """In a part with names of its own."""
        certain = self.is_certain if is_certain is None else is_certain
        return Around(self.guards, certain, self.is_printed, False, self.block)

    def printed(self) -> Around:
        """In an output."""
        return Around(self.guards, self.is_certain, True, self.is_top_level, self.block)


class ExpressionReader:
    """Collects the uses of names; `names` are those that are not the context's."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        #: Local names of imported templates and macros: (template, macro), the macro empty for a template.
        self.imported: dict[str, tuple[str, str]] = {}

    def expression(self, node: Any, need: str, names: set[str], around: Around) -> None:
        """Reads an expression whose value is needed in some way."""
        read = getattr(self, f"_value_{node.__class__.__name__.lower()}", None)
        if read is not None:
            read(node, need, names, around)
            return
        for child in node.iter_child_nodes():
            self.expression(child, BLANK, names, around)

    def _value_name(self, node: Any, need: str, names: set[str], around: Around) -> None:
        if node.ctx == "load" and node.name not in names and node.name not in ("self", "super", "loop"):
            use = NameUse(node.name, node.lineno, need, around.guards, around.is_certain, around.is_printed)
            self.parts.append(use)

    def _value_getattr(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        self.expression(node.node, FAILS, names, around)

    def _value_getitem(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        self.expression(node.node, FAILS, names, around)
        self.expression(node.arg, BLANK, names, around)

    def _value_call(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        called = node.node
        if called.__class__.__name__ == "Name" and called.name == "super" and around.block is not None:
            self.parts.append(BlockPosition(around.block, around.guards, frozenset(names), is_super=True))
        self.expression(called, FAILS, names, around)
        macro = self._macro(called, names)
        for number, argument in enumerate(node.args):
            self._argument(argument, macro, number, names, around)
        for keyword in node.kwargs:
            self._argument(keyword.value, macro, keyword.key, names, around)
        for spread in (node.dyn_args, node.dyn_kwargs):
            if spread is not None:
                self.expression(spread, FAILS, names, around)

    def _argument(
        self, node: Any, macro: tuple[str, str] | None, parameter: int | str, names: set[str], around: Around
    ) -> None:
        """An argument; whether what is called needs it, is looked at when the templates are joined."""
        if macro is None or node.__class__.__name__ != "Name" or node.name in names:
            self.expression(node, BLANK, names, around)
            return
        handed = MacroParameter(*macro, parameter)
        use = NameUse(node.name, node.lineno, BLANK, around.guards, around.is_certain, around.is_printed, handed)
        self.parts.append(use)

    def _macro(self, called: Any, names: set[str]) -> tuple[str, str] | None:
        """Template and name of a called macro or function; None for what a template makes itself."""
        root = _root(called)
        template, macro = self.imported.get(root, ("", ""))
        if called.__class__.__name__ == "Getattr" and called.node.__class__.__name__ == "Name" and template:
            return None if macro else (template, str(called.attr))
        if template:
            return (template, macro) if called.__class__.__name__ == "Name" else None
        return None if not root or (root in names and called.__class__.__name__ != "Name") else ("", root)

    def _value_filter(self, node: Any, need: str, names: set[str], around: Around) -> None:
        if node.name in ("default", "d"):
            inner = OPTIONAL
        else:
            inner = FAILS if node.name in STRICT_FILTERS else (OPTIONAL if need == OPTIONAL else BLANK)
        if node.node is not None:
            self.expression(node.node, inner, names, around)
        self._arguments(node, names, around)

    def _value_test(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        self.expression(node.node, OPTIONAL, names, around)
        self._arguments(node, names, around)

    def _arguments(self, node: Any, names: set[str], around: Around) -> None:
        for argument in (*node.args, *node.kwargs, node.dyn_args, node.dyn_kwargs):
            if argument is not None:
                self.expression(argument, BLANK, names, around)

    def _value_compare(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        inner = OPTIONAL if all(operand.op in LENIENT_COMPARISONS for operand in node.ops) else FAILS
        self.expression(node.expr, inner, names, around)
        for operand in node.ops:
            self.expression(operand.expr, inner, names, around)

    def _value_and(self, node: Any, need: str, names: set[str], around: Around) -> None:
        self.expression(node.left, OPTIONAL, names, around)
        self.expression(node.right, need, names, around.guarded(node.left, "if", names))

    def _value_or(self, node: Any, need: str, names: set[str], around: Around) -> None:
        self.expression(node.left, OPTIONAL, names, around)
        self.expression(node.right, need, names, around.guarded(node.left, "unless", names))

    def _value_not(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        self.expression(node.node, OPTIONAL, names, around)

    def _value_condexpr(self, node: Any, need: str, names: set[str], around: Around) -> None:
        self.expression(node.test, OPTIONAL, names, around)
        self.expression(node.expr1, need, names, around.guarded(node.test, "if", names))
        if node.expr2 is not None:
            self.expression(node.expr2, need, names, around.guarded(node.test, "unless", names))

    def _value_mod(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        self.expression(node.left, FAILS, names, around)
        self.expression(node.right, BLANK, names, around)

    def _value_add(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        self.expression(node.left, FAILS, names, around)
        self.expression(node.right, FAILS, names, around)

    _value_sub = _value_mul = _value_div = _value_floordiv = _value_pow = _value_add

    def _value_neg(self, node: Any, _need: str, names: set[str], around: Around) -> None:
        self.expression(node.node, FAILS, names, around)

    _value_pos = _value_neg


def _root(node: Any) -> str:
    """The name at the beginning of a chain of attributes, items and calls; empty if there is none."""
    while node.__class__.__name__ in ("Getattr", "Getitem", "Call", "Filter"):
        node = node.node
    return str(node.name) if node.__class__.__name__ == "Name" else ""
