"""The footers of a message, compared with git's trailers where both mean the same."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.conventions.commit_message import CommitMessageOptions, judge_message
from reviewer.conventions.message_cleanup import clean_up
from reviewer.conventions.message_footers import read_footers


def footers(message: str) -> list[tuple[str, str]]:
    return [(footer.token, footer.value) for footer in read_footers(clean_up(message))]


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("fix: a\n\nRefs: #1", [("Refs", "#1")]),
        ("fix: a\n\nbody\n\nReviewed-by: Ada\nFixes #12\n", [("Reviewed-by", "Ada"), ("Fixes", "#12")]),
        ("fix: a\n\nBREAKING CHANGE: one\n two\n", [("BREAKING CHANGE", "one two")]),
        ("fix: a\n\nBREAKING-CHANGE:\n", [("BREAKING-CHANGE", "")]),
        ("Refs: #1", []),
        ("fix: a\n\nNote: a text\n\nthe end", []),
        ("fix: a\n\nsome text\nRefs: #1", []),
        ("", []),
    ],
)
def test_footers_stand_in_the_last_paragraph(message: str, found: list[tuple[str, str]]) -> None:
    assert footers(message) == found


TOKENS = st.sampled_from(["Refs", "Signed-off-by", "Reviewed-by", "X-1", "fixes"])
VALUES = st.text(alphabet="ab #1:@<>.-é", min_size=1, max_size=12).map(str.strip).filter(bool)
BODIES = st.lists(st.text(alphabet="ab :#\n", max_size=20), max_size=3)


@given(st.lists(st.tuples(TOKENS, VALUES), max_size=4), BODIES)
@settings(max_examples=60)
def test_footers_are_what_git_takes_for_trailers(trailers: list[tuple[str, str]], bodies: list[str]) -> None:
    paragraphs = ["fix: a", *bodies, "the end", "\n".join(f"{token}: {value}" for token, value in trailers)]
    message = "\n\n".join(paragraphs) + "\n"
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "interpret-trailers", "--parse"]
    done = subprocess.run(command, input=message.encode(), cwd="/", env=environment, capture_output=True, check=True)

    assert "".join(f"{token}: {value}\n" for token, value in footers(message)) == done.stdout.decode()


def test_footers_can_be_required() -> None:
    options = CommitMessageOptions(required_footers=("Refs", "Signed-off-by"))

    (missing,) = judge_message("fix: a\n\nSigned-Off-By: Ada <a@b>", options)

    assert missing.text == "The message has no footer `Refs` in a last paragraph of its own."
    assert judge_message("fix: a\n\nRefs: #1\nSigned-off-by: Ada <a@b>", options) == []
    assert judge_message("Merge branch 'main' into feat/a", options) == []
