"""The summary of a job or pull request as Markdown: counts, findings by rule, of many alike the first ones.

Bounded, since GitHub refuses a summary of more than 1 MiB as a whole. Names and messages of the reviewed repository
make no link, mention, markup or HTML: see `markdown_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reviewer.report import Presentation
from reviewer.report.escaping import log_line, shortened
from reviewer.report.finding_groups import FindingGroup, file_count, groups_of
from reviewer.report.markdown_text import code, prose
from reviewer.report.places import place_of_finding
from reviewer.report.summary import counted, summary_line
from reviewer.results import Problem, Review
from reviewer.rule import Finding, Severity

MAX_RULES = 50
MAX_ROWS = 100
MAX_LISTED = 10  # places of the further findings of a rule
MAX_PROBLEMS = 20
MAX_MESSAGE = 300  # characters of a message in a table
MAX_PATH = 300


def render(review: Review, _presentation: Presentation) -> str:
    """The whole summary, with a heading of the second level."""
    sections = [["## reviewer"], [f"{summary_line(review, show_time=False)}."]]
    findings = review.reported
    if findings:
        sections.append(_table(("Rule", "Severity", "Findings"), _rules(review), len(review.count_by_rule), MAX_RULES))
        rows = [row for group in groups_of(findings) for row in _group_rows(group)]
        sections.append(["### Findings"])
        header = ("Severity", "Place", "Finding", "Rule")
        sections.append(_table(header, rows[:MAX_ROWS], len(rows), MAX_ROWS))
    if review.crashes:
        sections.append(["### Rules that crashed"])
        crashes = ((code(crash.rule), _message(crash.message)) for crash in review.crashes[:MAX_PROBLEMS])
        sections.append(_table(("Rule", "Reason"), crashes, len(review.crashes), MAX_PROBLEMS))
    if review.problems:
        sections.append(["### Not reviewed"])
        problems = map(_problem_cells, review.problems[:MAX_PROBLEMS])
        sections.append(_table(("File", "Reason"), problems, len(review.problems), MAX_PROBLEMS))
    return "\n".join("".join(f"{log_line(line)}\n" for line in section) for section in sections)


def _rules(review: Review) -> Iterator[Sequence[str]]:
    """One row a rule, the most findings first."""
    severities: dict[str, Severity] = {}
    for finding in review.reported:
        worst = severities.get(finding.rule, finding.severity)
        severities[finding.rule] = min(worst, finding.severity, key=lambda severity: severity.rank)
    for rule, number in list(review.count_by_rule.items())[:MAX_RULES]:
        yield code(shortened(rule, MAX_PATH)), severities[rule].value, str(number)


def _group_rows(group: FindingGroup) -> Iterator[Sequence[str]]:
    """The findings of a rule: the first with their messages, the places of the others in one row."""
    yield from map(_finding_cells, group.shown)
    others = group.others
    if others:
        places = [code(shortened(place_of_finding(one), MAX_PATH)) for one in others[:MAX_LISTED]]
        left = [f"and {len(others) - MAX_LISTED} more"] if len(others) > MAX_LISTED else []
        more = f"{len(others)} more in {counted(file_count(others), 'file')}"
        yield others[0].severity.value, ", ".join([*places, *left]), more, code(shortened(group.rule, MAX_PATH))


def _finding_cells(finding: Finding) -> Sequence[str]:
    place = code(shortened(place_of_finding(finding), MAX_PATH))
    return finding.severity.value, place, _message(finding.message), code(shortened(finding.rule, MAX_PATH))


def _problem_cells(problem: Problem) -> Sequence[str]:
    place = f"{shortened(problem.path, MAX_PATH)}:{problem.line}" if problem.line else shortened(problem.path, MAX_PATH)
    return code(place), _message(problem.message)


def _message(text: str) -> str:
    return prose(shortened(text, MAX_MESSAGE))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], count: int, limit: int) -> list[str]:
    lines = [f"| {' | '.join(header)} |", "|---" * len(header) + "|", *(f"| {' | '.join(row)} |" for row in rows)]
    if count > limit:
        lines += ["", f"And {counted(count - limit, 'more row')}."]
    return lines
