"""`--format FORMAT[=FILE]`: several reports of one run, each in its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CHOSEN, Run


def test_one_run_prints_annotations_and_writes_files(run: Run, shop: Path) -> None:
    reports = ("--format", "github", "--format", "sarif=reviewer.sarif", "--format", "markdown=summary.md")
    done = run("check", *CHOSEN, *reports)

    assert done.code == 1
    assert done.out.startswith("::error file=app.py,line=10,")
    assert len(json.loads((shop / "reviewer.sarif").read_text())["runs"][0]["results"]) == 2
    assert (shop / "summary.md").read_text().startswith("## reviewer\n")


def test_reports_that_all_have_files_print_nothing(run: Run, shop: Path) -> None:
    done = run("check", *CHOSEN, "--format", "gitlab=quality.json", "--format", "junit=tests.xml")

    assert (done.code, done.out) == (1, "")
    assert (shop / "tests.xml").read_text().startswith("<?xml ")


def test_output_is_for_the_report_without_a_file(run: Run, shop: Path) -> None:
    done = run("check", *CHOSEN, "--format", "text", "--format", "json=report.json", "--output", "report.txt")

    assert done.out == ""
    assert "app.py:10:10  error  " in (shop / "report.txt").read_text()


def test_a_dash_is_no_file(run: Run, shop: Path) -> None:
    assert run("check", *CHOSEN, "--format", "json=-").rules == ["unused-path-parameter", "post-create-without-201"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "json", "--format", "text"], "--format json and --format text go to the same place"),
        (["--format", "json=a", "--format", "text=./a"], "two reports would be written to this file"),
        (["--format", "json=a", "--output", "b"], "--output b: every --format names its own file already"),
        (["--format", "json="], "'json=' names no file after the `=`"),
        (["--format", "yaml=a"], "'yaml' is not one of"),
    ],
)
def test_reports_without_a_place_of_their_own_are_refused(
    run: Run, shop: Path, arguments: list[str], message: str
) -> None:
    done = run("check", *arguments)

    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert not (shop / "a").exists()


@pytest.mark.parametrize("form", ["github", "sarif", "gitlab", "junit", "markdown"])
def test_what_a_forge_reads_names_files_from_the_top_of_the_repository(run: Run, shop: Path, form: str) -> None:
    (shop.parent / ".git").mkdir()

    assert "shop/app.py" in run("check", *CHOSEN, "--format", form).out
    assert "shop/app.py" not in run("check", *CHOSEN).out


def test_code_scanning_gets_no_alert_that_a_comment_answers(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = "  # reviewer: ignore[post-create-without-201] -- old clients"
    text = (shop / "app.py").read_text()
    (shop / "app.py").write_text(text.replace("(name: str):", f"(name: str):{comment}"))
    marked = run("check", *CHOSEN, "--format", "sarif").document["runs"][0]["results"]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    on_github = run("check", *CHOSEN, "--format", "sarif").document["runs"][0]["results"]

    assert (len(marked), len(on_github)) == (2, 1)
