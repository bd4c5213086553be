"""The child process in which libcst runs: answers one request after the other until its input ends.

It may die or hang on any file; `worker` then ends it and starts another.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import BinaryIO

import msgspec

from reviewer.syntax.messages import (
    Comments,
    ReadComments,
    Refused,
    Reply,
    Request,
    Rewritten,
    StreamEnded,
    read_frame,
    write_frame,
)

#: libcst visits some ten frames a level; the gate bounds the levels.
RECURSION_LIMIT = 10_000
MAX_MEMORY_BYTES = 1 << 30


def main() -> None:
    """Serves standard input and output."""
    sys.setrecursionlimit(RECURSION_LIMIT)
    gc.disable()  # Syntax trees are many objects in few cycles: following them costs a third of the time.
    _limit_memory()
    requests, replies = _private_streams()
    decode = msgspec.msgpack.Decoder(Request).decode
    with suppress(StreamEnded, BrokenPipeError, KeyboardInterrupt):
        while True:
            request: Request = decode(read_frame(requests))
            write_frame(replies, msgspec.msgpack.encode(answer(request)))
            gc.collect()


def answer(request: Request) -> Reply:
    """The answer to one request."""
    try:
        if isinstance(request, ReadComments):
            return _comments(request.source)
        from reviewer.syntax.rewriting import rewrite

        content, refusals = rewrite(request.content, request.groups)
        return Rewritten(content, refusals)
    except (RecursionError, MemoryError):
        return Refused("The program is too complex to be read closely.")
    except Exception as error:
        return Refused(f"The program cannot be read closely ({type(error).__name__}).")


def _comments(source: str) -> Reply:
    from reviewer.syntax.gate import why_refused

    reason = why_refused(source)
    if reason:
        return Refused(reason)
    from reviewer.syntax.comments import NotUnderstood, read_comments

    try:
        return Comments(read_comments(source))
    except NotUnderstood as error:
        return Refused(str(error))


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the review; what anything prints meanwhile goes nowhere."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    return requests, replies


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits.
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = MAX_MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MAX_MEMORY_BYTES, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
