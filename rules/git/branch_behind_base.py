"""Reports branches that have not been rebased for long."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Project, Rule, Severity
from reviewer.conventions.problem import quoted


class BranchBehindBaseOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a branch may be behind."""

    max_commits: int = 20
    max_days: int = 7


class BranchBehindBase(Rule):
    """Finds a branch whose base has moved on far since the branch was last rebased.

    ## What it reports
    The current branch, if its base has more than `max_commits` commits that the branch lacks (a merged pull request
    counts once) and more than `max_days` days lie between the first and the last of them: the branch has missed both
    much and for long. Times are those of the commits, so that the answer does not depend on the day of the review.

    The base is the target of the pull request in a pipeline, else the long-lived branch that the branch left last, as
    this clone knows it: nothing is fetched. Nothing is reported on branches without commits of their own, on those of
    bots, and where the base or the history is not known, as in a shallow clone.

    ## Why
    What was reviewed and tested is not what will be merged. The longer a branch waits, the more conflicts it gets, and
    those that git does not see, such as a renamed function or a second migration with the same parent, break the base.

    ## When to ignore it
    Where a merge queue or the forge brings each branch up to date before it is merged.

    ## Options
    - `max_commits`: how many commits of the base may be missing (20); 0 to demand a rebase after each of them.
    - `max_days`: how many days of commits may be missing (7); 0 to count commits alone.
    """

    category = Category.CONVENTION
    severity = Severity.WARNING
    checklist = ("Rebase the branch with main before finalizing the PR",)
    references = ("https://docs.github.com/en/get-started/using-github/github-flow",)
    Options = BranchBehindBaseOptions
    bad = (
        {
            ".git/HEAD": "ref: refs/heads/feat/search  # <- branch-behind-base\n",
            ".git/log": """\
c22 c21 2024-05-22 (origin/main) feat: list orders (#122)
c21 c20 2024-05-21 fix: close the session (#121)
c20 c19 2024-05-20 refactor: split the service (#120)
c19 c18 2024-05-19 test: cover refunds (#119)
c18 c17 2024-05-18 perf: cache the menu (#118)
c17 c16 2024-05-17 fix: refuse expired tokens (#117)
c16 c15 2024-05-16 docs: name the ports (#116)
c15 c14 2024-05-15 feat: list orders (#115)
c14 c13 2024-05-14 fix: close the session (#114)
c13 c12 2024-05-13 refactor: split the service (#113)
c12 c11 2024-05-12 test: cover refunds (#112)
c11 c10 2024-05-11 perf: cache the menu (#111)
c10 c09 2024-05-10 fix: refuse expired tokens (#110)
c09 c08 2024-05-09 docs: name the ports (#109)
c08 c07 2024-05-08 feat: list orders (#108)
c07 c06 2024-05-07 fix: close the session (#107)
c06 c05 2024-05-06 refactor: split the service (#106)
c05 c04 2024-05-05 test: cover refunds (#105)
c04 c03 2024-05-04 perf: cache the menu (#104)
c03 c02 2024-05-03 fix: refuse expired tokens (#103)
c02 c01 2024-05-02 docs: name the ports (#102)
c01 c00 2024-05-01 feat: list orders (#101)
a2 c00 2024-05-01 (HEAD -> feat/search) feat: add a search
c00 2024-04-30 feat: start
""",
        },
    )
    good = (
        {
            ".git/HEAD": "ref: refs/heads/feat/search\n",
            ".git/log": """\
c05 c04 2024-05-05 (origin/main) test: cover refunds (#105)
c04 c03 2024-05-04 perf: cache the menu (#104)
c03 c02 2024-05-03 fix: refuse expired tokens (#103)
c02 c01 2024-05-02 docs: name the ports (#102)
c01 c00 2024-05-01 feat: list orders (#101)
a2 c00 2024-05-01 (HEAD -> feat/search) feat: add a search
c00 2024-04-30 feat: start
""",
        },
        {
            ".git/HEAD": "ref: refs/heads/feat/search\n",
            ".git/log": """\
c22 c21 2024-05-02 (origin/main) feat: list orders (#122)
c21 c20 2024-05-02 fix: close the session (#121)
c20 c19 2024-05-02 refactor: split the service (#120)
c19 c18 2024-05-02 test: cover refunds (#119)
c18 c17 2024-05-02 perf: cache the menu (#118)
c17 c16 2024-05-02 fix: refuse expired tokens (#117)
c16 c15 2024-05-02 docs: name the ports (#116)
c15 c14 2024-05-02 feat: list orders (#115)
c14 c13 2024-05-02 fix: close the session (#114)
c13 c12 2024-05-02 refactor: split the service (#113)
c12 c11 2024-05-02 test: cover refunds (#112)
c11 c10 2024-05-02 perf: cache the menu (#111)
c10 c09 2024-05-02 fix: refuse expired tokens (#110)
c09 c08 2024-05-02 docs: name the ports (#109)
c08 c07 2024-05-02 feat: list orders (#108)
c07 c06 2024-05-02 fix: close the session (#107)
c06 c05 2024-05-02 refactor: split the service (#106)
c05 c04 2024-05-02 test: cover refunds (#105)
c04 c03 2024-05-02 perf: cache the menu (#104)
c03 c02 2024-05-02 fix: refuse expired tokens (#103)
c02 c01 2024-05-02 docs: name the ports (#102)
c01 c00 2024-05-02 feat: list orders (#101)
a2 c00 2024-05-01 (HEAD -> feat/search) feat: add a search
c00 2024-04-30 feat: start
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares the branch with its base."""
        history = project.history
        branch = history.state.branch or ""
        if not branch or history.is_on_bot_branch or history.work is None or not history.work.commits:
            return
        lag = history.lag
        if lag is None or lag.commits <= self.options.max_commits:
            return
        if self.options.max_days and lag.days <= self.options.max_days:
            return
        count = "1 commit" if lag.commits == 1 else f"{lag.commits} commits"
        count = count if lag.is_complete else f"more than {count}"
        days = round(lag.days)
        since = f" of {days} days" if days > 1 else ""
        yield self.at(
            history.branch_place,
            f"The branch {quoted(branch)} is {count}{since} behind {quoted(lag.base)}.",
            hint=f"Bring it up to date: `git fetch` and `git rebase {lag.base}`.",
            symbol=f"branch:{branch}",
        )
