"""Reads contents that no cache knows: in this process where they are few, else in workers.

What could break the process that reads it is read by a worker in any case: long files, and syntax newer than the
running Python, for which libcst is asked. Imported only when something has to be read.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reviewer.modules.child_process import starts_cheaply
from reviewer.modules.reading import SAFE_LENGTH, ReadProblem
from reviewer.modules.reading_worker import Reading, Request, answer, read_one, readings_of

if TYPE_CHECKING:
    from reviewer.modules.worker_pool import Lost, Task, WorkerPool

#: Below this, forking workers takes longer than they save.
MIN_FILES_FOR_WORKERS = 40
MIN_BYTES_FOR_WORKERS = 200_000
#: The same where each worker is a new interpreter.
MIN_BYTES_FOR_SPAWNING = 2_000_000
#: How much a worker gets at a time: small portions keep all workers busy to the end.
PORTION_BYTES = 64_000

SECONDS_A_FILE = 15.0
SECONDS_A_MEGABYTE = 5.0
SECONDS_A_PORTION = 30.0
#: What files that crash or hang may cost a run; after that, those that follow get less time.
LOST_SECONDS = 30.0
SECONDS_AFTER_LOSSES = 1.0


class _Portion(NamedTuple):
    """What one task reads: the numbers of some contents."""

    numbers: tuple[int, ...]
    newer_syntax: bool = False


class ColdReader:
    """Reads contents with up to `jobs` workers, which stay for further calls until `close`."""

    def __init__(self, jobs: int) -> None:
        self._jobs = max(jobs, 1)
        self._pool: WorkerPool[_Portion] | None = None
        self._lost_seconds = 0.0

    def close(self) -> None:
        """Ends the workers."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def read(self, contents: Sequence[bytes]) -> Iterator[tuple[int, Reading]]:
        """What each content gives, by its number, in any order."""
        long = [number for number, content in enumerate(contents) if len(content) > SAFE_LENGTH]
        safe = [number for number, content in enumerate(contents) if len(content) <= SAFE_LENGTH]
        tasks = deque(self._task(contents, _Portion((number,))) for number in long)
        if self._needs_workers([contents[number] for number in safe]):
            tasks.extend(self._task(contents, _Portion(numbers)) for numbers in _portions(contents, safe))
            safe = []
        refused: dict[int, Reading] = {}
        with _collector_off():
            for number in safe:
                yield from self._settled(contents, number, read_one(contents[number]), tasks, refused)
        yield from self._asked(contents, tasks, refused)

    def _needs_workers(self, contents: Sequence[bytes]) -> bool:
        if self._jobs == 1 or len(contents) < MIN_FILES_FOR_WORKERS:
            return False
        return sum(map(len, contents)) >= (MIN_BYTES_FOR_WORKERS if starts_cheaply() else MIN_BYTES_FOR_SPAWNING)

    def _task(self, contents: Sequence[bytes], portion: _Portion) -> Task[_Portion]:
        from reviewer.modules.worker_pool import Task

        seconds = SECONDS_A_PORTION
        if len(portion.numbers) == 1:
            length = len(contents[portion.numbers[0]])
            seconds = max(SECONDS_A_FILE, length / 1_000_000 * SECONDS_A_MEGABYTE)
            if self._lost_seconds > LOST_SECONDS:
                seconds = SECONDS_AFTER_LOSSES
        request = Request(tuple(contents[number] for number in portion.numbers), portion.newer_syntax)
        return Task(portion, msgspec.msgpack.encode(request), seconds)

    def _asked(
        self, contents: Sequence[bytes], tasks: deque[Task[_Portion]], refused: dict[int, Reading]
    ) -> Iterator[tuple[int, Reading]]:
        """What workers say to some tasks, and to those that follow from them."""
        if not tasks:
            return
        from reviewer.modules.worker_pool import Lost, NoProcesses, WorkerPool

        pool = self._pool = self._pool or WorkerPool(answer, self._jobs)
        try:
            for task, reply in pool.answers(tasks):
                numbers, newer_syntax = task.label
                if not isinstance(reply, Lost):
                    for number, reading in zip(numbers, readings_of(reply), strict=True):
                        yield from self._settled(contents, number, reading, tasks, refused)
                    continue
                self._lost_seconds += reply.seconds
                if newer_syntax:
                    yield numbers[0], _uncertain(refused.pop(numbers[0]))
                elif len(numbers) == 1:
                    yield numbers[0], _lost(reply)
                else:
                    tasks.extend(self._task(contents, _Portion((number,))) for number in numbers)
        except NoProcesses:
            yield from _read_here(contents, tasks, refused)

    def _settled(
        self,
        contents: Sequence[bytes],
        number: int,
        reading: Reading,
        tasks: deque[Task[_Portion]],
        refused: dict[int, Reading],
    ) -> Iterator[tuple[int, Reading]]:
        """A reading if it is the last word on its content; else asks for it with newer syntax."""
        if reading.may_be_newer:
            refused[number] = reading
            tasks.append(self._task(contents, _Portion((number,), newer_syntax=True)))
        elif reading.module or reading.problem:
            yield number, reading
        else:
            yield number, refused.pop(number)


def _portions(contents: Sequence[bytes], numbers: Sequence[int]) -> Iterator[tuple[int, ...]]:
    portion: list[int] = []
    size = 0
    for number in numbers:
        portion.append(number)
        size += len(contents[number])
        if size >= PORTION_BYTES:
            yield tuple(portion)
            portion, size = [], 0
    if portion:
        yield tuple(portion)


def _lost(lost: Lost) -> Reading:
    reason = "takes too long" if lost.was_too_slow else "ends the process that reads it"
    return Reading(problem=ReadProblem("too-complex", f"Reading the file {reason}."), is_certain=False)


def _uncertain(refused: Reading) -> Reading:
    return Reading(problem=refused.problem, is_certain=False)


def _read_here(
    contents: Sequence[bytes], tasks: deque[Task[_Portion]], refused: dict[int, Reading]
) -> Iterator[tuple[int, Reading]]:
    """The last resort on a system that allows no processes: libcst is not asked."""
    for task in tasks:
        for number in task.label.numbers:
            reading = refused[number] if task.label.newer_syntax else read_one(contents[number])
            yield number, _uncertain(reading) if reading.problem else reading


@contextmanager
def _collector_off() -> Iterator[None]:
    """Trees have no cycles: looking for them while trees are built would cost as much as building them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
