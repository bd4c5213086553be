"""The files of a commit or of the index, found and read by the rules that hold for a working tree.

Takes a listing of git and settings, gives a `Discovery` and bytes. Nothing is checked out: no filter, no attribute and
no hook of the repository has a part in it.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from reviewer.files import Discovery, FileProblem, ReviewedFile, Search, repository_of, shown_path
from reviewer.git_listings import LINK, ListedFile, Listing
from reviewer.git_objects import MissingObject, ObjectReader
from reviewer.git_plumbing import GitError
from reviewer.modules.cache import Cache, content_key
from reviewer.reading import Unreadable, require_size
from reviewer.settings import Settings

BLOB_KIND = "blob"
MAX_LINK_STEPS = 40
MAX_LINK_LENGTH = MAX_PATH_LENGTH = 4096
#: Bytes of contents that are held because they had to be read for their keys.
MAX_HELD_BYTES = 64_000_000

MISSING = (
    "Files of the compared revision are not in this repository, as in a partial clone, and nothing is fetched during a"
    " review. Fetch them with `git fetch --refetch --no-filter origin`, or clone without `--filter`."
)


class Snapshot:
    """A tree of git that is reviewed: `discovery` and `names` tell what it holds, `read` gives the bytes."""

    def __init__(self, discovery: Discovery, names: dict[str, str], blobs: Blobs) -> None:
        self.discovery = discovery
        #: The name of each file's object, by path.
        self.names = names
        self._blobs = blobs

    @classmethod
    def of(
        cls, root: Path, listing: Listing, settings: Settings, blobs: Blobs, named: Iterable[Path] = (), place: str = ""
    ) -> Snapshot:
        """The files of a listing below `root` that a review of a working tree would find.

        `place` says in messages what the listing is of. Raises GitError where objects are missing.
        """
        search = _ListedSearch(root, settings, listing, blobs)
        search.walk()
        for path in named:
            search.add_named(path)
        blobs.learn(
            (search.targets[path] for path in search.files),
            [search.targets[path] for path, file in search.files.items() if file.kind != "python"],
            settings.max_file_size,
        )
        problems = list(search.problems)
        files: list[ReviewedFile] = []
        names: dict[str, str] = {}
        for system_path, file in search.files.items():
            name = search.targets[system_path]
            try:
                size = blobs.size(name)
                require_size(size, settings.max_file_size)
            except Unreadable as error:
                problems.append(FileProblem(file.path, error.kind, error.reason))
                continue
            files.append(msgspec.structs.replace(file, size=size))
            names[file.path] = name
        for conflict in listing.conflicts:
            if conflict.startswith(search.prefix):
                shown = shown_path(conflict[len(search.prefix) :])
                problems.append(FileProblem(shown, "missing", f"The file has an unresolved merge conflict in {place}."))
        discovery = Discovery(tuple(sorted(files, key=lambda file: file.path)), tuple(sorted(set(problems))))
        return cls(discovery, names, blobs)

    def read(self, file: ReviewedFile) -> bytes:
        """The bytes of a file. Raises Unreadable."""
        return self._blobs.read(self.names[file.path])

    def key(self, file: ReviewedFile) -> bytes | None:
        """The key of a file's content in the cache, where it is known without reading it."""
        return self._blobs.key(self.names[file.path])

    def object_names(self) -> Mapping[str, str]:
        """The name of each file's object, by path."""
        return self.names


class _Known(NamedTuple):
    """What is known of a blob: its size, and its content's key in the cache if it was read before."""

    size: int
    key: bytes | None


