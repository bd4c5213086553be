"""Finds the calls of coroutines that block the event loop: library calls, made themselves or by functions they call.

Takes the calls of the project, gives for each coroutine function the calls in its own body that block, each with the
chain down to the library. It goes through plain functions only, since a coroutine that another one waits for is
reported itself; work that is handed to a thread is no call and so is never reached.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import cached_property

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.concurrency.blocking_calls import (
    DATABASE,
    DATABASE_METHODS,
    DATABASE_ROOTS,
    FUNCTION_ROOTS,
    HASHING,
    METHOD_ROOTS,
    OPEN_ROOTS,
    SLEEP,
)
from reviewer.project.concurrency.blocking_names import kind_of
from reviewer.project.concurrency.blocking_work import (
    SAME_LIMIT,
    BlockingCall,
    BlockingWork,
)
from reviewer.project.concurrency.occasions import (
    is_on_demand,
    is_prepared_only,
    is_startup,
    runs_elsewhere,
    runs_once,
    serves,
)
from reviewer.project.concurrency.queued_work import QueuedWork
from reviewer.project.data.queries import Queries
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    FunctionValue,
    Value,
)
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Answer, CallSite
from reviewer.project.program import Program

#: Calls of such depth below a coroutine are followed.
CHAIN_LIMIT = 8
#: Seconds that a call may sleep unnoticed.
MOMENT = 0.05
#: Rounds of PBKDF2 from which on it is slow.
ROUNDS = 20_000
#: A call that blocks, with its kind, or one of a plain function.
Step = tuple[CallSite, FunctionValue | None, str | None]
#: Functions that take a blocking object and make it wait: `trio.wrap_file(open(…))`.
WRAPPERS = frozenset({"wrap_file", "wrap"})


class EventLoop:
    """Answers which calls block the event loop. Test files are left out."""

    def __init__(
        self, program: Program, evaluator: Evaluator, calls: Calls, queries: Queries, queued: QueuedWork
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._queries = queries
        self._queued = queued
        self._direct: dict[str, frozenset[str] | None] = {}

    @cached_property
    def coroutine_declarations(self) -> tuple[tuple[Module, Declaration], ...]:
        """The `async def` functions and methods of the program, tests left out."""
        return tuple(
            (module, declaration)
            for module in self._program.modules
            if not module.is_test
            for declaration in module.index.declarations
            if declaration.is_async
        )

    def blocking(self, *kinds: str) -> Iterator[BlockingCall]:
        """The calls of some kinds in coroutines that run beside others, in order of the program.

        What is started by hand, what runs when the server starts or stops, and what a worker of a queue runs is left
        out.
        """
        return (
            one
            for one in self._blocking
            if one.kind in kinds
            and serves(one.function.module)
            and not is_startup(one.function)
            and not self._queued.runs(one.function)
        )

    def work(self, *kinds: str, once_a_function: bool = False) -> tuple[BlockingWork, ...]:
        """The same, one for each call or coroutine function, and together what is a habit.

        That is a helper that makes many coroutines block, calls of one kind in one coroutine, many such in a module.
        """
        by_library: dict[int, dict[int, BlockingCall]] = {}
        seen: set[int] = set()
        for one in self.blocking(*kinds):
            key = id(one.function if once_a_function else one.site.node)
            if key not in seen:
                seen.add(key)
                by_library.setdefault(id(one.library_call.node), {})[id(one.site.node)] = one
        found = [
            BlockingWork(calls)
            for group in by_library.values()
            for calls in ([tuple(group.values())] if len(group) > SAME_LIMIT else [(one,) for one in group.values()])
        ]
        return tuple(sorted(found, key=lambda work: work.first.site.place))

    @cached_property
    def _blocking(self) -> tuple[BlockingCall, ...]:
        found: list[BlockingCall] = []
        first_steps = self._first_steps
        for function, steps in self._coroutines:
            seen: set[tuple[int, str]] = set()
            for site, target, kind in steps:
                for one in (kind,) if target is None else sorted(first_steps.get(id(target), ())):
                    if one is not None and (id(site.node), one) not in seen:
                        seen.add((id(site.node), one))
                        found.append(BlockingCall(function, site, self._chain(target, one), one))
        found.sort(key=lambda one: (one.site.place, one.kind))
        return tuple(found)

    def _chain(self, target: FunctionValue | None, kind: str) -> tuple[CallSite, ...]:
        chain: list[CallSite] = []
        while target is not None and len(chain) < CHAIN_LIMIT:
            site, target = self._first_steps[id(target)][kind]
            chain.append(site)
        return tuple(chain)

    @cached_property
    def _coroutines(self) -> list[tuple[FunctionValue, list[Step]]]:
        """The coroutine functions with the calls that block or may lead to such."""
        found: list[tuple[FunctionValue, list[Step]]] = []
        for module, declaration in self.coroutine_declarations:
            if self._may_lead(module, declaration):
                function = self._calls.function_of(module, declaration)
                steps = list(self._steps(function))
                if steps:
                    found.append((function, steps))
        return found

    @cached_property
    def _first_steps(self) -> dict[int, dict[str, tuple[CallSite, FunctionValue | None]]]:
        """For each plain function that coroutines lead to, by kind the first call on a shortest way to one that blocks.

        Functions are explored from the coroutines downwards, then the ways are found from the library calls upwards.
        """
        callers: dict[int, list[tuple[CallSite, FunctionValue]]] = {}
        first: dict[int, dict[str, tuple[CallSite, FunctionValue | None]]] = {}
        ready: deque[tuple[FunctionValue, str]] = deque()
        pending = deque(target for _, steps in self._coroutines for _, target, _ in steps if target is not None)
        explored: set[int] = set()
        while pending:
            function = pending.popleft()
            if id(function) in explored:
                continue
            explored.add(id(function))
            for site, target, kind in self._steps(function):
                if target is not None:
                    callers.setdefault(id(target), []).append((site, function))
                    pending.append(target)
                elif kind is not None and kind not in first.setdefault(id(function), {}):
                    first[id(function)][kind] = (site, None)
                    ready.append((function, kind))
        while ready:
            function, kind = ready.popleft()
            for site, caller in callers.get(id(function), ()):
                if kind not in first.setdefault(id(caller), {}):
                    first[id(caller)][kind] = (site, function)
                    ready.append((caller, kind))
        return first

    def _steps(self, function: FunctionValue) -> Iterator[Step]:
        """The calls in a function's body that block, with their kind, and those of plain functions, with these."""
        module = function.module
        direct = self._direct_names(module)
        exempt = self._exempt_calls(function)
        names = self._calls.names_called(function)
        wanted = names if direct is None else (direct | self._leading_names) & names
        for node in self._calls.nodes_named(function, *wanted):
            if id(node) in exempt or is_lookup(node):
                continue
            site = self._calls.site_of(function, node)
            kind = kind_of(site.callee)
            if kind is None and self._is_blocking_query(function, node):
                kind = DATABASE
            if kind is not None:
                is_short = (kind == SLEEP and _is_moment(node)) or (kind == HASHING and _is_quick(node))
                if not is_short and not self._is_put_off(function, node):
                    yield site, None, kind
                continue
            for target in self._targets(site.callee):
                is_plain = isinstance(target.node, tree.Function) and not target.node.is_async
                if (
                    is_plain
                    and not runs_elsewhere(target)
                    and not self._is_put_off(function, node)
                    and not _is_handed_over(target, function, node)
                ):
                    yield site, target, None

    @staticmethod
    def _is_put_off(function: FunctionValue, node: tree.Call) -> bool:
        """Whether a call is made once, for callers that ask for it, or only prepares what is fetched elsewhere."""
        return runs_once(function, node) or is_on_demand(function, node) or is_prepared_only(function, node)

    def _is_blocking_query(self, function: FunctionValue, node: tree.Call) -> bool:
        called = node.function
        if not self._has_blocking_databases or not isinstance(called, tree.Attribute):
            return False
        if called.name not in DATABASE_METHODS:
            return False
        query = self._queries.at(function, node)
        return query is not None and query.is_async is Answer.NO

    def _exempt_calls(self, function: FunctionValue) -> frozenset[int]:
        """The calls of a function that are awaited, or given to what makes them wait."""
        nodes = {id(one.value) for one in function.nodes_of(tree.Await)}
        for call in self._calls.nodes_named(function, *WRAPPERS):
            nodes.update(id(argument) for argument in call.arguments)
        return frozenset(nodes)

    # What can be told by names alone

    def _may_lead(self, module: Module, declaration: Declaration) -> bool:
        direct = self._direct_names(module)
        return direct is None or not (direct | self._leading_names).isdisjoint(declaration.calls)

    def _direct_names(self, module: Module) -> frozenset[str] | None:
        """The names of what may block where a module calls it; None for any name."""
        if module.path not in self._direct:
            found: frozenset[str] | None = None
            roots = self._roots[module.path]
            if OPEN_ROOTS.isdisjoint(roots):
                imported = (FUNCTION_ROOTS[root] for root in ("builtins", *roots) if root in FUNCTION_ROOTS)
                found = self._method_names.union(*imported)
            self._direct[module.path] = found
        return self._direct[module.path]

    @cached_property
    def _leading_names(self) -> frozenset[str]:
        """The names of the plain functions and classes whose call may, by name alone, lead to a call that blocks."""
        calling: dict[str, list[str]] = {}
        pending: list[str] = []
        for module in self._program.modules:
            if module.is_test:
                continue
            for declaration in module.index.declarations:
                if declaration.kind != "function" or declaration.is_async:
                    continue
                name = _called_as(module, declaration)
                if self._blocks_by_name(module, declaration):
                    pending.append(name)
                for called in declaration.calls:
                    calling.setdefault(called, []).append(name)
        leading: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in leading:
                leading.add(name)
                pending.extend(self._aliases.get(name, ()))
                pending.extend(calling.get(name, ()))
        return frozenset(leading)

    def _blocks_by_name(self, module: Module, declaration: Declaration) -> bool:
        direct = self._direct_names(module)
        return bool(declaration.calls) if direct is None else not direct.isdisjoint(declaration.calls)

    @cached_property
    def _aliases(self) -> dict[str, set[str]]:
        """Under which other names functions and classes are imported."""
        found: dict[str, set[str]] = {}
        for module in self._program.modules:
            for one in module.index.imports:
                if one.name is not None and one.local != one.name:
                    found.setdefault(one.name, set()).add(one.local)
        return found

    @cached_property
    def _method_names(self) -> frozenset[str]:
        """The names of the methods that may block, of libraries that the program imports."""
        imported = [METHOD_ROOTS[root] for root in sorted(self._all_roots) if root in METHOD_ROOTS]
        databases = DATABASE_METHODS if self._has_blocking_databases else frozenset()
        return databases.union(*imported)

    @cached_property
    def _has_blocking_databases(self) -> bool:
        return any(module.mentions(*DATABASE_ROOTS) for module in self._program.modules if not module.is_test)

    @cached_property
    def _roots(self) -> dict[str, frozenset[str]]:
        """The packages that modules import, by the path of the module."""
        return {
            module.path: frozenset([one.full_module.partition(".")[0] for one in module.index.imports])
            for module in self._program.modules
            if not module.is_test
        }

    @cached_property
    def _all_roots(self) -> frozenset[str]:
        return frozenset().union(*self._roots.values())

    def _targets(self, callee: Value) -> tuple[FunctionValue, ...]:
        if isinstance(callee, ClassValue):
            found = self._evaluator.find_in_class(callee, "__init__")
            return (found[1],) if found is not None and isinstance(found[1], FunctionValue) else ()
        return targets(callee)


