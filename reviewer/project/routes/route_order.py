"""Which routes never answer because an earlier one takes their requests, as Starlette and Werkzeug choose routes.

Starlette tries routes in the order of registration. Werkzeug prefers the more specific rule whatever the order, so in
Flask only a rule that is the same as an earlier one never answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Union

import msgspec

from reviewer.modules.module import Module
from reviewer.modules.tree import Text, walk
from reviewer.project.model import UNKNOWN_PART, Mount, Route

PARAMETER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
RULE_VARIABLE = re.compile(r"<(?:([^<>]*):)?([^<>:]+)>")
#: What the converters of Starlette match; others are the project's own and match what is not known.
CONVERTERS = {
    "str": "[^/]+",
    "path": ".*",
    "int": "[0-9]+",
    "float": r"[0-9]+(?:\.[0-9]+)?",
    "uuid": "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
}
#: Which converters match everything that another one matches.
COVERED_BY = {
    "str": {"str"},
    "int": {"str", "int", "float"},
    "float": {"str", "float"},
    "uuid": {"str", "uuid"},
}

#: The number of segments of a path that may match any number of them.
ANY_LENGTH = -1

Pair = tuple[Route, Union[Route, Mount]]


class HiddenRoutes(msgspec.Struct, frozen=True):
    """Routes of one registration that never answer, and the earlier registration that does instead."""

    routes: tuple[Route, ...]  # one a method
    earlier: Route | Mount


def duplicate_routes(routes: Iterable[Route]) -> Iterator[HiddenRoutes]:
    """Routes whose method and path an earlier route of the same application has, with another endpoint."""
    seen: dict[tuple[object, ...], list[Route]] = {}
    hidden: dict[tuple[object, ...], list[Pair]] = {}
    answering: set[tuple[object, ...]] = set()  # registrations one of whose methods does answer
    for route in routes:
        if not _is_known(route):
            continue
        before = seen.setdefault((id(route.application), route.method, route.host, shape_of(route)), [])
        earlier = next((one for one in before if _hides(one, route)), None)
        if earlier is not None:
            hidden.setdefault((route.path_place, route.path), []).append((route, earlier))
        elif route.method not in ("HEAD", "OPTIONS"):
            answering.add((route.path_place, route.path))
        before.append(route)
    yield from _grouped({key: pairs for key, pairs in hidden.items() if key not in answering})


def names_an_endpoint(modules: Iterable[Module], route: Route) -> bool:
    """Whether addresses are built from a route of Flask by its endpoint's name, so that it is there for that alone."""
    if route.framework != "flask":
        return False
    suffix = f".{route.function_name}"
    return any(
        isinstance(node, Text) and node.value.endswith(suffix)
        for module in modules
        if not module.is_test and module.mentions("url_for")
        for statement in module.tree.body
        for node in walk(statement)
    )


def shadowed_routes(routes: Iterable[Route], mounts: Iterable[Mount]) -> Iterator[HiddenRoutes]:
    """Routes of Starlette and FastAPI all of whose requests an earlier, more general route or mount takes."""
    by_application: dict[int, list[Route]] = {}
    for route in routes:
        if route.framework != "flask":
            by_application.setdefault(id(route.application), []).append(route)
    mounted: dict[int, list[Mount]] = {}
    for mount in mounts:
        mounted.setdefault(id(mount.application), []).append(mount)
    hidden: dict[tuple[object, ...], list[Pair]] = {}
    for application, own in by_application.items():
        for route, earlier in _shadowed(own, mounted.get(application, [])):
            hidden.setdefault((route.path_place, route.path), []).append((route, earlier))
    yield from _grouped(hidden)


def _shadowed(routes: list[Route], mounts: list[Mount]) -> Iterator[Pair]:
    #: Routes with parameters, by length, method and the segments before the first parameter.
    general: dict[tuple[int, tuple[str, ...]], list[Route]] = {}
    waiting = sorted(mounts, key=lambda mount: mount.position)
    passed: list[Mount] = []
    #: Conditions of the routes that do answer, by method, host and path: a router that is included twice hides only the
    #: second copy of its routes, and their requests are answered all the same.
    answering: dict[tuple[str, str, str], list[set[str]]] = {}
    for number, route in enumerate(routes):
        while waiting and waiting[0].position <= number:
            passed.append(waiting.pop(0))
        if not _is_known(route):
            continue
        copies = answering.setdefault((route.method, route.host, shape_of(route)), [])
        if any(conditions <= set(route.conditions) for conditions in copies):
            continue
        literal = (route.method, *_literal_segments(route.path))
        lengths = (_segment_count(route.path), ANY_LENGTH)
        beginnings = [literal[:length] for length in range(1, len(literal) + 1)]
        before = (one for begin in beginnings for length in lengths for one in general.get((length, begin), ()))
        shadowing = (one for one in before if _takes_all(one, route) and _hides(one, route))
        mounts_above = (one for one in passed if _mount_hides(one, route))
        earlier = next(shadowing, None) or next(mounts_above, None)
        if earlier is not None:
            yield route, earlier
        else:
            copies.append(set(route.conditions))
        if "{" in route.path:
            length = ANY_LENGTH if ":path" in route.path else _segment_count(route.path)
            general.setdefault((length, literal), []).append(route)


