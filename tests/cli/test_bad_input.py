"""Hostile and broken input: the review of the other files is complete, the message says what happened, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

APPLICATION = """from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
def read_item(other: int):
    return {}
"""
#: What is found in the application beside each bad file.
FOUND = ("app.py", "unused-path-parameter")

BRACKETS = "x = " + "(" * 10_000 + ")" * 10_000
BAD_FILES = {
    "syntax error": (b"def f(:\n", "syntax-error"),
    "newer than any Python": (b"when x then y otherwise z\n", "syntax-error"),
    "undecodable bytes": (b"x = '\xff\xfe'\n", "undecodable"),
    "a coding line that hides code": (b"# coding: utf-7\nx = 1\n", "undecodable"),
    "a NUL byte": (b"x = 1\0\n", "nul-bytes"),
    "ten thousand brackets": (BRACKETS.encode(), None),
    "a long chain of operators": (b"x = " + b"a+" * 60_000 + b"a\n", None),
    "fifty megabytes": (b"#" * 50_000_000, "too-large"),
    "a line of ten megabytes": (b"x = '" + b"a" * 10_000_000 + b"'\n", "too-large"),
    "five thousand branches": (b"if a: pass\n" + b"elif a: pass\n" * 5_000, None),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "app.py").write_text(APPLICATION)
    return folder


def reviewer(folder: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder.parent / "cache"), "NO_COLOR": "1"}
    environment.update(options.pop("environment", {}))  # type: ignore[call-overload]
    command = [sys.executable, "-m", "reviewer.cli.main", *arguments]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, cwd=folder, capture_output=True, env=environment, timeout=60, check=False, **options
    )


def review(folder: Path, *arguments: str, **options: object) -> dict[str, object]:
    done = reviewer(folder, "check", ".", "--format", "json", *arguments, **options)

    assert b"Traceback" not in done.stderr
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def found(document: dict[str, object]) -> set[tuple[str, str]]:
    return {(one["place"]["path"], one["rule"]) for one in document["findings"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_named_and_costs_no_other_file(tree: Path, kind: str) -> None:
    content, problem = BAD_FILES[kind]
    (tree / "bad.py").write_bytes(content)
    document = review(tree)

    assert FOUND in found(document)
    problems = [(one["path"], one["kind"]) for one in document["problems"]]  # type: ignore[attr-defined]
    assert [path for path, _ in problems] == ["bad.py"]
    assert problem is None or problems[0][1] == problem


def test_links_that_loop_or_lead_outside_are_not_followed(tree: Path) -> None:
    (tree / "loop").symlink_to(tree)
    (tree / "self.py").symlink_to(tree / "self.py")
    outside = tree.parent / "outside.py"
    outside.write_text("secret = 1\n")
    (tree / "outside.py").symlink_to(outside)

    assert FOUND in found(review(tree))


def test_a_pipe_named_like_a_module_does_not_block(tree: Path) -> None:
    os.mkfifo(tree / "pipe.py")

    assert FOUND in found(review(tree))


@pytest.mark.parametrize("name", ["new\nline.py", "::error::x.py", "\x1b[31mred.py", "name\u202egnp.py"])
def test_a_hostile_name_cannot_act_on_the_terminal_or_the_pipeline(tree: Path, name: str) -> None:
    folder = tree / "package"
    folder.mkdir()
    (folder / name).write_text(APPLICATION.replace("/items", "/others"))
    for form in ("text", "github"):
        output = reviewer(tree, "check", ".", "--format", form).stdout.decode()

        assert "\x1b" not in output
        assert "\u202e" not in output
        assert not any(line.lstrip().startswith("::error::x") for line in output.splitlines())


def test_an_empty_folder_without_git_is_clean(tmp_path: Path) -> None:
    done = reviewer(tmp_path, "check", ".")

    assert done.returncode == 0
    assert done.stdout.startswith(b"No findings")


@pytest.mark.parametrize(
    "content",
    [
        b"[tool.reviewer\n",
        b"\xff\xfe",
        b"[tool.reviewer]\nselekt = []\n",
        b"[tool.reviewer]\nselect = ['missing-autth']\n",
        b"tool = 1\n",
        b"[tool.reviewer]\nselect = " + b"[" * 500 + b"]" * 500,
    ],
)
def test_a_broken_configuration_is_one_clear_message_and_exit_code_2(tree: Path, content: bytes) -> None:
    (tree / "pyproject.toml").write_bytes(content)
    done = reviewer(tree, "check", ".")

    assert done.returncode == 2
    assert b"pyproject.toml" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_unknown_rule_is_answered_with_the_nearest_name(tree: Path) -> None:
    (tree / "reviewer.toml").write_text('select = ["unused-path-paramter"]\n')
    done = reviewer(tree, "check", ".")

    assert done.returncode == 2
    assert b"unused-path-parameter" in done.stderr


def test_a_path_that_is_not_there_is_exit_code_2(tree: Path) -> None:
    done = reviewer(tree, "check", "nowhere")

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"no such file" in done.stderr


@pytest.mark.parametrize("state", ["garbage", "empty", "folder", "unwritable place"])
def test_a_bad_cache_changes_nothing(tree: Path, state: str) -> None:
    cache = tree.parent / "kept"
    first = review(tree, "--cache-dir", str(cache))
    files = [path for path in cache.rglob("*") if path.is_file()]
    assert files
    for path in files:
        path.unlink()
        if state == "garbage":
            path.write_bytes(b"not a database" * 100)
        elif state == "empty":
            path.touch()
        elif state == "folder":
            path.mkdir()
    place = "/dev/null/cache" if state == "unwritable place" else str(cache)

    assert review(tree, "--cache-dir", place)["findings"] == first["findings"]


def test_the_output_is_the_same_for_any_number_of_workers_and_any_cache(tree: Path) -> None:
    for number in range(110):
        (tree / f"module_{number}.py").write_text(APPLICATION.replace("app", f"app_{number}") + "x = 1\n" * 400)
    outputs = {
        reviewer(tree, "check", ".", "--format", form, *arguments, environment={"PYTHONHASHSEED": seed}).stdout
        for form in ("json",)
        for seed, arguments in enumerate_seeds(
            ["--no-cache", "--jobs", "1"], ["--no-cache", "--jobs", "3"], ["--jobs", "2"], ["--jobs", "1"]
        )
    }

    assert len(outputs) == 1


def enumerate_seeds(*arguments: list[str]) -> list[tuple[str, list[str]]]:
    return [(str(number), one) for number, one in enumerate(arguments)]


def test_a_closed_pipe_ends_quietly(tree: Path) -> None:
    for number in range(300):
        (tree / f"module_{number}.py").write_text(APPLICATION.replace("app", f"app_{number}"))
    command = f"{sys.executable} -m reviewer.cli.main check . --no-cache | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=tree, capture_output=True, timeout=60, check=False)

    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_report_that_cannot_be_written_is_exit_code_2(tree: Path) -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "reviewer.cli.main", "check", "."]
        done = subprocess.run(command, cwd=tree, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_an_output_that_is_a_folder_is_refused(tree: Path) -> None:
    done = reviewer(tree, "check", ".", "--output", ".")

    assert done.returncode == 2
    assert b"is a folder" in done.stderr


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_review_ends_at_once_and_leaves_no_half_report(tree: Path, sent: int, code: int) -> None:
    for number in range(150):
        (tree / f"module_{number}.py").write_text(f"x{number} = [" + "f(a, b=1), " * 8_000 + "]\n")
    output = tree.parent / "report.json"
    command = [sys.executable, "-m", "reviewer.cli.main", "check", ".", "--no-cache", "--output", str(output)]
    running = subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.0)
    running.send_signal(sent)
    _, errors = running.communicate(timeout=30)

    assert running.returncode == code
    assert b"Traceback" not in errors
    assert not output.exists()
