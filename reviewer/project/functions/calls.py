"""Functions with their calls resolved: so that "this route reaches a query through that service" can be asked."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
    place_of,
)
from reviewer.project.model import CallSite
from reviewer.project.program import Program

#: How many calls deep a search goes by default.
SEARCH_DEPTH = 8


class Calls:
    """Answers which functions there are and what each calls. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator) -> None:
        self._program = program
        self._evaluator = evaluator
        self._sites: dict[int, tuple[CallSite, ...]] = {}
        self._site_of: dict[tuple[int, int], CallSite] = {}
        self._nodes: dict[int, list[tuple[str, tree.Call]]] = {}

    def functions(self, *called: str) -> Iterator[FunctionValue]:
        """Functions and methods of the project in order; with names, only those that call something of such a name."""
        if called:
            for module, declaration in self.declarations_calling(*called):
                if declaration.kind == "function":
                    yield self.function_of(module, declaration)
            return
        for module in self._program.modules:
            for declaration in module.index.declarations:
                if declaration.kind == "function":
                    yield self.function_of(module, declaration)

    def declarations_calling(self, *names: str) -> Iterator[tuple[Module, Declaration]]:
        """Functions, classes and modules whose own body calls something of one of these last names, in order."""
        by_called = self._by_called
        if len(names) == 1:
            numbers: Iterable[int] = by_called.get(names[0], ())
        else:
            numbers = sorted({number for name in names for number in by_called.get(name, ())})
        declarations = self._declarations
        return (declarations[number] for number in numbers)

    def names_called_by(self, names: Collection[str]) -> frozenset[str]:
        """The last names of what the functions of some names call, whichever has the name."""
        found: set[str] = set()
        for name in names:
            for declaration in self._functions_by_name.get(name, ()):
                found.update(declaration.calls)
        return frozenset(found)

    @cached_property
    def _functions_by_name(self) -> dict[str, list[Declaration]]:
        found: defaultdict[str, list[Declaration]] = defaultdict(list)
        for module, declaration in self._declarations:
            if declaration.kind == "function" and not module.is_test:
                found[declaration.qualname.rpartition(".")[2]].append(declaration)
        return dict(found)

    @property
    def called_names(self) -> Collection[str]:
        """The last names of everything that the project calls."""
        return self._by_called.keys()

    @cached_property
    def _declarations(self) -> list[tuple[Module, Declaration]]:
        return [(module, declaration) for module in self._program.modules for declaration in module.index.declarations]

    @cached_property
    def _by_called(self) -> dict[str, list[int]]:
        """The numbers of the declarations that call something of a name."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for number, (_, declaration) in enumerate(self._declarations):
            for name in declaration.calls:
                found[name].append(number)
        return dict(found)

    def function_of(self, module: Module, declaration: Declaration) -> FunctionValue:
        """The function that a declaration of the index stands for."""
        node = module.node_of(declaration)
        assert isinstance(node, tree.Function)
        scope = self._scope_around(module, declaration)
        owner = scope.owner if isinstance(scope, ClassScope) else None
        return self._evaluator.define_function(node, scope, owner)

    def class_of(self, module: Module, declaration: Declaration) -> ClassValue:
        """The class that a declaration of the index stands for."""
        node = module.node_of(declaration)
        assert isinstance(node, tree.Class)
        return self._evaluator.define_class(node, self._scope_around(module, declaration))

    def _scope_around(self, module: Module, declaration: Declaration) -> Scope:
        around = module.index.declarations[declaration.owner]
        if around.kind == "class":
            return ClassScope(self.class_of(module, around), self._evaluator)
        if around.kind == "function":
            return self._evaluator.declared(self.function_of(module, around))
        return self._evaluator.scope_of(module)

    def of(self, function: FunctionValue) -> tuple[CallSite, ...]:
        """The calls in a function's own body, in source order, what they call resolved."""
        sites = self._sites.get(id(function))
        if sites is None:
            sites = self._sites[id(function)] = tuple(self._find(function))
        return sites

    def named(self, function: FunctionValue, *names: str) -> Iterator[CallSite]:
        """The calls in a function's own body of something with one of these last names; cheaper than `of`."""
        return self.named_in(function, frozenset(names))

    def named_in(self, function: FunctionValue, names: frozenset[str]) -> Iterator[CallSite]:
        """The same for a set of names."""
        for last, node in self._nodes_of(function):
            if last in names:
                yield self._site(function, node)

    def nodes_named(self, function: FunctionValue, *names: str) -> Iterator[tree.Call]:
        """The same calls as nodes, what they call not resolved; cheaper still."""
        return self.nodes_named_in(function, frozenset(names))

    def nodes_named_in(self, function: FunctionValue, names: frozenset[str]) -> Iterator[tree.Call]:
        """The same for a set of names."""
        return (node for last, node in self._nodes_of(function) if last in names)

    def names_called(self, function: FunctionValue) -> frozenset[str]:
        """The last names of all that a function's own body calls."""
        return frozenset(last for last, _ in self._nodes_of(function))

    def site_of(self, function: FunctionValue, node: tree.Call) -> CallSite:
        """A call in a function's own body, what it calls resolved."""
        return self._site(function, node)

    def _nodes_of(self, function: FunctionValue) -> list[tuple[str, tree.Call]]:
        """The calls in a function's own body with the last name of what each calls, empty where it has none."""
        nodes = self._nodes.get(id(function))
        if nodes is None:
            nodes = self._nodes[id(function)] = [(called_name(node), node) for node in _call_nodes(function)]
        return nodes

    def reachable(
        self, function: FunctionValue, depth: int = SEARCH_DEPTH
    ) -> Iterator[tuple[CallSite, tuple[CallSite, ...]]]:
        """All calls that a call of the function can lead to inside the project, each with the calls that lead to it.

        Breadth first, each function once, so that the chain is a shortest one.
        """
        seen = {id(function)}
        pending: deque[tuple[FunctionValue, tuple[CallSite, ...]]] = deque([(function, ())])
        while pending:
            current, chain = pending.popleft()
            for site in self.of(current):
                yield site, chain
                for target in targets(site.callee):
                    if id(target) not in seen and len(chain) < depth:
                        seen.add(id(target))
                        pending.append((target, (*chain, site)))

    def names_leading_to(self, names: frozenset[str]) -> frozenset[str]:
        """Names of functions and classes whose call may, by name alone, lead to a call of one of these."""
        leading: set[str] = set()
        seen: set[int] = set()
        pending = list(names)
        while pending:
            for number in self._by_called.get(pending.pop(), ()):
                if number in seen:
                    continue
                seen.add(number)
                name = _name_of_caller(*self._declarations[number])
                if name not in leading:
                    leading.add(name)
                    pending.append(name)
        return frozenset(leading - {""})

    def _find(self, function: FunctionValue) -> Iterator[CallSite]:
        for _, node in self._nodes_of(function):
            yield self._site(function, node)

    def _site(self, function: FunctionValue, node: tree.Call) -> CallSite:
        key = (id(function), id(node))
        site = self._site_of.get(key)
        if site is None:
            callee = self._evaluator.evaluate(node.function, self._evaluator.declared(function))
            place = place_of(function.module, node)
            site = self._site_of[key] = CallSite(function, node, callee, self.external_name(callee), place)
        return site

    def external_name(self, callee: Value) -> str:
        """The dotted name of a called library function or method; empty where something else is called."""
        if isinstance(callee, External):
            return callee.name
        if isinstance(callee, InstanceAttribute):
            names = self._evaluator.external_names(callee.instance)
            return f"{names[0]}.{callee.name}" if names else ""
        if isinstance(callee, Choice):
            found = {self.external_name(one) for one in callee.values if not isinstance(one, Unknown)} - {""}
            return found.pop() if len(found) == 1 else ""
        return ""


