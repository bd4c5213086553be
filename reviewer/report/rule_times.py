"""Where the time of a run went: a line a rule, and a line for what rules share. For people."""

from __future__ import annotations

from reviewer.report.escaping import visible
from reviewer.report.summary import counted
from reviewer.results import Timings

#: Rules that take less, in seconds, are told together.
LEAST = 0.001
EXPLANATION = (
    "The rules ran in one process, and again in reverse on the project linked anew: of the two times of a rule the",
    "smaller one counts, which holds only linking that it alone asks for.",
)


def timing_lines(timings: Timings) -> list[str]:
    """The table, the slowest rule first."""
    told = [one for one in timings.rules if one.seconds >= LEAST]
    rows = [(one.seconds, visible(one.rule)) for one in told]
    others = timings.rules[len(told) :]
    if others:
        rows.append((sum(one.seconds for one in others), counted(len(others), "other rule")))
    rows += [
        (timings.shared, "linking what several rules ask for"),
        (timings.routes, "linking the route table"),
        (timings.reading, "finding and reading files"),
        (timings.seconds, "the whole run"),
    ]
    lines = [f"{seconds:>7.3f} s  {timings.share(seconds):>6.1%}  {title}" for seconds, title in rows]
    return [*lines, *EXPLANATION]
