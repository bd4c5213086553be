"""Finds routes that let any known caller in where a role is demanded all around, or where only administrators belong.

Takes what routes demand. A route counts if nothing that it runs speaks of roles, permissions or owners.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, source_text
from reviewer.project.access.caller_use import CallerUse
from reviewer.project.access.role_demands import RoleDemands
from reviewer.project.access.unguarded_objects import PARAMETER, header_of
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.model import Answer, Route
from reviewer.project.routes.endpoint_functions import function_answering
from reviewer.project.routes.open_routes import CHANGING, EXAMPLE_FOLDERS, is_named
from reviewer.rule import Place

#: Segments of paths that only administrators belong to.
ADMIN_SEGMENT = re.compile(r"^(?:admin|admins|administration|administrator|superuser|superadmin)$")
#: What everybody may call although it stands there.
PUBLIC = (
    "login*", "logout*", "*-login", "*token*", "auth*", "register*", "signup*", "*password*", "health*", "ping",
    "version", "status", "info", "about", "config", "*webhook*", "*callback*", "me", "*-me", "setup*", "static",
    "forbidden", "*-forbidden", "index", "public*",
)  # fmt: skip
#: What a condition reads that asks for the caller or the request, and not for a switch of the configuration.
CALLER = re.compile(r"user|request|session|account|identity|\bg\.|auth|role|permission", re.IGNORECASE)
#: Names of what removes all objects of a kind.
REMOVING_ALL = re.compile(
    r"^(?:delete|remove|clear|purge|drop|truncate|wipe|reset)_(?:all|everything)|^(?:purge|truncate|wipe)$"
)
#: Routes of a router that demand the same role, up from which one that demands none stands out, and their share.
SIBLING_MINIMUM = 3
SIBLING_SHARE = 0.75


class MissingRole(msgspec.Struct, frozen=True, eq=False):
    """A route that demands no role."""

    #: "sibling": the routes beside it demand one; "admin": its path says that it is for administrators; "member": the
    #: list of the same objects demands one; "all": it removes all objects, whosever they are.
    kind: str
    route: Route
    place: Place
    guard: str = ""
    siblings: tuple[Route, ...] = ()


class MissingRoles:
    """Answers which routes demand no role although they should."""

    def __init__(self, evaluator: Evaluator, demands: RoleDemands, uses: CallerUse, routes: Iterable[Route]) -> None:
        self._evaluator = evaluator
        self._uses = uses
        self._demands = demands
        self._routes = tuple(route for route in routes if _is_judged(route))

    def find(self) -> Iterator[MissingRole]:
        """All of them, each function once."""
        seen: set[int] = set()
        for one in (*self._among_siblings(), *self._of_administrators(), *self._of_members(), *self._of_all()):
            function = function_answering(self._evaluator, one.route)
            if function is not None and id(function) not in seen:
                seen.add(id(function))
                yield one

    def _among_siblings(self) -> Iterator[MissingRole]:
        by_router: dict[Place | None, dict[tuple[int, bool], Route]] = {}
        for route in self._routes:
            function = function_answering(self._evaluator, route)
            if function is not None:
                key = (id(function), route.method in CHANGING)
                by_router.setdefault(route.router.place, {}).setdefault(key, route)
        for members in by_router.values():
            routes = tuple(members.values())
            if len(routes) > SIBLING_MINIMUM:
                changing = tuple(route for route in routes if route.method in CHANGING)
                reading = tuple(route for route in routes if route.method not in CHANGING)
                yield from self._lacking(changing)
                yield from self._lacking(reading)

    def _lacking(self, routes: tuple[Route, ...]) -> Iterator[MissingRole]:
        """The routes that demand nothing among those that nearly all demand the same."""
        demands = {id(route): self._demands.guard_of(route) for route in routes}
        guards = Counter(one.guard for one in demands.values() if one.answer is Answer.YES)
        if not guards:
            return
        guard, count = max(guards.items(), key=lambda one: (one[1], one[0]))
        if count < SIBLING_MINIMUM or count < SIBLING_SHARE * (len(routes) - 1):
            return
        siblings = tuple(route for route in routes if demands[id(route)].guard == guard)
        for route in routes:
            if demands[id(route)].answer is not Answer.NO or not _is_of_resource(route) or is_named(route, PUBLIC):
                continue
            is_plain = self._is_plain(route) and not self._uses.in_endpoint(route)
            if is_plain and not _is_switched(self._function(route)):
                yield MissingRole("sibling", route, header_of(self._function(route)), guard, siblings)

    def _of_administrators(self) -> Iterator[MissingRole]:
        for route in self._routes:
            if not any(ADMIN_SEGMENT.search(segment) for segment in route.path.lower().split("/")):
                continue
            if route.authentication.answer is Answer.YES and not is_named(route, PUBLIC) and self._is_plain(route):
                yield MissingRole("admin", route, header_of(self._function(route)))

    def _of_members(self) -> Iterator[MissingRole]:
        """The routes that read one object to everybody, where the list of these objects demands a role."""
        lists = {(one.path.rstrip("/"), id(one.router)): one for one in self._routes if one.method == "GET"}
        for route in self._routes:
            collection, _, last = route.path.rstrip("/").rpartition("/")
            listing = lists.get((collection, id(route.router)))
            if route.method != "GET" or listing is None or last[:1] not in ("{", "<"):
                continue
            demand = self._demands.guard_of(listing)
            if (
                demand.answer is not Answer.YES
                or not _is_pure_guard(listing, demand.guard)
                or is_named(route, PUBLIC)
                or self._uses.anywhere(route)
            ):
                continue
            if route.authentication.answer is Answer.YES and self._is_plain(route):
                yield MissingRole("member", route, header_of(self._function(route)), demand.guard, (listing,))

    def _of_all(self) -> Iterator[MissingRole]:
        """The routes that remove all objects of a kind, and to which the caller makes no difference."""
        for route in self._routes:
            if route.method != "DELETE" or PARAMETER.search(route.path):
                continue
            if route.authentication.answer is not Answer.YES or self._reads_caller(route):
                continue
            function = self._function(route)
            names = (function.name, *(called_name(node) for node in function.nodes_of(tree.Call)))
            if any(map(REMOVING_ALL.search, names)) and self._is_plain(route):
                yield MissingRole("all", route, header_of(function))

    def _reads_caller(self, route: Route) -> bool:
        """Whether a route may ask who calls; what a view of Flask calls can do so without being handed the caller."""
        return self._uses.anywhere(route) if route.framework == "flask" else self._uses.in_endpoint(route)

    def _is_plain(self, route: Route) -> bool:
        return self._demands.of(route).answer is Answer.NO

    def _function(self, route: Route) -> FunctionValue:
        function = function_answering(self._evaluator, route)
        assert function is not None
        return function


def _is_pure_guard(route: Route, name: str) -> bool:
    """Whether what demands a role does nothing else: a decorator, or a dependency whose result nobody takes."""
    return not any(one.name == name and one.level in ("parameter", "dependency") for one in route.all_dependencies)


def _is_of_resource(route: Route) -> bool:
    """Whether a route creates, changes, removes or reads the resource itself: no action such as `/{id}/run`."""
    if route.method == "GET" and route.framework == "flask":
        return True
    last = route.own_path.rstrip("/").rpartition("/")[2]
    return not last or last[0] in "{<"


def _is_switched(function: FunctionValue) -> bool:
    """Whether an endpoint answers only where the configuration says so, and refuses everybody else at once."""
    body = function.node.body
    if not isinstance(body, tuple):
        return False
    first = next((one for one in body if not isinstance(one, tree.ExpressionStatement)), None)
    if not isinstance(first, tree.If):
        return False
    test = first.test
    if isinstance(test, tree.UnaryOperation) and test.operator == "not":
        test = test.operand
    if not isinstance(test, tree.Attribute) or CALLER.search(source_text(test)):
        return False
    return any(
        isinstance(one, tree.Raise) or (isinstance(one, tree.Call) and called_name(one) == "abort")
        for one in tree.walk_scope((*first.body, *first.otherwise))
    )


def _is_judged(route: Route) -> bool:
    return (
        (route.authentication.answer is not Answer.NO or route.method == "GET")
        and not route.authentication.reason.startswith(("hook", "view", "check", "middleware"))
        and not route.module.is_test
        and route.method in CHANGING | {"GET"}
        and EXAMPLE_FOLDERS.isdisjoint(route.module.path.split("/")[:-1])
    )
