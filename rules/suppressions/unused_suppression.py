"""A suppression comment that hides nothing is left over from code that has changed."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, JudgedComment, Settings, Severity, SuppressionRule


class UnusedSuppression(SuppressionRule):
    """Finds suppressions that hide no finding.

    ## What it reports
    Each rule or family named in a suppression comment that hides nothing there. Only rules that are turned on are
    judged, and only comments in files that could be read. Of two comments that hide the same, the one further from
    the finding is unused.

    ## Why
    The code was mended, or the comment stands in the wrong place. A suppression that stays hides the same mistake
    when it comes back.

    ## When to ignore it
    In code that is shared by projects with different settings: turn the rule off there.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    practice = "A suppression that nothing needs any more hides the next finding at its place."
    bad = """\
TIMEOUT = 30  # reviewer: ignore[malformed-suppression] -- measured  # <- unused-suppression
"""
    good = """\
TIMEOUT = 30  # measured
"""

    def check_comment(self, comment: JudgedComment, settings: Settings) -> Iterator[Finding]:  # noqa: ARG002
        """Reports the names that hid nothing."""
        for named in comment.names:
            if named.is_unused:
                yield self.at(
                    named.place,
                    f"The suppression of `{named.name}` hides nothing.",
                    hint="Remove it, or move it to the lines of the statement or header that is reported.",
                )
