"""Which commits are new, and how far the base has moved on: in clones as people and platforms make them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from reviewer.git import read_state
from reviewer.git_graph import FileChange, GitGraph
from reviewer.git_history import History
from reviewer.git_plumbing import GitError
from reviewer.pipeline import find_pipeline

NO_PIPELINE: dict[str, str] = {}


def run_git(folder: Path, *arguments: str, day: int = 1) -> str:
    """Plain git, to build repositories with; commits are made on a day of May."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.org"}
        environment[f"GIT_{who}_DATE"] = f"2024-05-{day:02}T12:00:00Z"
    environment["GIT_CONFIG_GLOBAL"] = os.devnull
    options = ("-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main")
    command = ["git", *options, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True).stdout.decode().strip()


def commit(folder: Path, message: str, day: int = 1, **files: str) -> str:
    """Makes a commit, gives its name."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "-q", "--allow-empty", "-m", message, day=day)
    return run_git(folder, "rev-parse", "HEAD")


def history_of(root: Path, environment: dict[str, str] | None = None) -> History:
    environment = environment or NO_PIPELINE
    state = read_state(root, environment)
    return History(lambda: GitGraph.at(root), state, find_pipeline(root, environment))


def subjects(history: History) -> list[str] | None:
    return None if history.work is None else [one.subject for one in history.work.commits]


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository whose main has five commits."""
    root = tmp_path / "origin"
    root.mkdir()
    run_git(root, "init", "-q", "-b", "main")
    commit(root, "feat: start", app="x = 1\n" * 20)
    for number in range(3):
        commit(root, f"docs: {number}")
    commit(root, "fix: close", app="x = 1\n" * 20 + "y = 2\n")
    return root


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    """A clone on a branch with two commits."""
    run_git(tmp_path, "clone", "-q", str(origin), "clone")
    root = tmp_path / "clone"
    run_git(root, "switch", "-q", "-c", "feat/search")
    commit(root, "feat: add a search", search="a = 1\nb = 2\n")
    commit(root, "fix: find more", search="a = 1\nb = 3\nc = 4\n")
    return root


def test_the_work_is_what_no_long_lived_branch_has(clone: Path) -> None:
    history = history_of(clone)

    assert subjects(history) == ["fix: find more", "feat: add a search"]
    assert history.base is not None
    assert history.base.name == "origin/main"
    assert history.problem == ""


def test_commits_are_told_whole(clone: Path) -> None:
    name = commit(clone, "feat: añadir\n\nBody\n\nRefs: #1\n", day=3)

    (newest, *_) = history_of(clone).work.commits  # type: ignore[union-attr]

    assert (newest.name, newest.message) == (name, "feat: añadir\n\nBody\n\nRefs: #1\n")
    assert (newest.author, newest.time) == ("Ada <ada@example.org>", 1714737600)
    assert newest.place.path == f".git/commits/{name}"
    assert history_of(clone).message_of(name) == newest.message


def test_a_local_main_that_is_behind_or_ahead_is_no_work(clone: Path) -> None:
    run_git(clone, "switch", "-q", "main")
    commit(clone, "fix: on main")
    run_git(clone, "switch", "-q", "feat/search")
    run_git(clone, "rebase", "-q", "main")

    assert subjects(history_of(clone)) == ["fix: find more", "feat: add a search"]


def test_work_that_left_develop_goes_back_to_develop(origin: Path, tmp_path: Path) -> None:
    run_git(origin, "switch", "-q", "-c", "develop")
    commit(origin, "feat: only on develop")
    run_git(origin, "switch", "-q", "main")
    run_git(tmp_path, "clone", "-q", str(origin), "clone")
    run_git(tmp_path / "clone", "switch", "-q", "-c", "feat/a", "origin/develop")
    commit(tmp_path / "clone", "feat: a")

    history = history_of(tmp_path / "clone")

    assert subjects(history) == ["feat: a"]
    assert history.base is not None
    assert history.base.name == "origin/develop"


