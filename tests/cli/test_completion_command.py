"""`reviewer completion`: scripts that shells understand, and what they are answered."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from click.shell_completion import BashComplete
from command_line import Run

from reviewer.cli.main import COMMANDS, group


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_understands_its_script(run: Run, shell: str) -> None:
    done = run("completion", shell)

    assert done.code == 0
    assert "_REVIEWER_COMPLETE" in done.out
    assert f"{shell}_complete" in done.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.out, text=True, check=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_by_the_script(run: Run) -> None:
    script = run("completion", "bash").out
    shell = f"{script}\ncomplete -p reviewer"
    done = subprocess.run(["bash", "--norc"], input=shell, text=True, capture_output=True, check=True)

    assert "reviewer" in done.stdout
    assert done.stderr == ""


def test_another_shell_is_refused(run: Run) -> None:
    done = run("completion", "tcsh")

    assert done.code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in done.err


@pytest.mark.parametrize(
    ("words", "incomplete", "offered"),
    [
        ([], "", set(COMMANDS)),
        ([], "ro", {"routes"}),
        (["check"], "--unsafe", {"--unsafe-fixes"}),
        (["check", "--format"], "s", {"sarif"}),
        (["nothing"], "--x", set()),
    ],
)
def test_commands_options_and_choices_are_completed(words: list[str], incomplete: str, offered: set[str]) -> None:
    completion = BashComplete(group, {}, "reviewer", "_REVIEWER_COMPLETE")

    assert {item.value for item in completion.get_completions(words, incomplete)} == offered


@pytest.mark.parametrize("words", [["explain"], ["check", "--select"], ["check", "--ignore"]])
def test_names_of_rules_and_families_are_completed(words: list[str]) -> None:
    completion = BashComplete(group, {}, "reviewer", "_REVIEWER_COMPLETE")

    assert [item.value for item in completion.get_completions(words, "sett")] == ["settings"]
    assert [item.value for item in completion.get_completions(words, "missing-au")] == ["missing-auth"]
