"""Hardened git processes: the only place that starts git.

Takes a command of a short list and gives its output. Whatever the repository's configuration names must not run, and a
git that is missing, late, failing or endless costs one GitError.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

TIME_LIMIT = 10.0  # seconds a git process may take
OUTPUT_LIMIT = 64_000_000  # bytes a git process may write
MEMORY_LIMIT = "256m"  # the largest block git may allocate, so that a compressed bomb is refused and not unpacked
ERROR_LIMIT = 64_000  # bytes kept of what git writes to standard error

#: Options of every git process. Each closes one way by which a repository's configuration starts a program.
HARDENED_OPTIONS = (
    "--no-pager",
    "--no-optional-locks",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "log.showSignature=false"),
    *("-c", "color.ui=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "core.sshCommand=false"),
    *("-c", f"diff.orderFile={os.devnull}"),
    *("-c", f"gpg.program={os.devnull}"),
    *("-c", f"gpg.openpgp.program={os.devnull}"),
    *("-c", f"gpg.ssh.program={os.devnull}"),
    *("-c", f"gpg.x509.program={os.devnull}"),
    *("-c", "core.askPass="),
    *("-c", "credential.helper="),
    *("-c", "safe.bareRepository=explicit"),
)

#: Environment of every git process; whatever else is named GIT_… is removed.
HARDENED_ENVIRONMENT = {
    "GIT_ALLOC_LIMIT": MEMORY_LIMIT,
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_EXTERNAL_DIFF": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",  # the reasons of a failure are recognised by their English words
}

#: The commands that may be run, with the options they are always given. Those that look at the working tree (status,
#: diff, blame, ls-files -m) start filters and are left out for good.
PLUMBING: Mapping[str, tuple[str, ...]] = {
    "cat-file": (),
    "config": ("--null", "--list"),
    "diff-index": ("--cached", "--no-ext-diff", "--no-textconv", "--no-relative", "-z"),
    "diff-tree": ("--no-ext-diff", "--no-textconv", "-z"),
    "for-each-ref": (),
    "log": ("--no-ext-diff", "--no-textconv", "--no-show-signature", "--encoding=UTF-8", "--no-follow", "-z"),
    "ls-files": ("-z", "-s"),
    "ls-tree": ("-z", "-r", "--full-tree"),
    "merge-base": (),
    "rev-parse": (),
    "symbolic-ref": ("-q",),
}


class GitError(Exception):
    """Git could not answer; the text is one sentence for the user. `status` is that of the process, if it ended."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def run_plumbing(
    root: Path,
    command: str,
    *arguments: str,
    standard_input: bytes | None = None,
    limit: int = OUTPUT_LIMIT,
    index: Path | None = None,
) -> bytes:
    """What `git command` writes when run in the folder `root`: at most `limit` bytes, within the time limit.

    Revisions among the arguments must be full object names, or follow `--end-of-options`. `index` is read instead of
    the repository's own. Raises GitError with git's reason, and KeyError for a command that is not on the list.
    """
    process = start_plumbing(root, command, *arguments, has_input=standard_input is not None, index=index)
    return _collect_output(process, standard_input, limit)


def start_plumbing(
    root: Path, command: str, *arguments: str, has_input: bool, index: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts `git command` as `run_plumbing` does and gives the process, which the caller must end. Raises GitError."""
    import subprocess

    fixed_options = PLUMBING[command]
    try:
        return subprocess.Popen(  # noqa: S603 - a list of arguments, no shell, the program found by `find_git`
            [find_git(root), *HARDENED_OPTIONS, command, *fixed_options, *arguments],
            cwd=root,
            env=_hardened_environment(index),
            stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise GitError(f"git could not be started: {explain_error(error)}.") from None


def find_git(tree: Path) -> str:
    """The git program of this machine. A relative entry of PATH, or one inside the reviewed tree, is not trusted."""
    name = "git.exe" if os.name == "nt" else "git"
    for folder in os.get_exec_path():
        program = os.path.join(folder, name)
        if os.path.isabs(folder) and os.access(program, os.X_OK) and os.path.isfile(program):
            is_reviewed = lies_within(Path(folder), tree) or lies_within(Path(program), tree)
            if not is_reviewed:
                return program
    raise GitError("git is not installed, or not on PATH.")


def lies_within(path: Path, folder: Path) -> bool:
    """Whether `path` is `folder` or below it, links followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def explain_error(error: Exception) -> str:
    """The reason of an operating system error without the path, which may be anything."""
    reason = getattr(error, "strerror", None) or type(error).__name__
    return str(reason)


def _hardened_environment(index: Path | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    own_index = {} if index is None else {"GIT_INDEX_FILE": str(index)}
    return kept | HARDENED_ENVIRONMENT | own_index


def _collect_output(process: subprocess.Popen[bytes], standard_input: bytes | None, limit: int) -> bytes:
    """All that the process writes to standard output; it is killed past the limits of time and size."""
    import threading

    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[bytes] = []
    has_timed_out = threading.Event()

    def end_late_process() -> None:
        has_timed_out.set()
        kill(process)

    timer = threading.Timer(TIME_LIMIT, end_late_process)
    pumps = [threading.Thread(target=drain, args=(process.stderr, errors))]
    if standard_input is not None:
        pumps.append(threading.Thread(target=feed, args=(process, standard_input)))
    try:
        for thread in (timer, *pumps):
            thread.daemon = True
            thread.start()
        output = process.stdout.read(limit + 1)
        if len(output) > limit:
            raise GitError(f"git wrote more than {limit} bytes.")
        status = process.wait()
        for thread in pumps:
            thread.join(1)
    finally:
        timer.cancel()
        kill(process)
        process.wait()
        process.stdout.close()
    if has_timed_out.is_set():
        raise GitError(f"git did not answer within {TIME_LIMIT:g} seconds.")
    if status != 0:
        raise GitError(explain_failure(b"".join(errors), status), status)
    return output


def drain(stream: IO[bytes], kept: list[bytes]) -> None:
    """Reads a stream to its end, and keeps its beginning."""
    with stream:
        kept.append(stream.read(ERROR_LIMIT))
        while stream.read(ERROR_LIMIT):
            pass


def feed(process: subprocess.Popen[bytes], content: bytes) -> None:
    """Writes all of the standard input of a process, and closes it."""
    assert process.stdin is not None
    try:
        with process.stdin as stream:
            stream.write(content)
    except (OSError, ValueError):
        pass  # git ended first; its exit status tells why


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that has not been waited for, and whatever it started."""
    import signal

    if process.returncode is not None:
        return  # its number may belong to another process by now
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except OSError:
        pass


def explain_failure(errors: bytes, status: int) -> str:
    """What git said when it failed, as one sentence."""
    text = errors.decode("utf-8", "backslashreplace")
    if "dubious ownership" in text or "unsafe repository" in text:
        return "git refuses the repository, because another user owns it (dubious ownership, see safe.directory)."
    reason = next((line for line in text.splitlines() if line.startswith(("fatal: ", "error: "))), "")
    if not reason:
        return f"git failed with status {status}."
    return f"git failed: {reason.partition(': ')[2][:200].rstrip('.')}."
