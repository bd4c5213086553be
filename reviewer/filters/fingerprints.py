"""Gives findings their fingerprints, by which a baseline or a code scanning service knows them again.

Made of the rule, the declaration it is about (or the file, if there is none), the flagged text without white space, and
a number among equal ones; never of line numbers, so that findings survive moved and reformatted code. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b

from msgspec.structs import replace

from reviewer.rule import Finding, Place

MAX_LINES = 10
MAX_LINE_LENGTH = 500

#: A declaration is flagged as a whole: its keyword and name stand for it, so that its body may change.
_DECLARATION = re.compile(r"(?:async\s+)?(?:def|class)\s+\w+")
#: Any other statement with a block: its first line stands for it.
_BLOCK = re.compile(r"(?:async|for|while|if|with|try|match)\b")
_COMMENT = re.compile(r"\s#.*")
_LAST_COMMA = re.compile(r",(?=[)\]}])")


def with_fingerprints(findings: Iterable[Finding], line_of: Callable[[str, int], str]) -> tuple[Finding, ...]:
    """The findings in the same order, each with its fingerprint: 32 hexadecimal digits, unlike in one review.

    `line_of` gives a line of a file by path and number, without its end; an empty text where there is none.
    """
    listed = list(findings)
    fingerprints = [""] * len(listed)
    counts: dict[str, int] = {}
    for number in sorted(range(len(listed)), key=lambda number: _order(listed[number])):
        finding = listed[number]
        text = flagged_text(finding.place, line_of)
        identity = "\0".join((finding.rule, finding.symbol or finding.place.path, text))
        ordinal = counts[identity] = counts.get(identity, 0) + 1
        data = f"{identity}\0{ordinal}".encode("utf-8", "surrogatepass")
        fingerprints[number] = blake2b(data, digest_size=16).hexdigest()
    return tuple(
        replace(finding, fingerprint=fingerprint) for finding, fingerprint in zip(listed, fingerprints, strict=True)
    )


def flagged_text(place: Place, line_of: Callable[[str, int], str]) -> str:
    """The text at a place in a form that formatting does not change."""
    first = line_of(place.path, place.line)[: place.column + MAX_LINE_LENGTH]
    begin = first[place.column :]
    declaration = _DECLARATION.match(begin)
    if declaration:
        return " ".join(declaration.group().split())
    if place.end_line <= place.line:
        return _squeezed(first[place.column : place.end_column])
    if _BLOCK.match(begin):
        return _squeezed(_COMMENT.sub("", begin))
    last_line = min(place.end_line, place.line + MAX_LINES - 1)
    lines = [begin]
    for number in range(place.line + 1, last_line + 1):
        line = line_of(place.path, number)[:MAX_LINE_LENGTH]
        lines.append(line[: place.end_column] if number == place.end_line else line)
    return _squeezed("".join(_COMMENT.sub("", f" {line}") for line in lines))


def _squeezed(text: str) -> str:
    return _LAST_COMMA.sub("", "".join(text.split()))


def _order(finding: Finding) -> tuple[Place, str]:
    return finding.place, finding.message
