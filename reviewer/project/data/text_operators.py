"""How literals, operators, displays and methods of texts put a text together.

Takes an expression and its context, gives the alternatives of its text; `TextFlow` reads what stands inside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.modules import tree
from reviewer.project.data import text_mappings
from reviewer.project.data.text_methods import KEEPING_METHODS
from reviewer.project.data.text_pieces import HARMLESS, Context, Piece, Text, joined
from reviewer.project.functions.local_flow import passed

if TYPE_CHECKING:
    from reviewer.project.data.text_flow import TextFlow

#: A place of `%` formatting.
PERCENT_PLACE = re.compile(r"%(?:\(\w{1,99}\))?[-+ #0]{0,5}\d{0,5}(?:\.\d{1,5})?[a-zA-Z]")


def read_text(_: TextFlow, node: tree.Text, context: Context) -> list[Text]:
    """The text of a literal."""
    return [(Piece(node.value, chain=context.chain, function=context.function, node=node),)]


def read_harmless(_: TextFlow, __: tree.Expression, ___: Context) -> list[Text]:
    """A value that holds no text of anybody else."""
    return [(HARMLESS,)]


def read_formatted(flow: TextFlow, node: tree.FormattedText, context: Context) -> list[Text]:
    """An f-string; parts with a number format are harmless, template strings are not text."""
    if node.is_template:
        return [(HARMLESS,)]
    parts: list[list[Text]] = []
    for part in node.parts:
        if isinstance(part, tree.Text):
            parts.append([(Piece(part.value, chain=context.chain, function=context.function, node=node),)])
        elif part.format and isinstance(part.format[-1], tree.Text) and part.format[-1].value[-1:] in "bcdeEfFgGnxX%":
            parts.append([(HARMLESS,)])
        else:
            parts.append(flow.texts(part.value, context))
    return joined(parts)


def read_binary(flow: TextFlow, node: tree.BinaryOperation, context: Context) -> list[Text]:
    """`+`, `%` and `*` of texts, `|` of collections."""
    if node.operator == "+":
        return joined([flow.texts(node.left, context), flow.texts(node.right, context)])
    if node.operator == "%":
        right = node.right
        values = (
            right.items
            if isinstance(right, tree.Tuple)
            else right.values
            if isinstance(right, tree.Dictionary)
            else (right,)
        )
        return filled(flow, flow.texts(node.left, context), _percent_places, values, context)
    if node.operator == "*":
        return flow.texts(node.right if isinstance(node.left, tree.Number) else node.left, context)
    if node.operator == "|":
        return [*flow.texts(node.left, context), *flow.texts(node.right, context)]
    return [(HARMLESS,)]


def filled(
    flow: TextFlow,
    templates: list[Text],
    places: Callable[[str], list[str]],
    values: tuple[tree.Expression, ...],
    context: Context,
) -> list[Text]:
    """Texts with their places filled by values: in order where the numbers agree, else all values in each place."""
    found: list[Text] = []
    for template in templates:
        filled: list[list[Text]] = []
        number = 0
        total = sum(len(places(piece.text)) - 1 for piece in template if piece.text is not None)
        for piece in template:
            if piece.text is None:
                filled.append([(piece,)])
                continue
            for index, run in enumerate(places(piece.text)):
                if index:
                    chosen = (values[number],) if total == len(values) else values
                    number += 1
                    filled.append([text for value in chosen for text in flow.texts(value, context)])
                filled.append([(replace(piece, text=run),)])
        if total == 0 and any(piece.text is None for piece in template):  # the template itself is not known
            filled.append([text for value in values for text in flow.texts(value, context)])
        found += joined(filled)
    return found


def read_boolean(flow: TextFlow, node: tree.BooleanOperation, context: Context) -> list[Text]:
    """Any of the operands."""
    return [text for value in node.values for text in flow.texts(value, context)]


def read_conditional(flow: TextFlow, node: tree.Conditional, context: Context) -> list[Text]:
    """Either branch; what the condition checks is checked there."""
    then = replace(context, checked=context.checked | passed(node.test, True))
    otherwise = replace(context, checked=context.checked | passed(node.test, False))
    return [*flow.texts(node.then, then), *flow.texts(node.otherwise, otherwise)]


def read_display(flow: TextFlow, node: tree.List | tree.Tuple | tree.Set, context: Context) -> list[Text]:
    """The items of a collection, one after the other."""
    return joined([flow.texts(one, context) for one in node.items]) if node.items else [()]


def read_dictionary(flow: TextFlow, node: tree.Dictionary, context: Context) -> list[Text]:
    """Any of the values."""
    return [text for one in node.values for text in flow.texts(one, context)] or [()]


def read_comprehension(flow: TextFlow, node: tree.Comprehension, context: Context) -> list[Text]:
    """The element, its variables bound to the items of the iterables."""
    loops = dict(context.loops)
    checked = set(context.checked)
    inner = context
    for loop in node.loops:
        for name in _target_names(loop.target):
            loops[name] = (loop.iterable, inner)
        key = text_mappings.first_of_items(loop.target, loop.iterable)
        if key is not None:
            loops[key.id] = (text_mappings.keys_call(loop.iterable), inner)
        for condition in loop.conditions:
            checked |= passed(condition, True)
        inner = replace(context, loops=dict(loops), checked=frozenset(checked))
    return flow.texts(node.element, inner)


def read_method(flow: TextFlow, node: tree.Call, called: tree.Attribute, context: Context) -> list[Text] | None:
    """A method that builds a text out of its object and arguments; None for any other."""
    name = called.name
    given = (*node.arguments, *(one.value for one in node.keywords))
    if name == "format" and given:
        return filled(flow, flow.texts(called.value, context), _brace_places, given, context)
    if name == "join" and len(node.arguments) == 1:
        return joined([flow.texts(called.value, context), text_mappings.iterated(flow, node.arguments[0], context)])
    if name == "replace" and len(node.arguments) >= 2:
        replaced = node.arguments[0].value if isinstance(node.arguments[0], tree.Text) else ""
        places = partial(str.split, sep=replaced) if replaced else _no_places
        return filled(flow, flow.texts(called.value, context), places, node.arguments[1:2], context)
    if name == "keys":
        return text_mappings.keys_or_texts(flow, called.value, context)
    if name in KEEPING_METHODS:
        return flow.texts(called.value, context)
    if name == "get" and node.arguments and isinstance(flow.value(called.value, context), dict):
        return flow.leaf(node, called.value, context)
    return None


def _percent_places(text: str) -> list[str]:
    return PERCENT_PLACE.split(text.replace("%%", "\x00"))


def _no_places(text: str) -> list[str]:
    return [text]


def _brace_places(text: str) -> list[str]:
    return re.split(r"\{[^{}]*\}", text)


def _target_names(target: tree.Expression) -> Iterator[str]:
    for node in tree.walk(target):
        if isinstance(node, tree.Name):
            yield node.id
