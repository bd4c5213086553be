"""The footers of a commit message: `Token: value` and `Token #value` in its last paragraph, as git's trailers are.

Takes the lines that git keeps, gives the footers in order. A token is compared without regard to case, as git does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from reviewer.conventions.message_cleanup import Line

_FOOTER = re.compile(r"(?P<token>BREAKING CHANGE|[A-Za-z0-9][A-Za-z0-9-]*)(?:: |:$| (?=#))(?P<value>.*)", re.IGNORECASE)
LINE_LIMIT = 2_000  # characters of a line that are looked at


class Footer(msgspec.Struct, frozen=True):
    """One footer; lines that continue it are part of its value."""

    line: int
    token: str
    value: str


def read_footers(lines: Sequence[Line]) -> list[Footer]:
    """The footers of a message; none where its last paragraph is something else, or the header itself."""
    last = next((number for number in range(len(lines) - 1, -1, -1) if not lines[number].text), -1)
    footers: list[Footer] = []
    for line in lines[last + 1 :] if last > 0 else ():
        text = line.text[:LINE_LIMIT]
        found = _FOOTER.match(text)
        if found is not None:
            footers.append(Footer(line.number, found["token"], found["value"].strip()))
        elif footers and text.startswith((" ", "\t")):
            known = footers.pop()
            footers.append(msgspec.structs.replace(known, value=f"{known.value} {text.strip()}".strip()))
        elif not footers:
            return []
    return footers
