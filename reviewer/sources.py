"""What a review reads: modules, other texts and their lines, and the suppression comments in them.

Takes a tree of files, which is a working tree, a commit or the index, and gives what the stages after it ask for.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from reviewer.decoding import decode, decode_text, source_lines
from reviewer.files import Discovery, FileProblem, ReviewedFile, discover, read_bytes
from reviewer.filters.statements import Statements
from reviewer.git import GitState, read_state
from reviewer.git_objects import object_name
from reviewer.modules.cache import Cache, content_key
from reviewer.modules.module import Module
from reviewer.modules.workers import ReadResult, Source, read_modules
from reviewer.profiles import detected_profiles
from reviewer.project.evaluation.limits import RECURSION_LIMIT
from reviewer.project.program import found_source_roots, make_modules
from reviewer.project.project import Project
from reviewer.reading import Unreadable
from reviewer.results import UnknownCount, UnknownExample
from reviewer.rule import Finding, Place
from reviewer.settings import Settings, is_test_file
from reviewer.syntax.directives import Directive

if TYPE_CHECKING:
    from reviewer.baseline import Baseline
    from reviewer.change import Change
    from reviewer.git_history import History
    from reviewer.syntax.worker import CloseReader

Progress = Callable[[int, int], None]

#: Digits of an object's name in a repository that names them by SHA-256.
LONG_NAME = 64
#: The kind of the unknown that a shallow clone leaves.
HISTORY = "part of the git history"
#: What `.git/…` places of findings about git show as their source.
BRANCH_FILE, MESSAGE_FILE, COMMIT_FOLDER = ".git/HEAD", ".git/COMMIT_EDITMSG", ".git/commits/"


class ReviewRequest(msgspec.Struct, frozen=True):
    """What to review: a folder, which of its files to report on (none: all), and how.

    With a `change` only what it brought is reported; the review is of the tree that the change names. With
    `shows_known` the other findings are kept among the reported ones, marked. With `times_rules` the review tells how
    long each rule took.
    """

    root: Path
    settings: Settings
    named: tuple[Path, ...] = ()
    jobs: int = 1
    tool_version: str = ""
    change: Change | None = None
    baseline: Baseline | None = None
    shows_known: bool = False
    times_rules: bool = False


class SourceTree(Protocol):
    """The files that a review reads: those of a working tree, or of a snapshot that git keeps."""

    @property
    def discovery(self) -> Discovery:
        """What the tree holds."""

    def read(self, file: ReviewedFile) -> bytes:
        """The bytes of a file. Raises Unreadable."""

    def key(self, file: ReviewedFile) -> bytes | None:
        """The key of a file's content in the cache, where it is known without reading the file."""

    def object_names(self) -> Mapping[str, str]:
        """What git calls the content of each file, by path; files that cannot be read are left out."""


class WorkingTree:
    """The files of a folder."""

    def __init__(self, root: Path, discovery: Discovery, *, has_long_names: bool = False) -> None:
        self.discovery = discovery
        self._root = root
        self._like = "0" * (LONG_NAME if has_long_names else 40)
        self._names: dict[str, str] = {}

    @classmethod
    def of(
        cls, root: Path, settings: Settings, named: Iterable[Path] = (), *, has_long_names: bool = False
    ) -> WorkingTree:
        """The files below a folder."""
        return cls(root, discover(root, settings, named), has_long_names=has_long_names)

    def read(self, file: ReviewedFile) -> bytes:
        """The bytes of a file. Raises Unreadable."""
        content = read_bytes(self._root, file)
        self._names[file.path] = object_name(content, like=self._like)
        return content

    def key(self, file: ReviewedFile) -> bytes | None:  # noqa: ARG002
        """None: a file may have changed since it was read last."""
        return None

    def object_names(self) -> Mapping[str, str]:
        """What git would call the content of each file as it was read last, by path."""
        for file in self.discovery.files:
            if file.path not in self._names:
                try:
                    self.read(file)
                except Unreadable:
                    continue
        return self._names


class ReadDirectives(msgspec.Struct, frozen=True):
    """The suppression comments that were read by path, and the files whose comments could not be read."""

    by_path: dict[str, tuple[Directive, ...]]
    problems: tuple[FileProblem, ...]


