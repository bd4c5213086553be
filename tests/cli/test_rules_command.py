"""`reviewer rules` and `reviewer explain`: the catalogue and a rule's page, with the rules of packs."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run

from reviewer.registry import load_catalogue
from reviewer.rule_page import rule_page


def test_all_rules_are_listed_under_their_families(run: Run) -> None:
    catalogue = load_catalogue()
    lines = run("rules").out.splitlines()

    assert [line for line in lines if line and line[0] != " "] == [*catalogue.families, f"{len(catalogue)} rules"]
    assert sorted(line.split()[0] for line in lines if line.startswith("  ")) == sorted(catalogue)


def test_the_list_for_programs_has_the_facts_of_each_rule(run: Run) -> None:
    rows = {row["name"]: row for row in run("rules", "--format", "json").document}

    assert set(rows) == set(load_catalogue())
    facts = {"severity": "error", "category": "security", "preset": "recommended", "cwe": 89, "pack": "builtin"}
    assert facts.items() <= rows["sql-injection"].items()
    assert "types" in rows["commit-message-format"]["options"]


@pytest.mark.parametrize("name", load_catalogue())
def test_every_rule_can_be_explained(run: Run, name: str) -> None:
    done = run("explain", name)

    assert (done.code, done.err) == (0, "")
    assert done.out == rule_page(load_catalogue()[name])
    assert done.out.startswith(f"# {name}\n")
    for heading in ("## What it reports", "## Why", "## When to ignore it", "## Examples", "## Checklist"):
        assert f"\n{heading}\n" in done.out


@pytest.mark.parametrize(("asked", "meant"), [("sql-injektion", "sql-injection"), ("Raw_SQL", "raw-sql")])
def test_an_unknown_rule_is_answered_with_the_nearest(run: Run, asked: str, meant: str) -> None:
    done = run("explain", asked)

    assert (done.code, done.out) == (2, "")
    assert done.err == f"reviewer: there is no rule {asked!r}; did you mean {meant}?\n"


@pytest.mark.parametrize("through", ["option", "environment"])
def test_the_rules_of_a_pack_are_equals(
    run: Run, team_pack: Path, shop: Path, monkeypatch: pytest.MonkeyPatch, through: str
) -> None:
    (shop / "app.py").write_text((shop / "app.py").read_text().replace('"/items"', '"/ITEMS"'))
    if through == "environment":
        monkeypatch.setenv("REVIEWER_PACKS", "team")
    pack = ["--pack", "team"] if through == "option" else []
    rows = {row["name"]: row for row in run("rules", "--format", "json", *pack).document}

    assert (rows["shouted-path"]["family"], rows["shouted-path"]["pack"]) == ("manners", "team")
    assert run("explain", "shouted-path", *pack).out.startswith("# shouted-path\n")
    assert run("check", "--format", "json", "--select", "manners", *pack).rules == ["shouted-path"]


def test_a_repository_cannot_name_a_pack(run: Run, team_pack: Path, shop: Path) -> None:
    for key in ("pack", "packs"):
        (shop / "reviewer.toml").write_text(f'{key} = ["team"]\n')

        assert run("check").code == 2


@pytest.mark.parametrize("command", [["rules"], ["explain", "sql-injection"], ["check"], ["config", "--schema"]])
def test_a_pack_that_is_not_installed_or_broken_is_told_by_every_command(
    run: Run, team_pack: Path, shop: Path, command: list[str]
) -> None:
    (team_pack / "manners" / "shouted_path.py").write_text("x = = 1\n")
    done = run(*command, "--pack", "team", "--pack", "nowhere")

    assert (done.code, done.out) == (2, "")
    problems = done.err.splitlines()
    assert len(problems) == 3
    assert "shouted_path.py:1: " in problems[0]
    assert problems[1].startswith("No such pack is installed")
    assert problems[2] == "reviewer: the rules have 2 problems"


def test_a_family_is_explained_by_its_rules(run: Run) -> None:
    done = run("explain", "architecture")
    catalogue = load_catalogue()

    assert done.code == 0
    names = [line.split()[0] for line in done.out.splitlines() if line.startswith("  ")]
    assert names == list(catalogue.families["architecture"])
    assert done.out.endswith(f"{len(names)} rules\n")


@pytest.mark.parametrize(("asked", "meant"), [("securty", "security"), ("Docmentation", "documentation")])
def test_an_unknown_family_is_answered_with_the_nearest(run: Run, asked: str, meant: str) -> None:
    assert run("explain", asked).err == f"reviewer: there is no rule {asked!r}; did you mean {meant}?\n"
