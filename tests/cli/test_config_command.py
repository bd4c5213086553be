"""`reviewer config`: effective values with their origin, and the schema."""

from __future__ import annotations

from pathlib import Path

import jsonschema
from command_line import Run


def test_each_value_is_shown_with_its_origin(run: Run, shop: Path) -> None:
    (shop / "reviewer.toml").write_text('fail-on = "error"\nignore = ["git"]\n')
    done = run("config", "--exclude", "legacy/**")
    rows = {line.split()[0]: line.split()[1:] for line in done.out.splitlines()}

    assert (done.code, done.err) == (0, "")
    assert rows["fail-on"] == ['"error"', "(reviewer.toml)"]
    assert rows["ignore"] == ['["git"]', "(reviewer.toml)"]
    assert rows["exclude"] == ['["legacy/**"]', "(command", "line)"]
    assert rows["preset"] == ['"recommended"', "(default)"]


def test_profiles_that_were_found_are_told_as_such(run: Run, shop: Path) -> None:
    assert run("config", "--format", "json").document["profile"] == {
        "value": ["fastapi"],
        "origin": "found in the project",
    }
    (shop / "reviewer.toml").write_text('profile = ["flask", "git-flow"]\n')
    assert run("config", "--format", "json").document["profile"] == {
        "value": ["flask", "git-flow"],
        "origin": "reviewer.toml",
    }


def test_the_file_of_a_folder_above_counts(run: Run, shop: Path) -> None:
    (shop / ".git").mkdir()
    (shop / "part").mkdir()
    (shop / "reviewer.toml").write_text('preset = "strict"\n')

    preset = run("config", "part", "--format", "json").document["preset"]

    assert preset == {"value": "strict", "origin": "../reviewer.toml"}


def test_a_file_that_hides_another_is_noted(run: Run, shop: Path) -> None:
    (shop / "reviewer.toml").write_text('preset = "strict"\n')
    (shop / "pyproject.toml").write_text('[tool.reviewer]\npreset = "recommended"\n')
    done = run("config", "--format", "json")

    assert done.document["preset"]["value"] == "strict"
    assert done.err.startswith("reviewer: note: reviewer.toml counts; [tool.reviewer] in the pyproject.toml beside it")


def test_every_problem_of_a_configuration_is_told_at_once(run: Run, shop: Path) -> None:
    (shop / "reviewer.toml").write_text('prest = "strict"\nselect = ["sql-injektion"]\nfail-on = "never"\n')
    done = run("config")

    assert (done.code, done.out) == (2, "")
    assert "reviewer.toml:1: `prest` " in done.err
    assert "did you mean `preset`?" in done.err
    assert "did you mean `sql-injection`?" in done.err
    assert done.err.endswith("reviewer: the configuration has 3 problems\n")


def test_the_schema_accepts_what_is_valid_and_nothing_else(run: Run, shop: Path) -> None:
    schema = run("config", "--schema").document
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    assert validator.is_valid({"preset": "strict", "ignore": ["git"], "severity": {"sql-injection": "info"}})
    assert validator.is_valid({"profile": "fastapi"})
    assert validator.is_valid({"profile": ["flask", "strict"]})
    assert not validator.is_valid({"profile": ["django"]})
    assert not validator.is_valid({"prest": "strict"})
    assert not validator.is_valid({"ignore": ["sql-injektion"]})


def test_a_broken_configuration_does_not_hide_the_schema(run: Run, shop: Path) -> None:
    (shop / "reviewer.toml").write_text("selekt = []\n")

    assert run("config", "--schema").code == 0


def test_the_schema_knows_the_rules_of_a_pack(run: Run, shop: Path, team_pack: Path) -> None:
    assert '"shouted-path"' not in run("config", "--schema").out
    assert '"shouted-path"' in run("config", "--schema", "--pack", "team").out
