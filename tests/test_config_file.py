"""Which configuration file counts, and how hostile ones are refused."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from made_rules import CATALOGUE

from reviewer.config import ConfigurationError, ConfigurationProblem, load_settings
from reviewer.config_file import ConfigurationFile, KeyLines
from reviewer.settings import Settings

is_posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The top of a repository."""
    top = tmp_path / "repository"
    (top / ".git").mkdir(parents=True)
    return top


def problem_of(root: Path, config_file: Path | None = None) -> ConfigurationProblem:
    """The one thing that keeps the configuration of a root from being read."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(root, CATALOGUE, config_file=config_file)
    [problem] = caught.value.problems
    return problem


# Discovery ------------------------------------------------------------------------------------------------------------


def test_the_nearest_file_wins(root: Path) -> None:
    (root / "backend" / "app").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.reviewer]\nignore = ["sql"]')
    (root / "backend" / "reviewer.toml").write_text('ignore = ["auth"]')

    settings = load_settings(root / "backend" / "app", CATALOGUE)

    assert settings.ignore == ("auth",)
    assert settings.origin == ("../reviewer.toml",)
    assert settings.root_prefix == "app/"
    assert load_settings(root, CATALOGUE).ignore == ("sql",)


def test_a_pyproject_without_our_table_is_passed_by(root: Path) -> None:
    (root / "backend").mkdir()
    (root / "pyproject.toml").write_text('[tool.reviewer]\nignore = ["sql"]')
    (root / "backend" / "pyproject.toml").write_text("[tool.ruff]\n[project]\nname = 'x'")

    assert load_settings(root / "backend", CATALOGUE).ignore == ("sql",)


def test_nothing_above_the_repository_is_read(root: Path) -> None:
    (root.parent / "reviewer.toml").write_text("this is broken")

    assert load_settings(root, CATALOGUE) == Settings()


def test_without_a_repository_the_search_goes_up(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "reviewer.toml").write_text('preset = "strict"')

    assert load_settings(tmp_path / "a" / "b", CATALOGUE).root_prefix == "a/b/"


def test_of_two_files_in_a_folder_reviewer_toml_wins_and_says_so(root: Path) -> None:
    (root / "reviewer.toml").write_text('ignore = ["auth"]')
    (root / "pyproject.toml").write_text('[tool.ruff]\n[tool.reviewer]\nignore = ["sql"]')

    settings = load_settings(root, CATALOGUE)

    assert settings.ignore == ("auth",)
    assert settings.notes == ("reviewer.toml counts; [tool.reviewer] in the pyproject.toml beside it is not read.",)


def test_a_pyproject_that_does_not_concern_us_needs_no_note(root: Path) -> None:
    (root / "reviewer.toml").write_text('ignore = ["auth"]')
    (root / "pyproject.toml").write_text("[tool.reviewers]\n")

    assert load_settings(root, CATALOGUE).notes == ()


def test_a_named_file_counts_instead_of_those_that_are_found(root: Path, tmp_path: Path) -> None:
    (root / "reviewer.toml").write_text("this is broken")
    named = tmp_path / "team.toml"
    named.write_text('ignore = ["api"]')

    settings = load_settings(root, CATALOGUE, config_file=named)

    assert (settings.ignore, settings.origin, settings.root_prefix) == (("api",), (str(named),), "")


def test_a_named_file_must_exist_and_hold_settings(root: Path) -> None:
    pyproject = root / "pyproject.toml"
    pyproject.write_text("[tool.ruff]")

    assert problem_of(root, root / "nothing.toml").message == "There is no such file"
    assert problem_of(root, pyproject).message == "is missing: the file has no such table"


@is_posix
def test_a_link_to_a_file_of_the_tree_is_followed(root: Path) -> None:
    (root / "shared.toml").write_text('ignore = ["auth"]')
    (root / "reviewer.toml").symlink_to("shared.toml")

    assert load_settings(root, CATALOGUE).ignore == ("auth",)


@is_posix
def test_a_named_link_outside_the_tree_is_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text('ignore = ["auth"]')
    (tmp_path / "team.toml").symlink_to("real.toml")

    assert load_settings(root, CATALOGUE, config_file=tmp_path / "team.toml").ignore == ("auth",)


# Hostile files --------------------------------------------------------------------------------------------------------


@is_posix
@pytest.mark.parametrize("name", ["pyproject.toml", "reviewer.toml"])
def test_a_link_out_of_the_tree_is_refused(root: Path, name: str) -> None:
    (root.parent / "secret.toml").write_text("[tool.reviewer]\nsecret = 1")
    (root / name).symlink_to("../secret.toml")

    expected = ConfigurationProblem(name, "", "The symbolic link leads out of the reviewed tree")
    assert problem_of(root) == expected
    assert problem_of(root, root / name).message == expected.message


@is_posix
@pytest.mark.parametrize("target", ["nowhere.toml", "pyproject.toml"])
def test_a_link_to_nothing_or_to_itself_is_refused(root: Path, target: str) -> None:
    (root / "pyproject.toml").symlink_to(target)

    assert problem_of(root).file == "pyproject.toml"


@pytest.mark.parametrize("name", ["pyproject.toml", "reviewer.toml"])
def test_a_folder_in_place_of_the_file_is_a_problem(root: Path, name: str) -> None:
    (root / name).mkdir()

    assert problem_of(root).message == "This is a folder, not a regular file"


@is_posix
def test_a_pipe_or_socket_in_place_of_the_file_is_a_problem(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "reviewer.toml")
    assert problem_of(root).message == "This is a named pipe, not a regular file"

    (root / "reviewer.toml").unlink()
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("pyproject.toml")
        assert problem_of(root).message == "This is a socket, not a regular file"


def test_a_huge_file_is_not_read(root: Path) -> None:
    with (root / "pyproject.toml").open("wb") as file:
        file.truncate(50_000_000)

    assert problem_of(root).message == "The file has 50,000,000 bytes; at most 500,000 are read"


def test_a_file_that_is_not_utf_8_is_a_problem(root: Path) -> None:
    (root / "pyproject.toml").write_bytes(b"[tool.reviewer]\n\nselect = ['\xff']\n")

    assert problem_of(root) == ConfigurationProblem("pyproject.toml", "", "The file is not UTF-8", line=3)


def test_a_byte_order_mark_is_accepted(root: Path) -> None:
    (root / "reviewer.toml").write_bytes(b"\xef\xbb\xbfpreset = 'strict'")

    assert load_settings(root, CATALOGUE).preset == "strict"


@pytest.mark.parametrize(
    ("text", "line"),
    [("[tool.reviewer]\nselect = [\n\n", 4), ("a = 1\na = 2\n", 2), ("\n[tool.reviewer\n", 2), ("x", 1)],
)
def test_invalid_toml_is_a_problem_with_its_line(root: Path, text: str, line: int) -> None:
    (root / "pyproject.toml").write_text(text)

    problem = problem_of(root)
    assert problem.message.startswith("The file is not valid TOML: ")
    assert "(at" not in problem.message
    assert problem.line == line


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{a=" * 100_000,
        "a." * 200_000 + "a = 1",
        "[" + "a." * 200_000 + "a]",
        "a = " + "9" * 400_000,
        "a = '" + "x" * 400_000,
        "a = 1_" + "0" * 400_000,
        "[[a]]\n" * 80_000 + "=",
    ],
)
def test_text_that_exhausts_parsers_is_refused(root: Path, text: str) -> None:
    (root / "pyproject.toml").write_text(text)

    assert len(str(problem_of(root))) < 200


@pytest.mark.parametrize(
    ("text", "key"), [("tool = 1", "tool"), ("[[tool]]", "tool"), ("[tool]\nreviewer = 'x'", "tool.reviewer")]
)
def test_something_else_than_a_table_is_a_problem(root: Path, text: str, key: str) -> None:
    (root / "pyproject.toml").write_text(text)

    problem = problem_of(root)
    assert (problem.key, problem.message, problem.line) == (key, "must be a table", text.count("\n") + 1)


# Lines ----------------------------------------------------------------------------------------------------------------


def test_the_line_of_a_key_is_found_however_it_is_written() -> None:
    text = (
        "[project]\n"
        "[tool.reviewer] # [comment]\n"
        "select = [\n"
        '  "a = b",\n'
        "]\n"
        "'fail-on' = 1\n"
        "severity.auth = 'x'\n"
        "[[tool.reviewer.overrides]]\n"
        "files = 1\n"
        '[["tool".reviewer.overrides]]\n'
        "\n"
        "files = 2\n"
        "[tool.reviewer.overrides.severity]\n"
        "auth = 1\n"
    )
    lines = KeyLines(ConfigurationFile(Path(), "pyproject.toml", text.encode(), is_project_file=True))
    base = ("tool", "reviewer")

    assert lines.line_of((*base, "select", 0)) == 3
    assert lines.line_of((*base, "fail-on")) == 6
    assert lines.line_of((*base, "severity", "auth")) == 7
    assert lines.line_of((*base, "overrides", 0, "files", 0)) == 9
    assert lines.line_of((*base, "overrides", 1, "files")) == 12
    assert lines.line_of((*base, "overrides", 1, "severity", "auth")) == 14
    assert lines.line_of((*base, "unknown")) == 2
    assert lines.line_of(("nothing",)) == 0
