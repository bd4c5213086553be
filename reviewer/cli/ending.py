"""How the process ends when something outside goes wrong: quietly, with a message of one line, never a traceback."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

CLOSED_PIPE = 141
TERMINATED = 143
FAILED = 2


@contextmanager
def ended_quietly() -> Iterator[None]:
    """Runs a command; a closed pipe, a full disk, SIGTERM or a failure of our own end it with a line and a code."""
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
        sys.stdout.flush()
    except SystemExit as ending:
        _end(ending.code if isinstance(ending.code, int) else 0)
    except BrokenPipeError:
        _forget_output()
        os._exit(CLOSED_PIPE)
    except OSError as error:
        place = f"{error.filename}: " if isinstance(error.filename, str) else ""
        _say(f"reviewer: {place}{error.strerror or error}")
        _forget_output()
        os._exit(FAILED)
    except Exception as error:
        _say(f"reviewer: internal error: {type(error).__name__}: {error}")
        if os.environ.get("REVIEWER_TRACEBACK"):
            import traceback

            traceback.print_exc()
        else:
            _say("This is a defect of reviewer; set REVIEWER_TRACEBACK=1 to see where it happened.")
        _end(FAILED)


def leave_at_once(ending: SystemExit) -> NoReturn:
    """Ends the process without taking apart, object by object, what the system takes back as a whole (0.1 s)."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # there may be no stream, or a closed one
            stream.flush()
    os._exit(ending.code if isinstance(ending.code, int) else 0)


def _end(code: int) -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        os._exit(CLOSED_PIPE)
    except OSError as error:
        _say(f"reviewer: cannot write the report: {error.strerror or error}")
        _forget_output()
        os._exit(FAILED)
    sys.exit(code)


class Terminated(SystemExit):
    """The end that somebody else asked for, and no code that is imported."""


def _terminated(_: int, __: FrameType | None) -> None:
    raise Terminated(TERMINATED)


def _say(message: str) -> None:
    from reviewer.report.escaping import visible

    with suppress(OSError, ValueError):
        print(visible(message), file=sys.stderr, flush=True)


def _forget_output() -> None:
    """Points standard output nowhere, so that closing it at exit cannot fail again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
