"""A copy of an application that a benchmark may change: its own git repository, and one module that is edited."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

#: What is not part of the application.
LEFT_OUT = (".git", "__pycache__", "node_modules", ".venv", ".tox", ".nox")
#: Nothing of the user's git runs or is asked: its configuration and hooks are looked for where there are none.
NOWHERE = str(Path(__file__).with_name("nowhere"))
GIT_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": NOWHERE, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
GIT_SETTINGS = (
    *("-c", f"core.hooksPath={NOWHERE}"),
    *("-c", "commit.gpgsign=false"),
    *("-c", "init.defaultBranch=main"),
    *("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org"),
)
#: A function or class that is registered as a route, in FastAPI or Flask.
_ROUTE = re.compile(r"^\s*@\w+\.(get|post|put|patch|delete|route)\(", re.MULTILINE)


class WorkingCopy:
    """A copy of a folder, committed to a git repository of its own where git is installed."""

    def __init__(self, source: Path, folder: Path) -> None:
        shutil.copytree(source, folder, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self.folder = folder
        self.python_files = sorted(path for path in folder.rglob("*.py") if path.is_file() and not path.is_symlink())
        self.python_bytes = sum(path.stat().st_size for path in self.python_files)
        self._git = shutil.which("git")
        self.run_git("init", "--quiet")
        self.run_git("add", "--all")
        self.run_git("commit", "--quiet", "--no-verify", "--message", "feat: add the application")

    def run_git(self, *arguments: str) -> None:
        """Runs git in the copy, nothing where there is no git. Raises RuntimeError with what git says."""
        if not self._git:
            return
        done = subprocess.run(
            [self._git, *GIT_SETTINGS, *arguments],
            cwd=self.folder,
            env={**os.environ, **GIT_ENVIRONMENT},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"git {arguments[0]} failed with {done.returncode}: {done.stderr.strip()}")


class EditedModule:
    """A module that gets a new private constant with each edit: other content, another tree, the same findings."""

    def __init__(self, copy: WorkingCopy) -> None:
        self._copy = copy
        self.file, self._text = _chosen(copy)
        self._edits = 0

    @property
    def path(self) -> str:
        """The module's path inside the copy."""
        return self.file.relative_to(self._copy.folder).as_posix()

    def edit(self) -> None:
        """Writes the module as it has not been before."""
        self._edits += 1
        self.file.write_text(_edited(self._text, self._edits), encoding="utf-8")

    def edit_and_stage(self) -> None:
        """Edits the module and puts it into git's index, as before a commit."""
        self.edit()
        self._copy.run_git("add", "--", self.path)


def _chosen(copy: WorkingCopy) -> tuple[Path, str]:
    """The module of median length among those with routes that are no tests; without any, among all.

    Raises ValueError where there is no module that can be edited.
    """
    candidates: list[tuple[bool, int, Path, str]] = []
    for file in copy.python_files:
        if "test" in file.relative_to(copy.folder).as_posix():
            continue
        try:
            text = file.read_text(encoding="utf-8")
            ast.parse(_edited(text, 0))
        except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        candidates.append((_ROUTE.search(text) is not None, len(text), file, text))
    if not candidates:
        raise ValueError("there is no module to edit")
    has_routes = max(candidate[0] for candidate in candidates)
    alike = sorted(candidate for candidate in candidates if candidate[0] == has_routes)
    _, _, file, text = alike[len(alike) // 2]
    return file, text


def _edited(text: str, number: int) -> str:
    return f"{text}\n\n_BENCHMARK_REVISION = {number}\n"
