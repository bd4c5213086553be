"""The message of a commit that is being made: its file, and the settings of git that say what of it git keeps.

Reads the configuration through hardened git, which only lists it, and the file with a limit.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from reviewer.conventions.message_cleanup import CleanUp, Line, clean_up, find_comment_character
from reviewer.git import Repository, decode_message
from reviewer.git_plumbing import GitError, explain_error, run_plumbing

MESSAGE_LIMIT = 16_000_000  # bytes; below the scissors of `commit --verbose` stands the whole patch
CONFIGURATION_LIMIT = 4_000_000  # bytes
COMMAND_SETTINGS_LIMIT = 1_000
STANDARD_INPUT = "-"
AUTOMATIC = "auto"


class MessageSettings(msgspec.Struct, frozen=True):
    """What git's configuration says about messages."""

    comment: str | None = None  # what comments begin with, `auto` for one that git chooses; None: nothing is said
    clean_up: CleanUp = CleanUp.STRIP
    encoding: str = "utf-8"

    def comment_in(self, message: str, default: str) -> str:
        """What the comments of this message begin with."""
        if self.comment is None:
            return default
        return find_comment_character(message) if self.comment == AUTOMATIC else self.comment


def read_message_settings(root: Path, environment: Mapping[str, str] | None = None) -> MessageSettings:
    """The settings that hold in a folder and for this one command, those of git by default. Raises nothing."""
    try:
        listed = run_plumbing(root, "config", limit=CONFIGURATION_LIMIT).decode("utf-8", "replace").split("\0")
    except GitError:
        return MessageSettings()
    written = (entry.partition("\n")[::2] for entry in listed)
    values: dict[str, str] = {}
    for key, value in (*written, *_given_for_this_command(os.environ if environment is None else environment)):
        values["core.commentchar" if key == "core.commentstring" else key] = value
    try:
        mode = CleanUp(values.get("commit.cleanup", ""))
    except ValueError:
        mode = CleanUp.STRIP
    return MessageSettings(values.get("core.commentchar") or None, mode, values.get("i18n.commitencoding") or "utf-8")


def _given_for_this_command(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What `git -c key=value commit` hands to its hooks, and what GIT_CONFIG_COUNT says (git-config, ENVIRONMENT)."""
    try:
        pairs = shlex.split(environment.get("GIT_CONFIG_PARAMETERS", "")[:CONFIGURATION_LIMIT])
        count = min(int(environment.get("GIT_CONFIG_COUNT", "0")), COMMAND_SETTINGS_LIMIT)
    except ValueError:  # git refuses such a command itself
        return
    counted = (
        f"{environment.get(f'GIT_CONFIG_KEY_{number}')}={environment.get(f'GIT_CONFIG_VALUE_{number}')}"
        for number in range(count)
    )
    for pair in (*counted, *pairs):  # what stands on the command line wins
        key, equals, value = pair.partition("=")
        if equals:
            yield key.lower(), value


def read_message(file: str, encoding: str = "utf-8") -> str:
    """The text of a message's file, of standard input for `-`. Raises GitError with the reason."""
    try:
        if file == STANDARD_INPUT:
            content = sys.stdin.buffer.read(MESSAGE_LIMIT)
        else:
            descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            with open(descriptor, "rb") as opened:
                content = opened.read(MESSAGE_LIMIT)
    except (OSError, ValueError) as error:
        raise GitError(f"{file}: the message cannot be read: {explain_error(error)}.") from None
    return decode_message(content, encoding)


def message_lines(message: str, settings: MessageSettings, default_comment: str) -> list[Line]:
    """The lines of a message that git keeps under some settings."""
    return clean_up(message, settings.comment_in(message, default_comment), settings.clean_up)


def is_merging(root: Path) -> bool:
    """Whether the commit that is being made is a merge."""
    try:
        return (Repository.discover(root).git_directory / "MERGE_HEAD").exists()
    except (GitError, OSError):
        return False
