"""Finds the calls of coroutines that block the event loop: library calls, made themselves or by functions they call.

Takes the calls of the project, gives for each coroutine function the calls in its own body that block, each with the
chain down to the library. It goes backwards from the library calls through plain functions only, since a coroutine that
another one waits for is reported itself; work that is handed to a thread is no call and so is never reached.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.concurrency.blocking_calls import (
    DATABASE_METHODS,
    DATABASE_ROOTS,
    FUNCTION_ROOTS,
    METHOD_ROOTS,
    OPEN_ROOTS,
    blocking_kind,
)
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    External,
    FunctionValue,
    InstanceAttribute,
    Value,
    alternatives,
    decorator_names,
)
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import CallSite
from reviewer.project.program import Program

#: Calls of such depth below a coroutine are followed.
CHAIN_LIMIT = 8
#: Most functions that call something of a name: more mean a name that tells nothing.
CALLER_LIMIT = 300
#: Functions that take a blocking object and make it wait: `trio.wrap_file(open(…))`.
WRAPPERS = frozenset({"wrap_file", "wrap"})
#: Parts of the names of decorators after which a function runs its body once or elsewhere.
ELSEWHERE = ("cache", "singleton", "thread", "executor", "asyncify", "sync_to_async", "task", "fixture")


class BlockingCall(msgspec.Struct, frozen=True, eq=False):
    """A call in the body of a coroutine function that keeps the event loop waiting."""

    function: FunctionValue  # the coroutine function
    site: CallSite  # the call in its body
    chain: tuple[CallSite, ...]  # the calls from what it calls down to the library, that one last; empty: it is it
    kind: str  # as in `blocking_calls`

    @property
    def library_call(self) -> CallSite:
        """The call of the library that blocks."""
        return self.chain[-1] if self.chain else self.site

    @property
    def library_name(self) -> str:
        """What blocks, as a reader knows it: `requests.get`, `open`."""
        return blocking_name(self.library_call.callee)[0].removeprefix("builtins.")


class EventLoop:
    """Answers which calls block the event loop. Test files are left out."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._exempt: dict[int, frozenset[int]] = {}

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
        """The calls of some kinds, in order of the program."""
        return (one for one in self._blocking if one.kind in kinds)

    @cached_property
    def _blocking(self) -> tuple[BlockingCall, ...]:
        steps = self._steps
        found: list[BlockingCall] = []
        for module, declaration in self.coroutine_declarations:
            number = (module.path, declaration.line, declaration.column)
            for site, kind, target in steps.get(number, ()):
                chain: list[CallSite] = []
                while target is not None and len(chain) <= CHAIN_LIMIT:
                    inner, target = self._first_step[id(target), kind]
                    chain.append(inner)
                found.append(BlockingCall(site.caller, site, tuple(chain), kind))
        found.sort(key=lambda one: one.site.place)
        return tuple(found)

    @cached_property
    def _steps(self) -> dict[tuple[str, int, int], list[tuple[CallSite, str, FunctionValue | None]]]:
        """For each coroutine function its blocking calls, each with the plain function that it calls, if any."""
        self._first_step: dict[tuple[int, str], tuple[CallSite, FunctionValue | None]] = {}
        found: dict[tuple[str, int, int], list[tuple[CallSite, str, FunctionValue | None]]] = {}
        seen: set[tuple[int, str]] = set()
        pending: deque[tuple[FunctionValue, str, int]] = deque()

        def add(site: CallSite, kind: str, target: FunctionValue | None, depth: int) -> None:
            caller = site.caller
            node = caller.node
            if isinstance(node, tree.Function) and node.is_async:
                if (id(site.node), kind) not in seen:
                    seen.add((id(site.node), kind))
                    key = (caller.module.path, node.line, node.column)
                    found.setdefault(key, []).append((site, kind, target))
            elif (id(caller), kind) not in self._first_step and not _runs_elsewhere(caller):
                self._first_step[id(caller), kind] = (site, target)
                pending.append((caller, kind, depth))

        for site, kind in self._library_calls():
            add(site, kind, None, 0)
        while pending:
            function, kind, depth = pending.popleft()
            if depth < CHAIN_LIMIT:
                for site in self._callers(function):
                    add(site, kind, function, depth + 1)
        return found

    def _library_calls(self) -> Iterator[tuple[CallSite, str]]:
        methods = self._method_names
        for module, declarations in self._candidates.items():
            functions = {name for root, names in FUNCTION_ROOTS.items() for name in names if _names(module, root)}
            is_open = any(module.mentions(root) for root in OPEN_ROOTS)
            wanted = functions | methods
            for declaration in declarations:
                if not is_open and wanted.isdisjoint(declaration.calls):
                    continue
                function = self._calls.function_of(module, declaration)
                exempt = self._exempt_calls(function)
                names = frozenset(declaration.calls) if is_open else wanted
                for node in self._calls.nodes_named(function, *names.intersection(declaration.calls)):
                    if id(node) not in exempt:
                        site = self._calls.site_of(function, node)
                        kind = blocking_kind(*blocking_name(site.callee))
                        if kind is not None:
                            yield site, kind

    def _exempt_calls(self, function: FunctionValue) -> frozenset[int]:
        """The calls of a function that are awaited, or given to what makes them wait."""
        found = self._exempt.get(id(function))
        if found is None:
            nodes = {id(one.value) for one in function.nodes_of(tree.Await)}
            for call in function.nodes_of(tree.Call):
                if called_name(call) in WRAPPERS:
                    nodes.update(id(argument) for argument in call.arguments)
            found = self._exempt[id(function)] = frozenset(nodes)
        return found

    @cached_property
    def _method_names(self) -> frozenset[str]:
        """The names of the methods that may block, of libraries that the program mentions."""
        found: set[str] = set()
        for root, names in METHOD_ROOTS.items():
            if self._is_mentioned(root):
                found |= names
        if any(self._is_mentioned(root) for root in DATABASE_ROOTS):
            found |= DATABASE_METHODS
        return frozenset(found)

    def _is_mentioned(self, name: str) -> bool:
        return any(not module.is_test and module.mentions(name) for module in self._program.modules)

    @cached_property
    def _candidates(self) -> dict[Module, list[Declaration]]:
        """The coroutine functions, and the plain ones that these may lead to by name."""
        found: dict[Module, list[Declaration]] = {}
        called: set[str] = set()
        pending: list[str] = []
        for module, declaration in self.coroutine_declarations:
            found.setdefault(module, []).append(declaration)
            pending.extend(declaration.calls)
        plain = self._plain_declarations
        while pending:
            name = pending.pop()
            if name in called:
                continue
            called.add(name)
            for module, declaration in plain.get(name, ()):
                found.setdefault(module, []).append(declaration)
                pending.extend(declaration.calls)
        for declarations in found.values():
            declarations.sort(key=lambda one: (one.line, one.column))
        return dict(sorted(found.items(), key=lambda item: item[0].path))

    @cached_property
    def _plain_declarations(self) -> dict[str, list[tuple[Module, Declaration]]]:
        """The functions and methods with `def` by the names that they are called by."""
        found: dict[str, list[tuple[Module, Declaration]]] = {}
        for module in self._program.modules:
            if module.is_test:
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "function" and not declaration.is_async:
                    name = declaration.qualname.rpartition(".")[2]
                    if name in ("__init__", "__call__", "__new__", "__enter__"):
                        name = module.index.declarations[declaration.owner].qualname.rpartition(".")[2]
                    found.setdefault(name, []).append((module, declaration))
                    for alias in self._aliases.get(name, ()):
                        found.setdefault(alias, []).append((module, declaration))
        return found

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
    def _calling(self) -> dict[str, list[tuple[Module, Declaration]]]:
        """The candidates by the names of what they call."""
        found: dict[str, list[tuple[Module, Declaration]]] = {}
        for module, declarations in self._candidates.items():
            for declaration in declarations:
                for name in declaration.calls:
                    found.setdefault(name, []).append((module, declaration))
        return found

    def _callers(self, function: FunctionValue) -> Iterator[CallSite]:
        """The calls of a plain function by candidates that run its body there."""
        name = function.name
        if function.owner is not None and name in ("__init__", "__new__", "__call__", "__enter__"):
            name = function.owner.name
        for known_as in (name, *sorted(self._aliases.get(name, ()))):
            calling = self._calling.get(known_as, ())
            for module, declaration in calling if len(calling) <= CALLER_LIMIT else ():
                caller = self._calls.function_of(module, declaration)
                exempt = self._exempt_calls(caller)
                for node in self._calls.nodes_named(caller, known_as):
                    if id(node) not in exempt and not _is_handed_over(function, caller, node):
                        site = self._calls.site_of(caller, node)
                        if any(one is function for one in self._targets(site.callee)):
                            yield site

    def _targets(self, callee: Value) -> tuple[FunctionValue, ...]:
        if isinstance(callee, ClassValue):
            found = self._evaluator.find_in_class(callee, "__init__")
            return (found[1],) if found is not None and isinstance(found[1], FunctionValue) else ()
        return targets(callee)


def blocking_name(callee: Value) -> tuple[str, str]:
    """The dotted name of a library's function or method, and that of the object whose method it is."""
    for one in alternatives(callee):
        if isinstance(one, External):
            return one.name, ""
        if isinstance(one, InstanceAttribute) and isinstance(one.instance.type, External):
            return f"{one.instance.type.name}.{one.name}", one.instance.type.name
    return "", ""


def _names(module: Module, root: str) -> bool:
    return root == "builtins" or module.mentions(root)


def _runs_elsewhere(function: FunctionValue) -> bool:
    """Whether what a call of a function runs is not its body, or only the first time."""
    return any(part in name.lower() for name in decorator_names(function) for part in ELSEWHERE)


def _is_handed_over(function: FunctionValue, caller: FunctionValue, node: tree.Call) -> bool:
    """Whether a call of a generator gives it to another call, which runs it where it likes: `StreamingResponse(…)`."""
    if not function.nodes_of(tree.Yield, tree.YieldFrom):
        return False
    return any(
        argument is node
        for call in caller.nodes_of(tree.Call)
        for argument in (*call.arguments, *(keyword.value for keyword in call.keywords))
    )
