"""Reviews the base of a change, with the base's own files and today's settings, and compares.

Takes a change and how a tree is judged, gives what the base has already. A tree that was reviewed before is not
reviewed again; modules that were read before are not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import msgspec

from reviewer.change import Change
from reviewer.changed_lines import Correspondence
from reviewer.decoding import decode, decode_text
from reviewer.filters.known_findings import mark_known
from reviewer.git import GitState
from reviewer.modules.beside import Beside
from reviewer.modules.cache import Cache
from reviewer.modules.child_process import starts_cheaply
from reviewer.reading import Unreadable
from reviewer.results import Problem, RuleCrash
from reviewer.reviewed_trees import ReviewedTree, find, keep, key_of, remember
from reviewer.rule import Finding, Rule
from reviewer.snapshots import Snapshot
from reviewer.sources import ReadSources, ReviewRequest

#: Reviews files with a cache and a number of processes.
Judge = Callable[[ReadSources, Cache, int], ReviewedTree]

#: Files of a base from which its review is worth a process of its own.
MIN_FILES_FOR_PROCESS = 100


class Base:
    """The tree that a change is compared with: its files, and what a review of it finds."""

    def __init__(self, snapshot: Snapshot, reviewed: ReviewedTree) -> None:
        self.snapshot = snapshot
        self.reviewed = reviewed
        self._files = {file.path: file for file in snapshot.discovery.files}

    def text(self, path: str) -> str:
        """The text of a file; empty where it cannot be read."""
        file = self._files[path]
        try:
            content = self.snapshot.read(file)
            return decode(content) if file.kind == "python" else decode_text(content)
        except Unreadable:
            return ""


class BaseReview:
    """The review of a change's base, in a process of its own where that pays. Use it as a context manager.

    `sources` are the files of the change's new state. `judge` reviews files with a cache; it is told how many processes
    it may use. Raises GitError.
    """

    def __init__(
        self,
        request: ReviewRequest,
        change: Change,
        sources: ReadSources,
        rules: Sequence[Rule],
        cache: Cache,
        judge: Judge,
    ) -> None:
        self._request, self._change, self._cache, self._judge = request, change, cache, judge
        self._new_tree, self._rules = sources.tree, rules
        self._snapshot = change.base_tree(request.root, request.settings, request.named)
        self._key = key_of(self._new_tree, request.settings, rules)
        self._base_key = key_of(self._snapshot, request.settings, rules)
        self._reviewed = find(cache, self._base_key) if self._base_key != self._key else None
        self._beside: Beside | None = None
        if self._reviewed is None and self._base_key != self._key:
            self._begin()

    def __enter__(self) -> BaseReview:
        return self

    def __exit__(self, *_: object) -> None:
        if self._beside is not None:
            self._beside.__exit__()

    @property
    def is_running_beside(self) -> bool:
        """Whether another process is at work."""
        return self._beside is not None

    def finish(self, found: ReviewedTree) -> Base:
        """The base; `found` is what a review of the new state found."""
        if self._base_key == self._key:
            self._reviewed = found
        elif self._reviewed is None:
            self._reviewed = self._answer() or self._judge(self._sources(self._cache), self._cache, self._request.jobs)
            keep(self._cache, self._base_key, self._reviewed)
        remember(self._new_tree, found, self._request.settings, self._rules, self._cache)
        return Base(self._snapshot, self._reviewed)

    def _sources(self, cache: Cache) -> ReadSources:
        return ReadSources.of_tree(self._request.root, self._snapshot, GitState(), self._request.jobs, cache)

    def _begin(self) -> None:
        is_large = len(self._snapshot.discovery.files) >= MIN_FILES_FOR_PROCESS
        if self._request.jobs == 1 or not is_large or not starts_cheaply():
            return
        sources = self._sources(self._cache)  # read here, so that what is new is kept once

        def work() -> bytes:
            found = self._judge(sources, self._cache.reopened(), 1)
            if any(crash.message.startswith(MemoryError.__name__) for crash in found.crashes):
                raise MemoryError  # The process may take less than we may: the base is reviewed here.
            return msgspec.msgpack.encode(found)

        with suppress(OSError):
            self._beside = Beside(work)

    def _answer(self) -> ReviewedTree | None:
        """What the other process found; None where there is none, or it came to nothing."""
        found = self._beside.answer() if self._beside is not None else None
        return None if found is None else msgspec.msgpack.decode(found, type=ReviewedTree)


def beside_base(
    findings: Sequence[Finding], base: Base, change: Change, sources: ReadSources, *, shows_known: bool
) -> list[Finding]:
    """The findings, marked as new or known."""
    origins = Correspondence(
        base.snapshot.object_names(), sources.tree.object_names(), base.text, lambda path: sources.text(path) or ""
    )
    return mark_known(
        findings,
        base.reviewed.findings,
        origins,
        label=change.base.label,
        is_head=change.base.is_head,
        shows_known=shows_known,
    )


def known_problems(problems: Iterable[Problem], base: Base) -> frozenset[Problem]:
    """The problems of files that the base has too."""
    known = {(problem.path, problem.kind) for problem in base.reviewed.problems}
    return frozenset(problem for problem in problems if (problem.path, problem.kind) in known)


def crashes_on(base: Base, label: str) -> tuple[RuleCrash, ...]:
    """The rules that failed on the base, whose findings there are missing, so that old ones may count as new."""
    return tuple(
        msgspec.structs.replace(crash, message=f"on `{label}`: {crash.message}") for crash in base.reviewed.crashes
    )
