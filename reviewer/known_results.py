"""Remembers what rules found, by all that they can see of a project: what looks the same to them is not judged again.

Takes read files, settings and rules, gives what was found before. An entry is a function of its key: of each module the
path, tree, index and names, of each other file the content, the settings, the rules, and the code of this program. It
holds nothing that depends on git: rules about git run each time, and where another one asks for it nothing is kept.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from functools import cached_property

import msgspec

from reviewer.modules.cache import Cache, NullCache
from reviewer.project.project import Project
from reviewer.registry import BUILT_IN_PACKAGE
from reviewer.results import UnknownCount
from reviewer.reviewed_trees import MAX_BYTES, circumstances_of
from reviewer.rule import Finding, Rule
from reviewer.rule_running import GIT_FAMILY, RuleResults
from reviewer.settings import Settings
from reviewer.sources import ReadSources

RESULTS_KIND = "rule-results-1"


class KnownResults(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a project before any filter: counts, findings, and the texts that were read to find them."""

    routes: int
    unknowns: tuple[UnknownCount, ...]
    findings: tuple[Finding, ...]
    texts: tuple[str, ...]


class Memory:
    """What was found where the project looked to the rules as it does now.

    With rules of packs it keeps nothing: what code they use besides their own cannot be told.
    """

    def __init__(self, sources: ReadSources, settings: Settings, rules: Sequence[Rule], cache: Cache) -> None:
        self._sources = sources
        self._settings = settings
        self._rules = rules
        self._cache = cache
        self._problems = len(sources.problems)
        is_own = all(rule.__class__.__module__.startswith(f"{BUILT_IN_PACKAGE}.") for rule in rules)
        self._is_used = is_own and not isinstance(cache, NullCache)

    @cached_property
    def _key(self) -> bytes:
        digest = hashlib.blake2b(digest_size=20)
        for path, module in self._sources.read.modules:
            digest.update(f"{path}\0".encode("utf-8", "surrogateescape"))
            for part in (module.tree, module.index, module.names):
                digest.update(b"%d\0" % len(part))
                digest.update(part)
        names = self._sources.tree.object_names()
        for file in self._sources.discovery.files:
            if file.kind != "python":
                line = f"{file.path}\0{file.kind}\0{names.get(file.path, '')}\0"
                digest.update(line.encode("utf-8", "surrogateescape"))
        digest.update(circumstances_of(self._settings, self._rules))
        return digest.digest()

    def find(self) -> KnownResults | None:
        """What is known; None where nothing is. The texts are read again, since what cannot be read is a problem."""
        if not self._is_used:
            return None
        packed = self._cache.get_many(RESULTS_KIND, [self._key]).get(self._key)
        if packed is None:
            return None
        try:
            known = msgspec.msgpack.decode(zlib.decompressobj().decompress(packed, MAX_BYTES), type=KnownResults)
        except (zlib.error, msgspec.MsgspecError):
            return None
        for path in known.texts:
            self._sources.text(path)
        return known

    def keep(self, project: Project, routes: int, unknowns: tuple[UnknownCount, ...], results: RuleResults) -> None:
        """Remembers what was found, unless that may depend on more than the key tells."""
        if not self._is_used or results.crashes or results.asks_git:
            return
        if len(self._sources.problems) != self._problems:
            return
        python = {path for path, _ in self._sources.read.modules}
        if not python.isdisjoint(project.texts_read):
            return  # the key knows trees alone
        texts = tuple(path for path in self._sources.texts_read if path not in python)
        about_git = {rule.name() for rule in self._rules if rule.family() == GIT_FAMILY}
        findings = tuple(one for one in results.findings if one.rule not in about_git)
        known = KnownResults(routes, unknowns, findings, texts)
        self._cache.put_many(RESULTS_KIND, {self._key: zlib.compress(msgspec.msgpack.encode(known), 1)})
