"""What this repository promises about itself: names, sizes, documentation, changelog, the versions it runs on."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import reviewer
from reviewer.registry import load_catalogue

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
FOLDERS = ("reviewer", "rules", "docs", "benchmarks")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
MODULES = [path for path in SOURCES if path.is_relative_to(ROOT / "reviewer")]
DOCUMENTS = sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md"))
FRAGMENTS = sorted((ROOT / "changelog.d").iterdir())

#: Names that say nothing about what a module holds.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
MAX_LINES = 400
#: Longer modules, and why each is one.
LONGER = {
    "tree": "every kind of node, seen at once",
    "model": "every kind of thing of the model, seen at once",
    "project": "every question that rules can ask, one short property each",
    "wording": "every bullet of the checklists, seen at once",
    "values": "every kind of value, seen at once",
    "local_flow": "one method a kind of statement",
    "none_flow": "one method a kind of statement and of expression",
    "text_flow": "one method a kind of expression",
}
#: Folders of a single machine, which mean nothing on another.
MACHINE_PATH = re.compile(r"(?<![\w.}*-])/(?:work|root)(?![\w-])")
FRAGMENT_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.(?:added|changed|fixed)\.md")
LINK = re.compile(r"\[[^]]*\]\((?!https?:|#)([^)#\s]+)")


def named(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in paths]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The `pyproject.toml`."""
    document: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return document


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script that writes the derived documentation."""
    specification = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


# Modules -------------------------------------------------------------------------------------------------------------


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in SOURCES if path.stem in EMPTY_NAMES or path.parent.name in EMPTY_NAMES] == []


@pytest.mark.parametrize("path", named(SOURCES))
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text())

    assert ast.get_docstring(tree) or not tree.body


@pytest.mark.parametrize("path", named(MODULES))
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    length = path.read_text().count("\n")

    assert length <= MAX_LINES or path.stem in LONGER


def test_only_modules_that_exist_are_excused_for_their_length() -> None:
    assert set(LONGER) <= {path.stem for path in MODULES}


@pytest.mark.skipif(not (ROOT / ".git").exists() or shutil.which("git") is None, reason="needs the repository")
def test_no_file_names_a_folder_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]

    assert len(paths) > 100
    assert [path for path in paths if MACHINE_PATH.search(path.read_bytes().decode("utf-8", "replace"))] == []


# Documentation -------------------------------------------------------------------------------------------------------


def test_the_derived_documentation_is_current(generate: ModuleType) -> None:
    drifted, stale = generate.out_of_date(generate.generated_files())

    assert (drifted, stale) == ([], []), "run `python docs/generate.py`"


def test_every_rule_has_a_page_in_the_index(generate: ModuleType) -> None:
    index = generate.generated_files()[Path("rules", "README.md")]

    assert re.findall(r"^\| \[([\w-]+)\]\(([\w-]+)/", index, re.MULTILINE) == sorted(
        ((rule.name(), rule.family()) for rule in load_catalogue().values()), key=lambda row: (row[1], row[0])
    )


@pytest.mark.parametrize("path", named(DOCUMENTS))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    assert [link for link in LINK.findall(path.read_text()) if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", named(FRAGMENTS))
def test_a_changelog_fragment_is_one_bullet_for_users(path: Path) -> None:
    text = path.read_text()

    assert FRAGMENT_NAME.fullmatch(path.name)
    assert re.fullmatch(r"- \S.*\.\n", text)
    assert "TODO" not in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_understands_what_ci_runs() -> None:
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


# Versions ------------------------------------------------------------------------------------------------------------


def test_one_version_is_told_everywhere(project: dict[str, Any]) -> None:
    assert project["project"]["version"] == reviewer.__version__
    assert f"rev: v{reviewer.__version__}\n" in (ROOT / "README.md").read_text()


def test_no_rule_is_newer_than_the_version() -> None:
    def numbers(version: str) -> tuple[int, ...]:
        return tuple(int(part) for part in version.split("."))

    for rule in load_catalogue().values():
        assert numbers(rule.since) <= numbers(reviewer.__version__)


def test_the_oldest_python_is_the_same_for_every_tool(project: dict[str, Any]) -> None:
    classifiers = project["project"]["classifiers"]
    minors = [int(found[1]) for one in classifiers if (found := re.fullmatch(r".*:: 3\.(\d+)", one))]

    assert project["project"]["requires-python"] == f">=3.{minors[0]}"
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert project["tool"]["ruff"]["target-version"] == f"py3{minors[0]}"
    assert project["tool"]["mypy"]["python_version"] == f"3.{minors[0]}"
    assert "Typing :: Typed" in classifiers


def test_every_library_that_is_imported_is_declared(project: dict[str, Any]) -> None:
    declared = {re.split(r"[^\w-]", one)[0].lower() for one in project["project"]["dependencies"]}
    distributions = {"git": "gitpython", "yaml": "pyyaml", "gitdb": "gitpython", "pydantic_core": "pydantic"}
    imported: set[str] = set()
    for path in [*MODULES, *(one for one in SOURCES if one.is_relative_to(ROOT / "rules"))]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    libraries = {distributions.get(name, name) for name in imported - sys.stdlib_module_names - {"reviewer"}}

    assert libraries - {"tomllib"} <= declared
