"""`reviewer baseline` and `check --baseline`: findings that are accepted for now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import APPLICATION, Run
from git_repositories import commit_all, make_repository, run_git

CONFIGURATION = 'select = ["unused-path-parameter", "post-create-without-201"]\n'
FILE = "reviewer-baseline.jsonl"


@pytest.fixture
def shop(shop: Path) -> Path:
    """The small application with its two findings, and a configuration that selects their rules."""
    (shop / "reviewer.toml").write_text(CONFIGURATION)
    return shop


def entries(file: Path) -> list[dict[str, object]]:
    header, *lines = file.read_text().splitlines()
    assert json.loads(header) == {"reviewer_baseline": 1}
    return [json.loads(line) for line in lines]


def test_what_is_accepted_is_reported_no_longer(shop: Path, run: Run) -> None:
    created = run("baseline", "create")
    checked = run("check", "--baseline", FILE)

    assert (created.code, created.out, created.err) == (0, "", f"{FILE}: 2 findings accepted\n")
    assert (checked.code, checked.out) == (0, "No new findings, 2 known in 3 files (2 routes)\n")
    assert run("check").code == 1


def test_the_file_has_one_sorted_line_a_finding(shop: Path, run: Run) -> None:
    run("baseline", "create", "accepted.jsonl")

    found = entries(shop / "accepted.jsonl")

    assert [(one["path"], one["rule"], one["symbol"], one["count"]) for one in found] == [
        ("app.py", "post-create-without-201", "app:create_item", 1),
        ("app.py", "unused-path-parameter", "app:read_item", 1),
    ]


def test_the_same_findings_give_the_same_bytes(shop: Path, run: Run) -> None:
    run("baseline", "create", "one.jsonl")
    (shop / "app.py").write_text(APPLICATION.replace("app = FastAPI()", "LIMIT = 3\n\n\napp = FastAPI()"))
    run("baseline", "create", "two.jsonl", "-j", "1", "--no-cache")

    assert (shop / "one.jsonl").read_bytes() == (shop / "two.jsonl").read_bytes()


def test_equal_findings_are_counted(shop: Path, run: Run) -> None:
    (shop / "b.py").write_text(APPLICATION)
    run("baseline", "create")
    assert run("check", "--baseline", FILE).code == 0
    (shop / "c.py").write_text(APPLICATION)

    more = run("check", "--baseline", FILE, "--format", "json").document

    assert {one["place"]["path"] for one in more["findings"] if one["baseline_state"] == "new"} == {"c.py"}


def test_an_existing_file_is_not_created_again(shop: Path, run: Run) -> None:
    (shop / FILE).write_text("precious")

    outcome = run("baseline", "create")

    assert (outcome.code, (shop / FILE).read_text()) == (2, "precious")
    assert "is there already" in outcome.err


def test_update_takes_in_new_findings_and_drops_old_ones(shop: Path, run: Run) -> None:
    run("baseline", "create")
    (shop / "app.py").write_text(APPLICATION.replace("{item_id}", "{number}").partition("@app.post")[0])

    outcome = run("baseline", "update")

    assert outcome.err == f"{FILE}: 1 finding accepted (-1)\n"
    assert run("check", "--baseline", FILE).code == 0


def test_prune_only_takes_away(shop: Path, run: Run) -> None:
    run("baseline", "create")
    (shop / "app.py").write_text(APPLICATION.replace("{item_id}", "{number}"))

    outcome = run("baseline", "prune")

    assert outcome.err == f"{FILE}: 1 finding accepted (-1)\n"
    assert [one["rule"] for one in entries(shop / FILE)] == ["post-create-without-201"]
    assert run("check", "--baseline", FILE).code == 1


def test_entries_that_match_nothing_are_told(shop: Path, run: Run) -> None:
    run("baseline", "create")
    (shop / "app.py").write_text(APPLICATION.partition("@app.post")[0])

    stale = run("check", "--baseline", FILE)
    other_rules = run("check", "--baseline", FILE, "--select", "missing-auth")

    assert (stale.code, stale.out.startswith("No new findings, 1 known")) == (0, True)
    assert (
        stale.err
        == "reviewer: note: 1 entry of the baseline is no longer found: remove with `reviewer baseline prune`\n"
    )
    assert other_rules.err == "", "what was not looked for is not gone"


def test_a_moved_finding_stays_accepted(shop: Path, run: Run) -> None:
    run("baseline", "create")
    (shop / "store").mkdir()
    (shop / "app.py").rename(shop / "store/main.py")

    assert run("check", "--baseline", FILE).code == 0


def test_an_edited_line_stays_accepted_if_what_is_flagged_on_it_stays(shop: Path, run: Run) -> None:
    run("baseline", "create")
    (shop / "app.py").write_text(APPLICATION.replace('tags=["items"], ', ""))

    assert run("check", "--baseline", FILE).code == 0


def test_all_shows_accepted_findings_and_does_not_fail(shop: Path, run: Run) -> None:
    run("baseline", "create")

    outcome = run("check", "--baseline", FILE, "--all", "--no-source")

    assert (outcome.code, outcome.out.count("(known)")) == (0, 2)


def test_accepted_findings_are_marked_for_programs(shop: Path, run: Run) -> None:
    run("baseline", "create")

    report = run("check", "--baseline", FILE, "--format", "json").document
    results = json.loads(run("check", "--baseline", FILE, "--format", "sarif").out)["runs"][0]["results"]

    assert [(one["baseline_state"], one["suppression"]["kind"]) for one in report["findings"]] == [
        ("unchanged", "baseline")
    ] * 2
    assert [(one["baselineState"], one["suppressions"][0]["kind"]) for one in results] == [
        ("unchanged", "external")
    ] * 2


def test_the_configuration_can_name_the_file(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "reviewer.toml").write_text('baseline = "checks/accepted.jsonl"\n' + CONFIGURATION)
    (shop / "checks").mkdir()
    run("baseline", "create")

    assert (shop / "checks/accepted.jsonl").exists()
    assert run("check").code == 0
    (shop / "checks/accepted.jsonl").unlink()
    missing = run("check")
    assert (missing.code, "`reviewer baseline create` makes one" in missing.err) == (2, True)


def test_a_file_above_the_reviewed_folder_counts_paths_from_where_it_stands(
    shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_repository(shop)
    (shop / "reviewer.toml").write_text(f'baseline = "{FILE}"\n' + CONFIGURATION)
    (shop / "services").mkdir()
    (shop / "services/app.py").write_text(APPLICATION.replace("items", "services"))
    run("baseline", "create")

    inner = run("check", "services")

    assert {one["path"] for one in entries(shop / FILE)} == {"app.py", "services/app.py"}
    assert (inner.code, inner.err) == (0, ""), "entries for other folders are not stale"


def test_a_baseline_and_a_base_hide_together(shop: Path, run: Run) -> None:
    make_repository(shop)
    commit_all(shop)
    run_git(shop, "checkout", "-q", "-b", "feat/more")
    (shop / "b.py").write_text(APPLICATION.replace("items", "boxes"))
    run("baseline", "create")
    (shop / "c.py").write_text(APPLICATION.replace("items", "crates"))

    report = run("check", "--since", "main", "--baseline", FILE, "--format", "json").document
    new = {one["place"]["path"] for one in report["findings"] if one["baseline_state"] == "new"}

    assert new == {"c.py"}


def test_what_is_about_the_branch_is_never_accepted(shop: Path, run: Run) -> None:
    make_repository(shop, "Wrong_Name")
    (shop / "reviewer.toml").write_text('select = ["branch-name"]\n')
    commit_all(shop)

    run("baseline", "create")

    assert entries(shop / FILE) == []
    assert run("check", "--baseline", FILE).code == 1


def test_a_failing_rule_leaves_the_file_as_it_was(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("baseline", "create")
    before = (shop / FILE).read_bytes()
    from reviewer.registry import load_catalogue

    def failing(self: object, project: object) -> object:
        raise RuntimeError("no")

    monkeypatch.setattr(load_catalogue()["unused-path-parameter"], "check", failing)
    outcome = run("baseline", "update", "-j", "1", "--no-cache")

    assert (outcome.code, (shop / FILE).read_bytes()) == (2, before)
    assert "unused-path-parameter" in outcome.err


# Files that merges and people made


def test_versions_of_the_file_merge(shop: Path, run: Run) -> None:
    make_repository(shop)
    run("baseline", "create")
    commit_all(shop)
    for branch, name in (("feat/one", "a_one.py"), ("feat/two", "z_two.py")):
        run_git(shop, "checkout", "-q", "-b", branch, "main")
        (shop / name).write_text(APPLICATION.replace("items", branch.replace("/", "-")))
        run("baseline", "update")
        commit_all(shop)
    run_git(shop, "merge", "-q", "feat/one", "-m", "merge")

    assert run("check", "--baseline", FILE).code == 0
    assert len(entries(shop / FILE)) == 6


def test_lines_in_any_order_and_twice_are_read(shop: Path, run: Run) -> None:
    run("baseline", "create")
    lines = (shop / FILE).read_text().splitlines()
    (shop / FILE).write_text("\n".join([*reversed(lines), "", *lines]) + "\r\n")

    assert run("check", "--baseline", FILE).code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"reviewer_baseline": 1}\n<<<<<<< HEAD\n=======\n>>>>>>> x\n',
            ":2: the file holds marks of a merge conflict.",
        ),
        ('{"reviewer_baseline": 2}\n', ":1: the baseline has the form of version 2, this program knows version 1."),
        ("", ": this is no baseline of reviewer"),
        ("{}\n", ":1: the entry is not valid"),
        ("[]\n", ":1: the line is no JSON object."),
        ("nonsense\n", ":1: the line is no JSON object."),
        ("[" * 100_000 + "\n", ":1: the line is no JSON object."),
        ('{"reviewer_baseline": 1}\n{"path": 1}\n', ":2: the entry is not valid"),
        (
            '{"reviewer_baseline": 1}\n{"path": "a", "rule": "b", "symbol": "", "identity": "x", "count": 1}\n',
            ":2: the entry is not valid",
        ),
    ],
)
def test_a_file_that_is_no_baseline_is_told_in_one_line(shop: Path, run: Run, text: str, message: str) -> None:
    (shop / FILE).write_text(text)

    outcome = run("check", "--baseline", FILE)

    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert f"{FILE}{message}" in outcome.err


def test_update_writes_a_broken_file_anew(shop: Path, run: Run) -> None:
    (shop / FILE).write_text("<<<<<<< HEAD\n")

    assert run("baseline", "prune").code == 2
    assert run("baseline", "update").code == 0
    assert len(entries(shop / FILE)) == 2


def test_a_folder_or_a_missing_file_is_told(shop: Path, run: Run) -> None:
    (shop / "folder").mkdir()

    for file in ("folder", "missing.jsonl"):
        assert run("check", "--baseline", file).code == 2
        assert run("baseline", "prune", file).code == 2
    assert run("baseline", "create", "folder").code == 2
