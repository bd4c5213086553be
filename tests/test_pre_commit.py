"""The hook as pre-commit runs it: its manifest, and commits in a scratch repository that it refuses or lets pass.

Only the installation of the hook is left out, which needs a network; the interpreter of the tests stands for it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import APPLICATION, MODELS

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
BAD = "app.py"
GOOD = "models.py"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def hook() -> dict[str, Any]:
    """The hook of the manifest, run by the interpreter of the tests."""
    [offered] = yaml.safe_load(MANIFEST.read_text())
    program, *arguments = shlex.split(offered["entry"])
    assert program == "reviewer"
    entry = shlex.join([sys.executable, "-m", "reviewer.cli.main", *arguments])
    return {**offered, "entry": entry, "language": "system"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables that keep git, pre-commit and the cache away from the person who runs the tests."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT", "REVIEWER"))
    }
    author = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "A"), ("EMAIL", "a@b.c"))
    }
    return {
        **kept,
        **author,
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(tmp_path),
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


@pytest.fixture
def repository(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A repository with the hook configured, and nothing staged but the configuration."""
    folder = tmp_path / "repository"
    folder.mkdir()
    configuration = {"repos": [{"repo": "local", "hooks": [hook()]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))
    (folder / BAD).write_text(APPLICATION)
    (folder / GOOD).write_text(MODELS)
    (folder / "notes.txt").write_text("Nothing to review.\n")
    for command in ("init --quiet --initial-branch=main", "add .pre-commit-config.yaml"):
        run(folder, environment, "git", *command.split())
    return folder


def run(folder: Path, environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def pre_commit(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, environment, sys.executable, "-m", "pre_commit", *arguments)


def test_the_manifest_is_valid(tmp_path: Path, environment: dict[str, str]) -> None:
    done = pre_commit(tmp_path, environment, "validate-manifest", str(MANIFEST))

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hook_reads_the_whole_project_once() -> None:
    offered = hook()

    assert offered["pass_filenames"] is True
    assert offered["require_serial"] is True


@pytest.mark.parametrize(("name", "code"), [(BAD, 1), (GOOD, 0)])
def test_the_hook_judges_the_files_that_it_is_given(
    repository: Path, environment: dict[str, str], name: str, code: int
) -> None:
    done = run(repository, environment, *shlex.split(hook()["entry"]), name)

    assert done.returncode == code
    assert done.stderr == ""
    assert (f"{BAD}:10:10  error  " in done.stdout) == bool(code)


def test_pre_commit_passes_what_is_staged_and_of_a_kind_that_is_reviewed(
    repository: Path, environment: dict[str, str]
) -> None:
    run(repository, environment, "git", "add", GOOD, "notes.txt")
    good = pre_commit(repository, environment, "run")
    run(repository, environment, "git", "add", BAD)
    bad = pre_commit(repository, environment, "run")

    assert (good.returncode, bad.returncode) == (0, 1), good.stdout + bad.stdout
    assert "review the web application" in good.stdout
    assert f"{BAD}:10:10  error  " in bad.stdout
    assert f"\n{GOOD}:" not in bad.stdout


def test_a_file_named_like_an_option_does_not_steer_the_hook(repository: Path, environment: dict[str, str]) -> None:
    (repository / "--exclude=*.py").write_text('"""Would hide all files."""\n')
    run(repository, environment, "git", "add", "--", BAD, "--exclude=*.py")
    done = pre_commit(repository, environment, "run")

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{BAD}:10:10  error  " in done.stdout


def test_a_commit_with_findings_is_refused(repository: Path, environment: dict[str, str]) -> None:
    pre_commit(repository, environment, "install")
    run(repository, environment, "git", "add", BAD, GOOD)
    refused = run(repository, environment, "git", "commit", "--quiet", "-m", "feat: add a shop")
    run(repository, environment, "git", "rm", "--quiet", "--cached", BAD)
    (repository / BAD).unlink()
    accepted = run(repository, environment, "git", "commit", "--quiet", "-m", "feat: add models")

    assert refused.returncode != 0
    assert f"{BAD}:10:10  error  " in refused.stdout + refused.stderr
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert run(repository, environment, "git", "log", "--format=%s").stdout == "feat: add models\n"
