"""The hooks as pre-commit runs them: their manifest, and a scratch repository whose commits and pushes they judge.

One test installs the project as pre-commit does, without a network: what it depends on is taken from the environment of
the tests. In the others the interpreter of the tests stands for that installation.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import APPLICATION, MODELS

from reviewer.file_kinds import kind_of

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
BAD = "app.py"
GOOD = "models.py"
REFUSED = f"{BAD}:10:10  error  "
STAGES = ("pre-commit", "commit-msg", "pre-push")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

Environment = dict[str, str]


def offered() -> dict[str, dict[str, Any]]:
    """The hooks of the manifest by name."""
    return {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text())}


def hook(name: str, **changes: Any) -> dict[str, Any]:
    """A hook of the manifest, run by the interpreter of the tests."""
    manifest = offered()[name]
    program, *arguments = shlex.split(manifest["entry"])
    assert program == "reviewer"
    entry = shlex.join([sys.executable, "-m", "reviewer.cli.main", *arguments])
    return {**manifest, "entry": entry, "language": "system", **changes}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Variables that keep git, pre-commit and the cache away from the person who runs the tests."""
    foreign = ("GIT_", "PRE_COMMIT", "REVIEWER", "GITHUB_", "GITLAB_", "CI")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
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


def configure(folder: Path, *hooks: dict[str, Any]) -> None:
    configuration = {"repos": [{"repo": "local", "hooks": list(hooks)}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))


@pytest.fixture
def repository(tmp_path: Path, environment: Environment) -> Path:
    """A repository with all hooks configured, a first commit without code, and nothing staged."""
    folder = tmp_path / "repository"
    folder.mkdir()
    configure(folder, *map(hook, offered()))
    git(folder, environment, "init", "--quiet", "--initial-branch=feat/shop")
    git(folder, environment, "add", ".")
    git(folder, environment, "commit", "--quiet", "-m", "chore: configure the hooks")
    (folder / BAD).write_text(APPLICATION)
    (folder / GOOD).write_text(MODELS)
    (folder / "notes.txt").write_text("Nothing to review.\n")
    return folder


