"""Finds routes that load an object by a number in their path and never ask whether it is the caller's.

Only where the source shows that somebody should ask: the object is a user or what belongs to one, or the routes beside
it make the same check. A route counts if nothing that it runs reads the caller or speaks of roles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import dotted_name
from reviewer.project.access.caller_use import CallerUse
from reviewer.project.access.object_checks import ObjectChecks
from reviewer.project.access.role_demands import RoleDemands
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.model import Answer, Route
from reviewer.project.routes.endpoint_functions import function_answering
from reviewer.project.routes.open_routes import CHANGING, EXAMPLE_FOLDERS
from reviewer.rule import Place

#: Path parameters that name a user, and segments whose members are users.
USER_PARAMETER = re.compile(
    r"^(?:user|account|member|customer|profile|owner)_?(?:id|pk|uuid|name)?$|^(?:uid|username)$"
)
USER_SEGMENTS = frozenset(
    {"users", "user", "accounts", "account", "members", "customers", "profiles", "profile", "employees"}
)
#: Words of routes that hand out what only its owner may have, whatever their method.
PRIVATE = re.compile(r"token|password|secret|api_?key|credential|otp|mfa|2fa|recovery", re.IGNORECASE)
#: Words of routes for those who administer, which demand a role and no ownership.
ADMIN = re.compile(r"admin|internal|manage", re.IGNORECASE)
PARAMETER = re.compile(r"[{<](?:\w+(?:\([^)]*\))?:)?(\w+)(?::\w+)?[}>]")
#: Parameters that say where an object lies, or hold a secret.
AROUND = re.compile(
    r"organi[sz]ation|project|tenant|workspace|team|lang|locale|version|token|key|slug|^org", re.IGNORECASE
)
#: Why it is not known whether a route demands a known caller, where it does so for most.
GUARDED = re.compile(r"^decorator \w*(?:login|auth|user|protected|token)\w*$|^middleware")
#: Verbs of views that change data although a link leads to them.
CHANGING_NAME = re.compile(
    r"(?:^|_)(?:delete|remove|edit|update|add|create|move|merge|set|toggle|lock|unlock|hide|restore|order|rename|save)(?:_|$)"
)
#: Routes beside it that make the same check, up from which one without any stands out, and their share from 0 to 1.
SIBLING_MINIMUM = 2
SIBLING_SHARE = 0.6


class UnguardedObject(msgspec.Struct, frozen=True, eq=False):
    """A route that works on an object of anybody."""

    #: "user": the path names a user; "partial": so it does, and the caller is asked about for one field alone;
    #: "sibling": routes beside it make a check.
    kind: str
    route: Route
    place: Place
    parameter: str
    check: str = ""  # that the routes beside it make
    siblings: tuple[Route, ...] = ()


class UnguardedObjects:
    """Answers which routes never compare the caller with the object."""

    def __init__(
        self, evaluator: Evaluator, demands: RoleDemands, uses: CallerUse, checks: ObjectChecks, routes: Iterable[Route]
    ) -> None:
        self._evaluator = evaluator
        self._demands = demands
        self._uses = uses
        self._checks = checks
        self._routes = tuple(routes)

    def find(self) -> Iterator[UnguardedObject]:
        """All of them, each function once."""
        seen: set[int] = set()
        for one in (*self._users(), *self._among_siblings()):
            function = function_answering(self._evaluator, one.route)
            if function is not None and id(function) not in seen:
                seen.add(id(function))
                yield one

    def _users(self) -> Iterator[UnguardedObject]:
        for route in self._routes:
            parameter = _user_parameter(route)
            if not parameter or not _is_judged(route) or ADMIN.search(route.path) or not _tells_caller(route):
                continue
            names = f"{route.own_path} {route.function_name}"
            if route.method not in CHANGING and not PRIVATE.search(names):
                continue
            function = function_answering(self._evaluator, route)
            if function is None or route.authentication.reason.startswith("middleware"):
                continue
            if self._uses.anywhere(route):
                if self._demands.guard_of(route).answer is Answer.NO and self._uses.only_with_field(route):
                    yield UnguardedObject("partial", route, header_of(function), parameter)
            elif self._demands.of(route).answer is Answer.NO:
                yield UnguardedObject("user", route, header_of(function), parameter)

    def _among_siblings(self) -> Iterator[UnguardedObject]:
        if not self._checks.names:
            return
        groups: dict[tuple[str, str], dict[int, tuple[Route, str]]] = {}
        for route in self._routes:
            names = parameters_of(route.path)
            if not names or not _is_judged(route):
                continue
            if route.method not in CHANGING and not is_named_changing(route.function_name):
                continue
            function = function_answering(self._evaluator, route)
            if function is None or ADMIN.search(route.path):
                continue
            for found in PARAMETER.finditer(route.path):
                if not AROUND.search(found[1]):
                    prefix = PARAMETER.sub("{}", route.path[: found.end()])
                    # Beside it are those of its module with the same name, and those below the same path.
                    for group in ((function.module.path, found[1]), (prefix, "")):
                        groups.setdefault(group, {}).setdefault(id(function), (route, found[1]))
        for members in groups.values():
            if len(members) > SIBLING_MINIMUM:
                yield from self._lacking(tuple(members.values()))

    def _lacking(self, members: tuple[tuple[Route, str], ...]) -> Iterator[UnguardedObject]:
        """The routes of a group that make none of the checks which most of them make."""
        routes = tuple(route for route, _ in members)
        checks = {id(route): self._checks.of(_function(self._evaluator, route)) for route in routes}
        counted = Counter(name for names in checks.values() for name in names)
        if not counted:
            return
        check, count = max(counted.items(), key=lambda one: (one[1], one[0]))
        checking = tuple(route for route in routes if checks[id(route)])
        if count < SIBLING_MINIMUM or len(checking) < SIBLING_SHARE * (len(routes) - 1):
            return
        siblings = tuple(route for route in routes if check in checks[id(route)])
        for route, parameter in members:
            if checks[id(route)] or self._uses.in_endpoint(route) or not self._is_of_same_demand(route, siblings):
                continue
            place = header_of(_function(self._evaluator, route))
            yield UnguardedObject("sibling", route, place, parameter, check, siblings)

    def _is_of_same_demand(self, route: Route, siblings: tuple[Route, ...]) -> bool:
        """Whether nothing around a route demands more than what the routes beside it demand as well."""
        demand = self._demands.guard_of(route)
        return demand.answer is Answer.NO or all(
            self._demands.guard_of(one).guard == demand.guard and not ADMIN.search(demand.guard) for one in siblings
        )


def is_named_changing(name: str) -> bool:
    """Whether the name of a view says that it changes data."""
    return CHANGING_NAME.search(name) is not None


def _function(evaluator: Evaluator, route: Route) -> FunctionValue:
    function = function_answering(evaluator, route)
    assert function is not None
    return function


def header_of(function: FunctionValue) -> Place:
    """`def name` of a function."""
    place = function.place
    is_async = getattr(function.node, "is_async", False)
    end = place.column + len("async def " if is_async else "def ") + len(function.name)
    return Place(place.path, place.line, place.column, place.line, end)


def parameters_of(path: str) -> tuple[str, ...]:
    """The names of the parameters of a path, in either framework's spelling."""
    return tuple(PARAMETER.findall(path))


