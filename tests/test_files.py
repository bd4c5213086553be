"""What is found in a working tree, ordinary and hostile, and how it is read."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.decoding import decode
from reviewer.files import Discovery, FileProblem, ReviewedFile, discover, problem_of, read_bytes, shown_path
from reviewer.reading import Unreadable
from reviewer.settings import Settings

is_posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    """A read that waits for ever fails its test instead of hanging the run."""

    def give_up(*_: object) -> None:
        raise TimeoutError("the test waits")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def write(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())


def paths_of(discovery: Discovery) -> list[str]:
    return [file.path for file in discovery.files]


def found(root: Path, *named: str, **settings: object) -> list[str]:
    """The paths that are found, in a tree without problems."""
    discovery = discover(root, Settings(**settings), [root / name for name in named])  # type: ignore[arg-type]
    assert discovery.problems == ()
    return paths_of(discovery)


def problems(root: Path, *named: Path) -> list[tuple[str, str]]:
    return [(problem.path, problem.kind) for problem in discover(root, Settings(), named).problems]


def make_repository(root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root)], env=ENVIRONMENT, check=True)


# What is found -------------------------------------------------------------------------------------------------------


def test_files_of_known_kinds_are_found_with_kind_and_size(tmp_path: Path) -> None:
    write(tmp_path, "app/main.py", "templates/a.html", "pyproject.toml", "README.md", "main.ts")

    assert discover(tmp_path, Settings()) == Discovery(
        files=(
            ReviewedFile("app/main.py", "python", 6, b"app/main.py"),
            ReviewedFile("pyproject.toml", "pyproject", 6, b"pyproject.toml"),
            ReviewedFile("templates/a.html", "template", 6, b"templates/a.html"),
        ),
        problems=(),
    )


def test_files_are_sorted_by_path(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a/z.py", "a.py", "a-b.py", "B.py", "é.py", "a/b/c.py")

    assert found(tmp_path) == ["B.py", "a-b.py", "a.py", "a/b/c.py", "a/z.py", "b.py", "é.py"]


def test_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert discover(tmp_path, Settings()) == Discovery((), ())


def test_empty_repository_holds_nothing(tmp_path: Path) -> None:
    make_repository(tmp_path)

    assert discover(tmp_path, Settings()) == Discovery((), ())


def test_missing_root_is_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == [(".", "missing")]


def test_root_may_be_given_relative_or_through_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "project/app/main.py")
    (tmp_path / "link").symlink_to("project")
    monkeypatch.chdir(tmp_path)

    for root in (Path("project"), Path("link"), Path("project/../link/app/..")):
        discovery = discover(root, Settings())
        assert paths_of(discovery) == ["app/main.py"]
        assert read_bytes(root, discovery.files[0]) == b"x = 1\n"


@pytest.mark.parametrize(
    "folder", [".git", ".venv", "node_modules", "a/__pycache__", ".tox", "lib/site-packages", "app.egg-info"]
)
def test_folders_of_other_code_are_skipped(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"{folder}/a.py", f"{folder}/deep/b.py", "main.py")

    assert found(tmp_path) == ["main.py"]


def test_virtual_environment_is_known_by_its_contents(tmp_path: Path) -> None:
    write(tmp_path, "env/pyvenv.cfg", "env/bin/activate_this.py", "env/a.py", "app/pyvenv.cfg", "app/main.py")

    assert found(tmp_path) == ["app/main.py"]


def test_root_is_walked_whatever_it_is(tmp_path: Path) -> None:
    root = tmp_path / "site-packages"
    write(root, "pyvenv.cfg", "bin/a.py")

    assert found(root) == ["bin/a.py"]


# Ignore files --------------------------------------------------------------------------------------------------------


def test_ignore_files_count_without_git(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "gen/a.py", "app/b.py", "app/keep/b.py")
    write(tmp_path, ".gitignore", text="gen/\nb.py\n")
    write(tmp_path, "app/keep/.gitignore", text="!b.py\n")

    assert found(tmp_path) == ["a.py", "app/keep/b.py"]


def test_exclude_file_of_the_repository_counts_least(tmp_path: Path) -> None:
    make_repository(tmp_path)
    write(tmp_path, "a.py", "b.py")
    write(tmp_path, ".git/info/exclude", text="*.py\n")
    write(tmp_path, ".gitignore", text="!b.py\n")

    assert found(tmp_path) == ["b.py"]


def test_ignore_files_above_the_root_count_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="main.py\n")
    make_repository(tmp_path / "repository")
    write(tmp_path, "repository/.gitignore", text="/services/api/a.py\n*_gen.py\n")
    write(tmp_path, "repository/services/.gitignore", text="!b_gen.py\napi/c.py\n")
    root = tmp_path / "repository/services/api"
    write(root, "main.py", "a.py", "b_gen.py", "c.py", "deep/d_gen.py")

    assert found(root) == ["b_gen.py", "main.py"]


def test_root_that_its_parents_ignore_is_reviewed_all_the_same(tmp_path: Path) -> None:
    make_repository(tmp_path)
    write(tmp_path, ".gitignore", text="*\n")
    write(tmp_path, "build/service/a.py")

    assert found(tmp_path / "build/service") == ["a.py"]
    assert found(tmp_path) == []


def test_worktree_has_an_ignore_file_but_no_exclude_file(tmp_path: Path) -> None:
    write(tmp_path, ".git", text="gitdir: ../elsewhere\n")
    write(tmp_path, "a.py", "b.py")
    write(tmp_path, ".gitignore", text="b.py\n")

    assert found(tmp_path) == ["a.py"]


def test_repository_inside_a_repository_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path, "main.py", "vendor/a.py", "worktree/b.py")
    make_repository(tmp_path / "vendor")
    write(tmp_path, "worktree/.git", text="gitdir: ../.git/worktrees/b\n")
    assert found(tmp_path) == ["main.py", "vendor/a.py", "worktree/b.py"]

    make_repository(tmp_path)
    assert found(tmp_path) == ["main.py"]


def test_excluded_files_are_left_out_whatever_git_says(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "legacy/b.py", "legacy/keep.py", "gen.py")
    write(tmp_path, ".gitignore", text="!legacy/\ngen.py\n")

    assert found(tmp_path, exclude=("legacy/*", "!legacy/keep.py", "!gen.py")) == ["a.py", "legacy/keep.py"]


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\0*\0\n", bytes(range(256)) * 20, b"\n" * 1000, b"[" * 1000, b"\\", b"!"]
)
def test_binary_ignore_file_ignores_nothing_by_accident(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, "main.py")
    (tmp_path / ".gitignore").write_bytes(content)

    assert found(tmp_path) == ["main.py"]


def test_huge_ignore_file_is_a_problem_and_not_used(tmp_path: Path) -> None:
    write(tmp_path, "main.py", "app/main.py")
    write(tmp_path, ".gitignore", text="*.py\n" * 2_000_000)

    discovery = discover(tmp_path, Settings())

    assert paths_of(discovery) == ["app/main.py", "main.py"]
    assert [(problem.path, problem.kind) for problem in discovery.problems] == [(".gitignore", "too-large")]


def test_wildcards_that_would_cost_too_much_are_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "main.py", "app/old.py")
    write(tmp_path, ".gitignore", text="old.py\n" + "".join(f"a?{number}\n" for number in range(1500)))
    write(tmp_path, "app/.gitignore", text="m*n.py\n")

    discovery = discover(tmp_path, Settings())

    assert paths_of(discovery) == ["main.py"]
    assert discovery.problems == (
        FileProblem(".gitignore", "too-complex", "The file has too many or too long patterns: 1,000 are not used."),
        FileProblem("app/.gitignore", "too-complex", "The file has too many or too long patterns: 1 are not used."),
    )


def test_wildcards_of_all_ignore_files_together_are_bounded(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path, f"part{number}/old.py")
        write(tmp_path, f"part{number}/.gitignore", text="?" + "x" * 99_993 + "\no*d.py\n")

    discovery = discover(tmp_path, Settings())

    assert len(discovery.files) == 1
    assert [problem.kind for problem in discovery.problems] == ["too-complex"]


@is_posix
def test_ignore_file_that_is_no_file_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "main.py", "a/a.py", "b/b.py", "c/c.py", "patterns")
    os.mkfifo(tmp_path / ".gitignore")
    (tmp_path / "a/.gitignore").mkdir()
    (tmp_path / "b/.gitignore").symlink_to("../patterns")
    (tmp_path / "c/.gitignore").symlink_to("/dev/zero")

    discovery = discover(tmp_path, Settings())

    assert paths_of(discovery) == ["a/a.py", "b/b.py", "c/c.py", "main.py"]
    assert [(problem.path, problem.message) for problem in discovery.problems] == [
        (".gitignore", "This is a named pipe, not a regular file."),
        ("a/.gitignore", "This is a folder, not a regular file."),
        ("b/.gitignore", "This is a symbolic link, not a regular file."),
        ("c/.gitignore", "This is a symbolic link, not a regular file."),
    ]


# Links and special files ---------------------------------------------------------------------------------------------


@is_posix
def test_special_files_are_problems_and_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.py")
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
        found_problems = discover(tmp_path, Settings()).problems

    assert [(problem.path, problem.message) for problem in found_problems] == [
        ("pipe.py", "This is a named pipe, not a regular file."),
        ("socket.py", "This is a socket, not a regular file."),
    ]


@is_posix
def test_link_to_a_file_inside_the_root_is_a_file(tmp_path: Path) -> None:
    write(tmp_path, "shared/real.py", text="y = 2\n")
    (tmp_path / "link.py").symlink_to("shared/real.py")

    discovery = discover(tmp_path, Settings())

    assert paths_of(discovery) == ["link.py", "shared/real.py"]
    assert read_bytes(tmp_path, discovery.files[0]) == b"y = 2\n"


@is_posix
def test_link_that_leads_out_is_a_problem(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, "root/main.py", "root-secret/a.py", "secret.py")
    (root / "a.py").symlink_to(tmp_path / "secret.py")
    (root / "b.py").symlink_to("../root-secret/a.py")
    (root / "c.py").symlink_to("/dev/zero")
    (root / "d.py").symlink_to("b.py")

    assert problems(root) == [(name, "outside") for name in ("a.py", "b.py", "c.py", "d.py")]


@is_posix
def test_link_into_git_files_is_a_problem(tmp_path: Path) -> None:
    make_repository(tmp_path)
    (tmp_path / "a.py").symlink_to(".git/config")

    assert problems(tmp_path) == [("a.py", "outside")]


@is_posix
def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "app/main.py")
    (tmp_path / "app/loop").symlink_to("..")
    (tmp_path / "everything").symlink_to("/")
    (tmp_path / "folder.py").symlink_to("app")

    assert found(tmp_path) == ["app/main.py"]


@is_posix
def test_broken_and_circular_links_are_problems(tmp_path: Path) -> None:
    (tmp_path / "broken.py").symlink_to("nowhere")
    (tmp_path / "self.py").symlink_to("self.py")
    (tmp_path / "one.py").symlink_to("two.py")
    (tmp_path / "two.py").symlink_to("one.py")

    assert problems(tmp_path) == [
        ("broken.py", "missing"),
        ("one.py", "unreadable"),
        ("self.py", "unreadable"),
        ("two.py", "unreadable"),
    ]


@is_posix
def test_folders_nested_deeper_than_the_system_allows_are_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "main.py")
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(100):
        os.mkdir("d" * 60, dir_fd=folder)
        inner = os.open("d" * 60, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)

    discovery = discover(tmp_path, Settings())

    assert paths_of(discovery) == ["main.py"]
    assert [problem.kind for problem in discovery.problems] == ["unreadable"]
    assert "File name too long" in discovery.problems[0].message


# Sizes and refusals --------------------------------------------------------------------------------------------------


def test_file_larger_than_the_setting_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "a.py", text="x" * 100)
    write(tmp_path, "b.py", text="x" * 101)
    with (tmp_path / "huge.py").open("wb") as huge:
        huge.truncate(50_000_000)

    discovery = discover(tmp_path, Settings(max_file_size=100))

    assert paths_of(discovery) == ["a.py"]
    assert discovery.problems == (
        FileProblem("b.py", "too-large", "The file has 101 bytes; at most 100 are read."),
        FileProblem("huge.py", "too-large", "The file has 50,000,000 bytes; at most 100 are read."),
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_a_problem_when_read(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "locked/b.py")
    (tmp_path / "a.py").chmod(0)
    (tmp_path / "locked").chmod(0)
    try:
        discovery = discover(tmp_path, Settings())
        with pytest.raises(Unreadable, match="Permission denied"):
            read_bytes(tmp_path, discovery.files[0])
    finally:
        (tmp_path / "locked").chmod(0o700)

    assert [(problem.path, problem.kind) for problem in discovery.problems] == [("locked", "unreadable")]


def refuse(monkeypatch: pytest.MonkeyPatch, function: str, end: bytes) -> None:
    """Lets a function of `os` refuse paths with an end, as the system refuses ordinary users."""
    real = getattr(os, function)

    def refusing(path: bytes, *arguments: object) -> object:
        if os.fsencode(path).endswith(end):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *arguments)

    monkeypatch.setattr(os, function, refusing)


def test_refused_folder_is_a_problem_and_the_walk_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "locked/a.py", "open/b.py")
    refuse(monkeypatch, "scandir", b"locked/")

    discovery = discover(tmp_path, Settings())

    assert paths_of(discovery) == ["open/b.py"]
    assert discovery.problems == (
        FileProblem("locked", "unreadable", "The operating system refuses to read it: Permission denied."),
    )


def test_refused_file_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")
    [file] = discover(tmp_path, Settings()).files
    refuse(monkeypatch, "open", b"a.py")

    with pytest.raises(Unreadable, match="Permission denied") as caught:
        read_bytes(tmp_path, file)

    assert problem_of(file, caught.value) == FileProblem(
        "a.py", "unreadable", "The operating system refuses to read it: Permission denied."
    )


def test_refused_ignore_file_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py", ".gitignore")
    refuse(monkeypatch, "open", b".gitignore")

    assert problems(tmp_path) == [(".gitignore", "unreadable")]


@is_posix
def test_file_that_changed_since_it_was_found_is_refused(tmp_path: Path) -> None:
    names = ["folder.py", "gone.py", "grown.py", "linked.py", "pipe.py"]
    root = tmp_path / "root"
    write(root, *names)
    files = discover(root, Settings()).files
    for name in names:
        (root / name).unlink()
    (root / "folder.py").mkdir()
    write(root, "grown.py", text="x = 1\ny = 2\n")
    write(tmp_path, "secret.py")
    (root / "linked.py").symlink_to("../secret.py")
    os.mkfifo(root / "pipe.py")

    kinds = []
    for file in files:
        with pytest.raises(Unreadable) as caught:
            read_bytes(root, file)
        kinds.append((file.path, caught.value.kind))

    assert kinds == [
        ("folder.py", "special-file"),
        ("gone.py", "missing"),
        ("grown.py", "too-large"),
        ("linked.py", "outside"),
        ("pipe.py", "special-file"),
    ]


@is_posix
def test_file_that_turns_into_a_pipe_while_it_is_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.py", "b.py")
    [file, _] = discover(tmp_path, Settings()).files
    regular = os.lstat(tmp_path / "b.py")
    (tmp_path / "a.py").unlink()
    os.mkfifo(tmp_path / "a.py")
    monkeypatch.setattr(os, "lstat", lambda path: regular)

    with pytest.raises(Unreadable, match="named pipe"):
        read_bytes(tmp_path, file)


@is_posix
def test_file_that_turns_into_a_link_while_it_is_opened_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.py", "b.py")
    [file, _] = discover(tmp_path, Settings()).files
    regular = os.lstat(tmp_path / "b.py")
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").symlink_to("b.py")
    monkeypatch.setattr(os, "lstat", lambda path: regular)
    monkeypatch.setattr(os.path, "islink", lambda path: False)

    with pytest.raises(Unreadable):
        read_bytes(tmp_path, file)


def test_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")
    [file] = discover(tmp_path, Settings()).files
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: read(descriptor, count) or b"more")

    with pytest.raises(Unreadable, match="at most"):
        read_bytes(tmp_path, file)


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    write(tmp_path, "a.py", ".gitignore")
    [file] = discover(tmp_path, Settings()).files
    before = os.open(tmp_path / "a.py", os.O_RDONLY)
    os.close(before)

    for _ in range(3):
        read_bytes(tmp_path, file)
        discover(tmp_path, Settings())

    after = os.open(tmp_path / "a.py", os.O_RDONLY)
    os.close(after)
    assert after == before


# Names ---------------------------------------------------------------------------------------------------------------

ODD_NAMES = [
    b"new\nline.py",
    b"\x1b[31mred.py",
    b"caf\xe9.py",
    b"back\\slash.py",
    b"\\xe9.py",
    b"\xe9.py",
    b" .py",
    b"-.py",
]


@is_posix
@pytest.mark.skipif(os.uname().sysname == "Darwin" if hasattr(os, "uname") else True, reason="names are text there")
def test_files_of_any_name_are_found_and_read(tmp_path: Path) -> None:
    for name in ODD_NAMES:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(name)

    discovery = discover(tmp_path, Settings())

    assert {file.system_path for file in discovery.files} == set(ODD_NAMES)
    assert {file.path for file in discovery.files} == {
        "new\nline.py",
        "\x1b[31mred.py",
        "caf\\xe9.py",
        "back\\slash.py",
        "\\x5cxe9.py",
        "\\xe9.py",
        " .py",
        "-.py",
    }
    assert [file.path for file in discovery.files if not file.has_text_name] == [
        "\\x5cxe9.py",
        "\\xe9.py",
        "caf\\xe9.py",
    ]
    assert all(read_bytes(tmp_path, file) == file.system_path for file in discovery.files)


@is_posix
def test_problem_of_a_file_with_any_name_has_a_path_of_text(tmp_path: Path) -> None:
    os.mkfifo(os.path.join(os.fsencode(tmp_path), b"a\xff.py"))

    assert problems(tmp_path) == [("a\\xff.py", "special-file")]


@given(st.lists(st.sampled_from([b"\\", b"\\xe9", b"x", b"e9", b"\xe9", b"\xc3\xa9", b"5c", b"\xff"]), max_size=8))
def test_shown_path_names_one_file_only(pieces: list[bytes]) -> None:
    system_path = b"".join(pieces)
    shown = shown_path(system_path)

    parts = re.split(rb"\\x([0-9a-f]{2})", shown.encode())
    restored = b"".join(bytes([int(part, 16)]) if number % 2 else part for number, part in enumerate(parts))
    assert restored == system_path


# Named files ---------------------------------------------------------------------------------------------------------


def test_named_file_counts_although_it_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, "gen/a.py", "gen/b.py", ".venv/c.py", "old/d.py")
    write(tmp_path, ".gitignore", text="gen/\n")

    assert found(tmp_path, "gen/a.py", ".venv/c.py", "old/d.py", exclude=("old/",)) == [".venv/c.py", "gen/a.py"]


def test_named_file_is_found_once(tmp_path: Path) -> None:
    write(tmp_path, "a.py")

    assert found(tmp_path, "a.py", "./a.py", "../" + tmp_path.name + "/a.py") == ["a.py"]


def test_named_script_is_python_by_its_first_line(tmp_path: Path) -> None:
    write(tmp_path, "bin/serve", text="#!/usr/bin/env python3\nx = 1\n")
    write(tmp_path, "bin/build", text="#!/bin/sh\n")
    write(tmp_path, "notes.md", text="#!/usr/bin/env python3\n")

    discovery = discover(tmp_path, Settings(), [Path("bin/serve"), Path("bin/build"), Path("notes.md"), Path("bin")])

    assert discovery == Discovery((ReviewedFile("bin/serve", "python", 29, b"bin/serve"),), ())


@is_posix
def test_named_file_has_to_be_a_regular_file_inside_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, "secret/a.py", "root/main.py")
    (root / "link").symlink_to("../secret")
    (root / "link.py").symlink_to("../secret/a.py")
    os.mkfifo(root / "pipe.py")
    os.mkfifo(root / "pipe")

    named = [
        Path("link/a.py"),
        Path("link.py"),
        tmp_path / "secret/a.py",
        Path("gone.py"),
        Path("pipe.py"),
        Path("pipe"),
    ]

    assert sorted(problems(root, *named)) == sorted(
        [
            ("link/a.py", "outside"),
            ("link.py", "outside"),
            (str(tmp_path / "secret/a.py"), "outside"),
            ("gone.py", "missing"),
            ("pipe.py", "special-file"),
        ]
    )


def test_decoded_files_of_a_tree_are_text(tmp_path: Path) -> None:
    write(tmp_path, "a.py", text="\ufeffname = 'é'\r\n")

    [file] = discover(tmp_path, Settings()).files

    assert decode(read_bytes(tmp_path, file)) == "name = 'é'\n"
