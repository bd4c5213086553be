"""A child process for close reading that misbehaves on request."""

from __future__ import annotations

import os
import signal
import time

from reviewer.syntax import child
from reviewer.syntax.messages import Reply, Request


def main() -> None:
    usual = child.answer

    def answer(request: Request) -> Reply:
        source = getattr(request, "source", "")
        if "crash" in source:
            os.kill(os.getpid(), signal.SIGKILL)
        if "hang" in source:
            while True:
                pass
        if "wait" in source:
            time.sleep(1.5)
        if "print" in source:
            print("noise on standard output", flush=True)
        return usual(request)

    child.answer = answer
    child.main()
