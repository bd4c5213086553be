"""Whole applications: the findings and facts that the fixtures say they must give, no more and no fewer.

In a fixture, `# <- rule` at the end of a line names what must be reported there, and `# fact:` a route that is
registered there. A fixture without markers says it in `expected.txt`: lines `path:line rule`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reviewer.examples import marked_lines
from reviewer.modules.cache import NullCache
from reviewer.project.model import Answer, Route
from reviewer.registry import load_catalogue
from reviewer.review import ReadSources, ReviewRequest, review_sources
from reviewer.settings import Settings

FIXTURES = Path(__file__).parents[2] / "fixtures"
FACT = re.compile(r"#\s*fact:\s*(.+)$")
#: Rules about the repository itself, which is not the fixture's.
ABOUT_GIT = frozenset({"branch-name", "commit-message-format"})


def sources_of(name: str) -> tuple[ReviewRequest, ReadSources]:
    request = ReviewRequest(FIXTURES / name, Settings())
    return request, ReadSources.of(request, NullCache())


def texts_of(name: str) -> dict[str, str]:
    folder = FIXTURES / name
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in {".py", ".html", ".toml", ".yml", ""}
    }


def expected_findings(name: str) -> set[tuple[str, int, str]]:
    listed = FIXTURES / name / "expected.txt"
    if not listed.exists():
        return marked_lines(texts_of(name))
    entries = (line.split() for line in listed.read_text().splitlines() if line.strip())
    return {(place.rpartition(":")[0], int(place.rpartition(":")[2]), rule) for place, rule in entries}


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_a_fixture_gives_exactly_its_findings(name: str) -> None:
    request, sources = sources_of(name)
    result = review_sources(request, sources, load_catalogue(), NullCache())
    reported = {(one.place.path, one.place.line, one.rule) for one in result.reported if one.rule not in ABOUT_GIT}

    assert not result.crashes
    assert not result.problems
    assert reported == expected_findings(name)


def stated_facts(name: str) -> set[tuple[str, int, str]]:
    return {
        (path, number, fact.strip())
        for path, text in texts_of(name).items()
        for number, line in enumerate(text.split("\n"), 1)
        if (found := FACT.search(line))
        for fact in re.split(r",\s*(?=[A-Z]+ /)", found[1])
    }


def fact_about(route: Route) -> tuple[str, int, str]:
    access = ", ".join(route.authentication.names) if route.authentication.answer is Answer.YES else "public"
    return route.place.path, route.place.line, f"{route} -> {route.endpoint_name} [{access}]"


@pytest.mark.parametrize("name", ["notes"])
def test_the_model_knows_the_routes_that_a_fixture_states(name: str) -> None:
    request, sources = sources_of(name)
    project = sources.project(request.settings)

    assert {fact_about(route) for route in project.routes} == stated_facts(name)
