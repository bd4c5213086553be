"""How rules are found and checked: the built-in ones, and those of installed packs."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.registry import Catalogue, load_catalogue, packs_of_environment

RULE = '''
"""A rule."""

from __future__ import annotations

from collections.abc import Iterator
import msgspec
from reviewer.rule import Category, Finding, Rule, Severity


class Example(Rule):
    """Reports an example."""

    category = Category.SECURITY
    severity = Severity.ERROR
    checklist = ("Examples are good",)
    bad = "x = 1  # <- example"
    good = "x = 2"

    def check(self, project: object) -> Iterator[Finding]:
        yield from ()
'''


@pytest.fixture(autouse=True)
def clean_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Packs that a test imports are forgotten, so that the next test's packs may be called alike."""
    monkeypatch.delenv("REVIEWER_PACKS", raising=False)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0].startswith("acme"):
            del sys.modules[name]


def install_pack(site: Path, files: dict[str, str], name: str = "acme", package: str = "acme_rules") -> None:
    """Writes a pack as an installer would, into a folder that is on the path for imports."""
    for path, text in {"__init__.py": "", **files}.items():
        target = site / package / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    information = site / f"{package}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[reviewer.rules]\n{name} = {package}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    return folder


def errors_of(site: Path, files: dict[str, str]) -> list[str]:
    """What is wrong with a pack of these files, with paths relative to the pack."""
    install_pack(site, files)
    errors = load_catalogue(["acme"]).errors
    return [str(error).replace(str(site / "acme_rules") + os.sep, "") for error in errors]


def built_in_folder() -> Path:
    """Where the built-in rules stand."""
    return Path(next(iter(importlib.import_module("reviewer.rules").__path__)))


# The built-in pack ----------------------------------------------------------------------------------------------------


def test_all_built_in_rules_load() -> None:
    catalogue = load_catalogue()

    assert [str(error) for error in catalogue.errors] == []
    folder = built_in_folder()
    files = set(folder.glob("[!._]*/[!._]*.py"))
    assert set(catalogue) == {path.stem.replace("_", "-") for path in files}
    assert {rule.family() for rule in catalogue.values()} == {path.parent.name for path in files}


def test_every_family_is_a_package_so_that_wheels_hold_it() -> None:
    folder = built_in_folder()

    families = {path.parent for path in folder.glob("[!._]*/[!._]*.py")}
    assert [family.name for family in families if not (family / "__init__.py").exists()] == []


def test_the_built_in_rules_need_no_metadata_of_distributions() -> None:
    program = (
        "import sys; from reviewer.registry import load_catalogue; load_catalogue()\n"
        "assert not {'importlib.metadata', 'difflib', 'email'} & set(sys.modules)"
    )

    finished = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{program}"], check=False
    )

    assert finished.returncode == 0


# Packs ----------------------------------------------------------------------------------------------------------------


def test_a_named_pack_adds_its_rules_by_family(site: Path) -> None:
    install_pack(site, {"auth/open_door.py": RULE, "auth/_shared.py": "", "flat_rule.py": RULE, "notes.txt": ""})

    catalogue = load_catalogue(["acme"])

    assert catalogue.errors == ()
    assert catalogue["open-door"].family() == "auth"
    assert catalogue["flat-rule"].family() == "acme_rules"
    assert "open-door" in catalogue.families["auth"]
    assert catalogue.pack_of("open-door") == "acme"
    assert list(catalogue) == sorted(catalogue)


def test_an_installed_pack_that_nobody_names_is_not_even_imported(site: Path) -> None:
    install_pack(site, {"__init__.py": "raise SystemExit('imported')"})

    assert load_catalogue().errors == ()
    assert "acme_rules" not in sys.modules


