"""Every rule's page has the form that readers and the generated documentation rely on."""

from __future__ import annotations

import inspect
import re
from itertools import pairwise

import pytest

from reviewer.checklist import BULLETS
from reviewer.examples import examples_of
from reviewer.registry import load_catalogue
from reviewer.rule import NoOptions, Rule
from reviewer.rule_options import option_keys

CATALOGUE = load_catalogue()
RULES = [pytest.param(rule, id=name) for name, rule in CATALOGUE.items()]

FAMILIES = {
    "api", "architecture", "auth", "celery", "concurrency", "database", "documentation", "errors", "flask", "git", "project",
    "pydantic", "redis", "requests", "security", "settings", "suppressions", "templates", "tests",
}  # fmt: skip
REQUIRED = ("What it reports", "Why", "When to ignore it")
#: All headings a page may have, in their order.
HEADINGS = (*REQUIRED, "Known limits", "Options", "Fix safety")
SUMMARY = re.compile(r"(?:Reports|Finds|Flags|Forbids|Demands|Checks) (?:(?!\. ).)+\.")


def headings_of(rule: type[Rule]) -> list[str]:
    return re.findall(r"^## (.*)$", rule.documentation(), re.MULTILINE)


def section_of(rule: type[Rule], heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", rule.documentation(), re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


@pytest.mark.parametrize("rule", RULES)
def test_the_summary_is_one_sentence_that_opens_with_a_verb(rule: type[Rule]) -> None:
    assert SUMMARY.fullmatch(rule.summary()), rule.summary()
    assert rule.documentation().splitlines()[1:2] == [""]


@pytest.mark.parametrize("rule", RULES)
def test_nothing_is_left_to_do(rule: type[Rule]) -> None:
    assert "TODO" not in inspect.getsource(inspect.getmodule(rule))  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES)
def test_the_headings_are_known_and_in_order(rule: type[Rule]) -> None:
    headings = headings_of(rule)

    assert set(REQUIRED) <= set(headings) <= set(HEADINGS)
    assert all(HEADINGS.index(first) < HEADINGS.index(second) for first, second in pairwise(headings))
    assert all(section_of(rule, heading) for heading in headings)


@pytest.mark.parametrize("rule", RULES)
def test_options_are_described_by_name(rule: type[Rule]) -> None:
    described = section_of(rule, "Options")

    assert ("Options" in headings_of(rule)) == (rule.Options is not NoOptions)
    for key, field in option_keys(rule).items():
        assert f"`{key}`" in described or f"`{field}`" in described


@pytest.mark.parametrize("rule", RULES)
def test_the_checklist_names_bullets_word_for_word(rule: type[Rule]) -> None:
    assert [bullet for bullet in rule.checklist if bullet not in BULLETS] == []
    assert len(set(rule.checklist)) == len(rule.checklist)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_answers_a_bullet_or_names_the_practice_beyond_them(rule: type[Rule]) -> None:
    assert bool(rule.checklist) != bool(rule.practice)
    assert not rule.practice or rule.practice.endswith(".")


@pytest.mark.parametrize("rule", RULES)
def test_there_are_good_and_bad_examples(rule: type[Rule]) -> None:
    assert examples_of(rule.bad)
    assert examples_of(rule.good)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_stands_in_the_folder_of_a_known_family(rule: type[Rule]) -> None:
    assert rule.family() in FAMILIES


@pytest.mark.parametrize("rule", RULES)
def test_the_class_is_named_as_the_file(rule: type[Rule]) -> None:
    assert rule.__name__.lower() == rule.name().replace("-", "")


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_imports_from_the_one_door(rule: type[Rule]) -> None:
    source = inspect.getsource(inspect.getmodule(rule))  # type: ignore[arg-type]
    imported = set(re.findall(r"^\s*from (reviewer[\w.]*) import", source, re.MULTILINE))

    assert {name for name in imported if not name.startswith("reviewer.conventions")} <= {"reviewer.api"}


@pytest.mark.parametrize("rule", RULES)
def test_weaknesses_and_references_are_written_in_one_way(rule: type[Rule]) -> None:
    assert rule.cwe is None or rule.cwe > 0
    assert re.fullmatch(r"(?:API(?:[1-9]|10):2023)?", rule.owasp)
    assert all(reference.startswith("https://") or " " in reference for reference in rule.references)


def test_names_of_rules_are_no_names_of_families() -> None:
    assert FAMILIES.isdisjoint(CATALOGUE)
