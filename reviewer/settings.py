"""The settings of a review as every stage reads them: frozen, complete, already validated.

`reviewer.config` finds and validates configuration files and makes these; nothing else does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from reviewer.gitignore import IgnorePatterns

#: Names every rule where a rule or family may be named.
ALL = "all"
#: Folders of tests. A name with a hyphen cannot be imported, so that any such folder of tests holds no other code; one
#: that can be (`functional_tests`) may be a part of the application.
TEST_FOLDERS = ("tests", "test", "e2e", "cypress", "unit_tests", "integration_tests", "e2e_tests", "end_to_end_tests")
DEFAULT_TEST_PATTERNS = (
    *(f"**/{folder}/**" for folder in TEST_FOLDERS),
    *("**/*-tests/**", "**/*-e2e/**", "**/test_*.py", "**/*_test.py", "**/conftest.py"),
)

_TEST_FOLDER_NAMES = frozenset(TEST_FOLDERS)


class PathOverride(msgspec.Struct, frozen=True):
    """Other rules for some files: gitignore-style patterns relative to the configuration file."""

    patterns: tuple[str, ...]
    ignore: tuple[str, ...] = ()
    severity: dict[str, str] = {}


class Settings(msgspec.Struct, frozen=True):
    """What the review of one repository does. Rules and families are named; `all` names every rule."""

    preset: str = "recommended"
    profile: tuple[str, ...] = ()  # profiles whose rules are on; empty: those that fit the project
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
    baseline: str = ""  # file of accepted findings, relative to the configuration file; empty: none
    origin: tuple[str, ...] = ()  # the files these settings were read from
    set_by: dict[str, str] = {}  # field -> the file or `command line` that set it; absent: the default
    notes: tuple[str, ...] = ()  # what the reader should know about where these come from
    #: Leads from the configuration file's folder to the reviewed root; empty or ending in `/`. Patterns are compared
    #: with this and the path.
    root_prefix: str = ""


#: The fields that say where settings come from, and are no settings themselves.
PROVENANCE = ("origin", "set_by", "notes", "root_prefix")


def key_of(field: str) -> str:
    """The key of a settings field in a configuration file."""
    return {"test_patterns": "test-files", "options": "rules"}.get(field, field.replace("_", "-"))


def is_test_file(path: str, settings: Settings) -> bool:
    """Whether a file, named relative to the reviewed root with `/`, holds tests."""
    path = settings.root_prefix + path
    if settings.test_patterns == DEFAULT_TEST_PATTERNS:
        return any(part in path for part in ("test", "e2e", "cypress")) and _is_test_by_default(path)
    return path_patterns(settings.test_patterns).covers(path)


@lru_cache(maxsize=64)
def path_patterns(patterns: tuple[str, ...]) -> IgnorePatterns:
    """Gitignore-style patterns, ready to be compared with paths."""
    from reviewer.gitignore import IgnorePatterns

    return IgnorePatterns(pattern.encode("utf-8", "surrogateescape") for pattern in patterns)


def _is_test_by_default(path: str) -> bool:
    """The same answer as `DEFAULT_TEST_PATTERNS`, without regular expressions."""
    *folders, _ = names = path.split("/")
    if not _TEST_FOLDER_NAMES.isdisjoint(folders) or any(name.endswith(("-tests", "-e2e")) for name in folders):
        return True
    return any(
        name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py")
        for name in names
    )
