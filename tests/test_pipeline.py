"""What the variables of CI platforms say of a run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reviewer.pipeline import Pipeline, find_pipeline, is_committing

BEFORE, HEAD, BASE = "a" * 40, "b" * 40, "c" * 40


def found(root: Path, environment: dict[str, str]) -> Pipeline:
    pipeline = find_pipeline(root, environment)
    assert pipeline is not None
    return pipeline


@pytest.mark.parametrize(
    ("environment", "branch"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_HEAD_REF": "fix/a", "GITHUB_REF_NAME": "7/merge"}, "fix/a"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_HEAD_REF": "", "GITHUB_REF_NAME": "fix/b"}, "fix/b"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/fix/b"}, "fix/b"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "v1", "GITHUB_REF_TYPE": "tag"}, None),
        ({"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "7/merge"}, None),
        ({"GITLAB_CI": "true", "CI_COMMIT_REF_NAME": "fix/c"}, "fix/c"),
        ({"GITLAB_CI": "true", "CI_COMMIT_REF_NAME": "v1", "CI_COMMIT_TAG": "v1"}, None),
        ({"GITLAB_CI": "true", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "fix/d", "CI_COMMIT_REF_NAME": "main"}, "fix/d"),
        ({"GITLAB_CI": "true", "CI_COMMIT_REF_NAME": "refs/merge-requests/7/head"}, None),
        ({"BITBUCKET_BUILD_NUMBER": "7", "BITBUCKET_BRANCH": "fix/e"}, "fix/e"),
        ({"BITBUCKET_BUILD_NUMBER": "7", "BITBUCKET_TAG": "v1"}, None),
        ({"TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/heads/fix/f"}, "fix/f"),
        ({"TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/tags/v1"}, None),
        (
            {
                "TF_BUILD": "True",
                "BUILD_SOURCEBRANCH": "refs/pull/7/merge",
                "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/fix/g",
            },
            "fix/g",
        ),
        ({"CIRCLECI": "true", "CIRCLE_BRANCH": "fix/h"}, "fix/h"),
        ({"CIRCLECI": "true", "CIRCLE_BRANCH": "pull/7"}, None),
        ({"JENKINS_URL": "https://ci.example.org/", "BRANCH_NAME": "fix/i"}, "fix/i"),
        ({"JENKINS_URL": "https://ci.example.org/", "BRANCH_NAME": "PR-7", "CHANGE_BRANCH": "fix/j"}, "fix/j"),
        ({"JENKINS_URL": "https://ci.example.org/", "BRANCH_NAME": "PR-7"}, None),
        ({"JENKINS_URL": "https://ci.example.org/", "BRANCH_NAME": "v1", "TAG_NAME": "v1"}, None),
    ],
)
def test_a_pipeline_tells_the_branch(tmp_path: Path, environment: dict[str, str], branch: str | None) -> None:
    assert found(tmp_path, environment).branch == branch


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"CI": "true"},
        {"GITHUB_HEAD_REF": "fix/a", "CI_COMMIT_REF_NAME": "fix/c", "BRANCH_NAME": "fix/d"},
        {"GITHUB_ACTIONS": "true", "GITHUB_HEAD_REF": "fix/a", "GITHUB_WORKSPACE": "/somewhere/else"},
        {"GITLAB_CI": "true", "CI_COMMIT_REF_NAME": "fix/a", "CI_PROJECT_DIR": "/somewhere/else"},
    ],
)
def test_no_pipeline_runs_for_this_folder(tmp_path: Path, environment: dict[str, str]) -> None:
    assert find_pipeline(tmp_path, environment) is None


def with_event(folder: Path, event: object) -> dict[str, str]:
    """The environment of a workflow that an event started."""
    path = folder / "event.json"
    path.write_text(event if isinstance(event, str) else json.dumps(event))
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)}


def test_the_event_of_a_pull_request_tells_base_and_work(tmp_path: Path) -> None:
    event = {
        "pull_request": {"head": {"sha": HEAD, "ref": "fix/a"}, "base": {"sha": BASE, "ref": "main"}},
        "repository": {"default_branch": "trunk"},
    }
    environment = with_event(tmp_path, event) | {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_HEAD_REF": "fix/a",
        "GITHUB_BASE_REF": "main",
    }

    assert found(tmp_path, environment) == Pipeline(
        platform="GitHub Actions",
        branch="fix/a",
        base_branch="main",
        default_branch="trunk",
        is_pull_request=True,
        is_forge_merge=True,
        head=HEAD,
        base=BASE,
    )


def test_the_event_of_a_push_tells_where_the_branch_stood(tmp_path: Path) -> None:
    environment = with_event(tmp_path, {"before": BEFORE, "after": HEAD}) | {"GITHUB_EVENT_NAME": "push"}

    assert found(tmp_path, environment).before == BEFORE


def test_a_branch_that_is_pushed_first_stood_nowhere(tmp_path: Path) -> None:
    assert found(tmp_path, with_event(tmp_path, {"before": "0" * 40})).before is None


def test_a_merge_queue_names_its_base(tmp_path: Path) -> None:
    group = {"head_sha": HEAD, "base_sha": BASE, "base_ref": "refs/heads/main"}
    pipeline = found(tmp_path, with_event(tmp_path, {"merge_group": group}) | {"GITHUB_EVENT_NAME": "merge_group"})

    assert (pipeline.base_branch, pipeline.base, pipeline.head, pipeline.before) == ("main", BASE, HEAD, None)


@pytest.mark.parametrize("event", ["", "[]", "{", "\xff", '{"pull_request": 7}', "[" * 100_000, '{"before": {"a": 1}}'])
def test_an_event_that_cannot_be_read_tells_nothing(tmp_path: Path, event: str) -> None:
    pipeline = found(tmp_path, with_event(tmp_path, event))

    assert (pipeline.head, pipeline.base, pipeline.before) == (None, None, None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_an_event_file_that_is_a_pipe_or_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "missing"):
        assert found(tmp_path, {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)}).head is None


def test_a_name_that_is_no_object_is_no_commit(tmp_path: Path) -> None:
    event = {"pull_request": {"head": {"sha": "--output=/etc/passwd"}, "base": {"sha": "main"}}}
    pipeline = found(tmp_path, with_event(tmp_path, event))

    assert (pipeline.head, pipeline.base) == (None, None)


def test_a_merge_request_of_gitlab_tells_its_base(tmp_path: Path) -> None:
    environment = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "fix/a",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": BASE,
        "CI_COMMIT_BEFORE_SHA": "0" * 40,
        "CI_COMMIT_SHA": HEAD,
        "CI_DEFAULT_BRANCH": "trunk",
    }

    assert found(tmp_path, environment) == Pipeline(
        platform="GitLab CI",
        branch="fix/a",
        base_branch="main",
        default_branch="trunk",
        is_pull_request=True,
        head=HEAD,
        base=BASE,
    )
    merged = found(tmp_path, environment | {"CI_COMMIT_SHA": BEFORE, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD})
    assert (merged.head, merged.is_forge_merge) == (HEAD, True)


@pytest.mark.parametrize(
    ("environment", "is_hook"),
    [
        ({}, False),
        ({"GIT_INDEX_FILE": ".git/index"}, True),
        ({"PRE_COMMIT": "1"}, True),
        ({"GIT_DIR": ".git", "PRE_COMMIT": "0"}, False),
    ],
)
def test_a_hook_before_the_commit_is_told_from_other_runs(environment: dict[str, str], is_hook: bool) -> None:
    assert is_committing(environment) == is_hook
