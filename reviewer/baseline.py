"""The baseline file: findings that are accepted for now, one line each, so that versions of it merge.

Takes and gives bytes. The first line names the version of the form; each further one is a JSON object: where the
finding is, the rule, the declaration, how many equal ones there are, and the identity by which it is known again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from reviewer.filters.known_findings import ABOUT_GIT
from reviewer.filters.members import singles
from reviewer.reading import Unreadable, read_regular
from reviewer.rule import Finding

DEFAULT_NAME = "reviewer-baseline.jsonl"
VERSION = 1
HEADER_KEY = "reviewer_baseline"
MAX_BYTES = 50_000_000
MAX_ENTRIES = 500_000

_CONFLICT = re.compile(rb"^(?:<{7}|\|{7}|>{7})(?: |\r?$)", re.MULTILINE)
_IDENTITY = re.compile(r"[0-9a-f]{32}")


class BaselineError(Exception):
    """The baseline cannot be used; the text is a sentence that says what to do."""


class Entry(msgspec.Struct, frozen=True, order=True):
    """One kind of accepted finding: `path` counts from the folder of the baseline file, with `/`: see `prefix_of`."""

    path: str
    rule: str
    symbol: str
    identity: str
    count: int = 1


class Baseline(msgspec.Struct, frozen=True):
    """Accepted findings, in a file of that name; `prefix` as `prefix_of` gives it."""

    name: str
    entries: tuple[Entry, ...] = ()
    prefix: str = ""


def read_baseline(file: Path, root: Path) -> Baseline:
    """The baseline in a file, for a review of the folder `root`. Raises BaselineError."""
    try:
        content = read_regular(os.fsencode(os.path.realpath(file)), MAX_BYTES)
    except Unreadable as error:
        advice = " `reviewer baseline create` makes one." if error.kind == "missing" else ""
        raise BaselineError(f"{file}: {error.reason}{advice}") from None
    return Baseline(str(file), entries_in(content, str(file)), prefix_of(file, root))


def prefix_of(file: Path, root: Path) -> str:
    """What leads from the folder of a baseline file to the reviewed root; empty or ending in `/`.

    Empty too where the file stands elsewhere: then paths in it count from the root.
    """
    folder = os.path.dirname(os.path.realpath(file))
    inner = os.path.relpath(os.path.realpath(root), folder).replace(os.sep, "/")
    return "" if inner == "." or inner.startswith("..") else inner + "/"


def entries_in(content: bytes, name: str) -> tuple[Entry, ...]:
    """The entries of a baseline file's bytes, in any order; of equal ones the greatest count holds.

    Raises BaselineError.
    """
    conflict = _CONFLICT.search(content)
    if conflict:
        line = content.count(b"\n", 0, conflict.start()) + 1
        raise BaselineError(
            f"{name}:{line}: the file holds marks of a merge conflict. Keep the lines of both sides, remove the marks,"
            " and run `reviewer baseline prune`."
        )
    entries: dict[tuple[str, str, str, str], Entry] = {}
    has_header = False
    for number, text in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not text.strip():
            continue
        read = _read_line(text, f"{name}:{number}")
        if HEADER_KEY in read:
            _require_version(read[HEADER_KEY], f"{name}:{number}")
            has_header = True
            continue
        entry = _entry(read, f"{name}:{number}")
        key = (entry.path, entry.rule, entry.symbol, entry.identity)
        if key not in entries or entries[key].count < entry.count:
            entries[key] = entry
        if len(entries) > MAX_ENTRIES:
            raise BaselineError(f"{name}: the file has more than {MAX_ENTRIES:,} entries.")
    if not has_header:
        raise BaselineError(f"{name}: this is no baseline of reviewer: no line names its version.")
    return tuple(sorted(entries.values()))


def as_bytes(entries: Iterable[Entry]) -> bytes:
    """A baseline file with these entries: the same bytes for the same entries."""
    lines = [json.dumps({HEADER_KEY: VERSION})]
    lines += [json.dumps(msgspec.to_builtins(entry), ensure_ascii=False) for entry in sorted(entries)]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def entries_of(findings: Iterable[Finding], prefix: str) -> tuple[Entry, ...]:
    """The entries that stand for findings, one for each place; what is about git is passed over."""
    counts: dict[tuple[str, str, str, str], int] = {}
    for finding in singles(findings):
        if finding.place.path.startswith(ABOUT_GIT):
            continue
        key = (prefix + finding.place.path, finding.rule, finding.symbol[:200], finding.identity)
        counts[key] = counts.get(key, 0) + 1
    return tuple(sorted(Entry(*key, count) for key, count in counts.items()))


def _read_line(line: bytes, place: str) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise BaselineError(f"{place}: the line is no JSON object. `reviewer baseline update` writes the file anew.")
    return read


def _require_version(version: object, place: str) -> None:
    if version != VERSION:
        raise BaselineError(
            f"{place}: the baseline has the form of version {str(version)[:20]}, this program knows version {VERSION}."
            " Install the version that wrote it, or run `reviewer baseline update`."
        )


def _entry(read: dict[str, Any], place: str) -> Entry:
    try:
        entry = msgspec.convert(read, Entry)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BaselineError(f"{place}: the entry is not valid: {error}.") from None
    if not _IDENTITY.fullmatch(entry.identity) or entry.count < 1:
        raise BaselineError(f"{place}: the entry is not valid: its identity or count cannot be.")
    return entry
