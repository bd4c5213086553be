"""Where the arguments of registering calls stand, so that findings point at what is to be changed."""

from __future__ import annotations

from reviewer.modules import tree
from reviewer.project.evaluation.values import Event, place_of
from reviewer.rule import Place


def argument_place(event: Event, position: int, name: str) -> Place:
    """Where an argument of a registering call stands, the call itself where it is not written there."""
    node = event.node
    if isinstance(node, tree.Call):
        for keyword in node.keywords:
            if keyword.name == name:
                return place_of(event.module, keyword.value)
        if position < len(node.arguments):
            return place_of(event.module, node.arguments[position])
    return event.place
