from __future__ import annotations

from reviewer.results import Problem, Review, UnknownCount
from reviewer.rule import Finding, Place, Severity, Suppression


def finding(rule: str, severity: Severity, suppression: Suppression | None = None) -> Finding:
    return Finding(rule, "A message.", Place("a.py", 1, 0, 1, 1), severity, suppression=suppression)


HIDDEN = finding("b", Severity.ERROR, Suppression("baseline", "Known."))
REVIEW = Review(
    root="",
    findings=(finding("a", Severity.INFO), HIDDEN, finding("c", Severity.ERROR), finding("b", Severity.ERROR)),
)


def test_suppressed_findings_are_kept_apart_from_reported_ones() -> None:
    assert [finding.rule for finding in REVIEW.reported] == ["a", "c", "b"]
    assert REVIEW.suppressed == (HIDDEN,)


def test_counts_are_of_reported_findings_the_worst_first() -> None:
    assert list(REVIEW.count_by_severity.items()) == [(Severity.ERROR, 2), (Severity.WARNING, 0), (Severity.INFO, 1)]


def test_rules_are_counted_the_most_frequent_first_then_by_name() -> None:
    review = Review(root="", findings=(*REVIEW.findings, finding("c", Severity.ERROR)))

    assert list(review.count_by_rule.items()) == [("c", 2), ("a", 1), ("b", 1)]


def test_a_file_with_two_problems_is_counted_once() -> None:
    assert Review(root="", problems=(Problem("a", "x", ""), Problem("a", "y", ""))).unreviewed_files == 1


def test_unknown_things_of_all_kinds_are_summed() -> None:
    assert Review(root="", unknowns=(UnknownCount("path", 2), UnknownCount("model", 3))).unknown == 5