def test_the_environment_can_name_packs(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_pack(site, {"auth/open_door.py": RULE})
    monkeypatch.setenv("REVIEWER_PACKS", " acme,,builtin ")

    assert packs_of_environment() == ["acme", "builtin"]
    assert "open-door" in load_catalogue()


def test_a_pack_that_is_not_installed_is_reported_with_the_nearest_name(site: Path) -> None:
    install_pack(site, {})

    [error] = load_catalogue(["acne"]).errors
    assert str(error) == "No such pack is installed; did you mean `acme`? (rule pack acne)"


def test_the_reviewed_tree_cannot_pretend_to_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_pack(tmp_path, {"__init__.py": "raise SystemExit('imported')"})
    monkeypatch.chdir(tmp_path)
    for place in ("", str(tmp_path), "."):
        monkeypatch.syspath_prepend(place)
    importlib.invalidate_caches()

    [error] = load_catalogue(["acme"]).errors
    assert error.message.startswith("No such pack is installed")
    assert "acme_rules" not in sys.modules


def test_an_end_that_comes_from_outside_is_no_fault_of_the_pack(site: Path) -> None:
    install_pack(site, {"auth/open_door.py": "class Ended(SystemExit): pass\nraise Ended(143)"})

    with pytest.raises(SystemExit, match="143"):
        load_catalogue(["acme"])


@pytest.mark.parametrize("crash", ["1 / 0", "raise SystemExit(3)", "def", "import nothing_like_this"])
def test_a_pack_that_cannot_be_imported_costs_only_itself(site: Path, crash: str) -> None:
    install_pack(site, {"__init__.py": crash})
    install_pack(site, {"auth/open_door.py": RULE}, name="other", package="acme_other")

    catalogue = load_catalogue(["acme", "other"])

    assert "open-door" in catalogue
    [error] = catalogue.errors
    assert error.pack == "acme"
    assert error.message.startswith("`acme_rules` cannot be imported")


def test_a_rule_that_cannot_be_imported_costs_only_itself(site: Path) -> None:
    install_pack(site, {"auth/broken.py": "x = 1\n1 / 0\n", "auth/open_door.py": RULE})

    catalogue = load_catalogue(["acme"])

    assert "open-door" in catalogue
    [error] = catalogue.errors
    assert (error.file, error.line) == (str(site / "acme_rules" / "auth" / "broken.py"), 2)


def test_a_module_is_no_pack(site: Path) -> None:
    install_pack(site, {})
    (site / "acme_rules" / "__init__.py").unlink()
    (site / "acme_rules").rmdir()
    (site / "acme_rules.py").write_text(RULE)

    [error] = load_catalogue(["acme"]).errors
    assert error.message == "`acme_rules` is not a package: rules stand in files, one each"


# The checks of one rule -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("    severity = Severity.ERROR\n", "", "Example: `severity` is missing"),
        (
            "    checklist = (",
            "    something = (",
            "Example: `checklist` is missing, or `practice` where no bullet asks for the rule",
        ),
        ("    bad = ", "    evil = ", "Example: `bad` is missing"),
        ("    good = ", "    fine = ", "Example: `good` is missing"),
        ("Severity.ERROR", "'error'", "Example: `severity` must be a Severity, not 'error'"),
        ("Category.SECURITY", "'safety'", "Example: `category` must be a Category, not 'safety'"),
        ('("Examples are good",)', '"Examples"', "Example: `checklist` must be a tuple, not 'Examples'"),
        ("    bad =", "    cwe = 'CWE-1'\n    bad =", "Example: `cwe` must be a number, not 'CWE-1'"),
        ('    """Reports an example."""\n', "", "Example: the docstring is missing, which is the rule's page"),
        ("def check", "def chek", "Example: `check` is missing"),
        (
            "    bad =",
            "    class Options(msgspec.Struct):\n        a: int = 1\n    bad =",
            "Example: `Options` must be declared with frozen=True, forbid_unknown_fields=True",
        ),
        (
            "    bad =",
            "    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):\n        a: int\n    bad =",
            "Example: each field of `Options` must have a default: Missing required argument 'a'",
        ),
        ("    bad =", "    Options = dict\n    bad =", "Example: `Options` must be a msgspec.Struct"),
    ],
)
def test_a_defect_of_a_rule_is_reported_with_file_and_line(site: Path, before: str, after: str, message: str) -> None:
    assert before in RULE
    text = RULE.replace(before, after, 1)

    line = text[: text.index("class Example")].count("\n") + 1
    assert errors_of(site, {"auth/example.py": text}) == [
        f"auth/example.py:{line}: {message} (rule pack acme)".replace("/", os.sep, 1)
    ]


def test_a_file_without_a_rule_is_reported(site: Path) -> None:
    [error] = errors_of(site, {"auth/example.py": "from reviewer.rule import Rule\n"})

    assert error.endswith(
        "example.py:1: A rule file defines one class derived from Rule, this one none (rule pack acme)"
    )


def test_a_file_with_two_rules_is_reported_at_the_second(site: Path) -> None:
    [error] = errors_of(site, {"auth/example.py": RULE + "\n\nclass Second(Example):\n    pass\n"})

    line = RULE.count("\n") + 3
    assert error.endswith(
        f"example.py:{line}: A rule file defines one rule, this one 2: Example, Second (rule pack acme)"
    )


@pytest.mark.parametrize("name", ["all", "auth", "Shout", "two__lines", "ümlaut"])
def test_a_name_that_settings_could_not_use_is_reported(site: Path, name: str) -> None:
    [error] = errors_of(site, {f"auth/{name}.py": RULE})

    assert "which is no name for a rule" in error


def test_a_name_can_be_taken_only_once(site: Path) -> None:
    install_pack(site, {"api/open_door.py": RULE, "auth/open_door.py": RULE})

    catalogue = load_catalogue(["acme"])

    assert catalogue["open-door"].family() == "api"
    assert [error.message for error in catalogue.errors] == [
        "Example: The name `open-door` is taken by acme_rules.api.open_door"
    ]


def test_a_catalogue_is_a_mapping_in_the_order_of_names() -> None:
    from made_rules import CATALOGUE

    catalogue = Catalogue(CATALOGUE)

    assert dict(catalogue) == CATALOGUE
    assert list(catalogue) == sorted(CATALOGUE)
    assert catalogue.families == {
        "api": ("verb-in-path",),
        "auth": ("jwt-without-expiry", "missing-auth"),
        "sql": ("raw-sql", "sql-injection"),
    }