def test_of_a_fork_the_version_counts_that_the_work_left_last(clone: Path, origin: Path) -> None:
    commit(origin, "feat: upstream went on")
    run_git(clone, "remote", "add", "upstream", str(origin))
    run_git(clone, "fetch", "-q", "upstream")
    run_git(clone, "rebase", "-q", "upstream/main")

    history = history_of(clone)

    assert subjects(history) == ["fix: find more", "feat: add a search"]
    assert history.base is not None
    assert history.base.name == "upstream/main"


@pytest.mark.parametrize("state", ["main", "detached", "unborn", "no base", "orphan"])
def test_where_nothing_is_to_compare_there_is_no_work(clone: Path, tmp_path: Path, state: str) -> None:
    root = clone
    if state == "main":
        run_git(clone, "switch", "-q", "main")
    elif state == "detached":
        run_git(clone, "switch", "-q", "--detach")
    elif state in ("unborn", "no base"):
        root = tmp_path / "new"
        root.mkdir()
        run_git(root, "init", "-q", "-b", "feat/first")
        if state == "no base":
            commit(root, "feat: first")
    else:
        run_git(clone, "switch", "-q", "--orphan", "feat/other")
        commit(clone, "feat: other")

    history = history_of(root)

    assert history.lag is None or history.lag.commits == 0
    assert history.changes is None
    assert history.problem == ""
    if state != "orphan":
        assert history.work is None


def test_outside_a_repository_nothing_is_known(tmp_path: Path) -> None:
    history = history_of(tmp_path)

    assert (history.work, history.base, history.trunk, history.unpublished) == (None, None, None, None)


def test_the_lag_counts_commits_and_days_of_the_base(clone: Path, origin: Path) -> None:
    assert history_of(clone).lag.commits == 0  # type: ignore[union-attr]
    for day in (2, 5, 12):
        commit(origin, f"fix: day {day}", day=day)
    run_git(clone, "fetch", "-q")

    lag = history_of(clone).lag

    assert lag is not None
    assert (lag.base, lag.commits, lag.days, lag.is_complete) == ("origin/main", 3, 10.0, True)


def test_a_merged_pull_request_counts_once(clone: Path, origin: Path) -> None:
    run_git(origin, "switch", "-q", "-c", "feat/b")
    for number in range(5):
        commit(origin, f"feat: {number}")
    run_git(origin, "switch", "-q", "main")
    run_git(origin, "merge", "-q", "--no-ff", "--no-edit", "feat/b")
    run_git(clone, "fetch", "-q")

    assert history_of(clone).lag.commits == 1  # type: ignore[union-attr]


def test_changes_are_counted_since_the_work_left_the_base(clone: Path, origin: Path) -> None:
    commit(origin, "fix: elsewhere", other="z = 1\n" * 50)
    run_git(clone, "fetch", "-q")
    run_git(clone, "mv", "app.py", "moved.py")
    (clone / "image.png").write_bytes(b"\0\1\2")
    commit(clone, "refactor: move")

    assert history_of(clone).changes == (
        FileChange("image.png", None, None),
        FileChange("moved.py", 0, 0),
        FileChange("search.py", 3, 0),
    )


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows")
def test_names_of_any_bytes_are_counted(clone: Path) -> None:
    (clone / os.fsdecode(b"a\tb\n\xff.py")).write_text("x = 1\n")
    commit(clone, "feat: odd")

    assert history_of(clone).changes == (FileChange("a\tb\n\\xff.py", 1, 0), FileChange("search.py", 3, 0))


