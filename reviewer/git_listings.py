"""Lists what a commit or the index holds: paths with modes and object names.

Takes a repository, gives plain data. The working tree is not looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from reviewer.git import Repository
from reviewer.git_plumbing import GitError, run_plumbing

LINK, SUBMODULE = 0o120000, 0o160000

#: The tree without entries, which git knows without having it, by the length of object names.
EMPTY_TREES = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


class ListedFile(NamedTuple):
    """A file or link of a tree: its mode as git writes it, and the name of its object."""

    mode: int
    name: str


class Listing(msgspec.Struct, frozen=True):
    """The files of a commit or an index by path from the repository's top."""

    files: dict[bytes, ListedFile]
    submodules: frozenset[bytes] = frozenset()  # paths of other repositories' commits
    conflicts: tuple[bytes, ...] = ()  # paths of the index that are not merged yet


def list_commit(repository: Repository, commit: str) -> Listing:
    """The files of a commit. Raises GitError."""
    files: dict[bytes, ListedFile] = {}
    submodules: set[bytes] = set()
    for record in run_plumbing(repository.root, "ls-tree", "--end-of-options", commit).split(b"\0"):
        description, tab, path = record.partition(b"\t")
        if not tab:
            continue
        mode, kind, name = description.decode("ascii", "replace").split(" ")
        if kind == "blob":
            files[path] = ListedFile(int(mode, 8), name)
        else:
            submodules.add(path)
    return Listing(files, frozenset(submodules))


def list_index(repository: Repository, index: Path) -> Listing:
    """The files of an index as they would be committed; what is only intended to be added is no part of it.

    Raises GitError.
    """
    # The difference from nothing is everything. `ls-files` cannot tell an empty file from one that `git add -N` noted.
    output = run_plumbing(
        repository.root,
        "diff-index",
        "--ita-invisible-in-index",
        "--no-renames",
        "--raw",
        "--full-index",
        EMPTY_TREES[64 if repository.has_long_names() else 40],
        index=index,
    )
    records = output.split(b"\0")
    files: dict[bytes, ListedFile] = {}
    submodules: set[bytes] = set()
    conflicts: set[bytes] = set()
    for description, path in zip(records[::2], records[1::2]):  # noqa: B905 - an empty record ends the output
        fields = description.decode("ascii", "replace").split(" ")
        if len(fields) != 5 or not fields[0].startswith(":"):
            raise GitError("git listed the index in an unknown form.")
        if fields[4] == "U":
            conflicts.add(path)
        elif int(fields[1], 8) == SUBMODULE:
            submodules.add(path)
        else:
            files[path] = ListedFile(int(fields[1], 8), fields[3])
    for path in conflicts:
        files.pop(path, None)
    return Listing(files, frozenset(submodules), tuple(sorted(conflicts)))


def paths_left_out(repository: Repository) -> frozenset[bytes]:
    """The paths that a sparse checkout leaves out of the working tree. Raises GitError."""
    if not (repository.git_directory / "info" / "sparse-checkout").is_file():
        return frozenset()
    records = run_plumbing(repository.root, "ls-files", "-t").split(b"\0")
    return frozenset(record.partition(b"\t")[2] for record in records if record.startswith(b"S "))
