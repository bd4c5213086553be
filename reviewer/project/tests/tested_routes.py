"""Joins the route table with the requests of tests: which requests reach a route, and which routes none reaches.

Parameters of routes and unknown parts of requests match any text of a segment, so that a doubt counts as tested.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache

import msgspec

from reviewer.modules import tree
from reviewer.modules.index import ImportBinding
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.model import UNKNOWN_PART, Route, TestRequest
from reviewer.project.settings.text_places import TEXT_FOLDERS
from reviewer.project.tests.requests_in_tests import ANY_METHOD, RequestsInTests
from reviewer.project.tests.route_lookup import RouteLookup
from reviewer.rule import Place

#: Test libraries that make requests of their own to all routes of an application.
GENERATING_LIBRARIES = frozenset({"schemathesis", "dredd_hooks"})
#: Folders whose applications measure or help the developers, or show readers how something is done.
FOLDERS_WITHOUT_TESTS = frozenset({"scripts", "benchmark", "benchmarks"}) | TEXT_FOLDERS
#: What a function that answers several methods reads to tell them apart, or of a body that some of them have.
TELLING_ATTRIBUTES = frozenset(
    {"method", "form", "json", "get_json", "files", "data", "values", "body", "validate_on_submit", "is_submitted"}
)
PARAMETER_PART = re.compile(r"\{[^{}]*\}|<[^<>]*>")
LONG_PARAMETER = re.compile(r"\{[^{}]*:path\}|<path:[^<>]*>")


class UntestedRegistration(msgspec.Struct, frozen=True, eq=False):
    """A registration of routes of which no test requests some methods."""

    routes: tuple[Route, ...]  # one for each method that no test requests

    @property
    def place(self) -> Place:
        """The registration."""
        return self.routes[0].place

    def __str__(self) -> str:
        return " and ".join(f"`{route}`" for route in self.routes)


class TestedRoutes:
    """Answers which requests of tests reach which routes."""

    __test__ = False

    def __init__(self, routes: Iterable[Route], requests: RequestsInTests) -> None:
        self._routes = tuple(routes)
        self._requests = requests

    @property
    def requests(self) -> tuple[TestRequest, ...]:
        """All requests of tests."""
        return self._requests.all

    @cached_property
    def are_known(self) -> bool:
        """Whether there are tests, and most of their requests say which path they go to."""
        if not any(module.index.declarations[1:] for module in self._requests.modules):
            return False
        imported = {one.full_module.partition(".")[0] for one in self._imports}
        unknown = sum(not isinstance(request.path, str) for request in self.requests)
        return not imported & GENERATING_LIBRARIES and unknown * 2 <= len(self.requests)

    def requests_to(self, route: Route) -> tuple[TestRequest, ...]:
        """The requests of tests that reach a route, as far as is known."""
        return tuple(self._by_route.get(id(route), ()))

    def is_tested(self, route: Route) -> bool:
        """Whether a test requests a route, or imports its endpoint to call it."""
        return id(route) in self._by_route or self._is_imported(route)

    def registrations(self, is_left_out: Callable[[Route], bool]) -> tuple[int, tuple[UntestedRegistration, ...]]:
        """How many registrations there are, and those that no test requests; hidden and external routes left out.

        What is registered once and served under several paths is tested if one of them is requested, be it hidden;
        what answers several methods and does not ask which one is tested by any of them.
        """
        served: dict[tuple[Place, str], list[Route]] = {}
        methods: dict[tuple[Place, str], list[Route]] = {}
        for route in self._routes:
            served.setdefault((route.place, route.method), []).append(route)
            if is_judged(route) and not is_left_out(route):
                methods.setdefault((route.place, route.method), []).append(route)
        tested = {
            key for key in methods if any(self.is_tested(route) or self._may_be_tested(route) for route in served[key])
        }
        touched = {place for place, _ in tested}
        untested: dict[Place, list[Route]] = {}
        seen: set[tuple[int, str, str]] = set()  # what is registered once here and once there is one route
        for key, routes in methods.items():
            place, route = key[0], routes[0]
            spot = (id(route.application), route.method, route.path)
            if key not in tested and spot not in seen and not (place in touched and _answers_methods_alike(route)):
                seen.add(spot)
                untested.setdefault(place, []).append(route)
        count = len({place for place, _ in methods})
        return count, tuple(UntestedRegistration(tuple(routes)) for routes in untested.values())

    @cached_property
    def _by_route(self) -> dict[int, list[TestRequest]]:
        alike: dict[tuple[str, str], list[TestRequest]] = {}
        for request in self.requests:
            if isinstance(request.path, str):
                alike.setdefault((request.method, request.path), []).append(request)
        found: dict[int, list[TestRequest]] = {}
        for (method, path), requests in alike.items():
            for route in self._reached(method, path):
                found.setdefault(id(route), []).extend(requests)
        return found

    def _reached(self, method: str, path: str) -> list[Route]:
        """The routes that a request reaches: of those that match, the most literal ones where all of it is known."""
        segments = _segments(path)
        literal = [
            (route, _literals_in_common(parts, segments))
            for route, parts in self._of_method(method, segments)
            if _matches(parts, segments)
        ]
        if UNKNOWN_PART in path and not path.startswith(UNKNOWN_PART) and any(count for _, count in literal):
            return [route for route, _ in literal]
        if all(count < len(segments) for _, count in literal):
            # The test may serve an application by itself that another one mounts or includes behind a prefix.
            literal += [
                (route, count)
                for route, parts in self._ending_alike(method, segments)
                if _ends_with(parts, segments) and (count := _literals_in_common(parts, segments))
            ]
        most = max((count for _, count in literal), default=0)
        return list({id(route): route for route, count in literal if count == most}.values())

    def _of_method(self, method: str, segments: list[str]) -> Iterator[tuple[Route, list[str]]]:
        """The routes that may have a request's method and segments."""
        is_open = segments[0].startswith(UNKNOWN_PART)
        found = self._lookup.ending(segments[1:]) if is_open else self._lookup.of_length(segments)
        return ((route, parts) for route, parts in found if _has_method(route, method))

    def _ending_alike(self, method: str, segments: list[str]) -> Iterator[tuple[Route, list[str]]]:
        """The routes that may have a request's method and end as it does."""
        for route, parts in self._lookup.ending(segments):
            if _has_method(route, method) and _is_same(parts[-1], segments[-1]):
                yield route, parts

    @cached_property
    def _lookup(self) -> RouteLookup[tuple[Route, list[str]]]:
        return RouteLookup((entry, entry[1]) for entry in self._parts)

    @cached_property
    def _parts(self) -> list[tuple[Route, list[str]]]:
        return [(route, _segments(route.path)) for route in self._routes]

    def _may_be_tested(self, route: Route) -> bool:
        """Whether a request to a path that is not known may go there.

        Such a request goes where the others of its test file go: to routes of the same folder.
        """
        folder = route.module.path.rpartition("/")[0]
        return not {(folder, route.method), (folder, ANY_METHOD)}.isdisjoint(self._doubtful)

    @cached_property
    def _doubtful(self) -> set[tuple[str, str]]:
        """(folder, method) of routes to which requests to unknown paths may go."""
        methods: dict[str, set[str]] = {}
        for request in self.requests:
            if not isinstance(request.path, str):
                methods.setdefault(request.module.path, set()).add(request.method)
        found: set[tuple[str, str]] = set()
        for route in self._routes if methods else ():
            folder = route.module.path.rpartition("/")[0]
            for request in self.requests_to(route):
                found.update((folder, method) for method in methods.get(request.module.path, ()))
        return found

    @cached_property
    def _imports(self) -> list[ImportBinding]:
        return [one for module in self._requests.modules for one in module.index.imports]

    @cached_property
    def _imported_names(self) -> set[tuple[str, str]]:
        """(last name of the module, name) of what test files import."""
        return {(one.module.rpartition(".")[2], one.name) for one in self._imports if one.name is not None}

    def _is_imported(self, route: Route) -> bool:
        endpoint = route.endpoint
        if not isinstance(endpoint, FunctionValue):
            return False
        return (endpoint.module.name.rpartition(".")[2], endpoint.name) in self._imported_names


