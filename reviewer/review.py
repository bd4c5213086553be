"""The pipeline: files, modules, project, rules, findings, filters. The only place that knows this order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reviewer.files import shown_path
from reviewer.filters.members import singles, spread, with_members, without_hidden
from reviewer.filters.overrides import apply_overrides
from reviewer.filters.suppressions import apply_suppressions
from reviewer.known_fingerprints import fingerprinted
from reviewer.known_results import Memory
from reviewer.modules.cache import Cache
from reviewer.project.project import Project
from reviewer.results import Problem, Review, RuleCrash, RuleInfo, Timings, UnknownCount, UnknownExample
from reviewer.reviewed_trees import ReviewedTree, remember
from reviewer.rule import Finding, Rule
from reviewer.rule_running import GIT_FAMILY, RuleResults, TooManySteps, joined, order_of, run_rules, run_timed
from reviewer.selection import active_rules
from reviewer.settings import Settings
from reviewer.sources import Progress, PythonComments, ReadSources, ReviewRequest
from reviewer.syntax.directives import Directive

if TYPE_CHECKING:
    from reviewer.change import Change

#: Examples of each kind of unknown that a review keeps.
UNKNOWN_EXAMPLES = 5
#: The kind of the unknowns that linking the routes leaves.
WEB_API = "part of the web API"


class Outcome(msgspec.Struct, frozen=True):
    """What rules and filters say of one tree: all findings, the files that could not be used, the rules that failed."""

    findings: list[Finding]
    problems: tuple[Problem, ...]
    crashes: tuple[RuleCrash, ...]
    routes: int
    unknowns: tuple[UnknownCount, ...]
    known_problems: frozenset[Problem] = frozenset()  # those that the base of a change has too
    timings: Timings | None = None

    def as_tree(self) -> ReviewedTree:
        """What is remembered of it."""
        return ReviewedTree.of(self.findings, self.problems, self.crashes)


def review(
    request: ReviewRequest, catalogue: Mapping[str, type[Rule]], cache: Cache, on_progress: Progress | None = None
) -> Review:
    """Reviews a folder. Raises KeyboardInterrupt, and GitError where git cannot tell what the request is compared with.

    Whatever else fails is told in the result.
    """
    return review_sources(request, ReadSources.of(request, cache, on_progress), catalogue, cache)


def review_sources(
    request: ReviewRequest, sources: ReadSources, catalogue: Mapping[str, type[Rule]], cache: Cache
) -> Review:
    """Reviews files that have been read. Raises as `review` does."""
    rules = active_rules(request.settings, catalogue, sources.profiles)

    def judge(files: ReadSources, cache: Cache, jobs: int) -> Outcome:
        is_timed = request.times_rules and files is sources
        return judged_project(files, request.settings, rules, catalogue, cache, jobs, is_timed=is_timed)[1]

    if request.change is None:
        outcome = judge(sources, cache, request.jobs)
        remember(sources.tree, outcome.as_tree(), request.settings, rules, cache)  # it may become a base
    else:
        outcome = judged_beside_base(request, request.change, sources, rules, cache, judge)
    findings, stale = outcome.findings, 0
    if request.baseline is not None:
        from reviewer.filters.baseline import beside_baseline

        findings, stale = beside_baseline(findings, request.baseline, rules, shows_known=request.shows_known)
        findings.sort(key=order_of)
    scope = Scope(request)
    return Review(
        root=str(request.root),
        findings=tuple(finding for finding in findings if scope.holds(finding.place.path)),
        problems=tuple(one for one in outcome.problems if request.shows_known or one not in outcome.known_problems),
        known_problems=tuple(sorted(outcome.known_problems)),
        crashes=outcome.crashes,
        unknowns=outcome.unknowns,
        files=len(sources.discovery.files),
        python_files=len(sources.read.modules),
        routes=outcome.routes,
        seconds=time.perf_counter() - sources.started,
        rules=tuple(RuleInfo.of(rule) for rule in rules),
        tool_version=request.tool_version,
        timings=outcome.timings,
        stale_baseline_entries=stale,
    )


def judged_beside_base(
    request: ReviewRequest,
    change: Change,
    sources: ReadSources,
    rules: Sequence[Rule],
    cache: Cache,
    judge: Callable[[ReadSources, Cache, int], Outcome],
) -> Outcome:
    """What rules and filters say of the new state of a change, what its base has already marked as known."""
    from reviewer.base_review import BaseReview, beside_base, crashes_on, known_problems

    def judge_base(files: ReadSources, cache: Cache, jobs: int) -> ReviewedTree:
        return judge(files, cache, jobs).as_tree()

    with BaseReview(request, change, sources, rules, cache, judge_base) as base_review:
        outcome = judge(sources, cache, 1 if base_review.is_running_beside else request.jobs)
        base = base_review.finish(outcome.as_tree())
    change.require_unchanged()
    return msgspec.structs.replace(
        outcome,
        findings=sorted(
            beside_base(outcome.findings, base, change, sources, shows_known=request.shows_known), key=order_of
        ),
        known_problems=known_problems(outcome.problems, base),
        crashes=(*outcome.crashes, *crashes_on(base, change.base.label)),
    )


def judged_project(
    sources: ReadSources,
    settings: Settings,
    rules: Sequence[Rule],
    catalogue: Mapping[str, type[Rule]],
    cache: Cache,
    jobs: int,
    *,
    is_timed: bool = False,
) -> tuple[Project, Outcome]:
    """Some files as a linked project, and what rules and filters say of it."""
    comments = PythonComments(sources, cache)
    project = sources.project(settings)
    timings = None
    if is_timed:
        read = time.perf_counter()
        routes, unknowns = counts_of(project)
        linked = time.perf_counter()
        same_project = sources.project(settings)
        counts_of(same_project)
        results, times, shared = run_timed(rules, project, same_project)
        timings = Timings(linked - sources.started, read - sources.started, linked - read, shared, times)
    else:
        memory = Memory(sources, settings, rules, cache)
        known = memory.find()
        if known is None:
            project, routes, unknowns, results = run_on(sources, settings, rules, project, jobs)
            memory.keep(project, routes, unknowns, results)
        else:
            routes, unknowns = known.routes, known.unknowns
            about_git = [rule for rule in rules if rule.family() == GIT_FAMILY]
            results = joined(rules, [RuleResults(known.findings, ()), run_rules(about_git, project)])
    judged = time.perf_counter()
    unknowns = (*unknowns, *sources.unknown_history())
    directives = sources.directives(singles(results.findings), comments)
    findings = filtered(results.findings, directives.by_path, settings, catalogue, rules, sources, cache)
    problems = {Problem(one.path, one.kind, one.message, one.line) for one in (*sources.problems, *directives.problems)}
    if timings is not None:
        rest = timings.shared + sum(one.seconds for one in timings.rules) + time.perf_counter() - judged
        timings = msgspec.structs.replace(timings, seconds=timings.seconds + rest)
    return project, Outcome(findings, tuple(sorted(problems)), results.crashes, routes, unknowns, timings=timings)


def run_on(
    sources: ReadSources, settings: Settings, rules: Sequence[Rule], project: Project, jobs: int
) -> tuple[Project, int, tuple[UnknownCount, ...], RuleResults]:
    """The project that was asked, the counts, and what rules find."""
    try:
        counts = counts_of(project)  # before the rules, so that they count the same whatever is asked for
        return project, *counts, run_rules(rules, project, jobs, sources.project(settings))
    except TooManySteps:
        return run_on(sources, settings, rules, sources.project(settings), 1)


def filtered(
    findings: Sequence[Finding],
    directives: Mapping[str, Sequence[Directive]],
    settings: Settings,
    catalogue: Mapping[str, type[Rule]],
    rules: Sequence[Rule],
    sources: ReadSources,
    cache: Cache,
) -> list[Finding]:
    """The findings after all filters, in order; hidden ones are marked and kept."""
    overridden = apply_overrides(spread(findings), settings, catalogue)
    suppressed = apply_suppressions(overridden, directives, settings, catalogue.values(), rules)
    reported = without_hidden(with_members(suppressed))
    return sorted(with_members(fingerprinted(spread(reported), sources, settings, rules, cache)), key=order_of)


class Scope:
    """Which paths to report on: those of the files and folders that the reader named, all where none was named."""

    def __init__(self, request: ReviewRequest) -> None:
        #: Each named path as reports show it: empty for the root itself, None for one that is not below it.
        self.named = {path: _path_below(request.root, path) for path in request.named}
        self._is_everything = not request.named or "" in self.named.values()
        self._paths = {path for path in self.named.values() if path}

    def holds(self, path: str) -> bool:
        """Whether a reviewed path, or a folder around it, was named."""
        if self._is_everything or path in self._paths:
            return True
        return any(path[:end] in self._paths for end in range(len(path)) if path[end] == "/")


def _path_below(root: Path, path: Path) -> str | None:
    """A path relative to a root, as files are found: by the name of a link, not by where it leads."""
    top = os.path.realpath(os.fsencode(root))
    folder, name = os.path.split(os.path.abspath(os.fsencode(path)))
    location = os.path.join(os.path.realpath(folder), name)
    if location == top:
        return ""
    if not location.startswith(os.path.join(top, b"")):
        return None
    return shown_path(os.path.relpath(location, top).replace(os.fsencode(os.sep), b"/"))


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


__all__ = ["ReadSources", "ReviewRequest", "Scope", "review", "review_sources"]
