"""What the tests of git share: plain git to build repositories with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


def run_git(folder: Path, *arguments: str) -> str:
    """Plain git, with nothing of the surroundings but the program."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | IDENTITY
    result = subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)
    return result.stdout.decode().strip()


def commit_all(folder: Path, message: str = "feat: go on") -> str:
    """Commits everything, and gives the name of the commit."""
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", message)
    return run_git(folder, "rev-parse", "HEAD")


def make_repository(folder: Path, branch: str = "main") -> Path:
    """An empty repository."""
    folder.mkdir(parents=True, exist_ok=True)
    run_git(folder, "init", "--quiet", "--initial-branch", branch)
    return folder
