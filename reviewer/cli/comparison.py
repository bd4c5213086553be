"""What a review is compared with: the options of the command line, and what they mean.

Takes options and a session, gives the change and the baseline of a request; what git refuses is told in one line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reviewer.cli.session import Session, UsageProblem

if TYPE_CHECKING:
    from reviewer.baseline import Baseline
    from reviewer.change import Change

Command = TypeVar("Command", bound=Callable[..., Any])


def comparison_options(function: Command) -> Command:
    """The options that say what is new."""
    for option in (
        click.option(
            "--all",
            "shows_known",
            is_flag=True,
            help="Show what --since, --staged or --baseline leave out too, marked.",
        ),
        click.option(
            "--baseline", type=click.Path(path_type=Path), help="Leave out the findings that this file accepts."
        ),
        click.option(
            "--pre-commit",
            is_flag=True,
            help="Review what a hook of pre-commit runs for: --staged, or what its --from-ref names, or everything.",
        ),
        click.option("--staged", is_flag=True, help="Review what is staged, and report only what it brings."),
        click.option("--since", metavar="REVISION", help="Report only what came since this branch left REVISION."),
    ):
        function = option(function)
    return function


def compared_in_pre_commit(since: str | None, environment: Mapping[str, str]) -> tuple[str | None, bool]:
    """The revision and whether the index is judged, for the hook that pre-commit runs.

    pre-commit names the revisions of `--from-ref` and of a push. Else the index is judged, unless it brings nothing, as
    with `--all-files` in a pipeline. No names of files are taken: one of them could read like an option, and what a
    change breaks may stand in a file that it leaves alone.
    """
    since = since or environment.get("PRE_COMMIT_FROM_REF") or None
    if since is not None:
        return since, False
    from reviewer.change import is_anything_staged
    from reviewer.git_plumbing import GitError
    from reviewer.git_revisions import INDEX_VARIABLE

    if environment.get(INDEX_VARIABLE):  # git is committing
        return None, True
    try:
        return None, is_anything_staged(Path(), environment)
    except GitError as error:
        raise UsageProblem(str(error)) from error


@contextmanager
def opened_change(session: Session, since: str | None, is_staged: bool) -> Iterator[Change | None]:
    """The change that the options ask for; None without any. Raises UsageProblem, also for what git says meanwhile."""
    if since is None and not is_staged:
        yield None
        return
    from reviewer.change import Change
    from reviewer.git_plumbing import GitError

    try:
        change = Change.open(session.root, session.cache, since=since, is_staged=is_staged, environment=os.environ)
        try:
            yield change
        finally:
            change.close()
    except GitError as error:
        raise UsageProblem(str(error)) from error


def opened_baseline(session: Session, file: Path | None) -> Baseline | None:
    """The baseline that the option or the configuration names; None without one. Raises UsageProblem."""
    file = file or configured_baseline(session)
    if file is None:
        return None
    from reviewer.baseline import BaselineError, read_baseline

    try:
        return read_baseline(file, session.root)
    except BaselineError as error:
        raise UsageProblem(str(error)) from error


def baseline_file(session: Session, file: Path | None) -> Path:
    """Where the baseline is kept: as named, as configured, or in the reviewed folder."""
    from reviewer.baseline import DEFAULT_NAME

    return file or configured_baseline(session) or session.root / DEFAULT_NAME


def configured_baseline(session: Session) -> Path | None:
    """The file that the configuration names, which counts from where the configuration stands."""
    settings = session.settings
    if not settings.baseline:
        return None
    above = [os.pardir] * settings.root_prefix.count("/")
    if not above:
        return session.root / settings.baseline
    return Path(os.path.normpath(Path(os.path.realpath(session.root), *above, settings.baseline)))
