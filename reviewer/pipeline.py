"""What a CI platform says of the run: which branch is built, where it goes, which commits are new.

The only place that knows the variables of GitHub Actions, GitLab CI, Bitbucket, Azure, CircleCI and Jenkins. Takes an
environment, reads at most the event file of GitHub, and starts nothing.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from reviewer.git_plumbing import lies_within

EVENT_LIMIT = 16_000_000  # bytes of GitHub's event file

_OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NO_COMMIT = re.compile(r"0+")
_FORGE_MERGE = re.compile(r"refs/pull/\d+/merge")
_PULL_REQUEST_REF = re.compile(r"pull/\d+(?:/(?:head|merge))?|PR-\d+|\d+/merge")

Environment = Mapping[str, str]


class Pipeline(msgspec.Struct, frozen=True):
    """The run of a pipeline; a part that the platform does not tell is None. Branches are short names."""

    platform: str
    workspace: str | None = None  # the folder that the platform checked out
    branch: str | None = None  # that of the work; None for tags
    base_branch: str | None = None  # that a pull request goes to
    default_branch: str | None = None
    is_pull_request: bool = False
    is_forge_merge: bool = False  # HEAD is the merge that the platform made of base and work
    head: str | None = None  # the last commit of the work, which need not be HEAD
    base: str | None = None  # a commit of the base branch
    before: str | None = None  # where the branch stood before the push


def find_pipeline(root: Path, environment: Environment | None = None) -> Pipeline | None:
    """The pipeline that runs for the repository at `root`, None where none does; of this process by default."""
    environment = os.environ if environment is None else environment
    for read in _PLATFORMS:
        pipeline = read(environment)
        if pipeline is not None:
            is_ours = not pipeline.workspace or lies_within(root, Path(pipeline.workspace).expanduser())
            return pipeline if is_ours else None
    return None


def is_committing(environment: Environment | None = None) -> bool:
    """Whether a hook of `git commit` runs, so that HEAD is still the commit before the one that is being made."""
    environment = os.environ if environment is None else environment
    return bool(environment.get("GIT_INDEX_FILE")) or environment.get("PRE_COMMIT") == "1"


def _github(environment: Environment) -> Pipeline | None:
    if environment.get("GITHUB_ACTIONS") != "true":
        return None
    event = _read_event(environment.get("GITHUB_EVENT_PATH"))
    request = _table(event, "pull_request")
    group = _table(event, "merge_group")
    head_branch = environment.get("GITHUB_HEAD_REF") or None
    branch = head_branch
    if branch is None and environment.get("GITHUB_REF_TYPE", "branch") == "branch":
        branch = _short(environment.get("GITHUB_REF_NAME") or environment.get("GITHUB_REF"))
    is_push = environment.get("GITHUB_EVENT_NAME", "push") == "push"
    return Pipeline(
        platform="GitHub Actions",
        workspace=environment.get("GITHUB_WORKSPACE"),
        branch=branch,
        base_branch=environment.get("GITHUB_BASE_REF") or _short(_text(group, "base_ref")),
        default_branch=_text(_table(event, "repository"), "default_branch"),
        is_pull_request=head_branch is not None or bool(request),
        is_forge_merge=bool(_FORGE_MERGE.fullmatch(environment.get("GITHUB_REF", ""))),
        head=_commit(_text(_table(request, "head"), "sha") or _text(group, "head_sha")),
        base=_commit(_text(_table(request, "base"), "sha") or _text(group, "base_sha")),
        before=_commit(_text(event, "before")) if is_push else None,
    )


def _gitlab(environment: Environment) -> Pipeline | None:
    if environment.get("GITLAB_CI") != "true":
        return None
    source = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") or None
    branch = source
    if branch is None and not environment.get("CI_COMMIT_TAG"):
        branch = _short(environment.get("CI_COMMIT_REF_NAME"))
    # Only pipelines for merged results have it; in the others the work's last commit is the one that is built.
    source_head = _commit(environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"))
    return Pipeline(
        platform="GitLab CI",
        workspace=environment.get("CI_PROJECT_DIR"),
        branch=branch,
        base_branch=environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") or None,
        default_branch=environment.get("CI_DEFAULT_BRANCH") or None,
        is_pull_request=source is not None,
        is_forge_merge=source_head is not None,
        head=source_head or _commit(environment.get("CI_COMMIT_SHA")),
        base=_commit(environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")),
        before=None if source else _commit(environment.get("CI_COMMIT_BEFORE_SHA")),
    )


def _bitbucket(environment: Environment) -> Pipeline | None:
    if not environment.get("BITBUCKET_BUILD_NUMBER"):
        return None
    target = environment.get("BITBUCKET_PR_DESTINATION_BRANCH") or None
    return Pipeline(
        platform="Bitbucket Pipelines",
        workspace=environment.get("BITBUCKET_CLONE_DIR"),
        branch=_short(environment.get("BITBUCKET_BRANCH")),
        base_branch=target,
        is_pull_request=target is not None,
        head=_commit(environment.get("BITBUCKET_COMMIT")),
        base=_commit(environment.get("BITBUCKET_PR_DESTINATION_COMMIT")),
    )


def _azure(environment: Environment) -> Pipeline | None:
    if environment.get("TF_BUILD", "").lower() != "true":
        return None
    source = environment.get("SYSTEM_PULLREQUEST_SOURCEBRANCH") or None
    reference = environment.get("BUILD_SOURCEBRANCH", "")
    return Pipeline(
        platform="Azure Pipelines",
        workspace=environment.get("BUILD_SOURCESDIRECTORY"),
        branch=_short(source or (reference if reference.startswith("refs/heads/") else None)),
        base_branch=_short(environment.get("SYSTEM_PULLREQUEST_TARGETBRANCH")),
        is_pull_request=source is not None,
        is_forge_merge=bool(_FORGE_MERGE.fullmatch(reference)),
        head=_commit(environment.get("SYSTEM_PULLREQUEST_SOURCECOMMITID")),
    )


def _circleci(environment: Environment) -> Pipeline | None:
    if environment.get("CIRCLECI") != "true":
        return None
    return Pipeline(
        platform="CircleCI",
        workspace=environment.get("CIRCLE_WORKING_DIRECTORY"),
        branch=_short(environment.get("CIRCLE_BRANCH")),
        is_pull_request=bool(environment.get("CIRCLE_PULL_REQUEST")),
        head=_commit(environment.get("CIRCLE_SHA1")),
    )


def _jenkins(environment: Environment) -> Pipeline | None:
    if not environment.get("JENKINS_URL"):
        return None
    target = environment.get("CHANGE_TARGET") or None
    branch = environment.get("CHANGE_BRANCH") or environment.get("BRANCH_NAME")
    return Pipeline(
        platform="Jenkins",
        workspace=environment.get("WORKSPACE"),
        branch=None if environment.get("TAG_NAME") else _short(branch),
        base_branch=target,
        is_pull_request=target is not None,
        before=None if target else _commit(environment.get("GIT_PREVIOUS_COMMIT")),
    )


_PLATFORMS: tuple[Callable[[Environment], Pipeline | None], ...] = (
    _github, _gitlab, _bitbucket, _azure, _circleci, _jenkins,
)  # fmt: skip


def _short(reference: str | None) -> str | None:
    """The name of a branch; None for what a platform calls a pull request."""
    name = (reference or "").removeprefix("refs/heads/")
    return None if not name or name.startswith("refs/") or _PULL_REQUEST_REF.fullmatch(name) else name


def _commit(name: str | None) -> str | None:
    """A full object name; None for anything else, and for the zeros that stand for no commit."""
    return name if name and _OBJECT_NAME.fullmatch(name) and not _NO_COMMIT.fullmatch(name) else None


def _read_event(path: str | None) -> dict[str, Any]:
    """The event that started a workflow of GitHub; empty where it cannot be read."""
    if not path:
        return {}
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return {}
            content = file.read(EVENT_LIMIT + 1)
        event = msgspec.json.decode(content) if len(content) <= EVENT_LIMIT else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _table(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _text(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    return value if isinstance(value, str) else None