def _called_as(module: Module, declaration: Declaration) -> str:
    """By which name a function is called: that of its class for a constructor."""
    name = declaration.qualname.rpartition(".")[2]
    if name in ("__init__", "__call__", "__new__", "__enter__"):
        return module.index.declarations[declaration.owner].qualname.rpartition(".")[2]
    return name


def _is_handed_over(function: FunctionValue, caller: FunctionValue, node: tree.Call) -> bool:
    """Whether a call of a generator gives it to another call, which runs it where it likes: `StreamingResponse(…)`."""
    if not function.nodes_of(tree.Yield, tree.YieldFrom):
        return False
    return any(
        argument is node
        for call in caller.nodes_of(tree.Call)
        for argument in (*call.arguments, *(keyword.value for keyword in call.keywords))
    )


def is_lookup(node: tree.Call) -> bool:
    """Whether a call looks a key up in a mapping: `data.get("name")`."""
    called = node.function
    if not isinstance(called, tree.Attribute) or called.name != "get" or not node.arguments or node.keywords:
        return False
    first = node.arguments[0]
    return isinstance(first, tree.Text) and len(node.arguments) < 3 and not {"/", ":"} & set(first.value)


def _is_quick(node: tree.Call) -> bool:
    """Whether a call derives a key with so few rounds that it takes some milliseconds."""
    if called_name(node) != "pbkdf2_hmac":
        return False
    named = next((one.value for one in node.keywords if one.name == "iterations"), None)
    rounds = named if named is not None else node.arguments[3] if len(node.arguments) > 3 else None
    return isinstance(rounds, tree.Number) and isinstance(rounds.value, int) and rounds.value < ROUNDS


def _is_moment(node: tree.Call) -> bool:
    """Whether a call sleeps no longer than a switch of threads takes."""
    first = node.arguments[0] if node.arguments else None
    return isinstance(first, tree.Number) and isinstance(first.value, (int, float)) and first.value <= MOMENT
