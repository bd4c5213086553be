"""The page about pipelines: its examples run or are valid, and it names all there is. The project's own hooks pass."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reviewer.report import FORMATS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "ci.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
OWN_HOOKS = ROOT / ".pre-commit-config.yaml"
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def reviewer(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PRE_COMMIT"))}
    command = [sys.executable, "-m", "reviewer.cli.main", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_command_prints_what_the_page_shows() -> None:
    [text] = [text for name, text in BLOCKS if name == "console"]
    command, _, output = text.removeprefix("$ reviewer ").partition("\n")

    assert reviewer(*shlex.split(command)).rstrip() == output.rstrip()


def test_the_configurations_of_the_page_name_what_there_is() -> None:
    hooks, workflow, template = (yaml.safe_load(text) for name, text in BLOCKS if name == "yaml")
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    job: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text())["reviewer"]

    assert [one["id"] for one in hooks["repos"][0]["hooks"]] == [one["id"] for one in manifest]
    assert {stage for one in manifest for stage in one["stages"]} >= set(hooks["default_install_hook_types"])
    assert workflow["permissions"] == {"contents": "read"}
    assert all(f"${name}" in "\n".join(job["before_script"]) for name in template["variables"])
    assert template["include"][0]["remote"].endswith("/ci/gitlab.yml")
    assert {name for name, _ in BLOCKS} == {"yaml", "console"}


def test_every_format_has_its_row() -> None:
    section = PAGE.partition("## Anywhere else")[2]

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(FORMATS)


@pytest.mark.parametrize("text", [PAGE, WORKFLOW.read_text()], ids=["page", "workflow"])
def test_actions_of_others_are_pinned(text: str) -> None:
    used = [one for one in re.findall(r"uses: (.*)", text) if not one.startswith(("./", "<repository-owner>/"))]

    assert used
    assert all(PINNED.fullmatch(one) for one in used)


def test_the_hooks_of_the_project_find_nothing_in_it() -> None:
    hooks = {one["id"]: one for one in yaml.safe_load(OWN_HOOKS.read_text())["repos"][0]["hooks"]}
    program, *arguments = shlex.split(hooks["reviewer"]["entry"])

    assert program == "reviewer"
    assert reviewer(*(one for one in arguments if one != "--pre-commit")).startswith("No findings ")
