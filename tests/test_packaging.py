"""The distributions: they build without a network, hold what they must and nothing else, and run where unpacked."""

from __future__ import annotations

import configparser
import email
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import reviewer
from reviewer.registry import load_catalogue

ROOT = Path(__file__).parents[1]
PACKAGES = ("reviewer", "rules")
FILES = ("pyproject.toml", "setup.py", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that was built from it."""
    place = tmp_path_factory.mktemp("packaging")
    source = place / "source"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(place / "built"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "built"


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    [path] = built.glob("*.whl")
    return zipfile.ZipFile(path)


def own_files(folder: Path, suffixes: tuple[str, ...]) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in folder.rglob("*") if path.name.endswith(suffixes)}


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    [path] = [each for each in wheel.namelist() if each.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


def test_the_wheel_holds_all_modules_and_data_in_one_package(wheel: zipfile.ZipFile) -> None:
    files = {name for name in wheel.namelist() if ".dist-info/" not in name}
    engine = own_files(ROOT / "reviewer", (".py", ".json", "py.typed"))
    rules = {f"reviewer/{name}" for name in own_files(ROOT / "rules", (".py",))}

    assert files == engine | rules
    assert {"reviewer/py.typed", "reviewer/report/json-report.schema.json"} <= files
    assert "reviewer/rules/security/sql_injection.py" in files


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    facts = email.message_from_string(metadata(wheel, "METADATA"))
    entries = configparser.ConfigParser()
    entries.read_string(metadata(wheel, "entry_points.txt"))

    assert (facts["Name"], facts["Version"]) == ("backend-reviewer", reviewer.__version__)
    assert (facts["License-Expression"], facts["Requires-Python"]) == ("MIT", ">=3.10")
    assert "MIT License" in metadata(wheel, "licenses/LICENSE")
    assert metadata(wheel, "top_level.txt").split() == ["reviewer"]
    assert {name: dict(entries[name]) for name in entries.sections()} == {
        "console_scripts": {"reviewer": "reviewer.cli.main:main"},
        "reviewer.rules": {"builtin": "reviewer.rules"},
    }


def test_the_source_distribution_builds_itself_and_holds_all_modules(built: Path) -> None:
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}

    assert own_files(ROOT / "reviewer", (".py", ".json", "py.typed")) <= files
    assert own_files(ROOT / "rules", (".py",)) <= files
    assert set(FILES) <= files


def test_the_unpacked_wheel_runs_with_all_rules(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    target = tmp_path / "target"
    wheel.extractall(target)
    environment = {**os.environ, "PYTHONPATH": str(target), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("REVIEWER_PACKS", None)

    def printed(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    assert printed("-c", "import reviewer.rules as rules; print(rules.__file__)").startswith(str(target))
    assert printed("-m", "reviewer.cli.main", "--version") == f"reviewer, version {reviewer.__version__}\n"
    listed = json.loads(printed("-m", "reviewer.cli.main", "rules", "--format", "json"))
    assert {rule["name"] for rule in listed} == set(load_catalogue())
