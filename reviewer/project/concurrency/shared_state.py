"""Finds what the program keeps in global names and changes while it answers requests.

Takes the functions that answer requests, gives the assignments to names of the module and the changes of the lists,
dictionaries and sets that modules make empty. What is filled once and then kept is left out, and so are the collections
that keep running tasks from being collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.concurrency.occasions import runs_once
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.local_flow import names_in
from reviewer.rule import Place

CHANGING = frozenset(
    {"append", "extend", "insert", "add", "update", "pop", "popitem", "remove", "discard", "clear", "setdefault"}
)
#: Parts of names of what may be lost or differ between workers without harm.
HARMLESS = ("cache", "memo", "lock", "metric", "stat", "seen", "pool")


class SharedChange(msgspec.Struct, frozen=True, eq=False):
    """A place where a function changes what a module keeps in a global name."""

    function: FunctionValue
    name: str
    place: Place


def shared_changes(functions: Iterable[FunctionValue]) -> Iterator[SharedChange]:
    """The changes of global names that such functions make themselves, in order."""
    containers: dict[str, frozenset[str]] = {}
    for function in functions:
        if not isinstance(function.node, tree.Function):
            continue
        path = function.module.path
        if path not in containers:
            containers[path] = _containers(function.module)
        for node, name in _changes(function, containers[path]):
            if not any(part in name.lower() for part in HARMLESS):
                yield SharedChange(function, name, place_of(function.module, node))


def _containers(module: Module) -> frozenset[str]:
    """The names of lists, dictionaries and sets that the top level of a module makes empty."""
    found: set[str] = set()
    for statement in module.tree.body:
        if isinstance(statement, (tree.Assign, tree.AnnotatedAssign)) and statement.value is not None:
            targets = statement.targets if isinstance(statement, tree.Assign) else (statement.target,)
            if _is_empty_container(statement.value):
                found.update(target.id for target in targets if isinstance(target, tree.Name))
    return frozenset(found)


def _is_empty_container(value: tree.Expression) -> bool:
    if isinstance(value, tree.List):
        return not value.items
    if isinstance(value, tree.Dictionary):
        return not value.keys
    if isinstance(value, tree.Call) and isinstance(value.function, tree.Name):
        return value.function.id in ("list", "dict", "set", "defaultdict")
    return False


def _changes(function: FunctionValue, containers: frozenset[str]) -> Iterator[tuple[tree.Node, str]]:
    outer = {name for one in function.nodes_of(tree.Global) for name in one.names}
    local = {parameter.name for parameter in function.node.parameters}
    assignments: list[tree.Assign | tree.AugmentedAssign] = [
        *function.nodes_of(tree.Assign),
        *function.nodes_of(tree.AugmentedAssign),
    ]
    for assignment in assignments:
        for target in assignment.targets if isinstance(assignment, tree.Assign) else (assignment.target,):
            if isinstance(target, tree.Name) and target.id not in outer:
                local |= names_in(target)
    for assignment in assignments:
        for target in assignment.targets if isinstance(assignment, tree.Assign) else (assignment.target,):
            if isinstance(target, tree.Name) and target.id in outer and not runs_once(function, assignment):
                yield assignment, target.id
            elif isinstance(target, tree.Subscript) and isinstance(target.value, tree.Name):
                yield from ((assignment, name) for name in {target.value.id} & containers - local)
    kept = _task_collections(function)
    for call in function.nodes_of(tree.Call):
        match call.function:
            case tree.Attribute(value=tree.Name(id=name), name=method) if method in CHANGING:
                if name in containers and name not in local and name not in kept:
                    yield call, name
            case _:
                pass


def _task_collections(function: FunctionValue) -> frozenset[str]:
    """The collections that a task leaves when it is done: `task.add_done_callback(running.discard)`."""
    found: set[str] = set()
    for call in function.nodes_of(tree.Call):
        if called_name(call) == "add_done_callback" and call.arguments:
            found.update(names_in(call.arguments[0]))
    return frozenset(found)
