"""Endpoints that answer with objects of tables, and nothing that says which of their columns are sent.

FastAPI encodes every attribute of an object that no response model describes; `jsonify(user.__dict__)` does the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.data.secret_fields import is_credential, is_password
from reviewer.project.data.table_objects import TableObject, TableObjects
from reviewer.project.evaluation.values import FunctionValue, place_of
from reviewer.project.model import Route, Table
from reviewer.project.routes.endpoint_results import says_nothing
from reviewer.rule import Place

#: Types that say nothing about the shape of what is sent.
SHAPELESS = ("Any", "object", "dict", "Dict", "list", "List")
VALUE_LIMIT = 30


class ReturnedObject(msgspec.Struct, frozen=True, eq=False):
    """An endpoint's result that is an object of a table."""

    route: Route
    table: Table
    place: Place
    secrets: tuple[str, ...]  # the columns that hold passwords, keys or tokens
    way: str  # "returned" or "dictionary"


def returned_objects(routes: tuple[Route, ...], objects: TableObjects) -> Iterator[ReturnedObject]:
    """The results of endpoints that are objects of tables, each `return` once."""
    seen: set[int] = set()
    for route in routes:
        function = route.endpoint
        if not isinstance(function, FunctionValue) or id(function) in seen:
            continue
        seen.add(id(function))
        if route.framework == "fastapi" and _is_described(route):
            continue
        for node in function.nodes_of(tree.Return):
            found = None if node.value is None else _object_in(route, node.value, function, objects)
            if found is not None:
                table, way = found
                secrets = tuple(one for one in table.column_names if is_password(one) or is_credential(one))
                yield ReturnedObject(route, table, place_of(function.module, node), secrets, way)


def _is_described(route: Route) -> bool:
    if route.response_class is not None:
        return True
    return route.response_model is not None and not says_nothing(route.response_model_value, SHAPELESS)


def _object_in(
    route: Route, node: tree.Expression, function: FunctionValue, objects: TableObjects
) -> tuple[Table, str] | None:
    if route.framework != "fastapi":
        table = _dictionary_of(node, function, objects)
        return None if table is None else (table, "dictionary")
    values = (node,) if not isinstance(node, tree.Dictionary) else node.values[:VALUE_LIMIT]
    for value in values:
        found: TableObject | None = objects.of(value, function)
        if found is not None and found.table.library in ("sqlalchemy", "sqlmodel"):
            return found.table, "returned"
    return None


def _dictionary_of(node: tree.Expression, function: FunctionValue, objects: TableObjects) -> Table | None:
    """The table whose object is sent by `jsonify(user.__dict__)`, `jsonify(vars(user))`, `jsonify(**user.__dict__)`."""
    parts = [node]
    if isinstance(node, tree.Call) and called_name(node) in ("jsonify", "dumps"):
        parts = [*node.arguments, *(one.value for one in node.keywords)]
    elif isinstance(node, tree.Tuple) and node.items:
        return _dictionary_of(node.items[0], function, objects)
    for one in parts:
        if isinstance(one, tree.Comprehension):
            target = one.element
            loop = one.loops[0]
            inner = _whole_object(target)
            if inner is not None and isinstance(inner, tree.Name) and inner.id == getattr(loop.target, "id", ""):
                several = objects.of(loop.iterable, function)
                if several is not None and several.is_collection:
                    return several.table
            continue
        inner = _whole_object(one)
        found = None if inner is None else objects.of(inner, function)
        if found is not None and not found.is_collection:
            return found.table
    return None


def _whole_object(node: tree.Expression) -> tree.Expression | None:
    """The object whose attributes are taken as a dictionary."""
    if isinstance(node, tree.Attribute) and node.name == "__dict__":
        return node.value
    if isinstance(node, tree.Call) and called_name(node) in ("vars", "dict", "copy"):
        if called_name(node) == "vars" and node.arguments:
            return node.arguments[0]
        inner = node.function.value if isinstance(node.function, tree.Attribute) else None
        inner = inner or (node.arguments[0] if node.arguments else None)
        return None if inner is None else _whole_object(inner)
    return None
