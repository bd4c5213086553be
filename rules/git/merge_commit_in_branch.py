"""Reports branches into which other branches were merged."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Project, Related, Rule, Severity
from reviewer.conventions.branch_name import VERSION_PREFIXES
from reviewer.conventions.problem import quoted


class MergeCommitInBranchOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where merges are no surprise."""

    allowed_prefixes: tuple[str, ...] = VERSION_PREFIXES
    max_merges: int = 0


class MergeCommitInBranch(Rule):
    """Finds merge commits in a branch that is to be rebased.

    ## What it reports
    Commits with more than one parent among those of the branch that no long-lived branch has yet, such as
    `Merge branch 'main' into feat/search`. It is one finding for a branch, at the newest of them. The merge that a
    platform makes of a pull request to build it is none of them.

    Nothing is reported on `release/` and `hotfix/` branches, on those of bots, and where the new commits are not known:
    on a detached HEAD without a pipeline, without a long-lived branch to compare with, and in a shallow clone.

    ## Why
    A branch that is rebased shows only its own commits, each of which applies to the base as it is now. Merges hide how
    conflicts were solved, and bring the commits of others into the list that a reviewer reads.

    ## When to ignore it
    Where several people share a branch and rebasing would rewrite the commits of others.

    ## Options
    - `allowed_prefixes`: the branches into which others are merged (`release`, `hotfix`).
    - `max_merges`: how many merges are accepted (0).
    """

    category = Category.CONVENTION
    severity = Severity.WARNING
    checklist = ("Rebase the branch with main before finalizing the PR",)
    references = ("https://git-scm.com/book/en/v2/Git-Branching-Rebasing",)
    Options = MergeCommitInBranchOptions
    bad = (
        {
            ".git/log": """\
e5 d4 c3 (HEAD -> feat/search) Merge branch 'main' into feat/search  # <- merge-commit-in-branch
d4 b2 feat: add a search
c3 b2 (origin/main) fix: close the session
b2 feat: start
"""
        },
        {
            ".git/log": """\
f6 e5 (HEAD -> feat/search) docs: explain the search
e5 d4 c3 Merge branch 'feat/index' into feat/search  # <- merge-commit-in-branch
d4 b2 feat: add a search
c3 b2 (feat/index) feat: add an index
b2 (main) feat: start
"""
        },
    )
    good = (
        {
            ".git/log": """\
e5 d4 (HEAD -> feat/search) feat: add a search
d4 b2 c3 (origin/main) Merge pull request #7 from ada/fix/session
c3 b2 fix: close the session
b2 feat: start
"""
        },
        {
            ".git/log": """\
d4 b2 c3 (HEAD -> release/1.4.0) Merge branch 'fix/session' into release/1.4.0
c3 b2 fix: close the session
b2 (origin/main) feat: start
"""
        },
        {
            ".git/log": """\
d4 c3 b2 (HEAD -> main, origin/main) Merge pull request #7 from ada/feat/search
c3 b2 feat: add a search
b2 feat: start
"""
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """One finding for all merges of the branch."""
        history = project.history
        branch = history.state.branch or ""
        is_expected = branch.partition("/")[0] in self.options.allowed_prefixes
        if is_expected or history.is_on_bot_branch or history.work is None:
            return
        merges = [commit for commit in history.work.commits if commit.is_merge]
        if len(merges) <= self.options.max_merges:
            return
        newest, *others = merges
        base = history.base.name if history.base is not None else "main"
        count = f"{len(merges)} merge commits" if others else "a merge commit"
        yield self.at(
            newest,
            f"The branch {quoted(branch)} holds {count}: {quoted(newest.subject)}.",
            hint=f"Rebase it instead: `git rebase {base}` drops merges and keeps the branch's own commits.",
            related=tuple(Related(one.place, f"{quoted(one.subject)} is another.") for one in others[:10]),
        )
