"""How `reviewer check --since` does on the merges of a repository's history.

For each merge commit both sides are reviewed as a whole: the first parent, and the merge. Then the merge is reviewed
with `--since` its first parent. What that reports must not be among the findings of the first parent, and each finding
that only the merge has must be reported; the time is compared with that of a warm review of the merge. The base is not
in the cache when it is first reviewed (only what the merge left unchanged of it), and is when it is reviewed again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from measuring import Command, run_once
from results import (
    NOTHING,
    add_output_options,
    add_reviewer_option,
    end_in_order,
    machine,
    publish,
    reviewer_command,
    table,
    tell,
)
from working_copy import GIT_ENVIRONMENT, GIT_SETTINGS

#: All rules, and none about the branch and the commit, which are another on each side.
OPTIONS = ("--format", "json", "--preset", "strict", "--ignore", "git")


class Times(NamedTuple):
    """Seconds of a run, and those that all processors worked."""

    seconds: float
    processor_seconds: float


class Merge(NamedTuple):
    """What was found of one merge; `failure` says why nothing is known."""

    name: str
    changed_files: int = 0
    before: int = 0
    after: int = 0
    reported: int = 0
    known_reported: int = 0
    new_unreported: int = 0
    warm: Times = Times(0, 0)
    first: Times = Times(0, 0)
    again: Times = Times(0, 0)
    failure: str | None = None


def main() -> int:
    """Reviews the merges and reports. 1 where one could not be reviewed."""
    options = _options()
    end_in_order()
    reviewer = reviewer_command(options)
    conditions = machine()
    with tempfile.TemporaryDirectory(prefix="reviewer-benchmark-") as temporary:
        copy = Path(temporary) / "copy"
        _git(Path(temporary), "clone", "--quiet", "--no-checkout", str(options.repository.resolve()), str(copy))
        if options.only:
            _git(copy, "sparse-checkout", "set", "--no-cone", *options.only)
        names = _git(copy, "log", "--merges", f"--max-count={options.merges}", "--format=%H").split()
        if not names:
            print(f"{options.repository}: there are no merges", file=sys.stderr)
            return 1
        merges = []
        for number, name in enumerate(names, 1):
            merges.append(_reviewed(copy, name, reviewer, Path(temporary), options))
            outcome = merges[-1].failure or f"{_ratio(merges[-1].first, merges[-1].warm)} times a warm review"
            tell(f"{number} of {len(names)}: {name[:10]} {outcome}")
    publish("merges", _report(options.name or options.repository.name, merges, options.runs, conditions), options)
    return 1 if any(merge.failure for merge in merges) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path, help="a git repository with its history; it is cloned")
    parser.add_argument("--name", help="what the report calls it (default: the folder's name)")
    parser.add_argument("--merges", type=int, default=30, help="how many merges, the last ones (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each review (default: %(default)s)")
    parser.add_argument(
        "--only",
        action="append",
        metavar="PATTERN",
        help="check out only such files, where the repository lacks the contents of others (gitignore pattern)",
    )
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    if options.runs < 1 or options.merges < 1:
        parser.error("--runs, --merges: at least 1")
    return options


def _reviewed(copy: Path, name: str, reviewer: tuple[str, ...], folder: Path, options: argparse.Namespace) -> Merge:
    parent = f"{name}^1"
    try:
        _git(copy, "checkout", "--quiet", "--force", "--detach", parent)
        before = _findings(_run(copy, reviewer, folder / "other-cache"))
        _git(copy, "checkout", "--quiet", "--force", "--detach", name)
        cache = folder / "cache"
        after = _findings(_run(copy, reviewer, cache))
        warm = [_timed(copy, reviewer, cache)[1] for _ in range(options.runs)]
        first, again = [], []
        for _ in range(options.runs):
            fresh = folder / "fresh-cache"
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(cache, fresh)
            output, times = _timed(copy, reviewer, fresh, "--since", parent)
            first.append(times)
            again.append(_timed(copy, reviewer, fresh, "--since", parent)[1])
        reported = _findings(output)
        changed = len(_git(copy, "diff-tree", "-r", "--name-only", parent, name).split("\n")) - 1
    except (RuntimeError, ValueError) as error:
        return Merge(name, failure=str(error))
    return Merge(
        name=name,
        changed_files=changed,
        before=len(before),
        after=len(after),
        reported=len(reported),
        known_reported=len(reported & before),
        new_unreported=max(0, len(after - before) - len(reported)),
        warm=_median(warm),
        first=_median(first),
        again=_median(again),
    )


def _findings(output: bytes) -> set[str]:
    """The fingerprints of the findings that a report tells of as not hidden."""
    return {one["fingerprint"] for one in json.loads(output)["findings"] if one["suppression"] is None}


def _run(copy: Path, reviewer: tuple[str, ...], cache: Path, *arguments: str) -> bytes:
    return _timed(copy, reviewer, cache, *arguments)[0]


def _timed(copy: Path, reviewer: tuple[str, ...], cache: Path, *arguments: str) -> tuple[bytes, Times]:
    command = (*reviewer, "check", ".", *OPTIONS, "--cache-dir", str(cache), *arguments)
    run = run_once(Command("reviewer", command, copy))
    if run.failure:
        raise RuntimeError(run.failure)
    return run.output, Times(run.seconds, run.processor_seconds)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *GIT_SETTINGS, *arguments],
        cwd=folder,
        env={**os.environ, **GIT_ENVIRONMENT},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"git {arguments[0]} failed with {done.returncode}: {done.stderr.strip()[:200]}")
    return done.stdout


def _median(runs: list[Times]) -> Times:
    return Times(
        statistics.median(one.seconds for one in runs), statistics.median(one.processor_seconds for one in runs)
    )


def _ratio(times: Times, warm: Times) -> str:
    return f"{times.seconds / warm.seconds:.2f}"


def _report(name: str, merges: list[Merge], runs: int, conditions: str) -> str:
    headings = (
        *("merge", "files", "findings before", "after", "reported", "of them known", "new, not reported"),
        *("warm s", "first x", "again x"),
    )
    done = [merge for merge in merges if not merge.failure]
    parts = [f"{name}: {len(merges)} merges, median of {runs} run{'s' if runs > 1 else ''}. {conditions}."]
    parts.append(table(headings, [_row(merge) for merge in merges]))
    if done:
        first = [merge.first.seconds / merge.warm.seconds for merge in done]
        again = [merge.again.seconds / merge.warm.seconds for merge in done]
        processor = [merge.first.processor_seconds / merge.warm.processor_seconds for merge in done]
        parts.append(
            f"In all: {sum(merge.known_reported for merge in done)} known findings reported,"
            f" {sum(merge.new_unreported for merge in done)} new ones not reported,"
            f" {sum(merge.reported for merge in done)} reported. First time with a base:"
            f" {statistics.median(first):.2f} times a warm review (median), {max(first):.2f} at most,"
            f" {statistics.median(processor):.2f} in processor time; again: {statistics.median(again):.2f},"
            f" {max(again):.2f} at most."
        )
    parts += [f"- {merge.name[:10]}: {merge.failure}" for merge in merges if merge.failure]
    return "\n\n".join(parts)


def _row(merge: Merge) -> list[str]:
    if merge.failure:
        return [merge.name[:10], *[NOTHING] * 9]
    counts = (
        merge.changed_files,
        merge.before,
        merge.after,
        merge.reported,
        merge.known_reported,
        merge.new_unreported,
    )
    return [
        merge.name[:10],
        *(f"{count:,}" for count in counts),
        f"{merge.warm.seconds:.2f}",
        _ratio(merge.first, merge.warm),
        _ratio(merge.again, merge.warm),
    ]


if __name__ == "__main__":
    sys.exit(main())
