"""`reviewer check --fix`, `--diff` and `--unsafe-fixes`, from the finding to the file."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import Run

UNSAFE = ("--select", "post-create-without-201", "--unsafe-fixes")
SAFE = ("--pack", "team", "--select", "shouted-path")


@pytest.fixture
def shouting(shop: Path, team_pack: Path) -> Path:
    """The shop with two paths in capital letters, in files with different line ends."""
    (shop / "app.py").write_text((shop / "app.py").read_text().replace('"/items"', '"/ITEMS"'))
    (shop / "more.py").write_bytes(
        b'from fastapi import FastAPI\r\n\r\napp = FastAPI()\r\n\r\n\r\n@app.get("/More")\r\ndef more(): pass\r\n'
    )
    return shop


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_safe_fix_is_written_and_nothing_else_changes(run: Run, shouting: Path) -> None:
    before = contents(shouting)
    done = run("check", *SAFE, "--fix")
    after = contents(shouting)

    assert (done.code, done.err) == (0, "2 findings mended in 2 files.\n")
    assert done.out.startswith("No findings")
    assert after == {
        **before,
        "app.py": before["app.py"].replace(b"/ITEMS", b"/items"),
        "more.py": before["more.py"].replace(b"/More", b"/more"),
    }


def test_a_second_fix_changes_nothing(run: Run, shouting: Path) -> None:
    run("check", *SAFE, "--fix")
    after = contents(shouting)
    done = run("check", *SAFE, "--fix")

    assert (done.code, done.err) == (0, "0 findings mended in 0 files.\n")
    assert contents(shouting) == after


def test_unsafe_fixes_are_made_only_where_they_are_asked_for(run: Run, shop: Path) -> None:
    before = contents(shop)
    refused = run("check", *UNSAFE[:2], "--fix")
    untouched = contents(shop)
    done = run("check", *UNSAFE, "--fix")

    assert (refused.code, untouched) == (1, before)
    assert refused.err == "0 findings mended in 0 files. --unsafe-fixes would mend 1 more.\n"
    assert (done.code, done.err) == (0, "1 finding mended in 1 file.\n")
    assert b'@app.post("/items", tags=["items"], response_model=Item, status_code=201)\n' in contents(shop)["app.py"]


def test_what_is_left_is_reported_as_it_stands_after_fixing(run: Run, shop: Path) -> None:
    text = (shop / "app.py").read_text()
    create = text[text.index("@app.post") :]
    (shop / "app.py").write_text(text.replace(create, create.replace("tags=", "\n    tags=")))
    done = run("check", *UNSAFE, "--select", "unused-path-parameter", "--fix")

    assert done.code == 1
    place = done.out.partition(":10:")[0]
    assert place == "app.py"
    assert '10 | @app.get("/items/{item_id}"' in done.out
    assert "post-create-without-201" not in done.out


def test_only_named_files_are_mended(run: Run, shouting: Path) -> None:
    before = contents(shouting)
    run("check", *SAFE, "--fix", "more.py")
    after = contents(shouting)

    assert after["app.py"] == before["app.py"]
    assert after["more.py"] != before["more.py"]


def test_a_suppressed_finding_is_not_mended(run: Run, shouting: Path) -> None:
    comment = b"# reviewer: ignore[shouted-path] -- clients rely on it\r\n"
    (shouting / "more.py").write_bytes((shouting / "more.py").read_bytes().replace(b"@app", comment + b"@app"))
    before = contents(shouting)
    done = run("check", *SAFE, "--fix", "more.py")

    assert done.err == "0 findings mended in 0 files.\n"
    assert contents(shouting) == before


def test_a_file_that_cannot_be_written_is_named_and_ends_with_code_2(
    run: Run, shouting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def refuse(source: bytes, target: bytes) -> None:
        if os.fsencode(target).endswith(b"more.py"):
            raise OSError(30, "Read-only file system")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    done = run("check", *SAFE, "--fix")

    assert done.code == 2
    assert "not written: more.py: The operating system refuses to write it: Read-only file system." in done.err
    assert done.err.endswith("1 finding mended in 1 file.\n")
    assert "more.py:6:" in done.out
    assert "app.py" not in done.out


def test_a_diff_changes_nothing_and_ends_with_code_1(run: Run, shouting: Path) -> None:
    before = contents(shouting)
    done = run("check", *SAFE, "--diff", "--fix")

    assert (done.code, contents(shouting)) == (1, before)
    assert '-@app.post("/ITEMS", tags' in done.out
    assert '+@app.post("/items", tags' in done.out


def test_no_fixes_make_an_empty_diff_code_0_and_a_word_about_unsafe_ones(run: Run, shouting: Path) -> None:
    done = run("check", "--select", "post-create-without-201", "--diff")

    assert (done.code, done.out) == (0, "")
    assert "--unsafe-fixes" in done.err


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_applies_the_diff_and_gets_what_fix_writes(run: Run, shouting: Path) -> None:
    run("check", *SAFE, "--diff", "--output", "../fixes.patch")
    subprocess.run(["git", "apply", "../fixes.patch"], cwd=shouting, check=True)
    applied = contents(shouting)
    done = run("check", *SAFE, "--fix")

    assert done.err == "0 findings mended in 0 files.\n"
    assert contents(shouting) == applied