class Blobs:
    """The contents of a repository by object name. What was read once is known to the cache by its content's key."""

    def __init__(self, root: Path, cache: Cache) -> None:
        self._reader = ObjectReader(root)
        self._cache = cache
        self._known: dict[str, _Known] = {}
        self._contents: dict[str, bytes] = {}
        self._held_bytes = 0
        self._new_keys: dict[bytes, bytes] = {}

    def learn(self, names: Iterable[str], needed: Iterable[str], max_size: int) -> None:
        """Learns the sizes of objects and the keys of their contents, and reads those that are needed in any case.

        Raises GitError if any are missing. Git is not running afterwards.
        """
        wanted = sorted(set(names) - self._known.keys())
        for key, value in self._cache.get_many(BLOB_KIND, [bytes.fromhex(name) for name in wanted]).items():
            if len(value) > 8:
                self._known[key.hex()] = _Known(int.from_bytes(value[:8], "big"), value[8:])
        unknown = [name for name in wanted if name not in self._known]
        try:
            sizes = self._reader.sizes(unknown)
        except GitError as error:
            if "promisor" in str(error):  # git before 2.45 tries to fetch, which is forbidden
                raise MissingObject(MISSING) from None
            raise
        if any(name not in sizes for name in unknown):
            raise MissingObject(MISSING)
        self._known.update({name: _Known(size, None) for name, size in sizes.items()})
        unread = dict.fromkeys((*sizes, *needed))
        self._read_ahead([name for name in unread if self._known[name].size <= max_size], max_size)
        self._reader.close()

    def _read_ahead(self, names: list[str], max_size: int) -> None:
        """Reads what the cache does not know, so that from now on it does."""
        names = [name for name in names if name not in self._contents]
        for name, content in zip(names, self._reader.read_many(names, max_size), strict=True):
            self._keep(name, content)
        self._cache.put_many(BLOB_KIND, self._new_keys)
        self._new_keys.clear()

    def size(self, name: str) -> int:
        """The size of a measured object."""
        return self._known[name].size

    def key(self, name: str) -> bytes | None:
        """The key of an object's content in the cache; None if it was never read."""
        known = self._known.get(name)
        return known.key if known is not None else None

    def read(self, name: str, limit: int | None = None) -> bytes:
        """The content of an object. Raises Unreadable."""
        content = self._contents.get(name)
        if content is None:
            try:
                content = self._reader.read(name, self._known[name].size if limit is None else limit)
            except GitError as error:
                raise Unreadable("unreadable", str(error)) from error
        return content

    def _keep(self, name: str, content: bytes) -> None:
        key = content_key(content)
        is_new = self._known[name].key is None
        self._held_bytes += len(content)
        if self._held_bytes <= MAX_HELD_BYTES:
            self._contents[name] = content
        self._known[name] = _Known(len(content), key)
        if is_new:
            self._new_keys[bytes.fromhex(name)] = len(content).to_bytes(8, "big") + key

    def close(self) -> None:
        """Ends git."""
        self._reader.close()


class _ListedEntry(NamedTuple):
    """A name of a listed folder, as `files.Entry` wants it."""

    name: bytes
    mode: int

    def is_dir(self, *, follow_symlinks: bool) -> bool:  # noqa: ARG002
        return stat.S_ISDIR(self.mode)

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:  # noqa: ARG002
        return _status(self.mode)


