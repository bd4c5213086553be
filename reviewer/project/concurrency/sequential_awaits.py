"""Finds awaits of other servers that wait for each other although none needs what another gives.

Takes coroutine functions that await calls which come to an asynchronous HTTP client, in a loop or several in a row.
Queries are left alone: a session serves one query at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.project.concurrency.occasions import is_startup, serves
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.functions.local_flow import names_in
from reviewer.project.model import CallSite
from reviewer.project.program import Program
from reviewer.rule import Place

#: What asynchronous clients are called by, and the methods that send a request.
CLIENTS = ("httpx.AsyncClient.", "aiohttp.ClientSession.", "openai.AsyncOpenAI.", "anthropic.AsyncAnthropic.")
METHODS = ("get", "post", "put", "patch", "delete", "head", "request", "send", "create")
PACKAGES = ("httpx", "aiohttp", "AsyncOpenAI", "AsyncAnthropic")
DEPTH_LIMIT = 5
#: Awaits in a row from which on they are reported.
ROW_MINIMUM = 2


class SequentialAwaits(msgspec.Struct, frozen=True, eq=False):
    """Awaits of one coroutine that could be gathered."""

    function: FunctionValue
    place: Place
    kind: str  # "loop", or "row"
    calls: tuple[CallSite, ...]


class SequentialAwaitsLinker:
    """Answers which awaits wait for each other for nothing."""

    def __init__(self, program: Program, calls: Calls) -> None:
        self._program = program
        self._calls = calls
        self._asking: dict[int, bool] = {}

    @cached_property
    def all(self) -> tuple[SequentialAwaits, ...]:
        """Every one, in order of the program; tests left out."""
        modules = [module for module in self._program.modules if not module.is_test]
        if not any(module.mentions(*PACKAGES) for module in modules):
            return ()
        leading = self._calls.names_leading_to(frozenset(METHODS)) | frozenset(METHODS)
        return tuple(
            found
            for module in modules
            if serves(module)
            for declaration in module.index.declarations
            if declaration.is_async and not leading.isdisjoint(declaration.calls)
            for found in self._of(self._calls.function_of(module, declaration))
        )

    def _of(self, function: FunctionValue) -> Iterator[SequentialAwaits]:
        if is_startup(function) or not function.nodes_of(tree.Await):
            return
        for comprehension in function.nodes_of(tree.Comprehension):
            await_ = comprehension.element
            if len(comprehension.loops) == 1 and not comprehension.loops[0].is_async and isinstance(await_, tree.Await):
                yield from self._asked(function, comprehension, "loop", [await_])
        for loop in function.nodes_of(tree.For):
            awaits = [one for one in tree.walk_scope(loop.body) if isinstance(one, tree.Await)]
            if not loop.is_async and len(awaits) == 1 and _is_independent(loop, awaits[0]):
                yield from self._asked(function, loop, "loop", awaits)
        for row in _rows(function):
            yield from self._asked(function, row[0], "row", [one for one in map(_awaited, row) if one is not None])

    def _asked(
        self, function: FunctionValue, node: tree.Node, kind: str, awaits: Sequence[tree.Await]
    ) -> Iterator[SequentialAwaits]:
        sites = [self._calls.site_of(function, one.value) for one in awaits if isinstance(one.value, tree.Call)]
        if len(sites) == len(awaits) and all(self._asks(site, DEPTH_LIMIT) for site in sites):
            place = place_of(function.module, awaits[0] if kind == "row" else node)
            if kind == "loop" and isinstance(node, tree.For):
                place = sites[0].place
            yield SequentialAwaits(function, place, kind, tuple(sites))

    def _asks(self, site: CallSite, depth: int) -> bool:
        """Whether a call comes to an asynchronous HTTP client."""
        if site.external_name.startswith(CLIENTS):
            return site.external_name.rpartition(".")[2] in METHODS
        return any(self._comes_to_client(target, depth) for target in targets(site.callee))

    def _comes_to_client(self, function: FunctionValue, depth: int) -> bool:
        if id(function) not in self._asking:
            self._asking[id(function)] = False
            if depth > 0:
                self._asking[id(function)] = any(
                    isinstance(one.value, tree.Call) and self._asks(self._calls.site_of(function, one.value), depth - 1)
                    for one in function.nodes_of(tree.Await)
                ) or any(
                    isinstance(item.context, tree.Call) and self._asks(self._calls.site_of(function, item.context), 0)
                    for one in function.nodes_of(tree.With)
                    for item in one.items
                )
        return self._asking[id(function)]


def _is_independent(loop: tree.For, awaited: tree.Await) -> bool:
    """Whether a turn of a loop needs nothing of the turn before, and each turn asks for another thing."""
    own = names_in(loop.target)
    if own.isdisjoint(names_in(awaited.value)):
        return False
    leaving = (tree.Break, tree.Return, tree.Continue, tree.Try, tree.Raise)
    if any(isinstance(one, (*leaving, tree.AugmentedAssign)) for one in tree.walk_scope(loop.body)):
        return False
    first = loop.body[0]
    assigned = {
        target.id
        for one in tree.walk_scope(loop.body)
        if isinstance(one, tree.Assign)
        for target in one.targets
        if isinstance(target, tree.Name)
    }
    return _awaited(first) is awaited and assigned.isdisjoint(names_in(awaited.value))


def _awaited(statement: tree.Node) -> tree.Await | None:
    """The await that a statement is, or assigns."""
    if isinstance(statement, (tree.Assign, tree.ExpressionStatement)) and isinstance(statement.value, tree.Await):
        return statement.value
    return None


def _rows(function: FunctionValue) -> Iterator[list[tree.Statement]]:
    """The runs of assignments from awaits of which none needs the name of another."""
    blocks: list[tuple[tree.Statement, ...]] = []
    if isinstance(function.node, tree.Function):
        blocks.append(function.node.body)
    for branch in function.nodes_of(tree.If):
        blocks += [branch.body, branch.otherwise]
    blocks += [one.body for one in function.nodes_of(tree.For)]
    blocks += [one.body for one in function.nodes_of(tree.With)]
    blocks += [one.body for one in function.nodes_of(tree.Try)]
    for block in blocks:
        row: list[tree.Statement] = []
        names: set[str] = set()
        for statement in block:
            awaited = _awaited(statement)
            targets_of = _target_names(statement)
            if awaited is None or not targets_of:
                if len(row) >= ROW_MINIMUM:
                    yield row
                row, names = [], set()
                continue
            if not names.isdisjoint(names_in(awaited)):
                if len(row) >= ROW_MINIMUM:
                    yield row
                row, names = [], set()
            row.append(statement)
            names |= targets_of
        if len(row) >= ROW_MINIMUM:
            yield row


def _target_names(statement: tree.Node) -> set[str]:
    targets_of = statement.targets if isinstance(statement, tree.Assign) else ()
    return {name for target in targets_of for name in names_in(target)}
