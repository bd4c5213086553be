"""Finds configuration files above a folder, reads and parses them; says on which line a key stands.

Takes paths, gives bytes and plain tables. Must never wait at a pipe, follow a link out of the tree, or run long on
hostile text. What the keys mean is no concern of this module.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from reviewer.config_problem import ConfigurationError, ConfigurationProblem, shown
from reviewer.reading import Unreadable, read_regular

OWN_FILE = "reviewer.toml"
PROJECT_FILE = "pyproject.toml"
MAX_SIZE = 500_000  # bytes
#: The time and memory that TOML parsers need grow with the square of a key's parts.
MAX_DOTS_IN_LINE = 200
#: Lines that are searched for the place of a problem.
MAX_SEARCHED_LINES = 20_000

#: One step into a document: the key of a table, or the position in a list.
KeyPath = tuple["str | int", ...]

_TOOL_TABLE = re.compile(rb"^[ \t]*\[+[ \t]*tool[ \t]*\.[ \t]*reviewer\b", re.MULTILINE)
_ERROR_LINE = re.compile(r" ?\(at line (\d+), column \d+\)$")


class ConfigurationFile(msgspec.Struct, frozen=True):
    """A file that may configure the review: its folder, its name as the reader is told it, its bytes."""

    folder: Path
    name: str
    content: bytes
    is_project_file: bool  # a pyproject.toml, where only `[tool.reviewer]` counts
    hides_project_file: bool = False  # a reviewer.toml beside a pyproject.toml that has `[tool.reviewer]` too

    @property
    def base(self) -> KeyPath:
        """Where the settings stand in the document."""
        return ("tool", "reviewer") if self.is_project_file else ()


def candidates(root: Path) -> Iterator[ConfigurationFile]:
    """The files that may configure a review of `root`, nearest first, up to the top of the repository.

    Raises ConfigurationError at a file that cannot be read.
    """
    start = Path(os.path.realpath(root))
    top = repository_top(start)
    for folder in (start, *start.parents):
        own = _read(folder / OWN_FILE, start, top)
        project = _read(folder / PROJECT_FILE, start, top) if own is None else _read_beside(folder, start, top)
        if own is not None:
            hides = project is not None and _TOOL_TABLE.search(project.content) is not None
            yield msgspec.structs.replace(own, hides_project_file=hides)
        elif project is not None:
            yield project
        if folder == top:
            return


def named_file(path: Path, root: Path) -> ConfigurationFile:
    """The configuration file that a person named; a link counts, but not one from inside the tree to its outside.

    Raises ConfigurationError if it cannot be read.
    """
    start = Path(os.path.realpath(root))
    top = repository_top(start) or start
    folder = Path(os.path.realpath(path.parent))
    location = folder / path.name
    try:
        if not folder.is_relative_to(top):
            location = Path(os.path.realpath(location))
        content = _content(location, top)
    except Unreadable as error:
        raise ConfigurationError([ConfigurationProblem(str(path), "", _as_message(error))]) from error
    return ConfigurationFile(folder, str(path), content, is_project_file=path.name == PROJECT_FILE)


def repository_top(folder: Path) -> Path | None:
    """The nearest folder at or above a real path that holds `.git`."""
    return next((each for each in (folder, *folder.parents) if os.path.lexists(each / ".git")), None)


def parsed(file: ConfigurationFile) -> dict[str, Any] | None:
    """The table of our settings in a file; None if a pyproject.toml has none.

    Raises ConfigurationError if the file is no valid TOML, or something else stands where the table should.
    """
    document: Any = _document(file)
    for depth, key in enumerate(file.base):
        if key not in document:
            return None
        document = document[key]
        if not isinstance(document, dict):
            path = file.base[: depth + 1]
            line = line_of(file, path)
            problem = ConfigurationProblem(file.name, shown_key(path), "must be a table", line=line)
            raise ConfigurationError([problem])
    table: dict[str, Any] = document
    return table


def shown_key(path: KeyPath) -> str:
    """A key path as people write it: `overrides[0].files`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + shown(step)
    return text


def line_of(file: ConfigurationFile, path: KeyPath) -> int:
    """The line of a key, or of the nearest table or list around it; 0 if it is not found."""
    return KeyLines(file).line_of(path)


