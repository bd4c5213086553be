from __future__ import annotations

import pytest

from reviewer.examples import examples_of, marked_lines, reported_lines
from reviewer.filters.suppressions import SuppressionRule, apply_suppressions
from reviewer.registry import load_catalogue
from reviewer.rule import Category, Finding, Place, Rule, Severity, Suppression
from reviewer.settings import Settings
from reviewer.syntax.comments import read_comments


def made_rule(name: str, family: str) -> type[Rule]:
    module = f"made.{family}.{name.replace('-', '_')}"
    return type(
        "MadeRule", (Rule,), {"__module__": module, "category": Category.SECURITY, "severity": Severity.WARNING}
    )


RULES_BY_FAMILY = {"auth": ("missing-auth", "jwt-without-expiry"), "sql": ("sql-injection", "raw-sql")}
CATALOGUE = {name: made_rule(name, family) for family, names in RULES_BY_FAMILY.items() for name in names}
OWN_RULES = {name: rule for name, rule in load_catalogue().items() if issubclass(rule, SuppressionRule)}
ALL_RULES = {**CATALOGUE, **OWN_RULES}


def finding(rule: str, line: int, path: str = "a.py") -> Finding:
    return Finding(rule, f"{rule} is wrong.", Place(path, line, 0, line, 5), Severity.WARNING)


def applied(
    program: str, *findings: Finding, settings: Settings | None = None, active: dict[str, type[Rule]] | None = None
) -> list[Finding]:
    directives = {"a.py": read_comments(program)}
    rules = [rule() for rule in (ALL_RULES if active is None else active).values()]
    return list(apply_suppressions(findings, directives, settings or Settings(), ALL_RULES.values(), rules))


def hidden(findings: list[Finding]) -> list[tuple[str, int, str]]:
    return [(one.rule, one.place.line, one.suppression.reason) for one in findings if one.suppression]


def about_comments(findings: list[Finding]) -> list[tuple[str, int, int]]:
    return [(one.rule, one.place.line, one.place.column) for one in findings if one.rule in OWN_RULES]


def test_a_finding_is_hidden_by_its_rule_and_kept_with_the_reason() -> None:
    result = applied("x = 1  # reviewer: ignore[missing-auth] -- internal\n", finding("missing-auth", 1))

    assert [one.suppression for one in result] == [Suppression("comment", "internal", Place("a.py", 1, 7, 1, 51))]


def test_a_finding_is_hidden_by_its_family() -> None:
    assert hidden(applied("x = 1  # reviewer: ignore[auth] -- why\n", finding("missing-auth", 1))) == [
        ("missing-auth", 1, "why")
    ]


def test_other_rules_lines_and_files_stay() -> None:
    program = "x = 1  # reviewer: ignore[missing-auth] -- why\ny = 1\n"
    others = [finding("sql-injection", 1), finding("missing-auth", 2), finding("missing-auth", 1, "b.py")]

    assert hidden(applied(program, *others)) == []


def test_a_file_comment_hides_findings_everywhere() -> None:
    result = applied("x = 1\n# reviewer: ignore-file[sql] -- generated\n", finding("raw-sql", 1), finding("raw-sql", 9))

    assert hidden(result) == [("raw-sql", 1, "generated"), ("raw-sql", 9, "generated")]
    assert {one.suppression.kind for one in result if one.suppression} == {"file-comment"}
    assert about_comments(result) == []


def test_a_comment_in_a_header_hides_what_begins_there_only() -> None:
    program = "@route\ndef f(  # reviewer: ignore[missing-auth] -- why\n):\n    x = 1\n"
    findings = [finding("missing-auth", line) for line in (1, 2, 3, 4)]

    assert [line for _, line, _ in hidden(applied(program, *findings))] == [1, 2, 3]


def test_what_hides_nothing_is_reported_at_its_name() -> None:
    program = "x = 1  # reviewer: ignore[missing-auth, raw-sql] -- why\n"

    assert about_comments(applied(program, finding("missing-auth", 1))) == [
        ("unused-suppression", 1, program.index("raw-sql"))
    ]


def test_the_second_of_two_equal_suppressions_is_unused() -> None:
    program = "# reviewer: ignore-file[raw-sql]\nx = 1  # reviewer: ignore[raw-sql]\n"

    assert about_comments(applied(program, finding("raw-sql", 2))) == [("unused-suppression", 1, 24)]


