"""A suppression of a rule that does not exist hides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, JudgedComment, Settings, Severity, SuppressionRule


class UnknownRuleInSuppression(SuppressionRule):
    """Finds suppressions that name a rule or family that does not exist.

    ## What it reports
    Each name in a suppression comment that is neither a rule nor a family, with the most similar one that is.

    ## Why
    The suppression hides nothing, and its author does not know.

    ## When to ignore it
    In code that is also reviewed with a team's own rules, where those are not installed: turn the rule off there.
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    practice = "A suppression that names no rule protects nothing and misleads its reader."
    bad = """\
TIMEOUT = 30  # reviewer: ignore[unused-supression] -- measured  # <- unknown-rule-in-suppression
"""
    good = """\
TIMEOUT = 30  # measured
"""

    def check_comment(self, comment: JudgedComment, settings: Settings) -> Iterator[Finding]:  # noqa: ARG002
        """Reports the names that nobody knows."""
        for named in comment.names:
            if named.is_known:
                continue
            hint = f"Did you mean `{named.nearest}`?" if named.nearest else "`reviewer rules` lists the names."
            name = named.name[:60]
            yield self.at(named.place, f"There is no rule or family called `{name}`.", hint=hint)