class KeyLines:
    """Where the keys of a file stand. A best effort: strings of several lines that look like keys mislead it."""

    def __init__(self, file: ConfigurationFile) -> None:
        self._lines: dict[KeyPath, int] = {}
        text = file.content.decode("utf-8", "replace")
        table: KeyPath = ()
        counts: dict[KeyPath, int] = {}
        lines = text.split("\n", MAX_SEARCHED_LINES)[:MAX_SEARCHED_LINES]
        for number, line in enumerate(map(str.strip, lines), 1):
            if line.startswith("["):
                path = _parts_of_key(line[: line.rfind("]") + 1])
                if path:
                    table = self._inside_lists(path, counts, is_entry=line.startswith("[["))
                    self._lines.setdefault(table, number)
                    self._lines.setdefault(path, number)
            elif "=" in line and not line.startswith(("#", "{")):
                path = _parts_of_key(line.partition("=")[0] + "= 0")
                for end in range(1, len(path) + 1):
                    self._lines.setdefault(table + path[:end], number)

    def line_of(self, path: KeyPath) -> int:
        """The line of a key path from the top of the document, or of what is nearest around it; 0 if nothing is."""
        for end in range(len(path), 0, -1):
            line = self._lines.get(path[:end])
            if line is not None:
                return line
        return 0

    @staticmethod
    def _inside_lists(path: KeyPath, counts: dict[KeyPath, int], *, is_entry: bool) -> KeyPath:
        """The path of a table header with the positions in lists of tables that TOML leaves out."""
        full: KeyPath = ()
        for step in path[:-1]:
            full += (step,)
            if full in counts:
                full += (counts[full],)
        full += (path[-1],)
        if is_entry:
            counts[full] = counts.get(full, -1) + 1
            full += (counts[full],)
        return full


def _parts_of_key(declaration: str) -> KeyPath:
    """The parts of the key that one line of TOML declares; nothing if it is no declaration."""
    if declaration.count(".") > MAX_DOTS_IN_LINE:
        return ()
    try:
        value: Any = _toml().loads(declaration)
    except (ValueError, RecursionError):
        return ()
    path: KeyPath = ()
    while value:
        if isinstance(value, list):
            value = value[0]
        else:
            key, value = next(iter(value.items()))
            path += (key,)
    return path


def _read(location: Path, start: Path, top: Path | None) -> ConfigurationFile | None:
    """A configuration file; None if there is none. Raises ConfigurationError if it cannot be read."""
    name = os.path.relpath(location, start).replace(os.sep, "/")
    try:
        content = _content(location, top or location.parent)
    except Unreadable as error:
        if error.kind == "missing" and not os.path.islink(location):
            return None
        raise ConfigurationError([ConfigurationProblem(name, "", _as_message(error))]) from error
    return ConfigurationFile(location.parent, name, content, is_project_file=location.name == PROJECT_FILE)


def _read_beside(folder: Path, start: Path, top: Path | None) -> ConfigurationFile | None:
    """The pyproject.toml beside a reviewer.toml, if it can be read: it matters only for a note."""
    try:
        return _read(folder / PROJECT_FILE, start, top)
    except ConfigurationError:
        return None


def _content(location: Path, top: Path) -> bytes:
    """The bytes of a file, a link inside `top` followed. Raises Unreadable."""
    if os.path.islink(location):
        target = Path(os.path.realpath(location))
        if not target.is_relative_to(os.path.realpath(top)):
            raise Unreadable("outside", "The symbolic link leads out of the reviewed tree.")
        location = target
    return read_regular(os.fsencode(location), MAX_SIZE)


def _document(file: ConfigurationFile) -> dict[str, Any]:
    try:
        text = file.content.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        broken_line = file.content.count(b"\n", 0, error.start) + 1
        raise _broken(file, "The file is not UTF-8", broken_line) from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MAX_DOTS_IN_LINE:
            raise _broken(file, f"The line has more than {MAX_DOTS_IN_LINE} dots, which is not read", number)
    try:
        document: dict[str, Any] = _toml().loads(text)
    except RecursionError as error:
        raise _broken(file, "The values are nested too deeply") from error
    except ValueError as error:
        message = str(error)
        place = _ERROR_LINE.search(message)
        reason = shown(message[: place.start()] if place else message)
        # An error at the end of the document has no line of its own.
        line_number = int(place[1]) if place else text.count("\n") + 1 if "end of document" in message else 0
        reason = reason.removesuffix(" (at end of document)")
        raise _broken(file, f"The file is not valid TOML: {reason}", line_number) from error
    return document


def _broken(file: ConfigurationFile, message: str, line: int = 0) -> ConfigurationError:
    return ConfigurationError([ConfigurationProblem(file.name, "", message, line=line)])


def _as_message(error: Unreadable) -> str:
    return error.reason.removesuffix(".")


def _toml() -> ModuleType:
    """The TOML parser; importing it takes ten milliseconds, which a cached configuration need not pay."""
    return importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
