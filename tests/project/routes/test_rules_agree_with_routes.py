"""What rules say of routes agrees with the table that `reviewer routes` prints: no route is judged twice or forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.project.in_memory import project
from reviewer.project.project import Project
from reviewer.registry import load_catalogue

FIXTURES = Path(__file__).parents[3] / "fixtures"


def applications() -> list[Path]:
    return sorted(one for one in FIXTURES.iterdir() if any(one.rglob("*.py"))) if FIXTURES.is_dir() else []


def linked(folder: Path) -> Project:
    return project({str(one.relative_to(folder)): one.read_text() for one in sorted(folder.rglob("*.py"))})


def lines_of(name: str, it: Project) -> set[tuple[str, int]]:
    rule = load_catalogue()[name]
    options = rule.Options(each_operation=True) if "each_operation" in rule.Options.__struct_fields__ else None
    return {(one.place.path, one.place.line) for one in rule(options).check(it)}


@pytest.mark.parametrize("folder", applications(), ids=lambda one: one.name)
def test_operations_without_a_word_are_those_that_the_route_table_calls_undocumented(folder: Path) -> None:
    it = linked(folder)
    undocumented = {
        (one.place.path, one.place.line) for one in it.operations if not any(route.documented for route in one.routes)
    }

    assert lines_of("missing-operation-docs", it) <= undocumented


@pytest.mark.parametrize("folder", applications(), ids=lambda one: one.name)
def test_success_statuses_are_judged_as_the_route_table_has_them(folder: Path) -> None:
    it = linked(folder)
    wrong = {
        (one.place.path, one.place.line)
        for one in it.operations
        if one.route.status_code == 201 and one.route.method in ("GET", "HEAD", "DELETE")
    }

    assert lines_of("wrong-success-status", it) >= wrong


@pytest.mark.parametrize("folder", applications(), ids=lambda one: one.name)
def test_parameters_that_are_called_unread_stand_in_the_path(folder: Path) -> None:
    it = linked(folder)

    for unread in it.unread_path_parameters:
        assert unread.name in unread.route.path


def test_an_operation_is_called_undocumented_without_summary_description_and_docstring_alone() -> None:
    source = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/a", summary="A")
def a(): ...


@app.get("/b", description="B")
def b(): ...


@app.get("/c")
def c():
    '''C.'''


@app.get("/d")
def d():
    return {}
"""

    it = project({"main.py": source})

    assert [route.documented for route in it.routes] == [True, True, True, False]
    assert lines_of("missing-operation-docs", it) == {("main.py", 19)}
