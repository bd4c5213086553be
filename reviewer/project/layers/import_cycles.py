"""Finds cycles of modules that import each other when they are loaded.

Takes the imports of the index, gives the shortest cycles. Imports in functions and under `TYPE_CHECKING` are left out,
since they do not run while the modules are loaded.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import MODULE_LEVEL, ImportBinding
from reviewer.modules.module import Module
from reviewer.project.evaluation.values import ModuleValue, NamespaceValue, Value, place_of
from reviewer.project.program import Program
from reviewer.rule import Place

#: Modules of a cycle that is reported; longer ones are made of many hands, and no one import is at fault.
LENGTH_LIMIT = 4
#: Cycles of a tangle of modules that are reported.
TANGLE_LIMIT = 3


class ModuleImport(msgspec.Struct, frozen=True, eq=False):
    """An import of one module of the project by another, when it is loaded."""

    importer: Module
    imported: Module
    names: tuple[str, ...]  # what it takes out of the module; none: the module itself
    place: Place


class ImportCycle(msgspec.Struct, frozen=True, eq=False):
    """Modules that import each other in a circle, from the import that is easiest to take out."""

    imports: tuple[ModuleImport, ...]


class ImportCycles:
    """Answers which modules import each other when they are loaded. Test files are left out."""

    def __init__(self, program: Program) -> None:
        self._program = program

    @cached_property
    def all(self) -> tuple[ImportCycle, ...]:
        """The shortest cycles of each tangle of modules, in order."""
        found: list[ImportCycle] = []
        for tangle in _tangles(self._graph):
            cycles = self._cycles_of(tangle)
            found.extend(cycles[:TANGLE_LIMIT])
        return tuple(sorted(found, key=lambda cycle: cycle.imports[0].place))

    @cached_property
    def _graph(self) -> dict[str, dict[str, ModuleImport]]:
        graph: dict[str, dict[str, ModuleImport]] = {}
        for module in self._program.modules:
            if module.is_test:
                continue
            edges: dict[str, ModuleImport] = {}
            for one in module.index.imports:
                if one.owner != MODULE_LEVEL:
                    continue
                imported = self._imported(module, one)
                if imported is None or imported.path == module.path or imported.is_test:
                    continue
                known = edges.get(imported.path)
                names = (*known.names, one.name) if known is not None and one.name else (one.name,) if one.name else ()
                place = known.place if known is not None else Place(module.path, one.line, 0, one.line, 0)
                edges[imported.path] = ModuleImport(module, imported, names, place)
            graph[module.path] = edges
        return graph

    def _imported(self, module: Module, one: ImportBinding) -> Module | None:
        """The module that an import takes something from: a submodule where the name is one."""
        if one.level:
            source: Value = self._program.relative(module, one.level, one.module)
        elif one.module.partition(".")[0] in sys.stdlib_module_names:
            return None
        else:
            source = self._program.find(module.path, one.full_module)
        if isinstance(source, (ModuleValue, NamespaceValue)) and one.name is not None:
            inner = self._program.member(source, one.name)
            if isinstance(inner, ModuleValue):
                return inner.module
        return source.module if isinstance(source, ModuleValue) else None

    def _cycles_of(self, tangle: frozenset[str]) -> list[ImportCycle]:
        """The shortest cycles of a tangle that share no import, those of two modules first."""
        used: set[tuple[str, str]] = set()
        found: list[ImportCycle] = []
        for length in range(2, LENGTH_LIMIT + 1):
            for path in sorted(tangle):
                way = self._way_back(path, tangle, length, used)
                if way is None:
                    continue
                edges = [self._graph[one][other] for one, other in zip(way, (*way[1:], way[0]), strict=True)]
                if not _is_blueprint_package(edges) and not self._minds_order(edges):
                    used.update((edge.importer.path, edge.imported.path) for edge in edges)
                    found.append(ImportCycle(tuple(map(_placed, _from_lightest(edges)))))
                    if len(found) >= TANGLE_LIMIT:
                        return found
        return found

    def _way_back(
        self, start: str, tangle: frozenset[str], length: int, used: set[tuple[str, str]]
    ) -> tuple[str, ...] | None:
        """The modules of a cycle of a length through a module that is the first of them by path."""
        pending: deque[tuple[str, ...]] = deque([(start,)])
        seen = {start}
        while pending:
            way = pending.popleft()
            for target in sorted(self._graph[way[-1]]):
                if (way[-1], target) in used or not self._runs(self._graph[way[-1]][target]):
                    continue
                if target == start and len(way) == length:
                    return way
                if target in tangle and target not in seen and target > start and len(way) < length:
                    seen.add(target)
                    pending.append((*way, target))
        return None

    def _minds_order(self, edges: list[ModuleImport]) -> bool:
        """Whether a module of a cycle takes only what the other has bound before it leads back into the cycle.

        That holds whichever is loaded first if the other is the package around it, which is always loaded first, or
        if the other takes nothing of it: it imports the module for what that registers.
        """
        for number, edge in enumerate(edges):
            back = edges[(number + 1) % len(edges)]
            is_inside = edge.imported.is_package and edge.importer.name.startswith(f"{edge.imported.name}.")
            is_for_effect = len(edges) == 2 and set(back.names) <= {back.imported.name.rpartition(".")[2]}
            if is_inside and not edge.names:  # `import shop as models`: read when something is called
                return True
            if edge.names and (is_inside or is_for_effect):
                bound = _bound_before(edge.imported, back.place.line)
                if bound.issuperset(edge.names):
                    return True
        return False

    def _runs(self, edge: ModuleImport) -> bool:
        """Whether an import runs before anything is defined: not under `TYPE_CHECKING`, a guard, or definitions."""
        return edge.place.line not in self._deferred(edge.importer)

    def _deferred(self, module: Module) -> frozenset[int]:
        found = self._deferred_lines.get(module.path)
        if found is None:
            lines = {
                inner.line
                for statement in _deferring(module.tree.body)
                for inner in tree.walk_scope((statement,))
                if isinstance(inner, (tree.Import, tree.ImportFrom))
            }
            found = self._deferred_lines[module.path] = frozenset(lines)
        return found

    @cached_property
    def _deferred_lines(self) -> dict[str, frozenset[int]]:
        return {}


def _deferring(body: tuple[tree.Statement, ...]) -> Iterator[tree.Statement]:
    """The statements of a module whose imports mind a circle: conditions, `try`, and all behind the definitions.

    What stands behind the classes and functions of a module finds them defined, which is why it stands there.
    """
    is_defined = False
    for statement in body:
        if is_defined or isinstance(statement, (tree.If, tree.Try)):
            yield statement
        is_defined = is_defined or isinstance(statement, (tree.Class, tree.Function))


def _bound_before(module: Module, line: int) -> frozenset[str]:
    """The names that the top level of a module binds before a line."""
    found = {
        one.local for one in module.index.imports if one.owner == MODULE_LEVEL and one.line < line and one.local != "*"
    }
    for statement in module.tree.body:
        if statement.line >= line:
            break
        if isinstance(statement, (tree.Function, tree.Class)):
            found.add(statement.name)
        elif isinstance(statement, tree.Assign):
            found.update(target.id for target in statement.targets if isinstance(target, tree.Name))
        elif isinstance(statement, tree.AnnotatedAssign) and isinstance(statement.target, tree.Name):
            found.add(statement.target.id)
    return frozenset(found)


def _is_blueprint_package(edges: list[ModuleImport]) -> bool:
    """Whether a package of Flask makes its blueprint and then imports the views for it, as Flask's guide does."""
    return len(edges) == 2 and any(
        edge.imported.is_package
        and edge.importer.name.startswith(f"{edge.imported.name}.")
        and edge.imported.mentions("Blueprint", "Flask", "Namespace", "flask")
        for edge in edges
    )


