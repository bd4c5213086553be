"""The first stage: finds the files of a working tree that git would track and rules ask about, and reads them.

Takes a folder, gives relative paths with their kinds, and a problem for each file that cannot be read. Must never
block, leave the root, follow a link to a folder, or stop at one bad file. Nothing here looks into a file but for ignore
patterns and the first line of a named script.

Differences from git: a file that is tracked although it is ignored is left out, ignore files outside the repository
(`core.excludesFile`) do not count, so that a review is the same on every machine, and names are compared with case.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from reviewer.file_kinds import FileKind, kind_of
from reviewer.gitignore import MAX_WILDCARD_BYTES, MAX_WILDCARDS, IgnorePatterns
from reviewer.reading import ProblemKind, Unreadable, read_regular, refused, require_regular, require_size
from reviewer.settings import Settings

MAX_IGNORE_FILE_SIZE = 500_000  # bytes
#: Length of the wildcard patterns of all ignore files that are used: a bound on time for hostile trees.
MAX_WILDCARD_BYTES_IN_TREE = 300_000
#: Folders of other people's code, caches and build artefacts, whatever the ignore files say.
SKIPPED_FOLDERS = frozenset(
    {
        *(b".git", b".hg", b".svn", b".jj"),
        *(b".venv", b"site-packages", b"__pypackages__", b"node_modules", b"bower_components"),
        *(b"__pycache__", b".tox", b".nox", b".eggs", b".ipynb_checkpoints"),
        *(b".mypy_cache", b".ruff_cache", b".pytest_cache", b".hypothesis", b".pytype", b".pyre"),
    }
)
SCRIPT_START = re.compile(rb"#![^\r\n]*\bpython")
ESCAPE = re.compile(r"\\(?=x[0-9a-f]{2})")


class ReviewedFile(msgspec.Struct, frozen=True):
    r"""A file to read: `path` for people and tools, relative to the root with `/`, `size` in bytes.

    A name need not be text. In `path`, a byte that is not UTF-8 is written `\xNN`, and so is a backslash that would
    look like such an escape, so that paths of two files always differ; `system_path` is what the system calls the file.
    """

    path: str
    kind: FileKind
    size: int
    system_path: bytes

    @property
    def has_text_name(self) -> bool:
        """Whether `path` is the real name, so that other programs find the file by it."""
        return self.path.encode() == self.system_path


class FileProblem(msgspec.Struct, frozen=True, order=True):
    """Why a file or folder could not be used: a sentence for the reader; `line` from 1, or 0 for the whole file."""

    path: str
    kind: ProblemKind
    message: str
    line: int = 0


class Discovery(msgspec.Struct, frozen=True):
    """What a working tree holds, both sorted by path."""

    files: tuple[ReviewedFile, ...]
    problems: tuple[FileProblem, ...]


def discover(root: Path, settings: Settings, named: Iterable[Path] = ()) -> Discovery:
    """The files below `root` that git would track, of the kinds that are reviewed; git itself is not needed.

    `named` are files that the reader asked for by name: they count although they are ignored (but not against
    `settings.exclude`), and scripts without a suffix if they start with `#!` and Python. Raises nothing: what cannot be
    read is a problem of the result, an unreadable root too.
    """
    search = Search(root, settings)
    search.walk()
    for path in named:
        search.add_named(path)
    return Discovery(
        files=tuple(sorted(search.files.values(), key=lambda file: file.path)),
        problems=tuple(sorted(set(search.problems))),
    )


def read_bytes(root: Path, file: ReviewedFile) -> bytes:
    """The bytes of a discovered file.

    Raises Unreadable if it is gone, refused, no longer a regular file inside the root, or larger than when found.
    """
    top = os.fsencode(root)
    location = os.path.join(top, file.system_path)
    if os.path.islink(location):
        location = _resolved_inside(location, os.path.realpath(top))
    return read_regular(location, file.size)


def problem_of(file: ReviewedFile, error: Unreadable) -> FileProblem:
    """The problem to report for a file that turned out to be unreadable."""
    return FileProblem(file.path, error.kind, error.reason, error.line)


def shown_path(system_path: bytes) -> str:
    """The path as text: see `ReviewedFile`."""
    try:
        text = system_path.decode()
    except UnicodeDecodeError:
        # Backslashes first, then the bytes that are left over as lone surrogates.
        text = ESCAPE.sub(r"\\x5c", system_path.decode("utf-8", "surrogateescape"))
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return ESCAPE.sub(r"\\x5c", text) if "\\" in text else text


class Entry(Protocol):
    """One name of a folder, as `os.scandir` gives it."""

    @property
    def name(self) -> bytes:
        """The name inside the folder."""

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        """Whether it is a folder."""

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        """Its status."""


class _Scope(msgspec.Struct, frozen=True):
    """An ignore file's patterns, and how many bytes of a path (from the repository's top) lead to its folder."""

    depth: int
    patterns: IgnorePatterns


class Search:
    """One walk through a tree: what it found, and what it needs to know to go on.

    How folders and files are looked at is said by the methods below "The place", so that trees of git are searched by
    the same rules.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.files: dict[bytes, ReviewedFile] = {}
        self.problems: list[FileProblem] = []
        self._max_size = settings.max_file_size
        self._has_exclusions = bool(settings.exclude)
        self._excluded = IgnorePatterns(pattern.encode("utf-8", "surrogateescape") for pattern in settings.exclude)
        self._root = os.path.realpath(os.fsencode(root))
        self._wildcard_bytes_left = MAX_WILDCARD_BYTES_IN_TREE
        repository = repository_of(self._root)
        self._is_in_repository = repository is not None
        #: What leads from the repository's top to the root; empty or ending in `/`.
        self._prefix = b""
        if repository is not None and repository != self._root:
            self._prefix = os.path.relpath(self._root, repository).replace(os.fsencode(os.sep), b"/") + b"/"
        self._outer_scopes = self._scopes_above(repository)

    def walk(self) -> None:
        """Goes through all folders. Nested as deep as the system allows, so not recursive."""
        waiting = [(b"", self._outer_scopes)]
        while waiting:
            folder, scopes = waiting.pop()
            waiting.extend(self._folder(folder, scopes))

    def add_named(self, path: Path) -> None:
        """Takes one file that the reader named, wherever it stands inside the root."""
        given = os.path.join(self._root, os.fsencode(path))
        folder, name = os.path.split(os.path.abspath(given))
        location = os.path.join(os.path.realpath(folder), name)
        if not _is_inside(location, self._root):
            self._report(os.fsencode(path), Unreadable("outside", "The file lies outside the reviewed folder."))
            return
        system_path = os.path.relpath(location, self._root).replace(os.fsencode(os.sep), b"/")
        if system_path in self.files or self._excluded.covers(system_path):
            return
        parent = system_path[: len(system_path) - len(name)]
        try:
            status = self._status(system_path)
            if stat.S_ISDIR(status.st_mode):
                return
            kind = kind_of(parent, name) or self._script_kind(location, name)
            if kind is not None:
                self._add(system_path, kind, status)
        except OSError as error:
            self._report(system_path, refused(error))

    def _folder(self, folder: bytes, scopes: tuple[_Scope, ...]) -> list[tuple[bytes, tuple[_Scope, ...]]]:
        """Takes the files of one folder; gives the folders in it that are to be walked."""
        try:
            entries = self._entries(folder)
        except OSError as error:
            self._report(folder.rstrip(b"/") or b".", refused(error))
            return []
        names = {entry.name for entry in entries}
        if folder and self._is_foreign(folder, names):
            return []
        if b".gitignore" in names:
            scopes = self._with_ignore_file(folder, scopes)
        inner = []
        for entry in entries:
            name = entry.name
            path = folder + name
            try:
                if entry.is_dir(follow_symlinks=False):
                    is_skipped = name in SKIPPED_FOLDERS or name.endswith(b".egg-info")
                    if not is_skipped and not self._is_ignored(path, name, True, scopes):
                        inner.append((path + b"/", scopes))
                    continue
                kind = kind_of(folder, name)
                if kind is not None and not self._is_ignored(path, name, False, scopes):
                    self._add(path, kind, entry.stat(follow_symlinks=False))
            except OSError as error:
                self._report(path, refused(error))
        # In an order of its own, so that limits cut every copy of a tree alike.
        return sorted(inner, key=lambda waiting: waiting[0])

    def _is_foreign(self, folder: bytes, names: set[bytes]) -> bool:
        """Whether a folder is a virtual environment, or another repository inside this one, as git sees it."""
        if b"pyvenv.cfg" in names and (b"bin" in names or b"Scripts" in names):
            return True
        return self._is_in_repository and b".git" in names and is_repository(self._root + b"/" + folder)

    def _is_ignored(self, path: bytes, name: bytes, is_folder: bool, scopes: tuple[_Scope, ...]) -> bool:
        """Whether a path is left out, its parents being walked already; the nearest ignore file decides."""
        if self._has_exclusions and self._excluded.decide(path, name, is_folder):
            return True
        if scopes:
            full_path = self._prefix + path
            for scope in scopes:
                decision = scope.patterns.decide(full_path[scope.depth :], name, is_folder)
                if decision is not None:
                    return decision
        return False

    def _add(self, system_path: bytes, kind: FileKind, status: os.stat_result) -> None:
        try:
            if stat.S_ISLNK(status.st_mode):
                target = self._target_status(system_path)
                if stat.S_ISDIR(target.st_mode):
                    return
                status = target
            require_regular(status)
            require_size(status.st_size, self._max_size)
        except Unreadable as unreadable:
            if kind != "lock":  # long ones are ordinary, and nothing is found in them
                self._report(system_path, unreadable)
        else:
            self.files[system_path] = ReviewedFile(shown_path(system_path), kind, status.st_size, system_path)

    def _script_kind(self, location: bytes, name: bytes) -> FileKind | None:
        """`python` for a file without suffix whose first line asks for Python."""
        if b"." in name:
            return None
        try:
            content = self._read(location, self._max_size)
        except Unreadable:
            return None
        return "python" if SCRIPT_START.match(content) else None

    def _report(self, system_path: bytes, unreadable: Unreadable) -> None:
        path = shown_path(system_path)
        self.problems.append(FileProblem(path, unreadable.kind, unreadable.reason, unreadable.line))

    # The place

    def _entries(self, folder: bytes) -> Sequence[Entry]:
        """What a folder holds; folders but the top end in `/`. Raises OSError."""
        with os.scandir(self._root + b"/" + folder) as listing:
            return list(listing)

    def _status(self, system_path: bytes) -> os.stat_result:
        """The status of a file or link. Raises OSError."""
        return os.lstat(self._root + b"/" + system_path)

    def _target_status(self, system_path: bytes) -> os.stat_result:
        """The status of what a link leads to. Raises OSError, and Unreadable where that is outside the root."""
        return os.stat(_resolved_inside(self._root + b"/" + system_path, self._root))

    def _read(self, location: bytes, max_size: int) -> bytes:
        """The bytes of a file by its whole path, which may stand above the root. Raises Unreadable."""
        return read_regular(location, max_size)

    # Ignore files

    def _scopes_above(self, repository: bytes | None) -> tuple[_Scope, ...]:
        """What applies before the root's own ignore file: `.git/info/exclude` and the folders above, nearest first.

        Nothing of it if it ignores the root itself, which the reader chose.
        """
        if repository is None:
            return ()
        scopes = self._with_patterns(os.path.join(repository, b".git/info/exclude"), 0, ())
        names = self._prefix.split(b"/")[:-1]
        folder = b""
        for name in names:
            scopes = self._with_patterns(os.path.join(repository, folder, b".gitignore"), len(folder), scopes)
            folder += name
            for scope in scopes:
                decision = scope.patterns.decide(folder[scope.depth :], name, True)
                if decision is not None:
                    if decision:
                        return ()
                    break
            folder += b"/"
        return scopes

    def _with_ignore_file(self, folder: bytes, scopes: tuple[_Scope, ...]) -> tuple[_Scope, ...]:
        location = self._root + b"/" + folder + b".gitignore"
        return self._with_patterns(location, len(self._prefix) + len(folder), scopes)

    def _with_patterns(self, location: bytes, depth: int, scopes: tuple[_Scope, ...]) -> tuple[_Scope, ...]:
        """The scopes with those of an ignore file before them, if it is there and can be used."""
        shown = os.path.relpath(location, self._root).replace(os.fsencode(os.sep), b"/")
        try:
            content = self._read(location, MAX_IGNORE_FILE_SIZE)
        except Unreadable as unreadable:
            if unreadable.kind != "missing":
                self._report(shown, unreadable)
            return scopes
        in_force = sum(scope.patterns.wildcard_count for scope in scopes)
        max_bytes = min(self._wildcard_bytes_left, MAX_WILDCARD_BYTES)
        patterns = IgnorePatterns.from_file(content, MAX_WILDCARDS - in_force, max_bytes)
        self._wildcard_bytes_left -= patterns.wildcard_bytes
        if patterns.left_out:
            reason = f"The file has too many or too long patterns: {patterns.left_out:,} are not used."
            self._report(shown, Unreadable("too-complex", reason))
        return (_Scope(depth, patterns), *scopes)


def repository_of(folder: bytes) -> bytes | None:
    """The nearest folder at or above a real path that is the top of a git working tree."""
    while not is_repository(folder):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def is_repository(folder: bytes) -> bool:
    """Whether `.git` in a folder is a repository, or the file that stands for one in worktrees and submodules."""
    marker = os.path.join(folder, b".git")
    if os.path.isdir(marker):
        return all(os.path.exists(os.path.join(marker, part)) for part in (b"HEAD", b"objects", b"refs"))
    try:
        return read_regular(marker, 10_000).startswith(b"gitdir: ")
    except Unreadable:
        return False


def _resolved_inside(location: bytes, root: bytes) -> bytes:
    """The real path of a link; raises Unreadable unless it lies inside the root, and outside of git's own files."""
    try:
        target = os.path.realpath(location)
    except OSError as error:
        raise refused(error) from error
    if not _is_inside(target, root):
        raise Unreadable("outside", "The symbolic link leads out of the reviewed folder.")
    if b".git" in target[len(root) :].split(os.fsencode(os.sep)):
        raise Unreadable("outside", "The symbolic link leads into git's own files.")
    return target


def _is_inside(location: bytes, root: bytes) -> bool:
    return location.startswith(root.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep))
