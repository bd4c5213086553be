"""The pipeline: files, modules, project, rules, findings, filters. The only place that knows this order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reviewer.decoding import decode, decode_text, source_lines
from reviewer.files import Discovery, FileProblem, ReviewedFile, discover, read_bytes, shown_path
from reviewer.filters.fingerprints import with_fingerprints
from reviewer.filters.overrides import apply_overrides
from reviewer.filters.suppressions import apply_suppressions
from reviewer.git import GitState, read_state
from reviewer.modules.cache import Cache, content_key
from reviewer.modules.workers import ReadResult, Source, read_modules
from reviewer.project.program import found_source_roots, make_modules
from reviewer.project.project import Project
from reviewer.reading import Unreadable
from reviewer.results import Problem, Review, RuleInfo, UnknownCount, UnknownExample
from reviewer.rule import Finding, Place, Rule
from reviewer.rule_running import order_of, run_rules
from reviewer.selection import active_rules
from reviewer.settings import Settings, is_test_file
from reviewer.syntax.directives import Directive

if TYPE_CHECKING:
    from reviewer.git_history import History
    from reviewer.syntax.worker import CloseReader

Progress = Callable[[int, int], None]

#: Examples of each kind of unknown that a review keeps.
UNKNOWN_EXAMPLES = 5
#: The kind of the unknowns that linking the routes leaves.
WEB_API = "part of the web API"
#: The kind of the unknown that a shallow clone leaves.
HISTORY = "part of the git history"
#: What `.git/…` places of findings about git show as their source.
BRANCH_FILE, MESSAGE_FILE, COMMIT_FOLDER = ".git/HEAD", ".git/COMMIT_EDITMSG", ".git/commits/"


class ReviewRequest(msgspec.Struct, frozen=True):
    """What to review: a folder, which of its files to report on (none: all), and how."""

    root: Path
    settings: Settings
    named: tuple[Path, ...] = ()
    jobs: int = 1
    tool_version: str = ""


def review(
    request: ReviewRequest, catalogue: Mapping[str, type[Rule]], cache: Cache, on_progress: Progress | None = None
) -> Review:
    """Reviews a folder. Raises nothing but KeyboardInterrupt: what fails is told in the result."""
    return review_sources(request, ReadSources.of(request, cache, on_progress), catalogue, cache)


def review_sources(
    request: ReviewRequest, sources: ReadSources, catalogue: Mapping[str, type[Rule]], cache: Cache
) -> Review:
    """Reviews files that have been read."""
    rules = active_rules(request.settings, catalogue)
    comments = PythonComments(sources, cache)
    project = sources.project(request.settings)
    routes, unknowns = counts_of(project)  # before the rules, so that they count the same whatever is asked for
    results = run_rules(rules, project, request.jobs)
    unknowns = (*unknowns, *sources.unknown_history())
    directives = sources.directives(results.findings, comments)
    findings = filtered(results.findings, directives.by_path, request.settings, catalogue, rules, sources)
    scope = Scope(request)
    findings = [finding for finding in findings if scope.holds(finding.place.path)]
    problems = [*sources.problems, *directives.problems]
    return Review(
        root=str(request.root),
        findings=tuple(findings),
        problems=tuple(sorted({Problem(one.path, one.kind, one.message, one.line) for one in problems})),
        crashes=results.crashes,
        unknowns=unknowns,
        files=len(sources.discovery.files),
        python_files=len(sources.read.modules),
        routes=routes,
        seconds=time.perf_counter() - sources.started,
        rules=tuple(rule_info(rule) for rule in rules),
        tool_version=request.tool_version,
    )


class ReadDirectives(msgspec.Struct, frozen=True):
    """The suppression comments that were read by path, and the files whose comments could not be read."""

    by_path: dict[str, tuple[Directive, ...]]
    problems: tuple[FileProblem, ...]


class ReadSources:
    """The files of a review, read: modules, other texts, and their lines for those who show them."""

    def __init__(self, root: Path, discovery: Discovery, read: ReadResult, git: GitState) -> None:
        self.started = time.perf_counter()
        self.root = root
        self.discovery = discovery
        self.read = read
        self.git = git
        self.problems: list[FileProblem] = [*discovery.problems, *read.problems]
        self._files = {file.path: file for file in discovery.files}
        self._texts: dict[str, str | None] = {}
        self._lines: dict[str, list[str]] = {}

    @classmethod
    def of(cls, request: ReviewRequest, cache: Cache, on_progress: Progress | None = None) -> ReadSources:
        """Finds and reads the files of a request."""
        started = time.perf_counter()
        root = request.root
        discovery = discover(root, request.settings, request.named)
        python = [file for file in discovery.files if file.kind == "python"]
        read = read_modules(
            [Source(file.path, _reader(root, file)) for file in python], request.jobs, cache, on_progress
        )
        sources = cls(root, discovery, read, read_state(root))
        sources.started = started
        return sources

    def project(self, settings: Settings) -> Project:
        """The linked project."""
        paths = [path for path, _ in self.read.modules]
        roots = found_source_roots(paths, settings.source_roots)
        tests = frozenset(path for path in paths if is_test_file(path, settings))
        others = {file.path: file.kind for file in self.discovery.files if file.kind != "python"}
        modules = make_modules(self.read.modules, roots, tests)
        return Project(modules, roots, self.git, self.text, others, lambda: self.history)

    def unknown_history(self) -> Iterator[UnknownCount]:
        """What could not be known of the commits, if a rule asked for them."""
        problem = self.history.problem if "history" in self.__dict__ else ""
        if problem:
            yield UnknownCount(HISTORY, 1, (UnknownExample(Place(BRANCH_FILE, 1, 0, 1, 0), problem),))

    @cached_property
    def history(self) -> History:
        """The commits of the work at hand."""
        from reviewer.git_history import read_history

        return read_history(self.root, self.git)

    def text(self, path: str) -> str | None:
        """The text of a file, None where it cannot be read; what could not be read becomes a problem of the review."""
        if path not in self._texts:
            self._texts[path] = self._read_text(path)
        return self._texts[path]

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
            content = read_bytes(self.root, file)
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

    def content(self, path: str) -> bytes:
        """The bytes of a reviewed file. Raises Unreadable."""
        file = self._files.get(path)
        if file is None:
            raise Unreadable("missing", "The file is not among the reviewed ones.")
        return read_bytes(self.root, file)

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


def filtered(
    findings: Sequence[Finding],
    directives: Mapping[str, Sequence[Directive]],
    settings: Settings,
    catalogue: Mapping[str, type[Rule]],
    rules: Sequence[Rule],
    sources: ReadSources,
) -> list[Finding]:
    """The findings after all filters, in order; hidden ones are marked and kept."""
    overridden = apply_overrides(findings, settings, catalogue)
    suppressed = apply_suppressions(overridden, directives, settings, catalogue.values(), rules)
    return sorted(with_fingerprints(suppressed, sources.line), key=order_of)


class Scope:
    """Which paths to report on: those of the files and folders that the reader named, all where none was named."""

    def __init__(self, request: ReviewRequest) -> None:
        self._is_everything = not request.named
        self._paths: set[str] = set()
        top = os.path.realpath(os.fsencode(request.root))
        for path in request.named:
            # As files are found: by the name of a link, not by where it leads.
            folder, name = os.path.split(os.path.abspath(os.fsencode(path)))
            location = os.path.join(os.path.realpath(folder), name)
            if location == top:
                self._is_everything = True
            elif location.startswith(os.path.join(top, b"")):
                self._paths.add(shown_path(os.path.relpath(location, top).replace(os.fsencode(os.sep), b"/")))

    def holds(self, path: str) -> bool:
        """Whether a reviewed path, or a folder around it, was named."""
        if self._is_everything or path in self._paths:
            return True
        return any(path[:end] in self._paths for end in range(len(path)) if path[end] == "/")


def counts_of(project: Project) -> tuple[int, tuple[UnknownCount, ...]]:
    """The number of routes, and what could not be known; all of it, where linking the routes fails.

    The rules that ask for routes have failed by the same defect and are reported; the findings of others are kept.
    """
    try:
        return len(project.routes), unknown_counts(project)
    except Exception:
        return 0, (UnknownCount(WEB_API, 1),)


def unknown_counts(project: Project) -> tuple[UnknownCount, ...]:
    """What could not be known, by kind."""
    groups: dict[str, list[UnknownExample]] = {}
    for unknown in project.unknowns:
        if unknown.place is not None:
            groups.setdefault(WEB_API, []).append(UnknownExample(unknown.place, unknown.reason))
    return tuple(
        UnknownCount(what, len(examples), tuple(sorted(examples)[:UNKNOWN_EXAMPLES]))
        for what, examples in sorted(groups.items())
    )


def rule_info(rule: Rule) -> RuleInfo:
    """What reports tell of a rule."""
    return RuleInfo(
        name=rule.name(),
        family=rule.family(),
        summary=rule.summary(),
        documentation=rule.documentation(),
        severity=rule.severity,
        category=rule.category,
        confidence=rule.confidence,
        cwe=rule.cwe,
    )


def _reader(root: Path, file: ReviewedFile) -> Callable[[], bytes]:
    return lambda: read_bytes(root, file)


__all__ = ["ReadSources", "ReviewRequest", "Scope", "review", "review_sources"]
