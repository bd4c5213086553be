"""Reports work on a branch whose name does not follow the convention."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Place, Project, Rule, Severity
from reviewer.conventions.branch_name import BranchKind, BranchNameOptions, classify_branch, judge_branch_name
from reviewer.conventions.problem import Problem

HEAD_PATH = ".git/HEAD"
NAME_COLUMN = len("ref: refs/heads/")  # where the name begins in that file


class BranchName(Rule):
    """Finds work on a branch whose name has no semantic prefix or no plain slug.

    ## What it reports
    The current branch, unless it is named `<prefix>/<slug>`: the prefix is a commit type (`feat`, `fix`, `chore`, …),
    `hotfix` or `release`, and the slug is lower-case ASCII words joined by hyphens, with a ticket such as `GH-42` where
    one is wanted. Versions (`release/1.4.0`), underscores and further slashes are accepted. Names that git itself
    refuses are reported with the character that it refuses.

    Nothing is reported on a detached HEAD, outside a repository, on long-lived branches (`main`, `develop`,
    `gh-pages`, `2.x`, …), or on those that a program names (`dependabot/`, `renovate/`, `revert-12-…`, …). In
    pipelines, which check out a detached HEAD, the branch is the one that the pipeline runs for.

    ## Why
    The prefix tells reviewers, release notes and pipelines what kind of change to expect before anybody opens it.
    Names without capitals, blanks and accents are the same in every shell, address and file system: on one that
    ignores case, `fix/Login` and `fix/login` overwrite each other.

    ## When to ignore it
    Where the team has other prefixes, add them with `extra_prefixes` (git-flow: `feature`, `bugfix`, `support`).

    ## Options
    - `prefixes`, `extra_prefixes`: the prefixes that are accepted.
    - `protected`: long-lived branches.
    - `bot_prefixes`: how more names that programs choose begin.
    - `max_length`: most characters of a name (80; 0 for any).
    - `require_ticket`: the slug names a ticket (false).
    - `allow_underscore`, `allow_nested`: underscores, and more than one slash (true).
    """

    category = Category.CONVENTION
    severity = Severity.WARNING
    checklist = ("Name branches with a semantic prefix, e.g.: feat/, fix/, chore/",)
    references = (
        "https://conventional-branch.github.io/",
        "https://git-scm.com/docs/git-check-ref-format",
    )
    Options = BranchNameOptions
    bad = (
        {HEAD_PATH: "ref: refs/heads/add-user-search  # <- branch-name\n"},
        {HEAD_PATH: "ref: refs/heads/feature/user-search  # <- branch-name\n"},
        {HEAD_PATH: "ref: refs/heads/feat/User-Search  # <- branch-name\n"},
        {HEAD_PATH: "ref: refs/heads/fix/login-  # <- branch-name\n"},
    )
    good = (
        {HEAD_PATH: "ref: refs/heads/feat/add-user-search\n"},
        {HEAD_PATH: "ref: refs/heads/fix/GH-42-login-loop\n"},
        {HEAD_PATH: "ref: refs/heads/release/1.4.0\n"},
        {HEAD_PATH: "ref: refs/heads/main\n"},
        {HEAD_PATH: "ref: refs/heads/dependabot/pip/fastapi-0.115.0\n"},
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Judges the name of the current branch."""
        name = project.git.branch
        if not name or classify_branch(name, self.options) is BranchKind.PROTECTED:
            return  # commits on a protected branch are the business of another rule
        for problem in judge_branch_name(name, self.options):
            yield self.about(problem, name, NAME_COLUMN)

    def about(self, problem: Problem, name: str, column: int) -> Finding:
        """The finding for a problem of a name that begins at a column of its line."""
        place = Place(HEAD_PATH, 1, column + problem.column, 1, column + problem.end_column)
        prefixes = self.options.known_prefixes
        prefix = "feat" if "feat" in prefixes else prefixes[0] if prefixes else "topic"
        if problem.proposal:
            hint = f"Rename it to `{problem.proposal}`."
        elif classify_branch(name, self.options) is BranchKind.PROTECTED:
            hint = f"Work on a branch of its own: `git switch -c {prefix}/…`."
        else:
            hint = f"Rename it to `{prefix}/…`, with words in lower case and hyphens."
        return self.at(place, problem.text, hint=hint, symbol=f"branch:{name}")
