"""The index of a module: what the linkers ask of every file before they look into any tree.

Made in one pass over a tree, a pure function of it, stored beside it. It names the declarations of a module with what
each calls, and the imports; beside it all names that occur, so that a linker finds the few modules that concern it.
"""

from __future__ import annotations

import msgspec

from reviewer.modules.normal_form import DEPTH_LIMIT, SourceTooDeep
from reviewer.modules.tree import (
    CHILD_FIELDS,
    Attribute,
    Call,
    Class,
    Comprehension,
    For,
    Function,
    Global,
    Import,
    ImportFrom,
    Name,
    Node,
    Nonlocal,
    Tree,
)

INDEX_VERSION = 4

#: Longest string that counts as a name that is mentioned.
NAME_LENGTH = 60

MODULE_LEVEL = 0


class Declaration(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A function or class of a module, or (number 0) the module itself.

    `calls` are the last names of everything called in its own body (`execute` for `db.session.execute(...)`), sorted.
    Decorators, defaults, annotations and bases belong to the declaration around it, since they run there; so does
    what a lambda calls.
    """

    qualname: str
    kind: str  # "module", "function" or "class"
    line: int
    column: int
    owner: int  # number of the declaration around it; the module's own is -1
    calls: tuple[str, ...]
    is_async: bool = False
    has_loop: bool = False  # whether a `for` or a comprehension stands in its own body


class ImportBinding(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A name that an import binds: `import module as local` (no `name`) or `from ..module import name as local`.

    `import a.b` binds `a` and has the module `a`, and `full_module` `a.b`. A star import has the name and local `*`.
    """

    local: str
    module: str
    name: str | None
    level: int
    full_module: str
    line: int
    owner: int


class Index(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a module declares, imports and calls."""

    declarations: tuple[Declaration, ...]
    imports: tuple[ImportBinding, ...]


def make_index(program: Tree) -> tuple[Index, tuple[str, ...]]:
    """The index of a tree, and all names that occur in it: identifiers, and strings that are short enough, sorted.

    Raises SourceTooDeep where the tree is deeper than `DEPTH_LIMIT`.
    """
    indexer = _Indexer(program)
    return indexer.index(), tuple(sorted(indexer.names))


def _name_fields(node_class: type[Node]) -> tuple[str, ...]:
    own = node_class.__struct_fields__[len(Node.__struct_fields__) :]
    return tuple(name for name in own if node_class.__annotations__[name] in (str, str | None))


#: The fields that hold names, of the node classes that have any; operators and kinds do no harm among them.
NAME_FIELDS = {node_class: fields for node_class in CHILD_FIELDS if (fields := _name_fields(node_class))}


class _Indexer:
    def __init__(self, program: Tree) -> None:
        self.imports: list[ImportBinding] = []
        self.declarations: list[Declaration] = []
        self.names: set[str] = set()
        self.has_loop = False  # of the declaration that is read
        #: Declarations still to be read: node, owner, qualified name, depth.
        self.pending: list[tuple[Tree | Function | Class, int, str, int]] = [(program, -1, "", 0)]

    def index(self) -> Index:
        while self.pending:
            self._read_declaration(*self.pending.pop())
        return Index(tuple(self.declarations), tuple(self.imports))

    def _read_declaration(self, node: Tree | Function | Class, owner: int, qualname: str, depth: int) -> None:
        number = len(self.declarations)
        calls: set[str] = set()
        self.has_loop = False
        inner = self._read_scope(node.body, number, calls, depth)
        kind = node.__class__.__name__.lower() if owner >= 0 else "module"
        line, column = (node.line, node.column) if isinstance(node, (Function, Class)) else (1, 0)
        is_async = isinstance(node, Function) and node.is_async
        called = tuple(sorted(calls))
        self.declarations.append(Declaration(qualname, kind, line, column, owner, called, is_async, self.has_loop))
        if not inner:
            return
        prefix = qualname
        if prefix:
            prefix += "." if kind == "class" else ".<locals>."
        inner.sort(key=lambda item: (item[0].line, item[0].column), reverse=True)
        self.pending.extend((child, number, prefix + child.name, level) for child, level in inner)

    def _read_scope(
        self, body: tuple[Node, ...], number: int, calls: set[str], depth: int
    ) -> list[tuple[Function | Class, int]]:
        """Reads the nodes of one declaration level by level, so that the depth is known without counting per node."""
        inner: list[tuple[Function | Class, int]] = []
        fields_of = CHILD_FIELDS
        name_fields = NAME_FIELDS
        names = self.names
        level: list[Node] = list(body)
        while level:
            depth += 1
            if depth > DEPTH_LIMIT:
                raise SourceTooDeep(f"nested deeper than {DEPTH_LIMIT} levels")
            below: list[Node] = []
            for node in level:
                kind = node.__class__
                if kind is Name:
                    names.add(node.id)  # type: ignore[attr-defined]
                    continue
                if kind is Attribute:
                    names.add(node.name)  # type: ignore[attr-defined]
                    below.append(node.value)  # type: ignore[attr-defined]
                    continue
                if kind is Call:
                    called = node.function  # type: ignore[attr-defined]
                    if called.__class__ is Name:
                        calls.add(called.id)
                    elif called.__class__ is Attribute:
                        calls.add(called.name)
                elif kind is For or kind is Comprehension:
                    self.has_loop = True
                elif kind is Import or kind is ImportFrom:
                    self._read_import(node, number)  # type: ignore[arg-type]
                    continue
                if kind in name_fields:
                    for field in name_fields[kind]:
                        name = getattr(node, field)
                        if name and len(name) <= NAME_LENGTH:
                            names.add(name)
                elif kind is Global or kind is Nonlocal:
                    names.update(node.names)  # type: ignore[attr-defined]
                is_declaration = kind is Function or kind is Class
                if is_declaration:
                    inner.append((node, depth))  # type: ignore[arg-type]
                for field in fields_of[kind]:
                    if is_declaration and field == "body":
                        continue
                    value = getattr(node, field)
                    if value.__class__ is tuple:
                        below.extend([item for item in value if item is not None])
                    elif value is not None:
                        below.append(value)
            level = below
        return inner

    def _read_import(self, node: Import | ImportFrom, number: int) -> None:
        if isinstance(node, ImportFrom):
            self.names.add(node.module)
        for imported in node.names:
            self.names.update((imported.name, imported.alias or ""))
            if isinstance(node, ImportFrom):
                local = imported.alias or imported.name
                binding = ImportBinding(local, node.module, imported.name, node.level, node.module, node.line, number)
            elif imported.alias:
                binding = ImportBinding(imported.alias, imported.name, None, 0, imported.name, node.line, number)
            else:
                top = imported.name.partition(".")[0]
                binding = ImportBinding(top, top, None, 0, imported.name, node.line, number)
            self.imports.append(binding)
