"""Links properties of tables that run a query of their own to the schemas of lists that read them.

Takes tables and the response models of GET routes, gives the properties that cost a query for each object of a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.data.looped_queries import LoopedQueries
from reviewer.project.data.pydantic import Schemas
from reviewer.project.data.sqlalchemy import Tables
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue, Subscripted, decorator_names, place_of
from reviewer.project.model import Query, Route, Schema, Table
from reviewer.rule import Place


class QueryingProperty(msgspec.Struct, frozen=True, eq=False):
    """A property of a table that runs a query, and a list of objects that is made with it."""

    table: Table
    function: FunctionValue
    query: Query
    route: Route  # that answers with the list
    place: Place  # the name of the property in its header


class QueryingProperties:
    """Answers which properties cost a query for each object of a list."""

    def __init__(
        self, evaluator: Evaluator, tables: Tables, schemas: Schemas, looped: LoopedQueries, routes: Iterable[Route]
    ) -> None:
        self._evaluator = evaluator
        self._tables = tables
        self._schemas = schemas
        self._looped = looped
        self._routes = tuple(routes)

    def find(self) -> Iterator[QueryingProperty]:
        """The properties of tables that run a query and stand in the schema of a list, in order."""
        candidates = list(self._properties())
        if not candidates:
            return
        listed = list(self._listed_schemas())
        for table, function in candidates:
            route = next((one for one, schema in listed if self._shows(schema, table, function.name)), None)
            query = None if route is None else self._looped.lookup_of(function)
            if route is not None and query is not None:
                yield QueryingProperty(table, function, query, route, _header_of(function))

    def _properties(self) -> Iterator[tuple[Table, FunctionValue]]:
        for table in self._tables.all:
            for statement in table.value.node.body:
                if not isinstance(statement, tree.Function) or not statement.decorators:
                    continue
                found = self._evaluator.find_in_class(table.value, statement.name)
                if found is None or not isinstance(found[1], FunctionValue):
                    continue
                if any(name in ("property", "cached_property") for name in decorator_names(found[1])):
                    yield table, found[1]

    def _listed_schemas(self) -> Iterator[tuple[Route, Schema]]:
        """The schemas of which GET routes answer with a list."""
        for route in self._routes:
            value = route.response_model_value
            if route.method == "GET" and isinstance(value, Subscripted) and value.arguments:
                schema = self._schemas.of(value.arguments[0])
                if schema is not None:
                    yield route, schema

    def _shows(self, schema: Schema, table: Table, name: str) -> bool:
        """Whether a schema is one of the table, and has a field that the property fills."""
        fields = {field.name for field in schema.fields}
        return name in fields and schema.name.startswith(table.name)


def _header_of(function: FunctionValue) -> Place:
    node = function.node
    assert isinstance(node, tree.Function)
    place = place_of(function.module, node)
    return Place(place.path, place.line, place.column, place.line, place.column + len("def ") + len(node.name))
