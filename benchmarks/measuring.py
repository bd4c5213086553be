"""Runs whole processes and says how long they took, how much memory they held and whether they did their work.

Takes command lines, gives measurements. Time and memory are taken in separate runs, since looking at memory costs time.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

#: Seconds between two looks at the memory of the processes.
SECONDS_BETWEEN_SAMPLES = 0.01
SECONDS_A_RUN = 1800.0
SAMPLES_PROCESSES = (
    Path("/proc/self/smaps_rollup").exists() and Path(f"/proc/self/task/{os.getpid()}/children").exists()
)
MEMORY_METHOD = (
    f"PSS of all processes of the command together (`smaps_rollup`, every {SECONDS_BETWEEN_SAMPLES * 1000:.0f} ms)"
    if SAMPLES_PROCESSES
    else "RSS of the largest process of the command (`ru_maxrss`)"
)
#: What a tool prints when it has failed, whatever its exit code.
SIGNS_OF_FAILURE = (
    b"Traceback (most recent call last)",
    b"panicked at",
    b"internal error",
    b"critical error",
    b"No Python files found",
)
_SLOWS_PYTHON = re.compile("PYTHON(?!PATH|HOME|PYCACHEPREFIX)|COVERAGE|COV_CORE")
#: `ru_maxrss` counts in kilobytes, on macOS in bytes.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Command(NamedTuple):
    """A process to measure."""

    name: str
    arguments: tuple[str, ...]
    directory: Path
    accepted_exit_codes: frozenset[int] = frozenset({0, 1})
    #: Done before each run and not measured.
    prepare: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = {}


class Run(NamedTuple):
    """What one process did. Seconds, bytes; `failure` says in one line why its work does not count."""

    seconds: float
    processor_seconds: float
    memory: int
    output: bytes
    failure: str | None


class Measurement:
    """The runs of one command. Without any, `failure` says why."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.runs: list[Run] = []
        self.memory: int | None = None
        self.failure: str | None = None
        self.output = b""

    @property
    def median(self) -> float:
        """Median seconds of the runs."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def minimum(self) -> float:
        """Seconds of the fastest run."""
        return min(run.seconds for run in self.runs)

    @property
    def processor_median(self) -> float:
        """Median seconds that all processors worked for the command."""
        return statistics.median(run.processor_seconds for run in self.runs)


def measure(
    commands: Iterable[Command], runs: int, *, warm_up: bool = True, tell: Callable[[str], None] = lambda _: None
) -> list[Measurement]:
    """Times the commands in turn (A B C A B C …), then takes the memory of each; one that fails is not run again."""
    measurements = [Measurement(command) for command in commands]
    if warm_up:
        for measurement in measurements:
            _add_run(measurement, tell, "warm-up", is_counted=False)
    for number in range(1, runs + 1):
        for measurement in measurements:
            _add_run(measurement, tell, f"run {number} of {runs}")
    for measurement in measurements:
        _add_run(measurement, tell, "memory", is_counted=False, samples_memory=True)
    return measurements


def _add_run(
    measurement: Measurement,
    tell: Callable[[str], None],
    label: str,
    *,
    is_counted: bool = True,
    samples_memory: bool = False,
) -> None:
    if measurement.failure:
        return
    run = run_once(measurement.command, samples_memory=samples_memory)
    tell(f"{label}: {measurement.command.name}: {run.failure or f'{run.seconds:.2f} s'}")
    measurement.output = run.output
    if run.failure:
        measurement.failure = run.failure
        measurement.runs.clear()
    elif is_counted:
        measurement.runs.append(run)
    if samples_memory and not run.failure:
        measurement.memory = run.memory


def run_once(command: Command, *, samples_memory: bool = False) -> Run:
    """Runs a command to its end, in a session of its own so that nothing of it is left after an interruption."""
    command.prepare()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        try:
            process = subprocess.Popen(
                command.arguments,
                cwd=command.directory,
                env={**_environment(), **command.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            return Run(0.0, 0.0, 0, b"", f"cannot be started: {error.strerror or error}")
        timer = threading.Timer(SECONDS_A_RUN, _end_session, (process.pid,))
        timer.start()
        try:
            peak, status, usage = _wait(process.pid, samples_memory=samples_memory)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            timer.cancel()
            if process.returncode is None:
                _end_session(process.pid)
        output.seek(0)
        errors.seek(0)
        printed = output.read()
        failure = failure_of(process.returncode, printed, errors.read(), command.accepted_exit_codes)
    memory = peak or usage.ru_maxrss * MAXRSS_UNIT
    return Run(seconds, usage.ru_utime + usage.ru_stime, memory, printed, failure)


def failure_of(exit_code: int, output: bytes, errors: bytes, accepted: frozenset[int]) -> str | None:
    """Why a run does not count, in one line: its exit code, or a crash that it told of; None where it counts."""
    sign = next((sign for sign in SIGNS_OF_FAILURE if sign in errors), None)
    if exit_code in accepted and sign is None:
        return None
    lines = errors.split(b"\n") if errors.strip() else output.split(b"\n")
    said = next((line for line in reversed(lines) if line.strip()), b"").decode("utf-8", "replace").strip()
    ended = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
    return f"{ended}: {said[:200]}" if said else ended


def processes_below(process: int) -> list[int]:
    """A process and all that it started, by their numbers; those that have ended meanwhile are left out."""
    found: list[int] = []
    pending = [process]
    while pending:
        current = pending.pop()
        found.append(current)
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{current}/task"):
                with suppress(OSError):
                    pending.extend(map(int, Path(f"/proc/{current}/task/{thread}/children").read_bytes().split()))
    return found


def memory_of(processes: Sequence[int]) -> int:
    """Bytes that processes hold together, pages that several of them share counted once (PSS)."""
    kilobytes = 0
    for process in processes:
        with suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_bytes().split(b"\n"):
                if line.startswith(b"Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes * 1024


def _wait(process: int, *, samples_memory: bool) -> tuple[int, int, _Usage]:
    """Waits for a process: the peak of the sampled memory (0 where it is not sampled), the status and the usage."""
    peak = 0
    if samples_memory and SAMPLES_PROCESSES:
        while True:
            peak = max(peak, memory_of(processes_below(process)))
            ended, status, usage = os.wait4(process, os.WNOHANG)
            if ended:
                return peak, status, _Usage(usage.ru_utime, usage.ru_stime, usage.ru_maxrss)
            time.sleep(SECONDS_BETWEEN_SAMPLES)
    _, status, usage = os.wait4(process, 0)
    return peak, status, _Usage(usage.ru_utime, usage.ru_stime, usage.ru_maxrss)


class _Usage(NamedTuple):
    ru_utime: float
    ru_stime: float
    ru_maxrss: int


def _environment() -> dict[str, str]:
    """The surroundings without what makes Python slower than it is for users, such as a ban on bytecode files."""
    return {name: value for name, value in os.environ.items() if not _SLOWS_PYTHON.match(name)}


def _end_session(process: int) -> None:
    with suppress(OSError):
        os.killpg(process, signal.SIGKILL)
