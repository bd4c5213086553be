"""`reviewer checklist`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import APPLICATION, MODELS, Run

from reviewer.checklist import DOCUMENTS


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.py").write_text(APPLICATION)
    (folder / "models.py").write_text(MODELS)
    return folder


def test_it_tells_where_a_project_stands_and_judges_nobody(run: Run, shop: Path) -> None:
    outcome = run("checklist", shop)

    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("fastapi-celery-redis  FastAPI with Jinja2, Celery and Redis\n")
    assert (
        "flask  Flask with Jinja2, Celery, Redis and Flask-WTF\n  The project has no Flask application.\n"
        in outcome.out
    )
    assert "main.py:10:10  error  " in outcome.out
    assert "2 of 2 operations have tags." in outcome.out


def test_all_documents_are_in_the_report_for_programs(run: Run, shop: Path) -> None:
    document = run("checklist", shop, "--format", "json").document

    assert [one["name"] for one in document["documents"]] == list(DOCUMENTS)
    assert document["summary"]["failed"] > 0


def test_documents_are_chosen_by_name(run: Run, shop: Path) -> None:
    repeated = run("checklist", shop, "--format", "json", "--seed", "flask", "--seed", "backend-agent").document
    joined = run("checklist", shop, "--format", "json", "--seed", "flask,backend-agent").document

    assert [one["name"] for one in repeated["documents"]] == ["flask", "backend-agent"]
    assert joined == repeated
    assert repeated["documents"][0]["reason"] == ""


def test_a_name_that_is_none_gets_the_nearest_one_and_all(run: Run, shop: Path) -> None:
    outcome = run("checklist", shop, "--seed", "flsk")

    assert outcome.code == 2
    assert "did you mean flask?" in outcome.err
    assert all(name in outcome.err for name in DOCUMENTS)


@pytest.mark.parametrize(("form", "beginning"), [("markdown", "# Checklist\n"), ("html", "<!doctype html>\n")])
def test_a_report_is_written_to_a_file(run: Run, shop: Path, tmp_path: Path, form: str, beginning: str) -> None:
    outcome = run("checklist", shop, "--format", form, "--output", tmp_path / "report")

    assert (outcome.code, outcome.out) == (0, "")
    assert (tmp_path / "report").read_text().startswith(beginning)


def test_the_configuration_decides_which_rules_are_asked(run: Run, shop: Path) -> None:
    (shop / "reviewer.toml").write_text('ignore = ["all"]\n')

    document = run("checklist", shop, "--format", "json").document
    bullets = [bullet for one in document["documents"] for section in one["sections"] for bullet in section["bullets"]]

    assert document["finding_count"] == 0
    assert not [bullet for bullet in bullets if bullet["verdict"] == "failed" and bullet["rules"]]


def test_no_finding_of_a_review_is_missing(run: Run, shop: Path) -> None:
    (shop / "clock.py").write_text("from datetime import datetime\n\nSTARTED = datetime.utcnow()\n")
    (shop / "reviewer.toml").write_text('preset = "strict"\n')
    document = run("checklist", shop, "--format", "json").document
    places = [*document["other_findings"]]
    places += [bullet for one in document["documents"] for part in one["sections"] for bullet in part["bullets"]]
    told = {finding["fingerprint"] for one in places for finding in one["worst_findings"]}

    review = run("check", shop, "--format", "json").document
    assert "naive-datetime" in {finding["rule"] for finding in review["findings"]}
    assert {finding["fingerprint"] for finding in review["findings"]} <= told
    assert document["finding_count"] >= len(review["findings"])


def test_a_folder_without_programs_is_said_to_be_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    outcome = run("checklist", tmp_path / "empty")

    assert outcome.code == 0
    assert outcome.err.startswith("reviewer: note: there are no Python files in ")
