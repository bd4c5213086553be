"""Reports commits made on main itself."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, LoggedCommit, Preset, Project, Related, Rule, Severity
from reviewer.conventions.message_kind import MessageKind, classify_message, is_bot
from reviewer.conventions.problem import quoted


class DirectCommitToMainOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The branches that only pull requests change."""

    branches: tuple[str, ...] = ("main", "master", "trunk", "develop", "production")


class DirectCommitToMain(Rule):
    """Finds commits made on `main` itself instead of on a branch.

    ## What it reports
    Commits of a checked-out `main`, or another branch of `branches`, that no branch of the remote has: they were made
    here and would be pushed past review. It is one finding, at the newest of them. Merges, versions that a release tool
    commits and the commits of bots are left out, and so is the remote's default branch under any name not in the list.

    Once pushed, a commit does not tell whether a pull request brought it (squashed and rebased ones look the same), so
    nothing is reported in pipelines, nor in a repository whose `main` has no remote counterpart.

    ## Why
    What goes to `main` directly has been neither reviewed nor tested before everybody builds on it. The forge refuses
    such a push only where somebody has switched its protection rules on.

    ## When to ignore it
    In a repository with one author and no pull requests; it is part of the preset `strict` alone.

    ## Options
    - `branches`: the branches that only pull requests change.
    """

    category = Category.CONVENTION
    severity = Severity.ERROR
    preset = Preset.STRICT
    checklist = (
        "Prohibit direct commits to main with protection rules",
        "Use the GitHub Flow standard with short branches from main",
    )
    references = ("https://docs.github.com/en/get-started/using-github/github-flow",)
    Options = DirectCommitToMainOptions
    bad = (
        {
            ".git/log": """\
c3 b2 (HEAD -> main) feat: add a search  # <- direct-commit-to-main
b2 a1 (origin/main) fix: close the session
a1 feat: start
"""
        },
        {
            ".git/log": """\
d4 b2 c3 (HEAD -> develop) Merge branch 'develop' of github.com:ada/shop into develop
c3 a1 (origin/develop) fix: close the session
b2 a1 feat: add a search  # <- direct-commit-to-main
a1 (origin/main) feat: start
"""
        },
    )
    good = (
        {
            ".git/log": """\
c3 b2 (HEAD -> feat/search) feat: add a search
b2 a1 (main, origin/main) fix: close the session
a1 feat: start
"""
        },
        {
            ".git/log": """\
b2 a1 (HEAD -> main) feat: a repository without a remote
a1 feat: start
"""
        },
        {
            ".git/log": """\
c3 a1 b2 (HEAD -> main) Merge branch 'feat/search'
b2 a1 (origin/feat/search) feat: add a search
a1 (origin/main) feat: start
"""
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """One finding for all such commits."""
        branch = project.git.branch
        if branch is None or branch not in self.options.branches:
            return
        direct = [commit for commit in project.history.unpublished or () if _is_by_hand(commit)]
        if not direct:
            return
        newest, *others = direct
        count = f"{len(direct)} commits were" if others else "A commit was"
        yield self.at(
            newest,
            f"{count} made on {quoted(branch)} itself: {quoted(newest.subject)}.",
            hint=f"Move it to a branch with `git switch --create feat/…`, and `{branch}` back to where its remote is.",
            related=tuple(Related(one.place, f"{quoted(one.subject)} is another.") for one in others[:10]),
        )


def _is_by_hand(commit: LoggedCommit) -> bool:
    kind = classify_message([commit.subject])
    return not commit.is_merge and kind not in (MessageKind.RELEASE, MessageKind.BOT) and not is_bot(commit.author)
