"""Fingerprints are made once for the same findings on the same files, and are always those of a review anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from reviewer import known_fingerprints
from reviewer.known_fingerprints import FINGERPRINTS_KIND
from reviewer.modules.cache import Cache, NullCache
from reviewer.registry import load_catalogue
from reviewer.review import ReviewRequest, review
from reviewer.rule import Finding
from reviewer.settings import Settings

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
    yield kept
    kept.close()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "app.py").write_text(APPLICATION)
    return folder


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Gets the number of findings each time that fingerprints of some are made."""
    numbers: list[int] = []
    original = known_fingerprints.with_fingerprints

    def counted(findings: Iterator[Finding], *rest: Callable[..., str]) -> object:
        listed = list(findings)
        if listed:
            numbers.append(len(listed))
        return original(listed, *rest)

    monkeypatch.setattr(known_fingerprints, "with_fingerprints", counted)
    return numbers


def findings(folder: Path, cache: Cache) -> tuple[Finding, ...]:
    return review(ReviewRequest(folder, Settings(), jobs=1), CATALOGUE, cache).findings


def test_an_unchanged_folder_keeps_its_fingerprints(shop: Path, cache: Cache, made: list[int]) -> None:
    first, second = findings(shop, cache), findings(shop, cache)

    assert len(made) == 1
    assert first == second == findings(shop, NullCache())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("read_item", "read_one"),
        lambda text: text.replace('{"item": item}', '{"one": item}'),
        lambda text: text.replace("{item_id}", "{number}"),
        lambda text: "# The shop.\n" + text,
    ],
)
def test_a_changed_file_gets_the_fingerprints_of_a_review_anew(
    shop: Path, cache: Cache, change: Callable[[str], str]
) -> None:
    before = findings(shop, cache)
    (shop / "app.py").write_text(change(APPLICATION))

    assert before
    assert findings(shop, cache) == findings(shop, NullCache())


def test_what_the_cache_holds_of_another_form_is_made_again(
    shop: Path, cache: Cache, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = findings(shop, NullCache())
    get_many = cache.get_many

    def broken(kind: str, keys: list[bytes]) -> dict[bytes, bytes]:
        other = msgspec.msgpack.encode(["spoilt"])
        return dict.fromkeys(keys, other) if kind == FINGERPRINTS_KIND else get_many(kind, keys)

    monkeypatch.setattr(cache, "get_many", broken)

    assert findings(shop, cache) == expected
    assert len(made) == 2
