"""Findings that stand for several places: each place is known, new, accepted and suppressed by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_line import Run
from git_repositories import commit_all, make_repository, run_git

DOCS, TESTS = "missing-operation-docs", "untested-route"
CONFIGURATION = f'select = ["{DOCS}", "{TESTS}", "unused-suppression"]\n'
NAMES = ("orders", "carts", "bills", "stores", "shelves", "returns")
HEAD = "from fastapi import FastAPI\n\napp = FastAPI()\n"
TESTED = 'from fastapi.testclient import TestClient\n\nfrom app import app\n\n\ndef test_bills():\n    TestClient(app).get("/bills")\n'


def endpoint(name: str, comment: str = "") -> str:
    return f'\n\n@app.get("/{name}"){comment}\ndef read_{name}():\n    return []\n'


def application(*names: str) -> str:
    return HEAD + "".join(map(endpoint, names))


class Reported(NamedTuple):
    """What a report says of a finding that counts."""

    line: int
    message: str
    members: int


Reports = Callable[..., list[Reported]]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An application of six operations without documentation, committed, on a branch of its own."""
    folder = make_repository(tmp_path / "shop")
    (folder / "app.py").write_text(application(*NAMES))
    (folder / "reviewer.toml").write_text(CONFIGURATION)
    commit_all(folder, "feat: open the shop")
    run_git(folder, "checkout", "-q", "-b", "feat/orders")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def reports(run: Run) -> Reports:
    """What `check` reports of one rule with some options."""

    def check(rule: str, *arguments: str) -> list[Reported]:
        return [
            Reported(one["place"]["line"], one["message"], len(one.get("members", ())))
            for one in found(run, rule, *arguments)
            if one["suppression"] is None
        ]

    return check


def found(run: Run, rule: str, *arguments: str) -> list[dict[str, Any]]:
    findings: list[dict[str, Any]] = run("check", "--select", rule, "--format", "json", *arguments).document["findings"]
    return findings


def compared(folder: Path, run: Run, how: str, change: Callable[[], object]) -> tuple[str, ...]:
    """Makes a change and gives the options by which it is compared with what was there before."""
    if how == "baseline":
        run("baseline", "create")
        change()
        return ("--baseline", "reviewer-baseline.jsonl")
    change()
    if how == "staged":
        run_git(folder, "add", "--all")
        return ("--staged",)
    return ("--since", "main")


EVERY_COMPARISON = pytest.mark.parametrize("how", ["since", "staged", "baseline"])


@EVERY_COMPARISON
def test_one_more_place_of_a_gathered_finding_is_new_alone(shop: Path, run: Run, reports: Reports, how: str) -> None:
    before = reports(DOCS)
    options = compared(shop, run, how, lambda: (shop / "app.py").write_text(application("added", *NAMES)))

    assert before == [Reported(3, "6 of 6 operations of the application `app:app` are not documented.", 6)]
    assert reports(DOCS, *options) == [
        Reported(6, "`GET /added` is not documented: no docstring, summary or description.", 0)
    ]


@EVERY_COMPARISON
def test_a_place_that_was_reported_alone_is_known_where_it_is_gathered(
    shop: Path, run: Run, reports: Reports, how: str
) -> None:
    (shop / "app.py").write_text(application("bills", "carts"))
    (shop / "test_app.py").write_text(TESTED)
    commit_all(shop)
    run_git(shop, "branch", "--force", "main")
    before = reports(TESTS)
    options = compared(shop, run, how, lambda: (shop / "app.py").write_text(application("bills", "carts", "added")))

    assert before == [Reported(11, "No test requests `GET /carts`.", 0)]
    assert [one.members for one in reports(TESTS)] == [2]
    assert reports(TESTS, *options) == [Reported(16, "No test requests `GET /added`.", 0)]


@EVERY_COMPARISON
def test_what_is_left_of_a_gathered_finding_is_known(shop: Path, run: Run, reports: Reports, how: str) -> None:
    documented = "".join(
        f'\n\n@app.get("/{name}")\ndef read_{name}():\n    """All of them."""\n    return []\n' for name in NAMES[1:]
    )
    options = compared(shop, run, how, lambda: (shop / "app.py").write_text(application(NAMES[0]) + documented))

    assert [one.members for one in reports(DOCS)] == [0]
    assert reports(DOCS, *options) == []


@EVERY_COMPARISON
def test_places_that_are_moved_bring_nothing(shop: Path, run: Run, reports: Reports, how: str) -> None:
    def move() -> None:
        (shop / "app.py").write_text("# The shop.\n\n" + application(*reversed(NAMES)))

    options = compared(shop, run, how, move)

    assert reports(DOCS, *options) == []


