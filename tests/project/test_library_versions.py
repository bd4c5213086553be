"""Which version of a library a project pins."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.library_versions import NEWEST, LibraryVersions

UV_LOCK = '[[package]]\nname = "fastapi"\nversion = "0.95.2"\nsource = { registry = "x" }\n'
PIPFILE_LOCK = '{"default": {"fastapi": {"hashes": ["x"], "index": "pypi", "version": "==0.95.2"}}}'


def version(files: dict[str, str], path: str = "app/main.py", library: str = "fastapi") -> tuple[int, ...]:
    kinds = {"lock": "lock", "txt": "requirements", "toml": "pyproject"}
    listed = [(one, kinds[one.rpartition(".")[2]]) for one in files]
    return LibraryVersions(listed, files.get).of(library, path)


@pytest.mark.parametrize(
    ("name", "text", "below", "at_least"),
    [
        ("requirements.txt", "fastapi==0.95.2", (0, 95, 3), (0, 95, 2)),
        ("requirements.txt", "uvicorn\nfastapi[all] == 0.95.2 ; python_version > '3'  # why\n", (0, 95, 3), (0, 95, 2)),
        ("requirements.txt", "fastapi==0.95.2 \\\n    --hash=sha256:1", (0, 95, 3), (0, 95, 2)),
        ("requirements.txt", "FastAPI~=0.95.0", (0, 96), (0, 95, 9)),
        ("requirements.txt", "fastapi>=0.80,<0.96", (0, 96), (0, 95, 9)),
        ("requirements.txt", "fastapi<1", (1,), (0, 141)),
        ("requirements/base.txt", "fastapi==0.95.2", (0, 95, 3), (0, 95, 2)),
        ("pyproject.toml", '[project]\ndependencies = ["fastapi[standard]==0.95.2", "x"]', (0, 95, 3), (0, 95, 2)),
        ("pyproject.toml", "[project]\ndependencies = [\n  'fastapi >=0.90, <=0.95.2',\n]", (0, 95, 3), (0, 95, 2)),
        ("pyproject.toml", '[tool.poetry.dependencies]\nfastapi = "^0.95.0"', (0, 96), (0, 95, 9)),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nfastapi = {extras = ["all"], version = "^0.95.0"}',
            (0, 96),
            (0, 95, 9),
        ),
        ("pyproject.toml", '[tool.poetry.dependencies]\nfastapi = "0.95.2"', (0, 95, 3), (0, 95, 2)),
        ("uv.lock", UV_LOCK, (0, 95, 3), (0, 95, 2)),
        ("Pipfile.lock", PIPFILE_LOCK, (0, 95, 3), (0, 95, 2)),
    ],
)
def test_a_version_is_pinned_in_every_usual_file(
    name: str, text: str, below: tuple[int, ...], at_least: tuple[int, ...]
) -> None:
    assert at_least <= version({name: text}) < below


@pytest.mark.parametrize(
    "text", ["fastapi", "fastapi>=0.80", "fastapi-utils==0.2.1", "# fastapi==0.95.2", "fastapi @ git+https://x/y"]
)
def test_without_an_upper_bound_the_newest_is_meant(text: str) -> None:
    assert version({"requirements.txt": text}) == NEWEST


def test_the_lock_file_wins_over_what_it_was_made_from() -> None:
    files = {"pyproject.toml": 'dependencies = ["fastapi>=0.80,<2"]', "uv.lock": UV_LOCK}
    assert version(files) == (0, 95, 2)


def test_the_nearest_pin_above_a_file_holds() -> None:
    files = {"requirements.txt": "fastapi==0.100.0", "old/requirements.txt": "fastapi==0.80.0"}
    assert version(files, "old/app/main.py") == (0, 80, 0)
    assert version(files, "new/app/main.py") == (0, 100, 0)


def test_a_requirement_ends_with_its_line() -> None:
    source = (
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        "@app.get('/names')\ndef names() -> list[str]:\n    return []\n"
    )
    requirements = "fastapi==0.139.2\nfastapi-csrf-protect==0.1.7\ngunicorn>=0.3\n"

    (route,) = project({"main.py": source, "requirements.txt": requirements}).routes

    assert route.response_model_source == "annotation"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "\n" * 100_000 + "no-fastapi"),
        ("requirements.txt", "fastapi" + " " * 100_000 + "x"),
        ("requirements.txt", "fastapi[\n" * 20_000),
        ("pyproject.toml", '"fastapi' + " " * 100_000 + "x"),
        ("pyproject.toml", '"fastapi[' * 20_000),
        ("requirements.txt", "fastapi>" + "9" * 5_000),
    ],
    ids=["blank lines", "spaces", "brackets", "quoted spaces", "quoted brackets", "digits"],
)
def test_a_hostile_list_of_requirements_pins_nothing_and_is_read_to_its_end(name: str, text: str) -> None:
    assert version({name: text}) == NEWEST  # a search that goes back over it would take many minutes


def test_a_version_of_many_digits_is_a_version() -> None:
    assert version({"requirements.txt": "fastapi==0." + "9" * 5_000}) > (0, 100)
