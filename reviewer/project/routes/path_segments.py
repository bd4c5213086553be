"""The segments of paths as words: their style, their verbs, and how the paths of an application are written.

Takes routes, gives segments with the routes that have them. What is not known of a path is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from reviewer.project.model import UNKNOWN_PART, Route

#: A parameter of a path in FastAPI's or Flask's spelling.
PARAMETER = re.compile(r"\{[^{}]*\}|<[^<>]*>")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
VERSION = re.compile(r"v[0-9][0-9.]*")
STYLES = {
    "kebab-case": re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+"),
    "snake_case": re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+"),
    "camelCase": re.compile(r"[a-z0-9]+(?:[A-Z][a-z0-9]*)+"),
    "PascalCase": re.compile(r"(?:[A-Z][a-z0-9]+)+"),
}
#: Verbs that say what the method says already, by method.
VERBS = {
    "GET": frozenset({"get", "fetch", "list", "read", "retrieve"}),
    "POST": frozenset({"create", "add", "insert"}),
    "PUT": frozenset({"update", "edit", "modify", "change", "replace"}),
    "PATCH": frozenset({"update", "edit", "modify", "change", "patch"}),
    "DELETE": frozenset({"delete", "remove", "destroy", "drop"}),
}
#: Verbs for which there is another method, where they are said of one thing: `POST /users/{id}/delete`.
OTHER_METHODS = {
    **dict.fromkeys(("delete", "remove", "destroy"), "DELETE"),
    **dict.fromkeys(("update", "edit", "modify"), "PATCH"),
}
#: Words behind a verb that make it an operation on many things at once.
MANY_THINGS = frozenset({"bulk", "many", "batch", "multiple", "all", "or", "from", "and"})


class StyledSegment(msgspec.Struct, frozen=True):
    """A literal segment of several words."""

    text: str
    style: str
    route: Route  # the first that has it


def segments_of(path: str) -> tuple[str, ...]:
    """The segments of a path, empty ones left out."""
    return tuple(one for one in path.split("/") if one)


def is_literal(segment: str) -> bool:
    """Whether a segment holds no parameter and nothing that is not known."""
    return PARAMETER.search(segment) is None and UNKNOWN_PART not in segment


def words_of(segment: str) -> list[str]:
    """The words of a segment in any style, in lower case."""
    return [one.lower() for one in WORD.findall(segment)]


def style_of(segment: str) -> str:
    """The style of a segment of several words; empty for one word, and for what has none."""
    return next((name for name, pattern in STYLES.items() if pattern.fullmatch(segment)), "")


def styled_segments(routes: Iterable[Route]) -> list[StyledSegment]:
    """The literal segments of several words, each once."""
    found: dict[str, StyledSegment] = {}
    for route in routes:
        if "." in route.path:
            continue  # a file, or an address of a program of old
        for segment in segments_of(route.path):
            style = style_of(segment) if is_literal(segment) else ""
            if style and segment not in found:
                found[segment] = StyledSegment(segment, style, route)
    return list(found.values())


def prevailing_style(segments: Iterable[StyledSegment], minimum: int, share: float) -> str:
    """The style that at least a minimum and a share of the segments have; empty where there is none."""
    counts = Counter(one.style for one in segments)
    style, count = counts.most_common(1)[0] if counts else ("", 0)
    return style if count >= minimum and count >= share * sum(counts.values()) else ""


class PathVerb(msgspec.Struct, frozen=True):
    """A verb in a path for which there is a method."""

    segment: str
    verb: str
    method: str  # that says the same


def verb_in(route: Route) -> PathVerb | None:
    """A segment of a route's own path that says what a method says: `GET /get_users`, `DELETE /users/{id}/delete`."""
    own = segments_of(route.own_path)
    for number, segment in enumerate(own):
        words = words_of(segment) if is_literal(segment) else []
        if not words or _is_noun(words, segment, route):
            continue
        if words[0] in VERBS.get(route.method, ()):
            return PathVerb(segment, words[0], route.method)
        is_of_one = number == len(own) - 1 and _has_parameter_beside(own, number)
        if route.method == "POST" and words[0] in OTHER_METHODS and is_of_one:
            return PathVerb(segment, words[0], OTHER_METHODS[words[0]])
    return None


