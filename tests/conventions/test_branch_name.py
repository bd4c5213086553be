"""What is wrong with the name of a branch, and where."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewer.conventions.branch_name import (
    BRANCH_PREFIXES,
    BranchKind,
    BranchNameOptions,
    classify_branch,
    judge_branch_name,
)


def marked(name: str, **options: object) -> list[str]:
    """The part of the name that each problem points at."""
    problems = judge_branch_name(name, BranchNameOptions(**options))  # type: ignore[arg-type]
    return [name[problem.column : problem.end_column] for problem in problems]


@pytest.mark.parametrize("prefix", BRANCH_PREFIXES)
def test_each_usual_prefix_is_accepted(prefix: str) -> None:
    assert marked(f"{prefix}/close-session") == []


@pytest.mark.parametrize(
    "name",
    [
        "fix/session",
        "fix/42-close-session",
        "fix/42",
        "fix/PROJ-42-close-session",
        "fix/PROJ-42",
        "fix/close-session-GH-42",
        "feat/http2-push",
        "feat/close_session",
        "feat/api/close-session",
        "chore/python-3.13",
        "release/1.4.0",
        "release/v1.4.x",
        "release/1.4.0-rc.1",
        "hotfix/1.4.1",
    ],
)
def test_semantic_names_are_accepted(name: str) -> None:
    assert judge_branch_name(name) == []


@pytest.mark.parametrize(
    ("name", "part", "proposal"),
    [
        ("close-session", "close-session", ""),
        ("fix-close-session", "fix-close-session", "fix/close-session"),
        ("add-search", "add-search", "feat/add-search"),
        ("AddUserSearch", "AddUserSearch", ""),
        ("main-copy", "main-copy", ""),
        ("PROJ-42", "PROJ-42", ""),
        ("Fix/session", "Fix", "fix/session"),
        ("bugfix/session", "bugfix", "fix/session"),
        ("feature/search", "feature", "feat/search"),
        ("ada/session", "ada", ""),
        ("ada/fix-session", "ada", "fix/fix-session"),
        ("fix/Session", "S", "fix/session"),
        ("fix/closeTHESession", "THES", "fix/close-thesession"),
        ("fix/-session", "-", "fix/session"),
        ("fix/session_", "_", "fix/session"),
        ("fix/close--session", "--", "fix/close-session"),
        ("fix/close.session", ".", "fix/close-session"),
        ("fix/naïve", "ï", "fix/naive"),
        ("fix/修正", "修", ""),
        ("fix/a+b", "+", "fix/a-b"),
        ("fix/close session", " ", "fix/close-session"),
        ("fix/a..b", "..", "fix/a-b"),
        ("fix//session", "//", "fix/session"),
        ("fix/", "/", ""),
        ("/fix/session", "/", "fix/session"),
        ("fix/session.lock", ".lock", "fix/session"),
        ("fix/.session", ".", "fix/session"),
        ("fix/a\nb", "\n", "fix/a-b"),
        ("fix/@{1}", "@{", "fix/1"),
        ("-fix", "-", ""),
        ("", "", ""),
        ("@", "@", ""),
        ("HEAD", "HEAD", ""),
        ("fix/" + "a" * 80, "a" * 4, ""),
    ],
)
def test_a_slip_is_pointed_at_and_mended(name: str, part: str, proposal: str) -> None:
    problems = judge_branch_name(name)

    assert marked(name) == [part]
    assert [problem.proposal for problem in problems] == [proposal]


def test_prefix_and_slug_are_two_problems_with_one_proposal() -> None:
    problems = judge_branch_name("Feature/Add-Search")

    assert marked("Feature/Add-Search") == ["Feature", "A"]
    assert {problem.proposal for problem in problems} == {"feat/add-search"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main", BranchKind.PROTECTED),
        ("master", BranchKind.PROTECTED),
        ("gh-pages", BranchKind.PROTECTED),
        ("2.x", BranchKind.PROTECTED),
        ("v1.4", BranchKind.PROTECTED),
        ("release-1.4", BranchKind.PROTECTED),
        ("stable/2.0", BranchKind.PROTECTED),
        ("dependabot/pip/fastapi-0.116.0", BranchKind.BOT),
        ("renovate/fastapi-0.x", BranchKind.BOT),
        ("pre-commit-ci-update-config", BranchKind.BOT),
        ("revert-12-fix/session", BranchKind.BOT),
        ("ada-patch-1", BranchKind.BOT),
        ("gh-readonly-queue/main/pr-1-abc", BranchKind.BOT),
        ("fix/session", BranchKind.WORK),
        ("main-2", BranchKind.WORK),
        ("renovated", BranchKind.WORK),
        ("maintenance", BranchKind.WORK),
    ],
)
def test_branches_that_are_no_work_of_a_person_are_known(name: str, kind: BranchKind) -> None:
    assert classify_branch(name) is kind


def test_a_protected_branch_is_no_place_to_work_and_a_bot_may() -> None:
    assert marked("main") == ["main"]
    assert marked("dependabot/pip/fastapi-0.116.0") == []


@pytest.mark.parametrize(
    ("name", "options", "parts"),
    [
        ("feature/search", {"extra_prefixes": ("feature",)}, []),
        ("docs/search", {"prefixes": ("feat", "fix")}, ["docs"]),
        ("fix/close-session", {"require_ticket": True}, ["close-session"]),
        ("fix/42-close-session", {"require_ticket": True}, []),
        ("fix/PROJ-42", {"require_ticket": True}, []),
        ("fix/close_session", {"allow_underscore": False}, ["_"]),
        ("fix/api/session", {"allow_nested": False}, ["/"]),
        ("fix/session", {"max_length": 8}, ["ion"]),
        ("fix/" + "a" * 300, {"max_length": 0}, []),
        ("robot-7", {"bot_prefixes": ("robot-",)}, []),
        ("shared", {"protected": ("shared",)}, ["shared"]),
    ],
)
def test_options_change_the_verdict(name: str, options: dict[str, object], parts: list[str]) -> None:
    assert marked(name, **options) == parts


names = st.text(alphabet="afix/.-_@{}~^:?*[\\ \x7fAé1lock", max_size=14).map(lambda text: "fix/" + text)


@given(names)
@settings(max_examples=80, deadline=None)
@example("fix/a.lock/b")
@example("fix/@")
@example("fix/a/.b")
def test_git_refuses_exactly_what_is_said_to_be_refused(name: str) -> None:
    result = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False)

    says_refused = any("git refuses" in problem.text for problem in judge_branch_name(name))

    assert says_refused == (result.returncode != 0)


@given(st.text(alphabet="afixAdd/.-_@ é1PROJ-42", max_size=30) | st.text(max_size=30))
def test_problems_lie_within_the_name_and_a_proposal_is_accepted(name: str) -> None:
    for problem in judge_branch_name(name):
        assert 0 <= problem.column <= problem.end_column <= len(name)
        assert not problem.proposal or judge_branch_name(problem.proposal) == []


@pytest.mark.parametrize("unit", ["a", "-", "1", "A-1", "/", "patch-", ".", "_", "#1"])
def test_names_of_any_length_are_judged(unit: str) -> None:
    assert judge_branch_name("fix/" + unit * 20_000)
