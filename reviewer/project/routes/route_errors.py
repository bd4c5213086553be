"""HTTP errors that a route can answer with, and which of their statuses its documentation leaves out.

Takes the operations with what their endpoints and dependencies raise, gives groups: errors that an application or a
router leaves out throughout are one group, the others one for each operation. A status that is not known is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
)
from reviewer.project.functions.errors import Errors
from reviewer.project.model import RaisedError, Route
from reviewer.project.routes.operations import (
    MANY_GROUPS,
    Operation,
    OperationGroup,
    application_group,
    by_application,
    by_router,
    router_group,
    single_group,
)
from reviewer.rule import Place

#: How many operations of an application or router it takes to call what they have in common a habit.
APPLICATION_MINIMUM = 3
HABIT_MINIMUM = 10
ROUTER_MINIMUM = 3
#: Share of the operations that raise a status, from 0 to 1, that leave it out where that is a habit of the application.
HABIT_SHARE = 0.8

Missing = dict[int, tuple[RaisedError, ...]]


class UndocumentedErrors(msgspec.Struct, frozen=True, eq=False):
    """Statuses that the operations of a group answer with and do not document."""

    group: OperationGroup
    errors: Missing  # by status
    is_whole_application: bool  # which documents no error at all
    each: tuple[UndocumentedErrors, ...] = ()  # those of the operations of a group one by one

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses, sorted."""
        return tuple(sorted(self.errors))


class UndocumentedRaise(msgspec.Struct, frozen=True, eq=False):
    """A place that raises an error, and the routes that answer with it and do not document its status."""

    error: RaisedError
    routes: tuple[Route, ...]


class RouteErrors:
    """Answers which errors routes raise. Results are kept by callable."""

    def __init__(self, evaluator: Evaluator, errors: Errors) -> None:
        self._evaluator = evaluator
        self._errors = errors
        self._by_function: dict[int, tuple[RaisedError, ...]] = {}
        self._kept: list[FunctionValue] = []

    def of(self, route: Route) -> tuple[RaisedError, ...]:
        """The errors that the endpoint of a route and its dependencies raise, with what they call."""
        roots = [route.endpoint, *(one.callable for one in route.all_dependencies)]
        found: dict[int, RaisedError] = {}
        for root in roots:
            function = self._function_of(root)
            if function is not None:
                found.update((id(error), error) for error in self._raised_by(function))
        return tuple(found.values())

    def _raised_by(self, function: FunctionValue) -> tuple[RaisedError, ...]:
        if id(function) not in self._by_function:
            self._kept.append(function)
            self._by_function[id(function)] = self._errors.raised_by(function)
        return self._by_function[id(function)]

    def _function_of(self, value: Value) -> FunctionValue | None:
        """The function that runs where a callable is called."""
        if isinstance(value, BoundMethod):
            return value.function
        if isinstance(value, Instance) and isinstance(value.type, External):
            is_partial = value.type.name == "functools.partial" and value.arguments
            return self._function_of(value.arguments[0]) if is_partial else None
        owner, name = value, "__init__"
        if isinstance(value, Instance):
            owner, name = value.type, "__call__"
        if isinstance(owner, ClassValue):
            found = self._evaluator.find_in_class(owner, name)
            value = found[1] if found else None
        return value if isinstance(value, FunctionValue) else None

    def undocumented(
        self, operations: Collection[Operation], ignored: Collection[int], is_each: bool = False
    ) -> Iterator[UndocumentedErrors]:
        """The errors that operations leave out of `responses=`, gathered; `is_each` gathers none of them."""
        for application in by_application(operations):
            members = application.operations
            missing = {operation: self._missing(operation, ignored) for operation in members}
            missing = {operation: found for operation, found in missing.items() if found}
            if not missing:
                continue
            if is_each:
                yield from _each(missing)
            elif len(missing) >= APPLICATION_MINIMUM and not any(map(_documents_errors, members)):
                yield _group(application_group, missing, is_whole_application=True)
            else:
                yield from self._gathered(members, missing)

    def undocumented_raises(self, routes: Iterable[Route], ignored: Collection[int]) -> Iterator[UndocumentedRaise]:
        """Each place that raises an error, with the routes that answer with it and do not document its status."""
        by_place: dict[Place, tuple[RaisedError, dict[Place, Route]]] = {}
        for route in routes:
            if route.framework != "fastapi" or route.include_in_schema is False or route.has_unknown_responses:
                continue
            for error in self.of(route):
                if _is_left_out(error.status, route, ignored):
                    by_place.setdefault(error.place, (error, {}))[1].setdefault(route.place, route)
        for error, lacking in by_place.values():
            yield UndocumentedRaise(error, tuple(lacking.values()))

    def _missing(self, operation: Operation, ignored: Collection[int]) -> Missing:
        """The errors by status that some route of an operation raises and does not document."""
        found: dict[int, dict[int, RaisedError]] = {}
        for route in operation.routes:
            if route.has_unknown_responses:
                continue
            for error in self.of(route):
                if _is_left_out(error.status, route, ignored):
                    found.setdefault(int(str(error.status)), {})[id(error)] = error
        return {status: tuple(errors.values()) for status, errors in found.items()}

    def _gathered(
        self, members: Collection[Operation], missing: dict[Operation, Missing]
    ) -> Iterator[UndocumentedErrors]:
        """The groups of an application, or one where they would be many."""
        # Who documents some errors of an operation and not one that its endpoint raises has left it out by mistake.
        left_out = {one: _raised_in(one, found) for one, found in missing.items() if _documents_its_own(one)}
        left_out = {one: found for one, found in left_out.items() if found}
        if len(left_out) <= MANY_GROUPS:
            yield from _each(left_out)
            missing = {one: _without(found, frozenset(left_out.get(one, {}))) for one, found in missing.items()}
            missing = {one: found for one, found in missing.items() if found}
        groups = tuple(self._groups(members, missing))
        if len(groups) <= MANY_GROUPS:
            yield from groups
        else:
            yield _group(application_group, missing)

    def _groups(
        self, members: Collection[Operation], missing: dict[Operation, Missing]
    ) -> Iterator[UndocumentedErrors]:
        habits = _habits(missing, members, HABIT_MINIMUM, HABIT_SHARE)
        if habits:
            lacking = tuple(one for one, found in missing.items() if not habits.isdisjoint(found))
            yield _group(application_group, {one: _only(missing[one], habits) for one in lacking})
        for router in by_router(members):
            rest = {one: _without(missing[one], habits) for one in router.operations if one in missing}
            own = _habits(rest, router.operations, ROUTER_MINIMUM, 1)
            if own:
                lacking = tuple(one for one, found in rest.items() if not own.isdisjoint(found))
                yield _group(router_group, {one: _only(rest[one], own) for one in lacking})
            yield from _of_one_router({one: _without(found, own) for one, found in rest.items()})


