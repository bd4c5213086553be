"""Annotations of GitHub Actions: one workflow command a finding, on one line, then a plain summary.

GitHub shows ten annotations of each level a step; all of them stay in the log.
"""

from __future__ import annotations

from reviewer.report import Presentation
from reviewer.report.escaping import annotation_data, annotation_property, log_line, sentence, visible
from reviewer.report.places import place_of_finding
from reviewer.report.summary import summary_line
from reviewer.results import Problem, Review, RuleCrash
from reviewer.rule import Finding, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}

_Properties = dict[str, str | int]


def render(review: Review, _presentation: Presentation) -> str:
    """All annotations, and the summary on a line that cannot be a command."""
    lines = [_finding_command(finding) for finding in review.reported]
    lines += [_problem_command(problem) for problem in review.problems]
    lines += [_crash_command(crash) for crash in review.crashes]
    lines.append(log_line(f"reviewer: {summary_line(review, show_time=False)}"))
    return "".join(f"{line}\n" for line in lines)


def _finding_command(finding: Finding) -> str:
    place = finding.place
    message = sentence(finding.message)
    if finding.hint:
        message += f"\n{sentence(finding.hint)}"
    if place.is_of_git:  # A branch or a commit is in no file: the annotation stands with the run.
        where: _Properties = {"title": f"{visible(finding.rule)}: {place_of_finding(finding)}"}
        return _command(_COMMANDS[finding.severity], where, message)
    properties: _Properties = {
        "file": visible(place.path),
        "line": place.line,
        "endLine": max(place.line, place.end_line),
    }
    if place.end_line <= place.line:
        # Columns are refused for more than one line; the last one is part of the annotation.
        properties["col"] = place.column + 1
        properties["endColumn"] = max(place.column + 1, place.end_column)
    properties["title"] = visible(finding.rule)
    return _command(_COMMANDS[finding.severity], properties, message)


def _problem_command(problem: Problem) -> str:
    title = f"not reviewed: {visible(problem.kind)}"
    properties: _Properties = {"file": visible(problem.path), "line": problem.line, "title": title}
    return _command("warning", properties, sentence(problem.message))


def _crash_command(crash: RuleCrash) -> str:
    title = f"rule {visible(crash.rule)} crashed"
    return _command("error", {"title": title}, f"{sentence(crash.message)}\nIts findings are missing.")


def _command(name: str, properties: _Properties, message: str) -> str:
    values = ",".join(f"{key}={annotation_property(str(value))}" for key, value in properties.items() if value)
    return f"::{name} {values}::{annotation_data(message)}"
