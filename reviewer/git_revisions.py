"""Which commit a change is compared with, and whether the repository stood still meanwhile.

Takes a repository and what the reader wrote, gives full object names or one GitError that says what to do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from reviewer.git import Repository
from reviewer.git_plumbing import GitError, run_plumbing

MAX_REVISION_LENGTH = 1_000  # characters
INDEX_VARIABLE = "GIT_INDEX_FILE"
_REMOTE_BRANCH = re.compile(r"origin/([A-Za-z0-9._/-]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

UNSHALLOW = (
    "This clone is shallow: fetch its history with `git fetch --unshallow`"
    " (GitHub Actions: `fetch-depth: 0` of actions/checkout; GitLab CI: `GIT_DEPTH: 0`)"
)


class Base(msgspec.Struct, frozen=True):
    """What a change is compared with."""

    label: str  # what the reader wrote, or `HEAD`
    commit: str | None  # None where there is no commit yet: everything is new
    head: str | None  # the commit that HEAD names

    @property
    def is_head(self) -> bool:
        """Whether only what is not committed yet can be new."""
        return self.commit == self.head


def find_base(repository: Repository, revision: str) -> Base:
    """The best common ancestor of a revision and HEAD, as `git diff REVISION...HEAD` takes it.

    Raises GitError where there is none, with what to do.
    """
    _, head = repository.read_head()
    if head is None:
        raise GitError(f"There is no commit yet that `{revision}` could be compared with.")
    commit = _resolve(repository, revision)
    try:
        found = run_plumbing(repository.root, "merge-base", commit, head)
    except GitError as error:
        if error.status != 1:
            raise
        advice = UNSHALLOW if is_shallow(repository) else "Name a revision that this branch comes from"
        raise GitError(f"`{revision}` and HEAD have no common commit. {advice}.") from None
    return Base(revision, found.decode("ascii", "replace").split("\n")[0], head)


def base_of_head(repository: Repository) -> Base:
    """HEAD itself, with which staged changes are compared. Raises GitError."""
    _, head = repository.read_head()
    return Base("HEAD", head, head)


def is_shallow(repository: Repository) -> bool:
    """Whether history was cut off when the repository was cloned."""
    try:
        return (repository.common_directory / "shallow").stat().st_size > 0
    except OSError:
        return False


def _resolve(repository: Repository, revision: str) -> str:
    if not revision or revision.startswith("-") or len(revision) > MAX_REVISION_LENGTH or _CONTROL.search(revision):
        raise GitError(f"`{revision[:80]}` cannot be the name of a revision.")
    try:
        name = run_plumbing(
            repository.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
    except GitError as error:
        if error.status is None or "dubious ownership" in str(error):
            raise  # git itself has failed
        raise GitError(f"`{revision}` names no commit of this repository. {_advice(repository, revision)}.") from None
    return name.decode("ascii", "replace").split()[-1]


def _advice(repository: Repository, revision: str) -> str:
    if is_shallow(repository):
        return UNSHALLOW
    branch = _REMOTE_BRANCH.fullmatch(revision)
    if branch:
        return f"Fetch it with `git fetch origin {branch.group(1)}`"
    return "Name a branch, a tag or a commit; what only the remote has must be fetched first, such as `origin/main`"


# The index ------------------------------------------------------------------------------------------------------------


def index_of(repository: Repository, environment: Mapping[str, str]) -> Path:
    """The index that is to be committed: that of the running hook, else the repository's own.

    `git commit -a`, `-p` and `git commit FILE` make an index of their own beside the usual one and tell hooks by a
    variable. One that leads elsewhere was meant for another repository. Raises GitError.
    """
    own = repository.git_directory / "index"
    named = environment.get(INDEX_VARIABLE)
    if not named:
        return own
    path = repository.root / named
    try:
        folder = path.parent.resolve(strict=True)
        git_directories = {
            repository.git_directory.resolve(strict=True),
            repository.common_directory.resolve(strict=True),
        }
        is_plain = path.is_file() and not path.is_symlink()
    except (OSError, RuntimeError, ValueError):
        is_plain, folder, git_directories = False, path, set[Path]()
    if folder in git_directories and is_plain:
        return folder / path.name
    if folder in git_directories and path.name == "index" and not path.is_symlink():
        return own  # not there yet: nothing has been staged
    raise GitError(
        f"{INDEX_VARIABLE} names an index outside of this repository's git directory. Unset it, or run the command"
        " where it belongs."
    )


# Changes meanwhile ----------------------------------------------------------------------------------------------------


def require_same_head(repository: Repository, head: tuple[str | None, str | None]) -> None:
    """Raises GitError if the branch or the commit of HEAD is no longer what `read_head` said."""
    if repository.reread().read_head() != head:
        raise GitError("HEAD was moved while the review ran. Run it again.")


def stamp_of(file: Path) -> tuple[int, int, int] | None:
    """What another version of a file differs in; None where there is none."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
