"""Links Alembic's revisions: the files of each migration environment, what each follows, and where the chain is broken.

Reads the constants at the top of revision files. https://alembic.sqlalchemy.org/en/latest/branches.html
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Union

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.values import place_of
from reviewer.rule import Place

_DATE = re.compile(r"Create Date:\s*(\d{4}-\d\d-\d\d[ T][\d:.]*)")
#: The branch that a revision of another one may be named with: `base@head`, `1975ea~2`.
_RELATIVE = re.compile(r"[@~+]|^heads?$|^base$")
#: Heads whose branches are compared.
HEAD_LIMIT = 12
#: Letters from which on a name may be abbreviated.
ABBREVIATION = 4
DROPS = frozenset({"drop_table", "drop_column"})


class Revision(msgspec.Struct, frozen=True, eq=False):
    """A revision file."""

    id: str
    parents: Union[tuple[str, ...], None]  # `down_revision`; None where it is not known
    depends_on: tuple[str, ...]
    labels: bool  # whether it has branch labels, or that is not known
    module: Module
    place: Place  # of `down_revision = …`
    id_place: Place
    created: str  # as the docstring tells, or empty

    @property
    def symbol(self) -> str:
        """The module."""
        return self.module.name


class BrokenChain(msgspec.Struct, frozen=True, eq=False):
    """A place where revisions of an environment do not make one chain."""

    kind: str  # "heads", "unknown", "duplicate" or "cycle"
    revision: Revision
    others: tuple[Revision, ...]
    name: str = ""  # the revision that does not exist


class Environment(msgspec.Struct, frozen=True, eq=False):
    """The revisions of one folder, or of several that belong together."""

    folder: str
    revisions: tuple[Revision, ...]


class DestructiveOperation(msgspec.Struct, frozen=True, eq=False):
    """An operation of an upgrade that loses data."""

    revision: Revision
    operation: str  # `drop_table`
    subject: str  # the table or column as written
    place: Place


class Migrations:
    """Answers which revisions there are and whether they make one chain."""

    def __init__(self, modules: tuple[Module, ...]) -> None:
        self._modules = modules

    @cached_property
    def revisions(self) -> tuple[Revision, ...]:
        """All revisions by path, tests left out."""
        found = []
        for module in self._modules:
            if module.mentions("down_revision") and not module.is_test:
                revision = _read(module)
                if revision is not None:
                    found.append(revision)
        return tuple(found)

    @cached_property
    def environments(self) -> tuple[Environment, ...]:
        """The revisions by folder; folders below one `env.py` whose revisions follow each other belong together."""
        roots = {module.path.rpartition("/")[0] for module in self._modules if module.path.endswith("/env.py")}
        folders: defaultdict[str, list[Revision]] = defaultdict(list)
        for revision in self.revisions:
            folders[revision.module.path.rpartition("/")[0]].append(revision)
        places = {folder: {one.id for one in found} for folder, found in folders.items()}
        joined = {folder: folder for folder in folders}
        for folder, found in folders.items():
            for parent in {parent for one in found for parent in (*(one.parents or ()), *one.depends_on)}:
                if parent not in places[folder]:
                    holders = [other for other, names in places.items() if parent in names]
                    if len(holders) == 1 and _root_of(folder, roots) == _root_of(holders[0], roots):
                        joined = {one: joined[holders[0]] if to == joined[folder] else to for one, to in joined.items()}
        grouped: defaultdict[str, list[Revision]] = defaultdict(list)
        for folder, found in folders.items():
            grouped[joined[folder]] += found
        return tuple(Environment(folder, tuple(found)) for folder, found in sorted(grouped.items()))

    @property
    def has_any(self) -> bool:
        """Whether the repository has migrations, or the environment for them."""
        return bool(self.revisions) or any(module.mentions("run_migrations_online") for module in self._modules)

    def broken(self) -> Iterator[BrokenChain]:
        """The places where revisions do not make one chain, by environment."""
        for environment in self.environments:
            yield from self._broken_in(environment)

    def _broken_in(self, environment: Environment) -> Iterator[BrokenChain]:
        revisions = environment.revisions
        by_id: dict[str, Revision] = {}
        for one in revisions:
            if one.id in by_id:
                yield BrokenChain("duplicate", one, (by_id[one.id],))
            by_id.setdefault(one.id, one)
        unknown: list[Revision] = []
        for one in revisions:
            for parent in one.parents or ():
                if _exists(parent, self._ids):
                    continue
                unknown.append(one)
                yield BrokenChain("unknown", one, (), parent)
        cycle = _cycle(by_id)
        if cycle:
            yield BrokenChain("cycle", cycle[0], tuple(cycle[1:]))
        elif all(one.parents is not None and not one.labels for one in revisions):
            yield from _heads(by_id, unknown)

    @cached_property
    def _ids(self) -> list[str]:
        return sorted({one.id for one in self.revisions})

    def destructive(self) -> Iterator[DestructiveOperation]:
        """The tables and columns that upgrades drop, in order."""
        for revision in self.revisions:
            if not revision.module.mentions(*DROPS):
                continue
            for statement in revision.module.tree.body:
                if isinstance(statement, tree.Function) and statement.name == "upgrade":
                    yield from _drops(revision, statement)


def _root_of(folder: str, roots: set[str]) -> str:
    """The nearest folder around with an `env.py`, empty where there is none."""
    while folder and folder not in roots:
        folder = folder.rpartition("/")[0]
    return folder


def _read(module: Module) -> Revision | None:
    written: dict[str, tree.Expression] = {}
    statements: dict[str, tree.Statement] = {}
    for statement in module.tree.body:
        if isinstance(statement, tree.Assign) and isinstance(statement.targets[0], tree.Name):
            target, value = statement.targets[0].id, statement.value
        elif isinstance(statement, tree.AnnotatedAssign) and isinstance(statement.target, tree.Name):
            if statement.value is None:
                continue
            target, value = statement.target.id, statement.value
        else:
            continue
        written[target], statements[target] = value, statement
    revision = written.get("revision")
    if not isinstance(revision, tree.Text) or "down_revision" not in written:
        return None
    date = _DATE.search(_docstring(module))
    return Revision(
        revision.value,
        _names(written["down_revision"]),
        _names(written["depends_on"]) or () if "depends_on" in written else (),
        _has_labels(written.get("branch_labels")),
        module,
        place_of(module, statements["down_revision"]),
        place_of(module, statements["revision"]),
        date[1] if date else "",
    )


def _docstring(module: Module) -> str:
    first = module.tree.body[0]
    if isinstance(first, tree.ExpressionStatement) and isinstance(first.value, tree.Text):
        return first.value.value
    return ""


def _has_labels(node: tree.Expression | None) -> bool:
    if isinstance(node, (tree.Tuple, tree.List)):
        return bool(node.items)
    return node is not None and not (isinstance(node, tree.Constant) and node.value == "None")


def _names(node: tree.Expression) -> tuple[str, ...] | None:
    if isinstance(node, tree.Constant) and node.value == "None":
        return ()
    if isinstance(node, tree.Text):
        return (node.value,) if node.value else ()
    if isinstance(node, (tree.Tuple, tree.List, tree.Set)):
        names = [one.value for one in node.items if isinstance(one, tree.Text)]
        return tuple(names) if len(names) == len(node.items) else None
    return None


def _exists(name: str, ids: list[str]) -> bool:
    """Whether a revision is among sorted ones by its name or an abbreviation of it."""
    if _RELATIVE.search(name):
        return True
    position = bisect_left(ids, name)
    if position == len(ids):
        return False
    return ids[position] == name or (len(name) >= ABBREVIATION and ids[position].startswith(name))


def _cycle(by_id: dict[str, Revision]) -> list[Revision]:
    """The revisions that follow each other in a circle, the first by path in front; empty where none do."""
    remaining = {name: {one for one in revision.parents or () if one in by_id} for name, revision in by_id.items()}
    children: defaultdict[str, list[str]] = defaultdict(list)
    for name, parents in remaining.items():
        for parent in parents:
            children[parent].append(name)
    ready = [name for name, parents in remaining.items() if not parents]
    while ready:
        done = ready.pop()
        for child in children[done]:
            remaining[child].discard(done)
            if not remaining[child]:
                ready.append(child)
        del remaining[done]
    # What is left stands in a circle or behind one: go backwards until something comes again.
    if not remaining:
        return []
    name, seen = min(remaining), dict[str, int]()
    path: list[str] = []
    while name not in seen:
        seen[name] = len(path)
        path.append(name)
        name = min(remaining[name])
    return sorted((by_id[one] for one in path[seen[name] :]), key=lambda one: one.module.path)


def _heads(by_id: dict[str, Revision], unknown: list[Revision]) -> Iterator[BrokenChain]:
    """Several revisions that nothing follows, where none of them stands behind a broken link."""
    followed = {parent for one in by_id.values() for parent in (*(one.parents or ()), *one.depends_on)}
    heads = [one for name, one in by_id.items() if name not in followed and not _is_named_by(name, followed)]
    broken = {one.id for one in unknown}
    heads = [one for one in heads if broken.isdisjoint(_before(one, by_id))] if broken else heads
    if len(heads) > 1:
        before = {one.id: _before(one, by_id) for one in heads[:HEAD_LIMIT]}
        alone = {
            name: len(found.difference(*(other for key, other in before.items() if key != name)))
            for name, found in before.items()
        }
        # The shortest branch is the easiest to move, of equals the youngest.
        ordered = sorted(heads, key=lambda one: (one.created, one.module.path), reverse=True)
        ordered.sort(key=lambda one: alone.get(one.id, 0))
        yield BrokenChain("heads", ordered[0], tuple(ordered[1:]))


def _is_named_by(name: str, followed: set[str]) -> bool:
    """Whether something follows a revision by an abbreviation of its name."""
    return any(name[:length] in followed for length in range(ABBREVIATION, len(name)))


def _before(revision: Revision, by_id: dict[str, Revision]) -> set[str]:
    found: set[str] = set()
    pending = [revision.id]
    while pending:
        name = pending.pop()
        if name not in found and name in by_id:
            found.add(name)
            pending.extend(by_id[name].parents or ())
    return found


def _drops(revision: Revision, function: tree.Function) -> Iterator[DestructiveOperation]:
    for node in tree.walk_scope(function.body):
        if isinstance(node, tree.Call) and called_name(node) in DROPS:
            names = [one.value for one in node.arguments if isinstance(one, tree.Text)]
            place = place_of(revision.module, node)
            yield DestructiveOperation(revision, called_name(node), ".".join(names), place)
