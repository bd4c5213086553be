"""The report for people at a terminal; for them alone, so its form may change between versions.

Each finding is one line that editors and grep understand, then the source with the place marked, the way to mend it and
the places that explain it. Those of a rule stand together, errors first; of many, the first are explained. What could
not be reviewed and one line of counts follow.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.report import Presentation
from reviewer.report.colour import Style, painted
from reviewer.report.escaping import log_line, sentence, visible
from reviewer.report.excerpt import excerpt
from reviewer.report.finding_groups import LISTED, FindingGroup, file_count, groups_of
from reviewer.report.places import place_of_finding, shown_place
from reviewer.report.rule_times import timing_lines
from reviewer.report.summary import counted, summary_line
from reviewer.results import Problem, Review, RuleCrash, UnknownCount
from reviewer.rule import Finding, Severity

#: Findings that are shown with their source; the others are one line each, so that the report stays readable.
MAX_EXCERPTS = 1_000
MAX_RELATED = 5
MAX_EXAMPLES = 3

_SEVERITY_STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING, Severity.INFO: Style.INFO}


def render(review: Review, presentation: Presentation) -> str:
    """The whole report; no line of it holds a control character of the input or a command of a build system."""
    blocks = _finding_blocks(review, presentation)
    colour = presentation.colour
    blocks.append([_problem_line(problem, colour) for problem in review.problems])
    blocks.append([_crash_line(crash, colour) for crash in review.crashes])
    if presentation.statistics:
        blocks.append(list(_statistics(review)))
        blocks.append([_unknown_line(count) for count in review.unknowns])
    if review.timings is not None:
        blocks.append(timing_lines(review.timings))
    blocks.append([_summary(review, presentation)])
    return "\n".join("".join(f"{log_line(line)}\n" for line in block) for block in blocks if block)


def _finding_blocks(review: Review, presentation: Presentation) -> list[list[str]]:
    reported = review.reported
    if presentation.show_source and not presentation.show_all:
        return [block for group in groups_of(reported) for block in _group_blocks(group, presentation)]
    explained = reported[:MAX_EXCERPTS] if presentation.show_source else ()
    blocks = [
        [_finding_line(finding, presentation.colour), *_explanation(finding, presentation)] for finding in explained
    ]
    blocks.append([_finding_line(finding, presentation.colour) for finding in reported[len(explained) :]])
    return blocks


def _group_blocks(group: FindingGroup, presentation: Presentation) -> Iterator[list[str]]:
    """The findings of a rule: the first explained, the others in a line each as far as they are listed."""
    colour = presentation.colour
    for finding in group.shown:
        yield [_finding_line(finding, colour), *_explanation(finding, presentation)]
    others = group.others
    if not others:
        return
    rule = painted(f"[{visible(group.rule)}]", Style.FAINT, colour=colour)
    where = counted(file_count(others), "file")
    lines = [f"and {len(others)} more like these in {where}:  {rule}"]
    for finding, subject in list(zip(others, group.subjects(), strict=True))[:LISTED]:
        known = "  (known)" if finding.baseline_state == "unchanged" else ""
        lines.append(f"  {painted(place_of_finding(finding), Style.STRONG, colour=colour)}  {sentence(subject)}{known}")
    if len(others) > LISTED:
        lines.append(f"  and {len(others) - LISTED} more; `--full` shows all")
    yield lines


def _finding_line(finding: Finding, colour: bool) -> str:
    location = painted(place_of_finding(finding), Style.STRONG, colour=colour)
    severity = painted(finding.severity.value, _SEVERITY_STYLES[finding.severity], colour=colour)
    known = "  (known)" if finding.baseline_state == "unchanged" else ""
    rule = painted(f"[{visible(finding.rule)}]{known}", Style.FAINT, colour=colour)
    return f"{location}  {severity}  {sentence(finding.message)}  {rule}"


def _explanation(finding: Finding, presentation: Presentation) -> list[str]:
    lines = _source(finding, presentation)
    if finding.hint:
        lines.append(_note("hint", sentence(finding.hint), presentation.colour))
    if finding.fix is not None:
        kind = "fix" if finding.fix.is_safe else "unsafe fix"
        lines.append(_note(kind, sentence(finding.fix.description), presentation.colour))
    for related in finding.related[:MAX_RELATED]:
        lines.append(_note("see", f"{shown_place(related.place)}  {sentence(related.message)}", presentation.colour))
    if len(finding.related) > MAX_RELATED:
        left_out = counted(len(finding.related) - MAX_RELATED, "more place")
        lines.append(_note("see", left_out, presentation.colour))
    return lines


def _source(finding: Finding, presentation: Presentation) -> list[str]:
    place = finding.place
    line = presentation.line_of(place.path, place.line)
    if line is None or not line.strip():
        return []
    end = place.end_column if place.end_line == place.line else len(line.rstrip())
    shown, carets = excerpt(line, place.column, end)
    style = _SEVERITY_STYLES[finding.severity]
    return [
        painted(f"{place.line:>6} | ", Style.FAINT, colour=presentation.colour) + shown,
        painted(f"{'':>6} | ", Style.FAINT, colour=presentation.colour) + _marked(carets, style, presentation.colour),
    ]


def _marked(carets: str, style: Style, colour: bool) -> str:
    marks = carets.lstrip()
    return carets[: -len(marks)] + painted(marks, style, colour=colour)


def _note(label: str, text: str, colour: bool) -> str:
    return f"  {painted(label + ':', Style.STRONG, colour=colour)} {text}"


def _problem_line(problem: Problem, colour: bool) -> str:
    location = visible(problem.path) + (f":{problem.line}" if problem.line else "")
    status = painted("not reviewed", Style.WARNING, colour=colour)
    kind = painted(f"[{visible(problem.kind)}]", Style.FAINT, colour=colour)
    return f"{painted(location, Style.STRONG, colour=colour)}  {status}  {sentence(problem.message)}  {kind}"


def _crash_line(crash: RuleCrash, colour: bool) -> str:
    status = painted("crashed", Style.ERROR, colour=colour)
    return f"rule {visible(crash.rule)}  {status}  {sentence(crash.message)}  (its findings are missing)"


def _statistics(review: Review) -> Iterator[str]:
    """How many findings each rule has, and how many of them can be mended, the most first."""
    groups = {group.rule: group.findings for group in groups_of(review.reported)}
    for rule, number in review.count_by_rule.items():
        worst = groups[rule][0].severity
        fixes = sum(one.fix is not None for one in groups[rule])
        mended = f"  ({fixes} with a fix)" if fixes else ""
        yield f"{number:>6}  {worst.value:<7}  {visible(rule)}{mended}"


def _unknown_line(unknown: UnknownCount) -> str:
    examples = [f"{shown_place(example.place)} ({sentence(example.reason)})" for example in unknown.examples]
    such_as = f", such as {', '.join(examples[:MAX_EXAMPLES])}" if examples else ""
    return f"{unknown.count:>6}  unknown {visible(unknown.what)}{such_as}"


def _summary(review: Review, presentation: Presentation) -> str:
    line = summary_line(review, show_time=presentation.show_time)
    return painted(line, _summary_style(review), colour=presentation.colour)


def _summary_style(review: Review) -> Style:
    if review.crashes:
        return Style.ERROR
    worst = next((severity for severity, number in review.count_by_severity.items() if number), None)
    if worst is not None:
        return _SEVERITY_STYLES[worst]
    return Style.WARNING if review.problems else Style.GOOD
