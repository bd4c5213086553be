"""Every example of the README runs: commands print what it shows, configuration is valid.

The two commands with markers install the project, so CI runs them instead, word for word.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reviewer.config import load_settings
from reviewer.registry import load_catalogue

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
MARKED = ("review", "tests")


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def consoles() -> list[tuple[str, str]]:
    """The commands of console blocks with what they print."""
    pairs = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            pairs.append((command, output))
    return pairs


@pytest.mark.parametrize(("command", "output"), consoles())
def test_a_command_prints_what_the_readme_shows(command: str, output: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "reviewer"
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
    run = [sys.executable, "-m", "reviewer.cli.main", *arguments]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=60, check=False)

    assert (done.stdout + done.stderr).rstrip() == output.rstrip()


@pytest.mark.parametrize("text", blocks("toml"))
def test_a_configuration_of_the_readme_is_valid(text: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    assert load_settings(tmp_path, load_catalogue()).origin == ("pyproject.toml",)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_hook_of_the_readme_names_hooks_that_exist(text: str) -> None:
    offered = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    named = {hook["id"] for repository in yaml.safe_load(text)["repos"] for hook in repository["hooks"]}

    assert named <= offered


def test_every_kind_of_block_is_run_by_a_test() -> None:
    marked = re.findall(r"<!-- (\w+) -->\n```sh\n", README)

    assert tuple(marked) == MARKED
    assert {name for name, _ in BLOCKS} <= {"console", "toml", "yaml", "sh"}
    assert len(blocks("sh")) == len(MARKED)
    assert consoles()
