"""Reports a main branch that merge commits make hard to read."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, Finding, Preset, Project, Related, Rule, Severity
from reviewer.conventions.problem import quoted


class NonLinearMainOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many merges are accepted."""

    commits: int = 50
    max_merges: int = 0


class NonLinearMain(Rule):
    """Finds merge commits among the last commits of `main`.

    ## What it reports
    The branch that work goes back to (HEAD's own, if it is a long-lived one), if more than `max_merges` of its last
    `commits` commits have several parents. Commits that such merges brought are not counted again. It is one finding,
    at the newest merge.

    Nothing is reported where the branch is not known. Of a shallow clone only the commits that it has are looked at.

    ## Why
    With one commit for each pull request, `git log` reads as a list of changes, `git bisect` ends at a whole change,
    and a change is taken back by one plain revert.

    ## When to ignore it
    Where the team merges on purpose, to keep the commits of branches; it is part of the preset `strict` alone.

    ## Options
    - `commits`: how many of the last commits are looked at (50, at most 100).
    - `max_merges`: how many merges are accepted among them (0).
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = ("Perform squash merges to keep the history clean",)
    references = (
        "https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/"
        "incorporating-changes-from-a-pull-request/about-pull-request-merges",
    )
    Options = NonLinearMainOptions
    bad = (
        {
            ".git/log": """\
d4 b2 c3 (HEAD -> main, origin/main) Merge pull request #7 from ada/feat/search  # <- non-linear-main
c3 b2 feat: add a search
b2 feat: start
"""
        },
        {
            ".git/log": """\
e5 d4 (HEAD -> feat/index) feat: add an index
d4 b2 c3 (origin/main) Merge branch 'main' of github.com:ada/shop  # <- non-linear-main
c3 b2 feat: add a search
b2 feat: start
"""
        },
    )
    good = (
        {
            ".git/log": """\
c3 b2 (HEAD -> main, origin/main) feat: add a search (#7)
b2 feat: start (#6)
"""
        },
        {
            ".git/log": """\
d4 b2 c3 (HEAD -> feat/index) Merge branch 'main' into feat/index
c3 a1 (origin/main) feat: add a search (#7)
b2 a1 feat: add an index
a1 feat: start (#6)
"""
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """One finding for the branch."""
        trunk = project.history.trunk
        if trunk is None:
            return
        looked_at = trunk.commits[: self.options.commits]
        merges = [commit for commit in looked_at if commit.is_merge]
        if len(merges) <= self.options.max_merges:
            return
        newest, *others = merges
        yield self.at(
            newest,
            f"{len(merges)} of the last {len(looked_at)} commits of {quoted(trunk.name)} "
            f"{'merge' if others else 'merges'} other branches.",
            hint="Squash or rebase pull requests when they are merged; the forge can allow nothing else.",
            related=tuple(Related(one.place, f"{quoted(one.subject)} is another.") for one in others[:5]),
        )
