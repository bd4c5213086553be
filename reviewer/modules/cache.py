"""Keeps what was made from files' contents in SQLite, outside of the reviewed tree, for the next run.

Takes and gives bytes by kind and key. Must never raise, wait long, or change what a review says: whatever is wrong with
the place or the file, an entry is missing or as it was stored. The database is rebuilt when it is damaged, skipped when
it cannot be used.

Ordinary journal instead of WAL: it reads as fast, writes faster, and an unchanged run touches no file.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from reviewer.modules.index import INDEX_VERSION
from reviewer.modules.tree import TREE_VERSION

FOLDER = "store"  # made by us alone inside the cache folder, so that its permissions are ours to set
MAX_BYTES = 500_000_000
#: How long another process is waited for before the cache is skipped.
BUSY_SECONDS = 0.25
#: After so many days of use an entry is marked as used again, which is when an unchanged run writes.
DAYS_BETWEEN_MARKS = 7
#: Databases of other versions are deleted when they were not written for so long.
DAYS_KEPT = 30
#: How many of them are kept at most.
VERSIONS_KEPT = 5
SECONDS_A_DAY = 86_400
KEYS_A_QUERY = 500
CHECKSUM_BYTES = 4

CREATE = "CREATE TABLE IF NOT EXISTS entry (kind TEXT, key BLOB, day INTEGER, value BLOB, PRIMARY KEY (kind, key))"
#: Refusals that lie in the surroundings; after any other one the database is taken for damaged.
CIRCUMSTANCES = ("full", "readonly", "unable to open", "disk I/O")


def content_key(content: bytes) -> bytes:
    """The key of what is made from a file's bytes."""
    return hashlib.blake2b(content, digest_size=20).digest()


