"""`reviewer commit-msg`, `commits` and `branch`: what they judge, print and end with."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Run

PLATFORMS = ("GITHUB_ACTIONS", "GITLAB_CI", "BITBUCKET_BUILD_NUMBER", "TF_BUILD", "CIRCLECI", "JENKINS_URL")


def run_git(folder: Path, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for who in ("AUTHOR", "COMMITTER"):
        plain |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.org"}
    plain |= {"GIT_CONFIG_GLOBAL": os.devnull} | environment
    return subprocess.run(["git", *arguments], cwd=folder, env=plain, check=check, capture_output=True, text=True)


def commit(folder: Path, message: str) -> None:
    run_git(folder, "commit", "-q", "--allow-empty", "-m", message)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a repository on `feat/search`, one commit after main."""
    for name in (*PLATFORMS, "PRE_COMMIT", *(name for name in os.environ if name.startswith("GIT_"))):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "project"
    folder.mkdir()
    run_git(folder, "init", "-q", "-b", "main")
    commit(folder, "Initial commit")
    run_git(folder, "switch", "-q", "-c", "feat/search")
    commit(folder, "feat: add a search")
    monkeypatch.chdir(folder)
    return folder


def message_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "MESSAGE"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# commit-msg


def test_a_good_message_is_accepted(run: Run, repository: Path) -> None:
    outcome = run("commit-msg", message_file(repository, "feat: add\n\n# Please enter\n"))

    assert (outcome.code, outcome.out, outcome.err) == (0, "No findings in the commit message\n", "")


def test_a_bad_message_is_shown_with_the_place_and_a_proposal(run: Run, repository: Path) -> None:
    outcome = run("commit-msg", message_file(repository, "# comment\nfeature(users): add a search\n"))

    assert outcome.code == 1
    assert outcome.out == (
        "COMMIT_EDITMSG:2:1  warning  The commit type `feature` is spelled `feat`.  [commit-message-format]\n"
        "     2 | feature(users): add a search\n"
        "       | ^^^^^^^\n"
        "  hint: Write `feat(users): add a search`.\n\n"
        "1 warning in the commit message\n"
    )


def test_the_title_of_a_pull_request_comes_by_standard_input(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO("Añadir búsqueda".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)

    assert run("commit-msg", "-").code == 1


@pytest.mark.parametrize(
    ("settings", "text", "code"),
    [
        ({}, "feat: add\n\n; no comment\n# a comment " + "word " * 40, 0),
        ({"core.commentChar": ";"}, "; a comment\nfeat: add\n", 0),
        ({"core.commentChar": ";"}, "# no comment\nfeat: add\n", 1),
        ({"core.commentString": "//"}, "// a comment\nfeat: add\n", 0),
        ({"core.commentChar": "auto"}, "feat: add\n\n#1\n; Please enter\n;\n; On branch\n", 0),
        ({"core.commentChar": "auto"}, "#1 feat: add\n; Please enter\n;\n", 1),
        ({"commit.cleanup": "scissors"}, "# heading\nfeat: add\n", 1),
        ({"commit.cleanup": "scissors"}, f"feat: add\n# {'-' * 24} >8 {'-' * 24}\nx\n", 0),
        ({"commit.cleanup": "whitespace"}, "feat: add\n\n# heading\n", 0),
        ({"commit.cleanup": "nonsense"}, "# heading\nfeat: add\n", 0),
        ({"i18n.commitEncoding": "ISO-8859-1"}, b"feat: \xe4ndern\n", 0),
        ({"i18n.commitEncoding": "ISO-8859-1"}, b"feat: \xc4ndern\n", 1),
    ],
)
def test_the_configuration_of_git_says_what_a_comment_is(
    run: Run, repository: Path, settings: dict[str, str], text: str | bytes, code: int
) -> None:
    for key, value in settings.items():
        run_git(repository, "config", key, value)

    assert run("commit-msg", message_file(repository, text)).code == code


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, 1),
        ({"GIT_CONFIG_PARAMETERS": "'core.commentChar'=';'"}, 0),  # git 2.31 and newer
        ({"GIT_CONFIG_PARAMETERS": "'core.commentChar=;'"}, 0),
        ({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.commentChar", "GIT_CONFIG_VALUE_0": ";"}, 0),
        ({"GIT_CONFIG_PARAMETERS": "'core.commentChar'=';"}, 1),  # not closed
        (
            {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "core.commentChar",
                "GIT_CONFIG_VALUE_0": "#",
                "GIT_CONFIG_PARAMETERS": "'core.commentchar'=';'",
            },
            0,
        ),
        ({"GIT_CONFIG_COUNT": "many"}, 1),
        ({"GIT_CONFIG_COUNT": "999999999"}, 1),
    ],
)
def test_the_configuration_of_one_command_says_what_a_comment_is(
    run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], code: int
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert run("commit-msg", message_file(repository, "; a comment\nfeat: add\n")).code == code


