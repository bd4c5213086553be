"""Runs libcst in a child process that is started when first needed, one request at a time, each with a time limit.

A file that kills the child or keeps it busy too long costs that file: the next request gets a new child. Knows nothing
about what is asked.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import TracebackType

import msgspec

from reviewer.syntax.messages import Refused, Reply, Request, StreamEnded, read_frame, write_frame

#: Of processor time where the system tells it, so that a busy machine refuses no file that a quiet one reads.
SECONDS = 5.0
SECONDS_A_BYTE = 10 / 1_000_000
#: How many times as long a child may take by the clock, since it may wait for a processor or for ever.
CLOCK_FACTOR = 6
#: What files that crash or hang may cost a run; after that, no further child is started.
LOST_SECONDS = 30.0
#: What a lost child costs besides the time it was waited for.
START_SECONDS = 0.5

#: Sets the module path before anything is imported, so that the child finds the modules of its parent and no others.
START = "import sys; sys.path[:] = sys.argv[2:]; from importlib import import_module; import_module(sys.argv[1]).main()"


class Lost(msgspec.Struct, frozen=True):
    """The child did not answer; asking again may give something else."""

    reason: str


class CloseReader:
    """The child process that reads closely. Close it, or use it as a context manager."""

    def __init__(self, *, seconds: float = SECONDS, module: str = "reviewer.syntax.child") -> None:
        self._seconds = seconds
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._lost_seconds = 0.0
        self._decode = msgspec.msgpack.Decoder(Reply).decode

    def __enter__(self) -> CloseReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, request: Request) -> Reply | Lost:
        """The child's answer, or Lost if it died or took too long."""
        if self._lost_seconds >= LOST_SECONDS:
            return Lost("Too many files could not be read closely; the rest was not tried.")
        body = msgspec.msgpack.encode(request)
        limit = self._seconds + len(body) * SECONDS_A_BYTE
        began = time.monotonic()
        try:
            reply = self._exchange(body, limit)
        except (OSError, StreamEnded, msgspec.MsgspecError):
            reason = "The process that reads closely ended unexpectedly."
        except queue.Empty:
            reason = f"Close reading took longer than {limit:.0f} seconds."
        else:
            return reply
        self._lost_seconds += time.monotonic() - began + START_SECONDS
        self.close()
        return Lost(reason)

    def close(self) -> None:
        """Ends the child."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]

    def _exchange(self, body: bytes, limit: float) -> Reply:
        process = self._process or self._start()
        patience = _Patience(process.pid, limit)
        answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        # A thread, since pipes cannot be waited for with a time limit on every platform.
        threading.Thread(target=_send_and_receive, args=(process, body, answers), daemon=True).start()
        reply: Reply = self._decode(_first(answers, patience))
        return reply

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", START, self._module, *sys.path]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return self._process


class _Patience:
    """How much longer a child is waited for."""

    def __init__(self, process: int, limit: float) -> None:
        self._process = process
        self._limit = limit
        self._began = time.monotonic()
        self._before = _processor_seconds(process)

    @property
    def seconds(self) -> float:
        """What is left; nothing or less where the child has had its time."""
        elapsed = time.monotonic() - self._began
        spent = _processor_seconds(self._process)
        if spent is None or self._before is None:
            return self._limit - elapsed
        return min(self._limit - (spent - self._before), self._limit * CLOCK_FACTOR - elapsed)


def _processor_seconds(process: int) -> float | None:
    """The processor time that a process has had; None where the system does not tell (proc(5))."""
    try:
        with open(f"/proc/{process}/stat", "rb") as status:
            fields = status.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def _first(answers: queue.SimpleQueue[bytes | None], patience: _Patience) -> bytes:
    """The answer. Raises queue.Empty where it takes too long, StreamEnded where there is none."""
    while True:
        left = patience.seconds
        try:
            answer = answers.get(timeout=max(left, 0.0))
        except queue.Empty:
            if patience.seconds <= 0:
                raise
            continue
        if answer is None:
            raise StreamEnded
        return answer


def _send_and_receive(process: subprocess.Popen[bytes], body: bytes, answers: queue.SimpleQueue[bytes | None]) -> None:
    try:
        write_frame(process.stdin, body)  # type: ignore[arg-type]
        answers.put(read_frame(process.stdout))  # type: ignore[arg-type]
    except (OSError, ValueError, StreamEnded):
        answers.put(None)


def refusal_of(reply: Reply | Lost) -> str:
    """Why a file was not read closely; empty if it was."""
    return reply.reason if isinstance(reply, (Refused, Lost)) else ""