@pytest.mark.parametrize("name", ["missing-auth", "auth"])
def test_rules_that_were_off_are_not_judged(name: str) -> None:
    active = {rule: kind for rule, kind in ALL_RULES.items() if rule != "missing-auth"}

    assert about_comments(applied(f"x = 1  # reviewer: ignore[{name}] -- why\n", active=active)) == []


def test_an_unknown_name_is_reported_with_the_nearest() -> None:
    (result,) = applied("x = 1  # reviewer: ignore[mising_auth] -- why\n")

    assert (result.rule, result.place.column, result.place.end_column) == ("unknown-rule-in-suppression", 26, 37)
    assert result.hint == "Did you mean `missing-auth`?"


def test_unknown_names_without_likeness_and_endless_ones_are_reported_too() -> None:
    results = applied(f"x = 1  # reviewer: ignore[zzzzzz, {'y' * 500}] -- why\n")

    assert [one.rule for one in results] == ["unknown-rule-in-suppression"] * 2
    assert all(len(one.message) < 120 and "Did you" not in one.hint for one in results)


def test_a_malformed_comment_hides_nothing_and_is_reported() -> None:
    result = applied("x = 1  # reviewer: ignore -- why\n", finding("raw-sql", 1))

    assert hidden(result) == []
    assert [(one.rule, one.severity) for one in result] == [
        ("raw-sql", Severity.WARNING),
        ("malformed-suppression", Severity.ERROR),
    ]


def test_reasons_are_asked_for_by_the_settings_only() -> None:
    program = "x = 1  # reviewer: ignore[raw-sql]\n"
    required = Settings(require_suppression_reason=True)

    assert about_comments(applied(program, finding("raw-sql", 1))) == []
    assert about_comments(applied(program, finding("raw-sql", 1), settings=required)) == [
        ("suppression-without-reason", 1, 7)
    ]


def test_rules_about_comments_that_are_off_report_nothing() -> None:
    assert (
        applied("x = 1  # reviewer: ignore[nothing, raw-sql]\ny = 1  # reviewer: ignore\n", active=dict(CATALOGUE))
        == []
    )


def test_the_severity_of_the_active_rule_is_used() -> None:
    rule = OWN_RULES["unused-suppression"](severity=Severity.INFO)
    directives = {"a.py": read_comments("x = 1  # reviewer: ignore[unused-suppression]\n")}
    (result,) = apply_suppressions([], directives, Settings(), ALL_RULES.values(), [rule])

    assert result.severity is Severity.INFO


def test_findings_about_comments_can_be_hidden_like_others() -> None:
    program = "# reviewer: ignore-file[unused-suppression] -- shared\nx = 1  # reviewer: ignore[raw-sql] -- why\n"

    assert hidden(applied(program)) == [("unused-suppression", 2, "shared")]


def test_a_suppression_of_the_rule_itself_that_hides_nothing_is_reported_and_not_hidden() -> None:
    result = applied("x = 1  # reviewer: ignore[unused-suppression, suppressions] -- why\n")

    assert [(one.rule, one.place.column, one.suppression) for one in result] == [
        ("unused-suppression", 26, None),
        ("unused-suppression", 46, None),
    ]


def test_a_finding_that_is_hidden_already_stays_as_it_is_and_counts_as_use() -> None:
    marked = Finding(
        "raw-sql", "x", Place("a.py", 1, 0, 1, 5), Severity.WARNING, suppression=Suppression("override", "settings")
    )

    assert applied("x = 1  # reviewer: ignore[raw-sql] -- why\n", marked) == [marked]


def test_many_comments_and_findings_are_matched_in_order() -> None:
    lines = 400
    program = "".join(f"x{n} = 1  # reviewer: ignore[raw-sql] -- {n}\n" for n in range(1, lines + 1))
    result = applied(program, *(finding("raw-sql", line) for line in range(lines, 0, -1)))

    assert hidden(result) == [("raw-sql", line, str(line)) for line in range(lines, 0, -1)]


@pytest.mark.parametrize("name", sorted(OWN_RULES))
def test_the_examples_of_each_rule_about_comments_hold(name: str) -> None:
    rule = OWN_RULES[name]()
    for files in examples_of(rule.bad):
        assert reported_lines(rule, files) == marked_lines(files) != set()
    for files in examples_of(rule.good):
        assert reported_lines(rule, files) == set()