def test_git_itself_hands_its_setting_to_the_hook(repository: Path) -> None:
    (repository / ".git/hooks").mkdir(exist_ok=True)
    hook = repository / ".git/hooks/commit-msg"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reviewer commit-msg "$1"\n')
    hook.chmod(0o755)
    (repository / "message").write_text("; a comment\nfeat: add\n")

    run_git(repository, "-c", "core.commentChar=;", "commit", "-q", "--allow-empty", "--cleanup=strip", "-F", "message")

    assert run_git(repository, "log", "-1", "--format=%B").stdout.strip() == "feat: add"


def test_bytes_that_are_no_text_are_judged(run: Run, repository: Path) -> None:
    assert run("commit-msg", message_file(repository, b"\xff\xfe\x00bad\n" + b"\x00" * 500)).code == 1


def test_the_patch_of_a_verbose_commit_is_no_message(run: Run, repository: Path) -> None:
    text = f"feat: add\n# {'-' * 24} >8 {'-' * 24}\n# Do not modify\ndiff --git a/x b/x\n+{'long ' * 200}\n"

    assert run("commit-msg", message_file(repository, text)).code == 0


def test_any_message_of_a_merge_is_accepted(run: Run, repository: Path) -> None:
    (repository / ".git/MERGE_HEAD").write_text("0" * 40 + "\n")

    assert run("commit-msg", message_file(repository, "Bring both together\n")).code == 0


def test_options_and_severities_of_the_project_hold(run: Run, repository: Path) -> None:
    (repository / "reviewer.toml").write_text(
        '[rules.commit-message-format]\nextra-types = ["deps"]\n[severity]\ncommit-message-format = "info"\n'
    )

    assert run("commit-msg", message_file(repository, "deps: raise\n")).code == 0
    assert run("commit-msg", message_file(repository, "other: raise\n")).code == 1
    assert run("commit-msg", "--fail-on", "warning", message_file(repository, "other: raise\n")).code == 0


def test_a_message_that_cannot_be_read_ends_with_2(run: Run, repository: Path) -> None:
    outcome = run("commit-msg", "missing")

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "reviewer: missing: the message cannot be read: No such file or directory.\n"
    assert run("commit-msg").code == 2


def test_outside_a_repository_a_message_is_judged_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run("commit-msg", message_file(tmp_path, "feat: add\n# comment\n")).code == 0


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_as_the_hook_of_a_real_commit_it_refuses_and_accepts(repository: Path, tmp_path: Path) -> None:
    hook = repository / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec {sys.executable} -m reviewer.cli.main commit-msg "$1"\n')
    hook.chmod(0o755)
    arguments = ("commit", "-q", "--allow-empty", "-m")
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}

    refused = run_git(repository, *arguments, "Added a filter", check=False, **cache)
    accepted = run_git(repository, *arguments, "feat: add a filter", check=False, **cache)

    assert refused.returncode == 1
    assert "hint: Write `feat: add a filter`." in refused.stdout + refused.stderr
    assert accepted.returncode == 0
    assert run_git(repository, "log", "-1", "--format=%s").stdout == "feat: add a filter\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_a_review_before_a_commit_does_not_judge_the_commit_before_it(repository: Path, tmp_path: Path) -> None:
    commit(repository, "Bad one")
    hook = repository / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {sys.executable} -m reviewer.cli.main check --select commit-message-format\n")
    hook.chmod(0o755)

    made = run_git(repository, "commit", "-q", "--allow-empty", "-m", "x", check=False, XDG_CACHE_HOME=str(tmp_path))

    assert made.returncode == 0, made.stdout + made.stderr


