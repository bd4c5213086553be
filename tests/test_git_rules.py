"""The rules on branches and commits, on histories that are written down."""

from __future__ import annotations

import pytest

from reviewer.api import Finding, project
from reviewer.git import GitState
from reviewer.project.project import Project
from reviewer.registry import load_catalogue
from reviewer.settings import Settings

CATALOGUE = load_catalogue()


def findings(rule: str, log: str, **options: object) -> list[Finding]:
    """What a rule reports on a history."""
    made = CATALOGUE[rule]
    return list(made(made.Options(**options)).check(project({".git/log": log})))


def messages(rule: str, log: str, **options: object) -> list[str]:
    return [one.message for one in findings(rule, log, **options)]


FIXUPS = """\
e5 d4 (HEAD -> feat/search) fixup! feat: add a search
d4 c3 squash! feat: add a search
c3 b2 amend! feat: add a search
b2 a1 feat: add a search
a1 (origin/main) feat: start
"""


def test_one_finding_tells_of_all_fixups_of_a_branch() -> None:
    (finding,) = findings("fixup-left-over", FIXUPS)

    assert finding.message == (
        "3 commits of the branch still wait to be squashed: `fixup! feat: add a search` is the newest."
    )
    assert finding.hint == "Squash with `git rebase --interactive --autosquash origin/main`."
    assert [related.place.line for related in finding.related] == [2, 3]


@pytest.mark.parametrize(
    "log",
    [
        "b2 a1 (HEAD -> main, origin/main) fixup! feat: old\na1 feat: start\n",
        "b2 a1 (HEAD) fixup! feat: detached\na1 (origin/main) feat: start\n",
        "b2 a1 (HEAD -> feat/a) fixup! feat: no base\na1 feat: start\n",
        "b2 a1 (HEAD -> feat/a, cut) fixup! feat: shallow\na1 (origin/main) feat: start\n",
        "b2 a1 (HEAD -> feat/a, develop) fixup! feat: merged to develop\na1 (origin/main) feat: start\n",
        "b2 a1 (HEAD -> feat/a) fix: explain what fixup! means\na1 (origin/main) feat: start\n",
    ],
)
def test_fixups_that_are_not_left_over_by_the_branch_are_none(log: str) -> None:
    assert messages("fixup-left-over", log) == []


MERGES = """\
f6 e5 d4 (HEAD -> {branch}) Merge branch 'main' into x
e5 c3 b2 Merge remote-tracking branch 'origin/main' into x
d4 b2 (origin/main) fix: close the session
c3 a1 feat: add a search
b2 a1 fix: other
a1 feat: start
"""


def test_one_finding_tells_of_all_merges_of_a_branch() -> None:
    (finding,) = findings("merge-commit-in-branch", MERGES.format(branch="feat/search"))

    assert finding.message == "The branch `feat/search` holds 2 merge commits: `Merge branch 'main' into x`."
    assert len(finding.related) == 1


@pytest.mark.parametrize("branch", ["release/1.4.0", "hotfix/1.4.1", "renovate/all", "main", "1.4.x"])
def test_merges_into_branches_that_are_made_of_merges_are_no_surprise(branch: str) -> None:
    assert messages("merge-commit-in-branch", MERGES.format(branch=branch)) == []


def test_some_merges_can_be_allowed() -> None:
    log = MERGES.format(branch="feat/search")

    assert messages("merge-commit-in-branch", log, max_merges=2) == []
    assert messages("merge-commit-in-branch", log, allowed_prefixes=("feat",)) == []


BEHIND = """\
d4 c3 2024-05-20 (origin/main) fix: third
c3 b2 2024-05-11 fix: second
b2 a1 2024-05-10 fix: first
e5 a1 2024-05-01 (HEAD -> feat/search) feat: add a search
a1 2024-04-01 feat: start
"""


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"max_commits": 2, "max_days": 9}, True),
        ({"max_commits": 2, "max_days": 10}, False),
        ({"max_commits": 3, "max_days": 9}, False),
        ({"max_commits": 2, "max_days": 0}, True),
        ({}, False),
    ],
)
def test_a_branch_is_behind_when_it_missed_much_for_long(options: dict[str, int], found: bool) -> None:
    expected = ["The branch `feat/search` is 3 commits of 10 days behind `origin/main`."] if found else []

    assert messages("branch-behind-base", BEHIND, **options) == expected


