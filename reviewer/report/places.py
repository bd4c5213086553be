"""Where a finding is, as people read it: a line of a file, or a branch or commit of git, which is in no file."""

from __future__ import annotations

from reviewer.report.escaping import visible
from reviewer.rule import Finding, Place

_GIT_FOLDER = ".git/"
_COMMIT_FOLDER = ".git/commits/"
_SHORT_NAME = 10  # characters of a commit's name


def place_of_finding(finding: Finding) -> str:
    """Such as `app/main.py:3:5`, `commit 0a1b2c3d4e:1:1` or `branch feat/search`."""
    if finding.place.is_of_git:
        kind, _, name = finding.symbol.partition(":")
        if kind == "branch" and name:
            return f"branch {visible(name)}"
        if kind == "commit" and name:
            return _in_commit(name, finding.place)
    return shown_place(finding.place)


def shown_place(place: Place) -> str:
    """`path:line:column`, the column from 1 as editors count; the commit where it is one."""
    if place.path.startswith(_COMMIT_FOLDER):
        return _in_commit(place.path.removeprefix(_COMMIT_FOLDER), place)
    return f"{visible(place.path.removeprefix(_GIT_FOLDER))}:{place.line}:{place.column + 1}"


def _in_commit(name: str, place: Place) -> str:
    return f"commit {visible(name[:_SHORT_NAME])}:{place.line}:{place.column + 1}"
