"""A history written down as text, for projects in memory: what `.git/log` of an example says.

One commit a line, the newest first, as `git log --all --format='%h %p %cs%d %s' --numstat` prints it:

    e5 d4 c3 2024-05-04 (HEAD -> feat/search) Merge branch 'main' into feat/search
    d4 b2 2024-05-03 feat: add a search
        120 4 app/search.py
    c3 b2 2024-05-02 (origin/main) fix: close the session
    b2 2024-05-01 feat: start

A line begins with the short hexadecimal name of a commit; further ones with a digit are its parents. Dates, references
and indented lines (lines added, lines deleted, path; `-` where a file is not text) may be left out. `cut` among the
references marks where a shallow clone ends. Commits without a date are an hour apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

import msgspec

from reviewer.git import BRANCH_PREFIX
from reviewer.git_graph import FileChange, LoggedCommit
from reviewer.git_plumbing import GitError
from reviewer.rule import Place

LOG_FILE = ".git/log"

_NAME = re.compile(r"[0-9a-f]{2,40}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_REFERENCES = re.compile(r"\(([^()]*)\) ")
_CHANGE = re.compile(r"\s+(\d+|-)\s+(\d+|-)\s+(\S.*)")
_SECONDS_PER_HOUR = 3_600
_CUT = "cut"


class _Line(msgspec.Struct):
    number: int
    names: list[str]
    date: str
    references: list[str]
    subject: str
    changes: list[FileChange]


class WrittenGraph:
    """The commits that a text tells of; see `CommitGraph` for what each answer is."""

    def __init__(self, text: str) -> None:
        lines = _read_lines(text)
        known = {line.names[0] for line in lines}
        self.branch: str | None = None
        self.head: str | None = None
        self._commits: dict[str, LoggedCommit] = {}
        self._changes: dict[str, tuple[FileChange, ...]] = {}
        self._references: dict[str, str] = {}
        self._cut: set[str] = set()
        for age, line in enumerate(lines):
            self._add(line, known, age=age, count=len(lines))

    def _add(self, line: _Line, known: set[str], *, age: int, count: int) -> None:
        name, *others = line.names
        unknown = [other for other in others if other not in known]
        if unknown:
            raise ValueError(
                f"line {line.number} of {LOG_FILE} names the parent {unknown[0]}, which it does not tell of"
            )
        full = _full(name)
        time = (count - age) * _SECONDS_PER_HOUR
        if line.date:
            time = int(datetime.fromisoformat(line.date).replace(tzinfo=timezone.utc).timestamp())
        place = Place(LOG_FILE, line.number, 0, line.number, len(line.subject))
        author = "Ada <ada@example.org>"
        self._commits[full] = LoggedCommit(full, tuple(map(_full, others)), time, author, line.subject + "\n", place)
        self._changes[full] = tuple(line.changes)
        for reference in line.references:
            self._add_reference(reference, full)

    def _add_reference(self, reference: str, commit: str) -> None:
        if reference == _CUT:
            self._cut.add(commit)
        elif reference == "HEAD" or reference.startswith("HEAD -> "):
            self.head = commit
            self.branch = reference.partition(" -> ")[2] or None
            if self.branch:
                self._references[BRANCH_PREFIX + self.branch] = commit
        elif reference.startswith(("origin/", "upstream/")):
            self._references[f"refs/remotes/{reference}"] = commit
        else:
            self._references[BRANCH_PREFIX + reference] = commit

    def references(self) -> Mapping[str, str]:
        """The commits of branches."""
        return self._references

    @property
    def cut(self) -> frozenset[str]:
        """The commits at which a shallow clone ends."""
        return frozenset(self._cut)

    def log(
        self, head: str, without: Sequence[str] = (), *, limit: int, first_parent: bool = False
    ) -> tuple[LoggedCommit, ...]:
        """The commits of a range, the newest first."""
        excluded = {name for start in without for name in self._reachable(start)}
        found = [name for name in self._reachable(head, first_parent=first_parent) if name not in excluded]
        order = {name: number for number, name in enumerate(self._commits)}
        return tuple(self._commits[name] for name in sorted(found, key=order.__getitem__))[:limit]

    def _reachable(self, start: str, *, first_parent: bool = False) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in found and name in self._commits:
                found.add(name)
                parents = self._commits[name].parents
                waiting += parents[:1] if first_parent else parents
        return found

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that both have."""
        common = self._reachable(one) & self._reachable(other)
        return next((name for name in self._commits if name in common), None)

    def changes(self, before: str, after: str) -> tuple[FileChange, ...]:
        """The changes of all commits between the two, one after the other."""
        between = self.log(after, [before], limit=len(self._commits))
        return tuple(change for commit in between for change in self._changes[commit.name])

    def resolve(self, revision: str) -> str:
        """The commit of a branch or of a name."""
        for name in (revision, f"refs/remotes/{revision}", BRANCH_PREFIX + revision):
            if name in self._references:
                return self._references[name]
        if _full(revision) in self._commits:
            return _full(revision)
        raise GitError(f"There is no commit `{revision}`.")


def _full(name: str) -> str:
    return name if len(name) == 40 else name.ljust(40, "0")


def _read_lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    for number, raw in enumerate(text.split("\n"), 1):
        change = _CHANGE.fullmatch(raw)
        if change is not None and lines:
            added, deleted = (None if count == "-" else int(count) for count in change.group(1, 2))
            lines[-1].changes.append(FileChange(change[3], added, deleted))
        elif raw.strip():
            lines.append(_read_commit(raw.strip(), number))
    return lines


def _read_commit(text: str, number: int) -> _Line:
    names: list[str] = []
    date = ""
    rest = text
    while True:
        word, _, after = rest.partition(" ")
        if _DATE.fullmatch(word):
            date, rest = word, after
            break
        if not _NAME.fullmatch(word) or (names and not any(sign.isdigit() for sign in word)):
            break
        names.append(word)
        rest = after
    references = _REFERENCES.match(rest)
    listed = references[1].split(", ") if references else []
    subject = rest[references.end() :] if references else rest
    if not names:
        raise ValueError(f"line {number} of {LOG_FILE} names no commit: {text}")
    return _Line(number, names, date, listed, subject, [])
