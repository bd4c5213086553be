"""Runs rules on a project: in two processes where that pays, with the same results as in one.

Takes rules and a project whose routes are linked, gives findings and the rules that failed. What a rule finds does not
depend on the rules before it, so it does not matter which process runs it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from reviewer.modules.beside import Beside
from reviewer.modules.child_process import starts_cheaply
from reviewer.project.project import HistoryWithheld, Project
from reviewer.results import RuleCrash, RuleTime
from reviewer.rule import Finding, Place, Rule

#: The order of families for two processes, which begin at its two ends: neighbours ask for the same parts of the model,
#: and the costly ones stand outside, so that both end together. First stands what needs the commits, which are read in
#: this process alone. A family that is not named comes between.
FAMILIES = (
    *("git", "suppressions", "database", "errors", "architecture", "concurrency", "templates", "tests", "flask"),
    *("celery", "redis", "project", "security", "settings", "auth", "documentation", "api", "pydantic", "requests"),
)
MIDDLE = FAMILIES.index("celery")
#: The family that judges the work in git, and not the files.
GIT_FAMILY = "git"
#: Modules of a project from which a second process is worth its start.
MIN_MODULES_FOR_PROCESSES = 100


class TooManySteps(Exception):
    """Two processes took together as many steps as one may take: one alone has to decide where to end."""


class RuleResults(msgspec.Struct, frozen=True):
    """What rules found, which of them failed, and what else the process that ran them has to tell."""

    findings: tuple[Finding, ...]
    crashes: tuple[RuleCrash, ...]
    texts: tuple[str, ...] = ()  # the paths of the texts that were read
    left: tuple[str, ...] = ()  # the rules that asked for what only the first process has
    steps: int = 0  # how many the evaluator took
    asks_git: bool = False  # whether a rule that is not about git depends on it


class Projects(NamedTuple):
    """The project for most rules, and one for those about git, so that what the others find comes from files alone."""

    of_files: Project
    of_git: Project

    def of(self, rule: Rule) -> Project:
        """The one that a rule asks."""
        return self.of_git if rule.family() == GIT_FAMILY else self.of_files


def run_rules(
    rules: Sequence[Rule], project: Project, jobs: int = 1, project_of_git: Project | None = None
) -> RuleResults:
    """The findings of all rules, each once and in order, and the rules that failed on this project.

    Raises TooManySteps where what the evaluator finds in time would depend on how the rules were divided.
    """
    projects = Projects(project, project_of_git or project)
    if jobs > 1 and len(rules) > 1 and len(project.modules) >= MIN_MODULES_FOR_PROCESSES and starts_cheaply():
        return joined(rules, _run_in_two(_by_family(rules), projects))
    return joined(rules, [_run(_by_family(rules), projects)])


def _by_family(rules: Sequence[Rule]) -> list[Rule]:
    places = {family: number for number, family in enumerate(FAMILIES)}
    return sorted(rules, key=lambda rule: (places.get(rule.family(), MIDDLE), rule.family(), rule.name()))


def run_timed(
    rules: Sequence[Rule], project: Project, same_project: Project
) -> tuple[RuleResults, tuple[RuleTime, ...], float]:
    """The same in one process, with the time of each rule, the slowest first, and that of linking which rules share.

    What several rules ask for is linked for the first that asks. So the rules run once more, in reverse, on the same
    project that is not linked yet: of the two times of a rule the smaller one holds only linking that it alone needs.
    """
    first, results = _run_each(rules, project)
    reverse, _ = _run_each(rules[::-1], same_project)
    times = [RuleTime(name, min(seconds, reverse[name])) for name, seconds in first.items()]
    times.sort(key=lambda one: (-one.seconds, one.rule))
    shared = sum(first.values()) - sum(one.seconds for one in times)
    return joined(rules, results), tuple(times), shared


def _run_each(rules: Sequence[Rule], project: Project) -> tuple[dict[str, float], list[RuleResults]]:
    seconds: dict[str, float] = {}
    results: list[RuleResults] = []
    for rule in rules:
        started = time.perf_counter()
        results.append(_run([rule], Projects(project, project)))
        seconds[rule.name()] = time.perf_counter() - started
    return seconds, results


def _run_in_two(rules: Sequence[Rule], projects: Projects) -> list[RuleResults]:
    """The results of all rules: this process takes them from the first on, another one from the last."""
    turns, project = _Turns(len(rules)), projects.of_files
    before, steps = frozenset(project.texts_read), project.evaluator.steps

    def work() -> bytes:
        for one in projects:
            one.withhold_history()
        results = _run(turns.take(reversed(rules)), projects)
        if any(crash.message.startswith(MemoryError.__name__) for crash in results.crashes):
            raise MemoryError  # The process may take less than we may: its rules run here.
        texts = tuple(path for path in project.texts_read if path not in before)
        steps_here = project.evaluator.steps - steps
        return msgspec.msgpack.encode(msgspec.structs.replace(results, texts=texts, steps=steps_here))

    try:
        process = Beside(work)
    except OSError:
        turns.close()
        return [_run(rules, projects)]
    with process, turns:
        here = _run(turns.take(rules), projects)
        there = process.answer()
    taken = turns.taken
    if there is None:
        return [here, _run(rules[taken:], projects)]
    results = msgspec.msgpack.decode(there, type=RuleResults)
    if project.evaluator.steps + results.steps > project.evaluator.limit:
        raise TooManySteps
    for path in results.texts:
        project.text_of(path)  # What cannot be read there is a problem of this review.
    return [here, results, _run([rule for rule in rules if rule.name() in results.left], projects)]


class _Turns:
    """As many turns as there are rules, shared by two processes that take one after the other until none is left.

    A turn is a byte of a pipe, which only one of them can read.
    """

    def __init__(self, number: int) -> None:
        self.taken = 0  # by this process
        self._pipe, writing = os.pipe()
        try:
            os.write(writing, bytes(number))
        finally:
            os.close(writing)

    def __enter__(self) -> _Turns:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the pipe back."""
        os.close(self._pipe)

    def take(self, rules: Iterable[Rule]) -> Iterator[Rule]:
        """The next rule for each turn that can be had."""
        for rule in rules:
            if not os.read(self._pipe, 1):
                return
            self.taken += 1
            yield rule


