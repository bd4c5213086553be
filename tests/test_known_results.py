"""What rules found is found again where nothing changed that they can see: always the same as judged anew."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from made_rules import make_rule

from reviewer import review as pipeline
from reviewer.known_results import RESULTS_KIND, Memory
from reviewer.modules.cache import Cache, NullCache
from reviewer.project.project import Project
from reviewer.registry import load_catalogue
from reviewer.results import Review, RuleCrash
from reviewer.review import ReadSources, ReviewRequest, review
from reviewer.rule import Rule
from reviewer.rule_running import RuleResults
from reviewer.selection import active_rules
from reviewer.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures"
CATALOGUE = load_catalogue()
APPLICATION = """from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
def read_item(item: int):
    return {"item": item}
"""


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    kept = Cache.open(tmp_path / "cache")
    assert kept.warning is None
    yield kept
    kept.close()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "templates").mkdir(parents=True)
    (folder / "app.py").write_text(APPLICATION)
    (folder / "other.py").write_text("limit = 1\n")
    (folder / "templates" / "index.html").write_text("{{ title }}\n")
    return folder


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Gets an entry each time that a project is judged."""
    times: list[str] = []
    run_on = pipeline.run_on

    def counted(*arguments: object) -> object:
        times.append("judged")
        return run_on(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "run_on", counted)
    return times


def reviewed(folder: Path, cache: Cache, settings: Settings | None = None) -> Review:
    result = review(ReviewRequest(folder, settings or Settings()), CATALOGUE, cache)
    return msgspec.structs.replace(result, seconds=0.0)


# Any edits ------------------------------------------------------------------------------------------------------------

EDITS_A_PROJECT = 5
Edit = Callable[[random.Random, Path, list[str]], list[str]]

