"""Finds fields of request models that say what a user may do, and that reach the stored user from a plain caller.

Takes routes with the models of their bodies, gives the field, and the place where it is stored. A field that anything
on the way looks at, replaces or leaves out is no finding, and neither is a route that demands a role.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name
from reviewer.project.access.plain_caller import statements_reached
from reviewer.project.access.role_demands import RoleDemands
from reviewer.project.access.unguarded_objects import USER_SEGMENTS, header_of
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue, Unknown, Value, place_of
from reviewer.project.functions.callers import bound_arguments
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import Answer, CallSite, Route, Schema, SchemaField, Table
from reviewer.project.routes.endpoint_functions import function_answering
from reviewer.project.routes.open_routes import CHANGING, EXAMPLE_FOLDERS
from reviewer.rule import Place

#: Fields that say what a user may do, who they are for the program, or what they own.
PRIVILEGED = frozenset(
    {
        "role", "roles", "role_id", "user_role", "is_admin", "admin", "is_superuser", "superuser", "is_staff",
        "is_super_admin", "is_moderator", "permissions", "is_verified", "verified", "email_verified", "is_active",
        "active", "disabled", "is_disabled", "is_approved", "balance", "credits", "credit_balance",
    }
)  # fmt: skip
#: Those that only somebody else decides on, whoever is meant.
GRANTING = re.compile(r"role|admin|superuser|staff|moderator|permissions|balance|credit")
USER_NAME = re.compile(r"User|Account|Member|Customer|Employee|Profile", re.IGNORECASE)
#: Calls that give all fields of a model.
DUMPING = frozenset({"dict", "model_dump", "jsonable_encoder", "copy", "model_copy"})
#: Calls that store what they are given.
STORING = re.compile(
    r"^(?:create|update|add|insert|save|upsert|register|sqlmodel_update|values|patch|set|bulk_create|from_orm|"
    r"model_validate)(?:_|$)|^(?:update|create|add|save|insert)\w*$|(?:^|_)model(?:_class|_cls|_type)?$"
)
DEPTH = 4


class PrivilegedField(msgspec.Struct, frozen=True, eq=False):
    """A field by which a plain caller gets what only others may give."""

    route: Route
    field: SchemaField
    schema: Schema
    place: Place  # of the endpoint's header
    stored_at: Place
    is_public: bool  # nothing demands a known caller


class PrivilegedFields:
    """Answers which privileged fields plain callers can store."""

    def __init__(
        self,
        evaluator: Evaluator,
        calls: Calls,
        demands: RoleDemands,
        schema_of: Callable[[Value], Schema | None],
        tables: Callable[[], tuple[Table, ...]],
        table_of: Callable[[ClassValue], Table | None],
    ) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._demands = demands
        self._schema_of = schema_of
        self._tables = tables
        self._table_of = table_of

    def find(self, routes: Iterable[Route]) -> Iterator[PrivilegedField]:
        """All of them, the most telling field of each endpoint."""
        seen: set[int] = set()
        for route in routes:
            if route.framework != "fastapi" or route.method not in CHANGING or route.module.is_test:
                continue
            if not EXAMPLE_FOLDERS.isdisjoint(route.module.path.split("/")[:-1]):
                continue
            function = function_answering(self._evaluator, route)
            if function is None or id(function) in seen or not isinstance(function.node, tree.Function):
                continue
            found = self._in_route(route, function)
            if found is not None:
                seen.add(id(function))
                yield found

    def _in_route(self, route: Route, function: FunctionValue) -> PrivilegedField | None:
        for parameter in route.parameters:
            if parameter.kind not in ("body", "unknown", "query"):  # a model is a body whatever its base is
                continue
            schema = self._schema_of(parameter.type)
            if schema is None or not _is_about_users(route, schema):
                continue
            fields = [field for field in schema.fields if field.name in PRIVILEGED]
            fields.sort(key=lambda field: GRANTING.search(field.name) is None)
            if not fields or self._demands.guard_of(route).answer is not Answer.NO:
                continue
            name = _parameter_name(function, parameter.place.line, parameter.place.column)
            for field in fields:
                is_own_choice = GRANTING.search(field.name) is None and route.method == "POST"
                if is_own_choice or not self._is_column(field.name):
                    continue
                stored = self._stored(route, function, name, field.name)
                if stored is not None:
                    is_public = route.authentication.answer is Answer.NO
                    return PrivilegedField(route, field, schema, header_of(function), stored, is_public)
        return None

    def _is_column(self, name: str) -> bool:
        """Whether a table of users has such a column."""
        return any(
            column.name == name for table in self._tables() if USER_NAME.search(table.name) for column in table.columns
        )

    def _stored(self, route: Route, function: FunctionValue, name: str, field: str) -> Place | None:
        """Where a plain caller's field is stored, None where that is not for certain."""
        assert isinstance(function.node, tree.Function)
        callers = frozenset(
            one.parameter
            for one in route.dependencies
            if one.parameter is not None
            and any(inner.enforces_authentication is not Answer.NO for inner in one.flattened())
        )
        if any(self._may_refuse(site) for site in self._calls.of(function)):
            return None
        reached = list(statements_reached(function.node.body, callers | {"current_user"}))
        return _Flow(self, function, name, field, 0).stored(reached)

    def _may_refuse(self, site: CallSite) -> bool:
        """Whether a call of the project's own function may be a check: it speaks of roles."""
        return any(
            self._demands.speaks_of_roles(target) and not STORING.search(target.name) for target in targets(site.callee)
        )


