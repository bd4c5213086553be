"""SARIF 2.1.0, for code scanning: within the limits GitHub sets, and the same bytes for the same input.

Messages are shown to people by whoever reads the file, so they are made safe here. Neither the root's path nor time is
part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from reviewer.report import Presentation
from reviewer.report.escaping import json_text, path_bytes, sentence, visible
from reviewer.report.places import place_of_finding
from reviewer.report.summary import counted
from reviewer.results import Problem, Review, RuleCrash, RuleInfo, UnknownCount
from reviewer.rule import Category, Finding, Place, Related, Severity, Suppression

#: GitHub shows no more of a run; the worst are kept, and the rest is counted in a notification.
MAX_RESULTS = 5_000
MAX_NOTIFICATIONS = 1_000
MAX_RELATED = 20
MAX_MEMBERS = 1_000  # of one finding
MAX_TAGS = 20

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEM_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
#: Scores for GitHub's scale: 7.0 and more is high, 4.0 and more medium.
_SECURITY_SEVERITIES = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.INFO: "2.0"}
#: What a viewer would read as a placeholder or as the border between text and target of a link.
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_LINK = re.compile(r"\](?=\()")

_Json = dict[str, Any]


def render(review: Review, presentation: Presentation) -> str:
    """The review as a SARIF log of one run."""
    candidates = review.findings
    if not presentation.show_suppressed:
        candidates = tuple(one for one in candidates if one.suppression is None or one.suppression.kind == "base")
    # GitHub refuses the whole file for one result that is in no file, so what git says becomes a notification.
    candidates = tuple(finding for finding in candidates if not finding.place.is_of_git)
    findings = _most_important(candidates)
    rules = _rules(review.rules, findings)
    index_of = {rule["id"]: index for index, rule in enumerate(rules)}
    driver: _Json = {"name": "reviewer", "rules": rules}
    if review.tool_version:
        driver["version"] = review.tool_version
    notifications = _bounded(_notifications(review, omitted=len(candidates) - len(findings)))
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the reviewed repository."}}},
        "invocations": [
            {"executionSuccessful": not review.crashes, "toolExecutionNotifications": notifications},
        ],
        "results": [_result(finding, index_of[finding.rule]) for finding in findings],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _most_important(findings: tuple[Finding, ...]) -> list[Finding]:
    """As many findings as fit, in order of place: reported before suppressed, then the worse."""
    if len(findings) <= MAX_RESULTS:
        return list(findings)
    ranks = [(finding.suppression is not None, finding.severity.rank, index) for index, finding in enumerate(findings)]
    kept = sorted(index for _, _, index in sorted(ranks)[:MAX_RESULTS])
    return [findings[index] for index in kept]


def _rules(rules: Iterable[RuleInfo], findings: Iterable[Finding]) -> list[_Json]:
    descriptors = {rule.name: _rule(rule) for rule in rules}
    for finding in findings:
        if finding.rule not in descriptors:
            descriptors[finding.rule] = {"id": finding.rule, "shortDescription": {"text": visible(finding.rule)}}
    return list(descriptors.values())


def _rule(rule: RuleInfo) -> _Json:
    properties: _Json = {
        "tags": _tags(rule),
        "precision": rule.confidence.value,
        "problem.severity": _PROBLEM_SEVERITIES[rule.severity],
    }
    if rule.category is Category.SECURITY:
        properties["security-severity"] = _SECURITY_SEVERITIES[rule.severity]
    summary = rule.summary or rule.name
    documentation = rule.documentation or summary
    return {
        "id": rule.name,
        "name": rule.name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": documentation, "markdown": documentation},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": properties,
    }


def _tags(rule: RuleInfo) -> list[str]:
    tags = [rule.category.value, rule.family]
    if rule.cwe is not None:
        tags.append(f"external/cwe/cwe-{rule.cwe:03}")
    return list(dict.fromkeys([*tags, *rule.tags]))[:MAX_TAGS]


def _result(finding: Finding, rule_index: int) -> _Json:
    result: _Json = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": _message(finding.message, finding.hint),
        "locations": _locations(finding.place),
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {"reviewer/v1": finding.fingerprint}
    if finding.baseline_state:
        result["baselineState"] = finding.baseline_state
    related = _related(finding)
    if related:
        result["relatedLocations"] = related
    if finding.suppression is not None:
        result["suppressions"] = [_suppression(finding.suppression)]
    return result


def _suppression(suppression: Suppression) -> _Json:
    described: _Json = {"kind": "external" if suppression.kind in ("baseline", "base") else "inSource"}
    if suppression.reason:
        described["justification"] = sentence(suppression.reason)
    if suppression.place is not None and suppression.place.path:
        described["location"] = _location(suppression.place)
    return described


def _related(finding: Finding) -> list[_Json]:
    """The places that explain a finding, and all that it stands for."""
    told = {one.place for one in finding.members}
    related = [one for one in finding.related if one.place not in told][:MAX_RELATED]
    related += [Related(one.place, one.message) for one in finding.members[:MAX_MEMBERS]]
    placed = [one for one in related if one.place.path and not one.place.is_of_git]
    return [
        {"id": number, **_location(place.place), "message": _message(place.message)}
        for number, place in enumerate(placed, start=1)
    ]


def _notifications(review: Review, omitted: int) -> Iterator[_Json]:
    if omitted:
        yield _notification("note", "omitted-results", f"{counted(omitted, 'finding')} left out, the least severe.")
    yield from (_git_finding(finding) for finding in review.reported if finding.place.is_of_git)
    yield from map(_crash, review.crashes)
    yield from map(_problem, review.problems)
    yield from map(_unknown, review.unknowns)


def _bounded(notifications: Iterator[_Json]) -> list[_Json]:
    kept = list(islice(notifications, MAX_NOTIFICATIONS))
    omitted = sum(1 for _ in notifications)
    if omitted:
        kept.append(_notification("note", "omitted-notifications", f"{counted(omitted, 'notification')} left out."))
    return kept


def _git_finding(finding: Finding) -> _Json:
    """What is wrong with a branch or a commit."""
    where = f"{place_of_finding(finding)}:"
    notification = _notification(_LEVELS[finding.severity], finding.rule, where, finding.message, finding.hint)
    return {**notification, "associatedRule": {"id": finding.rule}}


def _crash(crash: RuleCrash) -> _Json:
    notification = _notification("error", "rule-crash", crash.message, "The findings of this rule are missing.")
    return {**notification, "associatedRule": {"id": crash.rule}}


def _problem(problem: Problem) -> _Json:
    notification = _notification("warning", problem.kind, problem.message)
    if problem.path:
        physical: _Json = {"artifactLocation": _artifact(problem.path)}
        if problem.line > 0:
            physical["region"] = {"startLine": problem.line}
        notification["locations"] = [{"physicalLocation": physical}]
    return notification


def _unknown(unknown: UnknownCount) -> _Json:
    places = dict.fromkeys(example.place for example in unknown.examples[:MAX_RELATED])
    return {
        **_notification("note", "unknown", f"{unknown.count} times unknown:", unknown.what),
        "locations": [location for place in places for location in _locations(place)],
    }


def _notification(level: str, identifier: str, *sentences: str) -> _Json:
    return {"level": level, "descriptor": {"id": visible(identifier)}, "message": _message(*sentences)}


def _message(*sentences: str) -> _Json:
    text = " ".join(sentence(text) for text in sentences if text)
    return {"text": _LINK.sub("] ", _PLACEHOLDER.sub(r"{{\1}}", text))}


def _locations(place: Place) -> list[_Json]:
    return [_location(place)] if place.path and not place.is_of_git else []


def _location(place: Place) -> _Json:
    line = max(1, place.line)
    region = {"startLine": line, "startColumn": max(0, place.column) + 1, "endLine": max(line, place.end_line)}
    least = region["startColumn"] if region["endLine"] == line else 1
    region["endColumn"] = max(least, place.end_column + 1)
    return {"physicalLocation": {"artifactLocation": _artifact(place.path), "region": region}}


def _artifact(path: str) -> _Json:
    return {"uri": quote(path_bytes(path), safe="/"), "uriBaseId": "%SRCROOT%"}
