"""JUnit XML, for pipelines that show test results: one test case a finding, and one that passes a rule without any new.

Valid against the schema of the Jenkins xUnit plugin, which knows no file or line of a test case: both stand in the text
of the failure. Times are left out, since the same input gives the same bytes.
"""

from __future__ import annotations

from collections import Counter

from reviewer.report import Presentation
from reviewer.report.escaping import log_line, sentence, visible
from reviewer.report.places import place_of_finding
from reviewer.results import Problem, Review, RuleCrash
from reviewer.rule import Finding

SUITE = "reviewer"
#: What a rule without findings is called as a test, and what files that were not reviewed are tests of.
NO_FINDINGS = "no findings"
UNREVIEWED = "not reviewed"

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def render(review: Review, _presentation: Presentation) -> str:
    """One suite: failures are findings, errors are rules that crashed and files that could not be reviewed."""
    failing = {finding.rule for finding in review.new} | {crash.rule for crash in review.crashes}
    cases = [_case(rule.name, NO_FINDINGS) for rule in review.rules if rule.name not in failing]
    names = _Names()
    cases += [_failure(finding, names) for finding in review.new]
    cases += [_crash(crash, names) for crash in review.crashes]
    cases += [_problem(problem, names) for problem in review.new_problems]
    errors = len(review.crashes) + len(review.new_problems)
    counts = f'tests="{len(cases)}" failures="{len(review.new)}" errors="{errors}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="{SUITE}" {counts}>',
        f'  <testsuite name="{SUITE}" {counts}>',
        *(f"    {case}" for case in cases),
        "  </testsuite>",
        "</testsuites>",
    ]
    return "".join(f"{log_line(line)}\n" for line in lines)


class _Names:
    """Gives each test case of a class a name of its own, by which a pipeline knows it again: no line is part of it."""

    def __init__(self) -> None:
        self._used: Counter[tuple[str, str]] = Counter()

    def unique(self, test_class: str, name: str) -> str:
        self._used[test_class, name] += 1
        number = self._used[test_class, name]
        return name if number == 1 else f"{name} ({number})"


def _failure(finding: Finding, names: _Names) -> str:
    message = sentence(finding.message)
    where = place_of_finding(finding)
    path = where if finding.place.is_of_git else visible(finding.place.path)
    name = names.unique(visible(finding.rule), f"{path}: {message}")
    text = f"{where}  {finding.severity.value}  {message}"
    if finding.hint:
        text += f"  hint: {sentence(finding.hint)}"
    return _case(finding.rule, name, _element("failure", finding.severity.value, message, text))


def _crash(crash: RuleCrash, names: _Names) -> str:
    message = sentence(crash.message)
    text = f"The rule crashed: {message}  Its findings are missing."
    return _case(crash.rule, names.unique(visible(crash.rule), "crashed"), _element("error", "crash", message, text))


def _problem(problem: Problem, names: _Names) -> str:
    message, path = sentence(problem.message), visible(problem.path)
    text = f"{path}{f':{problem.line}' if problem.line else ''}  not reviewed  {message}"
    name = names.unique(UNREVIEWED, f"{path}: {message}")
    return _case(UNREVIEWED, name, _element("error", problem.kind, message, text))


def _case(test_class: str, name: str, outcome: str = "") -> str:
    attributes = f'classname="{_escaped(visible(test_class))}" name="{_escaped(name)}"'
    return f"<testcase {attributes}>{outcome}</testcase>" if outcome else f"<testcase {attributes}/>"


def _element(name: str, kind: str, message: str, text: str) -> str:
    return f'<{name} type="{_escaped(visible(kind))}" message="{_escaped(message)}">{_escaped(text)}</{name}>'


def _escaped(text: str) -> str:
    """Visible text as XML 1.0, which can name no control character even by its number; there are none left in it."""
    return text.translate(_ENTITIES)
