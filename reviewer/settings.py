"""The settings of a review as every stage reads them: frozen, complete, already validated.

`reviewer.config` finds and validates configuration files and makes these; nothing else does.
"""

from __future__ import annotations

from typing import Any

import msgspec

DEFAULT_TEST_PATTERNS = ("**/tests/**", "**/test/**", "**/test_*.py", "**/*_test.py", "**/conftest.py")


class PathOverride(msgspec.Struct, frozen=True):
    """Other rules for some files: gitignore-style patterns relative to the configuration file."""

    patterns: tuple[str, ...]
    ignore: tuple[str, ...] = ()
    severity: dict[str, str] = {}


class Settings(msgspec.Struct, frozen=True):
    """What the review of one repository does. Rules and families are named; `all` names every rule."""

    preset: str = "recommended"
    select: tuple[str, ...] = ()  # rules and families on, instead of the preset's
    extend_select: tuple[str, ...] = ()  # on, besides the preset's
    ignore: tuple[str, ...] = ()
    severity: dict[str, str] = {}  # rule or family -> error, warning, info
    options: dict[str, dict[str, Any]] = {}  # rule -> its options, raw; validated against Rule.Options on load
    overrides: tuple[PathOverride, ...] = ()
    exclude: tuple[str, ...] = ()  # gitignore-style patterns of files that are not read
    test_patterns: tuple[str, ...] = DEFAULT_TEST_PATTERNS
    source_roots: tuple[str, ...] = ()  # folders that hold top-level packages; empty: found from the layout
    max_file_size: int = 1_000_000  # bytes; larger files are listed as unread
    fail_on: str = "info"  # least severity that makes exit code 1
    require_suppression_reason: bool = False
    origin: tuple[str, ...] = ()  # the files these settings were read from
