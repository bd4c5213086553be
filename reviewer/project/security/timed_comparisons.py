"""Finds secrets that are compared with `==`, which takes longer the more of a guess is right.

One side is a stored secret (a setting, a constant, an environment variable) or a computed digest, the other what a
caller sent. Comparisons of two things that a caller sent, and with texts and None, are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, dotted_name, last_name, source_text
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.rule import Place

SECRET = re.compile(r"secret|token|api_?key|password|passwd|signature|(?:^|_)hmac|webhook_key|auth_key", re.IGNORECASE)
#: Names with such a word that hold no secret.
PLAIN = re.compile(
    r"type|name|url|expire|algorithm|header|length|count|_id$|limit|scheme|prefix|version|placeholder|default|example",
    re.IGNORECASE,
)
STORES = re.compile(r"^(?:\w*settings|\w*config|conf|env|environ|app)$", re.IGNORECASE)
DIGESTS = frozenset({"hexdigest", "digest", "b64encode", "urlsafe_b64encode"})
READING = frozenset({"getenv", "get"})


class TimedComparison(msgspec.Struct, frozen=True, eq=False):
    """A comparison of a secret with what a caller sent."""

    secret: str  # as written
    function: FunctionValue
    place: Place


def functions_that_compare(
    modules: Iterable[Module], calls: Calls, handlers: Iterable[FunctionValue]
) -> Iterator[FunctionValue]:
    """Endpoints and dependencies, and the functions of modules that make digests; tests left out."""
    seen: set[int] = set()
    makers = (
        calls.function_of(module, declaration)
        for module in modules
        if not module.is_test and module.mentions("hmac")
        for declaration in module.index.declarations
        if declaration.kind == "function"
    )
    for function in (*handlers, *makers):
        if id(function) not in seen and not function.module.is_test:
            seen.add(id(function))
            yield function


def timed_comparisons(
    functions: Iterable[FunctionValue],
) -> Iterator[TimedComparison]:
    """The comparisons in some functions."""
    for function in functions:
        if not isinstance(function.node, tree.Function):
            continue
        digests = _digest_names(function)
        written = _written_names(function)
        for node in function.nodes_of(tree.Comparison):
            if node.operators not in (("==",), ("!=",)):
                continue
            left, right = node.left, node.comparators[0]
            for stored, given in ((left, right), (right, left)):
                is_written = isinstance(given, tree.Name) and given.id in written
                if not is_written and _is_stored(stored, digests) and _is_given(given, digests):
                    yield TimedComparison(source_text(stored), function, place_of(function.module, node))
                    break


def _digest_names(function: FunctionValue) -> frozenset[str]:
    """The local names of digests that are made with a key."""
    if not function.module.mentions("hmac"):
        return frozenset()
    return frozenset(
        target.id
        for node in function.nodes_of(tree.Assign)
        for target in node.targets
        if isinstance(target, tree.Name) and _is_digest(node.value)
    )


def _written_names(function: FunctionValue) -> frozenset[str]:
    """The local names of texts that the function itself writes: a mark to compare with, and nothing that was sent."""
    values: dict[str, list[tree.Expression]] = {}
    for node in function.nodes_of(tree.Assign):
        for target in node.targets:
            if isinstance(target, tree.Name):
                values.setdefault(target.id, []).append(node.value)
    texts = (tree.Text, tree.FormattedText)
    return frozenset(name for name, bound in values.items() if all(isinstance(one, texts) for one in bound))


def _is_digest(node: tree.Expression) -> bool:
    calls = [one for one in tree.walk(node) if isinstance(one, tree.Call)]
    return any(called_name(one) in DIGESTS for one in calls) and any(
        (dotted_name(one.function) or "").startswith("hmac.") for one in calls
    )


def _is_stored(node: tree.Expression, digests: frozenset[str]) -> bool:
    match node:
        case tree.Name(id=name):
            return name in digests or (name.isupper() and _names_secret(name))
        case tree.Attribute(value=value, name=name):
            return _names_secret(name) and STORES.search(last_name(value)) is not None
        case tree.Subscript(value=value, index=tree.Text(value=key)):
            return _names_secret(key) and STORES.search(last_name(value)) is not None
        case tree.Call(function=called, arguments=(tree.Text(value=key), *_)) if called_name(node) in READING:
            base = called.value if isinstance(called, tree.Attribute) else called
            return _names_secret(key) and (STORES.search(last_name(base)) is not None or last_name(base) == "os")
        case tree.Call():
            return _is_digest(node)
        case _:
            return False


def _is_given(node: tree.Expression, digests: frozenset[str]) -> bool:
    """Whether an expression is what a caller sent: a name or a part of something, and no stored secret itself."""
    if isinstance(node, tree.Call):
        return called_name(node) in ("get", "removeprefix", "strip", "replace") and not _is_stored(node, digests)
    if isinstance(node, tree.Attribute) and last_name(node.value)[:1].isupper():
        return False  # the column of a query: `Device.hash == digest`
    if isinstance(node, (tree.Name, tree.Attribute, tree.Subscript)):
        return not _is_stored(node, digests) and not last_name(node).isupper()
    return False


def _names_secret(name: str) -> bool:
    return SECRET.search(name) is not None and PLAIN.search(name) is None
