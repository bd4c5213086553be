"""Applies the settings that hold for some files only.

Takes findings and gives them back in the same order, some marked as suppressed or with another severity; it drops none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from reviewer.rule import Finding, Rule, Suppression
from reviewer.selection import is_named, severity_of
from reviewer.settings import PathOverride, Settings, path_patterns


def apply_overrides(
    findings: Iterable[Finding], settings: Settings, catalogue: Mapping[str, type[Rule]]
) -> list[Finding]:
    """The findings with the overrides of their files applied; of several that cover a file, the later wins.

    A finding of a rule that the catalogue lacks is left alone.
    """
    if not settings.overrides:
        return list(findings)
    covering: dict[str, list[PathOverride]] = {}
    changed: list[Finding] = []
    for finding in findings:
        path = finding.place.path
        if path not in covering:
            covering[path] = _covering(path, settings)
        rule = catalogue.get(finding.rule)
        changed.append(_overridden(finding, rule, covering[path]) if rule and covering[path] else finding)
    return changed


def _covering(path: str, settings: Settings) -> list[PathOverride]:
    """The overrides that hold for a file."""
    full_path = settings.root_prefix + path
    return [override for override in settings.overrides if path_patterns(override.patterns).covers(full_path)]


def _overridden(finding: Finding, rule: type[Rule], overrides: list[PathOverride]) -> Finding:
    for override in overrides:
        severity = severity_of(rule, override.severity)
        if severity is not None:
            finding = msgspec.structs.replace(finding, severity=severity)
        if is_named(rule, override.ignore):
            reason = f"the configuration ignores it in {', '.join(override.patterns)}"
            finding = msgspec.structs.replace(finding, suppression=Suppression("override", reason))
    return finding
