"""Who wrote a commit message: its author, or a tool with a wording of its own that nobody can change.

Takes the cleaned lines of a message. Patterns are anchored, linear, and see a bounded part of the header.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

HEADER_LIMIT = 2_000  # characters that patterns are applied to

_VERSION = r"v?\d+\.\d+\.\d+(?:[-.+]?[0-9A-Za-z][0-9A-Za-z.+-]*)?"
_SUFFIX = r"(?: \[[^\]]*\])?(?: \(#\d+\))?"  # as [skip ci], and the number that a squash merge adds


class MessageKind(Enum):
    """Who worded a message."""

    AUTHORED = "authored"
    MERGE = "merge"
    REVERT = "revert"
    AUTOSQUASH = "autosquash"
    RELEASE = "release"
    BOT = "bot"


AUTOSQUASH = re.compile(r"(?:fixup|squash|amend)! ?")

_PATTERNS: tuple[tuple[MessageKind, re.Pattern[str]], ...] = (
    (MessageKind.AUTOSQUASH, AUTOSQUASH),
    (
        MessageKind.MERGE,
        re.compile(
            r"Merge (?:(?:remote-tracking )?branch(?:es)?|tags?|commits?|pull request|changes?) \S"
            r"|Merge \"|Merge \S+ into \S+$|Merge [0-9a-f]{7,64}\b|Merge remote-tracking branch"
            r"|Merged PR #?\d+: |Merged in \S+|Merged \S+ into \S+|Auto-merged \S+ into \S+|Automatic merge\b"
        ),
    ),
    (MessageKind.REVERT, re.compile(r"(?:[Rr]evert|[Rr]eapply) (?:[\"'“]|(?:commit |merge )?[0-9a-f]{7,64}\b)")),
    (
        MessageKind.RELEASE,
        re.compile(
            rf"(?:Release |Preparing release |Back to development: |Bump to |Publish )?{_VERSION}{_SUFFIX}$"
            rf"|Bump version: {_VERSION} (?:→|->) {_VERSION}{_SUFFIX}$"
            r"|Version Packages(?: \([\w.-]+\))?(?: \(#\d+\))?$|\[maven-release-plugin\] "
        ),
    ),
    (
        MessageKind.BOT,
        re.compile(
            r"(?:(?:build|chore|ci|fix|deps)(?:\([^()]*\))?!?: )?(?:"
            r"(?:Bump|Update) \S+(?: requirement)? from \S+ to \S+"
            r"|Bump the \S+ group\b.* with \d+ updates?\b"
            r"|Update (?:dependency|module|helm release|terraform|plugin|pre-commit hook) \S+ (?:to|from|digest)\b"
            r"|Update \S+ (?:action|Docker tag|docker digest|digest|commit hash|monorepo) to \S+"
            r"|(?:Pin|Update) (?:dependencies|all (?:non-major )?dependencies)\b"
            r"|Lock file maintenance|New Crowdin (?:updates|translations)\b|New translations \S+ \()"
        ),
    ),
    (
        MessageKind.BOT,
        re.compile(
            r"\[(?:pre-commit\.ci|autofix\.ci|ImgBot|Snyk|create-pull-request)\] |\[pre-commit\.ci lite\] "
            r"|Add renovate\.json$|Configure Renovate$"
            r"|(?:Translated|Update translation files|Added translation|Deleted translation) ?(?:using|by)? ?Weblate\b"
        ),
    ),
)

_BOT_AUTHOR = re.compile(
    r"\[bot\]|\b(?:dependabot|renovate(?:-bot)?|pre-commit-ci|pyup-bot|greenkeeper|snyk-bot|imgbot|weblate|crowdin"
    r"|github-actions|semantic-release(?:-bot)?|allcontributors|mergify|copybara)\b",
    re.IGNORECASE,
)


def classify_message(lines: Sequence[str]) -> MessageKind:
    """Who worded the message with these lines, of which the first is the header."""
    header = lines[0] if lines else ""
    if len(header) > HEADER_LIMIT:
        return MessageKind.AUTHORED
    for kind, pattern in _PATTERNS:
        if pattern.match(header):
            return kind
    if header.startswith(("Revert ", "revert ")) and any(line.startswith("This reverts commit ") for line in lines):
        return MessageKind.REVERT
    return MessageKind.AUTHORED


def is_bot(author: str) -> bool:
    """Whether an author, as `Name <mail>`, is a program."""
    return bool(_BOT_AUTHOR.search(author[:HEADER_LIMIT]))