# commits


def test_the_new_commits_of_the_branch_are_judged(run: Run, repository: Path) -> None:
    commit(repository, "Update the README")
    commit(repository, "fixup! feat: add a search")
    run_git(repository, "switch", "-q", "-c", "feat/other", "main")
    commit(repository, "feat: other")
    run_git(repository, "switch", "-q", "feat/search")
    run_git(repository, "merge", "-q", "--no-edit", "feat/other")

    outcome = run("commits", "--format", "json")

    assert outcome.code == 1
    assert sorted(outcome.rules) == ["commit-message-format", "fixup-left-over"]
    assert run("commits", "--no-source").out.endswith("1 error, 1 warning in 5 commits\n")


def test_a_bad_commit_is_shown_with_its_name(run: Run, repository: Path) -> None:
    commit(repository, "Fixed the login.\n\nIt failed.")
    name = run_git(repository, "rev-parse", "HEAD").stdout.strip()

    assert run("commits").out == (
        f"commit {name[:10]}:1:1  warning  The header does not begin with a commit type and a colon."
        "  [commit-message-format]\n"
        "     1 | Fixed the login.\n"
        "       | ^^^^^^^^^^^^^^^^\n"
        "  hint: Write `fix: the login`.\n\n"
        "1 warning in 2 commits\n"
    )


@pytest.mark.parametrize(
    ("revisions", "count"),
    [("main..HEAD", 2), ("main...feat/search", 2), ("main..", 2), ("HEAD", 1), ("HEAD~1", 1), ("HEAD..main", 0)],
)
def test_a_range_can_be_named(run: Run, repository: Path, revisions: str, count: int) -> None:
    commit(repository, "fix: find more")

    outcome = run("commits", revisions)

    assert (outcome.code, outcome.out) == (0, f"No findings in {count} commit{'s' if count != 1 else ''}\n")


