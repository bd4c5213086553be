"""What the commands share: options, the reviewed root, settings with the command line, cache, progress, output."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from reviewer.modules.cache import Cache, NullCache
from reviewer.registry import Catalogue, load_catalogue
from reviewer.report.escaping import visible
from reviewer.settings import Settings

if TYPE_CHECKING:
    from reviewer.review import ReadSources, ReviewRequest

Command = TypeVar("Command", bound=Callable[..., Any])

#: Seconds after which a run on a terminal shows how far it is.
SECONDS_BEFORE_PROGRESS = 1.0
#: What stands at the top of a project; the nearest one above some named files is theirs.
PROJECT_MARKERS = (".git", "reviewer.toml", "pyproject.toml")


class UsageProblem(click.ClickException):
    """Something that the user has to change: shown in one line, exit code 2."""

    exit_code = 2

    def format_message(self) -> str:
        """The message with everything that came from input made visible."""
        return visible(self.message)

    def show(self, file: Any = None) -> None:  # noqa: ARG002
        """Prints the message to standard error."""
        click.echo(f"reviewer: {self.format_message()}", err=True)


class Session(msgspec.Struct, frozen=True):
    """One run of a command: what is reviewed, with which settings and rules."""

    root: Path
    named: tuple[Path, ...]
    settings: Settings
    catalogue: Catalogue
    cache: Cache
    jobs: int


def source_options(function: Command) -> Command:
    """The options of every command that reads a repository."""
    for option in (
        click.option(
            "--config", type=click.Path(path_type=Path), help="Configuration file instead of the nearest one."
        ),
        click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out files (gitignore pattern)."),
        click.option("--jobs", "-j", type=click.IntRange(1, 256), help="Worker processes; default: the processors."),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
        click.option("--cache-dir", type=click.Path(path_type=Path), help="Folder of the cache."),
        click.option("--pack", "packs", multiple=True, metavar="NAME", help="Use an installed pack of rules."),
    ):
        function = option(function)
    return function


def reviewed_root(paths: Sequence[Path]) -> tuple[Path, tuple[Path, ...]]:
    """The folder to read, and the paths to report on: one folder is read itself, files inside their project.

    A package below the working folder is reported on like files, since its imports begin at a folder above it.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise UsageProblem(f"{path}: no such file or folder")
    if not paths:
        return Path(), ()
    current = Path(os.path.abspath(os.curdir))
    if len(paths) == 1 and paths[0].is_dir() and not _is_package_below(paths[0], current):
        return paths[0], ()
    absolute = tuple(Path(os.path.abspath(path)) for path in paths)
    is_below = all(path.is_relative_to(current) for path in absolute)
    common = Path(os.path.commonpath(absolute))
    start = current if is_below else common if common.is_dir() else common.parent
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in PROJECT_MARKERS):
            return Path() if folder == current else folder, absolute
    if not is_below and all(common not in (path, path.parent) for path in absolute):
        raise UsageProblem(
            f"the paths have no project in common: none of {', '.join(PROJECT_MARKERS)} stands above them all; "
            "name those of one project"
        )
    return Path() if is_below else start, absolute


def _is_package_below(path: Path, current: Path) -> bool:
    """Whether a path, given relative to the working folder, leads to a package inside it."""
    absolute = Path(os.path.abspath(path))
    is_below = not path.is_absolute() and absolute != current and absolute.is_relative_to(current)
    return is_below and (absolute / "__init__.py").is_file()


def known_rules(packs: Sequence[str]) -> Catalogue:
    """The built-in rules and those of packs. Raises UsageProblem where a pack or one of its rules cannot be used."""
    catalogue = load_catalogue(packs)
    if catalogue.errors:
        for error in catalogue.errors:
            click.echo(visible(str(error)), err=True)
        count = len(catalogue.errors)
        raise UsageProblem(f"the rules have {count} problem{'s' if count != 1 else ''}")
    return catalogue


def open_session(
    paths: Sequence[Path],
    *,
    config: Path | None,
    exclude: Sequence[str],
    jobs: int | None,
    no_cache: bool,
    cache_dir: Path | None,
    packs: Sequence[str],
    **selection: Any,
) -> Session:
    """The run that the options ask for. Raises UsageProblem where they, or the configuration, are wrong."""
    from reviewer.config import load_settings, with_command_line
    from reviewer.config_problem import ConfigurationError
    from reviewer.modules.workers import available_processors

    root, named = reviewed_root(paths)
    catalogue = known_rules(packs)
    cache = NullCache() if no_cache else Cache.open(cache_dir)
    if cache.warning and not no_cache:
        click.echo(f"reviewer: warning: {visible(cache.warning)}", err=True)
    try:
        settings = load_settings(root, catalogue, config_file=config, cache=cache)
        settings = with_command_line(settings, catalogue, exclude=exclude, **selection)
    except ConfigurationError as error:
        for problem in error.problems:
            click.echo(visible(str(problem)), err=True)
        left_out = f" and {error.left_out} more" if error.left_out else ""
        count = len(error.problems)
        raise UsageProblem(f"the configuration has {count} problem{'s' if count != 1 else ''}{left_out}") from error
    for note in settings.notes:
        click.echo(f"reviewer: note: {visible(note)}", err=True)
    return Session(root, named, settings, catalogue, cache, jobs or available_processors())


@contextmanager
def shown_progress() -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal once a run takes longer than a second; nothing in a pipe."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    started = time.monotonic()
    bar: list[Any] = []

    def advance(done: int, total: int) -> None:
        if not bar:
            if time.monotonic() - started < SECONDS_BEFORE_PROGRESS:
                return
            from rich.console import Console
            from rich.progress import Progress

            progress = Progress(console=Console(stderr=True), auto_refresh=False, transient=True)
            progress.start()
            bar.extend((progress, progress.add_task("Reading files", total=total)))
        bar[0].update(bar[1], completed=done, refresh=True)

    try:
        yield advance
    finally:
        if bar:
            bar[0].stop()


def read_sources(session: Session, request: ReviewRequest) -> ReadSources:
    """The files of a request, read, with progress on a terminal."""
    from reviewer.review import ReadSources

    with shown_progress() as progress:
        return ReadSources.of(request, session.cache, progress)


def write_output(text: str, output: Path | None) -> None:
    """Prints a report (`-` and no file do), or writes it to a file.

    A file is written beside itself and renamed, so that it is whole or not there; a link keeps leading to it. What is
    no regular file, such as a pipe or `/dev/null`, is written to and stays what it is.
    """
    data = text.encode("utf-8", "backslashreplace")
    if output is None or str(output) == "-":
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            sys.stdout.write(text)
            return
        sys.stdout.flush()
        stream.write(data)
        stream.flush()
        return
    if output.is_dir():
        raise UsageProblem(f"{output}: is a folder; name a file for the report")
    import tempfile

    temporary: str | None = None
    try:
        output = Path(os.path.realpath(output))
        if output.exists() and not output.is_file():
            output.write_bytes(data)
            return
        descriptor, temporary = tempfile.mkstemp(prefix=".reviewer-", dir=output.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode_of(output))
        os.replace(temporary, output)
    except OSError as error:
        raise UsageProblem(f"{output}: cannot write the report: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def _mode_of(report: Path) -> int:
    """The permissions of the report that is there, so that a private one stays private; else those of a new file."""
    with suppress(FileNotFoundError):
        return report.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
