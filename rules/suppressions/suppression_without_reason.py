"""A suppression comment has to say why, where the settings ask for it."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, JudgedComment, Settings, Severity, SuppressionRule


class SuppressionWithoutReason(SuppressionRule):
    """Finds suppressions that do not say why.

    ## What it reports
    Suppression comments without ` -- reason`, if `require_suppression_reason` is set; nothing otherwise.

    ## Why
    Whoever meets the comment later has to know whether the reason still holds.

    ## When to ignore it
    Leave `require_suppression_reason` off until the suppressions of an old code base have their reasons.
    """

    category = Category.CONVENTION
    severity = Severity.WARNING
    practice = "An exception to a convention is worth a reason, or nobody knows when it may go."
    bad = """\
TIMEOUT = 30  # reviewer: ignore[unused-suppression]  # <- suppression-without-reason
"""
    good = """\
TIMEOUT = 30  # reviewer: ignore[unused-suppression] -- the gateway allows no other value
"""

    def check_comment(self, comment: JudgedComment, settings: Settings) -> Iterator[Finding]:
        """Reports a comment without a reason where one is required."""
        if settings.require_suppression_reason and comment.names and not comment.reason:
            hint = "Write ` -- ` and why it is right here behind the brackets."
            yield self.at(comment.place, "This suppression gives no reason.", hint=hint)
