"""What every child process of a review does first, and how one is started safely. Knows nothing about what it does."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: How much memory a child may take besides what it has at first.
MAX_GROWTH_BYTES = 1 << 30


def starts_cheaply() -> bool:
    """Whether processes can be forked: not beside other threads, nor ever with the system libraries of macOS."""
    can_fork = hasattr(os, "fork") and sys.platform != "darwin"
    return can_fork and threading.active_count() == 1


@contextmanager
def no_interrupts() -> Iterator[None]:
    """Holds Ctrl-C back until a new process ignores it, so that none tells of it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def keep_quiet() -> None:
    """Lets a child die of nothing but its own work, say nothing, and take a bounded amount of memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # What a dying interpreter says is for nobody.
    faulthandler.disable()
    nowhere = sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - stays open
    os.dup2(nowhere.fileno(), 1)
    os.dup2(nowhere.fileno(), 2)
    _limit_memory()


def _limit_memory() -> None:
    """Lets the process grow by a bounded amount, and leave no core file behind; nothing on Windows."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", "rb") as status:
            size = int(status.read().split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = size + MAX_GROWTH_BYTES
        if most == resource.RLIM_INFINITY or limit < most:
            resource.setrlimit(resource.RLIMIT_AS, (limit, most))
