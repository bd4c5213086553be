"""Reads all Python files of a review: from the cache where their content is known, else in workers.

Takes paths with a way to their bytes, gives stored modules and the problems of the others, in the order given. The
result is the same for any number of workers and any state of the cache, and one bad file never costs another.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar, Union

import msgspec

from reviewer.files import FileProblem
from reviewer.modules.cache import Cache, content_key
from reviewer.modules.module import StoredModule
from reviewer.reading import Unreadable

if TYPE_CHECKING:
    from reviewer.modules.cold_reading import ColdReader
    from reviewer.modules.reading import ReadProblem

#: How much content is held at a time.
BATCH_BYTES = 32_000_000

MODULE_KIND = "module"
PROBLEM_KIND = "problem"

Stored = TypeVar("Stored", bound=msgspec.Struct)


class Source(NamedTuple):
    """A file to read: its path as reported, and the function that gives its bytes or raises Unreadable.

    `key` is the content's key where it is known; then the file is only read if the cache does not know the content.
    """

    path: str
    read: Callable[[], bytes]
    key: bytes | None = None


class ReadResult(msgspec.Struct, frozen=True):
    """What reading gave, both in the order of the sources: each one is in exactly one of them."""

    modules: tuple[tuple[str, StoredModule], ...]
    problems: tuple[FileProblem, ...]
    from_cache: int  # how many of the sources were not parsed


Progress = Callable[[int, int], None]


def available_processors() -> int:
    """How many workers can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_modules(sources: Sequence[Source], jobs: int, cache: Cache, on_progress: Progress | None = None) -> ReadResult:
    """Reads Python files with up to `jobs` workers; `on_progress` is told how many of how many are done.

    Raises nothing but KeyboardInterrupt.
    """
    reader = _Reader(sources, jobs, cache, on_progress)
    try:
        return reader.read()
    finally:
        reader.close()


class _Batch(NamedTuple):
    """Some of the sources: the contents by their keys, None if not read, and the numbers of the sources with them."""

    contents: dict[bytes, bytes | None]
    numbers: dict[bytes, list[int]]


class _Reader:
    """One run over all sources."""

    def __init__(self, sources: Sequence[Source], jobs: int, cache: Cache, on_progress: Progress | None) -> None:
        self._sources = sources
        self._jobs = max(jobs, 1)
        self._cache = cache
        self._on_progress = on_progress
        self._modules: dict[int, StoredModule] = {}
        self._problems: dict[int, FileProblem] = {}
        self._from_cache = 0
        self._cold: ColdReader | None = None

    def read(self) -> ReadResult:
        for batch in self._batches():
            self._read_cached(batch)
            if batch.contents:
                self._read_cold(batch)
        modules = tuple((self._sources[number].path, self._modules[number]) for number in sorted(self._modules))
        problems = tuple(self._problems[number] for number in sorted(self._problems))
        return ReadResult(modules, problems, self._from_cache)

    def close(self) -> None:
        if self._cold is not None:
            self._cold.close()

    def _batches(self) -> Iterator[_Batch]:
        batch, size = _Batch({}, {}), 0
        for number, source in enumerate(self._sources):
            key, content = source.key, None
            if key is None:
                try:
                    content = source.read()
                except Unreadable as error:
                    self._problems[number] = _problem(source, error)
                    continue
                key = content_key(content)
            if key not in batch.contents:
                batch.contents[key] = content
                size += len(content or b"")
            batch.numbers.setdefault(key, []).append(number)
            if size >= BATCH_BYTES:
                yield batch
                batch, size = _Batch({}, {}), 0
        yield batch

    def _read_cached(self, batch: _Batch) -> None:
        """Takes what the cache has out of the batch."""
        for key, module in self._cached(MODULE_KIND, StoredModule, batch).items():
            self._from_cache += len(batch.numbers[key])
            self._take(batch, key, module)
        if batch.contents:
            from reviewer.modules.reading import ReadProblem

            for key, problem in self._cached(PROBLEM_KIND, ReadProblem, batch).items():
                self._from_cache += len(batch.numbers[key])
                self._take(batch, key, problem)

    def _cached(self, kind: str, stored_class: type[Stored], batch: _Batch) -> dict[bytes, Stored]:
        decode = msgspec.msgpack.Decoder(stored_class).decode
        found = {}
        for key, value in self._cache.get_many(kind, list(batch.contents)).items():
            try:
                found[key] = decode(value)
            except msgspec.MsgspecError:
                continue
        return found

    def _read_cold(self, batch: _Batch) -> None:
        """Parses what is left of the batch, and puts it into the cache."""
        from reviewer.modules.cold_reading import ColdReader

        if self._cold is None:
            self._cold = ColdReader(self._jobs)
        decode = msgspec.msgpack.Decoder(StoredModule).decode
        made: dict[str, dict[bytes, bytes]] = {MODULE_KIND: {}, PROBLEM_KIND: {}}
        contents = self._missing_contents(batch)
        keys = list(contents)
        for number, reading in self._cold.read(list(contents.values())):
            key = keys[number]
            if reading.problem is None:
                made[MODULE_KIND][key] = reading.module
                self._take(batch, key, decode(reading.module))
            else:
                if reading.is_certain:
                    made[PROBLEM_KIND][key] = msgspec.msgpack.encode(reading.problem)
                self._take(batch, key, reading.problem)
        for kind, items in made.items():
            self._cache.put_many(kind, items)

    def _missing_contents(self, batch: _Batch) -> dict[bytes, bytes]:
        """The contents of what is left of the batch, read where only their keys were known."""
        found: dict[bytes, bytes] = {}
        for key, content in list(batch.contents.items()):
            source = self._sources[batch.numbers[key][0]]
            try:
                found[key] = source.read() if content is None else content
            except Unreadable as error:
                del batch.contents[key]
                for number in batch.numbers[key]:
                    self._problems[number] = _problem(self._sources[number], error)
        return found

    def _take(self, batch: _Batch, key: bytes, result: Union[StoredModule, ReadProblem]) -> None:
        """Notes what was found for every source that has a content."""
        del batch.contents[key]
        for number in batch.numbers[key]:
            if isinstance(result, StoredModule):
                self._modules[number] = result
            else:
                path = self._sources[number].path
                self._problems[number] = FileProblem(path, result.kind, result.message, result.line)
        if self._on_progress is not None:
            self._on_progress(len(self._modules) + len(self._problems), len(self._sources))


def _problem(source: Source, error: Unreadable) -> FileProblem:
    return FileProblem(source.path, error.kind, error.reason, error.line)
