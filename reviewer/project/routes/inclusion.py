"""Routers that may be included by code which is not followed: so that nobody calls them forgotten.

Looks at the including calls that were not executed on a known object, and at the arguments they get.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Instance, Unknown, Value, alternatives
from reviewer.project.functions.calls import Calls

INCLUDING = frozenset({"register_blueprint", "register_api", "include_router", "mount"})


class PossibleInclusions(msgspec.Struct, frozen=True):
    """What may be included without being seen to be."""

    made_by: frozenset[int]  # identities of the calls that made those routers
    is_any_possible: bool  # a router that is not known is included, so it may be any


def possible_inclusions(evaluator: Evaluator, calls: Calls) -> PossibleInclusions:
    """What the including calls that were not executed may include."""
    executed = {
        id(event.node)
        for group in (*evaluator.instances.values(), evaluator.project_instances)
        for instance in group
        for event in instance.events
        if event.method in INCLUDING
    }
    made_by: set[int] = set()
    is_any_possible = False
    for value in _included_values(evaluator, calls, executed):
        if isinstance(value, Instance):
            made_by.add(id(value.node))
        elif isinstance(value, Unknown):
            is_any_possible = True
    return PossibleInclusions(frozenset(made_by), is_any_possible)


def _included_values(evaluator: Evaluator, calls: Calls, executed: set[int]) -> Iterator[Value]:
    for function in calls.functions(*sorted(INCLUDING)):
        if function.module.is_test:
            continue
        for site in calls.named(function, *INCLUDING):
            if id(site.node) not in executed:
                for argument in _router_arguments(site.node):
                    yield from alternatives(evaluator.evaluate(argument, evaluator.declared(function)))


def _router_arguments(node: tree.Call) -> Iterator[tree.Expression]:
    """The arguments that may be the router: of `mount` the second, of the others the first."""
    yield from (one.value if isinstance(one, tree.Starred) else one for one in node.arguments[:2])
    yield from (one.value for one in node.keywords if one.name in ("router", "blueprint", "app", "api"))
