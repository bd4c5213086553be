"""Dictionaries that endpoints return and that lack what their response model demands: each answer is then a 500."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.data.pydantic import Schemas
from reviewer.project.evaluation.values import ClassValue, FunctionValue
from reviewer.project.model import Answer, Schema
from reviewer.project.routes.endpoint_results import EndpointResults
from reviewer.project.routes.operations import Operation
from reviewer.rule import Place

#: Validators that may fill in what is missing.
FILLING = ("model_validator", "root_validator", "before", "pre", "model_serializer", "alias_generator")


class ShapeMismatch(msgspec.Struct, frozen=True, eq=False):
    """A returned dictionary without required fields of the response model."""

    operation: Operation
    function: FunctionValue
    schema: Schema
    missing: tuple[str, ...]
    place: Place


def shape_mismatches(
    operations: Iterable[Operation], results: EndpointResults, schemas: Schemas
) -> Iterator[ShapeMismatch]:
    """The dictionaries as they stand in `return` statements."""
    for operation in operations:
        route = operation.route
        if not isinstance(route.endpoint, FunctionValue) or route.response_model is None:
            continue
        schema = schemas.of(route.response_model_value)
        if schema is None or schema.has_unknown_bases or _may_fill(schema):
            continue
        for result in results.of(route.endpoint):
            keys = _keys(result.expression)
            if keys is None:
                continue
            missing = [
                one.name for one in schema.fields if one.name not in keys and one.details.is_required is Answer.YES
            ]
            if missing and not any(one.details.is_aliased for one in schema.fields):
                yield ShapeMismatch(operation, route.endpoint, schema, tuple(missing), result.place)


def _keys(node: tree.Expression | None) -> frozenset[str] | None:
    """The keys of a dictionary display, None where they are not all texts."""
    if not isinstance(node, tree.Dictionary):
        return None
    texts = [one.value for one in node.keys if isinstance(one, tree.Text)]
    return frozenset(texts) if len(texts) == len(node.keys) else None


def _may_fill(schema: Schema) -> bool:
    """Whether validators or a configuration of the model, or of a base, may change what is demanded."""
    owners = {field.owner for field in schema.fields} | {schema.value}
    return any(isinstance(one, ClassValue) and one.module.mentions(*FILLING) for one in owners)
