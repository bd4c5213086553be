"""Which routes a person asked for: by method, path, tag, authentication, documentation.

Takes routes and mounts, says whether each belongs to the selection. Several values of one criterion are alternatives,
several criteria hold together. What is not known of a route selects it by nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from reviewer.project.model import UNKNOWN_PART, Answer, Mount, Route

#: A parameter of FastAPI's or Flask's spelling: `{item_id:int}`, `<int:id>`, `<path(x="y"):rest>`.
PARAMETER = re.compile(r"\{[^{}]*\}|<[^<>]*>")
ANY_PARAMETER = "{}"


class RouteSelection(msgspec.Struct, frozen=True):
    """Criteria for routes; an empty one holds for each."""

    methods: frozenset[str] = frozenset()  # upper case
    paths: tuple[str, ...] = ()  # prefixes, or patterns with `*`
    tags: frozenset[str] = frozenset()
    without_authentication: bool = False
    undocumented: bool = False

    @classmethod
    def of(
        cls, methods: Iterable[str], paths: Iterable[str], tags: Iterable[str], without_auth: bool, undocumented: bool
    ) -> RouteSelection:
        """The selection of command line options; methods can be joined by commas and written in any case."""
        names = {name.strip().upper() for value in methods for name in value.split(",")}
        patterns = (path if path.startswith(("/", "*", UNKNOWN_PART)) else f"/{path}" for path in paths)
        return cls(frozenset(names - {""}), tuple(patterns), frozenset(tags), without_auth, undocumented)

    @property
    def is_everything(self) -> bool:
        """Whether no criterion is given."""
        return self == RouteSelection()

    def holds(self, route: Route) -> bool:
        """Whether a route is selected for certain."""
        return (
            (not self.methods or route.method in self.methods)
            and self._holds_path(route.path)
            and (not self.tags or (isinstance(route.tags, tuple) and not self.tags.isdisjoint(route.tags)))
            and (not self.without_authentication or route.authentication.answer is Answer.NO)
            and (not self.undocumented or not route.documented)
        )

    def may_be_open(self, route: Route) -> bool:
        """Whether a route is left out only because it is not known if it demands authentication."""
        return (
            self.without_authentication
            and route.authentication.answer is Answer.UNKNOWN
            and msgspec.structs.replace(self, without_authentication=False).holds(route)
        )

    def holds_mount(self, mount: Mount) -> bool:
        """Whether a mount is selected: it has a path and nothing else that is asked for."""
        return msgspec.structs.replace(self, paths=()).is_everything and self._holds_path(mount.path)

    def _holds_path(self, path: str) -> bool:
        return not self.paths or any(matches_path(path, pattern) for pattern in self.paths)


def matches_path(path: str, pattern: str) -> bool:
    """Whether a path begins with the segments of a pattern, or matches it where it has `*`, which stands for any text.

    A parameter matches any parameter, whatever its name and converter: `/users/{}`, `/users/<int:id>`.
    """
    path, pattern = _with_plain_parameters(path), _with_plain_parameters(pattern)
    if "*" in pattern:
        return _matches_stars(path, pattern)
    return path == pattern or path.startswith(pattern if pattern.endswith("/") else f"{pattern}/")


def _with_plain_parameters(path: str) -> str:
    return PARAMETER.sub(lambda found: found[0] if found[0] == UNKNOWN_PART else ANY_PARAMETER, path)


def _matches_stars(text: str, pattern: str) -> bool:
    """Whether pieces between stars follow one another: each is taken where it first occurs, so the time is bounded."""
    first, *middle, last = pattern.split("*")
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True
