"""Reads a YAML text as nodes with their places. Nothing is constructed, so tags make no objects and aliases no copies.

Works on the parser's events, which come one by one, with limits on size, depth and number: a hostile file is given up
and not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from reviewer.rule import Place

SIZE_LIMIT = 200_000  # characters
DEPTH_LIMIT = 40
NODE_LIMIT = 20_000
MERGE_LIMIT = 100


class YamlNode(msgspec.Struct, eq=False):
    """A scalar with its text, a sequence with its items, or a mapping with its entries."""

    kind: str  # "scalar", "sequence" or "mapping"
    place: Place
    text: str = ""
    items: list[YamlNode] = msgspec.field(default_factory=list)
    entries: list[tuple[YamlNode, YamlNode]] = msgspec.field(default_factory=list)

    def get(self, key: str) -> YamlNode | None:
        """The value of a key of a mapping, its own or one that `<<` merges in; None where there is none."""
        pending, seen = [self], {id(self)}
        while pending and len(seen) < MERGE_LIMIT:
            node = pending.pop(0)
            for name, value in node.entries:
                if name.text == key:
                    return value
            for name, value in node.entries:
                if name.text == "<<":
                    for one in (value, *value.items):
                        if id(one) not in seen:
                            seen.add(id(one))
                            pending.append(one)
        return None

    def pairs(self) -> Iterator[tuple[str, YamlNode]]:
        """The entries of a mapping with their keys as text, merged ones left out."""
        return ((name.text, value) for name, value in self.entries if name.kind == "scalar" and name.text != "<<")


def read_yaml(text: str, path: str) -> YamlNode | None:
    """The first document of a YAML text; None where it is empty, wrong or beyond the limits."""
    if len(text) > SIZE_LIMIT:
        return None
    import yaml

    try:
        return _Builder(path).build(yaml.parse(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


class _Builder:
    """Makes nodes of events, without recursion."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open: list[YamlNode] = []
        self._keys: list[YamlNode | None] = []  # of each open mapping, the key that waits for its value
        self._anchors: dict[str, YamlNode] = {}
        self._root: YamlNode | None = None

    def build(self, events: Iterator[Any]) -> YamlNode | None:
        """The node of the first document."""
        from yaml import events as kinds

        for number, event in enumerate(events):
            if number > NODE_LIMIT or len(self._open) > DEPTH_LIMIT:
                return None
            if isinstance(event, kinds.ScalarEvent):
                self._place(YamlNode("scalar", self._at(event), event.value), event.anchor)
            elif isinstance(event, kinds.AliasEvent):
                self._place(self._anchors.get(event.anchor or "") or YamlNode("scalar", self._at(event)), None)
            elif isinstance(event, (kinds.MappingStartEvent, kinds.SequenceStartEvent)):
                kind = "mapping" if isinstance(event, kinds.MappingStartEvent) else "sequence"
                node = YamlNode(kind, self._at(event))
                self._place(node, event.anchor)
                self._open.append(node)
                self._keys.append(None)
            elif isinstance(event, (kinds.MappingEndEvent, kinds.SequenceEndEvent)):
                self._open.pop()
                self._keys.pop()
            elif isinstance(event, kinds.DocumentEndEvent):
                break
        return self._root

    def _at(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        return Place(self._path, start.line + 1, start.column, end.line + 1, end.column)

    def _place(self, node: YamlNode, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self._root = self._root or node
        elif self._open[-1].kind == "sequence":
            self._open[-1].items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = node
        else:
            self._open[-1].entries.append((key, node))
            self._keys[-1] = None
