"""What a judge of a text finds: data that rules and commands turn into findings and messages."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a text: where, what, and how the line should read instead.

    Lines count from 1 and columns from 0 in characters, in the text as it was given.
    """

    line: int
    column: int
    end_column: int
    text: str  # one sentence with a full stop
    proposal: str = ""  # the mended line or name; empty where only its author can know


def quoted(text: str, limit: int = 60) -> str:
    """The text in code marks, cut where it is too long for a message."""
    return f"`{text if len(text) <= limit else text[: limit - 1] + '…'}`"
