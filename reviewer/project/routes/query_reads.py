"""What endpoints read from the query of a request by hand, as in `request.args["name"]`, name by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import External, FunctionValue, Instance, InstanceAttribute, place_of
from reviewer.project.model import Route
from reviewer.rule import Place

#: The attributes of Flask's and Starlette's requests that hold the query.
QUERIES = frozenset({"args", "query_params"})


class QueryRead(msgspec.Struct, frozen=True, eq=False):
    """A name that an endpoint reads from the query."""

    name: str
    route: Route  # the first that the endpoint answers
    function: FunctionValue
    place: Place


def query_reads(endpoints: Iterable[tuple[FunctionValue, Route]], evaluator: Evaluator) -> Iterator[QueryRead]:
    """The names that endpoints read in their own bodies."""
    for function, route in endpoints:
        if route.module.is_test or not function.module.mentions(*QUERIES):
            continue
        nodes: Iterator[tree.Call | tree.Subscript] = chain(
            function.nodes_of(tree.Call), function.nodes_of(tree.Subscript)
        )
        for node in nodes:
            name = _name_read(node)
            if name is not None and _is_query(_source(node), function, evaluator):
                yield QueryRead(name, route, function, place_of(function.module, node))


def _name_read(node: tree.Call | tree.Subscript) -> str | None:
    if isinstance(node, tree.Subscript):
        key: tree.Node | None = node.index
    elif isinstance(node.function, tree.Attribute) and node.function.name == "get" and node.arguments:
        key = node.arguments[0]
    else:
        return None
    return key.value if isinstance(key, tree.Text) else None


def _source(node: tree.Call | tree.Subscript) -> tree.Expression:
    if isinstance(node, tree.Subscript):
        return node.value
    assert isinstance(node.function, tree.Attribute)
    return node.function.value


def _is_query(node: tree.Expression, function: FunctionValue, evaluator: Evaluator) -> bool:
    if not isinstance(node, tree.Attribute) or node.name not in QUERIES:
        return False
    value = evaluator.evaluate(node, evaluator.declared(function))
    if isinstance(value, External):
        return value.name in ("flask.request.args", "flask.globals.request.args")
    if not isinstance(value, InstanceAttribute) or not isinstance(value.instance, Instance):
        return False
    return any(name.rpartition(".")[2] in ("Request", "request") for name in evaluator.external_names(value.instance))