class _ListedSearch(Search):
    """A search through a listing. `targets` has the object of each file found; a link's is that of its target."""

    def __init__(self, root: Path, settings: Settings, listing: Listing, blobs: Blobs) -> None:
        self._listed = listing.files
        self._submodules = listing.submodules
        self._blobs = blobs
        self.targets: dict[bytes, str] = {}
        location = os.path.realpath(os.fsencode(root))
        self._top = repository_of(location) or location
        inner = os.path.relpath(location, self._top).replace(os.fsencode(os.sep), b"/")
        self.prefix = b"" if inner == b"." else inner + b"/"
        self._folders = _folders_of(self._listed)
        super().__init__(root, settings)

    def _entries(self, folder: bytes) -> list[_ListedEntry]:
        return self._folders.get(self.prefix + folder, [])

    def _status(self, system_path: bytes) -> os.stat_result:
        listed = self._listed.get(self.prefix + system_path)
        if listed is None:
            if self.prefix + system_path + b"/" in self._folders:
                return _status(stat.S_IFDIR)
            raise FileNotFoundError(system_path)
        return _status(listed.mode)

    def _target_status(self, system_path: bytes) -> os.stat_result:
        path = self._resolved(self.prefix + system_path)
        if path + b"/" in self._folders or self._is_in_submodule(path):
            return _status(stat.S_IFDIR)
        listed = self._listed.get(path)
        if listed is None:
            raise FileNotFoundError(system_path)
        self.targets[system_path] = listed.name
        return _status(listed.mode)

    def _is_in_submodule(self, path: bytes) -> bool:
        """Whether a path leads into another repository, of which nothing is known here."""
        return any(path == submodule or path.startswith(submodule + b"/") for submodule in self._submodules)

    def _resolved(self, path: bytes) -> bytes:
        """Where a link of the listing leads, through other links and linked folders. Raises Unreadable, OSError."""
        done: list[bytes] = []
        waiting = path.split(b"/")[::-1]
        steps = 0
        while waiting:
            name = waiting.pop()
            if name in (b"", b"."):
                continue
            if name == b"..":
                if not done:
                    raise Unreadable("outside", "The symbolic link leads out of the reviewed folder.")
                done.pop()
                continue
            listed = self._listed.get(b"/".join([*done, name]))
            if listed is None or listed.mode != LINK:
                done.append(name)
                continue
            steps += 1
            target = self._blobs.read(listed.name, MAX_LINK_LENGTH)
            if steps > MAX_LINK_STEPS or not target:
                raise FileNotFoundError(path)
            if target.startswith(b"/"):
                raise Unreadable("outside", "The symbolic link leads out of the reviewed folder.")
            waiting.extend(target.split(b"/")[::-1])
        resolved = b"/".join(done)
        if not resolved.startswith(self.prefix):
            raise Unreadable("outside", "The symbolic link leads out of the reviewed folder.")
        return resolved

    def _add(self, system_path: bytes, kind: str, status: os.stat_result) -> None:
        if not stat.S_ISLNK(status.st_mode):
            self.targets[system_path] = self._listed[self.prefix + system_path].name
        super()._add(system_path, kind, status)  # type: ignore[arg-type]

    def _read(self, location: bytes, max_size: int) -> bytes:
        path = os.path.relpath(location, self._top).replace(os.fsencode(os.sep), b"/")
        if path.startswith(b".git/"):
            return super()._read(location, max_size)  # `info/exclude` is part of no tree
        listed = self._listed.get(posixpath.normpath(path))
        if listed is None:
            raise Unreadable("missing", "There is no such file.")
        if listed.mode == LINK:
            raise Unreadable("special-file", "This is a symbolic link, not a regular file.")
        return self._blobs.read(listed.name, max_size)


def _folders_of(listed: Mapping[bytes, ListedFile]) -> dict[bytes, list[_ListedEntry]]:
    """The entries of each folder; the top is an empty path, others end in `/`."""
    folders: dict[bytes, list[_ListedEntry]] = {b"": []}
    for path, file in listed.items():
        if len(path) > MAX_PATH_LENGTH:
            continue  # no system could check it out
        cut = path.rfind(b"/") + 1
        folder = path[:cut]
        if folder not in folders:
            _add_folder(folders, folder)
        folders[folder].append(_ListedEntry(path[cut:], stat.S_IFLNK if file.mode == LINK else stat.S_IFREG))
    return folders


def _add_folder(folders: dict[bytes, list[_ListedEntry]], folder: bytes) -> None:
    missing: list[bytes] = []
    while folder not in folders:
        missing.append(folder)
        folder = folder[: folder.rfind(b"/", 0, -1) + 1]
    for inner in reversed(missing):
        folders[inner] = []
        folders[folder].append(_ListedEntry(inner[len(folder) : -1], stat.S_IFDIR))
        folder = inner


def _status(mode: int) -> os.stat_result:
    """A status of which only the kind of file is known."""
    kind = stat.S_IFLNK if mode == LINK else mode
    return os.stat_result((kind, 0, 0, 0, 0, 0, 0, 0, 0, 0))
