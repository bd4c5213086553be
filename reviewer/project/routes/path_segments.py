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
    "POST": frozenset(
        {"create", "add", "insert", "new", "update", "edit", "modify", "delete", "remove", "get", "fetch"}
    ),
    "PUT": frozenset({"update", "edit", "modify", "change", "create", "replace"}),
    "PATCH": frozenset({"update", "edit", "modify", "change", "patch"}),
    "DELETE": frozenset({"delete", "remove", "destroy", "drop"}),
}


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


def verb_in(route: Route) -> tuple[str, str] | None:
    """A segment that repeats the method, and the verb in it: `GET /get_users`, `DELETE /users/{id}/delete`."""
    own = [one for one in segments_of(route.own_path) if is_literal(one)]
    verbs = VERBS.get(route.method, frozenset())
    for segment in own:
        words = words_of(segment)
        if words and words[0] in verbs and not _is_noun(words, segment, route):
            return segment, words[0]
    return None


def _is_noun(words: list[str], segment: str, route: Route) -> bool:
    """Whether the word is a thing here: `/lists`, `/read-receipts`, `/updates/latest`, `/add-ons`."""
    if len(words) > 1:
        return words[1] in NOUNS_AFTER.get(words[0], ())
    # A verb alone is one only at the end, behind a thing: `/users/list`, `/users/{id}/delete`.
    parts = segments_of(route.path)
    return parts[-1] != segment or len(parts) < 2 or words[0] == "new"


NOUNS_AFTER = {
    "add": frozenset({"on", "ons", "in", "ins"}),
    "read": frozenset({"receipt", "receipts", "only", "model", "models", "status", "state", "marker", "replica", "me"}),
    "list": frozenset({"item", "items", "view", "views", "entry", "entries"}),
    "change": frozenset({"log", "logs", "request", "requests", "set", "sets", "feed", "password", "email", "owner"}),
    "update": frozenset({"log", "logs", "check", "checks", "status", "server", "info"}),
    "edit": frozenset({"history", "log", "distance"}),
    "drop": frozenset({"down", "downs", "off", "box", "point", "points"}),
    "patch": frozenset({"notes", "note", "panel"}),
    "new": frozenset({"releases", "arrivals", "items", "users"}),
    "get": frozenset({"started"}),
    "insert": frozenset({"mode"}),
    "create": frozenset(),
}


def repeated_prefix(route: Route) -> str:
    """The literal segments that a path has twice in a row where a prefix ends; empty where there are none."""
    if not route.path.endswith(route.own_path) or route.has_unknown_path:
        return ""
    segments = segments_of(route.path)
    own = len(segments_of(route.own_path))
    for length in range(1, len(segments) // 2 + 1):
        for start in range(len(segments) - 2 * length + 1):
            first, second = segments[start : start + length], segments[start + length : start + 2 * length]
            # The repetition must begin in a prefix: what stands in one path was written on purpose.
            is_prefix = start + length <= len(segments) - own
            if is_prefix and first == second and all(map(is_literal, first)):
                return "/" + "/".join(first)
    return ""


def trailing_slashes(routes: Iterable[Route]) -> Iterator[tuple[Route, bool]]:
    """The routes whose path could be written either way, each with whether it ends with a slash."""
    seen = set()
    for route in routes:
        if route.path in ("", "/") or route.has_unknown_path or ":path}" in route.path or route.place in seen:
            continue
        seen.add(route.place)
        yield route, route.path.endswith("/")
