"""Commits and branches as a graph that can be asked for ranges, and the graph that hardened git reads.

Takes full object names, gives frozen data. What git cannot answer is a GitError; whether an answer is complete in a
shallow clone is for `git_history` to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import msgspec

from reviewer.git import Repository
from reviewer.git_plumbing import OUTPUT_LIMIT, GitError, run_plumbing
from reviewer.rule import Place

#: Places of what git keeps begin so; no reviewed file's path does. The text at a commit's place is its message.
COMMIT_FOLDER = ".git/commits/"

REFERENCE_LIMIT = 10_000  # branches that are looked at
EXCLUSION_LIMIT = 1_000  # commits whose history is left out
LOG_LIMIT = 32_000_000  # bytes of messages
CHANGES_LIMIT = 16_000_000  # bytes of paths and counts
REVISION_LIMIT = 1_000  # characters of a revision that a person writes
NOTHING_FOUND = 1  # the status by which `merge-base` and `rev-parse --quiet` say so

_OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LOG_FORMAT = "%H%x00%P%x00%ct%x00%an <%ae>%x00%B"
_LOG_FIELDS = 5


class LoggedCommit(msgspec.Struct, frozen=True):
    """A commit of the history."""

    name: str  # the full object name
    parents: tuple[str, ...]
    time: int  # of the committer, in seconds since 1970
    author: str  # `Name <mail>`
    message: str
    place: Place  # the first line of the message

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.lstrip("\n").partition("\n")[0].rstrip()

    @property
    def is_merge(self) -> bool:
        """Whether it has more than one parent."""
        return len(self.parents) > 1

    @property
    def short_name(self) -> str:
        """The beginning of the object name, as people write it."""
        return self.name[:10]

    @property
    def symbol(self) -> str:
        """What a finding about the commit is about."""
        return f"commit:{self.name}"


class FileChange(msgspec.Struct, frozen=True):
    """How many lines of a file differ between two commits; None where the content is not text."""

    path: str
    added: int | None
    deleted: int | None


class CommitGraph(Protocol):
    """What is asked of a repository's commits. Raises GitError where it has no answer."""

    def references(self) -> Mapping[str, str]:
        """The commits of local and remote branches by full name, such as `refs/remotes/origin/main`."""

    def log(
        self, head: str, without: Sequence[str] = (), *, limit: int, first_parent: bool = False
    ) -> tuple[LoggedCommit, ...]:
        """The commits that lead to `head` and to none of `without`, the newest first, at most `limit`."""

    def merge_base(self, one: str, other: str) -> str | None:
        """The last commit that both have; None where there is none."""

    def changes(self, before: str, after: str) -> tuple[FileChange, ...]:
        """The files that differ between two commits; a moved file is one."""

    def resolve(self, revision: str) -> str:
        """The commit that a revision, as people write it, means."""

    @property
    def cut(self) -> frozenset[str]:
        """The commits whose parents a shallow clone lacks."""


class GitGraph:
    """The commits of a repository on this machine."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def _run(
        self, command: str, *arguments: str, standard_input: bytes | None = None, limit: int = OUTPUT_LIMIT
    ) -> bytes:
        return run_plumbing(self._repository.root, command, *arguments, standard_input=standard_input, limit=limit)

    @classmethod
    def at(cls, root: Path) -> GitGraph:
        """The graph of the repository that `root` lies in. Raises GitError."""
        return cls(Repository.discover(root))

    def references(self) -> Mapping[str, str]:
        """See CommitGraph."""
        output = self._run(
            "for-each-ref",
            f"--count={REFERENCE_LIMIT}",
            "--format=%(objectname) %(objecttype) %(refname) %(symref)",
            "refs/heads/",
            "refs/remotes/",
        )
        found: dict[str, str] = {}
        for line in output.decode("utf-8", "backslashreplace").splitlines():
            fields = line.split(" ")
            if len(fields) == 4 and fields[1] == "commit" and not fields[3] and _OBJECT_NAME.fullmatch(fields[0]):
                found[fields[2]] = fields[0]
        return found

    def log(
        self, head: str, without: Sequence[str] = (), *, limit: int, first_parent: bool = False
    ) -> tuple[LoggedCommit, ...]:
        """See CommitGraph."""
        excluded = [f"^{_checked(name)}" for name in dict.fromkeys(without)][:EXCLUSION_LIMIT]
        output = self._run(
            "log",
            "--no-decorate",
            "--no-patch",
            f"--max-count={int(limit)}",
            f"--format={_LOG_FORMAT}",
            *(["--first-parent"] if first_parent else []),
            "--stdin",
            standard_input="\n".join([_checked(head), *excluded, ""]).encode(),
            limit=LOG_LIMIT,
        )
        return tuple(_parse_log(output))

    def merge_base(self, one: str, other: str) -> str | None:
        """See CommitGraph."""
        try:
            found = self._run("merge-base", _checked(one), _checked(other)).split()
        except GitError as error:
            if error.status == NOTHING_FOUND:
                return None
            raise
        return found[0].decode("ascii", "replace") if found else None

    def changes(self, before: str, after: str) -> tuple[FileChange, ...]:
        """See CommitGraph."""
        output = self._run(
            "diff-tree", "-r", "--numstat", "-M", "-l400", _checked(before), _checked(after), limit=CHANGES_LIMIT
        )
        return tuple(_parse_changes(output))

    def resolve(self, revision: str) -> str:
        """See CommitGraph."""
        shown = revision[:60]
        if not revision or len(revision) > REVISION_LIMIT or revision.startswith("-") or not revision.isprintable():
            raise GitError(f"`{shown}` is not a revision.")
        try:
            output = self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        except GitError as error:
            if error.status == NOTHING_FOUND:
                raise GitError(f"The repository has no commit `{shown}`.") from None
            raise
        return _checked(output.decode("ascii", "replace").strip())

    @cached_property
    def cut(self) -> frozenset[str]:
        """See CommitGraph."""
        return self._repository.read_shallow_commits()


def _checked(name: str) -> str:
    if not _OBJECT_NAME.fullmatch(name):
        raise GitError(f"`{name[:60]}` is not the name of an object.")
    return name


def _parse_log(output: bytes) -> Iterator[LoggedCommit]:
    fields = output.split(b"\0")
    for start in range(0, len(fields) - _LOG_FIELDS + 1, _LOG_FIELDS):
        name, parents, time, author, message = (
            field.decode("utf-8", "replace") for field in fields[start : start + _LOG_FIELDS]
        )
        name = name.strip()
        length = len(message.lstrip("\n").partition("\n")[0].rstrip())
        place = Place(COMMIT_FOLDER + name, 1, 0, 1, length)
        seconds = int(time) if time.lstrip("-").isdigit() else 0
        yield LoggedCommit(name, tuple(parents.split()), seconds, author, message, place)


def _parse_changes(output: bytes) -> Iterator[FileChange]:
    fields = iter(output.decode("utf-8", "backslashreplace").split("\0"))
    for field in fields:
        added, _, rest = field.partition("\t")
        deleted, tab, path = rest.partition("\t")
        if not tab:
            continue
        if not path:  # the file was moved: its old and its new path follow
            next(fields, "")
            path = next(fields, "")
        yield FileChange(path, _number(added), _number(deleted))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
