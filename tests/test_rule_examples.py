"""Every rule's examples are its first tests: what is bad is reported where it is marked, what is good is not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reviewer.examples import examples_of, findings_on, marked_lines, reported_lines, without_markers
from reviewer.fixing import propose_fixes
from reviewer.registry import load_catalogue
from reviewer.rule import Finding, Rule

CATALOGUE = load_catalogue()


def numbered(kind: str) -> list[object]:
    """One test case for each example of a kind, named by its rule and number."""
    return [
        pytest.param(name, files, id=f"{name}-{number}")
        for name, rule in CATALOGUE.items()
        for number, files in enumerate(examples_of(getattr(rule, kind)), 1)
    ]


def fixed(files: Mapping[str, str], findings: list[Finding]) -> dict[str, str]:
    """The files with all fixes applied, unsafe ones too; every fix must be possible."""
    contents = {path: text.encode() for path, text in files.items()}
    plan = propose_fixes(findings, contents.__getitem__, include_unsafe=True)
    assert [skipped.reason for skipped in plan.skipped] == []
    return {**files, **{file.path: file.new.decode() for file in plan.files}}


def test_all_rules_can_be_loaded() -> None:
    assert CATALOGUE.errors == ()


@pytest.mark.parametrize(("name", "files"), numbered("bad"))
def test_a_bad_example_gives_exactly_its_marked_lines(name: str, files: dict[str, str]) -> None:
    marked = marked_lines(files)

    assert marked
    assert {rule for _, _, rule in marked} == {name}
    assert reported_lines(CATALOGUE[name](), files) == marked


@pytest.mark.parametrize(("name", "files"), numbered("good"))
def test_a_good_example_gives_nothing(name: str, files: dict[str, str]) -> None:
    assert marked_lines(files) == set()
    assert findings_on(CATALOGUE[name](), files) == []


@pytest.mark.parametrize(("name", "files"), numbered("bad"))
def test_what_a_finding_of_a_bad_example_gathers_stands_alone(name: str, files: dict[str, str]) -> None:
    for finding in findings_on(CATALOGUE[name](), files):
        assert len(finding.members) != 1
        assert len({(member.place, member.message) for member in finding.members}) == len(finding.members)
        for member in finding.members:
            assert (member.rule, member.members) == (name, ())


@pytest.mark.parametrize(("name", "files"), numbered("bad"))
def test_a_finding_of_a_bad_example_is_complete(name: str, files: dict[str, str]) -> None:
    rule = CATALOGUE[name]()
    findings = findings_on(rule, files)

    assert len({(finding.place, finding.message) for finding in findings}) == len(findings)
    for finding in findings:
        assert finding.rule == name
        assert finding.severity.rank >= rule.severity.rank  # some are milder
        assert finding.message[0].isupper() or finding.message[0] in "`0123456789"
        assert finding.message.endswith(".")
        assert "\n" not in finding.message
        assert not finding.hint or finding.hint.endswith((".", "?"))
        assert finding.place.line <= finding.place.end_line


@pytest.mark.parametrize(("name", "files"), numbered("bad"))
def test_findings_come_out_the_same_when_files_are_read_in_another_order(name: str, files: dict[str, str]) -> None:
    backwards = dict(reversed(files.items()))

    assert reported_lines(CATALOGUE[name](), backwards) == reported_lines(CATALOGUE[name](), files)


def with_fixes() -> list[object]:
    """The bad examples of which some finding has a fix."""
    cases: list[object] = []
    for name, rule in CATALOGUE.items():
        for number, files in enumerate(examples_of(rule.bad), 1):
            if has_fix(rule(), files):
                cases.append(pytest.param(name, files, id=f"{name}-{number}"))
    return cases


def has_fix(rule: Rule, files: Mapping[str, str]) -> bool:
    """Whether the rule proposes to mend something; a rule that fails is reported by the tests above."""
    try:
        return any(finding.fix is not None for finding in findings_on(rule, files))
    except Exception:
        return False


@pytest.mark.parametrize(("name", "files"), with_fixes())
def test_fixes_turn_a_bad_example_into_a_good_one(name: str, files: dict[str, str]) -> None:
    rule = CATALOGUE[name]()
    plain = without_markers(files)
    findings = findings_on(rule, plain)
    fixable = [finding for finding in findings if finding.fix is not None]

    left = findings_on(rule, fixed(plain, fixable))

    assert len(left) == len(findings) - len(fixable)


@pytest.mark.parametrize(("name", "files"), with_fixes())
def test_a_rule_with_fixes_says_how_safe_they_are(name: str, files: dict[str, str]) -> None:
    assert "\n## Fix safety\n" in CATALOGUE[name].documentation()