def _name_of_caller(module: Module, declaration: Declaration) -> str:
    """By what name a declaration is called: that of the class for its constructor and contexts; empty for a module."""
    if declaration.kind == "module":
        return ""
    name = declaration.qualname.rpartition(".")[2]
    if name in ("__init__", "__call__", "__enter__", "__aenter__"):
        return module.index.declarations[declaration.owner].qualname.rpartition(".")[2]
    return name


def targets(callee: Value) -> tuple[FunctionValue, ...]:
    """The functions of the project that a call may run; constructors for classes."""
    if isinstance(callee, FunctionValue):
        return (callee,)
    if isinstance(callee, BoundMethod):
        return (callee.function,)
    if isinstance(callee, Choice):
        return tuple(target for one in callee.values for target in targets(one))
    if isinstance(callee, ClassValue):
        constructor = callee.attributes.get("__init__")
        return (constructor,) if isinstance(constructor, FunctionValue) else ()
    if isinstance(callee, Instance) and isinstance(callee.type, ClassValue):
        call = callee.type.attributes.get("__call__")
        return (call,) if isinstance(call, FunctionValue) else ()
    return ()


def _call_nodes(function: FunctionValue) -> list[tree.Call]:
    calls = function.nodes_of(tree.Call)
    return sorted(calls, key=lambda node: (node.line, node.column, -node.end_line, -node.end_column))
