"""One piece of work in a forked process, beside what this one does. Knows nothing about the work.

Takes a function that gives bytes, gives these bytes, or None where the process was lost: the work is then still to be
done here. Only for where processes fork cheaply (`child_process.starts_cheaply`).
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable
from contextlib import suppress

from reviewer.modules.child_process import keep_quiet, no_interrupts

#: What a child says at the end of its answer, so that a part of one is never taken for the whole.
END = b"\x00end"


class Beside:
    """Work that a child process does meanwhile; a context manager that leaves no process behind."""

    def __init__(self, work: Callable[[], bytes]) -> None:
        """Starts the work. Raises OSError where the system allows no process."""
        self._reading, writing = os.pipe()
        try:
            with no_interrupts():
                self._process = os.fork()
                if self._process == 0:
                    _answer(work, writing)
        except BaseException:
            os.close(self._reading)
            raise
        finally:
            os.close(writing)

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._reading)
        with suppress(OSError):
            os.kill(self._process, signal.SIGKILL)
        with suppress(OSError):
            os.waitpid(self._process, 0)

    def answer(self) -> bytes | None:
        """Waits for the bytes; None where the process has died."""
        parts = []
        while part := os.read(self._reading, 1 << 20):
            parts.append(part)
        whole = b"".join(parts)
        return whole[: -len(END)] if whole.endswith(END) else None


def _answer(work: Callable[[], bytes], writing: int) -> None:
    """The whole life of the child. Never returns, so that nothing of the parent runs twice."""
    try:
        keep_quiet()
        gc.disable()
        answer = memoryview(work() + END)
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        os._exit(0)
