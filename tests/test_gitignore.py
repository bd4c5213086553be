"""Patterns decide as git decides; the property test asks git itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.file_kinds import kind_of
from reviewer.files import discover
from reviewer.gitignore import IgnorePatterns
from reviewer.settings import Settings


def decide(lines: str, path: str, is_folder: bool = False) -> bool | None:
    patterns = IgnorePatterns.from_file(lines.encode())
    return patterns.decide(path.encode(), path.rpartition("/")[2].encode(), is_folder)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("build", "build"),
        ("build", "deep/down/build"),
        ("*.log", "deep/a.log"),
        ("*.log", ".log"),
        ("*.tar.gz", "a.tar.gz"),
        ("/build", "build"),
        ("docs/build", "docs/build"),
        ("docs/*", "docs/a.py"),
        ("**/build", "a/b/build"),
        ("a/**/b", "a/b"),
        ("a/**/b", "a/x/y/b"),
        ("a/**", "a/x/y"),
        ("a?c", "abc"),
        ("[a-c]x", "bx"),
        ("[!a-c]x", "dx"),
        ("[^a-c]x", "dx"),
        ("[]x]", "]"),
        ("[[:digit:]]x", "1x"),
        ("[a-]x", "-x"),
        (r"\#note", "#note"),
        (r"\!note", "!note"),
        (r"a\*", "a*"),
        ("name   ", "name"),
        (r"name\ ", "name "),
        ("name\r", "name"),
        ("\ufeffname", "name"),
        ("name\0rest", "name"),
        ("a/**", "a/b\nc"),
        ("a**c", "abbc"),
        ("foo**/bar", "fooa/b/bar"),  # git compares the literal `foo` apart, then sees a leading `**/`
        ("caf??", "café"),  # git compares bytes
    ],
)
def test_pattern_covers_path(pattern: str, path: str) -> None:
    assert decide(pattern, path) is True


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/build", "deep/build"),
        ("docs/build", "deep/docs/build"),
        ("docs/*", "docs/deep/a.py"),
        ("a/**", "a"),
        ("a?c", "a/c"),
        ("a[/]c", "a/c"),
        ("a[^b]c", "a/c"),
        ("[b-a]x", "ax"),
        ("[[:unknown:]]x", "ax"),
        ("[a", "[a"),
        ("a\\", "a"),
        ("# note", "# note"),
        ("/", "a"),
        ("", ""),
        ("name\t", "name"),
        ("*.py", "a.pyc"),
        ("a**c", "a/c"),
        ("caf?", "café"),
    ],
)
def test_pattern_does_not_cover_path(pattern: str, path: str) -> None:
    assert decide(pattern, path) is None


def test_pattern_with_final_slash_covers_folders_only() -> None:
    assert decide("build/", "build", is_folder=True) is True
    assert decide("build/", "build") is None


def test_last_pattern_that_matches_decides() -> None:
    assert decide("*.py\n!keep.py", "keep.py") is False
    assert decide("!keep.py\n*.py", "keep.py") is True
    assert decide("k*p.py\n!keep.py\n*.txt", "keep.py") is False
    assert decide("keep.py\n!k*p.py", "keep.py") is False


def test_later_pattern_for_folders_does_not_hide_an_earlier_one_for_files() -> None:
    assert decide("name\n!name/", "name") is True
    assert decide("name\n!name/", "name", is_folder=True) is False


def test_patterns_cover_what_lies_in_a_folder() -> None:
    patterns = IgnorePatterns([b"**/tests/**", b"migrations/", b"old/*.py"])

    assert patterns.covers("app/tests/test_users.py")
    assert patterns.covers("app/migrations/versions/one.py")
    assert patterns.covers(b"old/users.py")
    assert not patterns.covers("app/contests/users.py")
    assert not patterns.covers("migrations")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (b"*a" * 60 + b"*b", b"a" * 255),
        (b"*[ab]" * 60 + b"*c", b"a" * 255),
        (b"*?" * 60 + b"b", b"a" * 255),
        (b"**/a/" * 60 + b"b", b"a/" * 2000 + b"a"),
        (b"**/*a*a*/" * 20 + b"b", (b"a" * 250 + b"/") * 16 + b"a"),
    ],
)
def test_pattern_that_invites_backtracking_is_refuted_at_once(pattern: bytes, path: bytes) -> None:
    assert IgnorePatterns([pattern]).decide(path, path.rpartition(b"/")[2], False) is None


def test_wildcards_beyond_the_limits_are_counted_and_left_out() -> None:
    lines = [b"a?%d" % number for number in range(10)] + [b"name"]

    by_number = IgnorePatterns(lines, max_wildcards=4)
    by_length = IgnorePatterns(lines, max_bytes=12)

    assert (by_number.wildcard_count, by_number.left_out) == (4, 6)
    assert (by_length.wildcard_bytes, by_length.left_out) == (12, 6)
    assert by_number.decide(b"name", b"name", False) is True


@given(st.binary(max_size=60), st.binary(min_size=1, max_size=20))
def test_any_bytes_are_patterns(content: bytes, path: bytes) -> None:
    name = path.rpartition(b"/")[2]

    assert IgnorePatterns.from_file(content).decide(path, name, True) in (True, False, None)


# Against git ---------------------------------------------------------------------------------------------------------

PIECES = (
    *("a", "b", "ab", ".py", "a.py", "*.py", "-", " ", "#", "!"),
    *("*", "**", "?", "/", "/", "**/", "/**", "\\", "\\*", "\\/"),
    *("[ab]", "[!a]", "[^b]", "[a-c]", "[b-a]", "[]a]", "[a-]", "[/]", "[a", "[a-", "[\\]a]"),
    *("[[:alpha:]]", "[[:digit:]x]", "[[:x:]]", "[[:]", "[[::]]"),
)
NAMES = ("a", "b", "ab", "aab", "ba", "c", "a b", " ", "[a", "*", "!a", "#a", "é", "\\a", "-")

patterns = st.builds(
    lambda negation, pieces, end: negation + "".join(pieces) + end,
    st.sampled_from(["", "", "", "!"]),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
    st.sampled_from(["", "", "", "/", " ", "\\ ", "\r", "\t"]),
)
ignore_files = st.builds(
    lambda first, lines: "\n".join([*first, *lines]),
    st.sampled_from([[], [], ["*"], ["*.py"], ["/*"]]),
    st.lists(patterns, min_size=1, max_size=6),
)
folders = st.lists(st.sampled_from(NAMES), max_size=3).map("/".join)
trees = st.sets(st.tuples(folders, st.sampled_from(NAMES).map(lambda name: name + ".py")), min_size=3, max_size=20)


@pytest.fixture(scope="module")
def empty_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], env=hardened_environment(), check=True)
    return folder / ".git"


def hardened_environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def untracked_by_git(repository: Path, tree: Path) -> set[bytes]:
    command = ["git", "--git-dir", str(repository), "--work-tree", str(tree)]
    result = subprocess.run(
        [*command, "ls-files", "--others", "--exclude-standard", "-z"],
        cwd=tree,
        env=hardened_environment(),
        capture_output=True,
        check=True,
    )
    paths = set(result.stdout.split(b"\0")) - {b""}
    return {path for path in paths if kind_of(b"", path.rpartition(b"/")[2]) is not None}


@settings(max_examples=60, deadline=None)
@given(trees, st.dictionaries(folders, ignore_files, min_size=1, max_size=4))
def test_files_are_those_that_git_would_track(
    empty_repository: Path, tree: set[tuple[str, str]], ignores: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for folder, file in tree:
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / file).touch()
        for folder, text in ignores.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / ".gitignore").write_bytes(text.encode())

        found = {file.system_path for file in discover(root, Settings()).files}

        assert found == untracked_by_git(empty_repository, root)
