"""What the keys and single items of a dictionary give as text, apart from its other values.

Takes an expression and its context, gives the alternatives of the text, or None where the dictionary is not one that
the program writes out, key by key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.text_pieces import CALL_LIMIT, HARMLESS, Context, Text, joined
from reviewer.project.evaluation.values import External

if TYPE_CHECKING:
    from reviewer.project.data.text_flow import TextFlow

#: Dictionaries that are followed one into the other.
NESTING_LIMIT = 8
#: Methods that put entries into a dictionary; what they add is read from their arguments.
ADDING_METHODS = frozenset({"update", "setdefault"})


def iterated(flow: TextFlow, node: tree.Expression, context: Context) -> list[Text]:
    """The texts that an iteration over an expression goes through: of a dictionary, its keys."""
    return keys_or_texts(flow, _object_of(node, "keys") or node, context)


def keys_or_texts(flow: TextFlow, node: tree.Expression, context: Context) -> list[Text]:
    """The keys of a dictionary, and of everything else its texts."""
    keys = keys_of(flow, node, context)
    return flow.texts(node, context) if keys is None else keys


def keys_of(flow: TextFlow, node: tree.Expression, context: Context, nesting: int = 0) -> list[Text] | None:
    """The keys of a dictionary that the program writes out, one after the other; None for everything else."""
    if nesting > NESTING_LIMIT:
        return None
    match node:
        case tree.Dictionary(keys=keys, values=values):
            parts = [
                keys_of(flow, value, context, nesting + 1) or flow.texts(value, context)
                if key is None
                else flow.texts(key, context)
                for key, value in zip(keys, values, strict=True)
            ]
            return joined(parts)
        case tree.Comprehension(kind="dictionary"):
            return flow.texts(node, context)
        case tree.BinaryOperation(operator="|", left=left, right=right):
            return _all(flow, (left, right), context, nesting)
        case tree.Conditional(then=then, otherwise=otherwise):
            return _all(flow, (then, otherwise), context, nesting)
        case tree.Call():
            return _keys_of_call(flow, node, context, nesting)
        case tree.Name() if node.id not in context.loops:
            return _keys_of_name(flow, node, context, nesting)
        case _:
            return None


def keys_of_items(flow: TextFlow, items: tree.Expression, context: Context) -> list[Text] | None:
    """The keys that `mapping.items()` goes through; None where the mapping is not written out."""
    mapping = _object_of(items, "items")
    return None if mapping is None else keys_of(flow, mapping, context)


def item_of(flow: TextFlow, node: tree.Subscript, context: Context) -> list[Text] | None:
    """`mapping["key"]` of a dictionary that is written out and not changed; None where it is another."""
    if not isinstance(node.index, tree.Text) or not isinstance(node.value, tree.Name):
        return None
    written = node.value
    if written.id in context.loops or any(_added(flow, written, context)):
        return None
    found: list[Text] = []
    for binding in flow.flow_of(context.function).reaching(written.id, (written.line, written.column)):
        if binding.kind != "value" or not isinstance(binding.source, tree.Dictionary):
            return None
        keys = binding.source.keys
        if not all(isinstance(key, tree.Text) for key in keys):
            return None
        for key, value in zip(keys, binding.source.values, strict=True):
            if isinstance(key, tree.Text) and key.value == node.index.value:
                found += flow.texts(value, context)
    return found or None


def first_of_items(target: tree.Expression, iterable: tree.Expression) -> tree.Name | None:
    """The variable that goes through the keys in `for key, value in mapping.items()`."""
    if _object_of(iterable, "items") is not None and isinstance(target, tree.Tuple) and len(target.items) == 2:
        return target.items[0] if isinstance(target.items[0], tree.Name) else None
    return None


def keys_call(items: tree.Expression) -> tree.Expression:
    """`mapping.keys()` for `mapping.items()`."""
    assert isinstance(items, tree.Call)
    assert isinstance(items.function, tree.Attribute)
    return replace(items, function=replace(items.function, name="keys"))


def _object_of(node: tree.Expression, method: str) -> tree.Expression | None:
    """The object whose method of this name is called without arguments; None for everything else."""
    match node:
        case tree.Call(function=tree.Attribute(value=value, name=name), arguments=()) if name == method:
            return value
        case _:
            return None


def _all(flow: TextFlow, nodes: tuple[tree.Expression, ...], context: Context, nesting: int) -> list[Text] | None:
    """The keys of several dictionaries, any of which may be meant."""
    found: list[Text] = []
    for node in nodes:
        keys = keys_of(flow, node, context, nesting + 1)
        if keys is None:
            return None
        found += keys
    return found


def _keys_of_call(flow: TextFlow, node: tree.Call, context: Context, nesting: int) -> list[Text] | None:
    """`dict(name=…)`, `dict(mapping)` and `mapping.copy()`."""
    copied = _object_of(node, "copy")
    if copied is not None:
        return keys_of(flow, copied, context, nesting + 1)
    if not isinstance(node.function, tree.Name) or node.function.id != "dict":
        return None
    callee = flow.value(node.function, context)
    if not isinstance(callee, External) or callee.name != "builtins.dict":
        return None
    given = (*node.arguments, *(one.value for one in node.keywords if one.name is None))
    if not given:
        return [(HARMLESS,)]
    return _all(flow, given, context, nesting)


def _keys_of_name(flow: TextFlow, node: tree.Name, context: Context, nesting: int) -> list[Text] | None:
    """What a variable holds, and what is put into it before."""
    found: list[Text] = []
    bindings = flow.flow_of(context.function).reaching(node.id, (node.line, node.column))
    for binding in bindings:
        keys = None
        if binding.kind == "value":
            keys = keys_of(flow, binding.source, context, nesting + 1)
        elif binding.kind == "parameter" and context.arguments is not None and node.id in context.arguments:
            argument, outer = context.arguments[node.id]
            keys = keys_of(flow, argument, outer, nesting + 1) if context.depth <= CALL_LIMIT else None
        if keys is None:
            return None
        found += keys
    if not bindings:
        return None
    for added in _added(flow, node, context):
        if isinstance(added, tree.Call):
            for one in added.arguments[:1]:
                keys = None if called_name(added) == "setdefault" else keys_of(flow, one, context, nesting + 1)
                found += flow.texts(one, context) if keys is None else keys
        else:
            found += flow.texts(added, context)
    return found


def _added(flow: TextFlow, node: tree.Name, context: Context) -> Iterator[tree.Expression]:
    """The keys that are assigned (`mapping[key] = …`), and the calls that add entries, before a variable is used."""
    body = context.function.node.body
    position = (node.line, node.column)
    yield from flow.flow_of(context.function).calls_on(node.id, ADDING_METHODS, position)
    for inner in tree.walk_scope(body if isinstance(body, tuple) else (body,)):
        if isinstance(inner, tree.Assign):
            for target in inner.targets:
                if (
                    isinstance(target, tree.Subscript)
                    and isinstance(target.value, tree.Name)
                    and target.value.id == node.id
                ):
                    yield target.index
