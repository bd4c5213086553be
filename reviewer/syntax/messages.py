"""What the review and its close-reading child say to each other: MessagePack structs in frames of known length."""

from __future__ import annotations

from typing import BinaryIO, Union

import msgspec

from reviewer.rule import Edit
from reviewer.syntax.directives import Directive

HEADER_LENGTH = 8
MAX_FRAME_LENGTH = 64_000_000


class ReadComments(msgspec.Struct, frozen=True, tag=True):
    """Asks for the suppression comments of a program; its line ends are line feeds."""

    source: str


class Rewrite(msgspec.Struct, frozen=True, tag=True):
    """Asks for a file with the edits of fixes made in it; each group is made as a whole or not at all."""

    content: bytes
    groups: tuple[tuple[Edit, ...], ...]


Request = Union[ReadComments, Rewrite]


class Comments(msgspec.Struct, frozen=True, tag=True):
    """The suppression comments of a program."""

    directives: tuple[Directive, ...]


class Rewritten(msgspec.Struct, frozen=True, tag=True):
    """A file after its edits, and for each group of them why it was not made; empty if it was."""

    content: bytes
    refusals: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The file cannot be read closely; asking again gives the same."""

    reason: str


Reply = Union[Comments, Rewritten, Refused]


class StreamEnded(EOFError):
    """The other process is gone, or sends nonsense."""


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Sends one message."""
    stream.write(len(body).to_bytes(HEADER_LENGTH, "big"))
    stream.write(body)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes:
    """Receives one message. Raises StreamEnded if none comes."""
    header = stream.read(HEADER_LENGTH)
    length = int.from_bytes(header, "big")
    if len(header) < HEADER_LENGTH or length > MAX_FRAME_LENGTH:
        raise StreamEnded
    body = stream.read(length)
    if len(body) < length:
        raise StreamEnded
    return body