def _segment_count(path: str) -> int:
    return path.count("/")


def _literal_segments(path: str) -> tuple[str, ...]:
    """The segments of a path before the first one with a parameter."""
    return tuple(path.partition("{")[0].split("/")[:-1]) if "{" in path else tuple(path.split("/"))


def _grouped(hidden: dict[tuple[object, ...], list[Pair]]) -> Iterator[HiddenRoutes]:
    """One answer a registration: its methods together, and the first path of a router that is included repeatedly."""
    places = set()
    for pairs in hidden.values():
        place = pairs[0][0].path_place
        if place not in places:
            places.add(place)
            yield HiddenRoutes(tuple(route for route, _ in pairs), pairs[0][1])


def _is_known(route: Route) -> bool:
    return UNKNOWN_PART not in (route.method, route.host) and not route.has_unknown_path


def _hides(earlier: Route, later: Route) -> bool:
    """Whether both are there whenever the later one is, and differ in what answers."""
    if earlier.endpoint is later.endpoint or earlier.node is later.node or earlier.endpoint_name == later.endpoint_name:
        return False
    return earlier.host == later.host and set(earlier.conditions) <= set(later.conditions)


def _mount_hides(mount: Mount, route: Route) -> bool:
    return (
        "{" not in mount.path
        and route.path.startswith(f"{mount.path}/")
        and set(mount.conditions) <= set(route.conditions)
    )


def shape_of(route: Route) -> str:
    """The path without the names of its parameters: routes of one shape match the same requests."""
    if route.framework == "flask":
        return RULE_VARIABLE.sub(lambda found: f"<{(found[1] or 'string').strip()}>", route.path)
    return PARAMETER.sub(lambda found: f"{{{found[2] or 'str'}}}", route.path)


def _takes_all(earlier: Route, later: Route) -> bool:
    """Whether the path of an earlier route matches every request of a later one without being the same."""
    return covers(earlier.path, later.path) and shape_of(earlier) != shape_of(later)


def covers(general: str, special: str) -> bool:
    """Whether every address that a Starlette path matches is matched by a more general one too."""
    wide, narrow = _segments(general), _segments(special)
    for number, segment in enumerate(wide):
        if number >= len(narrow):
            return False
        if segment == narrow[number] and "{" not in segment:
            continue
        parameter = PARAMETER.fullmatch(segment)
        if parameter is not None and parameter[2] == "path":
            return number == len(wide) - 1  # takes the rest, whatever it is
        if not _covers_segment(segment, narrow[number]):
            return False
    return len(wide) == len(narrow)


@lru_cache(maxsize=4096)
def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


def _covers_segment(wide: str, narrow: str) -> bool:
    if "{" not in wide:
        return wide == narrow
    if "{" not in narrow:
        pattern = _pattern(wide)
        return pattern is not None and narrow != "" and re.fullmatch(pattern, narrow) is not None
    outer, inner = PARAMETER.fullmatch(wide), PARAMETER.fullmatch(narrow)
    if outer is None:
        return False
    if inner is None:  # text and parameters: one segment in any case, unless a parameter takes slashes
        return (outer[2] or "str") == "str" and all(found[2] != "path" for found in PARAMETER.finditer(narrow))
    return (outer[2] or "str") in COVERED_BY.get(inner[2] or "str", ())


def _pattern(segment: str) -> str | None:
    """The regular expression of a segment, None with converters that are not known."""
    pieces, end = [], 0
    for found in PARAMETER.finditer(segment):
        converter = CONVERTERS.get(found[2] or "str")
        if converter is None:
            return None
        pieces += [re.escape(segment[end : found.start()]), converter]
        end = found.end()
    return "".join([*pieces, re.escape(segment[end:])])
