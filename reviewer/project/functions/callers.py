"""Who calls a function of the project, and with which arguments.

Takes the calls of the project, gives call sites. A call of something unknown by the same name makes the answer
incomplete.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    FunctionValue,
    Instance,
    Unknown,
    alternatives,
    place_of,
)
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import CallSite
from reviewer.project.program import Program
from reviewer.rule import Place

CALLER_LIMIT = 12


class Calling(msgspec.Struct, frozen=True):
    """The calls of a function; incomplete where others may call it too."""

    sites: tuple[CallSite, ...]
    is_complete: bool


class _NamedCalls:
    """The calls of something of one name, by the function that they may run."""

    def __init__(self) -> None:
        self.by_target: dict[int, list[CallSite]] = {}
        self.unknown = 0  # calls of which it is not known all that they may run
        self.unknown_by_target: dict[int, int] = {}  # those of them that may run a function for all that is known

    def add(self, site: CallSite) -> None:
        called = {id(one) for one in targets(site.callee)}
        is_unknown = any(isinstance(one, Unknown) for one in alternatives(site.callee))
        self.unknown += is_unknown
        for one in called:
            self.by_target.setdefault(one, []).append(site)
            if is_unknown:
                self.unknown_by_target[one] = self.unknown_by_target.get(one, 0) + 1


class Callers:
    """Answers who calls a function; tests are left out. Results are kept."""

    def __init__(self, program: Program, calls: Calls, module_body: Callable[[Module], FunctionValue]) -> None:
        self._program = program
        self._calls = calls
        self._module_body = module_body
        self._of: dict[int, Calling] = {}
        self._named: dict[str, _NamedCalls] = {}

    def of(self, function: FunctionValue) -> Calling:
        """The calls of a function, at most a dozen."""
        found = self._of.get(id(function))
        if found is None:
            found = self._of[id(function)] = self._find(function)
        return found

    def _find(self, function: FunctionValue) -> Calling:
        name = function.name
        if name == "__init__" and function.owner is not None:
            name = function.owner.name
        if name not in self._named:
            self._named[name] = self._calls_of_name(name)
        named = self._named[name]
        sites = named.by_target.get(id(function), [])
        is_complete = named.unknown == named.unknown_by_target.get(id(function), 0)
        return Calling(tuple(sites[:CALLER_LIMIT]), is_complete and len(sites) <= CALLER_LIMIT)

    def _calls_of_name(self, name: str) -> _NamedCalls:
        """All calls of something of a name, resolved once for all functions of that name."""
        found = _NamedCalls()
        for module, declaration in self._calls.declarations_calling(name):
            if module.is_test or declaration.kind == "class":
                continue
            is_function = declaration.kind == "function"
            caller = self._calls.function_of(module, declaration) if is_function else self._module_body(module)
            for site in self._calls.named(caller, name):
                found.add(site)
        return found

    def place_of(self, caller: FunctionValue, node: tree.Node) -> Place:
        """Where a node of a caller's body stands."""
        return place_of(caller.module, node)


def bound_arguments(site: CallSite, function: FunctionValue) -> dict[str, tree.Expression] | None:
    """The argument expressions of a call by parameter of the function; None where they are spread."""
    call = site.node
    if any(isinstance(one, tree.Starred) for one in call.arguments) or any(one.name is None for one in call.keywords):
        return None
    parameters = list(function.node.parameters)
    if parameters and _passes_receiver(site, function):
        parameters = parameters[1:]
    found: dict[str, tree.Expression] = {}
    positional = [one for one in parameters if one.kind in ("positional-only", "positional-or-keyword")]
    for parameter, argument in zip(positional, call.arguments, strict=False):
        found[parameter.name] = argument
    for keyword in call.keywords:
        if keyword.name is not None:
            found[keyword.name] = keyword.value
    return found


def _passes_receiver(site: CallSite, function: FunctionValue) -> bool:
    """Whether the first parameter is filled by the object that is called."""
    return any(
        isinstance(one, (BoundMethod, ClassValue)) or (isinstance(one, Instance) and function.name == "__call__")
        for one in alternatives(site.callee)
        if any(target is function for target in targets(one))
    )
