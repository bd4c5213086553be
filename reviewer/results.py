"""What a review gives: findings, what could not be read or answered, and the counts a summary needs.

Made by the pipeline and read by reporters and commands. Frozen data; nothing here formats, opens or decides anything.
"""

from __future__ import annotations

import msgspec

from reviewer.rule import Category, Confidence, Finding, Place, Rule, Severity


class Problem(msgspec.Struct, frozen=True, order=True):
    """A file that could not be used: a kind such as `syntax-error` and a sentence; `line` is 0 for the whole file."""

    path: str
    kind: str
    message: str
    line: int = 0


class RuleCrash(msgspec.Struct, frozen=True, order=True):
    """A rule that failed on this project, so that its findings are missing."""

    rule: str
    message: str


class UnknownExample(msgspec.Struct, frozen=True, order=True):
    """One thing that cannot be known from the source alone: where, and why not."""

    place: Place
    reason: str


class UnknownCount(msgspec.Struct, frozen=True):
    """How often one kind of thing (`what`, such as `route path`) stayed unknown, with the first examples."""

    what: str
    count: int
    examples: tuple[UnknownExample, ...] = ()


class RuleInfo(msgspec.Struct, frozen=True):
    """A rule that was on: what reporters tell about it, with the severity it had in this review."""

    name: str
    family: str
    summary: str
    documentation: str  # the rule's page, Markdown
    severity: Severity
    category: Category
    confidence: Confidence = Confidence.HIGH
    cwe: int | None = None
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, rule: Rule) -> RuleInfo:
        """What reports tell of a rule, with its settings in this review."""
        return cls(
            name=rule.name(),
            family=rule.family(),
            summary=rule.summary(),
            documentation=rule.documentation(),
            severity=rule.severity,
            category=rule.category,
            confidence=rule.confidence,
            cwe=rule.cwe,
        )


class RuleTime(msgspec.Struct, frozen=True):
    """How long a rule takes, in seconds of wall time, with the linking that it alone asks for."""

    rule: str
    seconds: float


class Timings(msgspec.Struct, frozen=True):
    """Where the time of a review went, in seconds of wall time; rules ran in one process."""

    seconds: float  # of the whole run, without what timing took
    reading: float  # finding and reading files
    routes: float  # linking the route table, before the rules
    shared: float  # linking what several rules ask for
    rules: tuple[RuleTime, ...]  # the slowest first

    def share(self, seconds: float) -> float:
        """The share of a time in the run, from 0 to 1."""
        return seconds / self.seconds if self.seconds > 0 else 0.0


class Review(msgspec.Struct, frozen=True):
    """The outcome of one run over one repository.

    `findings` are sorted by place, then rule; suppressed ones are among them, marked by `Finding.suppression`.
    `files` counts all files that were read, `python_files` those of them that are Python, `seconds` is wall time.
    """

    root: str
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    crashes: tuple[RuleCrash, ...] = ()
    unknowns: tuple[UnknownCount, ...] = ()
    files: int = 0
    python_files: int = 0
    routes: int = 0
    seconds: float = 0.0
    rules: tuple[RuleInfo, ...] = ()
    tool_version: str = ""
    reviewed: str = ""  # what was reviewed instead of files, such as `3 commits`
    known_problems: tuple[Problem, ...] = ()  # those that the base of the change has too
    timings: Timings | None = None  # where they were asked for
    stale_baseline_entries: int = 0  # entries of the baseline that match no finding any more

    @property
    def reported(self) -> tuple[Finding, ...]:
        """The findings that are not suppressed, in order."""
        return tuple(finding for finding in self.findings if finding.suppression is None)

    @property
    def suppressed(self) -> tuple[Finding, ...]:
        """The findings that a comment or the configuration hides, in order."""
        return tuple(one for one in self.findings if one.suppression is not None and not one.baseline_state)

    @property
    def known(self) -> tuple[Finding, ...]:
        """The findings that the base of the change or the baseline has already, in order, whether shown or not."""
        return tuple(finding for finding in self.findings if finding.baseline_state == "unchanged")

    @property
    def new(self) -> tuple[Finding, ...]:
        """The findings that are reported and not known already, in order."""
        return tuple(finding for finding in self.reported if finding.baseline_state != "unchanged")

    @property
    def new_problems(self) -> tuple[Problem, ...]:
        """The files that could not be used, but for those that the base of the change could not use either."""
        return tuple(problem for problem in self.problems if problem not in self.known_problems)

    @property
    def count_by_severity(self) -> dict[Severity, int]:
        """How many findings are reported at each severity, the worst first; every severity is there."""
        counts = dict.fromkeys(Severity, 0)
        for finding in self.reported:
            counts[finding.severity] += 1
        return counts

    @property
    def count_by_rule(self) -> dict[str, int]:
        """How many findings each rule reported, the most first, then by name; rules without findings are left out."""
        counts: dict[str, int] = {}
        for finding in self.reported:
            counts[finding.rule] = counts.get(finding.rule, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def unknown(self) -> int:
        """How many things stayed unknown."""
        return sum(count.count for count in self.unknowns)

    @property
    def unreviewed_files(self) -> int:
        """How many files or folders have a problem."""
        return len({problem.path for problem in self.problems})
