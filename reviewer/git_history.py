"""The work at hand as git tells it: which commits are new, what they change, how far the base has moved on.

Takes a graph of commits, the state of HEAD and the pipeline; each answer is read when it is first asked for. What
cannot be known (no base, a shallow clone, a failing git) is None, and `problem` says why where somebody could mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from reviewer.conventions.branch_name import BranchKind, BranchNameOptions, classify_branch
from reviewer.git import BRANCH_PREFIX, GitState
from reviewer.git_graph import CommitGraph, FileChange, GitGraph, LoggedCommit
from reviewer.git_plumbing import GitError
from reviewer.pipeline import Pipeline, find_pipeline
from reviewer.rule import Place

COMMIT_LIMIT = 300  # commits of one answer
CANDIDATE_LIMIT = 8  # branches that may be the base
TRUNK_LENGTH = 100  # last commits of the base that are looked at
SECONDS_PER_DAY = 86_400

BRANCH_FILE = ".git/HEAD"
NAME_COLUMN = len("ref: refs/heads/")  # where the name of the branch begins in that file

_REMOTES = "refs/remotes/"
SHALLOW = "The clone is shallow, so its history is not known; fetch all of it (`fetch-depth: 0`, `GIT_DEPTH: 0`)."

Result = TypeVar("Result")


class Base(msgspec.Struct, frozen=True):
    """The branch that work starts from and goes back to."""

    name: str  # as people write it, such as `origin/main`
    commit: str


class Work(msgspec.Struct, frozen=True):
    """The commits that no long-lived branch has yet, the newest first."""

    commits: tuple[LoggedCommit, ...]
    is_complete: bool = True  # else there are more than `COMMIT_LIMIT`


class Lag(msgspec.Struct, frozen=True):
    """How far the base has moved on since the work began, merges counted as one step."""

    base: str
    commits: int
    days: float  # between the oldest and the newest of them
    is_complete: bool = True  # else there are more commits than `COMMIT_LIMIT`


class Trunk(msgspec.Struct, frozen=True):
    """The last commits of a long-lived branch itself, the newest first, without those that merges brought."""

    name: str
    commits: tuple[LoggedCommit, ...]


class History:
    """What is asked of the history of the work at hand."""

    def __init__(
        self,
        graph: Callable[[], CommitGraph],
        state: GitState,
        pipeline: Pipeline | None = None,
        branch_names: BranchNameOptions | None = None,
    ) -> None:
        self._make_graph = graph
        self.state = state
        self.pipeline = pipeline
        self._branch_names = branch_names
        self.problem = ""

    @cached_property
    def graph(self) -> CommitGraph:
        """The commits. Raises GitError where there is no repository."""
        return self._make_graph()

    @cached_property
    def work(self) -> Work | None:
        """The commits of the branch that is worked on; None on a long-lived branch, or where they are not known."""
        return self._known(self._read_work)

    @cached_property
    def base(self) -> Base | None:
        """The branch that the work goes back to."""
        return self._known(self._find_base)

    @cached_property
    def lag(self) -> Lag | None:
        """How far the base has moved on."""
        return self._known(self._read_lag)

    @cached_property
    def changes(self) -> tuple[FileChange, ...] | None:
        """The files that the work changes, since it left the base."""
        return self._known(self._read_changes)

    @cached_property
    def unpublished(self) -> tuple[LoggedCommit, ...] | None:
        """The commits made on a long-lived branch itself that no remote branch has; None elsewhere."""
        return self._known(self._read_unpublished)

    @cached_property
    def pushed(self) -> tuple[LoggedCommit, ...] | None:
        """The commits that the push brought which the pipeline runs for; None elsewhere."""
        return self._known(self._read_pushed)

    @cached_property
    def trunk(self) -> Trunk | None:
        """The last commits of the branch that work goes back to, or of the long-lived one that HEAD is on."""
        return self._known(self._read_trunk)

    @property
    def branch_place(self) -> Place:
        """The name of the current branch, in the file that holds it."""
        return Place(BRANCH_FILE, 1, NAME_COLUMN, 1, NAME_COLUMN + len(self.state.branch or ""))

    @cached_property
    def is_on_long_lived_branch(self) -> bool:
        """Whether HEAD is on a branch that work goes back to."""
        return self._is_long_lived(self.state.branch or "") and not (self.pipeline and self.pipeline.is_pull_request)

    @property
    def is_on_bot_branch(self) -> bool:
        """Whether a program made the branch that HEAD is on."""
        return classify_branch(self.state.branch or "", self._branch_names) is BranchKind.BOT

    @cached_property
    def last_commit(self) -> LoggedCommit | None:
        """The last commit of the work: HEAD, or what HEAD merges where a platform merged the work for its pipeline."""
        return self._known(self._read_last_commit)

    def message_of(self, name: str) -> str | None:
        """The message of a commit that an answer held, None where it cannot be read."""
        try:
            found = self.graph.log(name, limit=1)
        except GitError:
            return None
        return found[0].message if found else None

    def between(self, before: str | None, after: str, limit: int) -> tuple[LoggedCommit, ...]:
        """The commits that lead to one revision and not to another. Raises GitError if they are not all there."""
        head = self.graph.resolve(after)
        if before is None:
            return self.graph.log(head, limit=1)
        base = self._resolve(before)
        commits = self.graph.log(head, [base], limit=limit)
        if self._is_cut(commits, head, base):
            raise GitError(SHALLOW)
        return commits

    def _resolve(self, revision: str) -> str:
        """The commit that a revision means. Raises GitError, with the likely reason where the clone is shallow."""
        try:
            return self.graph.resolve(revision)
        except GitError:
            if self.graph.cut:
                raise GitError(SHALLOW) from None
            raise

    def _known(self, read: Callable[[], Result | None]) -> Result | None:
        if self.state.head is None:
            return None
        try:
            return read()
        except GitError as error:
            self.problem = self.problem or str(error)
            return None

    @cached_property
    def _references(self) -> Mapping[str, str]:
        return self.graph.references()

    @cached_property
    def _head(self) -> str | None:
        """The last commit of the work; None where HEAD is none of its commits."""
        head, pipeline = self.state.head, self.pipeline
        if head is None or pipeline is None or pipeline.head == head or not pipeline.is_pull_request:
            return head
        if not self.state.is_merge:
            return None if pipeline.head else head
        merge = self.graph.log(head, limit=1)
        parents = merge[0].parents if merge else ()
        if not parents and head in self.graph.cut:
            raise GitError(SHALLOW)
        if pipeline.head in parents:
            return pipeline.head
        # Else some tool merged base and work, and nobody says which parent is which.
        return parents[1] if pipeline.is_forge_merge and len(parents) == 2 else None

    def _is_long_lived(self, name: str) -> bool:
        named = [self.state.default_branch]
        if self.pipeline is not None:
            named += [self.pipeline.base_branch, self.pipeline.default_branch]
        return bool(name) and (name in named or classify_branch(name, self._branch_names) is BranchKind.PROTECTED)

    @cached_property
    def _long_lived(self) -> tuple[Base, ...]:
        """The known versions of all long-lived branches but the current one: the likeliest base first."""
        found: list[tuple[tuple[bool, bool, bool, str], Base]] = []
        base_branch = self.pipeline.base_branch if self.pipeline else None
        wanted = base_branch or self.state.default_branch
        # A pull request from the main of a fork is the only work that goes to a branch of its own name.
        own_name = self.state.branch if self.state.branch != base_branch else None
        for reference, commit in self._references.items():
            shown, name = _names_of(reference)
            if self._is_long_lived(name) and name != own_name:
                rank = (name != wanted, not shown.startswith("origin/"), reference.startswith(BRANCH_PREFIX), shown)
                found.append((rank, Base(shown, commit)))
        return tuple(base for _, base in sorted(found, key=lambda one: one[0]))

    def _read_work(self) -> Work | None:
        if self.state.branch is None or self.is_on_long_lived_branch:
            return None
        head = self._head
        known = [base.commit for base in self._long_lived]
        if self.pipeline is not None and self.pipeline.base is not None and not known:
            known = [self._resolve(self.pipeline.base)]
        if head is None or not known:
            return None
        commits = self.graph.log(head, known, limit=COMMIT_LIMIT + 1)
        if self._is_cut(commits, head, *known):
            raise GitError(SHALLOW)
        return Work(commits[:COMMIT_LIMIT], len(commits) <= COMMIT_LIMIT)

    def _is_cut(self, commits: Sequence[LoggedCommit], head: str, *bases: str) -> bool:
        """Whether commits may be missing, or be none of the work, since a shallow clone ends before its beginning."""
        cut = self.graph.cut
        if not cut or not commits:
            return False
        if any(commit.name in cut for commit in commits):
            return True
        return not any(self.graph.merge_base(base, head) for base in bases[:CANDIDATE_LIMIT])

    def _find_base(self) -> Base | None:
        head, candidates = self._head, self._long_lived
        if head is None or self.work is None:
            return None
        if self.pipeline is not None and self.pipeline.base_branch:
            candidates = tuple(one for one in candidates if _is_version_of(one.name, self.pipeline.base_branch))
            if not candidates and self.pipeline.base:
                return Base(self.pipeline.base_branch, self._resolve(self.pipeline.base))
        distinct = {base.commit: base for base in reversed(candidates)}
        candidates = tuple(base for base in candidates if distinct[base.commit] is base)[:CANDIDATE_LIMIT]
        if len(candidates) <= 1:
            return candidates[0] if candidates else None
        # The branch that the work left last is the one that it has the fewest commits more than.
        return min(candidates, key=lambda base: len(self.graph.log(head, [base.commit], limit=COMMIT_LIMIT)))

    def _read_lag(self) -> Lag | None:
        base, head = self.base, self._head
        if base is None or head is None:
            return None
        missing = self.graph.log(base.commit, [head], limit=COMMIT_LIMIT + 1, first_parent=True)
        if self._is_cut(missing, head, base.commit):
            raise GitError(SHALLOW)
        if not missing:
            return Lag(base.name, 0, 0.0)
        if self.graph.merge_base(base.commit, head) is None:
            return None  # histories that have nothing in common are no branch and its base
        days = max(0.0, (missing[0].time - missing[-1].time) / SECONDS_PER_DAY)
        return Lag(base.name, min(len(missing), COMMIT_LIMIT), days, len(missing) <= COMMIT_LIMIT)

    def _read_changes(self) -> tuple[FileChange, ...] | None:
        base, head = self.base, self._head
        if base is None or head is None:
            return None
        start = self.graph.merge_base(base.commit, head)
        return None if start is None else self.graph.changes(start, head)

    def _read_unpublished(self) -> tuple[LoggedCommit, ...] | None:
        branch, head = self.state.branch, self.state.head
        if branch is None or head is None or self.pipeline is not None or not self.is_on_long_lived_branch:
            return None
        remote = {name: commit for name, commit in self._references.items() if name.startswith(_REMOTES)}
        counterparts = [commit for name, commit in remote.items() if _names_of(name)[1] == branch]
        if not counterparts:
            return None  # without a remote there is nothing to publish to, and no pull request to go through
        commits = self.graph.log(head, [*counterparts, *remote.values()], limit=COMMIT_LIMIT, first_parent=True)
        return None if self._is_cut(commits, head, *counterparts) else commits

    def _read_pushed(self) -> tuple[LoggedCommit, ...] | None:
        if self.pipeline is None or self.pipeline.is_pull_request or self.pipeline.before is None:
            return None
        return self.between(self.pipeline.before, self.state.head or "", COMMIT_LIMIT)

    def _read_trunk(self) -> Trunk | None:
        if self.is_on_long_lived_branch and self.state.head:
            name, commit = self.state.branch or "", self.state.head
        elif self.base is not None:
            name, commit = self.base.name, self.base.commit
        else:
            return None
        return Trunk(name, self.graph.log(commit, limit=TRUNK_LENGTH, first_parent=True))

    def _read_last_commit(self) -> LoggedCommit | None:
        head = self._head
        found = self.graph.log(head, limit=1) if head else ()
        return found[0] if found else None


def read_history(root: Path, state: GitState, branch_names: BranchNameOptions) -> History:
    """The history of the repository that `root` lies in; starts git when it is first asked."""
    return History(lambda: GitGraph.at(root), state, find_pipeline(root), branch_names)


def _names_of(reference: str) -> tuple[str, str]:
    """What people call a branch, and the name without its remote."""
    if reference.startswith(_REMOTES):
        shown = reference.removeprefix(_REMOTES)
        return shown, shown.partition("/")[2]
    name = reference.removeprefix(BRANCH_PREFIX)
    return name, name


def _is_version_of(shown: str, name: str) -> bool:
    return shown == name or shown.partition("/")[2] == name


def no_graph() -> CommitGraph:
    """The graph where there is no repository to read."""
    raise GitError("The folder is not in a git repository.")
