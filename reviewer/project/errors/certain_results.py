"""Whether a function gives a value on each of its ways, whatever its annotation says.

Takes the body of a function: `-> User | None` of one that raises where nothing is found promises less than it does.
"""

from __future__ import annotations

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.errors.none_flow import NoneFlow, Returned
from reviewer.project.evaluation.values import FunctionValue

#: Expressions that are a value whatever they hold.
CERTAIN = (
    tree.Dictionary, tree.List, tree.Tuple, tree.Set, tree.Comprehension, tree.Text, tree.FormattedText, tree.Number,
    tree.Bytes, tree.Comparison,
)  # fmt: skip


def never_gives_none(function: FunctionValue) -> bool:
    """Whether a body returns on each way something that is surely not None; generators are not asked."""
    body = function.node.body
    if not isinstance(body, tuple) or any(isinstance(one, (tree.Yield, tree.YieldFrom)) for one in function.nodes):
        return False
    flow = NoneFlow(body, _may_be_none)
    if flow.ends or not flow.returned:
        return False
    certain = _local_names(function)
    return all(_is_certain(one, certain) for one in flow.returned)


def _is_certain(returned: Returned, local: frozenset[str]) -> bool:
    value = returned.value
    if isinstance(value, tree.Call) and called_name(value) == "cast" and len(value.arguments) == 2:
        value = value.arguments[1]
        if isinstance(value, tree.Name):
            return value.id in returned.guards and value.id in local
    if value is None or returned.origin is not None:
        return False
    return value.id in local if isinstance(value, tree.Name) else not _may_be_none(value)


def _local_names(function: FunctionValue) -> frozenset[str]:
    """The names that a body binds itself, to something else than another name."""
    values: dict[str, list[tree.Expression]] = {}
    for one in function.nodes:
        if isinstance(one, tree.Assign):
            for target in one.targets:
                if isinstance(target, tree.Name):
                    values.setdefault(target.id, []).append(one.value)
        elif isinstance(one, tree.AnnotatedAssign) and isinstance(one.target, tree.Name) and one.value is not None:
            values.setdefault(one.target.id, []).append(one.value)
    return frozenset(name for name, bound in values.items() if not any(isinstance(value, tree.Name) for value in bound))


def _may_be_none(node: tree.Expression) -> bool:
    """Whether an expression may be None, as far as it can be told from itself."""
    if isinstance(node, tree.Constant):
        return node.value == "None"
    if isinstance(node, tree.Call):
        name = called_name(node)
        return name != "cast" and not name[:1].isupper()
    return not isinstance(node, CERTAIN)