def _has_parameter_beside(segments: tuple[str, ...], number: int) -> bool:
    """Whether the segment before one is a parameter: the verb is said of a single thing."""
    return number > 0 and PARAMETER.fullmatch(segments[number - 1]) is not None


def _is_noun(words: list[str], segment: str, route: Route) -> bool:
    """Whether the word is a thing here, or many at once: `/lists`, `/read-receipts`, `/add-ons`, `/create-bulk`."""
    if len(words) > 1:
        is_of_many = not MANY_THINGS.isdisjoint(words[1:]) and route.method != "GET"
        return is_of_many or words[1] in NOUNS_AFTER.get(words[0], ())
    # A verb alone is one only at the end, behind a thing: `/users/list`, `/users/{id}/delete`.
    parts = segments_of(route.path)
    return parts[-1] != segment or len(parts) < 2


NOUNS_AFTER = {
    "add": frozenset({"on", "ons", "in", "ins"}),
    "read": frozenset({"receipt", "receipts", "only", "model", "models", "status", "state", "marker", "replica", "me"}),
    "list": frozenset({"item", "items", "view", "views", "entry", "entries"}),
    "change": frozenset({"log", "logs", "request", "requests", "set", "sets", "feed", "password", "email", "owner"}),
    "update": frozenset({"log", "logs", "check", "checks", "status", "server", "info"}),
    "edit": frozenset({"history", "log", "distance"}),
    "drop": frozenset({"down", "downs", "off", "box", "point", "points"}),
    "patch": frozenset({"notes", "note", "panel"}),
    "get": frozenset({"started"}),
    "insert": frozenset({"mode"}),
}


def repeated_prefixes(routes: Iterable[Route]) -> Iterator[tuple[Route, str]]:
    """The first route of each router whose prefix is repeated, with what its path has twice in a row.

    Where a prefix and the paths of single routes meet, all routes of the router must repeat it: else the prefix is the
    name of an area, and one of the things in it has the same name.
    """
    by_router: dict[int, list[Route]] = {}
    for route in routes:
        if not route.module.is_test and not route.has_unknown_path:
            by_router.setdefault(id(route.router), []).append(route)
    for members in by_router.values():
        found = [(route, *_repetition(route)) for route in members]
        repeating = [(route, text, is_of_prefixes) for route, text, is_of_prefixes in found if text]
        if repeating and (repeating[0][2] or len(repeating) == len(members)):
            yield repeating[0][:2]


def _repetition(route: Route) -> tuple[str, bool]:
    """The literal segments that a path has twice in a row, and whether both stand in prefixes; empty for none."""
    if not route.path.endswith(route.own_path):
        return "", False
    segments = segments_of(route.path)
    prefix = len(segments) - len(segments_of(route.own_path))
    for length in range(1, len(segments) // 2 + 1):
        for start in range(min(len(segments) - 2 * length, prefix - length) + 1):
            first, second = segments[start : start + length], segments[start + length : start + 2 * length]
            if first == second and all(map(is_literal, first)):
                return "/" + "/".join(first), start + 2 * length <= prefix
    return "", False


def trailing_slashes(routes: Iterable[Route]) -> Iterator[tuple[Route, bool]]:
    """The routes whose path could be written either way, each with whether it ends with a slash."""
    seen = set()
    for route in routes:
        key = route.place, route.path
        if route.path in ("", "/") or route.has_unknown_path or ":path}" in route.path or key in seen:
            continue
        seen.add(key)
        yield route, route.path.endswith("/")
