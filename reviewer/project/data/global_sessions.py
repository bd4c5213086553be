"""Links sessions that live as long as the process: made at the top of a module, or by a constructor once and for all.

Takes the openings of sessions, gives those that every request then shares.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.data.sessions import SessionOpening, Sessions, is_script
from reviewer.project.functions.object_makings import ObjectMakings, is_top
from reviewer.project.model import Answer, CallSite
from reviewer.project.program import Program


class GlobalSession(msgspec.Struct, frozen=True, eq=False):
    """A session that is opened once and used by all."""

    opening: SessionOpening
    making: CallSite | None  # that makes the object which holds it; None for a session of a module


class GlobalSessions:
    """Answers which sessions are opened once and for all."""

    def __init__(self, program: Program, sessions: Sessions, objects: ObjectMakings) -> None:
        self._program = program
        self._sessions = sessions
        self._objects = objects

    def find(self) -> Iterator[GlobalSession]:
        """The sessions of modules and of objects that are made once, in order; scripts are left out."""
        for opening in self._sessions.openings:
            function = opening.function
            if is_script(function.module):
                continue
            if is_top(function):
                if opening.use == "bound" and opening.is_closed is not Answer.YES and self._is_used(opening):
                    yield GlobalSession(opening, None)
            elif opening.use == "attribute" and function.name == "__init__" and function.owner is not None:
                making = self._objects.made_for_good(function.owner)
                if making is not None and not is_script(making.caller.module):
                    yield GlobalSession(opening, making)

    def _is_used(self, opening: SessionOpening) -> bool:
        """Whether functions read the name, in its module or in one that imports it."""
        module, name = opening.function.module, opening.name
        if any(_reads(function, name) for function in _functions(module)):
            return True
        last = module.name.rpartition(".")[2]
        return any(
            one.name == name and one.local == name and not other.is_test and (one.module or "").endswith(last)
            for other in self._program.modules
            if other is not module and other.mentions(name)
            for one in other.index.imports
        )


def _functions(module: Module) -> Iterator[tree.Function]:
    for statement in module.tree.body:
        for node in tree.walk(statement):
            if isinstance(node, tree.Function):
                yield node


def _reads(function: tree.Function, name: str) -> bool:
    """Whether a function reads a name of the module, and binds none of its own."""
    if any(one.name == name for one in function.parameters):
        return False
    is_read = False
    for node in tree.walk_scope(function.body):
        if isinstance(node, tree.Name) and node.id == name:
            is_read = True
        if isinstance(node, tree.Assign) and any(isinstance(one, tree.Name) and one.id == name for one in node.targets):
            return False
        if isinstance(node, tree.WithItem) and isinstance(node.target, tree.Name) and node.target.id == name:
            return False
    return is_read
