"""Reviews the base of a change, with the base's own files and today's settings, and compares.

Takes a change and how a tree is judged, gives what the base has already. A tree that was reviewed before is not
reviewed again; modules that were read before are not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from reviewer.change import Change
from reviewer.changed_lines import Correspondence
from reviewer.decoding import decode, decode_text
from reviewer.filters.known_findings import mark_known
from reviewer.git import GitState
from reviewer.modules.cache import Cache
from reviewer.reading import Unreadable
from reviewer.results import Problem, RuleCrash
from reviewer.reviewed_trees import ReviewedTree, find, keep, key_of
from reviewer.rule import Finding, Rule
from reviewer.snapshots import Snapshot
from reviewer.sources import ReadSources, ReviewRequest


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


def reviewed_base(
    request: ReviewRequest,
    change: Change,
    sources: ReadSources,
    found: ReviewedTree,
    rules: Sequence[Rule],
    cache: Cache,
    judge: Callable[[ReadSources], ReviewedTree],
) -> Base:
    """The base of a change, of whose new state `sources` are the files and `found` is what a review found.

    Raises GitError.
    """
    settings = request.settings
    key = key_of(sources.discovery, sources.tree.object_names(), settings, rules)
    if find(cache, key) is None:
        keep(cache, key, found)
    snapshot = change.base_tree(request.root, settings, request.named)
    base_key = key_of(snapshot.discovery, snapshot.object_names(), settings, rules)
    reviewed = found if base_key == key else find(cache, base_key)
    if reviewed is None:
        reviewed = judge(ReadSources.of_tree(request.root, snapshot, GitState(), request.jobs, cache))
        keep(cache, base_key, reviewed)
    return Base(snapshot, reviewed)


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
