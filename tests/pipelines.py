"""What the tests of pipelines share: an application with a history, its remote, and a job's clone with its variables."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from command_line import APPLICATION, MODELS
from git_repositories import commit_all, make_repository, run_git

#: An endpoint with a finding at 22:10.
ADDED = '''

@app.get("/orders/{order_id}", tags=["orders"], response_model=Item)
def read_order(other: int):
    """Read an order."""
'''
NEW = "orders/{order_id}"
OLD = "items/{item_id}"
NO_COMMIT = "0" * 40
FOREIGN = ("GIT_", "GITHUB_", "GITLAB_", "CI", "RUNNER_", "REVIEWER", "PRE_COMMIT", "INPUT_")


class Remote(NamedTuple):
    """A bare repository with a pull request: `base` is main when it began, `main` is main now, `head` the work."""

    folder: Path
    base: str
    main: str
    head: str
    merge: str


def make_remote(folder: Path) -> Remote:
    """Main has an old finding; the work brings one; main has moved on by a third in a file of its own."""
    work = make_repository(folder / "work")
    (work / "app.py").write_text(APPLICATION)
    (work / "models.py").write_text(MODELS)
    (work / "pyproject.toml").write_text('[tool.reviewer]\nselect = ["unused-path-parameter"]\n')
    base = commit_all(work, "feat: open the shop")
    run_git(work, "checkout", "-q", "-b", "feat/orders")
    with (work / "app.py").open("a") as file:
        file.write(ADDED)
    head = commit_all(work, "feat: read orders")
    run_git(work, "checkout", "-q", "main")
    moved_on = APPLICATION.replace("items/{item_id}", "users/{user_id}")
    (work / "users.py").write_text(moved_on)
    main = commit_all(work, "feat: read users")
    run_git(work, "checkout", "-q", "--detach")
    run_git(work, "merge", "--quiet", "--no-ff", "-m", "Merge the work into main", "feat/orders")
    merge = run_git(work, "rev-parse", "HEAD")
    bare = folder / "remote.git"
    run_git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    run_git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")  # as forges do
    run_git(work, "push", "--quiet", str(bare), "main", "feat/orders", "HEAD:refs/pull/7/merge")
    return Remote(bare, base, main, head, merge)


def check_out(remote: Remote, folder: Path, reference: str, commit: str, depth: int = 1) -> Path:
    """The clone that a job works in: one reference, detached, without other branches unless `depth` is 0."""
    make_repository(folder)
    run_git(folder, "remote", "add", "origin", remote.folder.as_uri())
    references = ["+refs/heads/*:refs/remotes/origin/*", f"+{reference}:refs/remotes/job"]
    shallow = [f"--depth={depth}", references[1]] if depth else references
    run_git(folder, "fetch", "--quiet", "--no-tags", "origin", *shallow)
    run_git(folder, "checkout", "--quiet", "--detach", commit)
    return folder


def job_environment(folder: Path, **variables: str) -> dict[str, str]:
    """The variables of a job, with `reviewer` as the tests run it."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    command = programs / "reviewer"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -m reviewer.cli.main "$@"\n')
    command.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {
        **kept,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "REVIEWER_PYTHON": sys.executable,
        **variables,
    }


def run_script(script: str, shell: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str, str]:
    """How a step of a job ended: its code and what it printed to both streams."""
    done = subprocess.run(
        [*shell, "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout, done.stderr
