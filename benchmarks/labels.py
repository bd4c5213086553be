#!/usr/bin/env python3
"""How much `reviewer` finds on labelled lines, and how often it is wrong there. Judges nothing.

The sources folder holds what the labels are about, as the scoring program expects it: test files of other analysers.
The program takes the sources (`--src`), what our rules stand for (`--map`, `label_topics.json` here), a SARIF file,
topics and `--json`, and prints how many labelled lines were found and how many alarms were false.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import Command, run_once
from results import (
    NOTHING,
    add_output_options,
    add_reviewer_option,
    end_in_order,
    publish,
    reviewer_command,
    table,
    tell,
)

TOPICS_FILE = Path(__file__).with_name("label_topics.json")
#: All rules, and no file counts as a test, since the labelled files are tests by name.
OPTIONS = ("--preset", "strict", "--format", "sarif")
CONFIGURATION = "test-files = []\n"


def main() -> int:
    """Reviews, scores and reports. 1 where the review or a score failed."""
    options = _options()
    end_in_order()
    reviewer = reviewer_command(options)
    with tempfile.TemporaryDirectory(prefix="reviewer-benchmark-") as temporary:
        report, failure = _reviewed(options.sources.resolve(), reviewer, Path(temporary))
        if failure:
            tell(f"the review failed: {failure}")
            return 1
        rows, failures = [], []
        for topic in options.topics or _mapped_topics(options.map):
            score = _score(options, report, topic)
            if isinstance(score, str):
                failures.append(f"- {topic} has no score: {score}")
            elif score["positives"]:
                rows.append(_row(topic, score))
    headings = ("topic", "labelled", "found", "recall", "unflagged", "false alarms", "precision")
    parts = ["All rules; percent.", table(headings, rows), *(["\n".join(failures)] if failures else [])]
    publish("labels", "\n\n".join(parts), options)
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True, metavar="DIR", help="folder of the labelled files")
    parser.add_argument("--score", type=Path, required=True, metavar="PROGRAM", help="the program that scores")
    parser.add_argument("--map", type=Path, default=TOPICS_FILE, metavar="FILE", help="topics by rule")
    parser.add_argument(
        "--topics", type=lambda text: text.split(","), default=[], help="only these; default: those of the map"
    )
    add_reviewer_option(parser)
    add_output_options(parser)
    options = parser.parse_args()
    for path in (options.sources, options.score, options.map):
        if not path.exists():
            parser.error(f"{path}: no such file or folder")
    return options


def _mapped_topics(file: Path) -> list[str]:
    """The topics that some rule stands for, in the order of the map."""
    rules = json.loads(file.read_text(encoding="utf-8"))["rules"]
    return list(dict.fromkeys(topic for topics in rules.values() for topic in topics))


def _reviewed(sources: Path, reviewer: tuple[str, ...], temporary: Path) -> tuple[Path, str | None]:
    """The SARIF file of a review of all sources, and why there is none."""
    report, configuration = temporary / "report.sarif", temporary / "reviewer.toml"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    command = (*reviewer, "check", ".", *OPTIONS, "--config", str(configuration), "--output", str(report))
    run = run_once(Command("check", command, sources))
    return report, run.failure


def _score(options: argparse.Namespace, report: Path, topic: str) -> dict[str, Any] | str:
    """The counts of one topic, or why there are none."""
    arguments = ["--src", options.sources, "--map", options.map, report, "--topic", topic, "--json"]
    answer = subprocess.run(
        [sys.executable, str(options.score), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    try:
        score: dict[str, Any] = json.loads(answer.stdout)["overall"]
        return {name: int(score[name]) for name in ("positives", "found", "negatives", "alarms")}
    except (ValueError, KeyError, TypeError):
        return (answer.stderr.strip().splitlines() or ["the answer is not understood"])[-1]


def _row(topic: str, score: dict[str, Any]) -> list[str]:
    found, alarms = score["found"], score["alarms"]
    return [
        topic,
        f"{score['positives']:,}",
        f"{found:,}",
        _share(found, score["positives"]),
        f"{score['negatives']:,}",
        f"{alarms:,}",
        _share(found, found + alarms),
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else NOTHING


if __name__ == "__main__":
    sys.exit(main())
