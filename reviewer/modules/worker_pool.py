"""Processes that answer requests: bytes in, bytes out. Knows nothing about what is asked.

A request that kills its process or takes too long costs that request alone, and gets a reason instead of an answer.
Processes are forked where that is safe, spawned elsewhere; Ctrl-C ends them at once and without a word.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Generic, NamedTuple, TypeVar, Union

import msgspec

from reviewer.modules.child_process import keep_quiet, no_interrupts, starts_cheaply

Label = TypeVar("Label")


class NoProcesses(Exception):
    """The system, or the kind of process we are, allows no child process."""


class Task(msgspec.Struct, Generic[Label], frozen=True):
    """A request, the seconds it may take, and what the asker knows it by."""

    label: Label
    request: bytes
    seconds: float


class Lost(NamedTuple):
    """No answer: the process died, or took too long; and the seconds that this cost."""

    was_too_slow: bool
    seconds: float


class _Worker(NamedTuple):
    process: BaseProcess
    connection: Connection


class _Running(NamedTuple):
    worker: _Worker
    task: Task[Any]
    began: float

    @property
    def deadline(self) -> float:
        return self.began + self.task.seconds


class WorkerPool(Generic[Label]):
    """At most `count` processes that run `answer`, a function of a module. Close it, or use it as a context manager."""

    def __init__(self, answer: Callable[[bytes], bytes], count: int) -> None:
        self._answer = answer
        self._count = max(count, 1)
        self._context: BaseContext = multiprocessing.get_context("fork" if starts_cheaply() else "spawn")
        self._idle: list[_Worker] = []
        self._running: dict[Connection, _Running] = {}

    def __enter__(self) -> WorkerPool[Label]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answers(self, tasks: deque[Task[Label]]) -> Iterator[tuple[Task[Label], Union[bytes, Lost]]]:
        """The answers as they come. Empties `tasks`, to which more may be added between two answers.

        Raises NoProcesses if none can be started.
        """
        while tasks or self._running:
            self._hand_out(tasks)
            for running in self._finished():
                answer = self._receive(running)
                yield running.task, answer

    def close(self) -> None:
        """Ends all processes, whatever they do."""
        workers = [*self._idle, *(running.worker for running in self._running.values())]
        self._idle, self._running = [], {}
        for worker in workers:
            _end(worker)

    def _hand_out(self, tasks: deque[Task[Label]]) -> None:
        while tasks and len(self._running) < self._count:
            worker = self._idle.pop() if self._idle else self._start()
            if worker is None:
                return
            task = tasks.popleft()
            self._running[worker.connection] = _Running(worker, task, time.monotonic())
            with suppress(OSError):  # A worker that has died meanwhile is noticed when its answer is read.
                worker.connection.send_bytes(task.request)

    def _finished(self) -> list[_Running]:
        """The requests that are answered or lost by now; waits for the first."""
        next_deadline = min(running.deadline for running in self._running.values())
        ready = wait(list(self._running), max(next_deadline - time.monotonic(), 0))
        now = time.monotonic()
        return [
            running for connection, running in self._running.items() if connection in ready or running.deadline <= now
        ]

    def _receive(self, running: _Running) -> Union[bytes, Lost]:
        worker = running.worker
        was_too_slow = True
        try:
            if worker.connection.poll():
                was_too_slow = False
                answer = worker.connection.recv_bytes()
                del self._running[worker.connection]
                self._idle.append(worker)
                return answer
        except (EOFError, OSError):
            pass
        del self._running[worker.connection]
        _end(worker)
        return Lost(was_too_slow, time.monotonic() - running.began)

    def _start(self) -> _Worker | None:
        """A new process; None if the ones that run have to do."""
        try:
            return self._started()
        except (OSError, AssertionError) as error:  # A daemonic process may have no children.
            if self._running:
                return None
            raise NoProcesses from error

    def _started(self) -> _Worker:
        mine, theirs = self._context.Pipe()
        try:
            with theirs:
                # What a forked child must let go of, so that it sees the end of its input when we are gone.
                is_forked = self._context.get_start_method() == "fork"
                foreign = [mine, *self._running, *(worker.connection for worker in self._idle)] if is_forked else []
                process = self._context.Process(  # type: ignore[attr-defined]
                    target=_serve, args=(self._answer, theirs, foreign), daemon=True
                )
                with no_interrupts(), _trusted_folder(is_forked):
                    process.start()
        except BaseException:
            mine.close()
            raise
        return _Worker(process, mine)


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.process.close()
    worker.connection.close()


@contextmanager
def _trusted_folder(is_forked: bool) -> Iterator[None]:
    """Starts a spawned interpreter beside our own: it looks for its first modules in the working folder."""
    if is_forked:
        yield
        return
    before = os.getcwd()
    os.chdir(os.path.dirname(sys.executable))
    try:
        yield
    finally:
        os.chdir(before)


def _serve(answer: Callable[[bytes], bytes], connection: Connection, foreign: list[Connection]) -> None:
    """The life of a worker: answers until its input ends."""
    keep_quiet()
    for other in foreign:
        other.close()
    gc.disable()
    with suppress(EOFError, OSError):
        while True:
            connection.send_bytes(answer(connection.recv_bytes()))
