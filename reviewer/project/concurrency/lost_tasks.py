"""Finds tasks that are started and not kept: `asyncio.create_task(…)` as a statement of its own."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.source_text import called_name
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.calls import Calls
from reviewer.project.model import CallSite

STARTING = ("create_task", "ensure_future")
#: What the names of libraries' functions that start a task begin with; task groups keep their tasks themselves.
LOOPS = (
    "asyncio.get_event_loop.",
    "asyncio.get_running_loop.",
    "asyncio.new_event_loop.",
    "asyncio.AbstractEventLoop.",
)


def lost_tasks(calls: Calls) -> Iterator[CallSite]:
    """The calls that start a task and drop it, in order; tests left out."""
    for module, declaration in calls.declarations_calling(*STARTING):
        if declaration.kind == "function" and not module.is_test and not _is_destructor(declaration):
            function = calls.function_of(module, declaration)
            for call in _dropped(function):
                site = calls.site_of(function, call)
                name = site.external_name
                if name in ("asyncio.create_task", "asyncio.ensure_future") or name.startswith(LOOPS):
                    yield site


def _is_destructor(declaration: Declaration) -> bool:
    """Whether a function runs when its object is collected, so that nothing is left that could keep a task."""
    return declaration.qualname.rpartition(".")[2] == "__del__"


def _dropped(function: FunctionValue) -> Iterator[tree.Call]:
    for statement in function.nodes_of(tree.ExpressionStatement):
        value = statement.value
        if isinstance(value, tree.Call) and called_name(value) in STARTING:
            yield value
    for assignment in function.nodes_of(tree.Assign):
        match assignment:
            case tree.Assign(targets=(tree.Name(id="_"),), value=tree.Call() as call) if called_name(call) in STARTING:
                yield call
            case _:
                pass
