"""`reviewer new-rule`: what it writes is a rule as soon as everything that is marked TODO is done, and none before."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import test_rule_pages
from command_line import Run

from reviewer.checklist import BULLETS
from reviewer.examples import examples_of, findings_on, marked_lines, reported_lines
from reviewer.registry import Catalogue, load_catalogue

DONE = {
    "TODO: the bad state in one sentence.": "routes that are there.",
    "TODO: the bullet of the checklist, word for word.": sorted(BULLETS)[0],
    "TODO": "nothing is left to say",
}


@pytest.fixture
def pack(team_pack: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an installed pack beside a folder of changelog fragments; the working folder is the one above."""
    (team_pack.parent / "changelog.d").mkdir()
    monkeypatch.chdir(team_pack.parents[1])
    yield team_pack
    for name in [name for name in sys.modules if name.partition(".")[0] == "team_rules"]:
        del sys.modules[name]


def catalogue_of(pack: Path) -> Catalogue:
    importlib.invalidate_caches()
    return load_catalogue(["team"])


def test_the_files_of_a_rule_are_written(run: Run, pack: Path) -> None:
    done = run("new-rule", "manners/late-reply", "--folder", "site/team_rules")

    assert done.code == 0
    assert done.out == "wrote site/team_rules/manners/late_reply.py\nwrote site/changelog.d/late-reply.added.md\n"
    assert (pack.parent / "changelog.d" / "late-reply.added.md").read_text().startswith("- `late-reply`: TODO")


def test_a_new_family_becomes_a_package(run: Run, pack: Path) -> None:
    run("new-rule", "speed/slow-route", "--folder", "site/team_rules")

    assert (pack / "speed" / "__init__.py").is_file()
    assert catalogue_of(pack)["slow-route"].family() == "speed"


def test_a_new_rule_can_be_loaded_and_its_page_is_refused_until_it_is_done(run: Run, pack: Path) -> None:
    run("new-rule", "tests/late-reply", "--folder", "site/team_rules")
    rule = catalogue_of(pack)["late-reply"]

    with pytest.raises(AssertionError):
        test_rule_pages.test_nothing_is_left_to_do(rule)
    with pytest.raises(AssertionError):
        test_rule_pages.test_the_checklist_names_bullets_word_for_word(rule)


def test_a_new_rule_passes_the_tests_of_rules_once_it_is_done(run: Run, pack: Path) -> None:
    run("new-rule", "tests/late-reply", "--folder", "site/team_rules")
    file = pack / "tests" / "late_reply.py"
    text = file.read_text()
    for todo, done in DONE.items():
        assert todo in text
        text = text.replace(todo, done)
    file.write_text(text)
    catalogue = catalogue_of(pack)
    assert catalogue.errors == ()
    rule = catalogue["late-reply"]

    for check in (
        test_rule_pages.test_nothing_is_left_to_do,
        test_rule_pages.test_the_summary_is_one_sentence_that_opens_with_a_verb,
        test_rule_pages.test_the_headings_are_known_and_in_order,
        test_rule_pages.test_options_are_described_by_name,
        test_rule_pages.test_the_checklist_names_bullets_word_for_word,
        test_rule_pages.test_there_are_good_and_bad_examples,
        test_rule_pages.test_a_rule_stands_in_the_folder_of_a_known_family,
        test_rule_pages.test_the_class_is_named_as_the_file,
        test_rule_pages.test_a_rule_imports_from_the_one_door,
    ):
        check(rule)
    [bad] = examples_of(rule.bad)
    [good] = examples_of(rule.good)
    assert reported_lines(rule(), bad) == marked_lines(bad) != set()
    assert findings_on(rule(), good) == []


def test_what_is_there_is_not_overwritten(run: Run, pack: Path) -> None:
    (pack.parent / "changelog.d" / "late-reply.added.md").write_text("- mine\n")
    first = run("new-rule", "manners/late-reply", "--folder", "site/team_rules")
    (pack / "manners" / "late_reply.py").write_text("mine\n")
    second = run("new-rule", "manners/late-reply", "--folder", "site/team_rules")

    assert (first.code, first.out) == (0, "wrote site/team_rules/manners/late_reply.py\n")
    assert (second.code, second.err) == (2, "reviewer: site/team_rules/manners/late_reply.py exists already\n")
    assert (pack / "manners" / "late_reply.py").read_text() == "mine\n"
    assert (pack.parent / "changelog.d" / "late-reply.added.md").read_text() == "- mine\n"


@pytest.mark.parametrize(
    "name", ["late", "/late", "a/", "Manners/late", "a/b/c", "../x", "a/-b", "a-b/c", "a/all", "a/a", "all/b", ""]
)
def test_what_is_no_name_is_refused_and_nothing_is_written(run: Run, pack: Path, name: str) -> None:
    before = sorted(pack.rglob("*"))
    done = run("new-rule", name, "--folder", "site/team_rules")

    assert done.code == 2
    assert "is no name for a rule" in done.err
    assert sorted(pack.rglob("*")) == before


def test_a_name_that_is_taken_is_refused(run: Run, pack: Path) -> None:
    done = run("new-rule", "manners/sql-injection", "--folder", "site/team_rules")

    assert (done.code, done.err) == (2, "reviewer: there is a rule sql-injection already, in the family security\n")


def test_a_folder_that_cannot_be_made_is_told(run: Run, pack: Path) -> None:
    (pack / "taken").write_text("")
    done = run("new-rule", "taken/late-reply", "--folder", "site/team_rules")

    assert done.code == 2
    assert done.err.startswith("reviewer: site/team_rules/taken: cannot be written: ")