@EVERY_COMPARISON
def test_places_that_are_all_new_are_gathered(shop: Path, run: Run, reports: Reports, how: str) -> None:
    (shop / "app.py").write_text(HEAD)
    commit_all(shop)
    run_git(shop, "branch", "--force", "main")
    options = compared(shop, run, how, lambda: (shop / "app.py").write_text(application(*NAMES)))

    assert [one.members for one in reports(DOCS, *options)] == [6]


def test_a_place_on_a_changed_line_is_new(shop: Path, reports: Reports) -> None:
    (shop / "app.py").write_text(application(*NAMES).replace('"/carts"', '"/carts/all"'))

    assert [one.message for one in reports(DOCS, "--since", "main")] == [
        "`GET /carts/all` is not documented: no docstring, summary or description."
    ]


def test_known_places_beside_new_ones_are_told_with_the_others(shop: Path, run: Run) -> None:
    (shop / "app.py").write_text(application(*NAMES, "added"))
    shown = found(run, DOCS, "--since", "main", "--all")

    assert [(one["baseline_state"], len(one.get("members", ()))) for one in shown] == [("unchanged", 6), ("new", 0)]
    assert shown[0]["message"].endswith("are not documented. 1 of them is new.")


def test_a_comment_takes_a_place_out_of_a_gathered_finding(shop: Path, run: Run, reports: Reports) -> None:
    comment = "  # reviewer: ignore[missing-operation-docs] -- internal"
    rest = "".join(map(endpoint, NAMES[1:]))
    (shop / "app.py").write_text(HEAD + endpoint(NAMES[0], comment) + rest)

    assert reports(DOCS) == [
        Reported(3, "6 of 6 operations of the application `app:app` are not documented. 1 of them is suppressed.", 5)
    ]
    assert [one["place"]["line"] for one in found(run, DOCS) if one["suppression"] is not None] == [6]
    assert {one["rule"] for one in run("check", "--format", "json").document["findings"]} == {DOCS}


def test_the_last_place_that_no_comment_hides_stands_alone(shop: Path, reports: Reports) -> None:
    comment = "  # reviewer: ignore[missing-operation-docs] -- internal"
    hidden = "".join(endpoint(name, comment) for name in NAMES[1:])
    (shop / "app.py").write_text(HEAD + endpoint(NAMES[0]) + hidden)

    assert reports(DOCS) == [Reported(6, "`GET /orders` is not documented: no docstring, summary or description.", 0)]


def test_a_comment_at_the_application_hides_all_places(shop: Path, run: Run, reports: Reports) -> None:
    text = application(*NAMES).replace(
        "FastAPI()\n", "FastAPI()  # reviewer: ignore[missing-operation-docs] -- later\n"
    )
    (shop / "app.py").write_text(text)

    assert reports(DOCS) == []
    assert all(one["suppression"]["reason"] == "later" for one in found(run, DOCS)[0]["members"])


def test_the_configuration_hides_places_of_a_file(shop: Path, reports: Reports) -> None:
    (shop / "inner.py").write_text(
        "from fastapi import APIRouter\n\nrouter = APIRouter()\n"
        + "".join(map(endpoint, ("added", "more"))).replace("@app", "@router")
    )
    text = application(*NAMES) + "\n\napp.include_router(router)\n"
    (shop / "app.py").write_text("from inner import router\n" + text)
    before = reports(DOCS)
    (shop / "reviewer.toml").write_text(f'{CONFIGURATION}[[overrides]]\nfiles = ["inner.py"]\nignore = ["{DOCS}"]\n')

    assert [one.members for one in before] == [8]
    assert [one.members for one in reports(DOCS)] == [6]


def test_a_baseline_holds_the_places(shop: Path, run: Run) -> None:
    created = run("baseline", "create")
    pruned = run("baseline", "prune")

    assert created.err == "reviewer-baseline.jsonl: 6 findings accepted\n"
    assert pruned.err == "reviewer-baseline.jsonl: 6 findings accepted (+0)\n"


def test_all_formats_for_programs_tell_all_places(shop: Path, run: Run) -> None:
    names = tuple(f"{name}{number}" for name in NAMES for number in range(6))
    (shop / "app.py").write_text(application(*names))
    in_json = found(run, DOCS)[0]["members"]
    sarif = run("check", "--select", DOCS, "--format", "sarif").document["runs"][0]["results"][0]

    assert [one["place"]["line"] for one in in_json] == [6 + 5 * number for number in range(36)]
    assert len({one["fingerprint"] for one in in_json}) == 36
    assert len(sarif["relatedLocations"]) == 36
