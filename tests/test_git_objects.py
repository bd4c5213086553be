"""Objects and listings of repositories, ordinary and damaged."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest
from git_repositories import commit_all, make_repository, run_git

import reviewer.git_plumbing as git_plumbing
from reviewer.git import Repository
from reviewer.git_listings import LINK, list_commit, list_index, paths_left_out
from reviewer.git_objects import MissingObject, ObjectReader, object_name
from reviewer.git_plumbing import GitError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = make_repository(tmp_path / "project")
    (root / "a.py").write_text("A = 1\n")
    (root / "empty.py").write_text("")
    (root / "link.py").symlink_to("a.py")
    (root / "sub").mkdir()
    (root / "sub" / "b\n.py").write_text("B = 1\n")
    commit_all(root)
    return root


def test_names_are_those_of_git(repository: Path) -> None:
    assert object_name(b"A = 1\n") == run_git(repository, "hash-object", "a.py")
    assert len(object_name(b"", like="0" * 64)) == 64


def test_objects_are_read_in_the_order_asked_for(repository: Path) -> None:
    names = [run_git(repository, "rev-parse", f"HEAD:{path}") for path in ("a.py", "empty.py", "link.py")]

    with ObjectReader(repository) as reader:
        assert list(reader.read_many([*names, *names], 100)) == [b"A = 1\n", b"", b"a.py"] * 2
        assert reader.read(names[0], 100) == b"A = 1\n"
        assert reader.sizes([*names, "0" * 40]) == dict(zip(names, (6, 0, 4), strict=True))


def test_many_objects_are_read_through_one_process(repository: Path) -> None:
    for number in range(300):
        (repository / f"file_{number}.py").write_text(f"A = {number}\n" * 1000)
    commit_all(repository)
    names = [run_git(repository, "rev-parse", f"HEAD:file_{number}.py") for number in range(0, 300, 3)] * 3

    with ObjectReader(repository) as reader:
        contents = list(reader.read_many(names, 100_000))

    assert [object_name(content) for content in contents] == names


def test_a_missing_object_does_not_spoil_the_next_answers(repository: Path) -> None:
    name = run_git(repository, "rev-parse", "HEAD:a.py")

    with ObjectReader(repository) as reader:
        with pytest.raises(MissingObject, match="012345678901 is not in the repository"):
            list(reader.read_many([name, "0123456789" * 4, name], 100))
        assert reader.read(name, 100) == b"A = 1\n"


def test_an_object_that_is_too_large_does_not_spoil_the_next_answers(repository: Path) -> None:
    name, small = (run_git(repository, "rev-parse", f"HEAD:{path}") for path in ("a.py", "link.py"))

    with ObjectReader(repository) as reader:
        with pytest.raises(GitError, match="is larger than 5 bytes"):
            reader.read(name, 5)
        assert reader.read(small, 5) == b"a.py"


def test_a_content_of_another_name_is_refused(repository: Path) -> None:
    name = run_git(repository, "rev-parse", "HEAD:a.py")
    loose = repository / ".git/objects" / name[:2] / name[2:]
    loose.chmod(0o644)
    loose.write_bytes(zlib.compress(b"blob 6\0A = 2\n"))

    with ObjectReader(repository) as reader, pytest.raises(GitError):
        reader.read(name, 100)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
def test_a_forked_process_does_not_read_the_answers_of_its_parent(repository: Path) -> None:
    first, second = (run_git(repository, "rev-parse", f"HEAD:{path}") for path in ("a.py", "link.py"))
    with ObjectReader(repository) as reader:
        assert reader.read(first, 100) == b"A = 1\n"
        child = os.fork()
        if child == 0:
            os._exit(0 if reader.read(second, 100) == b"a.py" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert reader.read(first, 100) == b"A = 1\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("sleep 60", "git did not answer within 0.2 seconds."),
        ("echo 'fatal: something is odd.' >&2; exit 128", "git failed: something is odd."),
        ("exit 3", "git ended before it answered."),
        ("echo nonsense", "git ended before it answered."),
        ('read name; echo "$name blob 100"; echo short', "git ended before it answered."),
        ("yes >&2", "git did not answer within 0.2 seconds."),
    ],
)
def test_a_git_that_misbehaves_costs_one_error(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, problem: str
) -> None:
    name = run_git(repository, "rev-parse", "HEAD:a.py")
    (tmp_path / "programs").mkdir()
    program = tmp_path / "programs" / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/programs:/usr/bin:/bin")
    monkeypatch.setattr(git_plumbing, "TIME_LIMIT", 0.2)

    with ObjectReader(repository) as reader, pytest.raises(GitError) as raised:
        reader.read(name, 100)

    assert str(raised.value) == problem


def test_a_commit_and_the_index_list_the_same(repository: Path) -> None:
    opened = Repository.discover(repository)
    commit = list_commit(opened, run_git(repository, "rev-parse", "HEAD"))
    index = list_index(opened, opened.git_directory / "index")

    assert commit == index
    assert set(commit.files) == {b"a.py", b"empty.py", b"link.py", b"sub/b\n.py"}
    assert commit.files[b"link.py"].mode == LINK


def test_a_file_that_is_only_to_be_added_is_not_listed(repository: Path) -> None:
    (repository / "new.py").write_text("A = 1\n")
    (repository / "void.py").write_text("")
    run_git(repository, "add", "--intent-to-add", "new.py")
    run_git(repository, "add", "void.py")

    opened = Repository.discover(repository)
    listed = list_index(opened, opened.git_directory / "index").files

    assert b"new.py" not in listed
    assert b"void.py" in listed


def test_a_repository_without_index_has_an_empty_one(repository: Path) -> None:
    (repository / ".git/index").unlink()
    opened = Repository.discover(repository)

    assert list_index(opened, opened.git_directory / "index").files == {}


def test_a_broken_index_is_told(repository: Path) -> None:
    (repository / ".git/index").write_bytes(b"DIRC" + b"\xff" * 100)
    opened = Repository.discover(repository)

    with pytest.raises(GitError):
        list_index(opened, opened.git_directory / "index")


@pytest.mark.parametrize("command", [("--split-index",), ("--index-version", "4")])
def test_indexes_of_every_form_are_listed(repository: Path, command: tuple[str, ...]) -> None:
    run_git(repository, "update-index", *command)
    opened = Repository.discover(repository)

    assert len(list_index(opened, opened.git_directory / "index").files) == 4


def test_what_a_sparse_checkout_leaves_out_is_known(repository: Path) -> None:
    assert paths_left_out(Repository.discover(repository)) == frozenset()

    run_git(repository, "sparse-checkout", "set", "--no-cone", "/a.py")

    assert paths_left_out(Repository.discover(repository)) == {b"empty.py", b"link.py", b"sub/b\n.py"}