def test_more_commits_than_the_limit_are_cut_off(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.git_history.COMMIT_LIMIT", 1)

    work = history_of(clone).work

    assert work is not None
    assert ([one.subject for one in work.commits], work.is_complete) == (["fix: find more"], False)


def test_commits_on_main_that_no_remote_branch_has_are_unpublished(clone: Path) -> None:
    run_git(clone, "switch", "-q", "main")
    assert history_of(clone).unpublished == ()
    commit(clone, "fix: by hand")
    run_git(clone, "merge", "-q", "--no-ff", "--no-edit", "feat/search")

    assert [one.subject for one in history_of(clone).unpublished or ()] == [
        "Merge branch 'feat/search'",
        "fix: by hand",
    ]


# Shallow clones


def shallow_clone(origin: Path, folder: Path, *options: str) -> Path:
    run_git(folder, "clone", "-q", "--no-single-branch", *options, f"file://{origin}", "shallow")
    return folder / "shallow"


def test_a_shallow_clone_without_the_fork_is_unknown_and_says_so(clone: Path, tmp_path: Path) -> None:
    run_git(clone, "push", "-q", "origin", "feat/search")
    root = shallow_clone(tmp_path / "origin", tmp_path, "--depth=1")
    run_git(root, "switch", "-q", "feat/search")

    history = history_of(root)

    assert (history.work, history.lag, history.changes) == (None, None, None)
    assert "shallow" in history.problem


def test_a_clone_that_is_deep_enough_is_known(clone: Path, tmp_path: Path) -> None:
    run_git(clone, "push", "-q", "origin", "feat/search")
    root = shallow_clone(tmp_path / "origin", tmp_path, "--depth=3")
    run_git(root, "switch", "-q", "feat/search")

    assert (root / ".git/shallow").exists()
    assert subjects(history_of(root)) == ["fix: find more", "feat: add a search"]


def test_a_base_that_is_cut_above_the_fork_makes_others_commits_no_work(clone: Path, tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    run_git(clone, "push", "-q", "origin", "feat/search")
    for number in range(4):
        commit(origin, f"fix: {number}")
    root = shallow_clone(origin, tmp_path, "--depth=2")
    run_git(root, "fetch", "-q", "--depth=50", "origin", "feat/search")
    run_git(root, "switch", "-q", "feat/search")

    history = history_of(root)

    assert (history.work, history.lag) == (None, None)
    assert "shallow" in history.problem


# Pipelines


def github(folder: Path, event: dict[str, object], **more: str) -> dict[str, str]:
    path = folder / "event.json"
    path.write_text(json.dumps(event))
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path), **more}


@pytest.fixture
def pull_request(clone: Path, origin: Path, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """What actions/checkout makes of a pull request with `fetch-depth: 0`: HEAD is the merge of base and work."""
    commit(origin, "fix: main went on", other="z = 1\n")
    run_git(clone, "push", "-q", "origin", "feat/search")
    head = run_git(clone, "rev-parse", "HEAD")
    base = run_git(origin, "rev-parse", "main")
    run_git(origin, "switch", "-q", "--detach", "main")
    run_git(origin, "merge", "-q", "--no-ff", "-m", f"Merge {head} into {base}", "feat/search")
    run_git(origin, "update-ref", "refs/pull/7/merge", "HEAD")
    run_git(origin, "switch", "-q", "main")
    run_git(tmp_path, "init", "-q", "workspace")
    root = tmp_path / "workspace"
    run_git(root, "remote", "add", "origin", f"file://{origin}")
    event = {"pull_request": {"head": {"sha": head}, "base": {"sha": base}}}
    environment = github(
        tmp_path,
        event,
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_REF="refs/pull/7/merge",
        GITHUB_HEAD_REF="feat/search",
        GITHUB_BASE_REF="main",
        GITHUB_WORKSPACE=str(root),
    )
    return root, environment


def check_out(root: Path, *options: str) -> None:
    refs = ("+refs/pull/7/merge:refs/remotes/pull/7/merge",)
    if "--depth=1" not in options and "--depth=2" not in options:
        refs += ("+refs/heads/*:refs/remotes/origin/*",)
    run_git(root, "fetch", "-q", *options, "origin", *refs)
    run_git(root, "checkout", "-q", "--force", "refs/remotes/pull/7/merge")


def test_the_work_of_a_pull_request_is_without_the_merge_that_the_forge_made(
    pull_request: tuple[Path, dict[str, str]],
) -> None:
    root, environment = pull_request
    check_out(root)

    history = history_of(root, environment)

    assert history.state.branch == "feat/search"
    assert subjects(history) == ["fix: find more", "feat: add a search"]
    assert history.base is not None
    assert history.base.name == "origin/main"
    assert history.last_commit is not None
    assert history.last_commit.subject == "fix: find more"
    assert history.changes == (FileChange("search.py", 3, 0),)
    assert history.lag is not None
    assert history.lag.commits == 1


def test_without_an_event_file_the_second_parent_is_the_work(pull_request: tuple[Path, dict[str, str]]) -> None:
    root, environment = pull_request
    check_out(root)
    del environment["GITHUB_EVENT_PATH"]

    assert subjects(history_of(root, environment)) == ["fix: find more", "feat: add a search"]


@pytest.mark.parametrize("depth", ["--depth=1", "--depth=2"])
def test_a_pull_request_that_is_checked_out_shallow_is_unknown(
    pull_request: tuple[Path, dict[str, str]], depth: str
) -> None:
    root, environment = pull_request
    check_out(root, depth)

    history = history_of(root, environment)

    assert (history.work, history.lag, history.changes) == (None, None, None)
    assert history.problem


def test_the_base_that_is_checked_out_for_a_pull_request_target_is_no_work(
    pull_request: tuple[Path, dict[str, str]],
) -> None:
    root, environment = pull_request
    check_out(root)
    run_git(root, "switch", "-q", "-c", "main", "origin/main")

    history = history_of(root, environment | {"GITHUB_REF": "refs/heads/main"})

    assert (history.work, history.last_commit, history.unpublished) == (None, None, None)


def test_a_merge_that_some_other_tool_made_for_its_pipeline_is_unknown(
    pull_request: tuple[Path, dict[str, str]],
) -> None:
    root, _ = pull_request
    check_out(root)
    jenkins = {"JENKINS_URL": "https://ci.example.org/", "CHANGE_BRANCH": "feat/search", "CHANGE_TARGET": "main"}

    assert history_of(root, jenkins).work is None


def test_the_work_of_a_merge_request_is_known_by_the_base_that_gitlab_names(clone: Path) -> None:
    base = run_git(clone, "rev-parse", "origin/main")
    run_git(clone, "switch", "-q", "--detach")
    for branch in ("main", "feat/search"):
        run_git(clone, "branch", "-q", "-D", branch)
    run_git(clone, "remote", "remove", "origin")
    environment = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feat/search",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_COMMIT_SHA": run_git(clone, "rev-parse", "HEAD"),
    }

    history = history_of(clone, environment)

    assert subjects(history) == ["fix: find more", "feat: add a search"]
    assert history.base is not None
    assert history.base.name == "main"


