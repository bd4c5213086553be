"""Finds addresses of web sockets that tests write down, to hand them to a client of their own."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import place_of
from reviewer.project.routes.path_text import path_text
from reviewer.rule import Place

SCHEMES = ("ws://", "wss://")


def socket_addresses(module: Module, evaluator: Evaluator) -> Iterator[tuple[str, Place]]:
    """The addresses `ws://…` of a module, with `{?}` for what is not known of them."""
    if not module.contains(*SCHEMES):
        return
    scope = evaluator.scope_of(module)
    for node in (one for statement in module.tree.body for one in tree.walk(statement)):
        match node:
            case tree.Text(value=text) if text.startswith(SCHEMES):
                yield text, place_of(module, node)
            case tree.FormattedText(parts=(tree.Text(value=start), *_) as parts) if start.startswith(SCHEMES):
                texts = (
                    one.value if isinstance(one, tree.Text) else path_text(evaluator.evaluate(one.value, scope))[0]
                    for one in parts
                )
                yield "".join(texts), place_of(module, node)
            case _:
                pass
