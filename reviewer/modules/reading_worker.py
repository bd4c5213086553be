"""What a worker does: reads the contents of a request one by one, whatever they hold.

The answers are bytes as they go into the cache, so that a tree is never decoded on its way.
"""

from __future__ import annotations

from typing import Union

import msgspec

from reviewer.modules.module import StoredModule
from reviewer.modules.reading import ReadProblem, RefusedSyntax, read_content, read_newer_syntax


class Request(msgspec.Struct, array_like=True):
    """Contents to read; those with newer syntax were refused by the running Python and are read with libcst."""

    contents: tuple[bytes, ...]
    newer_syntax: bool = False


class Reading(msgspec.Struct, array_like=True):
    """What reading one content gave: a `StoredModule` as MessagePack, a problem, or (newer syntax, refused) neither."""

    module: bytes = b""
    problem: Union[ReadProblem, None] = None
    may_be_newer: bool = False  # the problem is a syntax error, and libcst may be asked
    is_certain: bool = True  # another run would give the same


_encode = msgspec.msgpack.encode
_decode_request = msgspec.msgpack.Decoder(Request).decode
_decode_readings = msgspec.msgpack.Decoder(tuple[Reading, ...]).decode


def answer(request: bytes) -> bytes:
    """A reading for each content of an encoded `Request`, encoded."""
    asked = _decode_request(request)
    return _encode([read_one(content, newer_syntax=asked.newer_syntax) for content in asked.contents])


def readings_of(reply: bytes) -> tuple[Reading, ...]:
    """The readings that `answer` has encoded."""
    return _decode_readings(reply)


def read_one(content: bytes, *, newer_syntax: bool = False) -> Reading:
    """Reads one content. Raises nothing: even a defect of ours costs this file alone."""
    try:
        result = read_newer_syntax(content) if newer_syntax else read_content(content)
        if isinstance(result, StoredModule):
            return Reading(_encode(result))
    except Exception as error:
        return Reading(problem=ReadProblem("too-complex", f"The program cannot be read ({type(error).__name__})."))
    if isinstance(result, RefusedSyntax):
        return Reading(problem=ReadProblem(result.kind, result.message, result.line), may_be_newer=True)
    return Reading(problem=result)
