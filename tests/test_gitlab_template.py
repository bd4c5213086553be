"""The template for GitLab CI, its script run with the variables and clones that GitLab provides."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from pipelines import NEW, NO_COMMIT, OLD, Remote, check_out, job_environment, make_remote, run_script

ROOT = Path(__file__).parents[1]
JOB: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text())["reviewer"]
USERS = "users/{user_id}"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


class Ended(NamedTuple):
    """How the job ended; the two reports are None where there are none."""

    code: int
    out: str
    err: str
    quality: Any
    tests: str | None


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Remote:
    """The repository on the forge; no test changes it."""
    return make_remote(tmp_path_factory.mktemp("forge"))


def run_job(folder: Path, remote: Remote, reference: str, commit: str, **variables: str) -> Ended:
    """Runs the script of the job as a shell of the runner does."""
    clone = check_out(remote, folder / "clone", reference, commit, int(JOB["variables"]["GIT_DEPTH"]))
    environment = job_environment(
        folder,
        **{
            "GITLAB_CI": "true",
            "CI": "true",
            "CI_PROJECT_DIR": str(clone),
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": commit,
            "CI_COMMIT_BEFORE_SHA": NO_COMMIT,
            **JOB["variables"],
            **variables,
        },
    )
    code, out, err = run_script("\n".join(JOB["script"]), ["sh", "-e"], clone, environment)
    quality, tests = (clone / name for name in ("gl-code-quality-report.json", "reviewer-junit.xml"))
    return Ended(
        code,
        out,
        err,
        json.loads(quality.read_text()) if quality.exists() else None,
        tests.read_text() if tests.exists() else None,
    )


def merge_request(folder: Path, remote: Remote, *, is_merged: bool = False, **variables: str) -> Ended:
    known = {
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feat/orders",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": remote.base,
    }
    if is_merged:
        known |= {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": remote.main, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": remote.head}
        return run_job(folder, remote, "refs/pull/7/merge", remote.merge, **known, **variables)
    return run_job(folder, remote, "refs/heads/feat/orders", remote.head, **known, **variables)


@pytest.mark.parametrize("is_merged", [False, True])
def test_the_log_and_the_tests_tell_what_the_merge_request_brought(
    tmp_path: Path, remote: Remote, is_merged: bool
) -> None:
    ended = merge_request(tmp_path, remote, is_merged=is_merged)

    assert ended.code == 1, ended.out + ended.err
    assert NEW in ended.out
    assert OLD not in ended.out
    assert USERS not in ended.out
    assert ended.tests is not None
    assert ' failures="1" ' in ended.tests


def test_the_code_quality_report_holds_everything_since_gitlab_compares_it(tmp_path: Path, remote: Remote) -> None:
    ended = merge_request(tmp_path, remote)

    assert [(one["location"]["path"], one["location"]["lines"]["begin"]) for one in ended.quality] == [
        ("app.py", 10),
        ("app.py", 22),
    ]


def test_a_push_is_compared_with_what_was_there_before(tmp_path: Path, remote: Remote) -> None:
    pushed = {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_BEFORE_SHA": remote.base}
    ended = run_job(tmp_path, remote, "refs/heads/main", remote.main, **pushed)

    assert ended.code == 1, ended.out + ended.err
    assert USERS in ended.out
    assert OLD not in ended.out


def test_a_new_branch_is_compared_with_the_default_branch(tmp_path: Path, remote: Remote) -> None:
    ended = run_job(tmp_path, remote, "refs/heads/feat/orders", remote.head, CI_COMMIT_BRANCH="feat/orders")

    assert ended.code == 1, ended.out + ended.err
    assert NEW in ended.out
    assert OLD not in ended.out


def test_the_first_pipeline_of_the_default_branch_reviews_everything(tmp_path: Path, remote: Remote) -> None:
    ended = run_job(tmp_path, remote, "refs/heads/main", remote.main, CI_COMMIT_BRANCH="main")

    assert ended.code == 1, ended.out + ended.err
    assert OLD in ended.out
    assert USERS in ended.out


def test_least_severity_is_taken_from_its_variable(tmp_path: Path, remote: Remote) -> None:
    refused = merge_request(tmp_path, remote, REVIEWER_FAIL_ON="fatal")

    assert refused.code == 2
    assert "fatal" in refused.err


@pytest.mark.parametrize("path", ["--help", "/etc", ""])
def test_a_path_that_is_no_folder_of_the_repository_is_refused(tmp_path: Path, remote: Remote, path: str) -> None:
    ended = merge_request(tmp_path, remote, REVIEWER_PATH=path)

    assert (ended.code, ended.out, ended.quality) == (2, "", None)


def test_names_are_never_run(tmp_path: Path, remote: Remote) -> None:
    hostile = "$(touch${IFS}canary)`touch${IFS}canary`;touch${IFS}canary"
    names = {"CI_DEFAULT_BRANCH": hostile, "CI_MERGE_REQUEST_DIFF_BASE_SHA": f"--output=canary{hostile}"}
    ended = run_job(tmp_path, remote, "refs/heads/main", remote.main, CI_COMMIT_BRANCH=hostile, **names)

    assert ended.code == 1, ended.out + ended.err
    assert not list(tmp_path.rglob("canary*"))


def test_the_reports_of_the_script_are_those_that_are_kept() -> None:
    script = "\n".join(JOB["script"])

    assert {
        f"gitlab={JOB['artifacts']['reports']['codequality']}",
        f"junit={JOB['artifacts']['reports']['junit']}",
    } == {word for word in script.split() if word.startswith(("gitlab=", "junit="))}
    assert JOB["artifacts"]["when"] == "always"


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_shellcheck_finds_nothing_in_the_script() -> None:
    script = "\n".join(JOB["script"])
    done = subprocess.run(["shellcheck", "--shell=sh", "-"], input=script, capture_output=True, text=True, check=False)

    assert done.stdout == ""
