"""Reports commits that still wait to be squashed."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity
from reviewer.conventions.message_kind import MessageKind, classify_message
from reviewer.conventions.problem import quoted


class FixupLeftOver(Rule):
    """Finds commits named `fixup!`, `squash!` or `amend!` that nobody has squashed.

    ## What it reports
    Such commits among those of the branch that no long-lived branch has yet, and, in a pipeline for a push, among the
    commits that were pushed. It is one finding for a branch, at the newest of them.

    Nothing is reported where the new commits are not known: on a detached HEAD without a pipeline, in a repository
    without a `main` or another long-lived branch to compare with, and in a shallow clone that ends before the branch
    begins.

    ## Why
    `git commit --fixup` makes a note to squash later. Merged as it is, the history keeps a commit that does not say
    what it does, and the commit that it mends stays broken for `git bisect` and for a revert.

    ## When to ignore it
    Where pull requests are squashed into one commit on merging, nothing of the branch's commits is left.
    """

    category = Category.CONVENTION
    severity = Severity.ERROR
    checklist = ("Perform squash merges to keep the history clean",)
    references = ("https://git-scm.com/docs/git-rebase#Documentation/git-rebase.txt---autosquash",)
    bad = (
        {
            ".git/log": """\
d4 c3 (HEAD -> feat/search) fixup! feat: add a search  # <- fixup-left-over
c3 b2 feat: add a search
b2 a1 (origin/main) fix: close the session
a1 feat: start
"""
        },
        {
            ".git/log": """\
e5 d4 (HEAD -> feat/search) docs: explain the search
d4 c3 squash! feat: add a search  # <- fixup-left-over
c3 b2 amend! feat: add a search
b2 a1 feat: add a search
a1 (main) feat: start
"""
        },
    )
    good = (
        {
            ".git/log": """\
c3 b2 (HEAD -> feat/search) feat: add a search
b2 a1 (origin/main) fixup! fix: close the session
a1 feat: start
"""
        },
        {
            ".git/log": """\
b2 a1 (HEAD -> feat/search, cut) fixup! feat: add a search
a1 (origin/main, cut) feat: start
"""
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """One finding for all such commits of the branch."""
        history = project.history
        new = history.work.commits if history.work is not None else history.pushed or ()
        waiting = [one for one in new if classify_message([one.subject]) is MessageKind.AUTOSQUASH]
        if not waiting:
            return
        newest, *others = waiting
        base = history.base.name if history.base is not None else "main"
        count = f"{len(waiting)} commits of the branch still wait" if others else "A commit still waits"
        yield self.at(
            newest,
            f"{count} to be squashed: {quoted(newest.subject)}{' is the newest' if others else ''}.",
            hint=f"Squash with `git rebase --interactive --autosquash {base}`.",
            related=tuple(Related(one.place, f"{quoted(one.subject)} waits too.") for one in others[:10]),
        )
