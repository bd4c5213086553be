"""Remembers the fingerprints of findings, so that an unchanged tree is not decoded to make them again.

An entry is a function of its key: what is flagged where, the contents of the flagged files, and the code of this
program. What is flagged in git itself is in no file and is made each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from reviewer.filters.fingerprints import with_fingerprints
from reviewer.modules.cache import Cache, NullCache
from reviewer.reviewed_trees import circumstances_of
from reviewer.rule import Finding, Rule
from reviewer.settings import Settings
from reviewer.sources import ReadSources

FINGERPRINTS_KIND = "fingerprints-1"


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """What `with_fingerprints` sets."""

    fingerprint: str
    identity: str
    statement: str


def fingerprinted(
    findings: Sequence[Finding], sources: ReadSources, settings: Settings, rules: Sequence[Rule], cache: Cache
) -> list[Finding]:
    """The findings in the same order, each with its fingerprint."""
    if isinstance(cache, NullCache):
        return list(with_fingerprints(findings, sources.line, sources.statement))
    of_files = [one for one in findings if not one.place.is_of_git]
    of_git = iter(with_fingerprints((one for one in findings if one.place.is_of_git), sources.line))
    key = _key_of(of_files, sources, circumstances_of(settings, rules))
    marks = _known(cache, key, len(of_files))
    if marks is None:
        made = with_fingerprints(of_files, sources.line, sources.statement)
        marks = [Marks(one.fingerprint, one.identity, one.statement) for one in made]
        if of_files:
            cache.put_many(FINGERPRINTS_KIND, {key: msgspec.msgpack.encode(marks)})
    marked = iter(zip(of_files, marks, strict=True))
    return [next(of_git) if one.place.is_of_git else _marked(*next(marked)) for one in findings]


def _key_of(findings: Sequence[Finding], sources: ReadSources, circumstances: bytes) -> bytes:
    names = sources.tree.object_names()
    flagged = [
        (one.rule, one.symbol, one.message, bool(one.members), one.place, names.get(one.place.path, ""))
        for one in findings
    ]
    return hashlib.blake2b(circumstances + repr(flagged).encode("utf-8", "surrogatepass"), digest_size=20).digest()


def _known(cache: Cache, key: bytes, number: int) -> list[Marks] | None:
    packed = cache.get_many(FINGERPRINTS_KIND, [key]).get(key)
    if packed is None:
        return None
    try:
        marks = msgspec.msgpack.decode(packed, type=list[Marks])
    except msgspec.MsgspecError:
        return None
    return marks if len(marks) == number else None


def _marked(finding: Finding, marks: Marks) -> Finding:
    return msgspec.structs.replace(
        finding, fingerprint=marks.fingerprint, identity=marks.identity, statement=marks.statement
    )
