"""Gives findings their fingerprints, by which another review, a baseline or a code scanning service knows them again.

Made of the rule, the declaration it is about inside its module, the flagged text and the statement around it without
their layout, and a number among equal ones; never of paths and line numbers, so that findings survive code that is
moved, reformatted, or put into a file of another name. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b

from msgspec.structs import replace

from reviewer.filters.layout import without_layout
from reviewer.rule import Finding, Place

MAX_LINES = 200
MAX_LINE_LENGTH = 2_000
#: Characters of a flagged text without layout that count.
MAX_LENGTH = 300
#: A longer statement, such as a table of constants, is more than a finding is about.
MAX_STATEMENT = 600
#: Hexadecimal digits of a fingerprint, and those at its end that number equal ones.
LENGTH, NUMBER_LENGTH = 32, 6
#: What tells a gathered finding from a single one at the same place.
GATHERED = "\0gathered"

#: A declaration is flagged as a whole: its keyword and name stand for it, so that its body may change.
_DECLARATION = re.compile(r"(?:async\s+)?(?:def|class)\s+\w+")
#: Any other statement with a block: its first line stands for it.
_BLOCK = re.compile(r"(?:async|for|while|if|with|try|match)\b")

LineOf = Callable[[str, int], str]
#: The text of the statement that a place stands in, None where it is not known.
StatementOf = Callable[[Place], "str | None"]


def with_fingerprints(
    findings: Iterable[Finding], line_of: LineOf, statement_of: StatementOf = lambda _: None
) -> tuple[Finding, ...]:
    """The findings in the same order, each with its `fingerprint`, unlike in one review, `identity` and `statement`.

    `line_of` gives a line of a file by path and number, without its end; an empty text where there is none.
    """
    listed = list(findings)
    marked = list(listed)
    counts: dict[str, int] = {}
    for number in sorted(range(len(listed)), key=lambda number: _order(listed[number])):
        finding = listed[number]
        flagged = flagged_text(finding.place, line_of)
        statement = without_layout(statement_of(finding.place) or "")
        if not statement or len(statement) > MAX_STATEMENT:
            statement = flagged
        elif _is_block(finding.place, line_of):
            flagged = statement  # the whole header, on however many lines it stands
        identity = "\0".join((finding.rule, _local(finding.symbol), flagged))
        if finding.members:
            identity += GATHERED
        kind = _digest(f"{identity}\0{statement}", LENGTH - NUMBER_LENGTH)
        counts[kind] = counts.get(kind, 0) + 1
        marked[number] = replace(
            finding,
            fingerprint=numbered(kind, counts[kind]),
            identity=_digest(identity, LENGTH),
            statement=_digest(f"{finding.rule}\0{statement}", LENGTH),
        )
    return tuple(marked)


def kind_of(fingerprint: str) -> str:
    """What the fingerprints of equal findings have in common."""
    return fingerprint[:-NUMBER_LENGTH]


def numbered(kind: str, number: int) -> str:
    """The fingerprint of one of several equal findings, counted from 1."""
    return f"{kind}{number:0{NUMBER_LENGTH}x}"


def flagged_text(place: Place, line_of: LineOf) -> str:
    """The text at a place in a form that formatting does not change."""
    first = line_of(place.path, place.line)[: place.column + MAX_LINE_LENGTH]
    begin = first[place.column :]
    declaration = _DECLARATION.match(begin)
    if declaration:
        return " ".join(declaration.group().split())
    if place.end_line <= place.line:
        return without_layout(first[place.column : place.end_column])[:MAX_LENGTH]
    if _BLOCK.match(begin):
        return without_layout(begin)[:MAX_LENGTH]
    last_line = min(place.end_line, place.line + MAX_LINES - 1)
    lines = [begin]
    for number in range(place.line + 1, last_line + 1):
        line = line_of(place.path, number)[:MAX_LINE_LENGTH]
        lines.append(line[: place.end_column] if number == place.end_line else line)
    return without_layout("\n".join(lines))[:MAX_LENGTH]


def _is_block(place: Place, line_of: LineOf) -> bool:
    begin = line_of(place.path, place.line)[place.column : place.column + MAX_LINE_LENGTH]
    return place.end_line > place.line and not _DECLARATION.match(begin) and _BLOCK.match(begin) is not None


def _local(symbol: str) -> str:
    """The part of `module:qualname` that stays when the module is moved; nothing of a module alone."""
    return symbol.rpartition(":")[2] if ":" in symbol else ""


def _digest(text: str, length: int) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=length // 2).hexdigest()


def _order(finding: Finding) -> tuple[Place, str]:
    return finding.place, finding.message
