"""Links database engines: where they are made, with which settings, and how often.

Takes the calls of `create_engine`, gives each with what surrounds it: a module, a function that runs for each request,
or a constructor whose objects each get a pool of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.data.database_roles import ENGINE
from reviewer.project.data.queries import MODULE_BODY, Queries
from reviewer.project.data.sessions import is_script
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.values import ClassValue, FunctionValue, decorator_names
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.object_makings import ObjectMakings
from reviewer.project.functions.request_reach import ReachedCall, RequestReach
from reviewer.project.model import CallSite
from reviewer.project.program import Program
from reviewer.rule import Place

ENGINE_CALLS = ("create_engine", "create_async_engine")
#: Decorators that keep what a function gave.
KEEPING_DECORATORS = ("cache", "lru_cache", "cached", "cached_property", "singleton", "memoize", "alru_cache", "once")


class EngineMade(msgspec.Struct, frozen=True, eq=False):
    """A call that makes an engine with a pool of connections."""

    call: CallSite
    has_unknown_settings: bool  # `**settings`
    is_conditional: bool  # made under a condition
    is_kept: bool  # the function keeps it for its next call, or throws it away at its end

    @property
    def place(self) -> Place:
        """The call."""
        return self.call.place

    @property
    def function(self) -> FunctionValue:
        """In whose body it is made; of the top of a module, that as a function."""
        return self.call.caller

    def setting(self, name: str) -> tree.Expression | None:
        """The value of a keyword, None where it is not given."""
        return next((one.value for one in self.call.node.keywords if one.name == name), None)


class RepeatedEngine(msgspec.Struct, frozen=True, eq=False):
    """An engine that is made over and over."""

    engine: EngineMade
    reached: ReachedCall | None  # the request that makes it; None where objects make it
    owner: ClassValue | None  # the class whose objects each make one
    makings: tuple[CallSite, ...]  # that make such objects


class Engines:
    """Answers which engines there are."""

    def __init__(
        self, program: Program, calls: Calls, queries: Queries, reach: RequestReach, objects: ObjectMakings
    ) -> None:
        self._program = program
        self._calls = calls
        self._objects = objects
        self._queries = queries
        self._reach = reach

    @cached_property
    def all(self) -> tuple[EngineMade, ...]:
        """The engines that the application makes; tests, migrations and scripts are left out."""
        return tuple(self._find())

    def _find(self) -> Iterator[EngineMade]:
        names = self._names
        for module, declaration in self._calls.declarations_calling(*names):
            if declaration.kind == "class" or module.is_test or is_migration(module) or is_script(module):
                continue
            is_function = declaration.kind == "function"
            function = (
                self._calls.function_of(module, declaration) if is_function else self._queries.module_body(module)
            )
            for site in self._calls.named(function, *names):
                found = self._queries.object_of(site.node, function)
                if found is not None and found.role == ENGINE and site.external_name:
                    is_unknown = any(one.name is None for one in site.node.keywords)
                    yield EngineMade(
                        site, is_unknown, _is_conditional(function, site.node), self._is_kept(function, site.node)
                    )

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """By which names the functions that make engines are called."""
        names = dict.fromkeys(ENGINE_CALLS)
        for module in self._program.modules:
            if module.mentions(*ENGINE_CALLS):
                names.update((one.local, None) for one in module.index.imports if one.name in ENGINE_CALLS)
        return tuple(names)

    def _is_kept(self, function: FunctionValue, node: tree.Call) -> bool:
        """Whether a function keeps the engine for later calls, disposes of it, or makes one for what it is given."""
        if any(name in KEEPING_DECORATORS for name in decorator_names(function)):
            return True
        given = _given_names(function)
        if any(given & _names_read(one) for one in (*node.arguments, *(each.value for each in node.keywords))):
            return True
        if any(called_name(one) == "dispose" for one in function.nodes_of(tree.Call)):
            return True
        return function.name != "__init__" and _keeps_result(function)

    def repeated(self) -> Iterator[RepeatedEngine]:
        """The engines that a request makes, and those that each object of a class makes of which there are several."""
        for engine in self.all:
            function = engine.function
            if engine.is_kept or not isinstance(function.node, tree.Function) or function.name == MODULE_BODY:
                continue
            if function.name == "__init__" and function.owner is not None:
                makings = self._objects.made_of(function.owner)
                reached = next((one for site in makings if (one := self._reached(site)) is not None), None)
                at_top = [one for one in makings if one.caller.name == MODULE_BODY]
                if reached is not None or len(at_top) > 1:
                    yield RepeatedEngine(engine, reached, function.owner, makings)
                continue
            reached = self._reached(engine.call)
            if reached is not None:
                yield RepeatedEngine(engine, reached, None, ())

    def _reached(self, site: CallSite) -> ReachedCall | None:
        """The request that leads to a call, if no function on the way keeps what it is given."""
        return self._reach.reaching(
            site,
            is_entered=lambda one: not any(name in KEEPING_DECORATORS for name in decorator_names(one)),
            is_followed=lambda calling: not _keeps_result(calling.caller),
        )


def _keeps_result(function: FunctionValue) -> bool:
    """Whether a function keeps something for its next call: in a global name, an attribute or a mapping."""
    return any(isinstance(one, tree.Global) for one in function.nodes) or any(
        isinstance(one, (tree.Subscript, tree.Attribute))
        for statement in function.nodes_of(tree.Assign)
        for one in statement.targets
    )


def _is_conditional(function: FunctionValue, node: tree.Call) -> bool:
    """Whether a call stands in a branch of the function or module that it is in."""
    return any(
        one is node
        for branch in function.nodes_of(tree.If)
        for statement in (*branch.body, *branch.otherwise)
        for one in tree.walk(statement)
    )


def _given_names(function: FunctionValue) -> set[str]:
    """The parameters of a function, and the names and attributes that it makes of them."""
    given = {one.name for one in function.node.parameters} - {"self", "cls"}
    for node in function.nodes_of(tree.Assign):
        if given & _names_read(node.value):
            given.update(name for target in node.targets if (name := dotted_name(target)))
    return given


def _names_read(node: tree.Node) -> set[str]:
    """The names that an expression reads, and the attributes of `self`, as in `self.path`."""
    read = (dotted_name(one) for one in tree.walk(node) if isinstance(one, (tree.Name, tree.Attribute)))
    return {name for name in read if name}