def test_a_push_brings_the_commits_since_the_branch_stood_elsewhere(clone: Path, tmp_path: Path) -> None:
    run_git(clone, "switch", "-q", "main")
    before = run_git(clone, "rev-parse", "HEAD")
    commit(clone, "feat: pushed (#7)")

    history = history_of(clone, github(tmp_path, {"before": before}, GITHUB_REF_NAME="main"))

    assert [one.subject for one in history.pushed or ()] == ["feat: pushed (#7)"]
    assert history.unpublished is None


# Ranges


def test_ranges_are_resolved(clone: Path) -> None:
    history = history_of(clone)

    assert [one.subject for one in history.between("main", "HEAD", 10)] == ["fix: find more", "feat: add a search"]
    assert [one.subject for one in history.between(None, "HEAD~1", 10)] == ["feat: add a search"]


@pytest.mark.parametrize("revision", ["nowhere", "", "-x", "--all", "a\nb", "HEAD^{tree}", "x" * 5_000, "HEAD:app.py"])
def test_what_is_no_commit_is_refused_in_a_sentence(clone: Path, revision: str) -> None:
    with pytest.raises(GitError, match=r"\.$"):
        history_of(clone).between(None, revision, 10)


def test_a_state_whose_commit_is_gone_is_a_problem_and_no_crash(clone: Path) -> None:
    history = history_of(clone)
    history.state = msgspec.structs.replace(history.state, head="1" * 40)

    assert history.work is None
    assert history.problem


def test_a_pull_request_from_the_main_of_a_fork_goes_to_a_branch_of_its_own_name(origin: Path, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", str(origin), "clone")
    root = tmp_path / "clone"
    commit(root, "feat: on the main of a fork")
    head = run_git(root, "rev-parse", "HEAD")
    run_git(root, "switch", "-q", "--detach")
    event = {"pull_request": {"head": {"sha": head}}}

    history = history_of(root, github(tmp_path, event, GITHUB_HEAD_REF="main", GITHUB_BASE_REF="main"))

    # The local main of this clone is the work itself, and no base of it.
    run_git(root, "branch", "-q", "-D", "main")
    assert subjects(history) == ["feat: on the main of a fork"]
