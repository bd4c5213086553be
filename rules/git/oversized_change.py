"""Reports branches that are too large to review."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from reviewer.api import Category, FileChange, Finding, Preset, Project, Rule, Severity
from reviewer.conventions.branch_name import VERSION_PREFIXES
from reviewer.conventions.problem import quoted

#: Files that programs write and nobody reads line by line.
GENERATED_FILES = (
    "*.lock", "package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json", "go.sum", "*.min.js", "*.min.css", "*.map",
    "*.svg", "*.snap", "*.ambr", "*.po", "*.pot", "*.ipynb", "*.csv", "*.json", "*.jsonl", "*.geojson", "*_pb2*.py",
    "*/migrations/*", "migrations/*", "*/alembic/versions/*", "alembic/versions/*", "*/vendor/*", "vendor/*",
    "*/cassettes/*", "*/snapshots/*", "*/generated/*",
)  # fmt: skip
NAMED_FILES = 3  # files that a finding names


class OversizedChangeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much a branch may change."""

    max_lines: int = 1_000
    max_files: int = 0  # 0: any
    generated: tuple[str, ...] = GENERATED_FILES
    extra_generated: tuple[str, ...] = ()


class OversizedChange(Rule):
    """Finds a branch that changes more than people can review at once.

    ## What it reports
    The current branch, if it adds or changes more than `max_lines` lines since it left its base, counted as
    `git diff --numstat` counts added lines. Lines that are only deleted, moved files, files that are not text and
    those that programs write (lock files, migrations, snapshots, data) are left out, and so are files that
    `.gitattributes` marks with `-diff`.

    Nothing is reported on `release/` and `hotfix/` branches, on those of bots, and where the base or the history is
    not known, as in a shallow clone.

    ## Why
    Reviewers find most defects in changes of some hundred lines; beyond that they skim. A large branch also lives long,
    and meets more conflicts.

    ## When to ignore it
    For a change that a program made, such as a new formatter; it is part of the preset `strict` alone.

    ## Options
    - `max_lines`: how many lines may be added or changed (1000).
    - `max_files`: how many files may be (0 for any).
    - `generated`, `extra_generated`: patterns of paths or names that are left out; `*` stands for `/` too.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Use the GitHub Flow standard with short branches from main",)
    references = ("https://google.github.io/eng-practices/review/developer/small-cls.html",)
    Options = OversizedChangeOptions
    bad = (
        {
            ".git/HEAD": "ref: refs/heads/feat/search  # <- oversized-change\n",
            ".git/log": """\
c3 b2 (HEAD -> feat/search) feat: rank what is found
    612 80 app/ranking.py
b2 a1 feat: add a search
    540 4 app/search.py
    30 2 app/main.py
a1 (origin/main) feat: start
""",
        },
    )
    good = (
        {
            ".git/HEAD": "ref: refs/heads/feat/search\n",
            ".git/log": """\
b2 a1 (HEAD -> feat/search) feat: add a search
    340 4 app/search.py
    4212 1033 poetry.lock
    0 2900 app/old_search.py
    - - docs/search.png
a1 (origin/main) feat: start
""",
        },
        {
            ".git/HEAD": "ref: refs/heads/feat/search\n",
            ".git/log": """\
a1 (HEAD -> feat/search, cut) feat: add a search
    5000 0 app/search.py
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Counts what the branch adds."""
        history = project.history
        branch = history.state.branch or ""
        is_release = branch.partition("/")[0] in VERSION_PREFIXES
        if not branch or is_release or history.is_on_bot_branch or not history.changes:
            return
        written = [one for one in history.changes if one.added and not self._is_generated(one)]
        lines = sum(one.added or 0 for one in written)
        files = len({one.path for one in written})
        is_large = 0 < self.options.max_lines < lines or 0 < self.options.max_files < files
        if not is_large:
            return
        largest = sorted(written, key=lambda one: (-(one.added or 0), one.path))[:NAMED_FILES]
        named = ", ".join(f"{quoted(one.path)} ({one.added})" for one in largest)
        base = history.base.name if history.base is not None else "its base"
        count = f"{lines} lines in {files} file{'s' if files > 1 else ''}"
        yield self.at(
            history.branch_place,
            f"The branch {quoted(branch)} adds or changes {count} since {quoted(base)}.",
            hint=f"Split it into parts that can be reviewed and merged one by one; most is in {named}.",
            symbol=f"branch:{branch}",
        )

    def _is_generated(self, change: FileChange) -> bool:
        name = change.path.rpartition("/")[2]
        patterns = (*self.options.generated, *self.options.extra_generated)
        return any(fnmatchcase(change.path, pattern) or fnmatchcase(name, pattern) for pattern in patterns)