def _tells_caller(route: Route) -> bool:
    """Whether what guards a route may say who calls: where it only compares one password, there are no users."""
    guards = [
        one.callable
        for one in route.all_dependencies
        if one.name in route.authentication.names and isinstance(one.callable, FunctionValue)
    ]
    return not guards or any(map(_gives_caller, guards))


def _gives_caller(guard: FunctionValue) -> bool:
    """Whether a guard returns something, or leaves it at the request or in Flask's `g`."""
    if guard.nodes_of(tree.Yield) or any(one.value is not None for one in guard.nodes_of(tree.Return)):
        return True
    targets = (target for one in guard.nodes_of(tree.Assign) for target in one.targets)
    return any((dotted_name(target) or "").startswith(("request.", "g.")) for target in targets)


def _user_parameter(route: Route) -> str:
    """The parameter of a path that names a user; empty where none does."""
    segments = route.path.split("/")
    for number, segment in enumerate(segments):
        found = PARAMETER.fullmatch(segment)
        if found is None:
            continue
        name = found[1].lower()
        if USER_PARAMETER.fullmatch(name):
            return found[1]
        before = segments[number - 1].lower() if number else ""
        if before in USER_SEGMENTS and (name in ("id", "pk", "item_id", "uuid") or name.endswith(("_id", "_uuid"))):
            return found[1]
    return ""


def _is_judged(route: Route) -> bool:
    is_known = route.authentication.answer is Answer.YES or GUARDED.search(route.authentication.reason) is not None
    return (
        is_known
        and not route.module.is_test
        and route.method in CHANGING | {"GET"}
        and not route.has_unknown_path
        and EXAMPLE_FOLDERS.isdisjoint(route.module.path.split("/")[:-1])
    )
