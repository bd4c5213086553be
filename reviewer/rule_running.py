"""Runs rules on a linked project: in two processes where that pays, with the same results as in one.

Takes rules and a project whose routes are linked, gives findings and the rules that failed. What a rule finds does not
depend on the rules before it, so it does not matter which process runs it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from reviewer.modules.beside import Beside
from reviewer.modules.child_process import starts_cheaply
from reviewer.project.project import Project
from reviewer.results import RuleCrash, RuleTime
from reviewer.rule import Finding, Place, Rule

#: Families that ask most of the route table, so that they share what they need; they run in one process.
ROUTE_FAMILIES = frozenset({"api", "auth", "documentation", "requests"})
#: Modules of a project from which a second process is worth its start.
MIN_MODULES_FOR_PROCESSES = 100


class RuleResults(msgspec.Struct, frozen=True):
    """What rules found, which of them failed, and the paths of the texts that they read."""

    findings: tuple[Finding, ...]
    crashes: tuple[RuleCrash, ...]
    texts: tuple[str, ...] = ()


def run_rules(rules: Sequence[Rule], project: Project, jobs: int = 1) -> RuleResults:
    """The findings of all rules, each once and in order, and the rules that failed on this project."""
    if jobs > 1 and len(project.modules) >= MIN_MODULES_FOR_PROCESSES and starts_cheaply():
        for_routes = [rule for rule in rules if rule.family() in ROUTE_FAMILIES]
        others = [rule for rule in rules if rule.family() not in ROUTE_FAMILIES]
        if for_routes and others:
            return _joined(rules, _run_beside(others, for_routes, project))
    return _joined(rules, [_run(rules, project)])


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
    return _joined(rules, results), tuple(times), shared


def _run_each(rules: Sequence[Rule], project: Project) -> tuple[dict[str, float], list[RuleResults]]:
    seconds: dict[str, float] = {}
    results: list[RuleResults] = []
    for rule in rules:
        started = time.perf_counter()
        results.append(_run([rule], project))
        seconds[rule.name()] = time.perf_counter() - started
    return seconds, results


def _run_beside(rules: Sequence[Rule], beside: Sequence[Rule], project: Project) -> list[RuleResults]:
    """The results of some rules, found here, and of others, found meanwhile in a process of their own."""
    before = frozenset(project.texts_read)

    def work() -> bytes:
        results = _run(beside, project)
        if any(crash.message.startswith(MemoryError.__name__) for crash in results.crashes):
            raise MemoryError  # The process may take less than we may: its rules run here.
        texts = tuple(path for path in project.texts_read if path not in before)
        return msgspec.msgpack.encode(msgspec.structs.replace(results, texts=texts))

    try:
        process = Beside(work)
    except OSError:
        return [_run([*rules, *beside], project)]
    with process:
        here = _run(rules, project)
        there = process.answer()
    if there is None:
        return [here, _run(beside, project)]
    results = msgspec.msgpack.decode(there, type=RuleResults)
    for path in results.texts:
        project.text_of(path)  # What cannot be read there is a problem of this review.
    return [here, results]


def _run(rules: Sequence[Rule], project: Project) -> RuleResults:
    findings: list[Finding] = []
    crashes: list[RuleCrash] = []
    for rule in rules:
        try:
            findings.extend(list(rule.check(project)))
        except RecursionError:
            crashes.append(RuleCrash(rule.name(), "the program nests too deeply for it"))
        except Exception as error:
            crashes.append(RuleCrash(rule.name(), f"{type(error).__name__}: {error}"))
    return RuleResults(tuple(findings), tuple(crashes))


def _joined(rules: Sequence[Rule], parts: Sequence[RuleResults]) -> RuleResults:
    """The results of several processes as one would give them: findings once and in order, crashes as rules run."""
    findings: dict[tuple[str, Place, str], Finding] = {}
    for part in parts:
        for finding in part.findings:
            findings.setdefault((finding.rule, finding.place, finding.message), finding)
    order = {rule.name(): number for number, rule in enumerate(rules)}
    crashes = sorted((crash for part in parts for crash in part.crashes), key=lambda crash: order[crash.rule])
    return RuleResults(tuple(sorted(findings.values(), key=order_of)), tuple(crashes))


def order_of(finding: Finding) -> tuple[Place, str, str]:
    """By what findings are sorted: place, rule, message."""
    return finding.place, finding.rule, finding.message