class ReadSources:
    """The files of a review, read: modules, other texts, and their lines for those who show them."""

    def __init__(self, root: Path, tree: SourceTree, read: ReadResult, git: GitState) -> None:
        self.started = time.perf_counter()
        self.root = root
        self.tree = tree
        self.discovery = discovery = tree.discovery
        self.read = read
        self.git = git
        self.problems: list[FileProblem] = [*discovery.problems, *read.problems]
        self._files = {file.path: file for file in discovery.files}
        self._texts: dict[str, str | None] = {}
        self._lines: dict[str, list[str]] = {}
        self._modules: dict[str, Module] = {}
        self._options: Mapping[str, Mapping[str, Any]] = {}
        self._statements: dict[str, Statements] = {}

    @classmethod
    def of(cls, request: ReviewRequest, cache: Cache, on_progress: Progress | None = None) -> ReadSources:
        """Finds and reads the files of a request. Raises GitError where they are those of an index."""
        started = time.perf_counter()
        root, settings, named = request.root, request.settings, request.named
        git = read_state(root)
        tree: SourceTree
        if request.change is not None and request.change.is_staged:
            tree = request.change.staged_tree(root, settings, named)
        else:
            tree = WorkingTree.of(root, settings, named, has_long_names=len(git.head or "") == LONG_NAME)
        sources = cls.of_tree(root, tree, git, request.jobs, cache, on_progress)
        sources.started = started
        return sources

    @classmethod
    def of_tree(
        cls, root: Path, tree: SourceTree, git: GitState, jobs: int, cache: Cache, on_progress: Progress | None = None
    ) -> ReadSources:
        """Reads the files of a tree."""
        python = [file for file in tree.discovery.files if file.kind == "python"]
        read = read_modules(
            [Source(file.path, _reader(tree, file), tree.key(file)) for file in python], jobs, cache, on_progress
        )
        return cls(root, tree, read, git)

    def project(self, settings: Settings) -> Project:
        """The linked project."""
        sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))
        paths = [path for path, _ in self.read.modules]
        roots = found_source_roots(paths, settings.source_roots)
        tests = frozenset(path for path in paths if is_test_file(path, settings))
        others = {file.path: file.kind for file in self.discovery.files if file.kind != "python"}
        modules = make_modules(self.read.modules, roots, tests)
        self._modules = {module.path: module for module in modules}
        self._options = settings.options
        return Project(modules, roots, self.git, self.text, others, lambda: self.history)

    @cached_property
    def profiles(self) -> tuple[str, ...]:
        """The profiles that fit the project."""
        others = ((file.path, file.kind) for file in self.discovery.files)
        modules = (module for _, module in self.read.modules)
        is_repository = self.git.head is not None or self.git.branch is not None
        return detected_profiles(modules, others, self.text, is_repository=is_repository)

    def unknown_history(self) -> Iterator[UnknownCount]:
        """What could not be known of the commits, if a rule asked for them."""
        problem = self.history.problem if "history" in self.__dict__ else ""
        if problem:
            yield UnknownCount(HISTORY, 1, (UnknownExample(Place(BRANCH_FILE, 1, 0, 1, 0), problem),))

    @cached_property
    def history(self) -> History:
        """The commits of the work at hand."""
        from reviewer.conventions.branch_name import branch_name_options
        from reviewer.git_history import read_history

        return read_history(self.root, self.git, branch_name_options(self._options))

    def text(self, path: str) -> str | None:
        """The text of a file, None where it cannot be read; what could not be read becomes a problem of the review."""
        if path not in self._texts:
            self._texts[path] = self._read_text(path)
        return self._texts[path]

    @property
    def texts_read(self) -> tuple[str, ...]:
        """The paths whose texts were asked for so far."""
        return tuple(self._texts)

    def _read_text(self, path: str) -> str | None:
        if path == MESSAGE_FILE:
            return self.git.message
        if path.startswith(COMMIT_FOLDER):
            return self.history.message_of(path.removeprefix(COMMIT_FOLDER))
        if path == BRANCH_FILE:
            return f"ref: refs/heads/{self.git.branch}"
        file = self._files.get(path)
        if file is None:
            return None
        try:
            content = self.tree.read(file)
            return decode(content) if file.kind == "python" else decode_text(content)
        except Unreadable as error:
            self.problems.append(FileProblem(path, error.kind, error.reason, error.line))
            return None

    def line(self, path: str, number: int) -> str:
        """A line of a file by its number from 1, empty where there is none."""
        if path not in self._lines:
            self._lines[path] = source_lines(self.text(path) or "")
        lines = self._lines[path]
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def statement(self, place: Place) -> str | None:
        """The text of the statement that a place stands in; None where it is not known."""
        module = self._modules.get(place.path)
        if module is None:
            return None
        if place.path not in self._statements:
            self._statements[place.path] = Statements(module.tree, partial(self.line, place.path))
        return self._statements[place.path].text_at(place)

    def content(self, path: str) -> bytes:
        """The bytes of a reviewed file. Raises Unreadable."""
        file = self._files.get(path)
        if file is None:
            raise Unreadable("missing", "The file is not among the reviewed ones.")
        return self.tree.read(file)

    def directives(self, findings: Iterable[Finding], comments: PythonComments) -> ReadDirectives:
        """The suppression comments of all files that hold any, Python files by close reading."""
        by_path, problems = comments.finish()
        flagged = {finding.place.path for finding in findings}
        for file in self.discovery.files:
            if file.kind != "python" and (file.path in flagged or file.path in self._texts):
                from reviewer.syntax.line_comments import read_line_comments

                found = read_line_comments(self.text(file.path) or "", file.kind)
                if found:
                    by_path[file.path] = found
        return ReadDirectives(by_path, tuple(problems))


class PythonComments:
    """Reads the suppression comments of Python files closely, beside the rest of the review."""

    def __init__(self, sources: ReadSources, cache: Cache) -> None:
        self._reader: CloseReader | None = None
        paths = [path for path, module in sources.read.modules if module.has_comment_directives]
        if not paths:
            return
        from reviewer.syntax.directive_reading import DirectiveReading
        from reviewer.syntax.worker import CloseReader

        keys: dict[str, bytes] = {}
        for path in paths:
            try:
                keys[path] = content_key(sources.content(path))
            except Unreadable as error:
                sources.problems.append(FileProblem(path, error.kind, error.reason, error.line))
        self._reader = CloseReader()
        self._reading = DirectiveReading(self._reader, cache)
        self._reading.start(keys, lambda path: sources.text(path) or "")

    def finish(self) -> tuple[dict[str, tuple[Directive, ...]], list[FileProblem]]:
        """Waits for what is still being read; gives the comments by path, and the files that could not be read."""
        if self._reader is None:
            return {}, []
        with self._reader:
            found = self._reading.finish()
        problems = [
            FileProblem(path, "too-complex", f"Suppression comments are not read: {reason}", 0)
            for path, reason in sorted(found.unread.items())
        ]
        return dict(found.by_path), problems


def _reader(tree: SourceTree, file: ReviewedFile) -> Callable[[], bytes]:
    return lambda: tree.read(file)
