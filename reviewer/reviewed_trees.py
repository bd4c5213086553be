"""Remembers what reviews found, by all that it depends on, so that the base of a change is rarely reviewed anew.

Takes the object names of a tree, settings and rules, gives what was found there before. An entry is a function of its
key: the files by kind and content, the settings, the rules, and the code of this program and of rule packs.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import msgspec

from reviewer.files import Discovery
from reviewer.filters.known_findings import ABOUT_GIT, BaseFinding
from reviewer.filters.members import singles
from reviewer.modules.cache import Cache, NullCache
from reviewer.results import Problem, RuleCrash
from reviewer.rule import Finding, Rule
from reviewer.settings import PROVENANCE, Settings

TREE_KIND = "reviewed-tree-2"
MAX_BYTES = 100_000_000  # of an entry, unpacked
#: Settings that say what is done with findings, and not what is found.
ABOUT_REPORTS = ("fail_on", "baseline", *(name for name in PROVENANCE if name != "root_prefix"))
#: Libraries whose answers are part of what is found.
LIBRARIES = ("jinja2", "yaml", "libcst")


class ReviewedTree(msgspec.Struct, frozen=True, array_like=True):
    """What a review found: its reported findings one by one, the files it could not use, and the rules that failed."""

    findings: tuple[BaseFinding, ...] = ()
    problems: tuple[Problem, ...] = ()
    crashes: tuple[RuleCrash, ...] = ()

    @classmethod
    def of(cls, findings: Iterable[Finding], problems: Iterable[Problem], crashes: Iterable[RuleCrash]) -> ReviewedTree:
        """What is to be remembered of a review; what is about the branch and the commit is none of the tree's."""
        return cls(
            tuple(
                BaseFinding(one.fingerprint, one.statement, one.place.path, one.place.line)
                for one in singles(findings)
                if one.suppression is None and not one.place.path.startswith(ABOUT_GIT)
            ),
            tuple(problems),
            tuple(crashes),
        )


class Tree(Protocol):
    """The files of a review."""

    @property
    def discovery(self) -> Discovery:
        """What the tree holds."""

    def object_names(self) -> Mapping[str, str]:
        """What git calls the content of each file, by path; files that cannot be read are left out."""


def key_of(tree: Tree, settings: Settings, rules: Sequence[Rule]) -> bytes:
    """The key of what a review of a tree gives."""
    digest = hashlib.blake2b(digest_size=20)
    discovery, names = tree.discovery, tree.object_names()
    for file in discovery.files:
        digest.update(f"{file.path}\0{file.kind}\0{names.get(file.path, '')}\0".encode("utf-8", "surrogateescape"))
    digest.update(repr(discovery.problems).encode("utf-8", "surrogatepass"))
    digest.update(circumstances_of(settings, rules))
    return digest.digest()


def circumstances_of(settings: Settings, rules: Sequence[Rule]) -> bytes:
    """What identifies all that decides on findings besides the files: settings, rules, the code of all that judges."""
    deciding = {name: getattr(settings, name) for name in Settings.__struct_fields__ if name not in ABOUT_REPORTS}
    named = [(rule.name(), rule.severity, rule.__class__.__module__) for rule in rules]
    digest = hashlib.blake2b(repr((deciding, named)).encode("utf-8", "surrogatepass"), digest_size=20)
    digest.update(_stamp(tuple(sorted({sys.modules[rule.__class__.__module__].__file__ or "" for rule in rules}))))
    return digest.digest()


def find(cache: Cache, key: bytes) -> ReviewedTree | None:
    """What was found in a tree before; None where it is not remembered."""
    packed = cache.get_many(TREE_KIND, [key]).get(key)
    if packed is None:
        return None
    unpacking = zlib.decompressobj()
    try:
        return msgspec.msgpack.decode(unpacking.decompress(packed, MAX_BYTES), type=ReviewedTree)
    except (zlib.error, msgspec.MsgspecError):
        return None


def keep(cache: Cache, key: bytes, found: ReviewedTree) -> None:
    """Remembers what was found in a tree."""
    cache.put_many(TREE_KIND, {key: zlib.compress(msgspec.msgpack.encode(found), 1)})


def remember(tree: Tree, found: ReviewedTree, settings: Settings, rules: Sequence[Rule], cache: Cache) -> None:
    """Remembers what was found in a tree, unless it is known already: an unchanged tree costs no write."""
    if isinstance(cache, NullCache):
        return
    key = key_of(tree, settings, rules)
    if key not in cache.get_many(TREE_KIND, [key]):
        keep(cache, key, found)


@lru_cache(maxsize=1)
def _stamp(rule_files: tuple[str, ...]) -> bytes:
    """What identifies the code that decides what is found."""
    digest = hashlib.blake2b(repr((sys.version_info[:3], sys.platform)).encode(), digest_size=20)
    for path in (*_own_files(), *rule_files, *_library_files()):
        with suppress(OSError):
            status = os.stat(path)
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns};".encode("utf-8", "surrogateescape"))
    return digest.digest()


def _own_files() -> Iterator[str]:
    for folder, folders, files in os.walk(Path(__file__).parent):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith(".py"))


def _library_files() -> Iterator[str]:
    for name in LIBRARIES:
        with suppress(ImportError, ValueError):
            library = find_spec(name)
            if library is not None and library.origin is not None:
                yield library.origin