def test_a_line_that_begins_with_a_number_sign_is_text_of_a_commit(run: Run, repository: Path) -> None:
    run_git(repository, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", "#1 was closed")

    assert run("commits", "HEAD").code == 1


def test_commits_of_bots_are_left_alone(run: Run, repository: Path) -> None:
    author = {"GIT_AUTHOR_NAME": "renovate[bot]"}
    run_git(repository, "commit", "-q", "--allow-empty", "-m", "Whatever it says.", **author)

    assert run("commits", "HEAD").code == 0


@pytest.mark.parametrize(
    ("revisions", "reason"),
    [
        ("nowhere..HEAD", "The repository has no commit `nowhere`."),
        ("--", "Which"),
        ("-n..HEAD", "no such option"),
    ],
)
def test_a_range_that_is_none_ends_with_2(run: Run, repository: Path, revisions: str, reason: str) -> None:
    run_git(repository, "switch", "-q", "--detach")

    outcome = run("commits", revisions)

    assert outcome.code == 2
    assert reason.lower() in outcome.err.lower()


def test_outside_a_repository_commits_end_with_2(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert run("commits").code == 2
    assert run("branch").code == 2


def test_a_shallow_pull_request_ends_with_2_and_says_what_to_do(
    run: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, "fix: find more")
    base = run_git(repository, "rev-parse", "main").stdout.strip()
    head = run_git(repository, "rev-parse", "HEAD").stdout.strip()
    run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", "shallow")
    event = {"pull_request": {"head": {"sha": head}, "base": {"sha": base}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    monkeypatch.chdir(tmp_path / "shallow")
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_HEAD_REF": "feat/search",
        "GITHUB_BASE_REF": "main",
        "GITHUB_WORKSPACE": str(tmp_path / "shallow"),
    }.items():
        monkeypatch.setenv(name, value)

    outcome = run("commits")

    assert (outcome.code, outcome.out) == (2, "")
    assert "fetch-depth: 0" in outcome.err


# branch


def test_the_current_branch_is_judged(run: Run, repository: Path) -> None:
    assert run("branch").code == 0
    run_git(repository, "branch", "-q", "-m", "feature/Search")

    outcome = run("branch")

    assert outcome.code == 1
    assert outcome.out == (
        "branch feature/Search  warning  The branch prefix `feature` is spelled `feat`.  [branch-name]\n"
        "     1 | feature/Search\n"
        "       | ^^^^^^^\n"
        "  hint: Rename it to `feat/search`.\n\n"
        "branch feature/Search  warning  The branch name holds the capital letters `S`.  [branch-name]\n"
        "     1 | feature/Search\n"
        "       |         ^\n"
        "  hint: Rename it to `feat/search`.\n\n"
        "2 warnings in the branch name\n"
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("feat/search", 0),
        ("refs/heads/feat/search", 0),
        ("dependabot/pip/x-1.0", 0),
        ("main", 1),
        ("search", 1),
        ("", 1),
    ],
)
def test_a_branch_can_be_named(run: Run, repository: Path, name: str, code: int) -> None:
    assert run("branch", name).code == code


def test_main_is_refused_but_in_a_pipeline(run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_git(repository, "switch", "-q", "main")

    assert run("branch").code == 1
    monkeypatch.setenv("CIRCLECI", "true")
    assert run("branch").code == 0


def test_a_protected_branch_gets_advice(run: Run, repository: Path) -> None:
    assert "  hint: Work on a branch of its own: `git switch -c feat/…`.\n" in run("branch", "main").out


def test_a_detached_head_is_no_branch(run: Run, repository: Path) -> None:
    run_git(repository, "switch", "-q", "--detach")

    outcome = run("branch")

    assert (outcome.code, outcome.err) == (0, "reviewer: note: HEAD is detached, so there is no branch to judge\n")


@pytest.mark.parametrize("report_format", ["github", "sarif", "json"])
def test_what_is_in_no_file_is_reported_without_one(run: Run, repository: Path, report_format: str) -> None:
    outcome = run("branch", "Search", "--format", report_format)

    assert outcome.code == 1
    if report_format == "github":
        assert outcome.out.startswith("::warning title=branch-name%3A branch Search::The branch")
    elif report_format == "sarif":
        (run_of_tool,) = outcome.document["runs"]
        (told,) = run_of_tool["invocations"][0]["toolExecutionNotifications"]
        assert run_of_tool["results"] == []
        assert (told["level"], told["associatedRule"]) == ("warning", {"id": "branch-name"})
        assert told["message"]["text"].startswith("branch Search: The branch")
    else:
        assert outcome.document["findings"][0]["symbol"] == "branch:Search"


def test_a_history_that_a_shallow_clone_does_not_tell_is_counted_as_unknown(
    run: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, "fix: find more")
    run_git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{repository}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    run_git(tmp_path / "shallow", "remote", "set-head", "origin", "main")

    outcome = run("check", "--select", "git", "--statistics")

    assert outcome.code == 0
    assert "1  unknown part of the git history, such as HEAD:1:1 (The clone is shallow" in outcome.out


def test_findings_of_check_about_git_are_in_no_file(run: Run, repository: Path) -> None:
    commit(repository, "fixup! feat: add a search")

    outcome = run("check", "--select", "git", "--format", "github")

    assert outcome.code == 1
    assert outcome.out.startswith("::error title=fixup-left-over%3A commit ")
    assert "file=" not in outcome.out
