"""One module of the reviewed program as linkers and rules hold it: its index and tree, decoded when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import msgspec

from reviewer.modules.index import Declaration, Index
from reviewer.modules.tree import CHILD_FIELDS, Class, Function, Lambda, Node, Tree

_decode_tree = msgspec.msgpack.Decoder(Tree).decode
_decode_index = msgspec.msgpack.Decoder(Index).decode
_decode_names = msgspec.msgpack.Decoder(frozenset[str]).decode

#: The fields that hold statements, of the node classes that have any.
BLOCK_FIELDS: dict[type[Node], tuple[str, ...]] = {
    node_class: tuple(name for name in fields if name in ("body", "otherwise", "final", "handlers", "cases"))
    for node_class, fields in CHILD_FIELDS.items()
    if node_class is not Lambda and not {"body", "cases"}.isdisjoint(fields)
}


class StoredModule(msgspec.Struct, frozen=True, gc=False):
    """What reading one file gives and the cache keeps; a pure function of the file's bytes."""

    tree: bytes  # MessagePack of `Tree`
    index: bytes  # MessagePack of `Index`
    names: bytes  # MessagePack of all names that occur, sorted
    has_comment_directives: bool  # the text contains `reviewer:`, so suppression comments may stand in it


class Mentions:
    """Which modules mention a name: names are searched once in all of them, when they are first asked for."""

    def __init__(self, stored: Mapping[str, StoredModule]) -> None:
        self._stored = stored
        self._found_any: dict[tuple[str, ...], frozenset[str]] = {}
        self._found_matching: dict[Callable[[str], bool], frozenset[str]] = {}

    @cached_property
    def _names(self) -> list[tuple[str, frozenset[str]]]:
        return [(path, _decode_names(module.names)) for path, module in self._stored.items()]

    @cached_property
    def _all_names(self) -> frozenset[str]:
        return frozenset().union(*(names for _, names in self._names))

    def matching(self, is_wanted: Callable[[str], bool]) -> frozenset[str]:
        """The paths of the modules in which a name occurs that is wanted; each name is judged once."""
        found = self._found_matching.get(is_wanted)
        if found is None:
            wanted = frozenset(filter(is_wanted, self._all_names))
            paths = [path for path, names in self._names if not wanted.isdisjoint(names)]
            found = self._found_matching[is_wanted] = frozenset(paths)
        return found

    def of_any(self, names: tuple[str, ...]) -> frozenset[str]:
        """The paths of the modules in which one of the names occurs as an identifier or a whole string."""
        found = self._found_any.get(names)
        if found is None:
            wanted = frozenset(names)
            paths = [path for path, contained in self._names if not wanted.isdisjoint(contained)]
            found = self._found_any[names] = frozenset(paths)
        return found


class Module:
    """A Python file of the project: path, dotted name, index and tree."""

    def __init__(
        self,
        path: str,
        name: str,
        stored: StoredModule,
        *,
        is_package: bool,
        is_test: bool,
        mentions: Mentions | None = None,
    ) -> None:
        self.path = path  # relative to the reviewed root, with `/`
        self.name = name  # dotted, as the program imports it
        self.is_package = is_package  # an `__init__.py`
        self.is_test = is_test
        self.has_comment_directives = stored.has_comment_directives
        self._stored = stored
        self._mentions = mentions or Mentions({path: stored})

    def __repr__(self) -> str:
        return f"Module({self.name!r}, {self.path!r})"

    @cached_property
    def index(self) -> Index:
        """Declarations, calls and imports."""
        return _decode_index(self._stored.index)

    @cached_property
    def tree(self) -> Tree:
        """The whole program text."""
        return _decode_tree(self._stored.tree)

    def mentions(self, *names: str) -> bool:
        """Whether one of the names occurs as an identifier, or as a whole string of up to 60 characters; cheap."""
        return self.path in self._mentions.of_any(names)

    def mentions_one_that(self, is_wanted: Callable[[str], bool]) -> bool:
        """Whether a name or short string of the module is wanted; asks the function once for each name there is."""
        return self.path in self._mentions.matching(is_wanted)

    def contains(self, *texts: str) -> bool:
        """Whether one of the texts occurs anywhere in the module, inside of a string too; searches the stored bytes."""
        return any(text.encode() in self._stored.tree for text in texts)

    @cached_property
    def _nodes(self) -> dict[tuple[int, int], Function | Class]:
        found: dict[tuple[int, int], Function | Class] = {}
        pending: list[Node] = list(self.tree.body)
        while pending:
            node = pending.pop()
            blocks = BLOCK_FIELDS.get(node.__class__)
            if blocks is None:
                continue
            if isinstance(node, (Function, Class)):
                found[node.line, node.column] = node
            for field in blocks:
                pending.extend(getattr(node, field))
        return found

    def node_of(self, declaration: Declaration) -> Function | Class:
        """The tree of a function or class that the index names."""
        return self._nodes[declaration.line, declaration.column]
