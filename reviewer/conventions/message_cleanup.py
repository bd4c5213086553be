"""Cleans a commit message up as git does before it makes the commit: comments, scissors, blanks.

Takes the text of the file that git hands to an editor or a hook, gives the lines that stay, each with its number in
that text. Pure; which comment string and which mode hold is for the caller to find out.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec

SCISSORS = "------------------------ >8 ------------------------"
#: What git chooses a comment character from where `core.commentChar` is `auto`, the first that begins no line.
AUTOMATIC_CHARACTERS = "#;@!$%^&|:"

#: What git takes for white space; others, as the no-break space, belong to the text.
_BLANKS = " \t\r"


class CleanUp(Enum):
    """The modes of `git commit --cleanup`."""

    STRIP = "strip"
    WHITESPACE = "whitespace"
    SCISSORS = "scissors"
    VERBATIM = "verbatim"


class Line(msgspec.Struct, frozen=True):
    """A line of a message that is part of the commit."""

    number: int  # in the message as written, from 1
    text: str  # without blanks at its end


def clean_up(message: str, comment: str = "#", mode: CleanUp = CleanUp.STRIP) -> list[Line]:
    """The lines that git keeps of a message; no blank ones at the ends. An empty comment string begins no comment.

    Everything from the scissors on is left out but in the modes whitespace and verbatim, as with `commit --verbose`.
    """
    has_comments = bool(comment) and mode in (CleanUp.STRIP, CleanUp.SCISSORS)
    lines: list[Line] = []
    for number, raw in enumerate(message.split("\n"), start=1):
        text = raw.rstrip(_BLANKS)
        if has_comments and text.startswith(comment):
            if text.removeprefix(comment).strip(_BLANKS) == SCISSORS:
                break
            if mode is CleanUp.STRIP:
                continue
        if text or lines:
            lines.append(Line(number, text))
    while lines and not lines[-1].text:
        lines.pop()
    return lines


def cleaned_text(lines: Sequence[Line]) -> str:
    """The message that git stores: blank lines between paragraphs are one, and a line end closes the last."""
    kept = [line.text for number, line in enumerate(lines) if line.text or lines[number - 1].text]
    return "".join(f"{text}\n" for text in kept)


def find_comment_character(message: str) -> str:
    """The character that git chose by itself for the comments of this message; `#` where it wrote none.

    Git writes its comments last, before the scissors, and begins each of them so; a message has at least two.
    """
    above: list[str] = []
    for raw in message.split("\n"):
        text = raw.rstrip(_BLANKS)
        if text[:1] in AUTOMATIC_CHARACTERS and text[1:].strip(_BLANKS) == SCISSORS:
            return text[:1]
        if text:
            above.append(text)
    last = above[-2:]
    mark = last[-1][:1] if last else ""
    is_comment = len(last) == 2 and mark in AUTOMATIC_CHARACTERS and all(_is_comment(text, mark) for text in last)
    return mark if is_comment else AUTOMATIC_CHARACTERS[0]


def _is_comment(text: str, mark: str) -> bool:
    return text.startswith(mark) and (len(text) == 1 or text[1] in _BLANKS)