def _run(rules: Iterable[Rule], projects: Projects) -> RuleResults:
    findings: list[Finding] = []
    crashes: list[RuleCrash] = []
    left: list[str] = []
    for rule in rules:
        try:
            findings.extend(list(rule.check(projects.of(rule))))
        except HistoryWithheld:
            left.append(rule.name())
        except RecursionError:
            crashes.append(RuleCrash(rule.name(), "the program nests too deeply for it"))
        except Exception as error:
            crashes.append(RuleCrash(rule.name(), f"{type(error).__name__}: {error}"))
    return RuleResults(tuple(findings), tuple(crashes), left=tuple(left), asks_git=projects.of_files.asks_git)


def joined(rules: Sequence[Rule], parts: Sequence[RuleResults]) -> RuleResults:
    """The results of several processes as one would give them: findings once and in order, crashes as rules run."""
    findings: dict[tuple[str, Place, str], Finding] = {}
    for part in parts:
        for finding in part.findings:
            findings.setdefault((finding.rule, finding.place, finding.message), finding)
    order = {rule.name(): number for number, rule in enumerate(rules)}
    crashes = sorted((crash for part in parts for crash in part.crashes), key=lambda crash: order[crash.rule])
    asks_git = any(part.asks_git for part in parts)
    return RuleResults(tuple(sorted(findings.values(), key=order_of)), tuple(crashes), asks_git=asks_git)


def order_of(finding: Finding) -> tuple[Place, str, str]:
    """By what findings are sorted: place, rule, message."""
    return finding.place, finding.rule, finding.message
