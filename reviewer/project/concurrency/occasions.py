"""When code runs: beside requests, when the server starts, once for what is kept, or where another thread takes it.

Looks at names and at the tree of one function, and answers for the linkers of what blocks the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.values import FunctionValue, decorator_names
from reviewer.project.functions.local_flow import shape

#: Folders and files of what is started by hand and serves nobody else meanwhile.
UNSERVED = frozenset(
    {
        "scripts", "script", "benchmarks", "benchmark", "examples", "example", "samples", "sample", "cli", "commands",
        "management", "migrations", "alembic", "versions", "evals", "devtools", "seeds", "docs", "testing",
        "docs_src", "cookbook", "notebooks",
    }
)  # fmt: skip
UNSERVED_FILES = frozenset({"cli.py", "commands.py", "manage.py", "__main__.py", "conftest.py", "seed.py", "setup.py"})
#: Words in the names of functions that run when the server starts or stops.
STARTUP_WORDS = frozenset({"lifespan", "startup", "shutdown", "bootstrap"})
#: Names of parameters that say whether a caller wants to wait.
WAITING = re.compile(r"block|wait|sync|foreground")
#: Builtins that go through all of what they are given.
GATHERING = frozenset({"list", "tuple", "set", "sorted", "sum", "next", "dict", "enumerate", "build_full_result"})
#: Parts of the names of decorators after which a function runs its body once or elsewhere.
ELSEWHERE = ("cache", "singleton", "thread", "executor", "asyncify", "sync_to_async", "task", "fixture")


def serves(module: Module) -> bool:
    """Whether a module is part of what a server runs: no script, command, example, benchmark or migration."""
    *folders, file = module.path.lower().split("/")
    words = {word for folder in folders for word in (folder, *folder.replace("_", "-").split("-"))}
    return file not in UNSERVED_FILES and UNSERVED.isdisjoint(words)


def is_startup(function: FunctionValue) -> bool:
    """Whether a coroutine function runs when the server starts or stops, before or after all requests."""
    words = function.qualname.lower().replace("<locals>", "").replace(".", "_").split("_")
    return not STARTUP_WORDS.isdisjoint(words) or any("on_event" in name for name in decorator_names(function))


def runs_elsewhere(function: FunctionValue) -> bool:
    """Whether what a call of a function runs is not its body, or only the first time."""
    return any(part in name.lower() for name in decorator_names(function) for part in ELSEWHERE)


def runs_once(function: FunctionValue, node: tree.Node) -> bool:
    """Whether a call makes what is kept from then on: `if self._client is None:`."""
    return any(
        (block[0].line, block[0].column) <= (node.line, node.column) < (block[-1].end_line, block[-1].end_column)
        for block in _filling_blocks(function)
    )


def is_on_demand(function: FunctionValue, node: tree.Node) -> bool:
    """Whether a call is made only for callers that ask to wait for it: `if blocking: return send()`."""
    asking = {
        one.name
        for one in function.node.parameters
        if isinstance(one.default, tree.Constant) and one.default.value == "False" and WAITING.search(one.name)
    }
    return bool(asking) and any(
        isinstance(one.test, tree.Name)
        and one.test.id in asking
        and (one.body[0].line, one.body[0].column) <= (node.line, node.column)
        and (node.line, node.column) < (one.body[-1].end_line, one.body[-1].end_column)
        for one in function.nodes_of(tree.If)
    )


def is_prepared_only(function: FunctionValue, node: tree.Call) -> bool:
    """Whether a call of a paginator makes pages that this function does not go through: each is fetched when asked."""
    if called_name(node) != "paginate":
        return False
    names = {
        target.id
        for one in function.nodes_of(tree.Assign)
        if one.value is node
        for target in one.targets
        if isinstance(target, tree.Name)
    }
    gone_through: list[tree.Expression] = [one.iterable for one in function.nodes_of(tree.For)]
    gone_through += [loop.iterable for one in function.nodes_of(tree.Comprehension) for loop in one.loops]
    gone_through += [
        argument
        for call in function.nodes_of(tree.Call)
        if called_name(call) in GATHERING
        for argument in call.arguments
    ]
    return not any(
        inner is node or (isinstance(inner, tree.Name) and inner.id in names)
        for one in gone_through
        for inner in tree.walk(one)
    )


@lru_cache(maxsize=8)  # all calls of a function are asked about one after the other
def _filling_blocks(function: FunctionValue) -> tuple[tuple[tree.Statement, ...], ...]:
    """The blocks that run where something kept is still missing, and fill it."""
    return tuple(_found_filling_blocks(function))


def _found_filling_blocks(function: FunctionValue) -> Iterator[tuple[tree.Statement, ...]]:
    outer = {name for one in function.nodes_of(tree.Global) for name in one.names}
    for one in function.nodes_of(tree.If):
        kept = {
            shape(tested)
            for tested in _missing(one.test)
            if isinstance(tested, tree.Attribute) or (isinstance(tested, tree.Name) and tested.id in outer)
        }
        if kept and any(
            isinstance(inner, tree.Assign) and any(shape(target) in kept for target in inner.targets)
            for inner in tree.walk_scope(one.body)
        ):
            yield one.body


def _missing(test: tree.Expression) -> Iterator[tree.Expression]:
    """What a test finds missing: `x is None`, `not x`, and each of several that it asks for together."""
    if isinstance(test, tree.BooleanOperation) and test.operator == "and":
        for one in test.values:
            yield from _missing(one)
    elif isinstance(test, tree.UnaryOperation) and test.operator == "not":
        yield test.operand
    elif isinstance(test, tree.Comparison) and test.operators == ("is",):
        yield test.left
