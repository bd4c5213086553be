"""Settings that hold for some files only."""

from __future__ import annotations

from reviewer.filters.overrides import apply_overrides
from reviewer.rule import Category, Finding, Place, Rule, Severity, Suppression
from reviewer.settings import PathOverride, Settings


class MissingAuth(Rule):
    """Reports nothing."""

    __module__ = "made.auth.missing_auth"
    category = Category.SECURITY
    severity = Severity.WARNING


CATALOGUE: dict[str, type[Rule]] = {"missing-auth": MissingAuth}


def finding(path: str, rule: str = "missing-auth") -> Finding:
    return Finding(rule, "It is public.", Place(path, 1, 0, 1, 5), Severity.WARNING)


def applied(path: str, *overrides: PathOverride, prefix: str = "", rule: str = "missing-auth") -> Finding:
    """The one finding after the overrides."""
    settings = Settings(overrides=overrides, root_prefix=prefix)
    [changed] = apply_overrides([finding(path, rule)], settings, CATALOGUE)
    return changed


def test_without_overrides_findings_stay_as_they_are() -> None:
    assert applied("a.py") == finding("a.py")


def test_an_ignored_finding_is_kept_and_marked_with_the_reason() -> None:
    override = PathOverride(("scripts/**", "*.gen.py"), ignore=("missing-auth",))

    assert applied("scripts/a.py", override).suppression == Suppression(
        "override", "the configuration ignores it in scripts/**, *.gen.py"
    )
    assert applied("app/x.gen.py", override).suppression is not None
    assert applied("app/a.py", override) == finding("app/a.py")


def test_families_and_all_are_understood() -> None:
    assert applied("a.py", PathOverride(("*.py",), ignore=("auth",))).suppression is not None
    assert applied("a.py", PathOverride(("*.py",), ignore=("all",))).suppression is not None
    assert applied("a.py", PathOverride(("*.py",), ignore=("sql",))) == finding("a.py")


def test_of_several_overrides_the_later_severity_wins() -> None:
    first = PathOverride(("**",), severity={"missing-auth": "error"})
    second = PathOverride(("app/**",), severity={"auth": "info"})

    assert applied("app/a.py", first, second).severity is Severity.INFO
    assert applied("b.py", first, second).severity is Severity.ERROR


def test_the_rule_beats_its_family_within_one_override() -> None:
    override = PathOverride(("**",), severity={"auth": "info", "missing-auth": "error", "all": "warning"})

    assert applied("a.py", override).severity is Severity.ERROR


def test_patterns_count_from_the_folder_of_the_configuration() -> None:
    override = PathOverride(("backend/app/**",), ignore=("auth",))

    assert applied("app/a.py", override, prefix="backend/").suppression is not None
    assert applied("app/a.py", override).suppression is None


def test_a_later_pattern_takes_a_file_out_again() -> None:
    override = PathOverride(("*.py", "!kept.py"), ignore=("auth",))

    assert applied("a.py", override).suppression is not None
    assert applied("kept.py", override).suppression is None


def test_a_finding_of_an_unknown_rule_is_left_alone() -> None:
    assert applied("a.py", PathOverride(("**",), ignore=("all",)), rule="other") == finding("a.py", "other")


def test_the_order_of_findings_is_kept() -> None:
    findings = [finding("b.py"), finding("a.py"), finding("scripts/c.py")]

    changed = apply_overrides(findings, Settings(overrides=(PathOverride(("a.py",), ignore=("all",)),)), CATALOGUE)

    assert [each.place.path for each in changed] == ["b.py", "a.py", "scripts/c.py"]
    assert [each.suppression is not None for each in changed] == [False, True, False]
