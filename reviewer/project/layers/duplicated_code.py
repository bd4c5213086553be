"""Finds runs of statements that stand in two functions of the project, word for word but for the names of locals.

The index says which functions may have something in common: those that call the same, or share several names that few
others call. Only their trees are looked at; each statement gets a key once, and runs of equal keys are compared with
the first places that have them, so that the work grows with the size of the program alone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import combinations
from typing import Any

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.calls import Calls
from reviewer.project.program import Program
from reviewer.project.settings.text_places import is_example, is_script
from reviewer.rule import Place

#: Names that a function calls from which on it is worth a look, and functions that call exactly the same.
CALLS_MINIMUM = 4
SAME_LIMIT = 12
#: Functions that call a rare name, and rare names that two functions share.
RARE_LIMIT = 4
SHARED_MINIMUM = 3
#: What makes a run worth a reader's time.
LINES_MINIMUM = 10
STATEMENTS_MINIMUM = 6
CALLS_IN_RUN = 4
#: Earlier places that a run is compared with.
PARTNERS = 4
#: Statements of a run that are compared at most.
RUN_LIMIT = 150
VERSION = re.compile(r"(?<![a-z])v\d+(?![a-z0-9])", re.IGNORECASE)
SKIPPED_NAMES = frozenset({"__init__", "__repr__", "__eq__", "__hash__", "__str__", "upgrade", "downgrade"})


class DuplicatedCode(msgspec.Struct, frozen=True, eq=False):
    """Statements that stand in two functions."""

    function: FunctionValue
    place: Place  # the later ones
    other: FunctionValue
    other_place: Place
    lines: int


class _Block(msgspec.Struct, frozen=True, eq=False):
    """The statements of one block of a function, with their keys."""

    function: FunctionValue
    statements: tuple[tree.Statement, ...]
    keys: tuple[int, ...]


class DuplicatedCodes:
    """Finds them; tests, migrations, examples and scripts are left out."""

    def __init__(self, program: Program, calls: Calls) -> None:
        self._program = program
        self._calls = calls

    def find(self, known: Collection[Place] = ()) -> Iterator[DuplicatedCode]:
        """All, by their later place; what overlaps a place that is known already is left out."""
        blocks = [block for function in self._candidates() for block in _blocks(function)]
        starts: dict[int, list[tuple[_Block, int]]] = defaultdict(list)
        covered: set[tuple[str, int]] = {
            (one.path, line) for one in known for line in range(one.line, one.end_line + 1)
        }
        for block in blocks:
            at = 0
            while at < len(block.keys):
                partners = [one for one in starts[block.keys[at]] if _begins(block, at, *one)]
                run = max((_run(block, at, *one) for one in partners), default=None, key=_size)
                is_found = run is not None and _is_worth_it(run, covered)
                step = _length(block, run) if run is not None and is_found else 1
                for passed in range(at, at + step):
                    if len(starts[block.keys[passed]]) < PARTNERS:
                        starts[block.keys[passed]].append((block, passed))
                at += step
                if run is not None and is_found:
                    covered.update((run.place.path, line) for line in range(run.place.line, run.place.end_line + 1))
                    yield run

    def _candidates(self) -> list[FunctionValue]:
        """The functions that may have something in common with another, in order."""
        same: dict[tuple[str, ...], list[int]] = defaultdict(list)
        calling: dict[str, list[int]] = defaultdict(list)
        functions = [
            (module, declaration)
            for module in self._program.modules
            if not _is_aside(module)
            for declaration in module.index.declarations
            if declaration.kind == "function" and len(declaration.calls) >= CALLS_MINIMUM
        ]
        for number, (_, declaration) in enumerate(functions):
            same[declaration.calls].append(number)
            for name in declaration.calls:
                calling[name].append(number)
        chosen = {number for group in same.values() if 1 < len(group) <= SAME_LIMIT for number in group}
        shared: Counter[tuple[int, int]] = Counter()
        for numbers in calling.values():
            if 1 < len(numbers) <= RARE_LIMIT:
                shared.update(combinations(numbers, 2))
        for pair, count in shared.items():
            if count >= SHARED_MINIMUM:
                chosen.update(pair)
        found = (self._calls.function_of(*functions[number]) for number in sorted(chosen))
        return [one for one in found if one.name not in SKIPPED_NAMES]


def _is_aside(module: Module) -> bool:
    return module.is_test or is_example(module.path) or is_script(module.path) or is_migration(module)


def _blocks(function: FunctionValue) -> Iterator[_Block]:
    """The blocks of a function that are long enough, the outer ones first."""
    if not isinstance(function.node, tree.Function) or function.node.end_line - function.node.line < LINES_MINIMUM:
        return
    local = _locals(function)
    pending: list[tuple[tree.Statement, ...]] = [function.node.body]
    for body in pending:
        if not body or body[-1].end_line - body[0].line + 1 < LINES_MINIMUM:
            continue
        yield _Block(function, body, tuple(_key(statement, local) for statement in body))
        for statement in body:
            if isinstance(statement, (tree.Function, tree.Class)):
                continue
            for name in ("body", "otherwise", "final"):
                pending.append(getattr(statement, name, ()))
            for handler in getattr(statement, "handlers", ()):
                pending.append(handler.body)


def _locals(function: FunctionValue) -> frozenset[str]:
    """The names that a function binds: what they are called is no difference."""
    assert isinstance(function.node, tree.Function)
    names = {one.name for one in function.node.parameters}
    for statement in function.nodes_of(tree.Assign):
        names.update(one.id for target in statement.targets for one in tree.walk(target) if isinstance(one, tree.Name))
    loops: tuple[tree.For | tree.ComprehensionLoop, ...]
    loops = (*function.nodes_of(tree.For), *function.nodes_of(tree.ComprehensionLoop))
    for loop in loops:
        names.update(one.id for one in tree.walk(loop.target) if isinstance(one, tree.Name))
    return frozenset(names)


def _key(statement: tree.Statement, local: frozenset[str]) -> int:
    """A statement without positions and names of locals."""
    parts: list[Any] = []
    for node in tree.walk(statement):
        kind = node.__class__
        parts.append(kind)
        if kind is tree.Name:
            name = node.id  # type: ignore[attr-defined]
            parts.append("" if name in local else name)
            continue
        for field in LEAVES[kind]:
            value = getattr(node, field)
            parts.append(len(value) if value.__class__ is tuple else value)
    return hash(tuple(parts))


def _leaves(kind: type[tree.Node]) -> tuple[str, ...]:
    """The fields of a class of nodes that hold no single node; of lists of nodes the length is enough."""
    inner = tree.CHILD_FIELDS[kind]
    own = tuple(name for name in kind.__struct_fields__[4:] if name not in inner)
    return own + tuple(name for name in inner if name in LISTS)


#: Fields of nodes that hold several.
LISTS = frozenset({"body", "otherwise", "final", "handlers", "arguments", "keywords", "items", "targets", "values"})
LEAVES = {kind: _leaves(kind) for kind in tree.CHILD_FIELDS}


def _begins(block: _Block, at: int, other: _Block, other_at: int) -> bool:
    """Whether a run begins at two places, and is no part of one that began before them."""
    return at == 0 or other_at == 0 or block.keys[at - 1] != other.keys[other_at - 1]


def _length(block: _Block, run: DuplicatedCode) -> int:
    """The number of a block's statements in a run."""
    return sum(run.place.line <= one.line and one.end_line <= run.place.end_line for one in block.statements)