class Cache:
    """Stored results by kind and key. `warning` says in one sentence why there is no cache or why it cannot be written.

    An entry must be a function of its key alone. Trees may rely on the version that the database is named after; other
    kinds put what else they depend on into their keys.
    """

    def __init__(self, file: Path | None = None, warning: str | None = None) -> None:
        self.warning = warning
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._today = int(time.time() // SECONDS_A_DAY)
        if file is not None:
            with self._failures():
                self._connection = _connected(file)

    @classmethod
    def open(cls, directory: Path | None = None) -> Cache:
        """The cache in a folder, by default the user's cache folder. Without a warning it is usable, or busy."""
        try:
            folder = _own_folder(_user_folder() if directory is None else directory)
            file = folder / _database_name()
            _require_plain_file(file)
        except _Unusable as error:
            return NullCache(str(error))
        except (OSError, RuntimeError, ValueError) as error:
            return NullCache(f"The cache is not used: {getattr(error, 'strerror', None) or error}.")
        return cls(file)

    def reopened(self) -> Cache:
        """The same cache with a connection of its own, for a process that was forked from this one."""
        return Cache(self._file, self.warning)

    def get_many(self, kind: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The stored values of a kind by key; what is not stored, or damaged, is left out."""
        found: dict[bytes, bytes] = {}
        unmarked: list[bytes] = []
        with self._failures():
            for start in range(0, len(keys), KEYS_A_QUERY):
                for key, day, value in self._rows(kind, keys[start : start + KEYS_A_QUERY]):
                    intact = _intact(kind, key, value)
                    if intact is None:
                        continue
                    found[key] = intact
                    if day.__class__ is not int or not self._today - DAYS_BETWEEN_MARKS < day <= self._today:
                        unmarked.append(key)
            if unmarked:
                self._mark_used(kind, unmarked)
        return found

    def put_many(self, kind: str, items: Mapping[bytes, bytes]) -> None:
        """Stores values of a kind by key, all or none."""
        if not items or self._connection is None:
            return
        rows = [(kind, key, self._today, _checksum(kind, key, value) + value) for key, value in items.items()]
        with self._failures(), self._transaction() as connection:
            self._make_room(connection)
            connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Lets the database go; the cache is empty from now on."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()

    def _rows(self, kind: str, keys: Sequence[bytes]) -> list[tuple[bytes, object, object]]:
        if self._connection is None:
            return []
        places = ",".join("?" * len(keys))
        query = f"SELECT key, day, value FROM entry WHERE kind = ? AND key IN ({places})"  # noqa: S608 - only marks
        return self._connection.execute(query, (kind, *keys)).fetchall()

    def _mark_used(self, kind: str, keys: list[bytes]) -> None:
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE entry SET day = ? WHERE kind = ? AND key = ?", [(self._today, kind, key) for key in keys]
            )

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Deletes the half of the entries that was not used for longest, once the database is large."""
        used = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
        if used * _pragma(connection, "page_size") <= MAX_BYTES:
            return
        middle = "SELECT day FROM entry ORDER BY day LIMIT 1 OFFSET (SELECT count(*) / 2 FROM entry)"
        connection.execute(f"DELETE FROM entry WHERE day <= ({middle})")  # noqa: S608 - constant

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        if connection is None:
            raise sqlite3.OperationalError("database is locked")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors.
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turns every failure of the database into a cache that is skipped, rebuilt, or only read."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, sqlite3.Warning, OverflowError, MemoryError) as error:
            reason = str(error)
            if "locked" in reason:
                return
            if any(circumstance in reason for circumstance in CIRCUMSTANCES):
                self.warning = f"The cache cannot be used or written: {reason}."
                return
            self._rebuild()
        except OSError as error:
            self.warning = f"The cache is not used: {error.strerror or error}."

    def _rebuild(self) -> None:
        self.close()
        if self._file is None:
            return
        try:
            for damaged in (self._file, _journal_of(self._file)):
                with suppress(FileNotFoundError):
                    damaged.unlink()
            self._connection = _connected(self._file)
        except (OSError, sqlite3.Error) as error:
            self.warning = f"The damaged cache cannot be rebuilt: {error}."


class NullCache(Cache):
    """A cache that keeps nothing."""

    def __init__(self, warning: str | None = None) -> None:
        super().__init__(None, warning)


class _Unusable(Exception):
    """Why a place is not used, as a sentence."""


def _user_folder() -> Path:
    from platformdirs import user_cache_path

    folder = user_cache_path("reviewer", appauthor=False)
    if not folder.is_absolute():
        raise _Unusable("The cache is not used: the user has no home folder.")
    return folder


def _own_folder(directory: Path) -> Path:
    """The folder of the database, made if need be: ours, not a link, closed to others."""
    folder = directory / FOLDER
    if directory.is_symlink():
        raise _Unusable(f"The cache is not used: {directory} is a symbolic link.")
    with suppress(FileExistsError):
        directory.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        # The folder may have been asked for inside of a working tree.
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise _Unusable(f"The cache is not used: {folder} is not a folder.")
    if hasattr(os, "geteuid"):
        if status.st_uid != os.geteuid():
            raise _Unusable(f"The cache is not used: {folder} belongs to somebody else.")
        if stat.S_IMODE(status.st_mode) != 0o700:
            folder.chmod(0o700)
    return folder


def _require_plain_file(file: Path) -> None:
    """Raises _Unusable if something else than a regular file is where SQLite would open or create one."""
    for place in (file, _journal_of(file)):
        try:
            mode = place.lstat().st_mode
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(mode):
            raise _Unusable(f"The cache is not used: {place} is not a regular file.")


def _journal_of(file: Path) -> Path:
    return file.with_name(file.name + "-journal")


def _database_name() -> str:
    """Named after all that a tree depends on besides the content: formats, the makers' code, libcst and Python."""
    stamp = hashlib.blake2b(repr((TREE_VERSION, INDEX_VERSION, sys.version_info[:3])).encode(), digest_size=8)
    here = Path(__file__).parent
    files = [*here.glob("*.py"), here.parent / "decoding.py"]
    with suppress(OSError, ImportError, ValueError):
        libcst = find_spec("libcst")
        if libcst is not None and libcst.origin is not None:
            files.append(Path(libcst.origin))
        for file in sorted(files):
            status = file.stat()
            stamp.update(f"{file} {status.st_size} {status.st_mtime_ns};".encode("utf-8", "surrogateescape"))
    return f"{stamp.hexdigest()}.sqlite"


def _connected(file: Path) -> sqlite3.Connection:
    is_new = not file.exists()
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.text_factory = bytes
        # Entries are checked when they are read, so that a power cut may cost them.
        for setting in ("synchronous = OFF", "trusted_schema = OFF", "cell_size_check = ON", "cache_spill = OFF"):
            connection.execute(f"PRAGMA {setting}").close()
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry'").fetchone():
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(CREATE)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    if is_new:
        _forget_other_versions(file)
    return connection


def _forget_other_versions(file: Path) -> None:
    oldest = time.time() - DAYS_KEPT * SECONDS_A_DAY
    with suppress(OSError):
        others = [(other.lstat().st_mtime, other) for other in file.parent.glob("*.sqlite") if other != file]
        for number, (written, other) in enumerate(sorted(others, reverse=True)):
            if written < oldest or number >= VERSIONS_KEPT:
                other.unlink()


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute(f"PRAGMA {name}").fetchone()
    return int(row[0])


def _checksum(kind: str, key: bytes, value: bytes) -> bytes:
    return zlib.crc32(value, zlib.crc32(key, zlib.crc32(kind.encode()))).to_bytes(CHECKSUM_BYTES, "big")


def _intact(kind: str, key: object, value: object) -> bytes | None:
    """The value of a row as it was stored, or None if the row is damaged."""
    if key.__class__ is not bytes or value.__class__ is not bytes:
        return None
    payload = value[CHECKSUM_BYTES:]
    return payload if _checksum(kind, key, payload) == value[:CHECKSUM_BYTES] else None