def run(folder: Path, environment: Environment, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def git(folder: Path, environment: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, environment, "git", *arguments)


def pre_commit(folder: Path, environment: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, environment, sys.executable, "-m", "pre_commit", *arguments)


def printed(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


# The manifest --------------------------------------------------------------------------------------------------------


def test_the_manifest_is_valid(tmp_path: Path, environment: Environment) -> None:
    done = pre_commit(tmp_path, environment, "validate-manifest", str(MANIFEST))

    assert done.returncode == 0, printed(done)


def test_each_hook_runs_once_at_its_stage() -> None:
    hooks = offered()

    assert {name: one["stages"] for name, one in hooks.items()} == {
        "reviewer": ["pre-commit", "pre-merge-commit", "manual"],
        "reviewer-commit-msg": ["commit-msg"],
        "reviewer-branch": ["pre-push"],
    }
    assert all(one["require_serial"] for one in hooks.values())
    assert [name for name, one in hooks.items() if one["pass_filenames"]] == ["reviewer-commit-msg"]
    assert [name for name, one in hooks.items() if one.get("always_run")] == ["reviewer-branch"]


@pytest.mark.parametrize(
    "path",
    [
        *("app.py", "a/b/views.py", "page.html", "page.htm", "mail.jinja", "mail.jinja2", "mail.txt.j2"),
        *("app/templates/mail.txt", "templates/feed.xml", "pyproject.toml", "services/orders/pyproject.toml"),
        *("Dockerfile", "Dockerfile.dev", "dev.dockerfile", "Containerfile", "deploy/Containerfile.prod"),
        *("compose.yaml", "docker-compose.yml", "compose.override.yml", "docker-compose-dev.yaml", "alembic.ini"),
        *(".env", ".env.example", "config/.env.local", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"),
        *("requirements.txt", "dev-requirements.txt", "requirements-dev.txt", "requirements/base.txt"),
        *("notes.txt", "README.md", "happy", "my.python", "compose.txt", "main.pyc", "environment.yaml", "lock"),
    ],
)
def test_the_review_runs_for_the_kinds_of_files_that_are_read(path: str) -> None:
    folder, slash, name = path.rpartition("/")
    is_read = kind_of(f"{folder}{slash}".encode(), name.encode()) is not None

    assert bool(re.search(offered()["reviewer"]["files"], path)) == is_read


# The review ----------------------------------------------------------------------------------------------------------


def test_what_is_staged_is_reviewed_and_nothing_else(repository: Path, environment: Environment) -> None:
    git(repository, environment, "add", GOOD, "notes.txt")
    good = pre_commit(repository, environment, "run")
    git(repository, environment, "add", BAD)
    bad = pre_commit(repository, environment, "run")

    assert (good.returncode, bad.returncode) == (0, 1), printed(good) + printed(bad)
    assert "review the web application" in good.stdout
    assert REFUSED in bad.stdout


def test_what_was_there_before_is_not_reported_again(repository: Path, environment: Environment) -> None:
    git(repository, environment, "add", BAD, GOOD)
    git(repository, environment, "commit", "--quiet", "-m", "feat: add a shop")
    (repository / BAD).write_text(APPLICATION.replace('"""A shop."""', '"""A shop of items."""'))
    git(repository, environment, "add", BAD)
    done = pre_commit(repository, environment, "run")

    assert done.returncode == 0, printed(done)


def test_all_files_of_a_pipeline_are_reviewed_although_nothing_is_staged(
    repository: Path, environment: Environment
) -> None:
    git(repository, environment, "add", BAD, GOOD)
    git(repository, environment, "commit", "--quiet", "-m", "feat: add a shop")
    everything = pre_commit(repository, environment, "run", "--all-files")
    since = pre_commit(repository, environment, "run", "--from-ref", "HEAD~1", "--to-ref", "HEAD")
    nothing = pre_commit(repository, environment, "run", "--from-ref", "HEAD", "--to-ref", "HEAD")

    assert (everything.returncode, since.returncode, nothing.returncode) == (1, 1, 0)
    assert REFUSED in everything.stdout
    assert REFUSED in since.stdout


@pytest.mark.parametrize("arguments", [[], ["--select", "unused-path-parameter"], ["--"], ["--no-source", "."]])
def test_a_file_named_like_an_option_steers_no_hook_whatever_its_arguments(
    repository: Path, environment: Environment, arguments: list[str]
) -> None:
    configure(repository, hook("reviewer", args=arguments))
    for name in ("--exclude=*.py", "--ignore=unused-path-parameter.py", "-h.py"):
        (repository / name).write_text('"""Would hide findings."""\n')
        git(repository, environment, "add", "--", name)
    git(repository, environment, "add", "--", BAD, ".pre-commit-config.yaml")
    done = pre_commit(repository, environment, "run")

    assert done.returncode == 1, printed(done)
    assert REFUSED in done.stdout


# Installed -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def installed(repository: Path, environment: Environment) -> Path:
    """The repository with the hooks of git in place, and a remote to push to."""
    done = pre_commit(repository, environment, "install", *(f"--hook-type={stage}" for stage in STAGES))
    assert done.returncode == 0, printed(done)
    git(repository, environment, "init", "--quiet", "--bare", "../remote.git")
    git(repository, environment, "remote", "add", "origin", str(repository.parent / "remote.git"))
    return repository


def test_a_commit_with_findings_is_refused_and_a_good_one_accepted(installed: Path, environment: Environment) -> None:
    git(installed, environment, "add", BAD, GOOD)
    refused = git(installed, environment, "commit", "--quiet", "-m", "feat: add a shop")
    git(installed, environment, "rm", "--quiet", "--cached", BAD)
    (installed / BAD).unlink()
    accepted = git(installed, environment, "commit", "--quiet", "-m", "feat: add models")

    assert refused.returncode != 0
    assert REFUSED in printed(refused)
    assert accepted.returncode == 0, printed(accepted)
    assert git(installed, environment, "log", "-1", "--format=%s").stdout == "feat: add models\n"


def test_a_commit_of_all_changes_is_judged_by_what_it_holds(installed: Path, environment: Environment) -> None:
    (installed / BAD).write_text('"""A shop."""\n')
    git(installed, environment, "add", BAD)
    git(installed, environment, "commit", "--quiet", "-m", "feat: open the shop")
    (installed / BAD).write_text(APPLICATION)
    refused = git(installed, environment, "commit", "--quiet", "--all", "-m", "feat: add items")

    assert refused.returncode != 0
    assert REFUSED in printed(refused)


def test_a_bad_message_is_refused_with_a_proposal_and_a_good_one_accepted(
    installed: Path, environment: Environment
) -> None:
    git(installed, environment, "add", GOOD)
    refused = git(installed, environment, "commit", "--quiet", "-m", "Added models.")
    accepted = git(installed, environment, "commit", "--quiet", "-m", "feat: add models")

    assert refused.returncode != 0
    assert "judge the commit message" in printed(refused)
    assert "[commit-message-format]" in printed(refused)
    assert accepted.returncode == 0, printed(accepted)


def test_a_bad_branch_name_is_refused_at_the_push_and_a_good_one_accepted(
    installed: Path, environment: Environment
) -> None:
    accepted = git(installed, environment, "push", "--quiet", "origin", "feat/shop")
    git(installed, environment, "commit", "--quiet", "--allow-empty", "-m", "chore: go on")  # only news are judged
    renamed = git(installed, environment, "push", "--quiet", "origin", "feat/shop:My_Shop")
    git(installed, environment, "branch", "--quiet", "stuff")
    other = git(installed, environment, "push", "--quiet", "origin", "stuff")
    git(installed, environment, "tag", "v1.0")
    tag = git(installed, environment, "push", "--quiet", "origin", "v1.0")

    assert (accepted.returncode, tag.returncode) == (0, 0), printed(accepted) + printed(tag)
    assert renamed.returncode != 0
    assert "My_Shop" in printed(renamed)
    assert other.returncode != 0
    assert "[branch-name]" in printed(other)
    assert git(installed, environment, "ls-remote", "--heads", "origin").stdout.split()[1::2] == [
        "refs/heads/feat/shop"
    ]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository of the project")
def test_pre_commit_installs_the_project_and_runs_the_hook(repository: Path, environment: Environment) -> None:
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it as "no isolation"
        "PYTHONPATH": sysconfig.get_path("purelib"),
    }
    git(repository, environment, "add", BAD)
    done = pre_commit(repository, {**environment, **offline}, "try-repo", str(ROOT), "reviewer")

    assert done.returncode == 1, printed(done)
    assert REFUSED in done.stdout
