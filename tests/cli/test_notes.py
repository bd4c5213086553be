"""What `reviewer check` tells beside its findings: that it was asked for less than its reader may think."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CHOSEN, Run

ROUTER = """from fastapi import APIRouter

router = APIRouter()


@router.get("/items/{item_id}")
def read_item(other: int):
    ...
"""


def test_a_folder_of_routers_is_told_to_be_a_part_of_its_project(run: Run, shop: Path) -> None:
    (shop / "pyproject.toml").touch()
    (shop / "routers").mkdir()
    (shop / "routers" / "items.py").write_text(ROUTER)

    whole, part = run("check"), run("check", "routers")

    assert whole.err == ""
    assert f"the project seems to begin at {shop.resolve()}" in part.err
    assert "`reviewer check routers/*.py`" in part.err


def test_a_folder_with_a_project_of_its_own_is_no_part(run: Run, shop: Path) -> None:
    (shop / "pyproject.toml").touch()
    (shop / "routers").mkdir()
    (shop / "routers" / "items.py").write_text(ROUTER)
    (shop / "routers" / "pyproject.toml").touch()

    assert run("check", "routers").err == ""


def test_a_named_file_that_is_not_reviewed_is_told(run: Run, shop: Path) -> None:
    (shop / "notes.txt").write_text("Nothing to review.")

    assert run("check", "app.py", "notes.txt").err == "reviewer: note: notes.txt holds no file that is reviewed\n"


def test_paths_without_a_project_in_common_are_refused(run: Run, shop: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "app.py").touch()

    done = run("check", *(str(tmp_path / name / "deep" / "app.py") for name in ("one", "other")))

    assert done.code == 2
    assert done.err.startswith("reviewer: the paths have no project in common: ")


def test_unsafe_fixes_alone_are_refused(run: Run, shop: Path) -> None:
    done = run("check", "--unsafe-fixes")

    assert done.code == 2
    assert "give one of them too" in done.err


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
def test_names_of_rules_may_stand_between_commas(run: Run, shop: Path, option: str) -> None:
    one_by_one = run("check", *CHOSEN, option, "sql-injection", option, "raw-sql")

    assert run("check", *CHOSEN, option, "sql-injection, raw-sql").out == one_by_one.out
