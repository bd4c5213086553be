#!/usr/bin/env python3
"""Times reviewer on an application, cold, warm and as a hook, beside other linters. Reports; judges nothing."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from measuring import MEMORY_METHOD, Command, Measurement, measure, run_once
from results import (
    NOTHING,
    add_output_options,
    add_reviewer_option,
    end_in_order,
    machine,
    megabytes,
    publish,
    reviewer_command,
    table,
    tell,
)
from working_copy import EditedModule, WorkingCopy

#: Empty, so that pylint looks for no other.
PYLINT_CONFIGURATION = Path(__file__).with_name("pylintrc")
SEMGREP_RULES = Path(__file__).with_name("semgrep_rules.yml")
#: pylint adds up what it found: 1 is a crash, 32 a wrong command line.
PYLINT_EXIT_CODES = frozenset(code for code in range(32) if not code & 1)
REFERENCE = "ruff"


class Peer(NamedTuple):
    """Another linter: the options before the path, and the exit codes of a run that did its work."""

    name: str
    options: tuple[str, ...]
    accepted_exit_codes: frozenset[int] = frozenset({0, 1})


PEERS = (
    Peer("ruff", ("check", "--select", "ALL", "--isolated", "--no-cache")),
    Peer("flake8", ("--isolated",)),
    Peer("bandit", ("--quiet", "--recursive")),
    Peer(
        "pylint",
        ("--recursive=y", f"--rcfile={PYLINT_CONFIGURATION}", "--persistent=n", "--jobs=0"),
        PYLINT_EXIT_CODES,
    ),
    Peer(
        "semgrep",
        ("scan", "--config", str(SEMGREP_RULES), "--metrics=off", "--disable-version-check", "--no-git-ignore"),
    ),
)


def main() -> int:
    """Measures and reports. 1 where a command did not do its work."""
    options = _options()
    end_in_order()
    conditions = machine()
    with tempfile.TemporaryDirectory(prefix="reviewer-benchmark-") as temporary:
        bench = _Bench(options, Path(temporary))
        commands = [*bench.reviewer_commands(), *bench.peer_commands()]
        measurements = measure(commands, options.runs, tell=tell)
        notes = bench.notes()
    text = _report(options, bench, measurements, conditions, notes)
    publish("peers", text, options)
    return 1 if any(measurement.failure for measurement in measurements) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, metavar="PATH", help="folder of the application; it is copied, not changed")
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each command (default: %(default)s)")
    parser.add_argument(
        "--peers", default=",".join(peer.name for peer in PEERS), help="other linters, or none (default: %(default)s)"
    )
    parser.add_argument("--peers-from", type=Path, metavar="VENV", help="environment to look for them in, before PATH")
    parser.add_argument("--name", help="what the report calls the application (default: the end of PATH)")
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    options.peers = [name for name in options.peers.split(",") if name and name != "none"]
    unknown = set(options.peers) - {peer.name for peer in PEERS}
    if unknown:
        parser.error(f"unknown peers: {', '.join(sorted(unknown))}")
    if not options.path.is_dir():
        parser.error(f"{options.path}: no such folder")
    if options.runs < 1:
        parser.error("--runs: at least 1")
    return options


class _Bench:
    """Two copies of the application, one that stays as it is and one that is edited, and what runs on them."""

    def __init__(self, options: argparse.Namespace, temporary: Path) -> None:
        self._temporary = temporary
        self._peers: list[str] = options.peers
        self._environment: Path | None = options.peers_from and options.peers_from.resolve()
        self._reviewer = reviewer_command(options)
        self.whole = WorkingCopy(options.path, temporary / "whole")
        self.edited = WorkingCopy(options.path, temporary / "edited")
        self.module = EditedModule(self.edited)
        self.versions: dict[str, str] = {}
        self.missing: list[str] = []

    def reviewer_commands(self) -> list[Command]:
        """The ways in which people meet reviewer; the warm-up fills their caches."""
        cold = self._temporary / "cold"
        return [
            self._review("reviewer, cold", self.whole, cold, prepare=lambda: shutil.rmtree(cold, ignore_errors=True)),
            self._review("reviewer, warm", self.whole, self._cache("whole")),
            self._review(
                "reviewer, warm, one file changed", self.edited, self._cache("edited"), prepare=self.module.edit
            ),
            self._review(
                "reviewer, hook on one staged file",
                self.edited,
                self._cache("edited"),
                file=self.module.path,
                prepare=self.module.edit_and_stage,
            ),
        ]

    def peer_commands(self) -> list[Command]:
        """The other linters that are asked for and found."""
        commands: list[Command] = []
        for peer in PEERS:
            if peer.name not in self._peers:
                continue
            program = self._found(peer.name)
            if program is None:
                self.missing.append(peer.name)
                continue
            self.versions[peer.name] = _version(program, self._peer_environment())
            commands.append(
                Command(
                    peer.name,
                    (program, *peer.options, str(self.whole.folder)),
                    self.whole.folder,
                    peer.accepted_exit_codes,
                    environment=self._peer_environment(),
                )
            )
        return commands

    def notes(self) -> list[str]:
        """What a reader must know who takes the figures for what they claim to be."""
        notes = [f"not found: {', '.join(self.missing)}"] if self.missing else []
        before, after = (self._findings(copy) for copy in (self.whole, self.edited))
        if before is None or after is None:
            notes.append("what is found before and after the edits could not be compared")
        elif before != after:
            notes.append(f"the edits of `{self.module.path}` changed what is found")
        return notes

    def _review(
        self,
        name: str,
        copy: WorkingCopy,
        cache: Path,
        *options: str,
        file: str = ".",
        prepare: Callable[[], None] = lambda: None,
    ) -> Command:
        arguments = (*self._reviewer, "check", file, "--cache-dir", str(cache), *options)
        return Command(name, arguments, copy.folder, prepare=prepare)

    def _findings(self, copy: WorkingCopy) -> list[object] | None:
        run = run_once(self._review("findings", copy, self._temporary / "findings", "--format", "json"))
        try:
            return list(json.loads(run.output)["findings"])
        except (ValueError, KeyError, TypeError):
            return None

    def _cache(self, name: str) -> Path:
        return self._temporary / f"cache-{name}"

    def _found(self, name: str) -> str | None:
        if self._environment and (inside := shutil.which(name, path=str(self._environment / "bin"))):
            return inside
        return shutil.which(name)

    def _peer_environment(self) -> dict[str, str]:
        environment = {
            "SEMGREP_SETTINGS_FILE": str(self._temporary / "semgrep-settings.yml"),
            "SEMGREP_LOG_FILE": str(self._temporary / "semgrep.log"),
            "SEMGREP_ENABLE_VERSION_CHECK": "0",
            "PYLINTHOME": str(self._temporary / "pylint"),
        }
        if self._environment:
            environment["PATH"] = f"{self._environment / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        return environment


def _version(program: str, environment: dict[str, str]) -> str:
    answer = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    found = re.search(r"\d+\.\d+(\.\d+)?", answer.stdout)
    return found.group() if found else ""


def _report(
    options: argparse.Namespace, bench: _Bench, measurements: list[Measurement], conditions: str, notes: list[str]
) -> str:
    reference = next((one for one in measurements if one.command.name == REFERENCE and one.runs), None)
    headings = ("command", "median s", "minimum s", "x ruff (median)", "x ruff (minimum)", "processor s", "peak MB")
    rows = [_row(one, bench, reference) for one in measurements]
    name = options.name or "/".join(options.path.resolve().parts[-2:])
    introduction = (
        f"{name}: {len(bench.whole.python_files):,} Python files,"
        f" {bench.whole.python_bytes / 1_000_000:.2f} MB; {options.runs} timed run(s) of each command in turn after a"
        f" warm-up. {conditions}. Memory: {MEMORY_METHOD}, in a run of its own."
    )
    failures = [f"{one.command.name} failed: {one.failure}" for one in measurements if one.failure]
    remarks = "".join(f"\n- {_plain(note)}" for note in [*failures, *notes])
    return f"{introduction}\n\n{table(headings, rows)}" + (f"\n{remarks}" if remarks else "")


def _row(measurement: Measurement, bench: _Bench, reference: Measurement | None) -> list[str]:
    name = f"{measurement.command.name} {bench.versions.get(measurement.command.name, '')}".strip()
    if not measurement.runs:
        return [name, "failed", NOTHING, NOTHING, NOTHING, NOTHING, NOTHING]
    return [
        name,
        f"{measurement.median:.3f}",
        f"{measurement.minimum:.3f}",
        f"{measurement.median / reference.median:.2f}" if reference else NOTHING,
        f"{measurement.minimum / reference.minimum:.2f}" if reference else NOTHING,
        f"{measurement.processor_median:.2f}",
        megabytes(measurement.memory),
    ]


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, without the places of temporary folders."""
    return re.sub(r"\S*reviewer-benchmark-\w+/", "", text).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
