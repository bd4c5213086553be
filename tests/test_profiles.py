"""Profiles are found by what a project is made with."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.modules.cache import NullCache
from reviewer.profiles import PROFILE_OF_FAMILY, PROFILES
from reviewer.registry import load_catalogue
from reviewer.review import ReadSources, ReviewRequest
from reviewer.settings import Settings


def found(folder: Path, files: dict[str, str]) -> tuple[str, ...]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return ReadSources.of(ReviewRequest(folder, Settings()), NullCache()).profiles


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.py": "from fastapi import FastAPI\n"}, ("fastapi",)),
        ({"main.py": "import starlette.applications\n"}, ("fastapi",)),
        ({"main.py": "from flask_sqlalchemy import SQLAlchemy\n"}, ("flask",)),
        ({"a.py": "import flask\n", "b.py": "import fastapi\n"}, ("fastapi", "flask")),
        ({"main.py": "x = 1\n", "requirements.txt": "Flask>=3\n"}, ("flask",)),
        ({"pyproject.toml": '[project]\nname = "x"\ndependencies = ["fastapi[standard]"]\n'}, ("fastapi",)),
        ({"main.py": "print('hello')\n", "README.md": "no fastapi here\n"}, ()),
    ],
)
def test_a_framework_is_found_by_modules_and_dependencies(
    tmp_path: Path, files: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert found(tmp_path, files) == expected


def test_a_git_repository_has_the_profile_of_its_workflow(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    for folder in ("objects", "refs"):
        (tmp_path / ".git" / folder).mkdir()

    assert found(tmp_path, {"main.py": "import fastapi\n"}) == ("fastapi", "git-flow")


def test_families_of_one_profile_exist() -> None:
    assert set(PROFILE_OF_FAMILY) <= set(load_catalogue().families)
    assert set(PROFILE_OF_FAMILY.values()) <= set(PROFILES)
