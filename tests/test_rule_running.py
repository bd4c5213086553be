"""Rules in two processes: the same results as in one, whatever happens to the second."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from made_rules import make_rule

from reviewer import rule_running
from reviewer.modules.cache import NullCache
from reviewer.project.evaluation import evaluator
from reviewer.project.in_memory import project
from reviewer.project.project import Project
from reviewer.registry import load_catalogue
from reviewer.results import RuleCrash
from reviewer.review import ReadSources, ReviewRequest, review
from reviewer.rule import Finding, Place, Rule
from reviewer.rule_running import TooManySteps, order_of, run_rules, run_timed
from reviewer.selection import active_rules
from reviewer.settings import Settings

FILES = {f"module_{number}.py": f"limit = {number}\n" for number in range(3)}
FIXTURES = Path(__file__).parent.parent / "fixtures"
HERE = os.getpid()
#: The families at the two ends, where the processes begin.
FIRST, LAST = rule_running.FAMILIES[0], rule_running.FAMILIES[-1]


@pytest.fixture(autouse=True)
def _small_projects_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_running, "MIN_MODULES_FOR_PROCESSES", 1)


def finds_every_module(name: str, family: str) -> Rule:
    def check(self: Rule, project: Project) -> Iterator[Finding]:
        for module in reversed(project.modules):
            yield self.at(Place(module.path, 1, 1, 1, 2), f"{name} was here")

    return with_check(name, family, check)


def with_check(name: str, family: str, check: object) -> Rule:
    made = make_rule(name, family)
    return type("MadeRule", (made,), {"__module__": made.__module__, "check": check})()  # type: ignore[no-any-return]


def raises(error: BaseException) -> object:
    def check(self: Rule, project: Project) -> Iterator[Finding]:
        raise error
        yield

    return check


def where_it_ran(name: str, family: str) -> Rule:
    def check(self: Rule, project: Project) -> Iterator[Finding]:
        yield self.at(Place("module_0.py", 1, 1, 1, 2), "here" if os.getpid() == HERE else "beside")

    return with_check(name, family, check)


def wait_for(mark: Path) -> None:
    ending = time.monotonic() + 30
    while not mark.exists():
        assert time.monotonic() < ending, "nobody else is at work"
        time.sleep(0.005)


def waits_for(name: str, family: str, mark: Path) -> Rule:
    def check(self: Rule, project: Project) -> Iterator[Finding]:
        wait_for(mark)
        yield self.at(Place("module_0.py", 1, 1, 1, 2), "here" if os.getpid() == HERE else "beside")

    return with_check(name, family, check)


def meets(name: str, family: str, own: Path, other: Path) -> Rule:
    """A rule that ends only when another one is at work beside it."""

    def check(self: Rule, project: Project) -> Iterator[Finding]:
        own.touch()
        wait_for(other)
        yield self.at(Place("module_0.py", 1, 1, 1, 2), "here" if os.getpid() == HERE else "beside")

    return with_check(name, family, check)


def test_two_processes_begin_at_the_two_ends_of_the_families(tmp_path: Path) -> None:
    first, last = tmp_path / "first", tmp_path / "last"
    rules = [meets("a-rule", LAST, last, first), meets("b-rule", FIRST, first, last)]
    found = run_rules(rules, project(FILES), jobs=2).findings
    assert {one.rule: one.message for one in found} == {"a-rule": "beside", "b-rule": "here"}


def test_each_rule_runs_once(tmp_path: Path) -> None:
    def check(self: Rule, project: Project) -> Iterator[Finding]:
        with (tmp_path / "runs").open("ab") as runs:
            runs.write(b"%s\n" % self.name().encode())
        yield self.at(Place("module_0.py", 1, 1, 1, 2), "found")

    names = [f"rule-{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(200)]
    rules = [with_check(name, rule_running.FAMILIES[len(name) % 3], check) for name in names]
    results = run_rules(rules, project(FILES), jobs=2)
    assert sorted((tmp_path / "runs").read_text().split()) == [one.rule for one in results.findings] == names


@pytest.mark.parametrize("family", ["auth", "database", "manners"])
def test_one_process_is_enough_for_one_rule(family: str) -> None:
    found = run_rules([where_it_ran("any-rule", family)], project(FILES), jobs=2).findings
    assert [one.message for one in found] == ["here"]


def test_who_asks_for_the_commits_is_asked_again_where_git_is_seen_to_fail(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def check(self: Rule, project: Project) -> Iterator[Finding]:
        if os.getpid() != HERE:
            mark.touch()
        assert project.history.problem == ""
        yield self.at(Place("module_0.py", 1, 1, 1, 2), "here" if os.getpid() == HERE else "beside")

    rules = [waits_for("a-rule", FIRST, mark), with_check("b-rule", LAST, check)]
    results = run_rules(rules, project(FILES), 2)
    assert {one.rule: one.message for one in results.findings}["b-rule"] == "here"
    assert results.crashes == ()


def test_two_processes_do_not_decide_where_too_many_steps_end() -> None:
    rules = [finds_every_module(name, "auth") for name in ("a-rule", "b-rule")]
    endless = project(FILES)
    endless.evaluator.limit = -1
    with pytest.raises(TooManySteps):
        run_rules(rules, endless, jobs=2)
    assert len(run_rules(rules, endless, jobs=1).findings) == 6


def test_a_review_that_takes_too_many_steps_is_the_same_with_any_number_of_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = ReviewRequest(FIXTURES / "bookshop", Settings())
    catalogue = load_catalogue()
    whole = review(request, catalogue, NullCache())
    monkeypatch.setattr(evaluator, "STEP_LIMIT", 400)
    monkeypatch.setattr(evaluator, "STEPS_A_MODULE", 0)
    alone, beside = (review(msgspec.structs.replace(request, jobs=jobs), catalogue, NullCache()) for jobs in (1, 2))
    assert msgspec.structs.replace(beside, seconds=alone.seconds) == alone
    assert alone.findings != whole.findings


def test_findings_have_one_order_for_any_number_of_processes() -> None:
    rules = [
        finds_every_module(name, family) for name, family in [("a-rule", "auth"), ("b-rule", "sql"), ("c-rule", "api")]
    ]
    alone, beside = (run_rules(rules, project(FILES), jobs) for jobs in (1, 2))
    assert alone == beside
    assert [(one.place.path, one.rule) for one in alone.findings] == [
        (path, rule) for path in FILES for rule in ("a-rule", "b-rule", "c-rule")
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_rule_that_fails_costs_itself_in_either_process(jobs: int) -> None:
    rules = [
        with_check("a-rule", "auth", raises(ValueError("no such route"))),
        finds_every_module("b-rule", "auth"),
        with_check("c-rule", "sql", raises(RecursionError())),
        with_check("d-rule", "api", raises(MemoryError("full"))),
    ]
    results = run_rules(rules, project(FILES), jobs)
    assert [crash.rule for crash in results.crashes] == ["a-rule", "c-rule", "d-rule"]
    assert results.crashes[0] == RuleCrash("a-rule", "ValueError: no such route")
    assert {one.rule for one in results.findings} == {"b-rule"}


def test_what_a_dying_process_did_not_find_is_found_here() -> None:
    def check(self: Rule, project: Project) -> Iterator[Finding]:
        if os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        yield self.at(Place("module_0.py", 1, 1, 1, 2), "found")

    results = run_rules([with_check("a-rule", "auth", check), finds_every_module("b-rule", "sql")], project(FILES), 2)
    assert {one.rule for one in results.findings} == {"a-rule", "b-rule"}
    assert results.crashes == ()


def test_a_text_that_the_second_process_reads_is_known_here() -> None:
    def check(self: Rule, project: Project) -> Iterator[Finding]:
        if project.text_of("templates/index.html") == "{{ title }}":
            yield self.at(Place("templates/index.html", 1, 1, 1, 2), "read")

    reviewed = project({**FILES, "templates/index.html": "{{ title }}"})
    results = run_rules([with_check("a-rule", "auth", check), finds_every_module("b-rule", "sql")], reviewed, jobs=2)
    assert "read" in {one.message for one in results.findings}
    assert list(reviewed.texts_read) == ["templates/index.html"]


def test_a_list_of_requirements_that_the_second_process_reads_is_known_here() -> None:
    def check(self: Rule, project: Project) -> Iterator[Finding]:
        project.library_versions.of("fastapi", "module_0.py")
        return iter(())

    reviewed = project({**FILES, "requirements.txt": "fastapi==0.95.2\n"})
    run_rules([with_check("a-rule", "auth", check), finds_every_module("b-rule", "sql")], reviewed, jobs=2)
    assert list(reviewed.texts_read) == ["requirements.txt"]


@pytest.mark.parametrize("application", ["bookshop", "notes"])
def test_what_a_rule_finds_does_not_depend_on_the_rules_before_it(application: str) -> None:
    settings = Settings()
    sources = ReadSources.of(ReviewRequest(FIXTURES / application, settings), NullCache())
    rules = active_rules(settings, load_catalogue())
    together = run_rules(rules, sources.project(settings)).findings
    backwards = run_rules(rules[::-1], sources.project(settings)).findings
    alone = [finding for rule in rules for finding in run_rules([rule], sources.project(settings)).findings]
    assert together == backwards == tuple(sorted(alone, key=order_of))


def test_a_rule_is_timed_without_what_it_links_for_others() -> None:
    def asks_for_routes(self: Rule, project: Project) -> Iterator[Finding]:
        if "linked" not in vars(project):
            time.sleep(0.05)
            vars(project)["linked"] = True
        if self.name() == "slow-rule":
            time.sleep(0.03)
        yield self.at(Place("module_0.py", 1, 1, 1, 2), "found")

    names = ["a-rule", "b-rule", "slow-rule"]
    rules = [with_check(name, "api", asks_for_routes) for name in names]
    results, times, shared = run_timed(rules, project(FILES), project(FILES))
    seconds = {one.rule: one.seconds for one in times}

    assert results == run_rules(rules, project(FILES))
    assert times[0].rule == "slow-rule"
    assert 0.03 <= seconds["slow-rule"] < 0.05
    assert max(seconds["a-rule"], seconds["b-rule"]) < 0.03
    assert shared >= 0.05
