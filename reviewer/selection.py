"""Which rules a review asks, with their options and severities.

Takes settings and a catalogue, gives instances of rules in a fixed order. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reviewer.config_problem import ConfigurationError, ConfigurationProblem
from reviewer.profiles import fits
from reviewer.rule import Preset, Rule, Severity
from reviewer.rule_options import read_options
from reviewer.settings import ALL, Settings


def active_rules(
    settings: Settings, catalogue: Mapping[str, type[Rule]], detected: Collection[str] | None = None
) -> list[Rule]:
    """The rules that are on, ordered by name; `detected` are the profiles that fit the project, where that is known.

    Raises ConfigurationError if the options of a rule are not valid.
    """
    problems: list[ConfigurationProblem] = []
    rules: list[Rule] = []
    for name in sorted(catalogue):
        rule = catalogue[name]
        if not is_active(rule, settings, detected):
            continue
        raw = settings.options.get(name)
        options, option_problems = read_options(rule, raw) if raw else (None, [])
        source = settings.set_by.get("options", "settings")
        for problem in option_problems:
            key = f"rules.{name}.{problem.key}" if problem.key else f"rules.{name}"
            problems.append(ConfigurationProblem(source, key, problem.message, problem.suggestion))
        rules.append(rule(options, severity_of(rule, settings.severity)))
    if problems:
        raise ConfigurationError(problems)
    return rules


def is_active(rule: type[Rule], settings: Settings, detected: Collection[str] | None = None) -> bool:
    """Whether a rule is on: its own name decides, else its family, else `all`, else preset and profiles together.

    Of two settings that name the same, `ignore` decides.
    """
    for name in names_of(rule):
        if name in settings.ignore:
            return False
        if name in settings.select or name in settings.extend_select:
            return True
    if settings.select:
        return False
    is_in_preset = rule.preset is Preset.RECOMMENDED or settings.preset == Preset.STRICT.value
    return is_in_preset and fits(rule.family(), settings.profile, detected)


def severity_of(rule: type[Rule], severities: Mapping[str, str]) -> Severity | None:
    """The severity that settings give to a rule, if any; its own name decides, else its family, else `all`."""
    return next((Severity(severities[name]) for name in names_of(rule) if name in severities), None)


def is_named(rule: type[Rule], names: Collection[str]) -> bool:
    """Whether the rule, its family or `all` is among the names."""
    return any(name in names for name in names_of(rule))


def names_of(rule: type[Rule]) -> tuple[str, str, str]:
    """What a rule is called in settings, the most specific name first."""
    return rule.name(), rule.family(), ALL
