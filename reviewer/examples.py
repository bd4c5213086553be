"""A rule's examples as tests: which lines they mark, and what the rule reports on them. For teams' own rules too.

A marker `<- rule-name` at the end of a line, in a comment, names the rule that must report that line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reviewer.filters.suppressions import SuppressionRule, apply_suppressions
from reviewer.project.in_memory import project
from reviewer.rule import Example, Finding, Rule
from reviewer.settings import Settings

#: The file that an example of a single text stands for.
DEFAULT_PATH = "main.py"

MARKER = re.compile(
    r"[^\S\n]*(?:#|\{#|<!--|--)[^\S\n]*<-[^\S\n]*(?P<rules>[a-z0-9-]+(?:[^\S\n]*,[^\S\n]*[a-z0-9-]+)*)[^\S\n]*(?:#\}|-->)?[^\S\n]*$",
    re.MULTILINE,
)


def examples_of(one_or_more: Example | tuple[Example, ...]) -> list[dict[str, str]]:
    """The examples of a `bad` or `good` attribute, each as files by path."""
    if isinstance(one_or_more, str):
        return [{DEFAULT_PATH: one_or_more}]
    if isinstance(one_or_more, Mapping):
        return [dict(one_or_more)]
    return [files for one in one_or_more for files in examples_of(one)]


def marked_lines(files: Mapping[str, str]) -> set[tuple[str, int, str]]:
    """The (path, line, rule) of all markers."""
    return {
        (path, number, rule.strip())
        for path, text in files.items()
        for number, line in enumerate(text.split("\n"), 1)
        if (found := MARKER.search(line))
        for rule in found["rules"].split(",")
    }


def without_markers(files: Mapping[str, str]) -> dict[str, str]:
    """The files as they are reviewed: markers removed, lines kept."""
    return {path: MARKER.sub("", text) for path, text in files.items()}


def findings_on(rule: Rule, files: Mapping[str, str]) -> list[Finding]:
    """What a rule reports on some files."""
    if isinstance(rule, SuppressionRule):
        return _findings_on_comments(rule, without_markers(files))
    return list(rule.check(project(without_markers(files))))


def reported_lines(rule: Rule, files: Mapping[str, str]) -> set[tuple[str, int, str]]:
    """The (path, line, rule) of what a rule reports on some files."""
    return {(one.place.path, one.place.line, one.rule) for one in findings_on(rule, files)}


def _findings_on_comments(rule: SuppressionRule, files: Mapping[str, str]) -> list[Finding]:
    """What a rule about suppression comments reports where its family is on, reasons are required, all else is off."""
    from reviewer.registry import load_catalogue
    from reviewer.syntax.comments import read_comments

    catalogue = load_catalogue()
    family = [known() for known in catalogue.values() if known.family() == rule.family() and known is not type(rule)]
    directives = {path: read_comments(text) for path, text in files.items()}
    settings = Settings(require_suppression_reason=True)
    findings = apply_suppressions([], directives, settings, catalogue.values(), [rule, *family])
    return [finding for finding in findings if finding.rule == rule.name()]
