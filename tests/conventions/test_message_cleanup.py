"""What git keeps of a message, compared with git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.conventions.message_cleanup import (
    AUTOMATIC_CHARACTERS,
    SCISSORS,
    CleanUp,
    clean_up,
    cleaned_text,
    find_comment_character,
)


def by_git(message: str, *options: str, character: str = "#") -> str:
    """What `git stripspace` keeps."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-c", f"core.commentChar={character}", "stripspace", *options]
    done = subprocess.run(command, input=message.encode(), cwd="/", env=environment, capture_output=True, check=True)
    return done.stdout.decode()


MESSAGES = st.lists(
    st.text(alphabet="ab #;:\t\r\x0b\x0c\u00a0\u2028é", max_size=8)
    | st.sampled_from(["", " ", "#", "# x", "; y", "feat: x"]),
    max_size=10,
).map("\n".join)


@given(MESSAGES, st.sampled_from("#;:"))
@settings(max_examples=60)
def test_comments_and_blanks_are_stripped_as_git_strips_them(message: str, character: str) -> None:
    assert cleaned_text(clean_up(message, character)) == by_git(message, "--strip-comments", character=character)


@given(MESSAGES)
@settings(max_examples=40)
def test_in_the_mode_whitespace_comments_stay_as_with_git(message: str) -> None:
    assert cleaned_text(clean_up(message, "#", CleanUp.WHITESPACE)) == by_git(message)


@given(MESSAGES, st.sampled_from(list(CleanUp)))
def test_cleaning_up_twice_changes_nothing_more(message: str, mode: CleanUp) -> None:
    once = cleaned_text(clean_up(message, "#", mode))

    assert cleaned_text(clean_up(once, "#", mode)) == once


@pytest.mark.parametrize("comment", ["#", ";", "//", "\uff03", "->"])
def test_a_comment_may_begin_with_any_string(comment: str) -> None:
    message = (
        f"feat: add\n\nBody\n{comment} a comment\n{comment}\n {comment} text\n{comment} {SCISSORS}\ndiff --git a b\n"
    )

    assert [line.text for line in clean_up(message, comment)] == ["feat: add", "", "Body", f" {comment} text"]


def test_in_the_mode_scissors_comments_above_them_stay() -> None:
    message = f"feat: add\n\n# a heading\n# {SCISSORS}\n# gone\n"

    assert [line.text for line in clean_up(message, "#", CleanUp.SCISSORS)] == ["feat: add", "", "# a heading"]


def test_lines_keep_their_numbers() -> None:
    assert [(line.number, line.text) for line in clean_up("\n# a\nfeat: add\n\n# b\nBody")] == [
        (3, "feat: add"),
        (4, ""),
        (6, "Body"),
    ]


def test_nothing_is_a_comment_where_no_string_begins_one() -> None:
    assert [line.text for line in clean_up("feat: add\n\n#1 is closed", "")] == ["feat: add", "", "#1 is closed"]


# The character that git chooses


@pytest.mark.parametrize("character", AUTOMATIC_CHARACTERS)
def test_the_character_that_git_chose_is_seen_in_its_comments(character: str) -> None:
    comments = f"{character} Please enter the commit message.\n{character}\n{character} On branch main\n{character}\n"

    assert find_comment_character(f"#1 was closed\n\nBody\n{comments}") == character
    assert find_comment_character(f"feat: add\n{character} {SCISSORS}\ndiff --git a b\n# x\n# y\n") == character


@pytest.mark.parametrize(
    "message", ["", "feat: add", "feat: add\n\n@ada saw it\n@ada wrote it", "feat: add\n\n; one", "& a\n% b"]
)
def test_text_that_looks_a_little_like_comments_is_text(message: str) -> None:
    assert find_comment_character(message) == "#"


@pytest.mark.parametrize("header", ["feat: add", "#1 is closed", "#1\n;2", "#1\n;2\n@3\n!4"])
def test_the_character_is_the_one_that_git_really_wrote(tmp_path: Path, header: str) -> None:
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_EDITOR": "false",
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    environment |= {f"GIT_{who}_{what}": "ada@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, env=environment, check=True)
    command = [
        "git",
        "-c",
        "core.commentChar=auto",
        "commit",
        "-q",
        "--allow-empty",
        "--edit",
        "-m",
        f"feat: x\n\n{header}",
    ]
    subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True)
    written = (tmp_path / ".git/COMMIT_EDITMSG").read_text()

    lines = clean_up(written, find_comment_character(written))

    assert "\n".join(line.text for line in lines) == f"feat: x\n\n{header}"
