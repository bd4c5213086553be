"""Nodes as source text: how messages and reports show an expression. Not the original spelling, but a readable one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reviewer.modules import tree

#: Longest text that is given; more is cut with an ellipsis.
LENGTH_LIMIT = 2_000

_PRECEDENCE = {
    "or": 1, "and": 2, "not": 3, "|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9,
    "*": 10, "@": 10, "/": 10, "//": 10, "%": 10, "**": 12,
}  # fmt: skip


def source_text(node: tree.Node | None) -> str:
    """An expression on one line, as `ast.unparse` would nearly write it; empty for None."""
    if node is None:
        return ""
    text = _TEXTS.get(node.__class__, _other)(node)
    return text if len(text) <= LENGTH_LIMIT else text[: LENGTH_LIMIT - 1] + "…"


def dotted_name(node: tree.Node) -> str | None:
    """`a.b.c` for a chain of names and attributes, None for anything else."""
    parts: list[str] = []
    while isinstance(node, tree.Attribute):
        parts.append(node.name)
        node = node.value
    if not isinstance(node, tree.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def last_name(node: tree.Node) -> str:
    """The last name of a chain of names and attributes: `get` for `router.get`; empty for anything else."""
    return node.name if isinstance(node, tree.Attribute) else getattr(node, "id", "")


def called_name(call: tree.Call) -> str:
    """The last name of what a call calls: `execute` for `db.session.execute(…)`; empty where it has none."""
    return last_name(call.function)


def _other(node: tree.Node) -> str:
    return f"<{node.__class__.__name__.lower()}>"


def _joined(nodes: tuple[tree.Node, ...]) -> str:
    return ", ".join(source_text(node) for node in nodes)


def _operand(node: tree.Node, precedence: int) -> str:
    text = source_text(node)
    inner = 20
    if isinstance(node, (tree.BinaryOperation, tree.BooleanOperation)):
        inner = _PRECEDENCE[node.operator]
    elif isinstance(node, tree.Comparison):
        inner = 4
    elif isinstance(node, tree.UnaryOperation):
        inner = 3 if node.operator == "not" else 11
    elif isinstance(node, (tree.Conditional, tree.Lambda, tree.NamedExpression, tree.Yield, tree.YieldFrom)):
        inner = 0
    return f"({text})" if inner < precedence else text


def _formatted(node: tree.FormattedText) -> str:
    text = "".join(
        part.value.replace("{", "{{").replace("}", "}}") if isinstance(part, tree.Text) else source_text(part)
        for part in node.parts
    )
    return ("t" if node.is_template else "f") + repr(text)


def _replacement(node: tree.Replacement) -> str:
    conversion = f"!{node.conversion}" if node.conversion else ""
    form = "".join(part.value if isinstance(part, tree.Text) else source_text(part) for part in node.format)
    return "{" + source_text(node.value) + conversion + (":" + form if form else "") + "}"


def _dictionary(node: tree.Dictionary) -> str:
    entries = [
        f"**{source_text(value)}" if key is None else f"{source_text(key)}: {source_text(value)}"
        for key, value in zip(node.keys, node.values, strict=False)
    ]
    return "{" + ", ".join(entries) + "}"


def _call(node: tree.Call) -> str:
    return f"{_operand(node.function, 15)}({_joined((*node.arguments, *node.keywords))})"


def _subscript(node: tree.Subscript) -> str:
    index = _joined(node.index.items) if isinstance(node.index, tree.Tuple) else source_text(node.index)
    return f"{_operand(node.value, 15)}[{index}]"


def _slice(node: tree.Slice) -> str:
    step = f":{source_text(node.step)}" if node.step else ""
    return f"{source_text(node.lower)}:{source_text(node.upper)}{step}"


def _tuple(node: tree.Tuple) -> str:
    return f"({source_text(node.items[0])},)" if len(node.items) == 1 else f"({_joined(node.items)})"


def _comparison(node: tree.Comparison) -> str:
    parts = [_operand(node.left, 5)]
    for operator, comparator in zip(node.operators, node.comparators, strict=False):
        parts += [operator, _operand(comparator, 5)]
    return " ".join(parts)


def _binary(node: tree.BinaryOperation) -> str:
    precedence = _PRECEDENCE[node.operator]
    return f"{_operand(node.left, precedence)} {node.operator} {_operand(node.right, precedence + 1)}"


def _boolean(node: tree.BooleanOperation) -> str:
    return f" {node.operator} ".join(_operand(value, _PRECEDENCE[node.operator] + 1) for value in node.values)


def _unary(node: tree.UnaryOperation) -> str:
    return f"not {_operand(node.operand, 3)}" if node.operator == "not" else node.operator + _operand(node.operand, 11)


def _comprehension(node: tree.Comprehension) -> str:
    element = source_text(node.element)
    if node.kind == "dictionary":
        element += f": {source_text(node.value)}"
    loops = "".join(
        f" for {source_text(loop.target)} in {source_text(loop.iterable)}"
        + "".join(f" if {source_text(condition)}" for condition in loop.conditions)
        for loop in node.loops
    )
    opening, closing = {"list": ("[", "]"), "generator": ("(", ")")}.get(node.kind, ("{", "}"))
    return f"{opening}{element}{loops}{closing}"


_TEXTS: dict[type[tree.Node], Callable[[Any], str]] = {
    tree.Name: lambda node: node.id,
    tree.Attribute: lambda node: f"{_operand(node.value, 15)}.{node.name}",
    tree.Call: _call,
    tree.Keyword: lambda node: (
        f"{node.name}={source_text(node.value)}" if node.name else f"**{source_text(node.value)}"
    ),
    tree.Text: lambda node: repr(node.value),
    tree.FormattedText: _formatted,
    tree.Replacement: _replacement,
    tree.Number: lambda node: str(node.value),
    tree.Bytes: lambda node: repr(node.value),
    tree.Constant: lambda node: node.value,
    tree.Starred: lambda node: f"*{source_text(node.value)}",
    tree.Tuple: _tuple,
    tree.List: lambda node: f"[{_joined(node.items)}]",
    tree.Set: lambda node: f"{{{_joined(node.items)}}}",
    tree.Dictionary: _dictionary,
    tree.Subscript: _subscript,
    tree.Slice: _slice,
    tree.BooleanOperation: _boolean,
    tree.BinaryOperation: _binary,
    tree.UnaryOperation: _unary,
    tree.Comparison: _comparison,
    tree.Conditional: lambda node: (
        f"{_operand(node.then, 1)} if {_operand(node.test, 1)} else {_operand(node.otherwise, 0)}"
    ),
    tree.Lambda: lambda node: f"lambda {', '.join(one.name for one in node.parameters)}: {source_text(node.body)}",
    tree.NamedExpression: lambda node: f"{source_text(node.target)} := {source_text(node.value)}",
    tree.Await: lambda node: f"await {_operand(node.value, 13)}",
    tree.Yield: lambda node: f"yield {source_text(node.value)}".rstrip(),
    tree.YieldFrom: lambda node: f"yield from {source_text(node.value)}",
    tree.Comprehension: _comprehension,
}
