"""What calls give as text: methods, library calls, functions of the project.

Takes a call and its context, gives the alternatives of its text; a function of the project is read with its arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.project.data.text_methods import (
    ESCAPING_WORDS,
    HARMLESS_CALLS,
    HARMLESS_METHODS,
    KEEPING_CALLS,
    SQL_COMPOSITION,
)
from reviewer.project.data.text_operators import read_method
from reviewer.project.data.text_pieces import CALL_LIMIT, HARMLESS, REQUEST, UNKNOWN, Context, Text
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Value
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import targets
from reviewer.project.model import CallSite

if TYPE_CHECKING:
    from reviewer.project.data.text_flow import TextFlow


def read_call(flow: TextFlow, node: tree.Call, context: Context) -> list[Text]:
    """What a call gives."""
    called = node.function
    name = called.name if isinstance(called, tree.Attribute) else called.id if isinstance(called, tree.Name) else ""
    if flow.is_checked(node, context) or any(word in name.lower() for word in ESCAPING_WORDS):
        return [(HARMLESS,)]
    if isinstance(called, tree.Attribute):
        built = read_method(flow, node, called, context)
        if built is not None:
            return built
    if isinstance(called, tree.Attribute) and called.name in HARMLESS_METHODS:
        return [(HARMLESS,)]
    callee = flow.value(called, context)
    if isinstance(callee, External):
        return read_library_call(flow, node, callee.name, context)
    value = flow.value(node, context)
    if flow.requests.is_from_request(value):
        is_converted = any(
            one.name == "type" and getattr(one.value, "id", "") in ("int", "float", "bool") for one in node.keywords
        )
        return [(HARMLESS,)] if is_converted else [(flow.hole(REQUEST, node, context),)]
    functions = targets(callee) if not isinstance(callee, ClassValue) else ()
    if functions and context.depth < CALL_LIMIT:
        return read_project_call(flow, node, callee, functions, context)
    if isinstance(called, tree.Attribute):
        return flow.leaf(node, called.value, context)
    return [(flow.hole(UNKNOWN, node, context),)]


def read_library_call(flow: TextFlow, node: tree.Call, name: str, context: Context) -> list[Text]:
    """What a call of a library gives."""
    if flow.requests.is_from_request(External(f"{name}")) or flow.requests.is_from_request(External(f"{name}.")):
        is_converted = any(one.name == "type" for one in node.keywords)
        return [(HARMLESS,)] if is_converted else [(flow.hole(REQUEST, node, context),)]
    first = node.arguments[0] if node.arguments else None
    if name in HARMLESS_CALLS:
        return [(HARMLESS,)]
    if name in KEEPING_CALLS and first is not None:
        return flow.texts(node.arguments[-1] if name == "builtins.map" else first, context)
    if name.startswith(SQL_COMPOSITION):
        if name.endswith((".SQL", ".Composed")) and first is not None:
            return flow.texts(first, context)
        return [(HARMLESS,)]
    if name.startswith(("sqlalchemy.", "sqlmodel.", "flask_sqlalchemy.", "datetime.", "time.", "math.", "uuid.")):
        return [(HARMLESS,)]
    return [(flow.hole(UNKNOWN, node, context),)]


def read_project_call(
    flow: TextFlow, node: tree.Call, callee: Value, functions: tuple[FunctionValue, ...], context: Context
) -> list[Text]:
    """What helpers of the project return for these arguments."""
    found: list[Text] = []
    for function in functions:
        returns = function.node.returns if isinstance(function.node, tree.Function) else None
        if returns is not None and flow.requests.is_harmless_annotation(returns, function):
            found.append((HARMLESS,))
            continue
        site = CallSite(context.function, node, callee, "", flow.callers.place_of(context.function, node))
        arguments = bound_arguments(site, function)
        bound = None if arguments is None else {name: (one, context) for name, one in arguments.items()}
        inner = Context(function, bound if bound is not None else {}, context.chain, depth=context.depth + 1)
        found += returned(flow, function, inner, node, context)
    return found


def returned(
    flow: TextFlow, function: FunctionValue, inner: Context, node: tree.Expression, context: Context
) -> list[Text]:
    """The texts that a function returns."""
    body = function.node
    if isinstance(body, tree.Lambda):
        return flow.texts(body.body, inner)
    returned = [
        one.value for one in tree.walk_scope(body.body) if isinstance(one, tree.Return) and one.value is not None
    ]
    texts = [text for value in returned for text in flow.texts(value, inner)]
    return texts or [(flow.hole(UNKNOWN, node, context),)]
