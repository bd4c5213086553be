"""Reports: one module a format, each a function from a review to text.

A new format is a module with `render(review, presentation) -> str` and an entry in `FORMATS`. Reporters open no file,
keep no state and pass every string of the input through `reviewer.report.escaping`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, cast

import msgspec

from reviewer.results import Review

#: Name of each format, and its module in this package.
FORMATS: Mapping[str, str] = {
    "text": "text",
    "json": "json_report",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "junit": "junit",
    "markdown": "markdown",
}

#: Formats that a forge reads, which knows files from the top of the repository.
READ_BY_FORGES = frozenset({"sarif", "github", "gitlab", "junit", "markdown"})

#: Gives a line of a reviewed file by path and number (from 1), or None if it is not at hand.
LineOf = Callable[[str, int], "str | None"]


def no_line(_path: str, _number: int) -> str | None:
    """A `LineOf` for which no line is at hand."""
    return None


class Presentation(msgspec.Struct, frozen=True):
    """How a report is to look.

    All but the last two is for text alone. Without `show_source` a finding is exactly one line, in the order of places;
    with `show_all` each has its source, in that order too; else many of one rule are told in short. `show_time` adds
    the only thing that differs between two runs over the same input. `show_suppressed` keeps suppressed findings in
    SARIF, marked as such; GitHub's code scanning ignores the mark and opens an alert for each of them. Those that the
    base of a change has already are kept in any case, since an alert that is missing counts as mended.
    `path_prefix` leads from the top of the repository to the reviewed folder, such as `backend/`; empty at the top.
    """

    line_of: LineOf = no_line
    show_source: bool = True
    show_all: bool = False
    statistics: bool = False
    colour: bool = False
    show_time: bool = True
    show_suppressed: bool = True
    path_prefix: str = ""


class _Reporter(Protocol):
    def render(self, review: Review, presentation: Presentation) -> str: ...


def render(review: Review, format: str, presentation: Presentation | None = None) -> str:  # noqa: A002
    """The report of a review, with a final line end; imports only the format asked for.

    Raises ValueError for a format that is not in `FORMATS`.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r}; there are {', '.join(FORMATS)}")
    reporter = cast(_Reporter, import_module(f"{__name__}.{FORMATS[format]}"))
    presentation = presentation or Presentation()
    if presentation.path_prefix and format in READ_BY_FORGES:
        from reviewer.report.from_top import told_from_top

        review = told_from_top(review, presentation.path_prefix)
    return reporter.render(review, presentation)