def is_judged(route: Route) -> bool:
    """Whether tests are to request a route: one of the project's own that its documentation does not hide."""
    if route.method in ("HEAD", "OPTIONS") or route.include_in_schema is False or route.endpoint is None:
        return False
    if UNKNOWN_PART in route.own_path:  # no request can be told to go there
        return False
    if not FOLDERS_WITHOUT_TESTS.isdisjoint(route.module.path.lower().split("/")[:-1]):
        return False
    return not route.module.is_test and route.method != UNKNOWN_PART


def _answers_methods_alike(route: Route) -> bool:
    """Whether one function answers all methods of a registration and reads nothing that only some requests have."""
    endpoint = route.endpoint
    if not isinstance(endpoint, FunctionValue) or endpoint.owner is not None:
        return False
    nodes = tree.walk_scope(endpoint.node.body if isinstance(endpoint.node.body, tuple) else (endpoint.node.body,))
    return not any(isinstance(one, tree.Attribute) and one.name in TELLING_ATTRIBUTES for one in nodes)


def _has_method(route: Route, method: str) -> bool:
    return method in (route.method, ANY_METHOD) or UNKNOWN_PART in route.method


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _literals_in_common(route: list[str], request: list[str]) -> int:
    """How many of the last segments are the same word in both."""
    return sum(one == other for one, other in zip(reversed(route), reversed(request), strict=False))


def _matches(route: list[str], request: list[str]) -> bool:
    """Whether the segments of a request may be those of a route."""
    if request[0].startswith(UNKNOWN_PART) and len(request) > 1:  # a prefix of any length
        return _ends_with(route, request[1:])
    if UNKNOWN_PART in route[0] and len(route) > 1:
        return _ends_with(request, route[1:], is_request_first=False)
    return _all_match(route, request)


def _all_match(route: list[str], request: list[str]) -> bool:
    for number, part in enumerate(route):
        if LONG_PARAMETER.search(part):
            return len(request) > number
        if number >= len(request) or not _is_same(part, request[number]):
            return False
    return len(route) == len(request)


def _ends_with(longer: list[str], end: list[str], *, is_request_first: bool = True) -> bool:
    """Whether the last segments match, one of them literally."""
    if len(longer) < len(end) or not any(one and "{" not in one and "<" not in one for one in end):
        return False
    tail = longer[len(longer) - len(end) :]
    return _all_match(tail, end) if is_request_first else _all_match(end, tail)


def _is_same(part: str, segment: str) -> bool:
    """Whether a segment of a request may be one of a route."""
    if part == segment:
        return True
    pattern = _pattern(part)
    if pattern is not None and (UNKNOWN_PART in segment or pattern.fullmatch(segment)):
        return True
    if UNKNOWN_PART in segment:
        found = _pattern(segment)
        return found is not None and found.fullmatch(part) is not None
    return False


@lru_cache(maxsize=4096)
def _pattern(part: str) -> re.Pattern[str] | None:
    """What a segment with parameters matches, None for a literal one."""
    if "{" not in part and "<" not in part:
        return None
    literals = PARAMETER_PART.split(part)
    return re.compile(".+".join(re.escape(one) for one in literals)) if len(literals) < 6 else re.compile(".*")
