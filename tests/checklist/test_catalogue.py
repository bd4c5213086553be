"""Rules and bullets belong together: none is without the other, or says why."""

from __future__ import annotations

import pytest

from reviewer.checklist import BULLETS, DOCUMENTS
from reviewer.checklist.deciding import DECIDED_BY, NEVER_PROVED, PARTS
from reviewer.checklist.judging import MEASURES
from reviewer.checklist.verdicts import with_parts
from reviewer.checklist.wording import TITLES, WORDING
from reviewer.registry import load_catalogue

CATALOGUE = load_catalogue()
ANSWERED = {bullet for rule in CATALOGUE.values() for bullet in rule.checklist}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_rule_belongs_to_a_bullet_or_names_its_practice(name: str) -> None:
    rule = CATALOGUE[name]

    assert rule.practice if not rule.checklist else set(rule.checklist) <= set(BULLETS)


def test_a_bullet_without_rules_says_why_a_person_judges_it() -> None:
    assert [bullet for bullet in BULLETS if bullet not in ANSWERED and not WORDING[bullet].for_people] == []


def test_every_bullet_is_worded_and_no_other() -> None:
    assert list(WORDING) == list(BULLETS)
    assert list(TITLES) == list(DOCUMENTS)


@pytest.mark.parametrize("bullet", BULLETS)
def test_a_bullet_is_told_in_our_own_words(bullet: str) -> None:
    wording = WORDING[bullet]

    assert wording.words.endswith(".")
    assert wording.words.rstrip(".").lower() != bullet.rstrip(".").lower()
    assert not wording.for_people or wording.for_people.endswith(".")


def test_evidence_names_measures_and_each_measure_is_evidence() -> None:
    assert {name for wording in WORDING.values() for name in wording.evidence} == set(MEASURES)


def test_what_decides_a_bullet_names_bullets_and_their_evidence() -> None:
    assert {*DECIDED_BY, *PARTS, *NEVER_PROVED} <= set(WORDING)
    assert {part for parts in PARTS.values() for part in parts} <= set(WORDING)
    assert [quote for quote, names in DECIDED_BY.items() if not set(names) <= set(WORDING[quote].evidence)] == []


def test_no_bullet_is_a_part_of_itself() -> None:
    assert [quote for quote, parts in PARTS.items() if quote in with_parts(parts)] == []


def test_a_bullet_that_rules_cannot_prove_says_what_a_person_looks_at() -> None:
    assert [quote for quote in NEVER_PROVED if not WORDING[quote].for_people] == []
