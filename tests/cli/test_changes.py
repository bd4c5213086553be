"""`check --since` and `check --staged`: what a change brought, and nothing that was there before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import APPLICATION, CHOSEN, MODELS, Run
from git_repositories import commit_all, make_repository, run_git

#: Another endpoint that is registered without its parameter: the finding that changes bring.
ADDED = '''

@app.get("/orders/{order_id}", tags=["orders"], response_model=Item)
def read_order(other: int):
    """Read an order."""
'''


@pytest.fixture
def shop(shop: Path) -> Path:
    """The small application, committed, on a branch of its own. It has two findings."""
    make_repository(shop)
    (shop / ".gitattributes").write_text("* -text\n")
    commit_all(shop, "feat: open the shop")
    run_git(shop, "checkout", "-q", "-b", "feat/orders")
    return shop


@pytest.fixture
def new(run: Run) -> Callable[..., list[tuple[str, int, str]]]:
    """What `check` reports with some options: path, line and rule."""

    def findings(*arguments: str | Path) -> list[tuple[str, int, str]]:
        outcome = run("check", *CHOSEN, "--format", "json", *arguments)
        assert outcome.code == (1 if any(_is_reported(one) for one in outcome.document["findings"]) else 0), outcome.err
        return [
            (one["place"]["path"], one["place"]["line"], one["rule"])
            for one in outcome.document["findings"]
            if _is_reported(one)
        ]

    return findings


def _is_reported(finding: dict[str, object]) -> bool:
    return finding["suppression"] is None and finding.get("baseline_state") != "unchanged"


New = Callable[..., list[tuple[str, int, str]]]


# What is new


def test_an_unchanged_tree_brings_nothing(shop: Path, run: Run) -> None:
    outcome = run("check", *CHOSEN, "--since", "main")

    assert (outcome.code, outcome.out) == (0, "No new findings, 2 known in 3 files (2 routes)\n")


@pytest.mark.parametrize("is_committed", [False, True])
def test_what_came_since_the_branch_began_is_new(shop: Path, new: New, is_committed: bool) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    if is_committed:
        commit_all(shop)

    assert new("--since", "main") == [("app.py", 22, "unused-path-parameter")]


def test_a_file_that_git_does_not_know_yet_counts(shop: Path, new: New) -> None:
    (shop / "orders.py").write_text(APPLICATION.replace("/items", "/orders"))

    assert {path for path, _, _ in new("--since", "main")} == {"orders.py"}


def test_what_the_other_branch_did_meanwhile_is_not_compared_with(shop: Path, new: New) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    commit_all(shop)
    run_git(shop, "checkout", "-q", "main")
    (shop / "app.py").write_text("")
    commit_all(shop, "refactor: close the shop")
    run_git(shop, "checkout", "-q", "feat/orders")

    assert new("--since", "main") == [("app.py", 22, "unused-path-parameter")]


def test_a_change_in_one_file_that_breaks_another_is_new(shop: Path, new: New) -> None:
    (shop / "models.py").write_text(MODELS.replace("class Base(DeclarativeBase)", "class Base(DeclarativeBase, Other)"))
    (shop / "prefixes.py").write_text('PATH = "/carts"\n')
    (shop / "carts.py").write_text(
        "from fastapi import FastAPI\nfrom prefixes import PATH\n\napp = FastAPI()\n\n\n"
        "@app.get(PATH)\ndef read_cart(cart_id: int):\n    return {}\n"
    )
    commit_all(shop)
    before = new("--since", "HEAD")
    (shop / "prefixes.py").write_text('PATH = "/carts/{number}"\n')

    assert before == []
    assert new("--since", "HEAD") == [("carts.py", 7, "unused-path-parameter")]


def test_of_equal_findings_those_of_the_added_file_are_new(shop: Path, new: New) -> None:
    shutil.copy(shop / "app.py", shop / "a_copy.py")

    assert {path for path, _, _ in new("--since", "main")} == {"a_copy.py"}


def test_new_findings_have_fingerprints_that_the_base_lacks(shop: Path, run: Run) -> None:
    before = {one["fingerprint"] for one in run("check", *CHOSEN, "--format", "json").document["findings"]}
    shutil.copy(shop / "app.py", shop / "a_copy.py")
    found = run("check", *CHOSEN, "--since", "main", "--format", "json").document["findings"]

    assert {one["fingerprint"] for one in found if one["baseline_state"] == "unchanged"} == before
    assert before.isdisjoint({one["fingerprint"] for one in found if one["baseline_state"] == "new"})


def test_a_finding_whose_statement_is_changed_is_new(shop: Path, new: New) -> None:
    (shop / "app.py").write_text(APPLICATION.replace('@app.post("/items"', '@app.post("/things"'))

    assert new("--since", "main") == [("app.py", 15, "post-create-without-201")]


def test_a_finding_that_a_comment_hid_and_hides_no_longer_is_new(shop: Path, new: New) -> None:
    hidden = APPLICATION.replace(
        "Item)\ndef read_item", "Item)  # reviewer: ignore[unused-path-parameter] -- later\ndef read_item"
    )
    (shop / "app.py").write_text(hidden)
    commit_all(shop)
    assert new() == [("app.py", 15, "post-create-without-201")]
    (shop / "app.py").write_text(APPLICATION)

    assert new("--since", "HEAD") == [("app.py", 10, "unused-path-parameter")]


# What is not


def moved_to_another_file(shop: Path) -> None:
    (shop / "store").mkdir()
    run_git(shop, "mv", "app.py", "store/main.py")


def moved_to_another_file_and_edited(shop: Path) -> None:
    moved_to_another_file(shop)
    text = (shop / "store/main.py").read_text()
    (shop / "store/main.py").write_text(text.replace('"""A shop."""', '"""A larger shop."""\n\nimport logging'))


def moved_down(shop: Path) -> None:
    (shop / "app.py").write_text(APPLICATION.replace("app = FastAPI()", "LIMIT = 3\n\n\napp = FastAPI()"))


def moved_around(shop: Path) -> None:
    head, first, second = (
        APPLICATION.partition("@app.get")[0],
        *APPLICATION[len(APPLICATION.partition("@app.get")[0]) :].split("\n\n\n"),
    )
    (shop / "app.py").write_text(head + second.rstrip("\n") + "\n\n\n" + first + "\n")


def reformatted(shop: Path) -> None:
    text = APPLICATION.replace(
        '@app.get("/items/{item_id}", tags=["items"], response_model=Item)',
        "@app.get(\n    '/items/{item_id}',\n    tags=[\n        'items',\n    ],\n    response_model=(Item),  # the model\n)",
    ).replace('@app.post("/items", ', '@app.post( "/items" ,')
    (shop / "app.py").write_text(text.replace("\n    ", "\n        "))


def given_other_line_ends(shop: Path) -> None:
    (shop / "app.py").write_bytes(APPLICATION.replace("\n", "\r\n").encode())


def renamed_functions(shop: Path) -> None:
    (shop / "app.py").write_text(APPLICATION.replace("read_item", "show_item").replace("create_item", "add_item"))


def indented(shop: Path) -> None:
    body = APPLICATION.partition("@app.get")
    rest = "".join(f"    {line}" if line.strip() else line for line in (body[1] + body[2]).splitlines(keepends=True))
    (shop / "app.py").write_text(f"{body[0]}if True:\n{rest}")


def emptied_of_one_finding(shop: Path) -> None:
    (shop / "app.py").write_text(APPLICATION.partition("@app.post")[0])


@pytest.mark.parametrize(
    "change",
    [
        moved_to_another_file,
        moved_to_another_file_and_edited,
        moved_down,
        moved_around,
        reformatted,
        given_other_line_ends,
        renamed_functions,
        indented,
        emptied_of_one_finding,
    ],
)
def test_code_that_only_looks_different_brings_nothing(shop: Path, new: New, change: Callable[[Path], None]) -> None:
    change(shop)
    assert new(), "the findings are still there"

    assert new("--since", "main") == []


def test_an_endpoint_that_is_moved_to_another_file_brings_nothing(shop: Path, new: New) -> None:
    first, second = APPLICATION.partition("@app.post")[0], "@app.post" + APPLICATION.partition("@app.post")[2]
    (shop / "app.py").write_text(first)
    (shop / "posts.py").write_text("from app import app\nfrom models import Item, session\n\n\n" + second)
    assert ("posts.py", 5, "post-create-without-201") in new()

    assert new("--since", "main") == []


def test_files_that_could_not_be_read_before_do_not_fail_the_change(shop: Path, run: Run) -> None:
    (shop / "broken.py").write_text("def (:\n")
    commit_all(shop)
    run_git(shop, "branch", "-f", "main")

    known = run("check", *CHOSEN, "--since", "main")
    (shop / "models.py").write_text("def (:\n")
    broken = run("check", *CHOSEN, "--since", "main")

    assert (known.code, "broken.py" in known.out) == (0, False)
    assert (broken.code, "models.py" in broken.out, "broken.py" in broken.out) == (1, True, False)


def test_known_findings_are_kept_and_marked(shop: Path, run: Run) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)

    found = run("check", *CHOSEN, "--since", "main", "--format", "json").document
    states = [
        (one["place"]["line"], one["baseline_state"], (one["suppression"] or {}).get("kind"))
        for one in found["findings"]
    ]
    sarif = json.loads(run("check", *CHOSEN, "--since", "main", "--format", "sarif").out)

    assert states == [(10, "unchanged", "base"), (15, "unchanged", "base"), (22, "new", None)]
    assert found["summary"]["known"] == 2
    assert found["summary"]["suppressed"] == 0
    assert [one["baselineState"] for one in sarif["runs"][0]["results"]] == ["unchanged", "unchanged", "new"]


def test_all_shows_known_findings_and_fails_only_for_new_ones(shop: Path, run: Run) -> None:
    known = run("check", *CHOSEN, "--since", "main", "--all", "--no-source")
    (shop / "app.py").write_text(APPLICATION + ADDED)
    both = run("check", *CHOSEN, "--since", "main", "--all", "--no-source")

    assert (known.code, known.out.count("(known)")) == (0, 2)
    assert (both.code, both.out.count("(known)"), both.out.count("[unused-path-parameter]")) == (1, 2, 2)


def test_named_files_limit_what_is_reported(shop: Path, new: New) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    (shop / "orders.py").write_text(APPLICATION.replace("/items", "/orders"))

    assert {path for path, _, _ in new("--since", "main", "orders.py")} == {"orders.py"}
    assert new("--since", "main", "models.py") == []


def test_a_folder_of_the_repository_is_compared_with_itself(shop: Path, new: New) -> None:
    (shop / "services").mkdir()
    for name in ("app.py", "models.py"):
        run_git(shop, "mv", name, f"services/{name}")
    commit_all(shop)
    (shop / "services/app.py").write_text(APPLICATION + ADDED)

    assert new("--since", "HEAD", "services") == [("app.py", 22, "unused-path-parameter")]


def test_files_that_the_review_leaves_out_are_left_out_of_the_base(shop: Path, new: New) -> None:
    (shop / "old").mkdir()
    (shop / "old/app.py").write_text(APPLICATION.replace("/items", "/old"))
    (shop / "node_modules").mkdir()
    (shop / "node_modules/app.py").write_text(APPLICATION)
    (shop / ".gitignore").write_text("old/\n")
    run_git(shop, "add", "--force", "old/app.py", "node_modules/app.py")
    commit_all(shop)
    (shop / ".gitignore").unlink()

    found = new("--since", "HEAD")

    assert {path for path, _, _ in found} == {"old/app.py"}, "what was ignored then is new now"


def test_links_are_followed_on_both_sides(shop: Path, new: New) -> None:
    (shop / "linked.py").symlink_to("app.py")
    (shop / "outside.py").symlink_to("/etc/hostname")
    (shop / "folder").symlink_to(".")
    commit_all(shop)

    assert new("--since", "HEAD") == []


def test_the_configuration_of_today_judges_both_sides(shop: Path, run: Run) -> None:
    (shop / "reviewer.toml").write_text('select = ["missing-operation-docs"]\n')
    commit_all(shop)
    (shop / "reviewer.toml").write_text('select = ["unused-path-parameter"]\n')

    outcome = run("check", "--since", "HEAD")

    assert (outcome.code, outcome.out) == (0, "No new findings, 1 known in 3 files (2 routes)\n")


def test_what_is_about_the_branch_is_new_once_it_has_commits(shop: Path, run: Run) -> None:
    run_git(shop, "checkout", "-q", "-b", "Wrong_Name")
    uncommitted = run("check", "--select", "branch-name", "--since", "HEAD")
    commit_all(shop)
    committed = run("check", "--select", "branch-name", "--since", "main")

    assert (uncommitted.code, committed.code) == (0, 1)


# What the cache has to do with it


def test_the_same_is_new_whatever_the_cache_knows(shop: Path, new: New, run: Run) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    expected = [("app.py", 22, "unused-path-parameter")]

    assert new("--since", "main", "--no-cache") == expected
    assert new("--since", "main") == expected
    assert new("--since", "main") == expected


def test_a_base_is_reviewed_once(shop: Path, new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewer import review

    (shop / "app.py").write_text(APPLICATION + ADDED)
    reviewed: list[int] = []
    judged = review.judged_project

    def counted(*arguments: Any, **options: Any) -> object:
        reviewed.append(1)
        return judged(*arguments, **options)

    monkeypatch.setattr(review, "judged_project", counted)
    counts = []
    for _ in range(2):
        reviewed.clear()
        new("--since", "main", "-j", "1")
        counts.append(len(reviewed))
    commit_all(shop)
    reviewed.clear()
    new("--since", "HEAD", "-j", "1")

    assert counts == [2, 1]
    assert len(reviewed) == 1, "what was reviewed as a working tree is known as a commit"


def test_a_base_is_the_same_beside_in_another_process(shop: Path, new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewer import base_review

    (shop / "app.py").write_text(APPLICATION + ADDED)
    monkeypatch.setattr(base_review, "MIN_FILES_FOR_PROCESS", 1)
    monkeypatch.setattr(base_review, "starts_cheaply", lambda: True)

    assert new("--since", "main", "-j", "2") == [("app.py", 22, "unused-path-parameter")]


def test_a_process_that_dies_costs_no_finding(shop: Path, new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewer import base_review

    here = os.getpid()
    keep = base_review.ReadSources.project

    def dying(self: object, settings: object) -> object:
        if os.getpid() != here:
            os._exit(9)
        return keep(self, settings)  # type: ignore[arg-type]

    (shop / "app.py").write_text(APPLICATION + ADDED)
    monkeypatch.setattr(base_review, "MIN_FILES_FOR_PROCESS", 1)
    monkeypatch.setattr(base_review, "starts_cheaply", lambda: True)
    monkeypatch.setattr(base_review.ReadSources, "project", dying)

    assert new("--since", "main", "-j", "2") == [("app.py", 22, "unused-path-parameter")]


# What is staged


def test_staged_content_is_judged_and_not_the_working_tree(shop: Path, new: New) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    assert new("--staged") == []
    run_git(shop, "add", "app.py")
    (shop / "app.py").write_text("")

    assert new("--staged") == [("app.py", 22, "unused-path-parameter")]


def test_the_lines_that_are_shown_are_the_staged_ones(shop: Path, run: Run) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    run_git(shop, "add", "app.py")
    (shop / "app.py").write_text("")

    assert "/orders/{order_id}" in run("check", *CHOSEN, "--staged").out


def test_only_the_staged_part_of_a_file_counts(shop: Path, new: New) -> None:
    (shop / "app.py").write_text(APPLICATION + "\n\nLIMIT = 3\n")
    run_git(shop, "add", "app.py")
    (shop / "app.py").write_text(APPLICATION + "\n\nLIMIT = 3\n" + ADDED)

    assert new("--staged") == []


def test_a_file_that_is_staged_and_gone_is_judged(shop: Path, new: New) -> None:
    (shop / "orders.py").write_text(APPLICATION.replace("/items", "/orders"))
    run_git(shop, "add", "orders.py")
    (shop / "orders.py").unlink()

    assert {path for path, _, _ in new("--staged")} == {"orders.py"}


def test_a_file_that_is_only_to_be_added_is_none_of_the_commit(shop: Path, new: New) -> None:
    (shop / "orders.py").write_text(APPLICATION.replace("/items", "/orders"))
    run_git(shop, "add", "--intent-to-add", "orders.py")

    assert new("--staged") == []


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_marks_of_the_index_do_not_hide_what_is_staged(shop: Path, new: New, mark: str) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    run_git(shop, "add", "app.py")
    run_git(shop, "update-index", mark, "app.py")
    (shop / "app.py").write_text("")

    assert new("--staged") == [("app.py", 22, "unused-path-parameter")]


def test_an_unmerged_file_is_told(shop: Path, run: Run) -> None:
    for branch, text in (("feat/one", APPLICATION + "\nA = 1\n"), ("feat/two", APPLICATION + "\nA = 2\n")):
        run_git(shop, "checkout", "-q", "-b", branch, "main")
        (shop / "app.py").write_text(text)
        commit_all(shop)
    with pytest.raises(subprocess.CalledProcessError):
        run_git(shop, "merge", "-q", "feat/one")

    outcome = run("check", *CHOSEN, "--staged")

    assert outcome.code == 1
    assert "The file has an unresolved merge conflict in the index." in outcome.out


def test_staged_links_and_submodules_are_passed_over(shop: Path, new: New, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other")
    (other / "app.py").write_text(APPLICATION)
    commit_all(other)
    run_git(shop, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "part")
    (shop / "link.py").symlink_to("part/app.py")
    run_git(shop, "add", "--all")

    assert new("--staged") == []


def test_a_staged_link_that_leads_out_is_told_and_not_followed(shop: Path, run: Run) -> None:
    (shop / "secret.py").symlink_to("/etc/passwd")
    run_git(shop, "add", "--all")

    outcome = run("check", *CHOSEN, "--staged")

    assert outcome.code == 1
    assert "secret.py  not reviewed  The symbolic link leads out of the reviewed folder." in outcome.out


def test_everything_is_new_before_the_first_commit(tmp_path: Path, new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository(tmp_path / "first")
    monkeypatch.chdir(root)
    (root / "app.py").write_text(APPLICATION)
    run_git(root, "add", "app.py")

    assert [rule for _, _, rule in new("--staged")] == ["unused-path-parameter", "post-create-without-201"]


def test_a_repository_with_sha256_names_is_compared(tmp_path: Path, new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "long"
    root.mkdir()
    run_git(root, "init", "-q", "-b", "main", "--object-format=sha256")
    monkeypatch.chdir(root)
    (root / "app.py").write_text(APPLICATION)
    (root / "models.py").write_text(MODELS)
    commit_all(root)
    (root / "app.py").write_text(APPLICATION + ADDED)
    run_git(root, "add", "app.py")

    assert new("--staged") == new("--since", "main") == [("app.py", 22, "unused-path-parameter")]


def test_staged_changes_can_be_compared_with_another_branch(shop: Path, new: New) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    commit_all(shop)

    assert new("--staged") == []
    assert new("--staged", "--since", "main") == [("app.py", 22, "unused-path-parameter")]


def test_staged_content_is_never_mended_in_the_working_tree(shop: Path, run: Run) -> None:
    outcome = run("check", "--staged", "--fix")

    assert outcome.code == 2
    assert "--fix changes the working tree, --staged reviews the index" in outcome.err


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize("arguments", [("commit", "-a"), ("commit", "app.py"), ("commit", "--include", "app.py")])
def test_a_hook_judges_the_index_that_is_being_committed(
    shop: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    program = shutil.which("reviewer", path=str(Path(os.sys.executable).parent)) or "reviewer"  # type: ignore[attr-defined]
    hook = shop / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    options = " ".join(CHOSEN)
    hook.write_text(f"#!/bin/sh\nexec {program} check {options} --staged --no-source --cache-dir {tmp_path}/hook\n")
    hook.chmod(0o755)
    (shop / "app.py").write_text(APPLICATION + ADDED)

    with pytest.raises(subprocess.CalledProcessError) as refused:
        run_git(shop, *arguments, "-m", "feat: read orders")
    (shop / "app.py").write_text(APPLICATION + "\n\nLIMIT = 3\n")
    run_git(shop, *arguments, "-m", "feat: limit orders")

    assert b"app.py:22:" in refused.value.stdout + refused.value.stderr
    assert run_git(shop, "log", "-1", "--format=%s") == "feat: limit orders"


def test_the_index_of_another_repository_is_refused(
    shop: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repository(tmp_path / "other")
    (other / "a.py").write_text("")
    commit_all(other)
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))

    outcome = run("check", "--staged")

    assert outcome.code == 2
    assert "GIT_INDEX_FILE names an index outside of this repository's git directory" in outcome.err
    assert run("check", *CHOSEN, "--since", "main").code == 0


# Repositories of every kind


def problem(run: Run, *arguments: str | Path) -> str:
    outcome = run("check", *CHOSEN, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    return outcome.err


def test_a_revision_that_does_not_exist_is_told(shop: Path, run: Run) -> None:
    assert "`nowhere` names no commit of this repository." in problem(run, "--since", "nowhere")
    assert "Fetch it with `git fetch origin main`" in problem(run, "--since", "origin/main")


@pytest.mark.parametrize("revision", ["--all", "-h", "", "a\nb", "a\0b", "--output=x", "x" * 2000])
def test_what_is_no_revision_is_refused(shop: Path, run: Run, revision: str) -> None:
    assert "cannot be the name of a revision" in problem(run, f"--since={revision}")


def test_histories_without_a_common_commit_are_told(shop: Path, run: Run) -> None:
    run_git(shop, "checkout", "-q", "--orphan", "island")
    commit_all(shop)

    assert "`main` and HEAD have no common commit. Name a revision" in problem(run, "--since", "main")


def test_a_shallow_clone_tells_how_to_get_the_history(
    shop: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = run_git(shop, "rev-parse", "HEAD")
    commit_all(shop)
    commit_all(shop)
    run_git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", shop.as_uri(), "clone")
    monkeypatch.chdir(tmp_path / "clone")

    for revision in (base, "HEAD~1"):
        assert "git fetch --unshallow" in problem(run, "--since", revision)
    unrelated = problem(run, "--since", "origin/main")
    assert "have no common commit. This clone is shallow" in unrelated
    assert "fetch-depth: 0" in unrelated


def test_a_shallow_clone_with_enough_history_is_compared(
    shop: Path, new: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    commit_all(shop)
    run_git(tmp_path, "clone", "-q", "--depth", "2", shop.as_uri(), "clone")
    monkeypatch.chdir(tmp_path / "clone")

    assert new("--since", "HEAD~1") == [("app.py", 22, "unused-path-parameter")]


def test_a_partial_clone_is_told_what_is_missing_and_nothing_is_fetched(
    shop: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_git(shop, "config", "uploadpack.allowFilter", "true")
    (shop / "app.py").write_text(APPLICATION + ADDED)
    commit_all(shop)
    run_git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-local", shop.as_uri(), "clone")
    clone = tmp_path / "clone"
    monkeypatch.chdir(clone)
    before = sorted(clone.rglob(".git/objects/**/*"))

    said = problem(run, "--since", "HEAD~1")

    assert "are not in this repository, as in a partial clone, and nothing is fetched during a review." in said
    assert sorted(clone.rglob(".git/objects/**/*")) == before
    assert run("check", *CHOSEN, "--since", "HEAD").code == 0


def test_a_second_working_tree_is_compared(
    shop: Path, new: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_git(shop, "worktree", "add", "-q", "-b", "fix/second", str(tmp_path / "second"))
    monkeypatch.chdir(tmp_path / "second")
    Path("app.py").write_text(APPLICATION + ADDED)

    assert new("--since", "main") == [("app.py", 22, "unused-path-parameter")]
    assert new("--staged") == []
    run_git(tmp_path / "second", "add", "app.py")
    assert new("--staged") == [("app.py", 22, "unused-path-parameter")]


def test_a_detached_head_is_compared(shop: Path, new: New) -> None:
    run_git(shop, "checkout", "-q", "--detach")
    (shop / "app.py").write_text(APPLICATION + ADDED)

    assert new("--since", "main") == [("app.py", 22, "unused-path-parameter")]


def test_a_sparse_checkout_is_compared_with_what_it_holds(shop: Path, new: New) -> None:
    (shop / "other").mkdir()
    (shop / "other/app.py").write_text(APPLICATION.replace("/items", "/others"))
    commit_all(shop)
    run_git(shop, "sparse-checkout", "set", "--no-cone", "/*", "!/other/")
    assert not (shop / "other").exists()

    assert new("--since", "HEAD") == []
    assert new("--staged") == []


def test_an_unborn_branch_has_nothing_to_compare_with(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make_repository(tmp_path / "first"))

    assert "There is no commit yet" in problem(run, "--since", "main")


def test_a_folder_without_repository_is_told(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert problem(run, "--since", "main") == "reviewer: The folder is not in a git repository.\n"
    assert problem(run, "--staged") == "reviewer: The folder is not in a git repository.\n"


def test_a_bare_repository_is_told(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "bare.git")
    monkeypatch.chdir(tmp_path / "bare.git")

    assert "bare repository" in problem(run, "--since", "main")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
def test_the_repository_of_another_user_is_told(shop: Path, run: Run) -> None:
    for path in (shop, shop / ".git"):
        os.chown(path, 12345, 12345)

    assert "safe.directory" in problem(run, "--since", "main")
    assert "safe.directory" in problem(run, "--staged")


def test_a_missing_git_is_told(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    assert problem(run, "--since", "main") == "reviewer: git is not installed, or not on PATH.\n"


# Changes meanwhile


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Lets something happen while the rules run."""
    from reviewer import review

    run_rules = review.run_rules

    def prepare(happen: Callable[[], object]) -> None:
        def interrupted(*arguments: object) -> object:
            happen()
            return run_rules(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(review, "run_rules", interrupted)

    return prepare


def test_a_moved_head_is_told(shop: Path, run: Run, meanwhile: Callable[[Callable[[], object]], None]) -> None:
    meanwhile(lambda: commit_all(shop))

    assert problem(run, "--since", "main") == "reviewer: HEAD was moved while the review ran. Run it again.\n"


def test_another_branch_at_the_same_commit_is_told(
    shop: Path, run: Run, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    meanwhile(lambda: run_git(shop, "checkout", "-q", "main"))

    assert "HEAD was moved" in problem(run, "--since", "main")


def test_a_changed_index_is_told(shop: Path, run: Run, meanwhile: Callable[[Callable[[], object]], None]) -> None:
    def stage() -> None:
        (shop / "new.py").write_text(f"A = {os.urandom(4)!r}\n")
        run_git(shop, "add", "new.py")

    meanwhile(stage)

    assert problem(run, "--staged") == "reviewer: The index was changed while the review ran. Run it again.\n"


def test_an_index_that_is_only_refreshed_does_not_matter(
    shop: Path, new: New, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    run_git(shop, "add", "app.py")
    before = (shop / ".git/index").stat().st_mtime_ns

    def refresh() -> None:
        os.utime(shop / "models.py", (1, 1))
        run_git(shop, "status")

    meanwhile(refresh)

    assert new("--staged") == [("app.py", 22, "unused-path-parameter")]
    assert (shop / ".git/index").stat().st_mtime_ns != before


def test_a_base_that_moves_does_not_matter(
    shop: Path, new: New, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    (shop / "app.py").write_text(APPLICATION + ADDED)
    meanwhile(lambda: run_git(shop, "update-ref", "-d", "refs/heads/main"))

    assert new("--since", "main") == [("app.py", 22, "unused-path-parameter")]


# As pre-commit runs it


def test_a_hook_of_git_judges_the_index_although_it_brings_nothing(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")

    assert run("check", *CHOSEN, "--pre-commit").code == 0


def test_without_anything_staged_everything_is_judged(run: Run, shop: Path) -> None:
    everything = run("check", *CHOSEN, "--pre-commit")
    (shop / "app.py").write_text(APPLICATION + ADDED)
    run_git(shop, "add", "app.py")
    staged = run("check", *CHOSEN, "--pre-commit", "--format", "json")

    assert "\n1 error, 1 warning in " in everything.out
    assert staged.document["summary"]["findings"]["error"] == 1
    assert staged.document["summary"]["known"] == 2


def test_the_revision_that_pre_commit_names_is_the_base(run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = run_git(shop, "rev-parse", "HEAD")
    (shop / "app.py").write_text(APPLICATION + ADDED)
    commit_all(shop)
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", base)

    assert run("check", *CHOSEN, "--pre-commit", "--format", "json").document["summary"]["known"] == 2


def test_outside_of_a_repository_pre_commit_has_nothing_to_ask(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("check", "--pre-commit")

    assert done.code == 2
    assert done.err.startswith("reviewer: ")
    assert len(done.err.splitlines()) == 1