EDITS: list[Edit] = [
    lambda chance, _, lines: [*lines, f"_revision = {chance.randrange(3)}"],
    lambda chance, _, lines: [line for line in lines if line != chance.choice(lines or [""])],
    lambda chance, _, lines: [f"{line}  # seen" if "#" not in line and line[-1:] == ":" else line for line in lines],
    lambda chance, _, lines: [f"{line}  # reviewer: ignore" if line.startswith("@") else line for line in lines],
    lambda chance, _, lines: ["", *lines] if chance.random() < 0.5 else lines[1:],
    lambda chance, _, lines: [line.replace("async def", "def") for line in lines],
    lambda chance, path, _: (
        path.with_name("models.py").read_text().split("\n") if path.with_name("models.py").exists() else []
    ),
    lambda chance, path, lines: path.rename(path.with_name(f"renamed_{path.name}")) and lines,
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("application", ["bookshop", "notes"])
def test_after_any_edits_the_findings_are_those_of_a_review_without_memory(
    application: str, seed: int, tmp_path: Path, cache: Cache, judged: list[str]
) -> None:
    chance = random.Random(f"{application} {seed}")
    folder = tmp_path / application
    shutil.copytree(FIXTURES / application, folder)
    for _ in range(EDITS_A_PROJECT):
        path = chance.choice(sorted(path for path in folder.rglob("*.*") if path.is_file()))
        before = path.read_text()
        lines = chance.choice(EDITS)(chance, path, before.split("\n"))
        if path.exists():
            path.write_text("\n".join(lines))
        fresh = reviewed(folder, NullCache())
        assert reviewed(folder, cache) == fresh
        assert reviewed(folder, cache) == fresh  # this time from memory
        if path.exists() and chance.random() < 0.3:
            path.write_text(before)
    assert len(judged) <= 2 * EDITS_A_PROJECT


# What rules do not see ------------------------------------------------------------------------------------------------


def test_an_unchanged_project_is_judged_once(shop: Path, cache: Cache, judged: list[str]) -> None:
    first, second = reviewed(shop, cache), reviewed(shop, cache)
    assert first == second
    assert first.findings
    assert judged == ["judged"]


def test_a_comment_that_moves_nothing_changes_what_is_suppressed_alone(
    shop: Path, cache: Cache, judged: list[str]
) -> None:
    first = reviewed(shop, cache)
    rule = next(one.rule for one in first.reported if one.place.line == 6)
    edited = APPLICATION.replace('{item_id}")', f'{{item_id}}")  # reviewer: ignore[{rule}] -- asked by the client')
    (shop / "app.py").write_text(edited)

    assert {one.rule for one in first.reported} - {one.rule for one in reviewed(shop, cache).reported} == {rule}
    assert judged == ["judged"]


@pytest.mark.parametrize(
    "change",
    [
        lambda shop: (shop / "app.py").write_text(f"\n{APPLICATION}"),
        lambda shop: (shop / "other.py").write_text("limit = 2\n"),
        lambda shop: (shop / "other.py").rename(shop / "another.py"),
        lambda shop: (shop / "new.py").touch(),
        lambda shop: (shop / "other.py").unlink(),
        lambda shop: (shop / "templates" / "index.html").write_text("{{ name }}\n"),
    ],
)
def test_whatever_a_rule_can_see_counts(
    change: Callable[[Path], object], shop: Path, cache: Cache, judged: list[str]
) -> None:
    reviewed(shop, cache)
    change(shop)
    assert reviewed(shop, cache) == reviewed(shop, NullCache())
    assert judged == ["judged"] * 3


@pytest.mark.parametrize(
    "settings",
    [
        Settings(preset="strict"),
        Settings(ignore=("api",)),
        Settings(options={"missing-auth": {"public": ["*"]}}),
        Settings(test_patterns=("app.py",)),
    ],
)
def test_other_settings_are_judged_anew(settings: Settings, shop: Path, cache: Cache, judged: list[str]) -> None:
    reviewed(shop, cache)
    assert reviewed(shop, cache, settings) == reviewed(shop, NullCache(), settings)
    assert judged == ["judged"] * 3


# What is not kept -----------------------------------------------------------------------------------------------------

FOUND_NOTHING = RuleResults((), ())


def is_kept(
    shop: Path,
    cache: Cache,
    results: RuleResults = FOUND_NOTHING,
    *,
    happen: Callable[[ReadSources, Project], object] = lambda *_: None,
    rules: list[Rule] | None = None,
) -> bool:
    settings = Settings()
    rules = active_rules(settings, CATALOGUE) if rules is None else rules
    sources = ReadSources.of(ReviewRequest(shop, settings), cache)
    project = sources.project(settings)
    memory = Memory(sources, settings, rules, cache)
    happen(sources, project)
    memory.keep(project, 0, (), results)
    return Memory(sources, settings, rules, cache).find() is not None


def test_what_was_found_in_files_is_kept(shop: Path, cache: Cache) -> None:
    assert is_kept(shop, cache)


def test_what_may_come_from_git_is_not_kept(shop: Path, cache: Cache) -> None:
    assert not is_kept(shop, cache, RuleResults((), (), asks_git=True))


def test_what_a_rule_that_failed_may_have_missed_is_not_kept(shop: Path, cache: Cache) -> None:
    assert not is_kept(shop, cache, RuleResults((), (RuleCrash("fat-route", "MemoryError: "),)))


def test_what_depends_on_the_text_of_a_program_is_not_kept(shop: Path, cache: Cache) -> None:
    assert not is_kept(shop, cache, happen=lambda _, project: project.text_of("app.py"))


def test_what_was_found_without_a_text_that_could_not_be_read_is_not_kept(shop: Path, cache: Cache) -> None:
    def read(sources: ReadSources, project: Project) -> None:
        (shop / "templates" / "index.html").unlink()
        project.text_of("templates/index.html")

    assert not is_kept(shop, cache, happen=read)


def test_what_rules_of_a_pack_found_is_not_kept(shop: Path, cache: Cache) -> None:
    assert not is_kept(shop, cache, rules=[make_rule("shouted-path", "manners")()])


def test_a_damaged_entry_is_judged_anew(
    shop: Path, cache: Cache, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = reviewed(shop, cache)
    get = cache.get_many
    monkeypatch.setattr(
        cache, "get_many", lambda kind, keys: dict.fromkeys(keys, b"no") if kind == RESULTS_KIND else get(kind, keys)
    )
    assert reviewed(shop, cache) == first
    assert judged == ["judged"] * 2
