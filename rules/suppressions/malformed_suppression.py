"""A suppression comment that cannot be read hides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, JudgedComment, Settings, Severity, SuppressionRule


class MalformedSuppression(SuppressionRule):
    """Finds suppression comments that hide nothing because they are not written as one.

    ## What it reports
    Comments that begin with `reviewer:` and are misspelt, name no rule, have an open bracket, or give a reason
    without ` -- `. Comments that are plainly meant for people (`# reviewer: please look here`) are left alone.

    ## Why
    A comment that looks like a suppression and is none leaves its author sure that a finding is dealt with. A
    suppression without rules would hide what nobody has seen yet.

    ## When to ignore it
    Never: write the comment as `# reviewer: ignore[rule] -- reason`.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.ERROR
    practice = "A suppression that says nothing the tool understands protects nothing and misleads its reader."
    bad = """\
TIMEOUT = 30  # reviewer: ignore -- measured  # <- malformed-suppression
RETRIES = 3  # reviewer: ignroe[unused-suppression] -- measured  # <- malformed-suppression
"""
    good = """\
TIMEOUT = 30  # reviewer: please have a look at the value
"""

    def check_comment(self, comment: JudgedComment, settings: Settings) -> Iterator[Finding]:  # noqa: ARG002
        """Reports a comment that cannot be read."""
        if comment.problem:
            yield self.at(comment.place, comment.problem, hint=comment.hint)
