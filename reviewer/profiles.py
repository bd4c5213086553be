"""Profiles: which rules fit a project by what it is made with. Presets say how much is asked, profiles of what.

A profile is named in the settings, or found: by what modules name and dependencies declare, and by a git repository.
The families of what a project does not use are left out, where their rules would only look for what is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.modules.module import StoredModule

FASTAPI, FLASK, GIT_FLOW = "fastapi", "flask", "git-flow"
#: All profiles, as they are named.
PROFILES = (FASTAPI, FLASK, GIT_FLOW)
#: The profile of each family that belongs to one alone; the others are for every web application.
PROFILE_OF_FAMILY = {"documentation": FASTAPI, "flask": FLASK, "git": GIT_FLOW}
#: Names that modules and lists of dependencies of a framework hold.
MARKS = {FASTAPI: ("fastapi", "starlette"), FLASK: ("flask",)}
DEPENDENCY_KINDS = frozenset({"pyproject", "requirements", "lock"})


def detected_profiles(
    modules: Iterable[StoredModule],
    other_files: Iterable[tuple[str, str]],
    text_of: Callable[[str], str | None],
    *,
    is_repository: bool,
) -> tuple[str, ...]:
    """The profiles that fit a project: its modules, its other files by path and kind, and their texts."""
    names = [module.names for module in modules]
    lists = [path for path, kind in other_files if kind in DEPENDENCY_KINDS]
    found = [
        profile
        for profile, marks in MARKS.items()
        if any(mark.encode() in one for one in names for mark in marks)
        or any(mark in (text_of(path) or "").lower() for path in lists for mark in marks)
    ]
    return (*found, GIT_FLOW) if is_repository else tuple(found)


def fits(family: str, named: Collection[str], detected: Collection[str] | None) -> bool:
    """Whether the rules of a family fit the profiles that are named, else those that were detected.

    Named profiles leave out whatever they do not hold. Where none is named, only what belongs to another profile is
    left out, and nothing at all where nothing is known of the project.
    """
    profile = PROFILE_OF_FAMILY.get(family)
    if named:
        return profile in named if profile is not None else not {FASTAPI, FLASK}.isdisjoint(named)
    return detected is None or profile is None or profile in detected
