"""Which versions of libraries a project pins: in lock files, lists of requirements and pyproject.toml.

What frameworks do differs between versions; where none is pinned the newest is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

Version = tuple[int, ...]

#: `== 1.2.3`, `=== 1.2`, `~= 1.2.3`, `^1.2`, `~1.2`, `< 2`, `<= 2.1` of a requirement; lower bounds pin nothing.
_CLAUSE = re.compile(r"(===?|~=|\^|~|<=?)\s*v?(\d+(?:\.\d+)*)")
#: `>= 1.2.3`, `> 1` and the others that set a lower bound.
_LOWER_CLAUSE = re.compile(r"(===?|~=|\^|~|>=?)\s*v?(\d+(?:\.\d+)*)")
_NAMED_IN_LOCK = (
    r"""^name = "{name}"\s*^version = "(\d+(?:\.\d+)*)"""
    r"""|"{name}": \{{[^{{}}]*?"version": "==(\d+(?:\.\d+)*)"""
)
# No two repetitions meet that match the same, and none leaves its line: a hostile file is searched as fast as any.
_EXTRAS = r"""[^\S\n]*(?:\[[^\]\[\n]*\][^\S\n]*)?"""
_REQUIREMENT = rf"""^[^\S\n]*["']?{{name}}{_EXTRAS}([=~<>!^][^#;\\\n]*)?(?:[;#\\@].*)?$"""
_QUOTED = rf"""["']{{name}}{_EXTRAS}([=~<>!^][^"';]*)"""
_TABLE_KEY = r"""^{name}\s*=\s*(?:\{{.*?version\s*=\s*)?["']([^"']*)["']"""
#: Above every version.
NEWEST: Version = (1_000_000,)
#: Digits of a number that count.
MAX_DIGITS = 9


class LibraryVersions:
    """Answers which version of a library a project has, from the texts of its files by path and kind."""

    def __init__(self, files: Iterable[tuple[str, str]], read_text: Callable[[str], str | None]) -> None:
        """`files` are the paths and kinds of the files that may pin: `lock`, `requirements`, `pyproject`."""
        order = ("lock", "requirements", "pyproject")
        self._files = sorted(
            ((path, kind) for path, kind in files if kind in order), key=lambda one: (order.index(one[1]), one[0])
        )
        self._read_text = read_text
        self._found: dict[tuple[str, str], Version] = {}
        self._oldest: dict[tuple[str, str], Version | None] = {}

    def of(self, library: str, path: str) -> Version:
        """The version that holds for a file of the project: the one pinned nearest above it, else `NEWEST`."""
        folders = _folders_above(path)
        key = (library, folders[0])
        version = self._found.get(key)
        if version is None:
            version = self._found[key] = next(self._pins(library, folders), NEWEST)
        return version

    def oldest(self, library: str, path: str) -> Version | None:
        """The oldest version that the declarations nearest above a file allow, None where they set no lower bound."""
        folders = _folders_above(path)
        key = (library, folders[0])
        if key not in self._oldest:
            self._oldest[key] = next(self._pins(library, folders, _oldest_allowed), None)
        return self._oldest[key]

    def _pins(
        self, library: str, folders: list[str], bound: Callable[[str], Version | None] | None = None
    ) -> Iterator[Version]:
        for folder in folders:
            for path, kind in self._files:
                around = path.rpartition("/")[0]
                if around.endswith("requirements"):  # `requirements/base.txt` speaks for the folder around
                    around = around.rpartition("/")[0]
                if around == folder:
                    version = _pinned_in(self._read_text(path) or "", kind, library, bound or _newest_allowed)
                    if version is not None:
                        yield version


def _folders_above(path: str) -> list[str]:
    """The folder of a file and those around it, the root last as an empty text."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]


@lru_cache
def _pattern(template: str, library: str) -> re.Pattern[str]:
    name = re.sub(r"[-_.]+", "[-_.]+", re.escape(library).replace("\\", ""))
    return re.compile(template.format(name=name), re.MULTILINE | re.IGNORECASE)


def _pinned_in(text: str, kind: str, library: str, bound: Callable[[str], Version | None]) -> Version | None:
    """The version that one file pins, None where it leaves it open."""
    if library not in text.lower():
        return None
    if kind == "lock":
        found = _pattern(_NAMED_IN_LOCK, library).search(text)
        return None if found is None else _numbers(found[1] or found[2])
    templates = (_REQUIREMENT,) if kind == "requirements" else (_QUOTED, _TABLE_KEY)
    for template in templates:
        found = _pattern(template, library).search(text)
        if found is not None:
            return bound(found[1] or "")
    return None


def _newest_allowed(clauses: str) -> Version | None:
    """The newest version that clauses of a requirement allow, None where they set no bound: `^0.95` allows 0.95."""
    if clauses[:1].isdigit():
        clauses = f"=={clauses}"
    bounds = []
    for operator, written in _CLAUSE.findall(clauses):
        version = _numbers(written)
        if operator in ("==", "===", "<="):
            bounds.append(version)
        elif operator == "~=":
            bounds.append((*version[:-1], *NEWEST))
        elif operator == "~":
            bounds.append((*version[:2], *NEWEST))
        elif operator == "^":
            fixed = next((number for number, part in enumerate(version) if part), len(version) - 1) + 1
            bounds.append((*version[:fixed], *NEWEST))
        else:
            bounds.append(_before(version))
    return min(bounds, default=None)


def _oldest_allowed(clauses: str) -> Version | None:
    """The oldest version that clauses of a requirement allow, None where they set no lower bound."""
    if clauses[:1].isdigit():
        clauses = f"=={clauses}"
    return max((_numbers(written) for _, written in _LOWER_CLAUSE.findall(clauses)), default=None)


def _before(version: Version) -> Version:
    """A version below another one and above all others that are."""
    last = max((number for number, part in enumerate(version) if part), default=0)
    return (*version[:last], version[last] - 1, *NEWEST)


def _numbers(text: str) -> Version:
    return tuple(int(part[:MAX_DIGITS]) for part in text.split("."))
