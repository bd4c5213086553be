"""Opens files of the reviewed tree: regular files only, bounded, never waiting, never through an unexpected link.

Takes a path as the system knows it, gives bytes or says in one sentence why not.
"""

from __future__ import annotations

import os
import stat
from typing import Literal

ProblemKind = Literal[
    "missing",
    "unreadable",
    "special-file",
    "outside",
    "too-large",
    "too-complex",
    "undecodable",
    "nul-bytes",
    "syntax-error",
    "too-deep",
]

#: Never wait for a writer, never follow a link, never become the terminal's owner; 0 where the platform lacks it.
OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class Unreadable(Exception):
    """A file, or a part of it, cannot be used: the kind of problem, a sentence for the reader, the line or 0."""

    def __init__(self, kind: ProblemKind, reason: str, line: int = 0) -> None:
        super().__init__(kind, reason, line)
        self.kind: ProblemKind = kind
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return self.reason


def read_regular(path: bytes, max_size: int) -> bytes:
    """The bytes of a regular file that is not a link.

    Raises Unreadable for everything else and for files of more than `max_size` bytes.
    """
    try:
        require_regular(os.lstat(path))
        descriptor = os.open(path, OPEN_FLAGS)
        try:
            status = os.fstat(descriptor)
            require_regular(status)
            require_size(status.st_size, max_size)
            return _read_all(descriptor, status.st_size, max_size)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise refused(error) from error


def _read_all(descriptor: int, expected: int, max_size: int) -> bytes:
    """Reads to the end, in one call where the size was true; the file may grow meanwhile."""
    chunks: list[bytes] = []
    length = 0
    while chunk := os.read(descriptor, max(expected - length, 0) + 1):
        chunks.append(chunk)
        length += len(chunk)
        require_size(length, max_size)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def require_size(size: int, max_size: int) -> None:
    """Raises Unreadable if a file of `size` bytes is too large."""
    if size > max_size:
        raise Unreadable("too-large", f"The file has {size:,} bytes; at most {max_size:,} are read.")


def require_regular(status: os.stat_result) -> None:
    """Raises Unreadable unless the status is that of a regular file."""
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("special-file", f"This is {_nature(status.st_mode)}, not a regular file.")


def refused(error: OSError) -> Unreadable:
    """What the operating system's refusal means for the reader."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return Unreadable("missing", "There is no such file.")
    return Unreadable("unreadable", f"The operating system refuses to read it: {error.strerror or error}.")


def _nature(mode: int) -> str:
    natures = {
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return natures.get(stat.S_IFMT(mode), "a special file")
