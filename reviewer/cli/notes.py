"""What a review tells beside its findings: that it was asked for less than its reader may think. One line a note."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from reviewer.cli.session import PROJECT_MARKERS
from reviewer.report.summary import counted
from reviewer.results import Review
from reviewer.review import ReadSources, ReviewRequest, Scope

#: How files name what routes hang on: a folder that names it and has no route is a part of an application.
ROUTER_NAMES = (b"APIRouter", b"Blueprint")


def notes_on(result: Review, sources: ReadSources, request: ReviewRequest) -> Iterator[str]:
    """The notes on a review, each a phrase; empty where it was of a whole project and everything is current."""
    if not result.python_files:
        yield f"there are no Python files in {request.root.resolve()}"
    yield from (f"{path} holds no file that is reviewed" for path in _unread(sources, request))
    above = project_above(request.root)
    if above is not None and not request.named and not result.routes and _names_routers(sources):
        inside = request.root.resolve().relative_to(above)
        yield (
            f"no application here registers the routers, so they have no paths; the project seems to begin at {above}: "
            f"review that, or name files from there, as in `reviewer check {inside}/*.py`"
        )
    if result.stale_baseline_entries:
        stale = counted(result.stale_baseline_entries, "entry of the baseline is", "entries of the baseline are")
        yield f"{stale} no longer found: remove with `reviewer baseline prune`"


def project_above(root: Path) -> Path | None:
    """The project that a folder is a part of; None where it is the top of one, or nothing says that it is a part."""
    folder = root.resolve()
    if any((folder / marker).exists() for marker in PROJECT_MARKERS):
        return None
    for parent in folder.parents:
        if any((parent / marker).exists() for marker in PROJECT_MARKERS):
            return parent
    return None


def _unread(sources: ReadSources, request: ReviewRequest) -> Iterator[Path]:
    """The named paths of which nothing is reviewed."""
    if not request.named:
        return
    held = {""}
    for file in sources.discovery.files:
        path = file.path
        while path not in held:  # its folders too, up to one that is known
            held.add(path)
            path = path.rpartition("/")[0]
    for named, shown in Scope(request).named.items():
        if shown not in held:
            yield Path(os.path.relpath(named))


def _names_routers(sources: ReadSources) -> bool:
    return any(name in stored.names for _, stored in sources.read.modules for name in ROUTER_NAMES)