class _Flow:
    """Where one function stores a field of what it takes as a parameter."""

    def __init__(self, owner: PrivilegedFields, function: FunctionValue, name: str, field: str, depth: int) -> None:
        self._owner = owner
        self._function = function
        self._field = field
        self._depth = depth
        self._names = {name}

    def stored(self, statements: Iterable[tree.Statement]) -> Place | None:
        """The first place among some statements where the field is stored; None if it is looked at or replaced."""
        nodes = [node for statement in statements for node in tree.walk_scope((statement,))]
        for node in nodes:
            if isinstance(node, tree.Assign) and self._is_whole(node.value):
                self._names |= {target.id for target in node.targets if isinstance(target, tree.Name)}
        if any(map(self._is_handled, self._function.nodes)):
            return None
        for node in nodes:
            place = self._place_of_store(node)
            if place is not None:
                return place
        return None

    def _is_payload(self, node: tree.Expression) -> bool:
        return isinstance(node, tree.Name) and node.id in self._names

    def _is_field(self, node: tree.Expression) -> bool:
        match node:
            case tree.Attribute(value=value, name=name):
                return name == self._field and self._is_payload(value)
            case tree.Subscript(value=value, index=tree.Text(value=name)):
                return name == self._field and self._is_payload(value)
            case _:
                return False

    def _is_whole(self, node: tree.Expression) -> bool:
        """Whether an expression holds all fields: the payload, its dump, or a mapping with it."""
        match node:
            case tree.Name():
                return self._is_payload(node)
            case tree.Await(value=value):
                return self._is_whole(value)
            case tree.Call(function=tree.Attribute(value=value), keywords=keywords) if called_name(node) in DUMPING:
                left_out = any(one.name in ("exclude", "include", "update") for one in keywords)
                return self._is_whole(value) and not left_out
            case tree.Call(arguments=(first, *_), keywords=keywords) if called_name(node) in DUMPING:
                return self._is_whole(first) and not any(one.name in ("exclude", "include") for one in keywords)
            case tree.Dictionary(keys=keys, values=values):
                return any(
                    key is None and self._is_whole(one) for key, one in zip(keys, values, strict=True)
                ) and not any(isinstance(key, tree.Text) and key.value == self._field for key in keys)
            case _:
                return False

    def _is_handled(self, node: tree.Node) -> bool:
        """Whether a node looks at the field, replaces it or leaves it out."""
        match node:
            case tree.If(test=test) | tree.Conditional(test=test) | tree.Assert(test=test):
                return any(self._is_field(one) or _is_text(one, self._field) for one in tree.walk(test))  # type: ignore[arg-type]
            case tree.Assign(targets=targets):
                return any(self._is_field(target) for target in targets)
            case tree.Delete(targets=targets):
                return any(self._is_field(target) for target in targets)
            case tree.Call(function=tree.Attribute(value=value, name="pop"), arguments=(first, *_)):
                return self._is_payload(value) and _is_text(first, self._field)
            case tree.Keyword(name="exclude" | "include"):
                return any(isinstance(one, tree.Name) and one.id in self._names for one in self._function.nodes)
            case _:
                return False

    def _place_of_store(self, node: tree.Node) -> Place | None:
        match node:
            case tree.Assign(targets=(tree.Attribute(name=name),), value=value) if name == self._field:
                return place_of(self._function.module, node) if self._is_field(value) else None
            case tree.Call():
                return self._stored_by_call(node)
            case tree.For(iterable=iterable, body=body):
                return self._stored_by_loop(iterable, body)
            case _:
                return None

    def _stored_by_loop(self, iterable: tree.Expression, body: tuple[tree.Statement, ...]) -> Place | None:
        """`for name, value in payload.model_dump().items(): setattr(user, name, value)`."""
        source = iterable
        if isinstance(source, tree.Call) and isinstance(source.function, tree.Attribute):
            source = source.function.value if source.function.name in ("items", "keys") else source
        if not (self._is_whole(source) or self._is_payload(source)):
            return None
        for one in tree.walk_scope(body):
            if isinstance(one, tree.Call) and called_name(one) == "setattr":
                return place_of(self._function.module, one)
        return None

    def _stored_by_call(self, node: tree.Call) -> Place | None:
        spread = any(keyword.name is None and self._is_whole(keyword.value) for keyword in node.keywords)
        named = any(keyword.name == self._field and self._is_field(keyword.value) for keyword in node.keywords)
        given = [*node.arguments, *(keyword.value for keyword in node.keywords if keyword.name is not None)]
        whole = any(map(self._is_whole, given))
        if not (spread or named or whole) or called_name(node) in DUMPING:
            return None
        site = self._owner._calls.site_of(self._function, node)
        place = place_of(self._function.module, node)
        if isinstance(site.callee, ClassValue):
            is_table = self._owner._table_of(site.callee) is not None
            return place if is_table and (spread or named) else None
        found = targets(site.callee)
        for target in found if self._depth < DEPTH else ():
            inner = self._followed(site, target, spread=spread)
            if inner is not None:
                return inner
        is_store = STORING.search(called_name(node)) is not None
        is_open = not found and (isinstance(site.callee, Unknown) or bool(site.external_name) or named or whole)
        return place if is_store and is_open and (spread or self._is_dump(given)) else None

    def _is_dump(self, given: list[tree.Expression]) -> bool:
        """Whether all fields are handed over as a mapping, so that names and columns are the same."""
        return any(self._is_whole(one) and (isinstance(one, tree.Call) or not self._is_parameter(one)) for one in given)

    def _is_parameter(self, node: tree.Expression) -> bool:
        return isinstance(node, tree.Name) and any(one.name == node.id for one in self._function.node.parameters)

    def _followed(self, site: CallSite, target: FunctionValue, *, spread: bool) -> Place | None:
        if not isinstance(target.node, tree.Function):
            return None
        if spread:
            names = [one.name for one in target.node.parameters if one.kind == "variadic-keyword"]
        else:
            bound = bound_arguments(site, target) or {}
            names = [name for name, value in bound.items() if self._is_whole(value)]
        for name in names:
            flow = _Flow(self._owner, target, name, self._field, self._depth + 1)
            place = flow.stored(target.node.body)
            if place is not None:
                return place
        return None


def _is_text(node: tree.Node, text: str) -> bool:
    return isinstance(node, tree.Text) and node.value == text


def _parameter_name(function: FunctionValue, line: int, column: int) -> str:
    """The name in the signature of a parameter that stands somewhere."""
    return next((one.name for one in function.node.parameters if (one.line, one.column) == (line, column)), "")


def _is_about_users(route: Route, schema: Schema) -> bool:
    """Whether a body describes a user: by the name of the model, or by the path it is sent to."""
    if USER_NAME.search(schema.name):
        return True
    segments = [segment for segment in route.path.lower().split("/") if segment and segment[0] not in "{<"]
    return bool(segments) and segments[-1] in USER_SEGMENTS