@pytest.mark.parametrize(
    "log",
    [
        BEHIND.replace("feat/search", "renovate/all"),
        BEHIND.replace("e5 a1 2024-05-01 (HEAD -> feat/search)", "e5 a1 2024-05-01 (HEAD)"),
        BEHIND.replace("(HEAD -> feat/search)", "(HEAD -> feat/search, cut)"),
        BEHIND.replace("(origin/main)", "(origin/other)"),
        BEHIND.replace("e5 a1 2024-05-01 (HEAD -> feat/search)", "e5 a1").replace(
            "a1 2024-04-01", "a1 (HEAD -> feat/x)"
        ),
    ],
)
def test_a_branch_whose_base_or_work_is_not_known_is_not_behind(log: str) -> None:
    assert messages("branch-behind-base", log, max_commits=0, max_days=0) == []


DIRECT = """\
c3 b2 (HEAD -> main) feat: by hand
b2 a1 {subject}
a1 (origin/main) feat: start
"""


def test_all_commits_that_were_made_on_main_are_one_finding() -> None:
    assert messages("direct-commit-to-main", DIRECT.format(subject="fix: by hand")) == [
        "2 commits were made on `main` itself: `feat: by hand`."
    ]


@pytest.mark.parametrize("subject", ["1.4.0", "Bump fastapi from 0.1 to 0.2"])
def test_what_tools_commit_to_main_is_not_made_by_hand(subject: str) -> None:
    assert messages("direct-commit-to-main", DIRECT.format(subject=subject)) == [
        "A commit was made on `main` itself: `feat: by hand`."
    ]


def test_other_branches_may_be_changed_directly() -> None:
    assert messages("direct-commit-to-main", DIRECT.format(subject="x"), branches=("develop",)) == []


def test_some_merges_on_main_can_be_accepted() -> None:
    log = "d4 b2 c3 (HEAD -> main) Merge branch 'a'\nc3 b2 feat: a\nb2 feat: start\n"

    assert messages("non-linear-main", log) == ["1 of the last 2 commits of `main` merges other branches."]
    assert messages("non-linear-main", log, max_merges=1) == []


LARGE = """\
b2 a1 (HEAD -> feat/search) feat: add a search
    80 4 app/search.py
    900 3 locks/poetry.lock
    70 0 app/generated/client.py
    - - logo.png
a1 (origin/main) feat: start
"""


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"max_lines": 79}, True),
        ({"max_lines": 80}, False),
        ({"max_lines": 149, "generated": ("*.lock",)}, True),
        ({"max_lines": 1, "extra_generated": ("app/*",)}, False),
        ({"max_files": 1}, False),
        ({"max_files": 1, "generated": ("*.lock",)}, True),
        ({"max_lines": 0}, False),
    ],
)
def test_a_change_is_as_large_as_what_people_have_to_read(options: dict[str, object], found: bool) -> None:
    assert bool(messages("oversized-change", LARGE, **options)) == found


def test_a_large_change_names_its_largest_files() -> None:
    (finding,) = findings("oversized-change", LARGE, max_lines=10)

    assert finding.message == "The branch `feat/search` adds or changes 80 lines in 1 file since `origin/main`."
    assert "`app/search.py` (80)" in finding.hint
    assert finding.symbol == "branch:feat/search"


@pytest.mark.parametrize("rule", [name for name, one in CATALOGUE.items() if one.family() == "git"])
def test_no_rule_finds_anything_outside_a_repository(rule: str) -> None:
    made = Project([], [], GitState(problem="The folder is not in a git repository."), lambda _: None, {})

    assert list(CATALOGUE[rule]().check(made)) == []


@pytest.mark.parametrize(
    "text", ["feat: no name", "b2 a1 feat: a parent that is no commit", "zz feat: no hexadecimal name"]
)
def test_a_history_that_is_not_well_written_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"line 1 of \.git/log"):
        project({".git/log": text})


def test_work_may_begin_on_a_branch_that_the_team_protects() -> None:
    log = """\
c3 b2 (HEAD -> feat/search) fixup! feat: add a search
b2 a1 (origin/staging-eu) fixup! feat: start
a1 feat: start
"""
    protected = Settings(options={"branch-name": {"protected": ["staging-eu"]}})
    rule = CATALOGUE["fixup-left-over"]()

    (finding,) = rule.check(project({".git/log": log}, protected))

    assert finding.hint == "Squash with `git rebase --interactive --autosquash origin/staging-eu`."
    assert list(rule.check(project({".git/log": log}))) == []


def test_a_branch_of_a_bot_that_a_team_names_may_hold_merges() -> None:
    log = """\
d4 c3 b2 (HEAD -> sync/translations) Merge branch 'main'
c3 b2 feat: add a search
b2 (origin/main) feat: start
"""
    bots = Settings(options={"branch-name": {"bot-prefixes": ["sync/"]}})
    rule = CATALOGUE["merge-commit-in-branch"]()

    assert len(list(rule.check(project({".git/log": log})))) == 1
    assert list(rule.check(project({".git/log": log}, bots))) == []