def _is_left_out(status: int | Unknown, route: Route, ignored: Collection[int]) -> bool:
    """Whether a status is known to be one of an error, and is not documented."""
    is_error = isinstance(status, int) and 400 <= status < 600
    return is_error and status not in ignored and status not in route.documented_statuses


def _documents_errors(operation: Operation) -> bool:
    return any(
        route.has_unknown_responses or any(status >= 400 for status in route.documented_statuses)
        for route in operation.routes
    )


def _documents_its_own(operation: Operation) -> bool:
    """Whether the registration itself documents an error."""
    keywords = operation.route.node.keywords if isinstance(operation.route.node, tree.Call) else ()
    return any(one.name == "responses" for one in keywords) and _documents_errors(operation)


def _raised_in(operation: Operation, found: Missing) -> Missing:
    """Those of some errors that the endpoint raises itself."""
    endpoint = operation.route.endpoint
    own = {status: tuple(one for one in errors if one.function is endpoint) for status, errors in found.items()}
    return {status: errors for status, errors in own.items() if errors}


def _habits(
    missing: dict[Operation, Missing], members: Collection[Operation], minimum: int, share: float
) -> frozenset[int]:
    """The statuses that so many operations leave out, and so few document, that it is a habit."""
    lacking: dict[int, int] = {}
    for found in missing.values():
        for status in found:
            lacking[status] = lacking.get(status, 0) + 1
    return frozenset(
        status
        for status, count in lacking.items()
        if count >= minimum
        and count >= share * (count + sum(status in one.route.documented_statuses for one in members))
    )


def _of_one_router(missing: dict[Operation, Missing]) -> Iterator[UndocumentedErrors]:
    """What is left of a router: one group where many of its operations leave out this or that."""
    missing = {operation: found for operation, found in missing.items() if found}
    if len(missing) < ROUTER_MINIMUM:
        yield from _each(missing)
    else:
        yield _group(router_group, missing)


def _group(
    gather: Callable[[tuple[Operation, ...]], OperationGroup],
    missing: dict[Operation, Missing],
    is_whole_application: bool = False,
) -> UndocumentedErrors:
    """What operations of an application or a router leave out."""
    errors = _joined(missing.values())
    return UndocumentedErrors(gather(tuple(missing)), errors, is_whole_application, tuple(_each(missing)))


def _each(missing: dict[Operation, Missing]) -> Iterator[UndocumentedErrors]:
    for operation, found in missing.items():
        if found:
            yield UndocumentedErrors(single_group(operation), found, False)


def _only(found: Missing, statuses: frozenset[int]) -> Missing:
    return {status: errors for status, errors in found.items() if status in statuses}


def _without(found: Missing, statuses: frozenset[int]) -> Missing:
    return {status: errors for status, errors in found.items() if status not in statuses}


def _joined(parts: Collection[Missing]) -> Missing:
    joined: dict[int, dict[int, RaisedError]] = {}
    for found in parts:
        for status, errors in found.items():
            joined.setdefault(status, {}).update((id(error), error) for error in errors)
    return {status: tuple(errors.values()) for status, errors in joined.items()}
