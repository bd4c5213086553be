"""Reads many objects through one `git cat-file --batch` that stays open.

Takes full object names, gives bytes. What a name stands for is checked by hashing, so that a repository whose packs say
something else cannot pass one content off as another.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import reviewer.git_plumbing as plumbing
from reviewer.git_plumbing import GitError, drain, explain_failure, kill, run_plumbing, start_plumbing

if TYPE_CHECKING:
    import subprocess

OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: What the pipe to git surely takes while git waits for its answers to be read.
NAMES_AT_ONCE = 50
_MAX_HEADER = 200


class MissingObject(GitError):
    """An object is not in the repository: a promised one that was never fetched, or the repository is damaged."""


def object_name(content: bytes, kind: str = "blob", *, like: str = "") -> str:
    """The name that git gives to an object, in the hash that the name `like` is made with (SHA-1 without one)."""
    digest = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"%s %d\0" % (kind.encode(), len(content)))
    digest.update(content)
    return digest.hexdigest()


class ObjectReader:
    """Reads the objects of the repository at `root`; git is started by the first one, and ended by `close`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: list[bytes] = []
        self._drain: threading.Thread | None = None
        self._owner = 0  # the process that started git; what it forks must not share its pipes

    def __enter__(self) -> ObjectReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends git."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        kill(process)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was still to be written to a git that has ended
                    stream.close()
        if self._drain is not None:
            self._drain.join(1)

    def sizes(self, names: Sequence[str]) -> dict[str, int]:
        """The sizes of objects in bytes; those that are missing are left out. Raises GitError."""
        if not names:
            return {}
        requests = "".join(f"{name}\n" for name in names).encode()
        output = run_plumbing(self._root, "cat-file", "--batch-check", standard_input=requests)
        found: dict[str, int] = {}
        for line in output.decode("ascii", "replace").split("\n"):
            fields = line.split(" ")
            if len(fields) == 3 and fields[2].isdigit():
                found[fields[0]] = int(fields[2])
        return found

    def read(self, name: str, limit: int) -> bytes:
        """The content of one object. Raises as `read_many` does."""
        return next(self.read_many([name], limit))

    def read_many(self, names: Iterable[str], limit: int) -> Iterator[bytes]:
        """The contents of objects in the order of their names.

        Raises MissingObject, and GitError for an object of more than `limit` bytes, one whose content is not that of
        its name, or a git that fails.
        """
        listed = list(names)
        for start in range(0, len(listed), NAMES_AT_ONCE):
            yield from self._answers(listed[start : start + NAMES_AT_ONCE], limit)

    def _answers(self, names: Sequence[str], limit: int) -> list[bytes]:
        process = self._started()
        is_late = threading.Event()

        def end_late_process() -> None:
            is_late.set()
            kill(process)

        timer = threading.Timer(plumbing.TIME_LIMIT, end_late_process)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin is not None
            process.stdin.write("".join(f"{name}\n" for name in names).encode())
            process.stdin.flush()
            return [self._answer(process, name, limit) for name in names]
        except (OSError, GitError) as error:
            if is_late.is_set():
                self.close()
                raise GitError(f"git did not answer within {plumbing.TIME_LIMIT:g} seconds.") from None
            if isinstance(error, OSError):
                raise self._failure() from None
            self.close()  # what it still writes belongs to no question
            raise
        finally:
            timer.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid():
            self._errors = []
            self._owner = os.getpid()
            self._process = start_plumbing(self._root, "cat-file", "--batch", has_input=True)
            self._drain = threading.Thread(target=drain, args=(self._process.stderr, self._errors), daemon=True)
            self._drain.start()
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], name: str, limit: int) -> bytes:
        assert process.stdout is not None
        fields = process.stdout.readline(_MAX_HEADER).decode("ascii", "replace").rstrip("\n").split(" ")
        if fields[-1] == "missing" and fields[0] == name:
            raise MissingObject(f"The object {name[:12]} is not in the repository.")
        if len(fields) != 3 or fields[0] != name or not fields[2].isdigit():
            raise self._failure()
        size = int(fields[2])
        if size > limit:
            raise GitError(f"The object {name[:12]} is larger than {limit} bytes.")
        content = process.stdout.read(size + 1)[:size]
        if len(content) != size:
            raise self._failure()
        if object_name(content, fields[1], like=name) != name:
            raise GitError(
                f"The content of the object {name[:12]} is not what its name says: the repository is damaged."
            )
        return content

    def _failure(self) -> GitError:
        """Why git ended; it is not running afterwards."""
        process = self._process
        if process is None:
            return GitError("git ended before it answered.")
        kill(process)
        status = process.wait()
        if self._drain is not None:
            self._drain.join(1)
        errors = b"".join(self._errors)
        self.close()
        return GitError(explain_failure(errors, status) if errors else "git ended before it answered.")
