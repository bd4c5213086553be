"""Makes the expressions of the typed tree from libcst nodes, in the shape and with the positions that `ast` gives.

One function a node class; each takes the node and the positions of its module. Must not know of statements.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Union

import libcst as cst

from reviewer.modules import tree
from reviewer.modules.libcst_literals import formatted_value, number, string_value
from reviewer.modules.libcst_positions import Positions
from reviewer.modules.normal_form import merged_parts

CONSTANTS = frozenset({"None", "True", "False"})


def identifier(node: cst.Name) -> str:
    """The name as Python compares names: in normal form KC."""
    return node.value if node.value.isascii() else unicodedata.normalize("NFKC", node.value)


def expression(node: cst.CSTNode, at: Positions) -> Any:
    """The expression, of any class, that a libcst node stands for."""
    return MAKERS[node.__class__](node, at)


def optional(node: cst.CSTNode | None, at: Positions) -> Any:
    """The same, or None for nothing."""
    return None if node is None else MAKERS[node.__class__](node, at)


def elements(nodes: Sequence[cst.BaseElement], at: Positions) -> tuple[Any, ...]:
    """The items of a display or of a list of targets."""
    return tuple([expression(node if isinstance(node, cst.StarredElement) else node.value, at) for node in nodes])


def between(first: tree.Node, last: tree.Node) -> tuple[int, int, int, int]:
    """The position from the start of one node to the end of another."""
    return first.line, first.column, last.end_line, last.end_column


def _name(n: cst.Name, at: Positions) -> Union[tree.Name, tree.Constant]:
    if n.value in CONSTANTS:
        return tree.Constant(*at.inside(n), n.value)
    return tree.Name(*at.inside(n), identifier(n))


def _ellipsis(n: cst.Ellipsis, at: Positions) -> tree.Constant:
    return tree.Constant(*at.inside(n), "...")


def _number(n: cst.BaseNumber, at: Positions) -> tree.Number:
    return tree.Number(*at.inside(n), number(n.value))  # type: ignore[attr-defined]


def _attribute(n: cst.Attribute, at: Positions) -> tree.Attribute:
    return tree.Attribute(*at.inside(n), expression(n.value, at), identifier(n.attr))


def _call(n: cst.Call, at: Positions) -> tree.Call:
    return tree.Call(*at.inside(n), expression(n.func, at), *arguments(n.args, at))


def arguments(nodes: Sequence[cst.Arg], at: Positions) -> tuple[tuple[tree.Expression, ...], tuple[tree.Keyword, ...]]:
    """The positional arguments and the keywords of a call or class header, each in source order."""
    positional: list[tree.Expression] = []
    keywords: list[tree.Keyword] = []
    for node in nodes:
        value = expression(node.value, at)
        if node.keyword is None and node.star == "":
            positional.append(value)
            continue
        place = at.place(at.first(node), at.last(node.value))
        if node.star == "*":
            positional.append(tree.Starred(*place, value))
        else:
            keywords.append(tree.Keyword(*place, identifier(node.keyword) if node.keyword else None, value))
    return tuple(positional), tuple(keywords)


def _starred(n: cst.StarredElement, at: Positions) -> tree.Starred:
    place = at.place(at.first(n) + len(n.lpar), at.last(n.value))
    return tree.Starred(*place, expression(n.value, at))


def _tuple(n: cst.Tuple, at: Positions) -> tree.Tuple:
    return tree.Tuple(*at.innermost(n), elements(n.elements, at))


def _list(n: cst.List, at: Positions) -> tree.List:
    return tree.List(*at.inside(n), elements(n.elements, at))


def _set(n: cst.Set, at: Positions) -> tree.Set:
    return tree.Set(*at.inside(n), elements(n.elements, at))


def _dictionary(n: cst.Dict, at: Positions) -> tree.Dictionary:
    keys = tuple([expression(entry.key, at) if isinstance(entry, cst.DictElement) else None for entry in n.elements])
    return tree.Dictionary(*at.inside(n), keys, tuple([expression(entry.value, at) for entry in n.elements]))


def _subscript(n: cst.Subscript, at: Positions) -> tree.Subscript:
    first, last = n.slice[0], n.slice[-1]
    is_starred = isinstance(first.slice, cst.Index) and first.slice.star == "*"
    index = _subscript_element(first, at)
    if is_starred or isinstance(first.comma, cst.Comma):
        items = (index, *[_subscript_element(element, at) for element in n.slice[1:]])
        index = tree.Tuple(*at.place(at.first(first), at.last(last)), items)
    return tree.Subscript(*at.inside(n), expression(n.value, at), index)


def _subscript_element(n: cst.SubscriptElement, at: Positions) -> Any:
    part: Any = n.slice
    if isinstance(part, cst.Slice):
        bounds = optional(part.lower, at), optional(part.upper, at), optional(part.step, at)
        return tree.Slice(*at.whole(part), *bounds)
    value = expression(part.value, at)
    return tree.Starred(*at.whole(part), value) if part.star == "*" else value


def _boolean_operation(n: cst.BooleanOperation, at: Positions) -> tree.BooleanOperation:
    operator = n.operator.__class__
    operands = [n.right]
    left = n.left
    while isinstance(left, cst.BooleanOperation) and left.operator.__class__ is operator and not left.lpar:
        operands.append(left.right)
        left = left.left
    operands.append(left)
    values = tuple([expression(operand, at) for operand in reversed(operands)])
    return tree.BooleanOperation(*at.inside(n), at.words(n.operator), values)


def _binary_operation(n: cst.BinaryOperation, at: Positions) -> tree.BinaryOperation:
    left, right = expression(n.left, at), expression(n.right, at)
    return tree.BinaryOperation(*at.inside(n), left, at.words(n.operator), right)


def _unary_operation(n: cst.UnaryOperation, at: Positions) -> tree.UnaryOperation:
    return tree.UnaryOperation(*at.inside(n), at.words(n.operator), expression(n.expression, at))


def _comparison(n: cst.Comparison, at: Positions) -> tree.Comparison:
    operators = tuple([at.words(target.operator) for target in n.comparisons])
    comparators = tuple([expression(target.comparator, at) for target in n.comparisons])
    return tree.Comparison(*at.inside(n), expression(n.left, at), operators, comparators)


def _conditional(n: cst.IfExp, at: Positions) -> tree.Conditional:
    parts = expression(n.test, at), expression(n.body, at), expression(n.orelse, at)
    return tree.Conditional(*at.inside(n), *parts)


def _lambda(n: cst.Lambda, at: Positions) -> tree.Lambda:
    return tree.Lambda(*at.inside(n), parameters(n.params, at), expression(n.body, at))


def parameters(n: cst.Parameters, at: Positions) -> tuple[tree.Parameter, ...]:
    """The parameters of a function or lambda, in source order."""
    found = [_parameter(node, "positional-only", at) for node in n.posonly_params]
    found += [_parameter(node, "positional-or-keyword", at) for node in n.params]
    if isinstance(n.star_arg, cst.Param):
        found.append(_parameter(n.star_arg, "variadic", at))
    found += [_parameter(node, "keyword-only", at) for node in n.kwonly_params]
    if n.star_kwarg is not None:
        found.append(_parameter(n.star_kwarg, "variadic-keyword", at))
    return tuple(found)


def _parameter(n: cst.Param, kind: str, at: Positions) -> tree.Parameter:
    annotation = n.annotation.annotation if n.annotation else None
    place = at.place(at.first(n.name), at.last(annotation or n.name))
    return tree.Parameter(*place, identifier(n.name), kind, optional(annotation, at), optional(n.default, at))


def _named_expression(n: cst.NamedExpr, at: Positions) -> tree.NamedExpression:
    return tree.NamedExpression(*at.inside(n), expression(n.target, at), expression(n.value, at))


def _await(n: cst.Await, at: Positions) -> tree.Await:
    return tree.Await(*at.inside(n), expression(n.expression, at))


def _yield(n: cst.Yield, at: Positions) -> Union[tree.Yield, tree.YieldFrom]:
    if isinstance(n.value, cst.From):
        return tree.YieldFrom(*at.inside(n), expression(n.value.item, at))
    return tree.Yield(*at.inside(n), optional(n.value, at))


# Comprehensions


def _list_comprehension(n: cst.ListComp, at: Positions) -> tree.Comprehension:
    return tree.Comprehension(*at.inside(n), "list", expression(n.elt, at), None, _loops(n.for_in, at))


def _set_comprehension(n: cst.SetComp, at: Positions) -> tree.Comprehension:
    return tree.Comprehension(*at.inside(n), "set", expression(n.elt, at), None, _loops(n.for_in, at))


def _generator(n: cst.GeneratorExp, at: Positions) -> tree.Comprehension:
    # The only argument of a call needs no brackets of its own: it takes those of the call.
    place = at.innermost(n) if n.lpar else at.place(at.first(n) - 1, at.last(n) + 1)
    return tree.Comprehension(*place, "generator", expression(n.elt, at), None, _loops(n.for_in, at))


def _dictionary_comprehension(n: cst.DictComp, at: Positions) -> tree.Comprehension:
    key, value = expression(n.key, at), expression(n.value, at)
    return tree.Comprehension(*at.inside(n), "dictionary", key, value, _loops(n.for_in, at))


def _merging_comprehension(n: Any, at: Positions) -> tree.Comprehension:
    return tree.Comprehension(*at.inside(n), "dictionary", expression(n.value, at), None, _loops(n.for_in, at))


def _loops(first: cst.CompFor, at: Positions) -> tuple[tree.ComprehensionLoop, ...]:
    loops = []
    node: cst.CompFor | None = first
    while node is not None:
        target, iterable = expression(node.target, at), expression(node.iter, at)
        conditions = tuple([expression(condition.test, at) for condition in node.ifs])
        place = between(target, conditions[-1] if conditions else iterable)
        loops.append(tree.ComprehensionLoop(*place, target, iterable, conditions, node.asynchronous is not None))
        node = node.inner_for_in
    return tuple(loops)


# Strings


def _string(n: cst.SimpleString, at: Positions) -> Union[tree.Text, tree.Bytes]:
    return _text_or_bytes(at.inside(n), string_value(n.value))


def _text_or_bytes(place: tuple[int, int, int, int], value: Union[str, bytes]) -> Union[tree.Text, tree.Bytes]:
    return tree.Text(*place, value) if isinstance(value, str) else tree.Bytes(*place, value)


def _formatted_string(n: Any, at: Positions) -> tree.FormattedText:
    return _formatted_text(n, [n], at)


def _concatenated_string(n: cst.ConcatenatedString, at: Positions) -> Union[tree.Text, tree.Bytes, tree.FormattedText]:
    strings: list[Any] = []
    rest: Any = n
    while isinstance(rest, cst.ConcatenatedString):
        strings.append(rest.left)
        rest = rest.right
    strings.append(rest)
    if not all(isinstance(string, cst.SimpleString) for string in strings):
        return _formatted_text(n, strings, at)
    values = [string_value(string.value) for string in strings]
    place = at.inside(n)
    if all(isinstance(value, str) for value in values):
        return tree.Text(*place, "".join(values))  # type: ignore[arg-type]
    if all(isinstance(value, bytes) for value in values):
        return tree.Bytes(*place, b"".join(values))  # type: ignore[arg-type]
    raise SyntaxError("cannot mix bytes and nonbytes literals")


def _formatted_text(n: Any, strings: Sequence[Any], at: Positions) -> tree.FormattedText:
    place = at.inside(n)
    outer = at.enter_formatted(place)
    parts: list[Union[tree.Text, tree.Replacement]] = []
    is_template = False
    for string in strings:
        if isinstance(string, cst.SimpleString):
            text = _string(string, at)
            if isinstance(text, tree.Bytes):
                raise SyntaxError("cannot mix bytes and nonbytes literals")
            parts.append(text)
        else:
            prefix = string.prefix.lower()
            is_template = is_template or "t" in prefix
            parts.extend(_parts(string.parts, "r" in prefix, at))
    at.leave_formatted(outer)
    return tree.FormattedText(*(outer or place), merged_parts(parts), is_template)


def _parts(nodes: Sequence[Any], is_raw: bool, at: Positions) -> Iterator[Union[tree.Text, tree.Replacement]]:
    for node in nodes:
        place = at.whole(node)
        if node.__class__ in TEXT_PARTS:
            yield tree.Text(*place, formatted_value(node.value, is_raw))
            continue
        conversion = node.conversion or ""
        if node.equal is not None:
            # `{value=}` is the text of the expression, and its `repr` unless something else is asked for.
            yield tree.Text(*place, at.text_until(node, node.equal)[1:])
            if not conversion and node.format_spec is None:
                conversion = "r"
        format_parts = merged_parts(_parts(node.format_spec or (), is_raw, at))
        yield tree.Replacement(*place, expression(node.expression, at), conversion, format_parts)


MAKERS: dict[type[cst.CSTNode], Callable[[Any, Positions], Any]] = {
    cst.Name: _name,
    cst.Ellipsis: _ellipsis,
    cst.Integer: _number,
    cst.Float: _number,
    cst.Imaginary: _number,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.StarredElement: _starred,
    cst.Tuple: _tuple,
    cst.List: _list,
    cst.Set: _set,
    cst.Dict: _dictionary,
    cst.Subscript: _subscript,
    cst.BooleanOperation: _boolean_operation,
    cst.BinaryOperation: _binary_operation,
    cst.UnaryOperation: _unary_operation,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.Lambda: _lambda,
    cst.NamedExpr: _named_expression,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.ListComp: _list_comprehension,
    cst.SetComp: _set_comprehension,
    cst.GeneratorExp: _generator,
    cst.DictComp: _dictionary_comprehension,
    cst.SimpleString: _string,
    cst.FormattedString: _formatted_string,
    cst.ConcatenatedString: _concatenated_string,
}

#: The classes that hold the text of a formatted string.
TEXT_PARTS: set[Any] = {cst.FormattedStringText}

#: Node classes that only newer versions of libcst have, by name.
_NEWER_MAKERS: dict[str, Callable[[Any, Positions], Any]] = {
    "TemplatedString": _formatted_string,
    "StarredDictComp": _merging_comprehension,
}
MAKERS.update({getattr(cst, name): make for name, make in _NEWER_MAKERS.items() if hasattr(cst, name)})
if hasattr(cst, "TemplatedStringText"):
    TEXT_PARTS.add(cst.TemplatedStringText)
