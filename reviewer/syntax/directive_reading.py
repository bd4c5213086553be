"""Reads the suppression comments of many files: from the cache where it can, else in the child process.

Reading runs beside the caller's work between `start` and `finish`. Takes content hashes and decoded text, gives the
directives by path; must not import libcst.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from reviewer.syntax.directives import DIRECTIVES_VERSION, Directive
from reviewer.syntax.messages import Comments, ReadComments, Refused, Rewritten
from reviewer.syntax.worker import CloseReader, Lost

CACHE_KIND = f"directives-{DIRECTIVES_VERSION}"


class Cache(Protocol):
    """What is kept between runs: bytes by kind and key."""

    def get_many(self, kind: str, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """The values of those keys that are there."""

    def put_many(self, kind: str, items: Mapping[bytes, bytes]) -> None:
        """Keeps values."""


class Directives(msgspec.Struct, frozen=True):
    """The suppression comments of the files that were read, and why the others were not, both by path."""

    by_path: dict[str, tuple[Directive, ...]]
    unread: dict[str, str]


_Outcome = Comments | Refused | Lost
_decode = msgspec.msgpack.Decoder(Comments | Refused).decode

NO_ANSWER = Lost("The file was not read closely.")


class DirectiveReading:
    """Reads suppression comments of Python files in the background."""

    def __init__(self, reader: CloseReader, cache: Cache | None = None) -> None:
        self._reader = reader
        self._cache = cache
        self._keys: dict[str, bytes] = {}
        self._outcomes: dict[bytes, _Outcome] = {}
        self._new_keys: list[bytes] = []
        self._thread: threading.Thread | None = None

    def start(self, keys: Mapping[str, bytes], text_of: Callable[[str], str]) -> None:
        """Begins to read files whose text contains `reviewer:`: paths with content hashes, and their decoded text."""
        self._keys = dict(keys)
        distinct = sorted(set(self._keys.values()))
        if self._cache is not None and distinct:
            for key, value in self._cache.get_many(CACHE_KIND, distinct).items():
                try:
                    self._outcomes[key] = _decode(value)
                except msgspec.MsgspecError:
                    continue  # A broken entry is read again.
        texts = {key: path for path, key in sorted(self._keys.items(), reverse=True) if key not in self._outcomes}
        self._new_keys = list(texts)
        if texts:
            requests = [(key, ReadComments(text_of(path))) for key, path in texts.items()]
            self._thread = threading.Thread(target=self._read, args=(requests,), daemon=True)
            self._thread.start()

    def finish(self) -> Directives:
        """Waits for the files and gives what they hold."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._keep()
        by_path: dict[str, tuple[Directive, ...]] = {}
        unread: dict[str, str] = {}
        for path, key in sorted(self._keys.items()):
            outcome = self._outcomes.get(key, NO_ANSWER)
            if isinstance(outcome, Comments):
                by_path[path] = outcome.directives
            else:
                unread[path] = outcome.reason
        return Directives(by_path, unread)

    def _read(self, requests: list[tuple[bytes, ReadComments]]) -> None:
        for key, request in requests:
            reply = self._reader.ask(request)
            self._outcomes[key] = NO_ANSWER if isinstance(reply, Rewritten) else reply

    def _keep(self) -> None:
        if self._cache is None:
            return
        found = {key: self._outcomes.get(key, NO_ANSWER) for key in self._new_keys}
        self._cache.put_many(
            CACHE_KIND,
            {key: msgspec.msgpack.encode(outcome) for key, outcome in found.items() if not isinstance(outcome, Lost)},
        )
