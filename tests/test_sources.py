"""What was read becomes a project."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.modules.cache import NullCache
from reviewer.review import ReadSources, ReviewRequest
from reviewer.settings import Settings

PYTHONS_OWN_LIMIT = 1_000


@pytest.fixture
def _as_python_starts() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(PYTHONS_OWN_LIMIT)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("_as_python_starts")
def test_a_long_chain_of_imports_is_followed_to_its_end(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"module_{number}.py").write_text(f"from module_{number + 1} import app\n")
    (tmp_path / "module_300.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    (tmp_path / "main.py").write_text('from module_0 import app\n\n@app.get("/items")\ndef read(): ...\n')

    project = ReadSources.of(ReviewRequest(tmp_path, Settings()), NullCache()).project(Settings())

    assert [route.path for route in project.routes] == ["/items"]