def _placed(edge: ModuleImport) -> ModuleImport:
    """An import with the place of its whole statement."""
    for statement in tree.walk_scope(edge.importer.tree.body):
        if isinstance(statement, (tree.Import, tree.ImportFrom)) and statement.line == edge.place.line:
            return ModuleImport(edge.importer, edge.imported, edge.names, place_of(edge.importer, statement))
    return edge


def _from_lightest(edges: list[ModuleImport]) -> tuple[ModuleImport, ...]:
    """The imports of a cycle in order, from the one that takes least: out of a package above, or the fewest names."""

    def weight(edge: ModuleImport) -> tuple[bool, int, int, str]:
        is_own_package = edge.imported.is_package and edge.importer.name.startswith(f"{edge.imported.name}.")
        return (not is_own_package, len(edge.names) or 99, edge.importer.name.count("."), edge.importer.path)

    first = min(range(len(edges)), key=lambda number: weight(edges[number]))
    return (*edges[first:], *edges[:first])


def _tangles(graph: dict[str, dict[str, ModuleImport]]) -> Iterator[frozenset[str]]:
    """The sets of nodes that all lead to each other (Tarjan's algorithm, without recursion)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root, leaving in graph.items():
        if root in numbers:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(leaving))]
        numbers[root] = lowest[root] = len(numbers)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in graph:
                    continue
                if target not in numbers:
                    numbers[target] = lowest[target] = len(numbers)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(graph[target])))
                    break
                if target in on_stack:
                    lowest[node] = min(lowest[node], numbers[target])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[node])
                if lowest[node] == numbers[node]:
                    members: set[str] = set()
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        members.add(member)
                        if member == node:
                            break
                    if len(members) > 1:
                        yield frozenset(members)
