"""Where a program makes its tables from the models: `metadata.create_all(…)`, and whether that runs at its start.

Knows the call and the function that is passed (`connection.run_sync(Base.metadata.create_all)`). Commands and scripts
are no start of the application.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name, last_name, source_text
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    FunctionValue,
    Instance,
    InstanceAttribute,
    alternatives,
    decorator_names,
    place_of,
)
from reviewer.project.functions.callers import Callers
from reviewer.project.functions.calls import Calls
from reviewer.project.model import Application
from reviewer.project.routes.startup import handlers_of
from reviewer.rule import Place

#: Conditions that say that only one kind of installation makes its tables so.
SPECIAL = re.compile(r"sqlite|test|debug|dev|local|env|demo|mode|memory|create|setup|init|exists", re.IGNORECASE)
SCRIPT_NAME = re.compile(r"(?:^|_)(?:create|init|initial|setup|seed|reset|drop|populate|manage|cli|script|bootstrap)")
SCRIPT_FOLDERS = frozenset(
    {"scripts", "script", "bin", "cli", "commands", "tools", "examples", "example", "docs", "demo"}
)
EXAMPLE_FOLDERS = frozenset({"examples", "example", "docs", "docs_src", "demo", "samples"})
COMMANDS = frozenset({"command", "cli", "group", "callback", "task", "shell_context_processor"})
STARTING = frozenset({"before_first_request", "on_event", "listener", "on_startup"})
MAKERS = ("FastAPI", "Flask", "Starlette", "APIFlask", "Quart")
CALL_DEPTH = 4


class TableCreation(msgspec.Struct, frozen=True, eq=False):
    """A place that makes tables from the models."""

    text: str  # `Base.metadata.create_all`
    place: Place
    symbol: str
    started_by: str  # what runs it when the application starts: a function or module; empty where nothing is known to


class TableCreations:
    """Answers where tables are made."""

    def __init__(
        self,
        modules: tuple[Module, ...],
        evaluator: Evaluator,
        calls: Calls,
        callers: Callers,
        module_body: Callable[[Module], FunctionValue],
        applications: Callable[[], tuple[Application, ...]],
    ) -> None:
        self._modules = modules
        self._evaluator = evaluator
        self._calls = calls
        self._callers = callers
        self._module_body = module_body
        self._applications = applications

    @cached_property
    def all(self) -> tuple[TableCreation, ...]:
        """All places outside of tests and migrations, in order."""
        return tuple(self._find())

    def _find(self) -> Iterator[TableCreation]:
        for module in self._modules:
            if module.is_test or not module.mentions("create_all") or is_migration(module):
                continue
            if not EXAMPLE_FOLDERS.isdisjoint(module.path.split("/")[:-1]):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    continue
                function = (
                    self._calls.function_of(module, declaration)
                    if declaration.kind == "function"
                    else self._module_body(module)
                )
                for node, is_special in _creations(function):
                    if self._is_metadata(node.value, function):
                        starter = "" if is_special else self._starter(function)
                        yield TableCreation(source_text(node), place_of(module, node), function.symbol, starter)

    def _is_metadata(self, node: tree.Expression, function: FunctionValue) -> bool:
        if "metadata" in last_name(node).lower():
            return True
        value = self._evaluator.evaluate(node, self._evaluator.declared(function))
        for one in alternatives(value):
            names = self._evaluator.external_names(one.instance if isinstance(one, InstanceAttribute) else one)
            if any(name.startswith(("flask_sqlalchemy.", "sqlalchemy.")) for name in names):
                return True
        return False

    def _starter(self, function: FunctionValue) -> str:
        """What runs a function when the application starts, by the functions that call it."""
        pending, seen = [(function, 0)], {id(function)}
        while pending:
            current, depth = pending.pop(0)
            if _is_command(current):
                continue
            if self._starts(current):
                return _name(current)
            if depth < CALL_DEPTH:
                for site in self._callers.of(current).sites:
                    if id(site.caller) not in seen and not _is_guarded(site.caller, site.node):
                        seen.add(id(site.caller))
                        pending.append((site.caller, depth + 1))
        return ""

    def _starts(self, function: FunctionValue) -> bool:
        if function.qualname == "<module>":
            return self._is_application_module(function.module)
        if id(function) in self._handlers or not STARTING.isdisjoint(decorator_names(function)):
            return True
        return any(called_name(node) in MAKERS for node in function.nodes_of(tree.Call))

    def _is_application_module(self, module: Module) -> bool:
        """Whether the top level of a module runs with the application: it makes it, or others import it."""
        parts = module.path.removesuffix(".py").split("/")
        if not SCRIPT_FOLDERS.isdisjoint(parts[:-1]) or SCRIPT_NAME.search(parts[-1]):
            return False
        if any(one.instance.module is module for one in self._applications()):
            return True
        last = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
        return any(
            last in (one.name, one.module.rpartition(".")[2])
            for other in self._modules
            if other is not module and not other.is_test and other.mentions(last)
            for one in other.index.imports
        )

    @cached_property
    def _handlers(self) -> Collection[int]:
        """The functions that applications run when they start."""
        found: set[int] = set()
        for application in self._applications():
            for handler in handlers_of(application.instance):
                for one in alternatives(handler.callable):
                    value = one.function if isinstance(one, BoundMethod) else one
                    if isinstance(value, Instance) and value.arguments:
                        value = value.arguments[0]
                    if isinstance(value, FunctionValue):
                        found.add(id(value))
                        found.add(id(value.wraps) if value.wraps is not None else id(value))
        return found


def _creations(function: FunctionValue) -> Iterator[tuple[tree.Attribute, bool]]:
    """The uses of `create_all` in a body, each with whether a condition restricts it to some installations."""
    body = function.node.body
    pending: list[tuple[tree.Node, bool]] = [(one, False) for one in (body if isinstance(body, tuple) else (body,))]
    while pending:
        node, is_special = pending.pop()
        if isinstance(node, (tree.Function, tree.Class, tree.Lambda)):
            continue
        if isinstance(node, tree.Attribute) and node.name == "create_all":
            yield node, is_special
        if isinstance(node, tree.If):
            is_inner = is_special or bool(SPECIAL.search(source_text(node.test))) or _is_main_guard(node)
            pending.extend((one, is_inner) for one in (*node.body, *node.otherwise))
        else:
            pending.extend((one, is_special) for one in tree.children(node))


def _is_guarded(function: FunctionValue, call: tree.Call) -> bool:
    """Whether a call stands below a condition that restricts it to some installations, or to scripts."""
    for node in function.nodes_of(tree.If):
        is_inside = (node.line, node.column) <= (call.line, call.column) and call.end_line <= node.end_line
        if is_inside and (_is_main_guard(node) or SPECIAL.search(source_text(node.test))):
            return True
    return False


def _is_main_guard(node: tree.If) -> bool:
    return "__name__" in source_text(node.test)


def _is_command(function: FunctionValue) -> bool:
    return not COMMANDS.isdisjoint(decorator_names(function)) or (
        function.qualname != "<module>" and not SCRIPT_FOLDERS.isdisjoint(function.module.path.split("/")[:-1])
    )


def _name(function: FunctionValue) -> str:
    return function.module.name if function.qualname == "<module>" else function.qualname.rpartition(".")[2]