def _run(block: _Block, at: int, other: _Block, other_at: int) -> DuplicatedCode:
    """The longest run of equal statements from two places on."""
    length = 0
    limit = min(len(block.keys) - at, len(other.keys) - other_at, RUN_LIMIT)
    if other is block:
        limit = min(limit, at - other_at)
    while length < limit and block.keys[at + length] == other.keys[other_at + length]:
        length += 1
    place = _place(block, at, length)
    return DuplicatedCode(
        block.function, place, other.function, _place(other, other_at, length), place.end_line - place.line + 1
    )


def _place(block: _Block, at: int, length: int) -> Place:
    first, last = block.statements[at], block.statements[at + length - 1]
    return Place(block.function.module.path, first.line, first.column, last.end_line, last.end_column)


def _size(run: DuplicatedCode) -> int:
    return run.lines


def _is_worth_it(run: DuplicatedCode, covered: set[tuple[str, int]]) -> bool:
    place = run.place
    if run.lines < LINES_MINIMUM or run.other_place.end_line - run.other_place.line + 1 < LINES_MINIMUM:
        return False
    if any((one.path, line) in covered for one in (place,) for line in (one.line, one.end_line)):
        return False
    paths = (place.path, run.other_place.path)
    if paths[0] != paths[1] and VERSION.sub("", paths[0]) == VERSION.sub("", paths[1]):
        return False  # two versions of an interface stand beside each other on purpose
    statements = calls = 0
    assert isinstance(run.function.node, tree.Function)
    for node in tree.walk_scope(run.function.node.body):
        if (place.line, place.column) <= (node.line, node.column) and node.end_line <= place.end_line:
            statements += isinstance(node, STATEMENTS)
            calls += isinstance(node, tree.Call)
    return statements >= STATEMENTS_MINIMUM and calls >= CALLS_IN_RUN


STATEMENTS = (
    tree.Assign, tree.AnnotatedAssign, tree.AugmentedAssign, tree.Return, tree.Raise, tree.If, tree.For, tree.While,
    tree.With, tree.Try, tree.ExpressionStatement, tree.Delete, tree.Assert,
)  # fmt: skip
