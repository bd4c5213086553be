"""Which rules are on, and how severe their findings are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_rules import CATALOGUE, RouteOptions, make_catalogue, make_rule

from reviewer.config import ConfigurationError
from reviewer.rule import Severity
from reviewer.selection import active_rules
from reviewer.settings import ALL, Settings

ALL_NAMES = sorted(CATALOGUE)
NAMES = st.lists(st.sampled_from([ALL, "auth", "sql", "api", *ALL_NAMES]), max_size=4).map(tuple)
SETTINGS = st.builds(
    Settings, preset=st.sampled_from(["recommended", "strict"]), select=NAMES, extend_select=NAMES, ignore=NAMES
)


def names_of(settings: Settings) -> list[str]:
    return [rule.name() for rule in active_rules(settings, CATALOGUE)]


def test_the_recommended_preset_is_on_by_default() -> None:
    assert names_of(Settings()) == ["missing-auth", "sql-injection", "verb-in-path"]


def test_the_strict_preset_holds_the_recommended_one() -> None:
    assert names_of(Settings(preset="strict")) == ALL_NAMES


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(select=("raw-sql",)), ["raw-sql"]),
        (Settings(select=("auth",)), ["jwt-without-expiry", "missing-auth"]),
        (Settings(select=("all",)), ALL_NAMES),
        (Settings(select=("all",), ignore=("auth", "sql")), ["verb-in-path"]),
        (
            Settings(select=("all",), ignore=("sql",), extend_select=("raw-sql", "api", "auth")),
            [n for n in ALL_NAMES if n != "sql-injection"],
        ),
        (Settings(extend_select=("raw-sql",)), ["missing-auth", "raw-sql", "sql-injection", "verb-in-path"]),
        (Settings(extend_select=("sql",), ignore=("raw-sql",)), ["missing-auth", "sql-injection", "verb-in-path"]),
        (Settings(extend_select=("raw-sql",), ignore=("raw-sql", "auth")), ["sql-injection", "verb-in-path"]),
        (Settings(ignore=("all",)), []),
        (Settings(ignore=("all",), extend_select=("missing-auth",)), ["missing-auth"]),
    ],
)
def test_a_rule_named_beats_its_family_and_a_family_beats_all(settings: Settings, expected: list[str]) -> None:
    assert names_of(settings) == expected


@given(SETTINGS)
def test_a_rule_that_is_ignored_by_name_is_never_on_and_one_selected_by_name_always(settings: Settings) -> None:
    names = names_of(settings)

    assert names == sorted(names)
    assert not set(names) & set(settings.ignore)
    assert (set(settings.select) | set(settings.extend_select)) & set(ALL_NAMES) - set(settings.ignore) <= set(names)


@given(SETTINGS, st.permutations(ALL_NAMES))
def test_the_order_of_the_catalogue_does_not_matter(settings: Settings, order: list[str]) -> None:
    shuffled = {name: CATALOGUE[name] for name in order}

    assert [rule.name() for rule in active_rules(settings, shuffled)] == names_of(settings)


def test_severities_of_settings_replace_those_of_rules() -> None:
    settings = Settings(preset="strict", severity={"all": "info", "auth": "warning", "raw-sql": "error"})

    assert {rule.name(): rule.severity for rule in active_rules(settings, CATALOGUE)} == {
        "missing-auth": Severity.WARNING,
        "jwt-without-expiry": Severity.WARNING,
        "sql-injection": Severity.INFO,
        "raw-sql": Severity.ERROR,
        "verb-in-path": Severity.INFO,
    }
    assert CATALOGUE["missing-auth"].severity is Severity.ERROR


def test_a_rule_gets_its_options() -> None:
    settings = Settings(select=("missing-auth",), options={"missing-auth": {"max-routes": 9, "allowed": ["a"]}})

    [rule] = active_rules(settings, CATALOGUE)
    assert rule.options == RouteOptions(max_routes=9, allowed=("a",))


def test_options_that_are_not_valid_are_reported_not_raised_by_the_rule() -> None:
    settings = Settings(options={"missing-auth": {"max-routes": "x", "alowed": []}})

    with pytest.raises(ConfigurationError) as caught:
        active_rules(settings, CATALOGUE)
    assert [(problem.key, problem.suggestion) for problem in caught.value.problems] == [
        ("rules.missing-auth.alowed", "allowed"),
        ("rules.missing-auth.max-routes", ""),
    ]


# Profiles -------------------------------------------------------------------------------------------------------------

FAMILIES = ("api", "documentation", "flask", "git", "suppressions")
BY_FAMILY = make_catalogue(*(make_rule(f"a-rule-of-{family}", family) for family in FAMILIES))


def families_of(settings: Settings, detected: tuple[str, ...] | None) -> list[str]:
    return [rule.family() for rule in active_rules(settings, BY_FAMILY, detected)]


@pytest.mark.parametrize(
    ("named", "detected", "expected"),
    [
        ((), None, list(FAMILIES)),
        ((), ("fastapi", "flask", "git-flow"), list(FAMILIES)),
        ((), ("fastapi",), ["api", "documentation", "suppressions"]),
        ((), ("flask", "git-flow"), ["api", "flask", "git", "suppressions"]),
        ((), (), ["api", "suppressions"]),
        (("fastapi",), ("flask", "git-flow"), ["api", "documentation", "suppressions"]),
        (("flask", "git-flow"), None, ["api", "flask", "git", "suppressions"]),
        (("git-flow",), ("fastapi",), ["git"]),
    ],
)
def test_profiles_leave_out_what_belongs_to_others(
    named: tuple[str, ...], detected: tuple[str, ...] | None, expected: list[str]
) -> None:
    assert families_of(Settings(profile=named), detected) == expected


def test_a_rule_that_is_named_is_on_in_any_profile() -> None:
    assert families_of(Settings(profile=("git-flow",), extend_select=("flask",)), ()) == ["flask", "git"]
    assert families_of(Settings(select=("all",)), ()) == list(FAMILIES)
